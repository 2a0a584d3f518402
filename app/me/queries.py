"""Reads of a caller's own record and of what they are tasked with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, or_
from sqlmodel import Session, col, select

from app.areas.models import Area, Briefing, Hotspot, HotspotBoundary, Membership, Team
from app.areas.priority_queries import PriorityOfArea, priorities_above
from app.areas.queries import boundaries_of, boundary_on, hotspots_by_id, newest_briefings
from app.areas.scope import my_teams
from app.clock import london_day
from app.identity.permissions import Caller
from app.patrols.models import AutoClosing, CheckOut, Patrol, PatrolVoid
from app.schedule.crew_queries import crews_of
from app.schedule.crews import Crew
from app.schedule.models import TaskingWindow
from app.schedule.queries import windows_for_officer


def team_of(session: Session, officer_id: UUID, day: date) -> Team | None:
    """The team somebody belongs to on a day, the latest joined if there are two."""
    return session.exec(
        select(Team)
        .join(Membership, col(Membership.team_id) == col(Team.id))
        .where(
            Membership.officer_id == officer_id,
            col(Membership.valid_from) <= day,
            or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > day),
        )
        .order_by(col(Membership.valid_from).desc())
    ).first()


def force_of(session: Session, force_id: UUID) -> Area:
    return session.get_one(Area, force_id)


def open_patrol_of(session: Session, officer_id: UUID) -> Patrol | None:
    """The latest patrol of somebody that neither they nor the policy have ended, and that they did not take back."""
    return session.exec(
        select(Patrol)
        .where(
            Patrol.captured_by == officer_id,
            ~exists().where(col(CheckOut.id) == col(Patrol.id)),
            ~exists().where(col(AutoClosing.patrol_id) == col(Patrol.id)),
            ~exists().where(col(PatrolVoid.id) == col(Patrol.id)),
        )
        .order_by(col(Patrol.started_at).desc(), col(Patrol.id).desc())
    ).first()


@dataclass(frozen=True, slots=True)
class Tasked:
    """A window with all a crew needs to know of its place."""

    window: TaskingWindow
    crew: Crew
    hotspot: Hotspot
    boundary: HotspotBoundary | None
    briefing: Briefing | None
    priorities: Sequence[PriorityOfArea]


def tasked(
    session: Session, caller: Caller, day: date, ended_after: datetime, starts_until: datetime
) -> list[Tasked]:
    """The windows of a caller that end after one instant and start at or before another, by start; nine statements."""
    windows = windows_for_officer(
        session,
        caller.force_id,
        caller.officer_id,
        my_teams(caller.officer_id, day),
        ended_after,
        starts_until,
    )
    crews = crews_of(session, windows)
    hotspot_ids = {window.hotspot_id for window in windows}
    hotspots = hotspots_by_id(session, hotspot_ids)
    boundaries = boundaries_of(session, hotspot_ids)
    briefings = newest_briefings(session, hotspot_ids)
    priorities = priorities_above(session, {hotspot.area_id for hotspot in hotspots.values()}, day)
    return [
        Tasked(
            window,
            crews[window.id],
            hotspots[window.hotspot_id],
            boundary_on(boundaries.get(window.hotspot_id, ()), london_day(window.starts_at)),
            briefings.get(window.hotspot_id),
            priorities.get(hotspots[window.hotspot_id].area_id, ()),
        )
        for window in windows
    ]
