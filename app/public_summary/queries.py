"""Reads of what residents are told: areas beside each other, and what was recorded in them, through the gate."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Text, and_, cast, func, or_, select
from sqlmodel import Session, col

from app.activities.models import Activity, Arrest, StopSearch
from app.areas.models import Area, AreaAncestor, AreaBoundary, Hotspot
from app.areas.scope import RowOwners, my_areas, visible
from app.compliance.places import Asked
from app.compliance.time_queries import time_conditions
from app.engagements.models import Engagement, EngagementAction
from app.engagements.queries import came_at
from app.identity.permissions import Caller, Permission
from app.patrols.models import CreditedSlice, Grade
from app.patrols.whereabouts import hotspots_by_result
from app.public_summary.counting import Place
from app.tracks.intervals import Interval, unite

PERMISSION = Permission.SUMMARY_READ
MOST_PROMISES = 12


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of London: half open as instants, both ends as days."""

    from_at: datetime
    to_at: datetime
    first: date
    last: date


def area_seen(
    session: Session, caller: Caller, area_id: UUID, day: date, permission: Permission
) -> Area | None:
    """An area that is the caller's to tell of by a permission: where their teams belong and what lies below it."""
    owners = RowOwners(force_id=col(Area.force_id), area_id=col(Area.id))
    also = [col(Area.id).in_(my_areas(caller.officer_id, day))]
    gate = visible(caller, day, owners, permission, also=also)
    return session.execute(select(Area).where(col(Area.id) == area_id, gate)).scalar_one_or_none()


def beside(session: Session, area: Area, period: Period) -> list[Place]:
    """The areas of the same kind below the same area above, itself among them, each with all below it."""
    rows = session.execute(
        select(col(Area.id), col(AreaAncestor.area_id))
        .join(AreaAncestor, col(AreaAncestor.ancestor_id) == col(Area.id))
        .where(
            col(Area.force_id) == area.force_id,
            col(Area.kind) == area.kind,
            col(Area.parent_id) == area.parent_id if area.parent_id else col(Area.parent_id).is_(None),
            or_(col(Area.id) == area.id, col(Area.valid_from) <= period.last),
            or_(col(Area.id) == area.id, col(Area.valid_to).is_(None), col(Area.valid_to) > period.first),
        )
        .order_by(col(Area.code), col(Area.id))
    )
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for area_id, below in rows:
        found[area_id].add(below)
    return [Place(area_id, frozenset(below)) for area_id, below in found.items()]


def outlines(session: Session, places: Sequence[Place], last: date) -> dict[UUID, BaseGeometry]:
    """The outline of each area as it was on a day, where there is one."""
    latest = (
        select(col(AreaBoundary.area_id), func.max(col(AreaBoundary.valid_from)).label("valid_from"))
        .where(
            col(AreaBoundary.valid_from) <= last, col(AreaBoundary.area_id).in_([each.id for each in places])
        )
        .group_by(col(AreaBoundary.area_id))
        .subquery()
    )
    rows = session.execute(
        select(col(AreaBoundary.area_id), col(AreaBoundary.geometry)).join(
            latest,
            and_(
                latest.c.area_id == col(AreaBoundary.area_id),
                latest.c.valid_from == col(AreaBoundary.valid_from),
            ),
        )
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Happened:
    """An activity, and the areas it may be said to have been in, the surest first."""

    kind: str
    outcome_code: str | None
    weapon: bool
    areas: tuple[UUID | None, ...]


def activities(
    session: Session,
    caller: Caller,
    day: date,
    period: Period,
    within: UUID,
    places: Sequence[Place],
    detentions: Sequence[str],
) -> list[Happened]:
    """What officers logged in an area: where the phone was, else in a hotspot there, else by a team of there. What was
    logged as an arrest on a basis that is a detention is left out."""
    search = StopSearch
    found_codes = cast(col(search.found_codes), Text)
    weapon = or_(
        and_(cast(col(search.weapon_types), Text).is_not(None), cast(col(search.weapon_types), Text) != "[]"),
        found_codes.like('%"WEAPON"%'),
        found_codes.like('%"FIREARM"%'),
    )
    owners = RowOwners(
        force_id=col(Activity.force_id), team_id=col(Activity.team_id), area_id=col(Activity.area_id)
    )
    rows = session.execute(
        select(
            col(Activity.kind), col(Activity.outcome_code), weapon, col(Activity.longitude), col(Activity.latitude),
            col(Activity.hotspot_ids), col(Activity.patrol_id), col(Activity.occurred_at), col(Activity.area_id),
        )
        .outerjoin(search, col(search.activity_id) == col(Activity.id))
        .outerjoin(Arrest, col(Arrest.activity_id) == col(Activity.id))
        .where(
            visible(caller, day, owners, PERMISSION),
            or_(col(Arrest.basis).is_(None), col(Arrest.basis).not_in(detentions)),
            col(Activity.voided_at).is_(None),
            col(Activity.occurred_at) >= period.from_at,
            col(Activity.occurred_at) < period.to_at,
        )
    ).all()  # fmt: skip
    silent = [(row[6], row[7]) for row in rows if row[5] is None and row[6] is not None]
    by_result = dict(zip(silent, hotspots_by_result(session, silent), strict=True))
    drawn = outlines(session, places, period.last)
    of_hotspot = _areas_of_hotspots(session, caller.force_id)
    upper = _below(session, within)
    found = []
    for kind, outcome, armed, lon, lat, here, patrol_id, at, team_area in rows:
        there = [UUID(each) for each in here or ()] or list(by_result.get((patrol_id, at), ()))
        by_outline = (
            each
            for each, outline in drawn.items()
            if lon is not None and shapely.intersects_xy(outline, lon, lat)
        )
        areas = (*by_outline, *(of_hotspot.get(each) for each in there), team_area)
        if any(each in upper for each in areas):
            found.append(Happened(kind, outcome, bool(armed), areas))
    return found


def _areas_of_hotspots(session: Session, force_id: UUID) -> dict[UUID, UUID]:
    rows = select(col(Hotspot.id), col(Hotspot.area_id)).where(col(Hotspot.force_id) == force_id)
    return {row[0]: row[1] for row in session.execute(rows)}


def _below(session: Session, area_id: UUID) -> set[UUID]:
    rows = select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id) == area_id)
    return set(session.execute(rows).scalars())


