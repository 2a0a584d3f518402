"""Lays out presence against engagements as numbers for a drawing: a mark for each team, told apart by shape and by its
code, not by colour. Pure.

User units, y downwards. Codes are put where they cover no other code or mark, as long as there is such a place near.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 52, 740, 12, 356
_LETTER, _LINE, _MARK = 6.6, 11.0, 5.0
_MOST_TICKS = 6
_ROUND_TURNS, _RINGS = 8, 6


@dataclass(frozen=True, slots=True)
class Dot:
    """A team: its code, hours of presence, engagements, and its shape: `named`, `compared` or `few-patrols`."""

    code: str
    hours: float
    engagements: int
    shape: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a team stands and where its code is written; `led` when a line has to lead from one to the other."""

    code: str
    shape: str
    x: float
    y: float
    text_x: float
    text_y: float
    led: bool


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


def _marks(dots: Sequence[Dot], points: Sequence[tuple[float, float]]) -> list[Mark]:
    """What is named is written first, so that it has the best place."""
    taken: list[_Box] = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in points]
    found: dict[int, Mark] = {}
    for number in sorted(range(len(dots)), key=lambda one: (dots[one].shape != "named", points[one])):
        (x, y), dot = points[number], dots[number]
        box, led = _free(x, y, _LETTER * len(dot.code), taken)
        taken.append(box)
        found[number] = Mark(dot.code, dot.shape, x, y, round(box[0], 1), round(box[3] - 2, 1), led)
    return [found[number] for number in range(len(dots))]


def _free(x: float, y: float, width: float, taken: Sequence[_Box]) -> tuple[_Box, bool]:
    first = (x + _MARK + 3, y - _LINE / 2, x + _MARK + 3 + width, y + _LINE / 2)
    for ring in range(_RINGS):
        for turn in range(_ROUND_TURNS):
            angle = 2 * pi * turn / _ROUND_TURNS
            away = _MARK + 3 + ring * _LINE
            middle_x = x + cos(angle) * (away + width / 2)
            middle_y = y - sin(angle) * (away + _LINE / 2)
            box = (
                middle_x - width / 2,
                middle_y - _LINE / 2,
                middle_x + width / 2,
                middle_y + _LINE / 2,
            )
            if _inside(box) and not any(_touch(box, other) for other in taken):
                return box, ring > 0
    return first, False


def _inside(box: _Box) -> bool:
    return box[0] >= LEFT + 2 and box[2] <= WIDTH and box[1] >= 0 and box[3] <= BOTTOM


def _touch(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
