"""Decides what seconds mean: whether one patrol, or all patrols of a tasking window together, kept the
required time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from app.tracks.intervals import Interval, Intervals, clip, total_ms, unite


class Status(StrEnum):
    """The result of a patrol or a window. `no_window` is a closed patrol that was not made for a window:
    there is nothing it had to reach, and its hours speak for themselves."""

    IN_PROGRESS = "in_progress"
    COMPLIANT = "compliant"
    REVIEW = "review"
    UNVERIFIED = "unverified"
    PARTIAL = "partial"
    NOT_ATTENDED = "not_attended"
    NO_WINDOW = "no_window"


def status_of(required_ms: int, *, strict_ms: int, review_ms: int, at_most_ms: int) -> Status:
    """The status for the time verified, the time that a sergeant could accept, and the most it can have been.

    Worked values for 60 minutes required: (60, 60, 60) compliant; (50, 61, 61) review; (10, 10, 60)
    unverified; (10, 10, 40) partial; (0, 0, 59) not attended.
    """
    if strict_ms >= required_ms:
        return Status.COMPLIANT
    if review_ms >= required_ms:
        return Status.REVIEW
    if at_most_ms >= required_ms:
        return Status.UNVERIFIED
    return Status.PARTIAL if strict_ms > 0 else Status.NOT_ATTENDED


@dataclass(frozen=True, slots=True)
class WindowCredit:
    """What one patrol brings to a window: its intervals for the window's hotspot, over the whole patrol.

    `check_needed` says that the patrol carries a flag that asks for review; `in_progress` that it is still
    open. `accepted` is what a supervisor has accepted of this patrol beside what is verified: it never makes a
    window compliant, and is reported beside it.
    """

    officer_id: UUID
    verified: Sequence[Interval]
    probable: Sequence[Interval]
    unverified: Sequence[Interval]
    claimed_verified: Sequence[Interval]
    accepted: Sequence[Interval] = ()
    check_needed: bool = False
    in_progress: bool = False


@dataclass(frozen=True, slots=True)
class WindowDecision:
    """The result of a window. Times are united, each instant once; `check_needed` says that the window is
    kept only with patrols whose flags ask for review. With `one_officer_alone` the times are those of the
    officer who came furthest."""

    status: Status
    verified: Intervals
    verified_ms: int
    accepted_ms: int
    review_ms: int
    at_most_ms: int
    check_needed: bool


def decide_window(
    credits: Iterable[WindowCredit],
    *,
    starts_ms: int,
    ends_ms: int,
    required_ms: int,
    one_officer_alone: bool = False,
) -> WindowDecision:
    """Whether the patrols of a window [starts_ms, ends_ms) kept it together.

    Compliant when their verified time together reaches `required_ms` (for one officer, if the policy asks);
    review when it does with what is claimed and probable; unverified when it could with what is unverified;
    while a patrol is open and the time is not reached, in progress. Worked value: 40 verified minutes of one
    officer and the 30 that overlap them by 10 of another are 60.
    """
    patrols = list(credits)
    if one_officer_alone:
        officers = sorted({each.officer_id for each in patrols}, key=str)
        groups = [[each for each in patrols if each.officer_id == officer] for officer in officers]
    else:
        groups = [patrols]
    best = max(
        (_decide(group, starts_ms, ends_ms, required_ms) for group in groups),
        key=lambda decision: (
            decision.verified_ms >= required_ms and not decision.check_needed,
            decision.verified_ms >= required_ms,
            decision.accepted_ms >= required_ms,
            decision.review_ms >= required_ms,
            decision.at_most_ms >= required_ms,
            decision.verified_ms,
        ),
        default=_decide([], starts_ms, ends_ms, required_ms),
    )
    if best.status is not Status.COMPLIANT and any(each.in_progress for each in patrols):
        return replace(best, status=Status.IN_PROGRESS, check_needed=False)
    return best


def _decide(patrols: list[WindowCredit], starts_ms: int, ends_ms: int, required_ms: int) -> WindowDecision:
    def within(groups: Iterable[Sequence[Interval]]) -> Intervals:
        return clip(unite(*groups), starts_ms, ends_ms)

    verified = within(each.verified for each in patrols)
    clean = within(each.verified for each in patrols if not each.check_needed)
    claimed = within(each.claimed_verified for each in patrols)
    probable = within(each.probable for each in patrols)
    unverified = within(each.unverified for each in patrols)
    accepted_ms = total_ms(verified, within(each.accepted for each in patrols))
    verified_ms, review_ms = total_ms(verified), total_ms(verified, claimed, probable)
    at_most_ms = total_ms(verified, claimed, probable, unverified)
    status = status_of(required_ms, strict_ms=verified_ms, review_ms=review_ms, at_most_ms=at_most_ms)
    kept = status is Status.COMPLIANT
    return WindowDecision(
        status,
        verified,
        verified_ms,
        accepted_ms,
        review_ms,
        at_most_ms,
        kept and total_ms(clean) < required_ms,
    )
