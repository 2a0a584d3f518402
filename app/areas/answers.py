"""Answers about places, which everybody in a force may see, and about people, whom only some may.

Unknown and another force's are the same 404. Who looks at people is logged with the ids they saw.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from sqlmodel import Session

from app.areas import queries
from app.areas.kinds import AreaKind, HotspotKind
from app.areas.models import Area, AreaPriority, Hotspot, HotspotBoundary, Team
from app.areas.priority_queries import PriorityOfArea, priorities_of
from app.areas.queries import OfficerFilter, OfficerRow
from app.areas.schemas import (
    AreaDetail,
    AreaPage,
    AreaResponse,
    BoundaryList,
    BoundaryResponse,
    BriefingResponse,
    DevicePage,
    DeviceResponse,
    HotspotDetail,
    HotspotPage,
    HotspotResponse,
    OfficerDetail,
    OfficerPage,
    OfficerResponse,
    PriorityResponse,
    RankSpell,
    RoleSpell,
    TaskedPriority,
    TeamPage,
    TeamResponse,
    TeamSpell,
)
from app.audit.service import consulted
from app.clock import london_day
from app.geo.geojson import to_geojson
from app.identity import queries as people
from app.identity.models import Device
from app.identity.permissions import Caller, Permission, requires
from app.problems import not_found, out_of_sight
from app.rest.pagination import decode_code_cursor, encode_code_cursor, page_of, place_after


class _Coded(Protocol):
    id: UUID
    code: str


C = TypeVar("C", bound=_Coded)


def _page(rows: Sequence[C], limit: int) -> tuple[Sequence[C], str | None]:
    page = rows[:limit]
    return page, encode_code_cursor(page[-1].code, page[-1].id) if len(rows) > limit else None


def _after(cursor: str | None) -> tuple[str, UUID] | None:
    return decode_code_cursor(cursor) if cursor is not None else None


def _area_fields(row: Area) -> dict[str, object]:
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "parent_id": row.parent_id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "police_uk_id": row.police_uk_id,
    }


def _area(row: Area) -> AreaResponse:
    return AreaResponse.model_validate(_area_fields(row))


@requires(Permission.AREAS_READ)
def list_areas(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    kind: AreaKind | None,
    parent_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> AreaPage:
    """The areas of the caller's force today, by code; `parent_id` gives the rows below one area."""
    rows = queries.areas(
        session, caller.force_id, london_day(now), kind, parent_id, _after(cursor), limit + 1
    )
    page, following = _page(rows, limit)
    return AreaPage(items=[_area(row) for row in page], next_cursor=following)


@requires(Permission.AREAS_READ)
def see_area(session: Session, caller: Caller, area_id: UUID, now: datetime) -> AreaDetail:
    """One area with those above it, its newest outline and its priorities today."""
    row = queries.area(session, caller.force_id, area_id)
    if row is None:
        raise not_found()
    above = sorted(queries.areas_above(session, area_id), key=lambda one: -list(AreaKind).index(one.kind))
    outline = queries.area_outline(session, area_id)
    return AreaDetail.model_validate(
        {
            **_area_fields(row),
            "above": [_area(one) for one in above],
            "priorities": [_priority(one) for one in priorities_of(session, area_id, london_day(now))],
            "boundary": to_geojson(outline) if outline is not None else None,
        }
    )


def _priority(row: AreaPriority) -> PriorityResponse:
    return PriorityResponse(
        id=row.id,
        source=row.source,
        issue=row.issue,
        issue_at=row.issue_at,
        action=row.action,
        action_at=row.action_at,
        valid_from=row.valid_from,
    )


def priorities_once(found: Iterable[Sequence[PriorityOfArea]]) -> list[TaskedPriority]:
    """The priorities of several places as crews are told of them: each once, in the order they come."""
    by_id = {each.priority.id: each for some in found for each in some}
    return [
        TaskedPriority(
            id=each.priority.id,
            area_code=each.area.code,
            area_name=each.area.name,
            area_kind=each.area.kind.value,
            issue=each.priority.issue,
            issue_at=each.priority.issue_at,
            action=each.priority.action,
            action_at=each.priority.action_at,
        )
        for each in by_id.values()
    ]


@requires(Permission.AREAS_READ)
def list_teams(
    session: Session, caller: Caller, now: datetime, *, area_id: UUID | None, cursor: str | None, limit: int
) -> TeamPage:
    """The teams of the caller's force today, by code; `area_id` gives those of an area and everything below it."""
    rows = queries.teams(session, caller.force_id, london_day(now), area_id, _after(cursor), limit + 1)
    page, following = _page(rows, limit)
    return TeamPage(items=[_team(row) for row in page], next_cursor=following)


