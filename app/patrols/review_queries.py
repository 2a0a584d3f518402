"""Reads of reviews and links: the latest of a patrol or window, what was accepted, who is concerned, what is due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.scope import RowOwners, visible
from app.identity.permissions import Caller, Permission
from app.patrols import window_queries
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CrewMember,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    WindowResult,
)
from app.patrols.review_models import AnsweredDispute, LinkedWindow, LinkSuggestion, Review, WindowLink
from app.patrols.reviewing import Decision, accepted_by_hotspot
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.windows import WindowState
from app.tracks.intervals import Intervals


@dataclass(frozen=True, slots=True)
class Accepted:
    """The judgement of a patrol on which a supervisor accepted what it left open."""

    result: Mapping[str, Any]

    def within(self, now: Mapping[str, Any]) -> dict[UUID, Intervals]:
        """What counts of it under the judgement that stands now, by hotspot."""
        return accepted_by_hotspot(now, self.result)


def window_result(session: Session, window_id: UUID) -> WindowResult | None:
    """The stored result of a window, as it is in the database now."""
    return session.get(WindowResult, window_id, populate_existing=True)


def latest_of_windows(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, Review]:
    """The review that stands of each window that has one."""
    rows = _latest(session, col(Review.window_id), window_ids)
    return {row.window_id: row for row in rows if row.window_id is not None}


def latest_of_patrols(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, Review]:
    """The review that stands of each patrol that has one."""
    rows = _latest(session, col(Review.patrol_id), patrol_ids)
    return {row.patrol_id: row for row in rows if row.patrol_id is not None}


def _latest(session: Session, subject: Any, ids: Sequence[UUID]) -> Sequence[Review]:
    if not ids:
        return []
    later = aliased(Review)
    superseded = exists().where(
        getattr(later, subject.key) == subject, col(later.number) > col(Review.number)
    )
    return session.exec(select(Review).where(subject.in_(ids), ~superseded)).all()


def accepted_of(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, Accepted]:
    """For each patrol whose latest review accepts it: the judgement that was accepted."""
    bases = {
        patrol_id: review.basis
        for patrol_id, review in latest_of_patrols(session, patrol_ids).items()
        if review.decision is Decision.ACCEPT
    }
    if not bases:
        return {}
    rows = session.exec(
        select(PatrolAssessment.patrol_id, PatrolAssessment.number, PatrolAssessment.result).where(
            col(PatrolAssessment.patrol_id).in_(bases)
        )
    ).all()
    return {patrol_id: Accepted(result) for patrol_id, number, result in rows if bases[patrol_id] == number}


def reviews_of(session: Session, *, patrol_id: UUID | None, window_id: UUID | None) -> list[Review]:
    """Every review of a patrol and of a window, in the order they were made."""
    of_either = or_(
        and_(col(Review.patrol_id).is_not(None), col(Review.patrol_id) == patrol_id),
        and_(col(Review.window_id).is_not(None), col(Review.window_id) == window_id),
    )
    order = (col(Review.received_at), col(Review.number), col(Review.id))
    return list(session.exec(select(Review).where(of_either).order_by(*order)).all())


def windows_gate(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for deciding on windows: the reviewer's teams and areas of today."""
    owners = RowOwners(
        force_id=col(TaskingWindow.force_id),
        team_id=col(TaskingWindow.team_id),
        area_id=col(TaskingWindow.area_id),
    )
    return visible(caller, day, owners, Permission.REVIEWS_DECIDE)


