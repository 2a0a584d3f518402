"""Reads of what waits for a decision: windows, and patrols that count for none or that ask somebody to look."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, Team
from app.identity.permissions import Caller
from app.patrols import holding
from app.patrols.lifecycle import ExplanationKind
from app.patrols.models import (
    CrossCheckFlag,
    Patrol,
    PatrolAssessment,
    PatrolExplanation,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)
from app.patrols.review_models import AnsweredDispute, LinkedWindow, LinkSuggestion, Review, WindowLink
from app.patrols.review_queries import patrols_gate, windows_gate
from app.schedule.models import TaskingWindow
from app.schedule.windows import WindowState
from app.tracks.decision import Status

# What a supervisor is asked to decide, once a window is over.
_TO_DECIDE = (Status.REVIEW, Status.UNVERIFIED, Status.PARTIAL, Status.NOT_ATTENDED)
_VOIDED = exists().where(col(PatrolVoid.id) == col(Patrol.id))


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
    team_id: UUID | None = None,
) -> list[DueWindow]:
    """Windows that are over and wait for a decision: undecided and not kept, with flags that nobody has looked at where
    they are kept or decided, to be confirmed, or with a dispute that no decision answers; latest first."""
    starts_at, window_id = col(TaskingWindow.starts_at), col(TaskingWindow.id)
    query = (
        select_rows(TaskingWindow, WindowResult, col(Hotspot.code), col(Hotspot.name), col(Team.code))
        .outerjoin(WindowResult, col(WindowResult.window_id) == window_id)
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .where(windows_gate(caller, day), *_waits(now, period))
    )
    if team_id is not None:
        query = query.where(col(TaskingWindow.team_id) == team_id)
    if after is not None:
        query = query.where(or_(starts_at < after[0], and_(starts_at == after[0], window_id < after[1])))
    rows = session.execute(query.order_by(starts_at.desc(), window_id.desc()).limit(limit)).all()
    return [DueWindow(*row) for row in rows]


def windows_due_by_team(
    session: Session, caller: Caller, day: date, now: datetime, period: tuple[datetime, datetime]
) -> dict[UUID, int]:
    """How many windows wait for a decision, by team; teams for which none does are left out."""
    team_id = col(TaskingWindow.team_id)
    query = (
        select_rows(team_id, func.count())
        .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(windows_gate(caller, day), *_waits(now, period))
        .group_by(team_id)
    )
    return {row[0]: row[1] for row in session.execute(query).all()}


def _waits(now: datetime, period: tuple[datetime, datetime]) -> list[ColumnElement[bool]]:
    """The condition on a window and its result that it is over, told, and waits for a decision."""
    status = func.coalesce(WindowResult.status, Status.NOT_ATTENDED.value)
    undecided = and_(status.in_([each.value for each in _TO_DECIDE]), col(WindowResult.decision).is_(None))
    return [
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.ends_at) <= now,
        col(TaskingWindow.starts_at) >= period[0],
        col(TaskingWindow.starts_at) < period[1],
        status != Status.IN_PROGRESS.value,
        ~_someone_out(),
        or_(col(WindowResult.told_from).is_(None), col(WindowResult.told_from) <= now),
        or_(
            undecided,
            col(WindowResult.check_needed),
            col(WindowResult.needs_confirmation),
            _disputed_window(),
        ),
    ]


def _made_for_window() -> ColumnElement[bool]:
    """The condition that a patrol was made for a window, or for one that was moved to it."""
    moved_here = aliased(TaskingWindow)
    earlier = select_rows(col(moved_here.id)).where(col(moved_here.moved_to_id) == col(TaskingWindow.id))
    return or_(
        col(Patrol.window_id) == col(TaskingWindow.id),
        col(Patrol.window_id).in_(earlier.correlate(TaskingWindow)),
    )


def _someone_out() -> ColumnElement[bool]:
    return exists().where(_made_for_window(), col(PatrolProgress.patrol_id) == col(Patrol.id))


def _disputed() -> ColumnElement[bool]:
    """The condition that a patrol which counts has a dispute that no decision answers."""
    return exists().where(
        col(PatrolExplanation.patrol_id) == col(Patrol.id),
        col(PatrolExplanation.kind) == ExplanationKind.DISPUTE,
        ~exists().where(col(AnsweredDispute.explanation_id) == col(PatrolExplanation.id)),
    )


def _disputed_window() -> ColumnElement[bool]:
    linked = exists().where(
        col(LinkedWindow.patrol_id) == col(Patrol.id), col(LinkedWindow.window_id) == col(TaskingWindow.id)
    )
    return exists().where(or_(_made_for_window(), linked), ~_VOIDED, _disputed())


def _flagged_since_review() -> ColumnElement[bool]:
    return exists().where(
        col(CrossCheckFlag.patrol_id) == col(Patrol.id),
        col(CrossCheckFlag.asks_review),
        col(CrossCheckFlag.withdrawn_at).is_(None),
        or_(col(Review.id).is_(None), col(CrossCheckFlag.found_at) > col(Review.received_at)),
    )


def _counts_for_a_window() -> ColumnElement[bool]:
    """The condition that a patrol counts for a window; a cancelled one is none, and shows nowhere else."""
    linked = exists().where(col(LinkedWindow.patrol_id) == col(Patrol.id))
    made_for = exists().where(
        col(TaskingWindow.id) == col(Patrol.window_id),
        col(TaskingWindow.state).in_((WindowState.PUBLISHED, WindowState.MOVED)),
    )
    return or_(linked, made_for)


def _concerns_team(team_id: UUID) -> ColumnElement[bool]:
    """The condition that a patrol is a team's, or would keep a window of that team."""
    would_keep = exists().where(
        col(LinkSuggestion.patrol_id) == col(Patrol.id),
        col(LinkSuggestion.window_id) == col(TaskingWindow.id),
        col(TaskingWindow.team_id) == team_id,
    )
    return or_(col(Patrol.team_id) == team_id, would_keep)


