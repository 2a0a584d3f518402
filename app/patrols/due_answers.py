"""What waits for a supervisor's decision, with all it takes to decide: the result, reasons on record, open disputes.

What a page needs is read for all of it at once. The read is logged with everybody and everything it names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import MINUTE_MS, london_day
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import (
    cross_reading,
    queries,
    reason_answers,
    reason_queries,
    review_due,
    review_queries,
    window_queries,
)
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import CrossCheckFlag, Patrol, PatrolAssessment, PatrolExplanation
from app.patrols.reason_answers import proposed_reasons
from app.patrols.reasons import GivenReason, Subject
from app.patrols.review_due import DueWindow
from app.patrols.review_models import Review
from app.patrols.review_schemas import DueReview, DueReviews, OpenDispute, ProposedReason, SuggestedWindow
from app.patrols.reviewing import Refusal, acceptable_ms, still_asks
from app.patrols.reviews import orders_of, people_of_windows, why_not
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.rest.asked import period_asked
from app.rest.pagination import encode_cursor, place_after
from app.schedule.windows import LATE_DATA_GRACE

_LISTS = ["window_statuses", "patrol_statuses", *reason_answers.LISTS]


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when what is due began; None for the usual period until now."""

    from_at: datetime | None
    to_at: datetime | None

    def until(self, now: datetime) -> tuple[datetime, datetime]:
        """The period itself; 422 for one that ends before it begins."""
        return period_asked(self.from_at, self.to_at, now)


