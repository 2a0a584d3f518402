"""The dose a hotspot got on a day, for evaluation: a row for every day, with a patrol or without. Pure.

An evaluation by intention to treat needs the days that were drawn for no patrol as much as the others. Only days that
have passed are told, so that no answer says where police will be. Times are milliseconds inside and seconds in the
answer, because rows are made to be added up and sums are never of rounded minutes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.schedule.draw_inputs import BLOCK_DAYS
from app.schedule.windows import WindowStatus
from app.tracks.intervals import Interval, total_ms, unite

# Two years of a hundred and thirty hotspots.
MOST_ROWS = 100_000
# How many are worked out at once for a file.
ROWS_AT_ONCE = 4_000


class Allocation(StrEnum):
    """What the published schedule drew. CONTROL could have been drawn and was not; EXCLUDED could not (a blackout day,
    a hand-over); PENDING is told when its block of days is over, for after two days without a patrol everybody would
    know of the third; NONE was in no schedule."""

    TREATED = "treated"
    CONTROL = "control"
    EXCLUDED = "excluded"
    PENDING = "pending"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DoseHotspot:
    """A hotspot and the days asked for on which it was in force, the last included."""

    id: UUID
    code: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class PresentTime:
    """Time of one officer in one hotspot on one day; `unscheduled` when it counts for no window of that hotspot."""

    patrol_id: UUID
    officer_id: UUID
    verified: bool
    intervals: Sequence[Interval]
    unscheduled: bool


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    starts_at: datetime
    status: WindowStatus


@dataclass(frozen=True, slots=True)
class DayFacts:
    """What is stored of hotspots by day; of visits, united in each hotspot, the length of those that began on it."""

    allocations: Mapping[tuple[UUID, date], Allocation]
    windows: Mapping[tuple[UUID, date], Sequence[PlannedWindow]]
    time: Mapping[tuple[UUID, date], Sequence[PresentTime]]
    visits: Mapping[tuple[UUID, date], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Dose:
    """One hotspot on one London day. `window` is the first of `windows`. `patrol_ms` is wall-clock time with anybody
    verified inside, `officer_ms` that of each officer; `officers` were verified or declared there."""

    hotspot: DoseHotspot
    day: date
    allocation: Allocation
    windows: int
    window: PlannedWindow | None
    officer_ms: int
    patrol_ms: int
    visits: int
    longest_visit_ms: int
    officers: int
    unscheduled_patrols: int
    provisional: bool


def last_day(today: date, asked: date) -> date:
    """The last day told: the one asked for, or yesterday."""
    return min(asked, today - timedelta(days=1))


def drawn(*, treated: bool, eligible: bool, block_first_day: date, today: date) -> Allocation:
    """What a day was drawn for, as far as it may be told: on 4 March that of a block from 2 March is still pending."""
    if today < block_first_day + timedelta(days=BLOCK_DAYS):
        return Allocation.PENDING
    if treated:
        return Allocation.TREATED
    return Allocation.CONTROL if eligible else Allocation.EXCLUDED


def dose_rows(hotspots: Iterable[DoseHotspot], facts: DayFacts, provisional_from: date) -> Iterator[Dose]:
    """Every day of every hotspot, in order."""
    for hotspot in hotspots:
        for number in range(hotspot.days):
            yield _dose(hotspot, hotspot.first + timedelta(days=number), facts, provisional_from)


def _dose(hotspot: DoseHotspot, day: date, facts: DayFacts, provisional_from: date) -> Dose:
    key = hotspot.id, day
    allocation = facts.allocations.get(key, Allocation.NONE)
    windows = sorted(facts.windows.get(key, ()), key=lambda each: each.starts_at)
    time = facts.time.get(key, ())
    verified = [each for each in time if each.verified]
    visits = facts.visits.get(key, ())
    return Dose(
        hotspot=hotspot,
        day=day,
        allocation=allocation,
        windows=len(windows),
        window=windows[0] if windows else None,
        officer_ms=sum(total_ms(each.intervals) for each in verified),
        patrol_ms=total_ms(unite(*(each.intervals for each in verified))),
        visits=len(visits),
        longest_visit_ms=max(visits, default=0),
        officers=len({each.officer_id for each in time}),
        unscheduled_patrols=len({each.patrol_id for each in verified if each.unscheduled}),
        provisional=day >= provisional_from or allocation is Allocation.PENDING,
    )