def patrols_due(
    session: Session,
    caller: Caller,
    day: date,
    now: datetime,
    period: tuple[datetime, datetime],
    after: tuple[datetime, UUID] | None,
    limit: int,
    team_id: UUID | None = None,
) -> list[tuple[Patrol, PatrolAssessment]]:
    """Ended patrols that count for no window and wait for a decision: flags nobody has looked at, a window they would
    keep, a status that changed since the review, or an open dispute; and what was taken back with such flags. Of a team
    are its own patrols, and those that would keep a window of its own."""
    started_at, patrol_id = col(Patrol.started_at), col(Patrol.id)
    later = aliased(Review)
    latest = and_(
        col(Review.patrol_id) == patrol_id,
        ~exists().where(col(later.patrol_id) == patrol_id, col(later.number) > col(Review.number)),
    )
    unseen = and_(
        col(PatrolAssessment.asks_review),
        or_(col(Review.id).is_(None), col(Review.basis) != col(PatrolAssessment.number)),
    )
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
            col(PatrolAssessment.superseded_at).is_(None),
            started_at >= period[0],
            started_at < period[1],
            or_(
                # What its officer took back counts nowhere, and its flags still ask.
                and_(_VOIDED, or_(unseen, _flagged_since_review())),
                and_(
                    ~_VOIDED,
                    ~_counts_for_a_window(),
                    or_(
                        unseen,
                        _flagged_since_review(),
                        col(Review.basis_status) != col(PatrolAssessment.status),
                        and_(suggested, ~decided_on_link),
                        _disputed(),
                    ),
                ),
            ),
        )
    )
    if team_id is not None:
        query = query.where(_concerns_team(team_id))
    if after is not None:
        query = query.where(or_(started_at < after[0], and_(started_at == after[0], patrol_id < after[1])))
    rows = session.exec(query.order_by(started_at.desc(), patrol_id.desc()).limit(limit)).all()
    return [(patrol, assessment) for patrol, assessment in rows]