@requires(Permission.REVIEWS_DECIDE)
def list_due(
    session: Session, caller: Caller, kind: str, period: Period, cursor: str | None, limit: int, now: datetime
) -> DueReviews:
    """What waits for a decision in the caller's teams or areas, latest first: windows, or patrols without one."""
    span = period.until(now)
    after = place_after(cursor)
    if kind == "window":
        due = windows_due(session, caller, span, now, after=after, limit=limit)
    else:
        due = patrols_due(session, caller, span, now, after=after, limit=limit)
    subjects = {
        "window": [item.id for item in due.items if item.kind == "window"],
        "patrol": due.patrol_ids,
        "officer": due.officer_ids,
    }
    consulted(session, "review:due", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    following = encode_cursor(due.items[-1].starts_at, due.items[-1].id) if due.more else None
    return DueReviews(items=list(due.items), next_cursor=following)


@dataclass(frozen=True, slots=True)
class Due:
    """What waits, whether there is more of it, and the patrols and people it is about, for the log."""

    items: Sequence[DueReview]
    more: bool
    patrol_ids: set[UUID]
    officer_ids: set[UUID]


def windows_due(
    session: Session,
    caller: Caller,
    span: tuple[datetime, datetime],
    now: datetime,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    team_id: UUID | None = None,
) -> Due:
    """Windows that wait for the caller's decision, of one team or of all they decide for; the caller logs it."""
    found = review_due.windows_due(session, caller, london_day(now), now, span, after, limit + 1, team_id)
    page = _page_of_windows(session, caller, found[:limit], now)
    return _due(page, [_due_window(page, each) for each in found[:limit]], len(found) > limit)


def patrols_due(
    session: Session,
    caller: Caller,
    span: tuple[datetime, datetime],
    now: datetime,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    team_id: UUID | None = None,
) -> Due:
    """Patrols without a window that wait for the caller's decision; otherwise as `windows_due`."""
    found = review_due.patrols_due(session, caller, london_day(now), now, span, after, limit + 1, team_id)
    patrols = [patrol for patrol, _ in found[:limit]]
    page = _page_of_patrols(session, caller, patrols, now)
    return _due(page, [_due_patrol(page, each) for each in patrols], len(found) > limit)


def _due(page: "_Page", items: list[DueReview], more: bool) -> Due:
    givers = {each.officer_id for rows in page.given.values() for each in rows}
    return Due(items, more, set(page.said), givers.union(*page.people.values()))


@dataclass(frozen=True, slots=True)
class _Page:
    """All that a page is told from, by patrol unless it says otherwise. `people` are by window or patrol."""

    caller: Caller
    now: datetime
    of_window: Mapping[UUID, Sequence[Patrol]]
    patrols: Mapping[UUID, Patrol]
    judged: Mapping[UUID, PatrolAssessment]
    crossed: Mapping[UUID, Sequence[CrossCheckFlag]]
    asked_at: Mapping[UUID, datetime]
    said: Mapping[UUID, Sequence[PatrolExplanation]]
    answered: set[UUID]
    on_patrols: Mapping[UUID, Review]
    on_windows: Mapping[UUID, Review]
    suggested: Mapping[UUID, list[SuggestedWindow]]
    voided: set[UUID]
    people: Mapping[UUID, set[UUID]]
    subjects: Mapping[UUID, Subject]
    given: Mapping[UUID, Sequence[GivenReason]]
    orders: Mapping[UUID, int]
    collars: Mapping[UUID, str]
    words: Mapping[str, Mapping[str, Label]]

    def why_not(self, subject: UUID, review: Review | None) -> Refusal | None:
        """Why the caller may not decide on a window or patrol."""
        if review is not None and review.rank_order > self.caller.rank_order:
            return Refusal.DECIDED_ABOVE
        return why_not(self.caller, self.people[subject], self.orders)


def _page_of_windows(session: Session, caller: Caller, due: Sequence[DueWindow], now: datetime) -> _Page:
    ids = [each.window.id for each in due]
    of_window = window_queries.patrols_of_windows(session, ids)
    patrols = [patrol for rows in of_window.values() for patrol in rows]
    people = people_of_windows(session, ids)
    subjects = reason_queries.of_windows(session, [each.window for each in due], of_window, people)
    return _page(session, caller, patrols, of_window, people, subjects, now)


def _page_of_patrols(session: Session, caller: Caller, patrols: Sequence[Patrol], now: datetime) -> _Page:
    people = review_queries.crews_and_leads(session, patrols)
    return _page(session, caller, patrols, {}, people, reason_queries.of_patrols(session, patrols), now)


def _page(
    session: Session,
    caller: Caller,
    patrols: Sequence[Patrol],
    of_window: Mapping[UUID, Sequence[Patrol]],
    people: Mapping[UUID, set[UUID]],
    subjects: Mapping[UUID, Subject],
    now: datetime,
) -> _Page:
    day, ids = london_day(now), [patrol.id for patrol in patrols]
    said = queries.explanations_of(session, ids)
    on_patrols = review_queries.latest_of_patrols(session, ids)
    everybody = set().union(*people.values())
    speakers = {one.captured_by for rows in said.values() for one in rows}
    given = reason_queries.reasons_given(session, subjects)
    givers = {each.officer_id for rows in given.values() for each in rows}
    leads = {patrol.captured_by for patrol in patrols}
    suggested = {} if of_window else review_queries.suggestions_of(session, caller, ids, day)
    return _Page(
        caller=caller,
        now=now,
        of_window=of_window,
        patrols={patrol.id: patrol for patrol in patrols},
        judged=queries.current_assessments(session, ids),
        crossed=cross_reading.flags_of(session, ids),
        asked_at=cross_reading.asked_to_look(session, ids),
        said=said,
        answered=review_queries.answered_disputes(session, ids),
        on_patrols=on_patrols,
        on_windows=review_queries.latest_of_windows(session, list(of_window)),
        suggested={
            patrol_id: [
                SuggestedWindow(
                    window_id=window.id,
                    starts_at=window.starts_at,
                    ends_at=window.ends_at,
                    verified_minutes=suggestion.verified_ms // MINUTE_MS,
                    required_minutes=window.required_seconds // 60,
                )
                for suggestion, window in rows
            ]
            for patrol_id, rows in suggested.items()
        },
        voided=set(queries.voids_of(session, ids)),
        people=people,
        subjects=subjects,
        given=given,
        orders=orders_of(session, everybody, day),
        collars=collar_numbers(session, leads | speakers | givers),
        words=labels_of(session, caller.force_id, _LISTS, day),
    )


def _due_window(page: _Page, due: DueWindow) -> DueReview:
    window, result = due.window, due.result
    patrols = page.of_window[window.id]
    review = page.on_windows.get(window.id)
    why = page.why_not(window.id, review)
    status = result.status if result is not None else "not_attended"
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
        status_label=in_words(page.words["window_statuses"], status),
        verified_minutes=result.verified_ms // MINUTE_MS if result is not None else 0,
        required_minutes=window.required_seconds // 60,
        acceptable_minutes=(result.review_ms - result.verified_ms) // MINUTE_MS if result is not None else 0,
        provisional=page.now < window.ends_at + LATE_DATA_GRACE,
        check_needed=result is not None and result.check_needed,
        flags=sorted({flag for patrol in patrols for flag in _flags(page, patrol.id)}),
        decision=result.decision if result is not None else None,
        latest_review=review.id if review is not None else None,
        needs_confirmation=result is not None and result.needs_confirmation,
        voided=False,
        collar_numbers=sorted({page.collars[patrol.captured_by] for patrol in patrols}),
        patrol_ids=[patrol.id for patrol in patrols],
        proposed_reasons=_proposed(page, window.id),
        open_disputes=_open_disputes(page, patrols),
        suggested_windows=[],
        may_decide=why is None,
        why_not=why.value if why is not None else None,
    )