def _team(row: Team) -> TeamResponse:
    return TeamResponse(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        area_id=row.area_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _hotspot_fields(row: Hotspot) -> dict[str, object]:
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "area_id": row.area_id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


@requires(Permission.HOTSPOTS_READ)
def list_hotspots(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    area_id: UUID | None,
    kind: HotspotKind | None,
    day: date | None,
    cursor: str | None,
    limit: int,
) -> HotspotPage:
    """The hotspots of the caller's force in force on a day (today unless said), by code."""
    rows = queries.hotspots(
        session, caller.force_id, day or london_day(now), area_id, kind, _after(cursor), limit + 1
    )
    page, following = _page(rows, limit)
    return HotspotPage(
        items=[HotspotResponse.model_validate(_hotspot_fields(row)) for row in page], next_cursor=following
    )


@requires(Permission.HOTSPOTS_READ)
def see_hotspot(session: Session, caller: Caller, hotspot_id: UUID, now: datetime) -> HotspotDetail:
    """One hotspot with the outline in force today and the newest briefing."""
    row = queries.hotspot(session, caller.force_id, hotspot_id)
    if row is None:
        raise not_found()
    outline = queries.boundary_in_force(session, hotspot_id, london_day(now))
    briefing = queries.newest_briefing(session, hotspot_id)
    told = None
    if briefing is not None:
        told = BriefingResponse(
            version=briefing.version,
            why_here=briefing.why_here,
            owner=briefing.owner,
            plan_reference=briefing.plan_reference,
            review_on=briefing.review_on,
            written_at=briefing.written_at,
        )
    return HotspotDetail.model_validate(
        {
            **_hotspot_fields(row),
            "boundary": _boundary(outline) if outline is not None else None,
            "briefing": told,
        }
    )


@requires(Permission.HOTSPOTS_READ)
def list_boundaries(session: Session, caller: Caller, hotspot_id: UUID) -> BoundaryList:
    """Every version of a hotspot's outline, oldest first."""
    if queries.hotspot(session, caller.force_id, hotspot_id) is None:
        raise not_found()
    return BoundaryList(items=[_boundary(row) for row in queries.boundaries(session, hotspot_id)])


def _boundary(row: HotspotBoundary) -> BoundaryResponse:
    return BoundaryResponse(
        id=row.id,
        version=row.version,
        valid_from=row.valid_from,
        area_m2=round(row.area_m2, 1),
        source_crs=row.source_crs,
        imported_at=row.imported_at,
        geometry=to_geojson(row.geometry),
    )


@requires(Permission.OFFICERS_READ)
def list_officers(
    session: Session,
    caller: Caller,
    now: datetime,
    wanted: OfficerFilter,
    *,
    cursor: str | None,
    limit: int,
) -> OfficerPage:
    """The officers the caller may see, by collar number, as they are today."""
    day = london_day(now)
    rows = queries.visible_officers(session, caller, day, wanted, _after(cursor), limit + 1)
    page = rows[:limit]
    answered = _officers(session, page, day)
    _looked_at(session, caller, "officers.list", now, page)
    following = None
    if len(rows) > limit:
        following = encode_code_cursor(page[-1].officer.collar_number, page[-1].officer.id)
    return OfficerPage(
        items=[OfficerResponse.model_validate(fields) for fields in answered], next_cursor=following
    )


@requires(Permission.OFFICERS_READ)
def see_officer(session: Session, caller: Caller, officer_id: UUID, now: datetime) -> OfficerDetail:
    """One officer with ranks, roles and teams over time."""
    day = london_day(now)
    rows = queries.visible_officers(session, caller, day, OfficerFilter(left=True), None, 1, officer_id)
    if not rows:
        raise out_of_sight("officers.see")
    _looked_at(session, caller, "officers.see", now, rows)
    fields = _officers(session, rows, day)[0]
    fields["ranks"] = [
        RankSpell(rank=one.rank, acting=one.acting, valid_from=one.valid_from, valid_to=one.valid_to)
        for one in people.ranks_over_time(session, officer_id)
    ]
    fields["roles_over_time"] = [
        RoleSpell(role=one.role, valid_from=one.valid_from, valid_to=one.valid_to)
        for one in people.roles_over_time(session, officer_id)
    ]
    fields["memberships"] = [
        TeamSpell(team_id=one.team_id, team_code=code, valid_from=one.valid_from, valid_to=one.valid_to)
        for one, code in queries.memberships_over_time(session, officer_id)
    ]
    return OfficerDetail.model_validate(fields)


def _officers(session: Session, rows: Sequence[OfficerRow], day: date) -> list[dict[str, object]]:
    ids = {row.officer.id for row in rows}
    ranks, roles = people.ranks_on(session, ids, day), people.roles_on(session, ids, day)
    return [
        {
            "id": row.officer.id,
            "collar_number": row.officer.collar_number,
            "kind": row.officer.kind,
            "rank": ranks[row.officer.id].rank if row.officer.id in ranks else None,
            "acting": row.officer.id in ranks and ranks[row.officer.id].acting,
            "roles": roles.get(row.officer.id, []),
            "team_id": row.team_id,
            "valid_from": row.officer.valid_from,
            "valid_to": row.officer.valid_to,
        }
        for row in rows
    ]


def _looked_at(
    session: Session, caller: Caller, operation: str, now: datetime, rows: Sequence[OfficerRow]
) -> None:
    consulted(
        session,
        operation,
        now,
        {"officer": {row.officer.id for row in rows}},
        actor_id=caller.officer_id,
        force_id=caller.force_id,
    )


@requires(Permission.DEVICES_READ)
def list_devices(
    session: Session,
    caller: Caller,
    now: datetime,
    *,
    officer_id: UUID | None,
    cursor: str | None,
    limit: int,
) -> DevicePage:
    """The phones the caller may see: their own, or all of the force; latest first."""
    after = place_after(cursor)
    rows = queries.visible_devices(session, caller, london_day(now), after, limit + 1, officer_id=officer_id)
    page, following = page_of(rows, limit, lambda row: (row[0].first_seen_at, row[0].id))
    consulted(
        session,
        "devices.list",
        now,
        {"device": [row.id for row, _ in page], "officer": {row.officer_id for row, _ in page}},
        actor_id=caller.officer_id,
        force_id=caller.force_id,
    )
    return DevicePage(items=[describe_device(*row) for row in page], next_cursor=following)


def describe_device(row: Device, collar_number: str) -> DeviceResponse:
    return DeviceResponse(
        id=row.id,
        officer_id=row.officer_id,
        collar_number=collar_number,
        first_seen_at=row.first_seen_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoked_reason=row.revoked_reason,
    )
