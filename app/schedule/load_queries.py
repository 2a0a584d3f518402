"""Reads of what the load of teams and officers is counted from, in a number of statements that does not grow."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from app.areas.models import Team
from app.areas.scope import RowOwners, visible
from app.clock import in_force
from app.identity.permissions import Caller, Permission
from app.schedule.crew_queries import crews_within
from app.schedule.crews import Crew
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.queries import may_see
from app.schedule.windows import WindowState

_MAY = Permission.WINDOWS_READ


@dataclass(frozen=True, slots=True)
class Counted:
    """Which windows are counted: the published ones that start in a period; half open. With a team, its own load or
    that of its officers."""

    from_at: datetime
    to_at: datetime
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CountedWindow:
    """A window with its team and crew; `seen` when the caller may see the window itself."""

    window: TaskingWindow
    team_code: str
    team_name: str
    crew: Crew
    seen: bool


def teams_seen(session: Session, caller: Caller, day: date, team_id: UUID | None) -> list[Team]:
    """The teams of a day whose plan the caller may read, or one of them."""
    owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
    statement = select(Team).where(visible(caller, day, owners, _MAY))
    if team_id is not None:
        statement = statement.where(Team.id == team_id)
    rows = session.exec(statement).all()
    return [row for row in rows if in_force(row.valid_from, row.valid_to, day)]


def windows_of_teams(session: Session, caller: Caller, counted: Counted, day: date) -> list[CountedWindow]:
    """The windows the caller may see, of whatever team."""
    within = and_(_in_period(counted), may_see(caller, day, _MAY))
    if counted.team_id is not None:
        within = and_(within, col(TaskingWindow.team_id) == counted.team_id)
    return _windows(session, caller, within, day)


def windows_by_name(
    session: Session, caller: Caller, officer_ids: Collection[UUID], counted: Counted, day: date
) -> list[CountedWindow]:
    """The force's windows that name one of some officers, who are the caller's to see."""
    named = select(WindowAssignment.window_id).where(col(WindowAssignment.officer_id).in_(officer_ids))
    own = col(TaskingWindow.force_id) == caller.force_id
    within = and_(_in_period(counted), own, col(TaskingWindow.id).in_(named))
    return _windows(session, caller, within, day)


def _in_period(counted: Counted) -> ColumnElement[bool]:
    return and_(
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.starts_at) >= counted.from_at,
        col(TaskingWindow.starts_at) < counted.to_at,
    )


def _windows(session: Session, caller: Caller, within: ColumnElement[bool], day: date) -> list[CountedWindow]:
    rows = session.exec(
        select(TaskingWindow, Team.code, Team.name, may_see(caller, day, _MAY).label("seen"))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .where(within)
        .order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id))
    ).all()
    crews = crews_within(session, [window for window, *_ in rows], within)
    return [CountedWindow(window, code, name, crews[window.id], seen) for window, code, name, seen in rows]
