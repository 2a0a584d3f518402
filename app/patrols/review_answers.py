"""What is told of decisions on patrols and windows. Every read is logged with its ids and whom they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import holding, queries, reason_answers, reason_queries, review_queries, window_queries
from app.patrols.models import PatrolAssessment, WindowResult
from app.patrols.reasons import Subject
from app.patrols.review_models import Review
from app.patrols.review_schemas import ProposedReason, ReviewList, ReviewResponse
from app.patrols.reviewing import REASON_ACCEPTED, Decision
from app.patrols.reviews import people_of_windows
from app.problems import out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of

_LISTS = ["window_statuses", "patrol_statuses", "reasons", "decisions"]


@requires(Permission.PATROLS_READ)
def reviews_of_patrol(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> ReviewList:
    """What was decided on a patrol and on its window, oldest first, for whoever may see the patrol: its officer too."""
    patrol = queries.patrol_seen(session, caller, patrol_id, london_day(now))
    if patrol is None:
        raise out_of_sight("review:list")
    window_id = patrol.window_id or review_queries.linked_window_id(session, patrol_id)
    found = review_queries.reviews_of(session, patrol_id=patrol_id, window_id=window_id)
    people = review_queries.people_of_patrols(session, [patrol])
    subjects = {"patrol": [patrol_id], "review": [row.id for row in found], "officer": people}
    consulted(session, "review:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    # What was recorded of a colleague's time is for those who decide.
    about = people if caller.may(Permission.REVIEWS_DECIDE) else people & {caller.officer_id}
    subject = replace(reason_queries.of_patrols(session, [patrol])[patrol_id], people=frozenset(about))
    return ReviewList(
        reviews=described(session, caller, found, now, on_patrol=caller.officer_id in people),
        proposed_reasons=_proposed(session, caller, patrol_id, subject, now),
    )


def _proposed(
    session: Session, caller: Caller, subject_id: UUID, subject: Subject, now: datetime
) -> list[ProposedReason]:
    given = reason_queries.reasons_given(session, {subject_id: subject})[subject_id]
    collars = collar_numbers(session, {each.officer_id for each in given})
    words = labels_of(session, caller.force_id, list(reason_answers.LISTS), london_day(now))
    return reason_answers.proposed_reasons(given, collars, words, subject.starts_at)


@requires(Permission.REVIEWS_DECIDE)
def reviews_of_window(session: Session, caller: Caller, window_id: UUID, now: datetime) -> ReviewList:
    """What was decided on a window, oldest first, for those who may decide on it: the notes are about people."""
    day = london_day(now)
    window = review_queries.windows_to_review(session, caller, [window_id], day).get(window_id)
    if window is None:
        raise out_of_sight("review:list")
    found = review_queries.reviews_of(session, patrol_id=None, window_id=window_id)
    people = people_of_windows(session, [window_id])[window_id]
    subjects = {"window": [window_id], "review": [row.id for row in found], "officer": people}
    consulted(session, "review:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    patrols = window_queries.patrols_of_windows(session, [window_id])
    subject = reason_queries.of_windows(session, [window], patrols, {window_id: people})[window_id]
    return ReviewList(
        reviews=described(session, caller, found, now),
        proposed_reasons=_proposed(session, caller, window_id, subject, now),
    )


def decided(session: Session, caller: Caller, review_id: UUID, now: datetime) -> ReviewResponse:
    """The decision the caller has just recorded, and what follows from it."""
    return described(session, caller, [review_queries.review_recorded(session, review_id)], now)[0]


@dataclass(frozen=True, slots=True)
class _Now:
    """What the evidence says of a patrol or window now, and what it counts as; `held` while its officer sees it
    first."""

    evidence: str
    counts_as: str
    held: bool
    list_name: str


def described(
    session: Session, caller: Caller, found: Sequence[Review], now: datetime, *, on_patrol: bool = False
) -> list[ReviewResponse]:
    """The answers for some reviews, in a fixed number of queries however many they are. To those on the patrol a result
    is told that is held from others."""
    words = labels_of(session, caller.force_id, _LISTS, london_day(now))
    windows = [row.window_id for row in found if row.window_id is not None]
    patrols = [row.patrol_id for row in found if row.patrol_id is not None]
    results = review_queries.window_results(session, windows)
    judged = queries.current_assessments(session, patrols)
    held = {} if on_patrol else holding.held_until(session, patrols, now)
    latest = {
        row.id
        for rows in (
            review_queries.latest_of_windows(session, windows),
            review_queries.latest_of_patrols(session, patrols),
        )
        for row in rows.values()
    }
    collars = collar_numbers(session, {row.captured_by for row in found})
    answers = review_queries.answers_of(session, [row.id for row in found])
    told = []
    for row in found:
        if row.window_id is not None:
            at = _of_window(results[row.window_id], now, on_patrol)
        else:
            assessment = judged.get(row.patrol_id) if row.patrol_id is not None else None
            at = _of_patrol(row, assessment, row.patrol_id in held, row.id in latest)
        told.append(_response(row, at, words, collars, answers[row.id], row.id in latest))
    return told


def _of_window(result: WindowResult, now: datetime, on_patrol: bool) -> _Now:
    held = result.told_from is not None and now < result.told_from and not on_patrol
    return _Now(result.computed_status, result.status, held, "window_statuses")


def _of_patrol(row: Review, assessment: PatrolAssessment | None, held: bool, standing: bool) -> _Now:
    evidence = assessment.status if assessment is not None else "in_progress"
    reason = standing and row.decision is Decision.REASON and evidence != "compliant"
    return _Now(evidence, REASON_ACCEPTED if reason else evidence, held, "patrol_statuses")


def _response(
    row: Review,
    at: _Now,
    words: Mapping[str, Mapping[str, Label]],
    collars: Mapping[UUID, str],
    answers: list[UUID],
    standing: bool,
) -> ReviewResponse:
    status = "in_progress" if at.held else at.counts_as
    overtaken = standing and not at.held and row.basis_status != at.evidence
    return ReviewResponse(
        id=row.id,
        patrol_id=row.patrol_id,
        window_id=row.window_id,
        number=row.number,
        decision=row.decision,
        decision_label=in_words(words["decisions"], row.decision),
        basis=row.basis,
        basis_status=row.basis_status,
        basis_status_label=in_words(words[at.list_name], row.basis_status),
        reason_code=row.reason_code,
        reason_label=in_words(words["reasons"], row.reason_code) if row.reason_code else None,
        adjusted_seconds=None if row.adjusted_ms is None else row.adjusted_ms // 1000,
        note=row.note,
        decided_by=row.captured_by,
        decided_by_collar_number=collars[row.captured_by],
        decided_at=row.received_at,
        answers=answers,
        of_window_review=row.of_window_review,
        standing=standing,
        needs_confirmation=overtaken,
        status=status,
        status_label=in_words(words[at.list_name], status),
    )
