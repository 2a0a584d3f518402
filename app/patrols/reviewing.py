"""What a review makes of a result: what counts, under which bar, and whether it must be confirmed. Pure.

Evidence and decisions stay apart. `compliant` is what the evidence shows and nothing else; what a supervisor accepted,
adjusted or explained is a bar of its own, and a reason is never a kept window. A review pins the result it was made on.
When a later judgement comes to another status, the review stands in the record and says `needs_confirmation`; until
somebody confirms it, only the evidence counts. One thing outlasts that: an accepted reason goes on explaining a window
that is still not kept, because the officer was arresting somebody all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.tracks.decision import Status, status_of
from app.tracks.intervals import Interval, Intervals, clip, intersect, subtract, total_ms, unite

ACCEPTED, ADJUSTED, REASON_ACCEPTED = "accepted", "adjusted", "reason_accepted"


class Decision(StrEnum):
    """What a supervisor can say of a result.

    ACCEPT: what the evidence leaves open (claimed, probable) counts as well. STAND: only what is verified counts.
    REASON: it was not kept, and this is why. ADJUST: so many seconds of the window are credited, whatever the evidence.
    """

    ACCEPT = "ACCEPT"
    STAND = "STAND"
    REASON = "REASON"
    ADJUST = "ADJUST"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A window as judged. `number` counts its judgements; a window nobody has been to is number 0, `not_attended`.

    `accepted_ms` is the verified time with what supervisors accepted of its single patrols. `check_needed`: flags that
    nobody has looked at ask somebody to look, at patrols without which it would not be kept where it is kept.
    """

    number: int
    status: Status
    required_ms: int
    verified_ms: int
    accepted_ms: int
    review_ms: int
    at_most_ms: int
    check_needed: bool


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The latest review of a window or patrol: the decision, and the judgement it was made on."""

    decision: Decision
    basis: int
    basis_status: str
    basis_review_ms: int
    adjusted_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a window counts as. `credited_ms` is the time that counts for it, by evidence or by decision."""

    status: str
    credited_ms: int
    check_needed: bool
    needs_confirmation: bool


def outcome(evidence: Evidence, review: Reviewed | None) -> Outcome:
    """What a window counts as, from its evidence and its latest review.

    Worked values for 60 minutes required. Verified 50, claimed or probable 12 more (`review`): without a review
    `review`; ACCEPT `accepted` with 62; STAND `partial` with 50; ADJUST to 60 `adjusted`; REASON `reason_accepted`.
    The same after a late batch that verifies 61: `compliant`, and each of the four says `needs_confirmation`.
    """
    changed = review is not None and review.basis_status != evidence.status
    by_evidence = Outcome(evidence.status, evidence.verified_ms, evidence.check_needed, changed)
    if evidence.status is Status.IN_PROGRESS and (review is None or review.decision is not Decision.REASON):
        return by_evidence
    if evidence.status is not Status.COMPLIANT and (review is None or changed):
        if review is not None and review.decision is Decision.REASON:
            return Outcome(REASON_ACCEPTED, evidence.verified_ms, evidence.check_needed, changed)
        if evidence.accepted_ms >= evidence.required_ms:
            return Outcome(ACCEPTED, evidence.accepted_ms, evidence.check_needed, changed)
    if review is None or changed:
        return by_evidence
    return _decided(evidence, review)


def _decided(evidence: Evidence, review: Reviewed) -> Outcome:
    looked_at = review.basis == evidence.number
    check_needed = evidence.check_needed and not looked_at
    if review.decision is Decision.ADJUST:
        # A number rests on the very evidence it was given for; newer evidence asks for it again.
        return Outcome(ADJUSTED, review.adjusted_ms or 0, check_needed, not looked_at)
    if evidence.status is Status.COMPLIANT:
        return Outcome(Status.COMPLIANT, evidence.verified_ms, check_needed, False)
    if review.decision is Decision.REASON:
        return Outcome(REASON_ACCEPTED, evidence.verified_ms, check_needed, False)
    if review.decision is Decision.ACCEPT:
        # No more than was there to be seen when it was accepted.
        accepted_ms = max(evidence.accepted_ms, min(evidence.review_ms, review.basis_review_ms))
        kept = accepted_ms >= evidence.required_ms
        return Outcome(ACCEPTED if kept else evidence.status, accepted_ms, check_needed, False)
    verified_ms = evidence.verified_ms
    stands = status_of(
        evidence.required_ms, strict_ms=verified_ms, review_ms=verified_ms, at_most_ms=verified_ms
    )
    return Outcome(stands, verified_ms, check_needed, False)


