"""Reads of reviews and links: the latest of a patrol or window, what was accepted, who is concerned, what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.identity.permissions import Caller, Permission
from app.patrols import holding
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CrewMember,
    CrossCheckFlag,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)
from app.patrols.review_models import LinkedWindow, LinkSuggestion, Review, WindowLink
from app.patrols.reviewing import Decision, accepted_by_hotspot
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.windows import WindowState
from app.tracks.decision import Status
from app.tracks.intervals import Intervals

# What a supervisor is asked to decide, once a window is over.
_TO_DECIDE = (Status.REVIEW, Status.UNVERIFIED, Status.PARTIAL, Status.NOT_ATTENDED)


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


def next_number(session: Session, *, patrol_id: UUID | None, window_id: UUID | None) -> int:
    """The number of the next review of a patrol or window, which the caller holds."""
    highest = select_rows(func.max(col(Review.number)))
    if patrol_id is not None:
        highest = highest.where(col(Review.patrol_id) == patrol_id)
    else:
        highest = highest.where(col(Review.window_id) == window_id)
    return (session.execute(highest).scalar_one() or 0) + 1


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
    session: Session, caller: Caller, window_ids: Sequence[UUID], day: date, *, hold: bool = True
) -> dict[UUID, TaskingWindow]:
    """Published windows the caller may decide on; held for writing, in one order, unless said otherwise."""
    query = (
        select(TaskingWindow)
        .where(
            col(TaskingWindow.id).in_(window_ids),
            windows_gate(caller, day),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
        )
        .order_by(col(TaskingWindow.id))
        .execution_options(populate_existing=True)
    )
    rows = session.exec(query.with_for_update(key_share=True) if hold else query).all()
    return {row.id: row for row in rows}


def patrols_to_review(
    session: Session, caller: Caller, patrol_ids: Sequence[UUID], day: date
) -> dict[UUID, Patrol]:
    """Patrols the caller may decide on, held for writing in one order."""
    rows = session.exec(
        select(Patrol)
        .where(col(Patrol.id).in_(patrol_ids), patrols_gate(caller, day))
        .order_by(col(Patrol.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    return {row.id: row for row in rows}


def people_of_patrols(session: Session, patrols: Sequence[Patrol]) -> set[UUID]:
    """Who was on some patrols: those with a phone, and those declared."""
    ids = [patrol.id for patrol in patrols]
    crew = session.exec(select(CrewMember.officer_id).where(col(CrewMember.patrol_id).in_(ids))).all()
    return {patrol.captured_by for patrol in patrols} | set(crew)


def people_tasked(session: Session, window_id: UUID) -> set[UUID]:
    """Who was tasked by name for a window."""
    tasked = select(WindowAssignment.officer_id).where(WindowAssignment.window_id == window_id)
    return set(session.exec(tasked).all())


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


@dataclass(frozen=True, slots=True)
class DueWindow:
    """A window somebody has to decide on."""

    window: TaskingWindow
    result: WindowResult | None
    hotspot_code: str
    hotspot_name: str
    team_code: str


def windows_due(
    session: Session,
    caller: Caller,
    day: date,
    now: datetime,
    period: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[DueWindow]:
    """Windows that are over and wait for a decision: undecided and not kept, kept with flags, to be confirmed, or with
    a dispute that came after the last decision; latest first."""
    starts_at, window_id = col(TaskingWindow.starts_at), col(TaskingWindow.id)
    status = func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value)
    undecided = and_(status.in_([each.value for each in _TO_DECIDE]), col(WindowResult.decision).is_(None))
    waits = or_(
        undecided,
        and_(col(WindowResult.status) == Status.COMPLIANT.value, col(WindowResult.check_needed)),
        col(WindowResult.needs_confirmation),
        _disputed_window(),
    )
    query = (
        select_rows(TaskingWindow, WindowResult, col(Hotspot.code), col(Hotspot.name), col(Team.code))
        .outerjoin(WindowResult, col(WindowResult.window_id) == window_id)
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .where(
            windows_gate(caller, day),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
            col(TaskingWindow.ends_at) <= now,
            starts_at >= period[0],
            starts_at < period[1],
            status != Status.IN_PROGRESS.value,
            ~_someone_out(),
            or_(col(WindowResult.told_from).is_(None), col(WindowResult.told_from) <= now),
            waits,
        )
    )
    if after is not None:
        query = query.where(or_(starts_at < after[0], and_(starts_at == after[0], window_id < after[1])))
    rows = session.execute(query.order_by(starts_at.desc(), window_id.desc()).limit(limit)).all()
    return [DueWindow(*row) for row in rows]


def _someone_out() -> ColumnElement[bool]:
    return exists().where(
        col(Patrol.window_id) == col(TaskingWindow.id), col(PatrolProgress.patrol_id) == col(Patrol.id)
    )


def _disputed_window() -> ColumnElement[bool]:
    later = exists().where(
        or_(
            col(Review.window_id) == col(TaskingWindow.id),
            col(Review.patrol_id) == col(PatrolExplanation.patrol_id),
        ),
        col(Review.received_at) >= col(PatrolExplanation.received_at),
    )
    return exists().where(
        col(Patrol.id) == col(PatrolExplanation.patrol_id),
        col(Patrol.window_id) == col(TaskingWindow.id),
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
        not_(later.correlate(TaskingWindow, PatrolExplanation)),
    )


def _flagged_since_review() -> ColumnElement[bool]:
    return exists().where(
        col(CrossCheckFlag.patrol_id) == col(Patrol.id),
        col(CrossCheckFlag.asks_review),
        col(CrossCheckFlag.withdrawn_at).is_(None),
        or_(col(Review.id).is_(None), col(CrossCheckFlag.found_at) > col(Review.received_at)),
    )


def patrols_due(
    session: Session,
    caller: Caller,
    day: date,
    now: datetime,
    period: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[tuple[Patrol, PatrolAssessment]]:
    """Ended patrols made for no window that wait for a decision: flags that ask for review, a window they would keep, a
    status that changed since the review, or a dispute after it; latest first."""
    started_at, patrol_id = col(Patrol.started_at), col(Patrol.id)
    later = aliased(Review)
    latest = and_(
        col(Review.patrol_id) == patrol_id,
        ~exists().where(col(later.patrol_id) == patrol_id, col(later.number) > col(Review.number)),
    )
    disputed = exists().where(
        col(PatrolExplanation.patrol_id) == patrol_id,
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
        or_(col(Review.id).is_(None), col(PatrolExplanation.received_at) > col(Review.received_at)),
    )
    linked = exists().where(col(LinkedWindow.patrol_id) == patrol_id)
    decided_on_link = exists().where(col(WindowLink.patrol_id) == patrol_id)
    suggested = exists().where(
        col(LinkSuggestion.patrol_id) == patrol_id,
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        windows_gate(caller, day),
    )
    query = (
        select(Patrol, PatrolAssessment)
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == patrol_id)
        .outerjoin(Review, latest)
        .where(
            patrols_gate(caller, day),
            holding.told_to(caller.officer_id, now),
            ~exists().where(col(PatrolVoid.id) == patrol_id),
            col(Patrol.window_id).is_(None),
            ~linked,
            col(PatrolAssessment.superseded_at).is_(None),
            started_at >= period[0],
            started_at < period[1],
            or_(
                and_(col(PatrolAssessment.asks_review), col(Review.id).is_(None)),
                _flagged_since_review(),
                col(Review.basis_status) != col(PatrolAssessment.status),
                and_(suggested, ~decided_on_link),
                disputed,
            ),
        )
    )
    if after is not None:
        query = query.where(or_(started_at < after[0], and_(started_at == after[0], patrol_id < after[1])))
    rows = session.exec(query.order_by(started_at.desc(), patrol_id.desc()).limit(limit)).all()
    return [(patrol, assessment) for patrol, assessment in rows]


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
