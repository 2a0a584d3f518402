"""Writes whether a window was kept: from all its patrols and the latest review of it. Derived, replaced each time.

The window's row is held while it is written, so that two patrols judged at once, or a judgement and a review, see each
other whichever comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.clock import to_ms
from app.database.model import insert_or_replace
from app.patrols import cross_reading, holding, queries, review_queries, window_queries
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment, WindowResult
from app.patrols.review_models import Review
from app.patrols.review_queries import Accepted
from app.patrols.reviewing import Evidence, Reviewed, outcome
from app.schedule.models import TaskingWindow
from app.tracks.assessment import Flag
from app.tracks.decision import Status, WindowCredit, decide_window
from app.tracks.intervals import Interval, clip
from app.tracks.policy import Policy

_NOTHING_SEEN = Evidence(0, Status.NOT_ATTENDED, 0, 0, 0, 0, 0, False)


def write_window_results(session: Session, window_id: UUID, policy: Policy, now: datetime) -> None:
    """Decides a window, and those it was moved to: held in one order first, as by all who hold several windows."""
    chain = window_queries.windows_to_decide(session, window_id)
    if len(chain) > 1:
        review_queries.hold_windows(session, chain)
    for each in chain:
        write_window_result(session, each, policy, now)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the patrols of a window come to together."""

    evidence: Evidence
    patrol_ids: list[str]
    officer_count: int
    asking: list[str]


def write_window_result(session: Session, window_id: UUID, policy: Policy, now: datetime) -> None:
    """Decides a window from all its patrols and its latest review."""
    window = queries.window_locked(session, window_id)
    before = review_queries.window_result(session, window.id)
    judged = _judge(session, window, policy, before)
    review = review_queries.latest_of_windows(session, [window.id]).get(window.id)
    decided = outcome(judged.evidence, reviewed(review))
    evidence = judged.evidence
    values = {
        "window_id": window.id,
        "number": evidence.number,
        "status": str(decided.status),
        "computed_status": evidence.status.value,
        "required_ms": evidence.required_ms,
        "verified_ms": evidence.verified_ms,
        "accepted_ms": evidence.accepted_ms,
        "review_ms": evidence.review_ms,
        "at_most_ms": evidence.at_most_ms,
        "credited_ms": decided.credited_ms,
        "computed_check_needed": evidence.check_needed,
        "check_needed": decided.check_needed,
        "review_id": review.id if review else None,
        "decision": review.decision if review else None,
        "reason_code": review.reason_code if review else None,
        "needs_confirmation": decided.needs_confirmation,
        "officer_count": judged.officer_count,
        "patrol_ids": judged.patrol_ids,
        "asking": judged.asking,
        "team_id": window.team_id,
        "area_id": window.area_id,
        "computed_at": now,
        "told_from": holding.told_from(session, [UUID(each) for each in judged.patrol_ids]),
    }
    insert_or_replace(session, WindowResult, "window_id", values)


def evidence_of(session: Session, window: TaskingWindow) -> Evidence:
    """A window as it was last judged; number 0, not attended, when nobody has been to it."""
    row = review_queries.window_result(session, window.id)
    return _NOTHING_SEEN if row is None else _evidence(row)


def reviewed(review: Review | None) -> Reviewed | None:
    """A stored review as the decision takes it."""
    if review is None:
        return None
    return Reviewed(
        review.decision, review.basis, review.basis_status, review.basis_review_ms, review.adjusted_ms
    )


def _evidence(row: WindowResult) -> Evidence:
    return Evidence(
        row.number,
        Status(row.computed_status),
        row.required_ms,
        row.verified_ms,
        row.accepted_ms,
        row.review_ms,
        row.at_most_ms,
        row.computed_check_needed,
    )


