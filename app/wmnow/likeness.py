"""Decides which record of the tracker and which engagement of ours may be the same, for a person to say. Pure.

Nothing is linked by likeness alone: officers hold two surgeries in one hall on one evening.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.geo.plane import LocalPlane

NEAR_IN_TIME = timedelta(minutes=30)
NEAR_M = 250.0
# A quarter: all that is compared at once is held in memory.
LONGEST_COMPARED = timedelta(days=92)


class Because(StrEnum):
    """Why two are suggested: the tracker's record bears our id, or they are alike."""

    OUR_ID = "our-id"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A record of the tracker; `position` is (longitude, latitude) in degrees."""

    id: UUID
    officer_id: UUID | None
    occurred_at: datetime
    engagement_type: str
    position: tuple[float, float] | None = None
    engagement_ref: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """An engagement of ours; `officer_ids` are who led it and who took part."""

    id: UUID
    officer_ids: frozenset[UUID]
    occurred_at: datetime
    engagement_type: str
    position: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two that may be the same: how far apart in seconds (ours less theirs) and, where both say where, in metres."""

    record_id: UUID
    engagement_id: UUID
    because: Because
    seconds: float
    metres: float | None


def suggest(
    theirs: Sequence[Theirs], ours: Sequence[Ours], refused: Collection[tuple[UUID, UUID]]
) -> list[Suggestion]:
    """What may be the same, each record and each engagement at most once: what bears our id first, then the nearest in
    time, then in place. `refused` are pairs (record, engagement) that somebody said are two.

    >>> at = datetime(2026, 3, 1, 12)
    >>> officer, record, engagement = (UUID(int=n) for n in (1, 2, 3))
    >>> theirs = [Theirs(record, officer, at, "PACT")]
    >>> ours = [Ours(engagement, frozenset({officer}), at + timedelta(minutes=5), "PACT")]
    >>> [(one.because.value, one.seconds) for one in suggest(theirs, ours, ())]
    [('alike', 300.0)]
    >>> suggest(theirs, ours, {(record, engagement)})
    []
    """
    by_id = {one.id: one for one in ours}
    led: defaultdict[tuple[UUID, str], list[Ours]] = defaultdict(list)
    for one in sorted(ours, key=_when):
        for officer_id in one.officer_ids:
            led[officer_id, one.engagement_type].append(one)
    found: list[Suggestion] = []
    for record in theirs:
        named = by_id.get(record.engagement_ref) if record.engagement_ref else None
        if named is not None:
            found.append(_of(record, named, Because.OUR_ID))
        elif record.officer_id is not None:
            about = _about(led[record.officer_id, record.engagement_type], record.occurred_at)
            found += [_of(record, one, Because.ALIKE) for one in about if _near(record, one)]
    return _each_once([one for one in found if (one.record_id, one.engagement_id) not in refused])


def _when(one: Ours) -> datetime:
    return one.occurred_at


def _about(led: Sequence[Ours], at: datetime) -> Sequence[Ours]:
    """Those of some, in the order of time, that are near an instant: found by halving, for an officer may have many."""
    first = bisect_left(led, at - NEAR_IN_TIME, key=_when)
    return led[first : bisect_right(led, at + NEAR_IN_TIME, lo=first, key=_when)]


def _near(record: Theirs, one: Ours) -> bool:
    apart = metres(record.position, one.position)
    return apart is None or apart <= NEAR_M


def _of(record: Theirs, one: Ours, because: Because) -> Suggestion:
    seconds = (one.occurred_at - record.occurred_at).total_seconds()
    return Suggestion(record.id, one.id, because, seconds, metres(record.position, one.position))


def _each_once(found: Sequence[Suggestion]) -> list[Suggestion]:
    def order(one: Suggestion) -> tuple[bool, float, float, str, str]:
        far = NEAR_M if one.metres is None else one.metres
        return (
            one.because is not Because.OUR_ID,
            abs(one.seconds),
            far,
            str(one.record_id),
            str(one.engagement_id),
        )

    taken: set[UUID] = set()
    chosen = []
    for one in sorted(found, key=order):
        if one.record_id not in taken and one.engagement_id not in taken:
            taken |= {one.record_id, one.engagement_id}
            chosen.append(one)
    return chosen


def metres(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    """How far apart two points are; None where one is not known.

    >>> round(metres((-1.9, 52.48), (-1.9, 52.481)) or 0)
    111
    """
    if one is None or other is None:
        return None
    plane = LocalPlane.at(*one)
    east = (other[0] - one[0]) * plane.metres_per_degree_lon
    return math.hypot(east, (other[1] - one[1]) * plane.metres_per_degree_lat)
