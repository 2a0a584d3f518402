"""What is told of reviews: what waits for a decision, and what was decided. Every read is logged with its ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import MINUTE_MS, london_day
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import cross_reading, queries, review_queries
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment, PatrolExplanation
from app.patrols.review_models import Review
from app.patrols.review_queries import DueWindow
from app.patrols.review_schemas import (
    DueReview,
    DueReviews,
    OpenDispute,
    ProposedReason,
    ReviewList,
    ReviewResponse,
    SuggestedWindow,
)
from app.patrols.reviewing import REASON_ACCEPTED, Decision, still_asks
from app.patrols.reviews import people_of_window, why_not
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.rest.pagination import decode_cursor, encode_cursor
from app.schedule.queries import window_seen
from app.schedule.windows import LATE_DATA_GRACE

USUAL_PERIOD = timedelta(days=28)
_LISTS = ["window_statuses", "patrol_statuses", "reasons", "decisions"]


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when what is due began; None for the usual period until now."""

    from_at: datetime | None
    to_at: datetime | None


@requires(Permission.REVIEWS_DECIDE)
def list_due(
    session: Session, caller: Caller, kind: str, period: Period, cursor: str | None, limit: int, now: datetime
) -> DueReviews:
    """What waits for a decision of the caller's teams or areas, latest first: windows, or patrols made for none."""
    to_at = period.to_at or now
    from_at = period.from_at or to_at - USUAL_PERIOD
    if from_at >= to_at:
        fault = FieldError("#query/from", "not-before-to", "must be earlier than to")
        raise Problem(INVALID, "Some values are not valid.", [fault])
    after = decode_cursor(cursor) if cursor is not None else None
    day = london_day(now)
    words = labels_of(session, caller.force_id, _LISTS, day)
    if kind == "window":
        windows = review_queries.windows_due(session, caller, day, now, (from_at, to_at), after, limit + 1)
        items = [_due_window(session, caller, each, words, now) for each in windows[:limit]]
        more = len(windows) > limit
    else:
        patrols = review_queries.patrols_due(session, caller, day, now, (from_at, to_at), after, limit + 1)
        items = _due_patrols(session, caller, patrols[:limit], words, now)
        more = len(patrols) > limit
    subjects = {
        "window": [item.id for item in items if item.kind == "window"],
        "patrol": {patrol_id for item in items for patrol_id in item.patrol_ids},
    }
    consulted(session, "review:due", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    following = encode_cursor(items[-1].starts_at, items[-1].id) if more else None
    return DueReviews(items=items, next_cursor=following)


@dataclass(frozen=True, slots=True)
class _Said:
    """What those on some patrols have said, and what was decided on the patrols."""

    proposed: list[ProposedReason]
    disputes: list[OpenDispute]


def _due_window(
    session: Session, caller: Caller, due: DueWindow, words: Mapping[str, Mapping[str, Label]], now: datetime
) -> DueReview:
    window, result = due.window, due.result
    patrols = queries.patrols_of_window(session, window.id)
    standing = queries.current_assessments(session, [patrol.id for patrol in patrols])
    review = review_queries.latest_of_windows(session, [window.id]).get(window.id)
    said = _said(session, patrols, review, words["reasons"])
    why = why_not(session, caller, people_of_window(session, window), london_day(now))
    collars = collar_numbers(session, {patrol.captured_by for patrol in patrols})
    status = result.status if result is not None else "not_attended"
    crossed = cross_reading.flags_of(session, [patrol.id for patrol in patrols])
    return DueReview(
        kind="window",
        id=window.id,
        basis=result.number if result is not None else 0,
        hotspot_code=due.hotspot_code,
        hotspot_name=due.hotspot_name,
        team_code=due.team_code,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        status=status,
        status_label=in_words(words["window_statuses"], status),
        verified_minutes=result.verified_ms // MINUTE_MS if result is not None else 0,
        required_minutes=window.required_seconds // 60,
        acceptable_minutes=(result.review_ms - result.verified_ms) // MINUTE_MS if result is not None else 0,
        provisional=now < window.ends_at + LATE_DATA_GRACE,
        check_needed=result is not None and result.check_needed,
        flags=sorted(
            {flag for each in standing.values() for flag in each.flags}
            | {flag for each in crossed.values() for flag in _standing(each)}
        ),
        decision=result.decision if result is not None else None,
        needs_confirmation=result is not None and result.needs_confirmation,
        collar_numbers=sorted(collars.values()),
        patrol_ids=[patrol.id for patrol in patrols],
        proposed_reasons=said.proposed,
        open_disputes=said.disputes,
        suggested_windows=[],
        may_decide=why is None,
        why_not=why.value if why is not None else None,
    )


def _due_patrols(
    session: Session,
    caller: Caller,
    found: Sequence[tuple[Patrol, PatrolAssessment]],
    words: Mapping[str, Mapping[str, Label]],
    now: datetime,
) -> list[DueReview]:
    day = london_day(now)
    suggested = review_queries.suggestions_of(session, caller, [patrol.id for patrol, _ in found], day)
    reviews = review_queries.latest_of_patrols(session, [patrol.id for patrol, _ in found])
    collars = collar_numbers(session, {patrol.captured_by for patrol, _ in found})
    crossed = cross_reading.flags_of(session, [patrol.id for patrol, _ in found])
    asked = cross_reading.asked_to_look(session, [patrol.id for patrol, _ in found])
    items = []
    for patrol, standing in found:
        review = reviews.get(patrol.id)
        said = _said(session, [patrol], review, words["reasons"])
        why = why_not(session, caller, review_queries.people_of_patrols(session, [patrol]), day)
        items.append(
            DueReview(
                kind="patrol",
                id=patrol.id,
                basis=standing.number,
                hotspot_code=None,
                hotspot_name=None,
                team_code=None,
                starts_at=patrol.started_at,
                ends_at=standing.ended_at,
                status=standing.status,
                status_label=in_words(words["patrol_statuses"], standing.status),
                verified_minutes=standing.verified_ms // MINUTE_MS,
                required_minutes=None,
                acceptable_minutes=standing.probable_ms // MINUTE_MS,
                provisional=now < standing.ended_at + LATE_DATA_GRACE,
                check_needed=_check_needed(standing, review, asked.get(patrol.id)),
                flags=[*standing.flags, *_standing(crossed[patrol.id])],
                decision=review.decision if review is not None else None,
                needs_confirmation=review is not None and review.basis_status != standing.status,
                collar_numbers=[collars[patrol.captured_by]],
                patrol_ids=[patrol.id],
                proposed_reasons=said.proposed,
                open_disputes=said.disputes,
                suggested_windows=[
                    SuggestedWindow(
                        window_id=window.id,
                        starts_at=window.starts_at,
                        ends_at=window.ends_at,
                        verified_minutes=suggestion.verified_ms // MINUTE_MS,
                        required_minutes=window.required_seconds // 60,
                    )
                    for suggestion, window in suggested[patrol.id]
                ],
                may_decide=why is None,
                why_not=why.value if why is not None else None,
            )
        )
    return items


def _standing(crossed: Sequence[CrossCheckFlag]) -> list[str]:
    return sorted({each.flag.value for each in crossed if each.withdrawn_at is None})


def _check_needed(standing: PatrolAssessment, review: Review | None, asked_at: datetime | None) -> bool:
    looked_at = [review.received_at] if review is not None and review.basis == standing.number else []
    return still_asks(standing.asks_review, asked_at, looked_at)


def _said(
    session: Session, patrols: Sequence[Patrol], decided: Review | None, reasons: Mapping[str, Label]
) -> _Said:
    """Reasons on record, the latest first and each once, and disputes that came after the last decision."""
    ids = [patrol.id for patrol in patrols]
    explanations = [one for said in queries.explanations_of(session, ids).values() for one in said]
    reviews = review_queries.latest_of_patrols(session, ids)
    people = {one.captured_by for one in explanations} | {one.captured_by for one in reviews.values()}
    collars = collar_numbers(session, people)
    proposed: dict[str, ProposedReason] = {}
    for one in sorted(explanations, key=lambda each: each.received_at, reverse=True):
        if one.reason_code is not None:
            proposed.setdefault(one.reason_code, _proposed(one, one.reason_code, reasons, collars))
    for review in reviews.values():
        if review.reason_code is not None and review.reason_code not in proposed:
            proposed[review.reason_code] = ProposedReason(
                reason_code=review.reason_code,
                reason_label=in_words(reasons, review.reason_code),
                source="review",
                source_id=review.id,
                collar_number=collars[review.captured_by],
                text=review.note,
            )
    disputes = [
        OpenDispute(
            id=one.id,
            patrol_id=one.patrol_id,
            collar_number=collars[one.captured_by],
            text=one.text,
            received_at=one.received_at,
        )
        for one in explanations
        if one.kind is ExplanationKind.DISPUTE and not _answered(one, decided, reviews.get(one.patrol_id))
    ]
    return _Said(list(proposed.values()), disputes)


def _proposed(
    one: PatrolExplanation, code: str, reasons: Mapping[str, Label], collars: Mapping[UUID, str]
) -> ProposedReason:
    return ProposedReason(
        reason_code=code,
        reason_label=in_words(reasons, code),
        source="explanation",
        source_id=one.id,
        collar_number=collars[one.captured_by],
        text=one.text,
    )


def _answered(one: PatrolExplanation, *decided: Review | None) -> bool:
    return any(review is not None and review.received_at >= one.received_at for review in decided)


@requires(Permission.PATROLS_READ)
def reviews_of_patrol(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> ReviewList:
    """What was decided on a patrol and on its window, oldest first, for whoever may see the patrol: its officer too."""
    day = london_day(now)
    patrol = queries.patrol_seen(session, caller, patrol_id, day)
    if patrol is None:
        raise out_of_sight("review:list")
    window_id = patrol.window_id or review_queries.linked_window_id(session, patrol_id)
    found = review_queries.reviews_of(session, patrol_id=patrol_id, window_id=window_id)
    subjects = {"patrol": [patrol_id], "review": [row.id for row in found], "officer": [patrol.captured_by]}
    consulted(session, "review:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return ReviewList(reviews=described(session, caller, found, day))


@requires(Permission.WINDOWS_READ)
def reviews_of_window(session: Session, caller: Caller, window_id: UUID, now: datetime) -> ReviewList:
    """What was decided on a window, oldest first."""
    day = london_day(now)
    if window_seen(session, caller, window_id, day) is None:
        raise out_of_sight("review:list")
    found = review_queries.reviews_of(session, patrol_id=None, window_id=window_id)
    subjects = {"window": [window_id], "review": [row.id for row in found]}
    consulted(session, "review:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    return ReviewList(reviews=described(session, caller, found, day))


def decided(session: Session, caller: Caller, review_id: UUID, now: datetime) -> ReviewResponse:
    """The decision the caller has just recorded, and what follows from it."""
    return described(session, caller, [review_queries.review_recorded(session, review_id)], london_day(now))[
        0
    ]


def described(session: Session, caller: Caller, found: Sequence[Review], day: date) -> list[ReviewResponse]:
    """The answers for some reviews, in a fixed number of queries however many they are."""
    words = labels_of(session, caller.force_id, _LISTS, day)
    windows = [row.window_id for row in found if row.window_id is not None]
    patrols = [row.patrol_id for row in found if row.patrol_id is not None]
    results = review_queries.window_results(session, windows)
    standing = queries.current_assessments(session, patrols)
    latest = {
        row.id
        for rows in (
            review_queries.latest_of_windows(session, windows),
            review_queries.latest_of_patrols(session, patrols),
        )
        for row in rows.values()
    }
    collars = collar_numbers(session, {row.captured_by for row in found})
    answers = []
    for row in found:
        if row.window_id is not None:
            status, evidence = results[row.window_id].status, results[row.window_id].computed_status
            list_name = "window_statuses"
        else:
            assessment = standing.get(row.patrol_id) if row.patrol_id is not None else None
            evidence = assessment.status if assessment is not None else "in_progress"
            reason = row.decision is Decision.REASON and evidence != "compliant"
            status = REASON_ACCEPTED if reason else evidence
            list_name = "patrol_statuses"
        answers.append(_response(row, status, evidence, list_name, words, collars, row.id in latest))
    return answers


def _response(
    row: Review,
    status: str,
    evidence: str,
    list_name: str,
    words: Mapping[str, Mapping[str, Label]],
    collars: Mapping[UUID, str],
    standing: bool,
) -> ReviewResponse:
    return ReviewResponse(
        id=row.id,
        patrol_id=row.patrol_id,
        window_id=row.window_id,
        number=row.number,
        decision=row.decision,
        decision_label=in_words(words["decisions"], row.decision),
        basis=row.basis,
        basis_status=row.basis_status,
        basis_status_label=in_words(words[list_name], row.basis_status),
        reason_code=row.reason_code,
        reason_label=in_words(words["reasons"], row.reason_code) if row.reason_code else None,
        adjusted_seconds=None if row.adjusted_ms is None else row.adjusted_ms // 1000,
        note=row.note,
        decided_by=row.captured_by,
        decided_by_collar_number=collars[row.captured_by],
        decided_at=row.received_at,
        standing=standing,
        needs_confirmation=standing and row.basis_status != evidence,
        status=status,
        status_label=in_words(words[list_name], status),
    )
