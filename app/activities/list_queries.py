"""Reads of lists of activities, through the gate."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, not_, or_, select as select_rows
from sqlmodel import Session, col, select

from app.activities.models import Activity, StopSearch
from app.activities.queries import flagged_now, judged_by, may_see, patrol_taken_back
from app.activities.schemas import ActivityFilter
from app.clock import london_day
from app.database.paging import latest_first
from app.identity.permissions import Caller, Permission
from app.patrols.models import CreditedSlice, Patrol, PatrolAssessment
from app.patrols.whereabouts import hotspots_by_result
from app.schedule.models import TaskingWindow


def activities_seen(
    session: Session,
    caller: Caller,
    now: datetime,
    wanted: ActivityFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Activity]:
    """A page of activities the caller may see, latest first."""
    day = london_day(now)
    query = select(Activity).where(may_see(caller, day), *_conditions(wanted))
    if wanted.hotspot_id is not None:
        query = query.where(_in_hotspot(session, caller, day, wanted))
    if wanted.flagged is not None:
        flagged = flagged_now(judged_by(session, caller, day, Permission.ACTIVITIES_READ), now)
        query = query.where(flagged if wanted.flagged else not_(flagged))
    page = latest_first(query, col(Activity.occurred_at), col(Activity.id), after, limit)
    return list(session.exec(page).all())


def _conditions(wanted: ActivityFilter) -> list[ColumnElement[bool]]:
    voided = col(Activity.voided_at).is_not(None)
    found: list[ColumnElement[bool]] = [voided if wanted.voided else not_(voided)]
    if wanted.from_at is not None:
        found.append(col(Activity.occurred_at) >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(col(Activity.occurred_at) < wanted.to_at)
    if wanted.kind is not None:
        found.append(col(Activity.kind) == wanted.kind)
    if wanted.team_id is not None:
        found.append(col(Activity.team_id) == wanted.team_id)
    if wanted.officer_id is not None:
        found.append(col(Activity.captured_by) == wanted.officer_id)
    if wanted.patrol_id is not None:
        found.append(col(Activity.patrol_id) == wanted.patrol_id)
    if wanted.outcome_code is not None:
        found.append(col(Activity.outcome_code) == wanted.outcome_code)
    if wanted.receipt_reference is not None:
        found.append(
            exists().where(
                col(StopSearch.activity_id) == col(Activity.id),
                col(StopSearch.receipt_reference) == wanted.receipt_reference,
            )
        )
    return found


def _in_hotspot(session: Session, caller: Caller, day: date, wanted: ActivityFilter) -> ColumnElement[bool]:
    """The condition that an activity was in a hotspot: its position was, or, where the phone sent none, its patrol was
    by its result, as reports count it; while there is no result, its patrol was made for it."""
    hotspot_id = wanted.hotspot_id
    here = cast(col(Activity.hotspot_ids), Text).like(f'%"{hotspot_id}"%')
    # Where a result has a patrol, it is credited there, unless it was taken back.
    credited = select(col(CreditedSlice.patrol_id)).where(col(CreditedSlice.hotspot_id) == hotspot_id)
    near = or_(col(Activity.patrol_id).in_(credited), patrol_taken_back())
    silent = session.execute(
        select_rows(col(Activity.id), col(Activity.patrol_id), col(Activity.occurred_at)).where(
            may_see(caller, day), *_conditions(wanted), cast(col(Activity.hotspot_ids), Text).is_(None), near
        )
    ).all()
    places = hotspots_by_result(session, [(patrol_id, at) for _, patrol_id, at in silent])
    there = [row[0] for row, place in zip(silent, places, strict=True) if hotspot_id in place]
    return or_(
        here,
        col(Activity.id).in_(there),
        and_(cast(col(Activity.hotspot_ids), Text).is_(None), _on_the_way_to(hotspot_id)),
    )


def _on_the_way_to(hotspot_id: UUID | None) -> ColumnElement[bool]:
    judged = exists().where(
        col(PatrolAssessment.patrol_id) == col(Patrol.id), col(PatrolAssessment.superseded_at).is_(None)
    )
    return exists().where(
        col(Patrol.id) == col(Activity.patrol_id),
        col(TaskingWindow.id) == col(Patrol.window_id),
        col(TaskingWindow.hotspot_id) == hotspot_id,
        not_(judged),
    )