def _judge(session: Session, window: TaskingWindow, policy: Policy, before: WindowResult | None) -> _Judged:
    patrols = window_queries.patrols_of_window(session, window.id)
    ids = [patrol.id for patrol in patrols]
    standing = queries.current_assessments(session, ids)
    reviews = review_queries.latest_of_patrols(session, ids)
    accepted = review_queries.accepted_of(session, ids)
    crossed = cross_reading.flags_of(session, ids)
    asking = {each: _asking(standing.get(each), reviews.get(each), crossed[each]) for each in ids}
    credits = [
        _credit(
            patrol,
            standing.get(patrol.id),
            accepted.get(patrol.id),
            window.hotspot_id,
            check_needed=bool(asking[patrol.id]),
        )
        for patrol in patrols
    ]
    starts_ms, ends_ms = to_ms(window.starts_at), to_ms(window.ends_at)
    decision = decide_window(
        credits,
        starts_ms=starts_ms,
        ends_ms=ends_ms,
        required_ms=window.required_seconds * 1000,
        one_officer_alone=policy.one_officer_alone,
    )
    asked = [f"{patrol_id} {flag}" for patrol_id in sorted(asking) for flag in asking[patrol_id]]
    kept = decision.status is Status.COMPLIANT
    evidence = Evidence(
        before.number if before is not None else 0,
        decision.status,
        window.required_seconds * 1000,
        decision.verified_ms,
        decision.accepted_ms,
        decision.review_ms,
        decision.at_most_ms,
        decision.check_needed if kept else bool(asked),
    )
    patrol_ids = [str(each) for each in ids]
    if before is None:
        evidence = replace(evidence, number=1 if patrols else 0)
    elif _says_more(before, evidence, patrol_ids, asked):
        evidence = replace(evidence, number=before.number + 1)
    present = {credit.officer_id for credit in credits if clip(credit.verified, starts_ms, ends_ms)}
    return _Judged(evidence, patrol_ids, len(present), asked)


def _says_more(
    before: WindowResult, evidence: Evidence, patrol_ids: Sequence[str], asked: Sequence[str]
) -> bool:
    """Whether the evidence says something that nobody had before them. What was decided of single patrols is none."""
    stood = _evidence(before)
    same = replace(evidence, accepted_ms=stood.accepted_ms, check_needed=stood.check_needed)
    return (stood, before.patrol_ids) != (same, list(patrol_ids)) or bool(set(asked) - set(before.asking))


def _asking(
    standing: PatrolAssessment | None, review: Review | None, crossed: Sequence[CrossCheckFlag]
) -> list[str]:
    """The flags of a patrol that ask somebody to look and that its review did not have before it."""
    if standing is None:
        return []
    looked_at = review is not None and review.basis == standing.number
    own = [flag for flag in standing.flags if Flag(flag).asks_review] if not looked_at else []
    others = [
        flag.flag.value
        for flag in crossed
        if flag.asks_review
        and flag.withdrawn_at is None
        and not (review is not None and looked_at and review.received_at >= flag.found_at)
    ]
    return sorted({*own, *others})


def _credit(
    patrol: Patrol,
    standing: PatrolAssessment | None,
    accepted: Accepted | None,
    hotspot_id: UUID,
    *,
    check_needed: bool,
) -> WindowCredit:
    if standing is None:
        return WindowCredit(patrol.captured_by, (), (), (), (), in_progress=True)
    found = next(
        (each for each in standing.result["hotspots"] if each["hotspot_id"] == str(hotspot_id)), None
    )
    if found is None:
        return WindowCredit(patrol.captured_by, (), (), (), (), check_needed=check_needed)
    return WindowCredit(
        patrol.captured_by,
        _intervals(found, "verified"),
        _intervals(found, "probable"),
        _intervals(found, "unverified"),
        _intervals(found, "claimed_verified"),
        accepted=accepted.within(standing.result).get(hotspot_id, ()) if accepted else (),
        check_needed=check_needed,
    )


def _intervals(hotspot: Mapping[str, Any], name: str) -> Sequence[Interval]:
    return [(start, stop) for start, stop in hotspot[name]]