def _due_patrol(page: _Page, patrol: Patrol) -> DueReview:
    standing, review = page.judged[patrol.id], page.on_patrols.get(patrol.id)
    why = page.why_not(patrol.id, review)
    return DueReview(
        kind="patrol",
        id=patrol.id,
        basis=standing.number,
        hotspot_code=None,
        hotspot_name=None,
        team_code=None,
        starts_at=patrol.started_at,
        ends_at=standing.ended_at,
        status=standing.status,
        status_label=in_words(page.words["patrol_statuses"], standing.status),
        verified_minutes=standing.verified_ms // MINUTE_MS,
        required_minutes=None,
        acceptable_minutes=acceptable_ms(standing.result) // MINUTE_MS,
        provisional=page.now < standing.ended_at + LATE_DATA_GRACE,
        check_needed=_check_needed(standing, review, page.asked_at.get(patrol.id)),
        flags=_flags(page, patrol.id),
        decision=review.decision if review is not None else None,
        latest_review=review.id if review is not None else None,
        needs_confirmation=review is not None and review.basis_status != standing.status,
        voided=patrol.id in page.voided,
        collar_numbers=[page.collars[patrol.captured_by]],
        patrol_ids=[patrol.id],
        proposed_reasons=_proposed(page, patrol.id),
        open_disputes=_open_disputes(page, [patrol]),
        suggested_windows=page.suggested.get(patrol.id, []),
        may_decide=why is None,
        why_not=why.value if why is not None else None,
    )


def _flags(page: _Page, patrol_id: UUID) -> list[str]:
    own = page.judged[patrol_id].flags if patrol_id in page.judged else []
    return [
        *own,
        *sorted({each.flag.value for each in page.crossed[patrol_id] if each.withdrawn_at is None}),
    ]


def _check_needed(standing: PatrolAssessment, review: Review | None, asked_at: datetime | None) -> bool:
    looked_at = [review.received_at] if review is not None and review.basis == standing.number else []
    return still_asks(standing.asks_review, asked_at, looked_at)


def _proposed(page: _Page, subject_id: UUID) -> list[ProposedReason]:
    return proposed_reasons(
        page.given[subject_id], page.collars, page.words, page.subjects[subject_id].starts_at
    )


def _open_disputes(page: _Page, patrols: Sequence[Patrol]) -> list[OpenDispute]:
    return [
        OpenDispute(
            id=one.id,
            patrol_id=one.patrol_id,
            collar_number=page.collars[one.captured_by],
            text=one.text,
            received_at=one.received_at,
        )
        for patrol in patrols
        for one in page.said[patrol.id]
        if one.kind is ExplanationKind.DISPUTE and one.id not in page.answered
    ]
