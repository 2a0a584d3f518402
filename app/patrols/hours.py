"""How a result becomes hours: each officer's time by grade, hotspot and London day. Pure.

Sums over hotspots count an instant twice where hotspots overlap; the rows without a hotspot hold the union and count it
once. A colleague without a phone is *declared*: credited along the lead's verified track, only where no phone of their
own was on a patrol, in a column of its own, never towards a window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.clock import from_ms, london_day, start_of_london_day, to_ms
from app.tracks.intervals import Interval, Intervals, clip, subtract, unite


@dataclass(frozen=True, slots=True)
class HotspotTime:
    """What an assessment found in one hotspot: half-open intervals in milliseconds."""

    hotspot_id: UUID
    verified: Sequence[Interval]
    probable: Sequence[Interval]


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
    """A colleague as declared, and when a phone of their own was on a patrol."""

    officer_id: UUID
    from_ms: int | None
    to_ms: int | None
    own_phone: Sequence[Interval]


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

    Lead verified 19:00 to 20:00, colleague declared from 19:30 whose own phone was on a patrol from 19:50: 20 minutes.
    """
    whole = unite(verified)
    if not whole:
        return whole
    start = member.from_ms if member.from_ms is not None else whole[0][0]
    end = member.to_ms if member.to_ms is not None else whole[-1][1]
    return subtract(clip(whole, start, max(start, end)), unite(member.own_phone))


def slices(lead: UUID, hotspots: Sequence[HotspotTime], crew: Sequence[DeclaredMember]) -> list[Slice]:
    """Every slice of one patrol, lead first, in a stable order; nothing for no time."""
    verified = unite(*(each.verified for each in hotspots))
    probable = subtract(unite(*(each.probable for each in hotspots)), verified)
    everywhere = HotspotTime(UUID(int=0), verified, probable)
    found: list[Slice] = []
    for hotspot, hotspot_id in [(everywhere, None), *((each, each.hotspot_id) for each in hotspots)]:
        found += _cut(lead, hotspot_id, "verified", hotspot.verified)
        found += _cut(lead, hotspot_id, "probable", hotspot.probable)
        for member in crew:
            found += _cut(member.officer_id, hotspot_id, "declared", declared(hotspot.verified, member))
    return found


def _cut(officer_id: UUID, hotspot_id: UUID | None, grade: str, intervals: Iterable[Interval]) -> list[Slice]:
    return [
        Slice(officer_id, hotspot_id, day, grade, parts) for day, parts in by_london_day(intervals).items()
    ]
