"""Reads of lists of activities, through the gate."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, not_, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.activities.models import Activity, StopSearch
from app.activities.queries import flagged_now, judged_by, may_see, patrol_taken_back
from app.activities.schemas import ActivityFilter
from app.clock import london_day
from app.database.paging import latest_first
from app.identity.permissions import Caller, Permission
from app.patrols.models import CreditedSlice
from app.patrols.whereabouts import hotspots_by_result

# As many are looked at together for whether they were in a hotspot.
_ROWS_AT_ONCE = 500


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
    if wanted.flagged is not None:
        flagged = flagged_now(judged_by(session, caller, day, Permission.ACTIVITIES_READ), now)
        query = query.where(flagged if wanted.flagged else not_(flagged))
    if wanted.hotspot_id is not None:
        return _page_in_hotspot(session, query, wanted.hotspot_id, after, limit)
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


def _page_in_hotspot(
    session: Session,
    query: SelectOfScalar[Activity],
    hotspot_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Activity]:
    """A page of those of a query that were in a hotspot, latest first: their position was or, where the phone sent
    none, their patrol was by its result, as reports count them. What may have been there is read in pieces, until the
    page is full."""
    query = query.where(_maybe_in_hotspot(hotspot_id))
    found: list[Activity] = []
    more = True
    while more and len(found) < limit:
        page = latest_first(query, col(Activity.occurred_at), col(Activity.id), after, _ROWS_AT_ONCE)
        some = list(session.exec(page).all())
        found += _those_in(session, some, hotspot_id)
        more = len(some) == _ROWS_AT_ONCE
        after = (some[-1].occurred_at, some[-1].id) if some else after
    return found[:limit]


def _maybe_in_hotspot(hotspot_id: UUID) -> ColumnElement[bool]:
    places = cast(col(Activity.hotspot_ids), Text)
    # Where a result has a patrol, it is credited there, unless it was taken back.
    credited = select(col(CreditedSlice.patrol_id)).where(col(CreditedSlice.hotspot_id) == hotspot_id)
    near = or_(col(Activity.patrol_id).in_(credited), patrol_taken_back())
    return or_(places.like(f'%"{hotspot_id}"%'), and_(places.is_(None), near))


def _those_in(session: Session, some: Sequence[Activity], hotspot_id: UUID) -> Iterator[Activity]:
    silent = [each for each in some if each.hotspot_ids is None]
    moments = [(each.patrol_id, each.occurred_at) for each in silent if each.patrol_id is not None]
    by_result = dict(zip(moments, hotspots_by_result(session, moments), strict=True))
    for each in some:
        if each.hotspot_ids is not None or (
            each.patrol_id is not None and hotspot_id in by_result[each.patrol_id, each.occurred_at]
        ):
            yield each