@dataclass(frozen=True, slots=True)
class OpenTime:
    """What one judgement of a patrol found in a hotspot beside the verified time: what a supervisor could accept."""

    verified: Sequence[Interval]
    probable: Sequence[Interval]
    claimed: Sequence[Interval]

    @property
    def acceptable(self) -> Intervals:
        return subtract(unite(self.probable, self.claimed), self.verified)


def accepted_time(now: OpenTime, when_accepted: OpenTime) -> Intervals:
    """The time of a patrol that an ACCEPT makes count: what is acceptable now and was when it was accepted.

    Ten claimed minutes accepted, twenty more sent into a gap afterwards: ten minutes count, the rest asks again. Where
    a late batch has verified some of the ten, those are verified and no longer accepted.
    """
    return intersect(now.acceptable, when_accepted.acceptable)


def accepted_by_hotspot(now: Mapping[str, Any], when_accepted: Mapping[str, Any]) -> dict[UUID, Intervals]:
    """`accepted_time` for each hotspot of two stored results of one patrol: nothing once its status has changed."""
    if now["status"] != when_accepted["status"]:
        return {}
    then = {each["hotspot_id"]: _open_time(each) for each in when_accepted["hotspots"]}
    return {
        UUID(each["hotspot_id"]): accepted_time(_open_time(each), then[each["hotspot_id"]])
        for each in now["hotspots"]
        if each["hotspot_id"] in then
    }


def acceptable_ms(result: Mapping[str, Any]) -> int:
    """How much a stored result leaves to be accepted, in any hotspot, each instant once."""
    verified = unite(*([(start, end) for start, end in each["verified"]] for each in result["hotspots"]))
    open_time = unite(*(_open_time(each).acceptable for each in result["hotspots"]))
    return total_ms(subtract(open_time, verified))


def _open_time(hotspot: Mapping[str, Any]) -> OpenTime:
    parts = (
        [(start, end) for start, end in hotspot[name]]
        for name in ("verified", "probable", "claimed_verified")
    )
    return OpenTime(*parts)


@dataclass(frozen=True, slots=True)
class PublishedWindow:
    """A window that a patrol made for none may have satisfied: [starts_ms, ends_ms)."""

    window_id: UUID
    hotspot_id: UUID
    starts_ms: int
    ends_ms: int
    required_ms: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A window that a patrol without one would keep by itself, and how long it was verified within it."""

    window_id: UUID
    verified_ms: int


def suggestions(
    verified: Sequence[tuple[UUID, Sequence[Interval]]], windows: Sequence[PublishedWindow]
) -> list[Suggestion]:
    """The windows that a patrol's verified time (by hotspot) satisfies, the best kept first.

    Verified 19:00 to 20:10 in a hotspot with a window 18:30 to 20:30 that asks for 60 minutes: that window, 70 minutes.
    Ten minutes of it before the window begins: none.
    """
    by_hotspot = dict(verified)
    found = [
        Suggestion(
            window.window_id,
            total_ms(clip(by_hotspot.get(window.hotspot_id, ()), window.starts_ms, window.ends_ms)),
        )
        for window in windows
    ]
    required = {window.window_id: window.required_ms for window in windows}
    kept = [each for each in found if each.verified_ms >= required[each.window_id]]
    return sorted(kept, key=lambda each: (-each.verified_ms, each.window_id))


def still_asks(asks_review: bool, asked_at: datetime | None, looked_at: Iterable[datetime]) -> bool:
    """Whether a patrol still asks somebody to look at it.

    `asks_review` says that its standing judgement does by its own flags, `asked_at` since when a flag because of
    another patrol does, `looked_at` when it was reviewed on that judgement, itself or with its window as it is now
    judged. A review answers the judgement's own flags, and those because of others that were found before it.
    """
    last = max(looked_at, default=None)
    if last is None:
        return asks_review or asked_at is not None
    return asked_at is not None and asked_at > last


class Refusal(StrEnum):
    """Why somebody may not decide on something, whatever their role."""

    OWN = "own"
    RANK = "rank"
    DECIDED_ABOVE = "decided_above"


def refusal(reviewer: UUID, reviewer_order: int, concerned: dict[UUID, int]) -> Refusal | None:
    """Why this reviewer may not decide on what concerns these people (id to order of rank); None when they may.

    Nobody reviews themselves, and a reviewer outranks everybody it is about: a sergeant (30) decides on constables
    (20), not on another sergeant, nor on their own patrol.
    """
    if reviewer in concerned:
        return Refusal.OWN
    if any(order >= reviewer_order for order in concerned.values()):
        return Refusal.RANK
    return None


def not_yet(decision: Decision, starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether it is too early to decide: a reason from the window's start on, all else once it is over."""
    return now < (starts_at if decision is Decision.REASON else ends_at)
