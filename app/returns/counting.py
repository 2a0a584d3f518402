"""What counts for a scheme, and how hours add up without counting an instant twice. Pure.

Our own hours come from patrols, each officer's instant once; recorded hours come from others. Where both have the same
officer at the same time, our own stand and the recorded ones are taken off. Where a record names nobody, it may be the
same people as on our own patrols there: that much is not sure, so it is in «at most» and not in «at least».
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.patrols.hours import GRADES
from app.tracks.intervals import Interval, intersect, subtract, total_ms, unite

OWN_CHANNEL = "OWN"
OWN, RECORDED = "own", "recorded"


class Evidence(StrEnum):
    """What a record of somebody else's rests on."""

    GPS = "gps"
    RADIO = "radio"
    DECLARED = "declared"


class Unit(StrEnum):
    """Hours of persons, or hours in which at least one person was there."""

    PERSON = "PERSON"
    PATROL = "PATROL"


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts. `None` lets everything in. Grades are sure (in «at least») or possible (in «at most» only)."""

    programmes: frozenset[str] | None = None
    uniform_states: frozenset[str] = frozenset({"HI_VIS_UNIFORM", "UNIFORM"})
    channels: frozenset[str] | None = None
    funding: frozenset[str] | None = None
    hotspot_kinds: frozenset[str] | None = None
    grades: frozenset[str] = frozenset({"verified", "accepted"})
    possible_grades: frozenset[str] = frozenset({"probable", "declared"})
    recorded_grades: frozenset[str] = frozenset({"gps", "radio"})
    possible_recorded_grades: frozenset[str] = frozenset({"declared"})
    within_window_only: bool = False
    unit: Unit = Unit.PERSON

    def counts(self, source: str) -> frozenset[str]:
        """The grades of a source that count at all."""
        if source == OWN:
            return self.grades | self.possible_grades
        return self.recorded_grades | self.possible_recorded_grades

    def sure(self, source: str, grade: str) -> bool:
        return grade in (self.grades if source == OWN else self.recorded_grades)

    @property
    def by_hotspot(self) -> bool:
        """Whether it counts time in some hotspots only, of which no row is kept that has all of them together."""
        return self.hotspot_kinds is not None or self.within_window_only


# Everything, as the ledger has it.
ALL = Rule(uniform_states=frozenset({"HI_VIS_UNIFORM", "UNIFORM", "PLAIN_CLOTHES", "UNMARKED_VEHICLE"}))


@dataclass(frozen=True, slots=True)
class Line:
    """Hours with what is known of them by name (`source`, `channel`, `grade`, `day` …); milliseconds, negative where
    something is taken off. In returns also how many of our own patrols and windows, each counted in one line."""

    of: Mapping[str, Any]
    least_ms: int
    most_ms: int
    patrols: int = 0
    windows: int = 0


def line(of: Mapping[str, Any], ms: int, rule: Rule) -> Line:
    """Hours of one grade: in both bounds when the grade is sure, else in the upper alone."""
    return Line(of, ms if rule.sure(of["source"], of["grade"]) else 0, ms)


@dataclass(slots=True)
class Amount:
    """At least and at most, in milliseconds."""

    least_ms: int = 0
    most_ms: int = 0

    def add(self, each: Line) -> None:
        self.least_ms += each.least_ms
        self.most_ms += each.most_ms


def added(lines: Iterable[Line], *names: str) -> dict[tuple[Any, ...], Amount]:
    """Lines added up by the names given: two of `verified` and one of `probable` by `grade` are two amounts."""
    found: defaultdict[tuple[Any, ...], Amount] = defaultdict(Amount)
    for each in lines:
        found[tuple(each.of[name] for name in names)].add(each)
    return dict(found)


def total(lines: Iterable[Line]) -> Amount:
    return added(lines).get((), Amount())


@dataclass(frozen=True, slots=True)
class OwnTime:
    """A piece of our own time that others may overlap: whose, on which patrol, when."""

    officer_id: UUID
    patrol_id: UUID
    intervals: Sequence[Interval]


def overlap_ms(recorded: Sequence[Interval], own: Iterable[OwnTime]) -> int:
    """How long a record of one officer says what their own patrols say already.

    Recorded 19:00 to 21:00, own 19:30 to 20:00 and 20:45 to 21:15: 45 minutes.
    """
    return total_ms(intersect(recorded, unite(*(each.intervals for each in own))))


def possible_overlap_ms(
    persons: int, recorded_ms: int, span: Iterable[Interval], own: Iterable[OwnTime]
) -> int:
    """How much of a record that names nobody may be the same people as on our own patrols: at each instant as many
    persons as both have, and never more than was recorded.

    Two persons 19:00 to 21:00, one officer of ours 19:30 to 20:00 and another 19:30 to 20:30: an hour and a half.
    """
    of_officer: defaultdict[UUID, list[Interval]] = defaultdict(list)
    for each in own:
        of_officer[each.officer_id] += each.intervals
    inside = unite(span)
    edges: list[tuple[int, int]] = []
    for intervals in of_officer.values():
        for start, end in intersect(intervals, inside):
            edges += [(start, 1), (end, -1)]
    shared = there = 0
    before = 0
    for at, change in sorted(edges):
        shared += min(persons, there) * (at - before)
        there, before = there + change, at
    return min(shared, recorded_ms)


def goes_before(uniform_state: str, grade: str, rule: Rule) -> tuple[bool, bool, int]:
    """The order in which our own kinds of time that were credited at once count: each instant is of the first alone.

    Visible time goes before other time, then what is sure, so that the lower bound loses nothing to what is only
    possible, then by grade.
    """
    return uniform_state not in rule.uniform_states, not rule.sure(OWN, grade), GRADES.index(grade)


def net_of_others(rows: Sequence[tuple[UUID, tuple[Any, ...], Interval]]) -> dict[UUID, tuple[Interval, ...]]:
    """Each recorded span of one officer without what a row before it in order has: (id, order, span) to what is left.

    GPS 19:00 to 20:00 and declared 19:30 to 20:30 by another channel: an hour, and half an hour.
    """
    given: tuple[Interval, ...] = ()
    found: dict[UUID, tuple[Interval, ...]] = {}
    for row_id, _order, span in sorted(rows, key=lambda row: (row[1], row[0])):
        found[row_id] = subtract([span], given)
        given = unite(given, [span])
    return found
