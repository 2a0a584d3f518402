"""Reads of what waits for a decision: windows, and patrols that count for none or that ask somebody to look."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, func, select as select_rows
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, Team
from app.database.paging import latest_first
from app.identity.permissions import Caller
from app.patrols import holding
from app.patrols.models import (
    Patrol,
    PatrolAssessment,
    WindowResult,
)

# What a supervisor is asked to decide, once a window is over.
from app.patrols.review_conditions import (
    concerns_team,
    latest_review,
    patrol_waits,
    waits,
)
from app.patrols.review_models import LinkSuggestion, Review
from app.patrols.review_queries import patrols_gate, windows_gate
from app.schedule.models import TaskingWindow


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
        .where(
            windows_gate(caller, day),
            starts_at >= period[0],
            starts_at < period[1],
            *waits(now),
        )
    )
    if team_id is not None:
        query = query.where(col(TaskingWindow.team_id) == team_id)
    rows = session.execute(latest_first(query, starts_at, window_id, after, limit)).all()
    return [DueWindow(*row) for row in rows]


def windows_due_by_team(
    session: Session, caller: Caller, day: date, now: datetime, period: tuple[datetime, datetime]
) -> dict[UUID, int]:
    """How many windows wait for a decision, by team; teams for which none does are left out."""
    team_id = col(TaskingWindow.team_id)
    query = (
        select_rows(team_id, func.count())
        .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
        .where(
            windows_gate(caller, day),
            col(TaskingWindow.starts_at) >= period[0],
            col(TaskingWindow.starts_at) < period[1],
            *waits(now),
        )
        .group_by(team_id)
    )
    return {row[0]: row[1] for row in session.execute(query).all()}


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
    # One within the other, or SQLite looks through all windows of the force for each patrol.
    its_window = exists().where(
        col(TaskingWindow.id) == col(LinkSuggestion.window_id), windows_gate(caller, day)
    )
    suggested = exists().where(col(LinkSuggestion.patrol_id) == patrol_id, its_window)
    query = (
        select(Patrol, PatrolAssessment)
        .join(PatrolAssessment, col(PatrolAssessment.patrol_id) == patrol_id)
        .outerjoin(Review, latest_review())
        .where(
            patrols_gate(caller, day),
            holding.told_to(caller.officer_id, now),
            started_at >= period[0],
            started_at < period[1],
            patrol_waits(suggested),
        )
    )
    if team_id is not None:
        query = query.where(concerns_team(team_id))
    rows = session.exec(latest_first(query, started_at, patrol_id, after, limit)).all()
    return [(patrol, assessment) for patrol, assessment in rows]
