"""Reads of the dose: hotspots in force, and what is stored of some of them by day. Grows with the rows asked for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, and_, case, func, or_, select as select_rows, type_coerce
from sqlmodel import Session, col

from app.areas.models import Hotspot
from app.clock import from_ms, london_day, start_of_london_day, to_ms
from app.compliance.arithmetic import STATUS_BY_SITUATION
from app.compliance.dose import Allocation, DayFacts, DoseHotspot, PlannedWindow, PresentTime, drawn
from app.compliance.place_rows import in_scope
from app.compliance.places import Asked, Place, days_of, with_day_before
from app.compliance.queries import windows_with_status
from app.compliance.time_queries import time_conditions
from app.patrols.models import CreditedSlice, Grade, PatrolAssessment
from app.patrols.visit_models import Visit
from app.schedule.kinds import ScheduleState
from app.schedule.models import Schedule, ScheduleAllocation, TaskingWindow
from app.tracks.intervals import Interval, unite

# Patrols without a phone of the officer's own are there, but only vouched for by a colleague.
_THERE = (Grade.VERIFIED, Grade.DECLARED)


def dose_hotspots(session: Session, asked: Asked) -> list[DoseHotspot]:
    """The caller's hotspots that were in force on any of the days asked for, by code."""
    first, last = days_of(*asked.period)
    rows = session.execute(
        select_rows(col(Hotspot.id), col(Hotspot.code), col(Hotspot.valid_from), col(Hotspot.valid_to))
        .where(col(Hotspot.force_id) == asked.caller.force_id, in_scope(asked, Place.HOTSPOT))
        .order_by(col(Hotspot.code), col(Hotspot.id))
    ).all()
    found = []
    for hotspot_id, code, valid_from, valid_to in rows:
        ends = last if valid_to is None else min(last, valid_to - timedelta(days=1))
        found.append(DoseHotspot(hotspot_id, code, max(first, valid_from), ends))
    return [each for each in found if each.days > 0]


def day_facts(session: Session, asked: Asked, hotspot_ids: Sequence[UUID]) -> DayFacts:
    """What is stored of some hotspots on the days asked for."""
    return DayFacts(
        _allocations(session, asked, hotspot_ids),
        _windows(session, asked, hotspot_ids),
        _time(session, asked, hotspot_ids),
        _visits(session, asked, hotspot_ids),
    )


def _allocations(
    session: Session, asked: Asked, hotspot_ids: Sequence[UUID]
) -> dict[tuple[UUID, date], Allocation]:
    """What was drawn for each day. Days beyond what was published, and those given up, were drawn for nothing."""
    first, last = days_of(*asked.period)
    day = col(ScheduleAllocation.day)
    rows = session.execute(
        select_rows(
            col(ScheduleAllocation.hotspot_id),
            day,
            func.max(case((col(ScheduleAllocation.treated), 1), else_=0)),
            func.max(case((col(ScheduleAllocation.eligible), 1), else_=0)),
            func.max(col(ScheduleAllocation.block_first_day)),
        )
        .join(Schedule, col(Schedule.id) == col(ScheduleAllocation.schedule_id))
        .where(
            col(Schedule.force_id) == asked.caller.force_id,
            col(Schedule.state) == ScheduleState.PUBLISHED,
            col(ScheduleAllocation.hotspot_id).in_(hotspot_ids),
            col(ScheduleAllocation.in_period),
            day.between(first, last),
            day <= col(Schedule.published_until),
            or_(col(Schedule.ended_on).is_(None), day <= col(Schedule.ended_on)),
        )
        .group_by(col(ScheduleAllocation.hotspot_id), day)
    ).all()
    return {
        (hotspot_id, on): drawn(
            treated=bool(treated), eligible=bool(eligible), block_first_day=block_first_day, today=asked.day
        )
        for hotspot_id, on, treated, eligible, block_first_day in rows
    }


def _windows(
    session: Session, asked: Asked, hotspot_ids: Sequence[UUID]
) -> dict[tuple[UUID, date], list[PlannedWindow]]:
    found: defaultdict[tuple[UUID, date], list[PlannedWindow]] = defaultdict(list)
    query = windows_with_status(asked).where(col(TaskingWindow.hotspot_id).in_(hotspot_ids))
    for hotspot_id, starts_at, situation in session.execute(query).all():
        window = PlannedWindow(starts_at, STATUS_BY_SITUATION[situation])
        found[hotspot_id, london_day(starts_at)].append(window)
    return found


def _time(
    session: Session, asked: Asked, hotspot_ids: Sequence[UUID]
) -> dict[tuple[UUID, date], list[PresentTime]]:
    standing = and_(
        col(PatrolAssessment.patrol_id) == col(CreditedSlice.patrol_id),
        col(PatrolAssessment.superseded_at).is_(None),
    )
    for_it = and_(
        col(TaskingWindow.id) == col(PatrolAssessment.window_id),
        col(TaskingWindow.hotspot_id) == col(CreditedSlice.hotspot_id),
    )
    rows = session.execute(
        select_rows(
            col(CreditedSlice.hotspot_id),
            type_coerce(col(CreditedSlice.day), Date),
            col(CreditedSlice.patrol_id),
            col(CreditedSlice.officer_id),
            type_coerce(col(CreditedSlice.grade), String),
            col(CreditedSlice.intervals),
            col(TaskingWindow.id),
        )
        .select_from(CreditedSlice)
        .outerjoin(PatrolAssessment, standing)
        .outerjoin(TaskingWindow, for_it)
        .where(
            *time_conditions(asked, CreditedSlice, of_places=True),
            col(CreditedSlice.hotspot_id).in_(hotspot_ids),
            col(CreditedSlice.grade).in_(_THERE),
        )
    ).all()
    found: defaultdict[tuple[UUID, date], list[PresentTime]] = defaultdict(list)
    for hotspot_id, day, patrol_id, officer_id, grade, intervals, window_id in rows:
        verified = grade == Grade.VERIFIED.value
        spans = [(start, end) for start, end in intervals]
        found[hotspot_id, day].append(PresentTime(patrol_id, officer_id, verified, spans, window_id is None))
    return found


def _visits(
    session: Session, asked: Asked, hotspot_ids: Sequence[UUID]
) -> dict[tuple[UUID, date], list[int]]:
    since_ms = to_ms(start_of_london_day(days_of(*asked.period)[0]))
    # Who joins after midnight somebody who came before makes no visit of the day.
    earlier = with_day_before(asked)
    rows: Any = session.execute(
        select_rows(col(Visit.hotspot_id), col(Visit.entered_ms), col(Visit.left_ms)).where(
            *time_conditions(earlier, Visit, of_places=True), col(Visit.hotspot_id).in_(hotspot_ids)
        )
    ).all()
    spans: defaultdict[UUID, list[Interval]] = defaultdict(list)
    for hotspot_id, entered_ms, left_ms in rows:
        spans[hotspot_id].append((entered_ms, left_ms))
    found: defaultdict[tuple[UUID, date], list[int]] = defaultdict(list)
    for hotspot_id, each in spans.items():
        for entered_ms, left_ms in unite(each):
            if entered_ms >= since_ms:
                found[hotspot_id, london_day(from_ms(entered_ms))].append(left_ms - entered_ms)
    return found
