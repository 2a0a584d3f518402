"""Reads of what takes teams' time and areas' room already: windows, and days that are still to be published."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.areas.models import Hotspot
from app.clock import start_of_london_day
from app.schedule.kinds import ScheduleState
from app.schedule.meanwhile import Booked
from app.schedule.models import Schedule, ScheduleAllocation, TaskingWindow
from app.schedule.windows import LONGEST, WindowState


@dataclass(frozen=True, slots=True)
class Standing:
    """A window that is planned already."""

    team_id: UUID
    area_id: UUID
    starts_at: datetime
    ends_at: datetime


def standing(
    session: Session, force_id: UUID, first: date, last: date, hotspot_ids: Collection[UUID]
) -> list[Standing]:
    """What takes its team's time in the period or a day about it: windows, planned or published, and those that
    published schedules are still to make; not for these hotspots in the period, as those must be given up first."""
    window = TaskingWindow
    query = select(window.team_id, window.area_id, window.starts_at, window.ends_at).where(
        window.force_id == force_id,
        col(window.state).in_((WindowState.PLANNED, WindowState.PUBLISHED)),
        col(window.starts_at) >= start_of_london_day(first - timedelta(days=1)),
        col(window.starts_at) < start_of_london_day(last + timedelta(days=2)),
    )
    made = [Standing(*row) for row in session.exec(query.order_by(col(window.starts_at))).all()]
    return made + _still_to_make(session, force_id, first, last, hotspot_ids)


def booked(session: Session, team_ids: Collection[UUID], from_at: datetime, to_at: datetime) -> list[Booked]:
    """The windows of some teams, planned or published, that may have to do with a time, a day about it included."""
    window, day = TaskingWindow, timedelta(days=1)
    query = select(window.id, window.team_id, window.starts_at, window.ends_at).where(
        col(window.team_id).in_(team_ids),
        col(window.state).in_((WindowState.PLANNED, WindowState.PUBLISHED)),
        col(window.starts_at) > from_at - LONGEST - day,
        col(window.starts_at) < to_at + day,
    )
    return [Booked(*row) for row in session.exec(query).all()]


def _still_to_make(
    session: Session, force_id: UUID, first: date, last: date, hotspot_ids: Collection[UUID]
) -> list[Standing]:
    one, instead = ScheduleAllocation, col(ScheduleAllocation.hotspot_id).in_(hotspot_ids)
    query = (
        select(one, Hotspot.area_id)
        .join(Schedule, col(Schedule.id) == col(one.schedule_id))
        .join(Hotspot, col(Hotspot.id) == col(one.hotspot_id))
        .where(
            Schedule.force_id == force_id,
            Schedule.state == ScheduleState.PUBLISHED,
            col(one.treated),
            col(one.in_period),
            col(one.day) > col(Schedule.published_until),
            or_(col(Schedule.ended_on).is_(None), col(one.day) <= col(Schedule.ended_on)),
            col(one.day) >= first - timedelta(days=1),
            col(one.day) <= last + timedelta(days=1),
            ~and_(instead, col(one.day).between(first, last)),
        )
        .order_by(col(one.starts_at), col(one.hotspot_id))
    )
    return [
        Standing(row.team_id, area_id, row.starts_at, row.ends_at)
        for row, area_id in session.exec(query).all()
        if row.team_id and row.starts_at and row.ends_at
    ]
