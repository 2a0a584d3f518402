"""Reads what a check-in names."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session, col

from app.areas.models import Team
from app.areas.queries import TEAM_ID_ON, TeamOnDay
from app.identity.models import Officer
from app.schedule.models import TaskingWindow
from app.schedule.queries import NAMED_BY_PHONE, WindowAtCheckIn


@dataclass(frozen=True, slots=True)
class Named:
    """The officer's team on the day, and the window that the phone named, where it may name that."""

    team: TeamOnDay | None = None
    window: WindowAtCheckIn | None = None


# Built once, and one statement: every check-in asks.
_NAMED: Select[*tuple[Any, ...]] = (
    select(
        col(Team.id).label("team_id"),
        col(Team.area_id),
        col(TaskingWindow.force_id),
        col(TaskingWindow.hotspot_id),
        col(TaskingWindow.required_seconds),
    )
    .select_from(Officer)
    .outerjoin(Team, col(Team.id) == TEAM_ID_ON)
    .outerjoin(TaskingWindow, NAMED_BY_PHONE)
    .where(col(Officer.id) == bindparam("officer_id"))
)


def named_at_check_in(
    session: Session, force_id: UUID, officer_id: UUID, window_id: UUID | None, day: date
) -> Named:
    """What a check-in of an officer names; cancelled and moved windows included, drafts and other forces' not."""
    asked = {"force_id": force_id, "officer_id": officer_id, "window_id": window_id, "day": day}
    row = session.connection().execute(_NAMED, asked).first()
    if row is None:
        return Named()
    team = TeamOnDay(row.team_id, row.area_id) if row.team_id else None
    window = WindowAtCheckIn(row.force_id, row.hotspot_id, row.required_seconds) if row.hotspot_id else None
    return Named(team, window)
