"""Reads of the plan for whoever briefs crews: windows with the names of their places, outlines and briefings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from app.areas.models import Area, Briefing, Hotspot, HotspotBoundary, Team
from app.areas.priority_queries import PriorityOfArea, priorities_above
from app.areas.queries import boundaries_of, boundary_on, newest_briefings
from app.clock import london_day
from app.identity.permissions import Caller, Permission
from app.schedule.models import TaskingWindow
from app.schedule.queries import conditions, may_see
from app.schedule.windows import WindowFilter


@dataclass(frozen=True, slots=True)
class BriefedWindow:
    """A window with its hotspot, team and area."""

    window: TaskingWindow
    hotspot: Hotspot
    team: Team
    area: Area


@dataclass(frozen=True, slots=True)
class Told:
    """What a crew is told of a hotspot: why it is patrolled, its outline on the day of the window, and what residents
    there were told police would see to."""

    briefing: Briefing | None
    boundary: HotspotBoundary | None
    priorities: Sequence[PriorityOfArea]


def windows_to_brief(
    session: Session, caller: Caller, day: date, wanted: WindowFilter, limit: int
) -> list[BriefedWindow]:
    """Windows as the caller may read them, by start, then hotspot."""
    rows = session.exec(
        select(TaskingWindow, Hotspot, Team, Area)
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .join(Area, col(Area.id) == col(TaskingWindow.area_id))
        .where(may_see(caller, day, Permission.WINDOWS_READ), *conditions(wanted))
        .order_by(col(TaskingWindow.starts_at), col(Hotspot.code), col(TaskingWindow.id))
        .limit(limit)
    ).all()
    return [BriefedWindow(*row) for row in rows]


def told_of(session: Session, windows: Iterable[BriefedWindow], day: date) -> dict[UUID, Told]:
    """What crews are told of the hotspot of each window of a day, by window, in three statements."""
    rows = list(windows)
    hotspot_ids = {row.hotspot.id for row in rows}
    briefings = newest_briefings(session, hotspot_ids)
    boundaries = boundaries_of(session, hotspot_ids)
    priorities = priorities_above(session, {row.hotspot.area_id for row in rows}, day)
    return {
        row.window.id: Told(
            briefings.get(row.hotspot.id),
            boundary_on(boundaries.get(row.hotspot.id, ()), london_day(row.window.starts_at)),
            priorities.get(row.hotspot.area_id, ()),
        )
        for row in rows
    }
