"""Whether what was planned since a draw takes a team's time or an area's room from its plan. Pure."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.schedule.draw_inputs import Commitment, DrawInputs
from app.schedule.windows import LONGEST


def in_the_way(inputs: DrawInputs, own: Iterable[Commitment], standing: Iterable[Commitment]) -> bool:
    """`own` are the plan's windows, `standing` what stands now; only what did not stand at the draw is looked at.

    A team with a new window from 19:00 to 21:00 is not free at 20:00 any more; nor is there room on a day that takes
    two windows when the plan has two there and a third came.
    """
    now = Counter(standing)
    new = now - Counter(inputs.standing)
    mine: defaultdict[tuple[str, date], list[Commitment]] = defaultdict(list)
    spots: Counter[tuple[str, date]] = Counter()
    for one in own:
        mine[one.team, one.day].append(one)
        spots[one.area, one.day] += 1
    around = (timedelta(days=-1), timedelta(0), timedelta(days=1))
    if any(
        _overlap(one, other, inputs.travel_minutes)
        for one in new
        for offset in around
        for other in mine.get((one.team, one.day + offset), ())
    ):
        return True
    for one, many in now.items():
        spots[one.area, one.day] += many if spots[one.area, one.day] else 0
    return any(_full(inputs, spots, one) for one in new)


@dataclass(frozen=True, slots=True)
class Booked:
    """A window as the time it takes of its team, `LONGEST` at most."""

    id: UUID
    team_id: UUID
    starts_at: datetime
    ends_at: datetime


def double_booked(
    made: Iterable[Booked], others: Iterable[Booked], travel_minutes: int
) -> list[tuple[UUID, UUID, UUID]]:
    """Where a team would be in two places: each window made with another of the same team, and the team, by start.

    Made 19:00 to 21:00, others 20:00 to 22:00 and 21:00 to 23:00: the first alone, with a quarter of an hour to travel
    both.
    """
    gap = timedelta(minutes=travel_minutes)
    of_team: defaultdict[UUID, list[Booked]] = defaultdict(list)
    for other in sorted(others, key=_by_start):
        of_team[other.team_id].append(other)
    found = []
    for one in sorted(made, key=_by_start):
        there = of_team.get(one.team_id, [])
        # What began before that is over, the way from it included.
        first = bisect_right(there, one.starts_at - gap - LONGEST, key=_start)
        last = bisect_left(there, one.ends_at + gap, key=_start)
        found += [
            (one.id, other.id, one.team_id)
            for other in there[first:last]
            if one.starts_at < other.ends_at + gap
        ]
    return found


def _start(one: Booked) -> datetime:
    return one.starts_at


def _by_start(one: Booked) -> tuple[datetime, UUID]:
    return one.starts_at, one.id


def _overlap(one: Commitment, other: Commitment, gap: int) -> bool:
    return one.from_minute < other.to_minute + gap and other.from_minute < one.to_minute + gap


def _full(inputs: DrawInputs, spots: Counter[tuple[str, date]], one: Commitment) -> bool:
    room = inputs.room(one.area, one.day)
    return room is not None and spots[one.area, one.day] > room