def _held_in(area_id: UUID) -> Any:
    """The condition that an engagement was held in an area or below it: where that is known, else by whose team."""
    below = select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id) == area_id)
    return func.coalesce(col(Engagement.place_area_id), col(Engagement.area_id)).in_(below)


def engagements(
    session: Session, caller: Caller, day: date, period: Period, within: UUID
) -> list[tuple[str, UUID | None]]:
    """Each engagement held in an area: as what it counts, and where it was held."""
    rows = session.execute(
        select(col(Engagement.counted_as), col(Engagement.place_area_id), col(Engagement.area_id)).where(
            _engagement_gate(caller, day),
            col(Engagement.voided_at).is_(None),
            col(Engagement.occurred_at) >= period.from_at,
            col(Engagement.occurred_at) < period.to_at,
            _held_in(within),
        )
    )
    return [(counted_as, place or team) for counted_as, place, team in rows]


def _engagement_gate(caller: Caller, day: date) -> Any:
    owners = RowOwners(
        force_id=col(Engagement.force_id), team_id=col(Engagement.team_id), area_id=col(Engagement.area_id),
        came_at=came_at(),
    )  # fmt: skip
    return visible(caller, day, owners, PERMISSION)


def promises_kept(
    session: Session, caller: Caller, day: date, period: Period, area_id: UUID
) -> list[tuple[str, str]]:
    """What residents of an area said and what was done about it in a period, latest first."""
    action = EngagementAction
    rows = session.execute(
        select(col(action.you_said), col(action.we_did))
        .join(Engagement, col(Engagement.id) == col(action.engagement_id))
        .where(
            _engagement_gate(caller, day),
            col(Engagement.voided_at).is_(None),
            col(action.voided_at).is_(None),
            col(action.we_did).is_not(None),
            col(action.done_on) >= period.first,
            col(action.done_on) <= period.last,
            _held_in(area_id),
        )
        .order_by(col(action.done_on).desc(), col(action.id))
        .limit(MOST_PROMISES)
    )
    return [(you_said, we_did) for you_said, we_did in rows]


def officer_ms(session: Session, asked: Asked) -> int:
    """Officers' time in the hotspots of an area in milliseconds, time in two at once counted once: verified by GPS,
    accepted by a supervisor or declared for crew."""
    rows = session.execute(
        select(
            col(CreditedSlice.patrol_id), col(CreditedSlice.officer_id), col(CreditedSlice.grade),
            col(CreditedSlice.intervals), col(CreditedSlice.credited_ms),
        ).where(
            *time_conditions(asked, CreditedSlice, of_places=True),
            col(CreditedSlice.hotspot_id).is_not(None),
            col(CreditedSlice.grade) != Grade.PROBABLE,
        )
    )  # fmt: skip
    spans: defaultdict[UUID, list[Interval]] = defaultdict(list)
    by_decision: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
    for patrol_id, officer_id, grade, intervals, ms in rows:
        if grade is Grade.ACCEPTED and not intervals:
            # A decision says how much, not when: of hotspots that overlap the longest counts.
            by_decision[patrol_id, officer_id] = max(by_decision[patrol_id, officer_id], ms)
        else:
            spans[officer_id] += [(start, end) for start, end in intervals]
    there = sum(end - start for each in spans.values() for start, end in unite(each))
    return there + sum(by_decision.values())
