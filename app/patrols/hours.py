"""How a result becomes hours: each officer's time by grade, hotspot and London day. Pure.

Each officer's instant is credited once, whatever overlaps: where two patrols of one officer claim the same time, it
goes to verified before accepted before probable before declared, and then to the patrol that began first. *Accepted* is
what a supervisor accepted of the time that the evidence leaves open. Sums over hotspots still count an instant twice
where hotspots overlap; the rows without a hotspot hold the union and count it once. A colleague without a phone is
*declared*: credited along the lead's verified track, only where their own phone is silent, in a column of its own,
never towards a window.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from app.clock import from_ms, london_day, start_of_london_day, to_ms
from app.tracks.intervals import Interval, Intervals, clip, subtract, unite

# The order in which claims to the same time are met.
GRADES = ("verified", "accepted", "probable", "declared")


@dataclass(frozen=True, slots=True)
class HotspotTime:
    """What an assessment found in one hotspot, and what of it a supervisor accepted: half-open intervals in
    milliseconds."""

    hotspot_id: UUID
    verified: Sequence[Interval]
    probable: Sequence[Interval]
    accepted: Sequence[Interval] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One officer's time on one London day; `hotspot_id` None is the union over all hotspots."""

    officer_id: UUID
    hotspot_id: UUID | None
    day: date
    grade: str
    intervals: Intervals

    @property
    def credited_ms(self) -> int:
        return sum(end - start for start, end in self.intervals)


@dataclass(frozen=True, slots=True)
class DeclaredMember:
    """A colleague as declared, and when a phone of their own spoke."""

    officer_id: UUID
    from_ms: int | None
    to_ms: int | None
    own_phone: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class OwnPatrol:
    """A patrol of an officer with their own phone, and when that phone spoke: anywhere, in a hotspot or not."""

    patrol_id: UUID
    started_ms: int
    hotspots: Sequence[HotspotTime]
    spoken: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class DeclaredPatrol:
    """A patrol of a colleague on which an officer was declared, from when to when; None is its start, or its end."""

    patrol_id: UUID
    started_ms: int
    hotspots: Sequence[HotspotTime]
    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one patrol says an officer is due in one hotspot, before it is held against their other patrols."""

    grade: str
    started_ms: int
    patrol_id: UUID
    hotspot_id: UUID | None
    intervals: Intervals

    @property
    def order(self) -> tuple[int, int, UUID]:
        return GRADES.index(self.grade), self.started_ms, self.patrol_id


def heard(times_ms: Sequence[int], max_gap_ms: int, span: Interval) -> Intervals:
    """When a phone spoke: between fixes, in order of time, that are at most `max_gap_ms` apart, within a patrol.

    Fixes at 0, 60 s, 120 s and 400 s, 120 s allowed, a patrol from 30 s to 500 s: from 30 s to 120 s.
    """
    return clip(((start, end) for start, end in pairwise(times_ms) if end - start <= max_gap_ms), *span)


def by_london_day(intervals: Iterable[Interval]) -> dict[date, Intervals]:
    """Cuts intervals at London midnights: 23:30 to 00:30 is half an hour on each of two days."""
    found: dict[date, list[Interval]] = {}
    for start, end in intervals:
        at = start
        while at < end:
            day = london_day(from_ms(at))
            midnight = to_ms(start_of_london_day(day + timedelta(days=1)))
            found.setdefault(day, []).append((at, min(end, midnight)))
            at = min(end, midnight)
    return {day: unite(parts) for day, parts in found.items()}


def declared(verified: Iterable[Interval], member: DeclaredMember) -> Intervals:
    """The part of the lead's verified time that a declared colleague is credited with.

    Lead verified 19:00 to 20:00, colleague declared from 19:30 whose own phone spoke from 19:50 on: 20 minutes.
    """
    whole = unite(verified)
    if not whole:
        return whole
    start = member.from_ms if member.from_ms is not None else whole[0][0]
    end = member.to_ms if member.to_ms is not None else whole[-1][1]
    return subtract(clip(whole, start, max(start, end)), unite(member.own_phone))


def officer_hours(
    officer_id: UUID, own: Sequence[OwnPatrol], declared_on: Sequence[DeclaredPatrol]
) -> dict[UUID, list[Slice]]:
    """An officer's slices by patrol, from patrols given in any order; each instant once, in each hotspot and anywhere.

    Verified 19:00 to 20:00 on one patrol and 19:30 to 20:30 on a second: an hour on the first, half an hour on the
    second. Declared 19:00 to 20:00 by one lead and 19:30 to 20:30 by another: the same. Probable 19:00 to 20:00 on the
    first, verified 19:30 to 20:30 on the second: half an hour probable, an hour verified.
    """
    spoken = unite(*(patrol.spoken for patrol in own))
    claims = [claim for patrol in own for claim in _own_claims(patrol)]
    claims += [claim for patrol in declared_on for claim in _declared_claims(officer_id, patrol, spoken)]
    given: dict[UUID | None, Intervals] = {}
    found: dict[UUID, list[Slice]] = {}
    for claim in sorted(claims, key=lambda claim: claim.order):
        earlier = given.get(claim.hotspot_id, ())
        rows = found.setdefault(claim.patrol_id, [])
        rows += _cut(officer_id, claim.hotspot_id, claim.grade, subtract(claim.intervals, earlier))
        given[claim.hotspot_id] = unite(earlier, claim.intervals)
    return found


def _everywhere(hotspots: Sequence[HotspotTime]) -> Iterator[tuple[UUID | None, HotspotTime]]:
    """All hotspots as one, without an id, then each."""
    verified = unite(*(each.verified for each in hotspots))
    probable, accepted = (
        unite(*(getattr(each, name) for each in hotspots)) for name in ("probable", "accepted")
    )
    yield None, HotspotTime(UUID(int=0), verified, probable, accepted)
    for each in hotspots:
        yield each.hotspot_id, each


def _own_claims(patrol: OwnPatrol) -> Iterator[_Claim]:
    for hotspot_id, time in _everywhere(patrol.hotspots):
        yield _Claim("verified", patrol.started_ms, patrol.patrol_id, hotspot_id, unite(time.verified))
        yield _Claim("accepted", patrol.started_ms, patrol.patrol_id, hotspot_id, unite(time.accepted))
        yield _Claim("probable", patrol.started_ms, patrol.patrol_id, hotspot_id, unite(time.probable))


def _declared_claims(officer_id: UUID, patrol: DeclaredPatrol, spoken: Intervals) -> Iterator[_Claim]:
    member = DeclaredMember(officer_id, patrol.from_ms, patrol.to_ms, spoken)
    for hotspot_id, time in _everywhere(patrol.hotspots):
        intervals = declared(time.verified, member)
        yield _Claim("declared", patrol.started_ms, patrol.patrol_id, hotspot_id, intervals)


def _cut(officer_id: UUID, hotspot_id: UUID | None, grade: str, intervals: Iterable[Interval]) -> list[Slice]:
    return [
        Slice(officer_id, hotspot_id, day, grade, parts) for day, parts in by_london_day(intervals).items()
    ]
