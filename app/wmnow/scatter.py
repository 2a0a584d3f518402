"""Lays out presence against engagements as numbers for a drawing: a mark for each team, told apart by shape and by its
code, not by colour. Pure.

User units, y downwards. Codes are put at the nearest place where they cover no other code or mark; where that is away
from its mark, a line leads there, behind the codes and through none if it can be helped. Near the origin, where most
teams of a month stand, that is the rule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, pi, sin

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 52, 740, 12, 356
# As wide as bold capitals are in the widest of the usual fonts.
_LETTER, _LINE, _MARK = 7.6, 11.0, 5.0
_MOST_TICKS = 6
# Places are tried in rings around a mark, so many on the first and so many more on each after it.
_RING, _RINGS, _CLEAR_RINGS, _TURNS, _TURNS_MORE = 7.0, 60, 20, 8, 4


@dataclass(frozen=True, slots=True)
class Dot:
    """A team: its code, hours of presence, engagements, and its shape: `named`, `compared` or `few-patrols`."""

    code: str
    hours: float
    engagements: int
    shape: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a team stands and where its code is written; `lead` is where a line from the mark ends, where one has to
    lead to the code."""

    code: str
    shape: str
    x: float
    y: float
    text_x: float
    text_y: float
    lead: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """The drawing; `median` is the end of the line from the origin on which a team of the median rate would stand."""

    marks: Sequence[Mark]
    across: Sequence[Tick]
    up: Sequence[Tick]
    median: tuple[float, float] | None


def scatter(dots: Sequence[Dot], median_rate: float | None) -> Scatter:
    """Lays out teams; `median_rate` is in engagements per ten hours.

    One team of 20 hours and 10 engagements stands in the upper right corner: 740, 12.
    """
    hours = ticks(max((each.hours for each in dots), default=0))
    engagements = ticks(max((each.engagements for each in dots), default=0))
    most_hours, most_engagements = hours[-1], engagements[-1]
    points = [
        (
            round(LEFT + each.hours / most_hours * (RIGHT - LEFT), 1),
            round(BOTTOM - each.engagements / most_engagements * (BOTTOM - TOP), 1),
        )
        for each in dots
    ]
    median = None
    if median_rate:
        end = min(most_hours, most_engagements * 10 / median_rate)
        median = (
            round(LEFT + end / most_hours * (RIGHT - LEFT), 1),
            round(BOTTOM - end * median_rate / 10 / most_engagements * (BOTTOM - TOP), 1),
        )
    return Scatter(
        _marks(dots, points),
        [Tick(round(LEFT + each / most_hours * (RIGHT - LEFT), 1), f"{each:g}") for each in hours],
        [
            Tick(round(BOTTOM - each / most_engagements * (BOTTOM - TOP), 1), f"{each:g}")
            for each in engagements
        ],
        median,
    )


def ticks(most: float) -> list[float]:
    """Round numbers from 0 to the first that is not below `most`, at most six steps apart by 1, 2 or 5 of some power.

    >>> ticks(43)
    [0, 10, 20, 30, 40, 50]
    """
    step = 1
    while True:
        for times in (1, 2, 5):
            if step * times * _MOST_TICKS >= most:
                return [step * times * each for each in range(_steps(most, step * times) + 1)]
        step *= 10


def _steps(most: float, step: int) -> int:
    return max(1, int(-(-most // step)))


_Box = tuple[float, float, float, float]
_Line = tuple[float, float, float, float]


@dataclass(slots=True)
class _Taken:
    """What codes may not cover, and what lines may not cross."""

    marks: list[_Box]
    codes: list[_Box] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)

    def free(self, box: _Box) -> bool:
        """Whether a code in a box covers no other code and no mark."""
        return not (
            any(_touch(box, each) for each in self.marks) or any(_touch(box, each) for each in self.codes)
        )

    def clear(self, box: _Box, line: _Line | None) -> bool:
        """Whether no line goes through the code, and its own through no other. Marks may be crossed."""
        if any(_crosses(each, box) for each in self.lines):
            return False
        return line is None or not any(_crosses(line, each) for each in self.codes)


def _marks(dots: Sequence[Dot], points: Sequence[tuple[float, float]]) -> list[Mark]:
    """What is named is written first, so that it has the best place, then what stands in the crowd at the origin."""
    taken = _Taken([(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in points])
    found: dict[int, Mark] = {}

    def order(one: int) -> tuple[bool, float]:
        return dots[one].shape != "named", hypot(points[one][0] - LEFT, points[one][1] - BOTTOM)

    for number in sorted(range(len(dots)), key=order):
        dot, (x, y) = dots[number], points[number]
        box, line = _place(x, y, _LETTER * len(dot.code), taken)
        taken.codes.append(box)
        if line is not None:
            taken.lines.append(line)
        lead = None if line is None else (round(line[2], 1), round(line[3], 1))
        found[number] = Mark(dot.code, dot.shape, x, y, round(box[0], 1), round(box[3] - 2, 1), lead)
    return [found[number] for number in range(len(dots))]


def _place(x: float, y: float, width: float, taken: _Taken) -> tuple[_Box, _Line | None]:
    """The nearest free place for a code with no line through it or another; where a mark is walled in, the nearest free
    one; beside its mark, whatever it covers, where there is none at all."""
    second: tuple[_Box, _Line] | None = None
    for ring in range(_RINGS):
        for box in _ring(x, y, width, ring):
            line = _lead(x, y, box)
            if not _inside(box) or not taken.free(box):
                continue
            if taken.clear(box, line if ring else None):
                return box, line if ring else None
            second = second or (box, line)
        if second is not None and ring >= _CLEAR_RINGS:
            break
    return second or (_around(x + _MARK + 3 + width / 2, y, width), None)


def _ring(x: float, y: float, width: float, ring: int) -> Iterator[_Box]:
    away, turns = _MARK + 3 + ring * _RING, _TURNS + ring * _TURNS_MORE
    for turn in range(turns):
        angle = 2 * pi * turn / turns
        yield _around(x + cos(angle) * (away + width / 2), y - sin(angle) * (away + _LINE / 2), width)


def _around(x: float, y: float, width: float) -> _Box:
    return x - width / 2, y - _LINE / 2, x + width / 2, y + _LINE / 2


def _lead(x: float, y: float, box: _Box) -> _Line:
    """From a mark to the nearest point of a code."""
    return x, y, min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3])


def _inside(box: _Box) -> bool:
    return box[0] >= LEFT + 2 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= BOTTOM


def _touch(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _crosses(line: _Line, box: _Box) -> bool:
    """Whether a line goes through the inside of a box: the part of it within each pair of sides, put together.

    >>> _crosses((0, 0, 10, 10), (4, 4, 6, 6)), _crosses((0, 0, 10, 10), (6, 0, 9, 3))
    (True, False)
    """
    enters, leaves = 0.0, 1.0
    for start, end, low, high in (
        (line[0], line[2], box[0], box[2]),
        (line[1], line[3], box[1], box[3]),
    ):
        way = end - start
        if way == 0:
            if not low < start < high:
                return False
            continue
        near, far = sorted(((low - start) / way, (high - start) / way))
        enters, leaves = max(enters, near), min(leaves, far)
    return enters < leaves
