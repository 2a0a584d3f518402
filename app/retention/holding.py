"""Whether something must be kept although the rules would let it go: holds by hand, and what a patrol's own record
says happened on it.

Holds that follow from the record are not stored: they are looked for whenever something is about to be erased, so none
can be forgotten and a code that holds from tomorrow on holds for what is already here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class HoldSubject(StrEnum):
    """What a hold by hand is on: one patrol; everything of an officer, in a period or altogether; every patrol that
    had to do with a hotspot in a period."""

    PATROL = "patrol"
    OFFICER = "officer"
    HOTSPOT = "hotspot"


@dataclass(frozen=True, slots=True)
class HoldByHand:
    """A hold that has not been released. `from_at` to `to_at` is half open; None is without end."""

    subject_kind: HoldSubject
    subject_id: UUID
    from_at: datetime | None = None
    to_at: datetime | None = None


class OccasionKind(StrEnum):
    """Where the record says that something happened."""

    EXPLANATION = "explanation"
    DISPUTE = "dispute"
    REVIEW = "review"
    CHECK_OUT = "check_out"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something a patrol's record says: an officer's explanation or dispute, a reason somebody accepted, what it was
    left for, an arrest or abstraction recorded of it or of somebody on it at the time.

    `settled` means that a dispute has been answered.
    """

    patrol_id: UUID
    kind: OccasionKind
    code: str | None
    at: datetime
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Something about to be erased: a patrol, or a fact kept aside, of which no more is known than who and when.

    `hotspots` is None where it cannot be told: then every hotspot may be meant.
    """

    id: UUID
    officers: frozenset[UUID]
    from_at: datetime
    to_at: datetime
    hotspots: frozenset[UUID] | None = field(default=frozenset())


# Six years, as long as a claim may be brought, and the one that runs. By words of the code, because forces add codes.
_YEAR = timedelta(days=365)
HELD_FOR: Mapping[str, timedelta] = {
    "ARREST": 7 * _YEAR,
    "SEARCH": 7 * _YEAR,
    "COMPLAINT": 7 * _YEAR,
    "CUSTODY": 7 * _YEAR,
}
# After a dispute was answered: as long as a complaint about the answer may reasonably be made.
DISPUTE_HELD_FOR = _YEAR


def held_until(occasion: Occasion) -> datetime | None:
    """Until when an occasion holds its patrol; None when it does not, `datetime.max` while a dispute is open.

    ARREST_MADE of 2 March 2026 holds until 27 February 2033; MEAL_BREAK does not hold.
    """
    if occasion.kind is OccasionKind.DISPUTE and not occasion.settled:
        return datetime.max.replace(tzinfo=occasion.at.tzinfo)
    words = occasion.code.upper().split("_") if occasion.code is not None else []
    spans = [span for word, span in HELD_FOR.items() if word in words]
    if occasion.kind is OccasionKind.DISPUTE:
        spans.append(DISPUTE_HELD_FOR)
    return occasion.at + max(spans) if spans else None


def is_held(kept: Kept, holds: Iterable[HoldByHand], occasions: Sequence[Occasion], now: datetime) -> bool:
    """Whether any hold by hand or any occasion keeps it."""
    if any(_holds(hold, kept) for hold in holds):
        return True
    ends = [held_until(occasion) for occasion in occasions if occasion.patrol_id == kept.id]
    return any(end is not None and now < end for end in ends)


def _holds(hold: HoldByHand, kept: Kept) -> bool:
    if hold.subject_kind is HoldSubject.PATROL:
        return hold.subject_id == kept.id
    in_period = (hold.from_at is None or hold.from_at <= kept.to_at) and (
        hold.to_at is None or kept.from_at < hold.to_at
    )
    if hold.subject_kind is HoldSubject.OFFICER:
        return in_period and hold.subject_id in kept.officers
    return in_period and (kept.hotspots is None or hold.subject_id in kept.hotspots)