def patrols_gate(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for deciding on patrols: by the team and area of the patrol's day. One's own are seen, and refused."""
    owners = RowOwners(
        force_id=col(Patrol.force_id), team_id=col(Patrol.team_id), area_id=col(Patrol.area_id)
    )
    return visible(caller, day, owners, Permission.REVIEWS_DECIDE)


def windows_to_review(
    session: Session, caller: Caller, window_ids: Sequence[UUID], day: date
) -> dict[UUID, TaskingWindow]:
    """Published windows the caller may decide on."""
    rows = session.exec(
        select(TaskingWindow)
        .where(
            col(TaskingWindow.id).in_(window_ids),
            windows_gate(caller, day),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
        )
        .execution_options(populate_existing=True)
    ).all()
    return {row.id: row for row in rows}


def patrols_to_review(
    session: Session, caller: Caller, patrol_ids: Sequence[UUID], day: date
) -> dict[UUID, Patrol]:
    """Patrols the caller may decide on."""
    rows = session.exec(
        select(Patrol)
        .where(col(Patrol.id).in_(patrol_ids), patrols_gate(caller, day))
        .execution_options(populate_existing=True)
    ).all()
    return {row.id: row for row in rows}


def hold_patrols(session: Session, patrol_ids: Iterable[UUID]) -> None:
    """Holds patrols for writing, in one order, whosever they are."""
    wanted = select(Patrol.id).where(col(Patrol.id).in_(sorted(patrol_ids)))
    session.exec(wanted.order_by(col(Patrol.id)).with_for_update(key_share=True)).all()


def hold_windows(session: Session, window_ids: Iterable[UUID]) -> None:
    """Holds windows and those they were moved to for writing, in one order, whosever they are."""
    wanted = session.exec(select(TaskingWindow.id).where(col(TaskingWindow.id).in_(set(window_ids)))).all()
    found = {each for window_id in wanted for each in window_queries.windows_to_decide(session, window_id)}
    held = select(TaskingWindow.id).where(col(TaskingWindow.id).in_(sorted(found)))
    session.exec(held.order_by(col(TaskingWindow.id)).with_for_update(key_share=True)).all()


def patrols_by_id(session: Session, patrol_ids: Iterable[UUID]) -> dict[UUID, Patrol]:
    """Some patrols, whosever they are, as they are in the database now."""
    wanted = select(Patrol).where(col(Patrol.id).in_(sorted(patrol_ids)))
    return {row.id: row for row in session.exec(wanted.execution_options(populate_existing=True)).all()}


def people_of_patrols(session: Session, patrols: Sequence[Patrol]) -> set[UUID]:
    """Who was on some patrols: those with a phone, and those declared."""
    return set().union(*crews_and_leads(session, patrols).values())


def crews_and_leads(session: Session, patrols: Sequence[Patrol]) -> dict[UUID, set[UUID]]:
    """Who was on each of some patrols: its officer, and the colleagues declared."""
    found = {patrol.id: {patrol.captured_by} for patrol in patrols}
    crew = select(CrewMember).where(col(CrewMember.patrol_id).in_(found))
    for member in session.exec(crew).all():
        found[member.patrol_id].add(member.officer_id)
    return found


def people_tasked(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Who was tasked by name for each window."""
    found: dict[UUID, set[UUID]] = {window_id: set() for window_id in window_ids}
    tasked = select(WindowAssignment).where(col(WindowAssignment.window_id).in_(window_ids))
    for row in session.exec(tasked).all():
        found[row.window_id].add(row.officer_id)
    return found


def linked_window_id(session: Session, patrol_id: UUID) -> UUID | None:
    """The window a patrol made for none was linked to."""
    return linked_windows(session, [patrol_id]).get(patrol_id)


def linked_windows(session: Session, patrol_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The windows some patrols were linked to, by patrol."""
    if not patrol_ids:
        return {}
    rows = session.exec(select(LinkedWindow).where(col(LinkedWindow.patrol_id).in_(patrol_ids))).all()
    return {row.patrol_id: row.window_id for row in rows}


def next_link_number(session: Session, patrol_id: UUID) -> int:
    """The number of the next link of a patrol, which the caller holds."""
    highest = select_rows(func.max(col(WindowLink.number))).where(col(WindowLink.patrol_id) == patrol_id)
    return (session.execute(highest).scalar_one() or 0) + 1


def link_recorded(session: Session, link_id: UUID) -> WindowLink:
    """The link that a supervisor has just recorded."""
    return session.exec(select(WindowLink).where(WindowLink.id == link_id)).one()


def windows_about(
    session: Session, force_id: UUID, hotspot_ids: Sequence[UUID], from_at: datetime, to_at: datetime
) -> list[TaskingWindow]:
    """Published windows of some hotspots that overlap a time."""
    if not hotspot_ids:
        return []
    return list(
        session.exec(
            select(TaskingWindow).where(
                TaskingWindow.force_id == force_id,
                col(TaskingWindow.state) == WindowState.PUBLISHED,
                col(TaskingWindow.hotspot_id).in_(hotspot_ids),
                col(TaskingWindow.starts_at) < to_at,
                col(TaskingWindow.ends_at) > from_at,
            )
        ).all()
    )


def suggestions_of(
    session: Session, caller: Caller, patrol_ids: Sequence[UUID], day: date
) -> dict[UUID, list[tuple[LinkSuggestion, TaskingWindow]]]:
    """The windows that some patrols would keep, as far as the caller may decide on those windows."""
    found: dict[UUID, list[tuple[LinkSuggestion, TaskingWindow]]] = {each: [] for each in patrol_ids}
    if patrol_ids:
        rows = session.exec(
            select(LinkSuggestion, TaskingWindow)
            .join(TaskingWindow, col(TaskingWindow.id) == col(LinkSuggestion.window_id))
            .where(col(LinkSuggestion.patrol_id).in_(patrol_ids), windows_gate(caller, day))
            .order_by(col(LinkSuggestion.verified_ms).desc(), col(TaskingWindow.id))
        ).all()
        for suggestion, window in rows:
            found[suggestion.patrol_id].append((suggestion, window))
    return found


def review_recorded(session: Session, review_id: UUID) -> Review:
    """The review that a supervisor has just recorded."""
    return session.exec(select(Review).where(Review.id == review_id)).one()


def window_results(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, WindowResult]:
    """The stored results of some windows, as they are in the database now."""
    if not window_ids:
        return {}
    rows = session.exec(
        select(WindowResult)
        .where(col(WindowResult.window_id).in_(window_ids))
        .execution_options(populate_existing=True)
    ).all()
    return {row.window_id: row for row in rows}


def answers_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The disputes that each review answers."""
    found: dict[UUID, list[UUID]] = {review_id: [] for review_id in review_ids}
    answered = select(AnsweredDispute).where(col(AnsweredDispute.review_id).in_(review_ids))
    for row in session.exec(answered.order_by(col(AnsweredDispute.explanation_id))).all():
        found[row.review_id].append(row.explanation_id)
    return found


def disputes_on(session: Session, patrol_ids: Sequence[UUID]) -> set[UUID]:
    """Every dispute on some patrols, answered or not."""
    disputes = select(PatrolExplanation.id).where(
        col(PatrolExplanation.patrol_id).in_(patrol_ids),
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
    )
    return set(session.exec(disputes).all())


def explanations_by_id(session: Session, explanation_ids: Sequence[UUID]) -> Sequence[PatrolExplanation]:
    """Some explanations, in a stable order."""
    if not explanation_ids:
        return []
    chosen = col(PatrolExplanation.id).in_(explanation_ids)
    return session.exec(select(PatrolExplanation).where(chosen).order_by(col(PatrolExplanation.id))).all()


def answered_disputes(session: Session, patrol_ids: Sequence[UUID]) -> set[UUID]:
    """The disputes on some patrols that a review answers."""
    answered = (
        select(AnsweredDispute.explanation_id)
        .join(PatrolExplanation, col(PatrolExplanation.id) == col(AnsweredDispute.explanation_id))
        .where(col(PatrolExplanation.patrol_id).in_(patrol_ids))
    )
    return set(session.exec(answered).all())
