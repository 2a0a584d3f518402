"""Tells crews that their tasking changed: whoever is tasked by name, else the whole team on the window's day.

Of windows that are not published nothing is told. One change tells of its window; many at once only that there is
something to look at, or a year's plan would be a hundred thousand messages.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.clock import london_day
from app.facts.feed import FeedChange, FeedKind, tell
from app.schedule.crew_queries import memberships
from app.schedule.windows import WindowPlan, WindowState

_CHANGES = {
    WindowState.PUBLISHED: FeedChange.CHANGED,
    WindowState.CANCELLED: FeedChange.CANCELLED,
    WindowState.MOVED: FeedChange.MOVED,
}


def tell_crew(
    session: Session, window_id: UUID, before: WindowPlan | None, after: WindowPlan, now: datetime
) -> None:
    """Tells those a window was given to and those it is given to now."""
    was = _crew(session, before) if before is not None else set()
    crew = _crew(session, after)
    if after.state is WindowState.PUBLISHED:
        _tell(session, crew - was, FeedChange.TASKED, window_id, after, now)
    _tell(session, was & crew, _CHANGES.get(after.state, FeedChange.CANCELLED), window_id, after, now)
    _tell(session, was - crew, FeedChange.CANCELLED, window_id, after, now)


def _tell(
    session: Session, people: set[UUID], change: FeedChange, window_id: UUID, plan: WindowPlan, now: datetime
) -> None:
    tell(session, people, FeedKind.WINDOW, change, window_id, now, starts_at=plan.starts_at)


def _crew(session: Session, plan: WindowPlan) -> set[UUID]:
    if plan.state not in _CHANGES:
        return set()
    if plan.officer_ids:
        return set(plan.officer_ids)
    day = london_day(plan.starts_at)
    return memberships(session, [plan.team_id]).ids_on([plan.team_id], day)[plan.team_id]


def tell_teams(
    session: Session, team_ids: Collection[UUID], officer_ids: Collection[UUID], now: datetime
) -> None:
    """Tells everybody in some teams today, and some officers, that their tasking changed."""
    teams = memberships(session, team_ids).ids_on(team_ids, london_day(now))
    everybody = set(officer_ids).union(*teams.values())
    tell(session, everybody, FeedKind.TASKING, FeedChange.CHANGED, None, now)
