"""Reads of engagements, each through the gate."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, case, exists, func, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor
from app.areas.scope import RowOwners, visible
from app.clock import london_day
from app.database.paging import latest_first
from app.engagements.models import Engagement, EngagementAction, EngagementOfficer, EngagementTick, TickOf
from app.engagements.schemas import EngagementFilter
from app.facts.counting_once import IMPORT
from app.identity.permissions import Caller, Permission

# Below an LPA an engagement stands where it was held, where that is known; else with its team, as above.
HELD_BY_PLACE = (AreaKind.SECTOR, AreaKind.NEIGHBOURHOOD, AreaKind.WARD)
HELD_IN: Any = func.coalesce(col(Engagement.place_area_id), col(Engagement.area_id), type_=Uuid())


def came_at() -> ColumnElement[datetime | None]:
    """When an engagement came by a file; null for one that was reported here."""
    return case((col(Engagement.source) == IMPORT, col(Engagement.received_at)))


def may_see(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for engagements: the ordinary scope, and those one took part in."""
    owners = RowOwners(
        force_id=col(Engagement.force_id),
        team_id=col(Engagement.team_id),
        area_id=col(Engagement.area_id),
        officer_id=col(Engagement.captured_by),
        came_at=came_at(),
    )
    took_part = exists().where(
        col(EngagementOfficer.engagement_id) == col(Engagement.id),
        col(EngagementOfficer.officer_id) == caller.officer_id,
    )
    return visible(caller, day, owners, permission, also=[took_part])


def answers_for(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for sums: what a caller answers for. Their own with other teams would make a row of a team that is a
    sum of part of it."""
    owners = RowOwners(
        force_id=col(Engagement.force_id), team_id=col(Engagement.team_id), area_id=col(Engagement.area_id),
        came_at=came_at(),
    )  # fmt: skip
    return visible(caller, day, owners, Permission.ENGAGEMENTS_REPORT)


def engagement_seen(
    session: Session, caller: Caller, engagement_id: UUID, now: datetime
) -> Engagement | None:
    """An engagement if the caller may see it."""
    gate = may_see(caller, london_day(now), Permission.ENGAGEMENTS_READ)
    return session.exec(select(Engagement).where(Engagement.id == engagement_id, gate)).first()


def engagements_seen(
    session: Session,
    caller: Caller,
    wanted: EngagementFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> list[Engagement]:
    """A page of engagements, latest first."""
    gate = may_see(caller, london_day(now), Permission.ENGAGEMENTS_READ)
    query = select(Engagement).where(gate, *conditions(wanted))
    page = latest_first(query, col(Engagement.occurred_at), col(Engagement.id), after, limit)
    return list(session.exec(page).all())


def conditions(wanted: EngagementFilter) -> list[ColumnElement[bool]]:
    """What a filter says of `Engagement`."""
    row = Engagement
    found: list[ColumnElement[bool] | None] = [
        col(row.voided_at).is_not(None) if wanted.voided else col(row.voided_at).is_(None),
        col(row.occurred_at) >= wanted.from_at if wanted.from_at else None,
        col(row.occurred_at) < wanted.to_at if wanted.to_at else None,
        col(row.team_id) == wanted.team_id if wanted.team_id else None,
        col(row.patrol_id) == wanted.patrol_id if wanted.patrol_id else None,
        col(row.engagement_type) == wanted.engagement_type if wanted.engagement_type else None,
        col(row.method) == wanted.method if wanted.method else None,
        col(row.counted_as) == wanted.counted_as if wanted.counted_as else None,
        _within(wanted.area_id) if wanted.area_id else None,
        _ticked(TickOf.PRIORITY_GROUP, wanted.priority_group) if wanted.priority_group else None,
        _ticked(TickOf.MINORITY_GROUP, wanted.minority_group) if wanted.minority_group else None,
        _ticked(TickOf.ISSUE, wanted.issue) if wanted.issue else None,
        _with_officer(wanted.officer_id) if wanted.officer_id else None,
    ]
    return [each for each in found if each is not None]


def _within(area_id: UUID) -> ColumnElement[bool]:
    below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == area_id)
    small = exists().where(col(Area.id) == area_id, col(Area.kind).in_(HELD_BY_PLACE))
    return or_(and_(small, HELD_IN.in_(below)), and_(not_(small), col(Engagement.area_id).in_(below)))


def _ticked(of: TickOf, code: str) -> ColumnElement[bool]:
    # By another name, for reports by what was ticked join the table themselves.
    tick = aliased(EngagementTick)
    return exists().where(
        col(tick.engagement_id) == col(Engagement.id), col(tick.of) == of, col(tick.code) == code
    )


def _with_officer(officer_id: UUID) -> ColumnElement[bool]:
    officer = aliased(EngagementOfficer)
    took_part = exists().where(
        col(officer.engagement_id) == col(Engagement.id), col(officer.officer_id) == officer_id
    )
    return or_(col(Engagement.captured_by) == officer_id, took_part)


def ticks_of(session: Session, engagement_ids: Sequence[UUID]) -> dict[UUID, list[EngagementTick]]:
    """The ticks of each engagement, in order of their codes."""
    found: dict[UUID, list[EngagementTick]] = {each: [] for each in engagement_ids}
    rows = select(EngagementTick).where(col(EngagementTick.engagement_id).in_(engagement_ids))
    for row in session.exec(rows.order_by(col(EngagementTick.code))).all():
        found[row.engagement_id].append(row)
    return found


def officers_of(session: Session, engagement_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Who took part in each engagement beside whoever recorded it."""
    found: dict[UUID, list[UUID]] = {each: [] for each in engagement_ids}
    rows = select(EngagementOfficer).where(col(EngagementOfficer.engagement_id).in_(engagement_ids))
    for row in session.exec(rows.order_by(col(EngagementOfficer.officer_id))).all():
        found[row.engagement_id].append(row.officer_id)
    return found


def actions_of(session: Session, engagement_ids: Sequence[UUID]) -> dict[UUID, list[EngagementAction]]:
    """What was promised at each engagement, the first promise first; what was taken back left out."""
    found: defaultdict[UUID, list[EngagementAction]] = defaultdict(list)
    rows = select(EngagementAction).where(
        col(EngagementAction.engagement_id).in_(engagement_ids), col(EngagementAction.voided_at).is_(None)
    )
    for row in session.exec(rows.order_by(col(EngagementAction.received_at), col(EngagementAction.id))).all():
        found[row.engagement_id].append(row)
    return found


def engagement_recorded(session: Session, engagement_id: UUID) -> Engagement:
    """An engagement that is known to exist, for answering whoever has just said so."""
    return session.get_one(Engagement, engagement_id)
