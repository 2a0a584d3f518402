"""`/v1/areas`, `/v1/teams`, `/v1/hotspots`, `/v1/officers` and `/v1/devices`: the places and people of a force."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.areas import answers, service
from app.areas.kinds import AreaKind, HotspotKind
from app.areas.queries import OfficerFilter
from app.areas.schemas import (
    AreaDetail,
    AreaPage,
    BoundaryList,
    DevicePage,
    DeviceResponse,
    HotspotDetail,
    HotspotPage,
    OfficerDetail,
    OfficerPage,
    RevokeRequest,
    TeamPage,
)
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathDay, PathId

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["places and people"])
Day = Annotated[PathDay | None, Query(description="A day in London; today unless given.")]


@router.get(
    "/areas",
    summary="The area tree, row by row",
    openapi_extra={"x-permission": permission_of(answers.list_areas).value},
)
def list_areas(
    session: Reading,
    caller: CallerDep,
    now: Now,
    kind: AreaKind | None = None,
    parent_id: PathId | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AreaPage:
    return answers.list_areas(
        session, caller, now, kind=kind, parent_id=parent_id, cursor=cursor, limit=limit
    )


@router.get(
    "/areas/{area_id}",
    summary="One area with those above it, its outline and its priorities",
    openapi_extra={"x-permission": permission_of(answers.see_area).value},
)
def see_area(session: Reading, caller: CallerDep, now: Now, area_id: PathId) -> AreaDetail:
    return answers.see_area(session, caller, area_id, now)


@router.get(
    "/teams",
    summary="Teams, of an area and everything below it if you like",
    openapi_extra={"x-permission": permission_of(answers.list_teams).value},
)
def list_teams(
    session: Reading,
    caller: CallerDep,
    now: Now,
    area_id: PathId | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> TeamPage:
    return answers.list_teams(session, caller, now, area_id=area_id, cursor=cursor, limit=limit)


@router.get(
    "/hotspots",
    summary="Hotspots in force on a day",
    openapi_extra={"x-permission": permission_of(answers.list_hotspots).value},
)
def list_hotspots(
    session: Reading,
    caller: CallerDep,
    now: Now,
    area_id: PathId | None = None,
    kind: HotspotKind | None = None,
    day: Day = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> HotspotPage:
    return answers.list_hotspots(
        session, caller, now, area_id=area_id, kind=kind, day=day, cursor=cursor, limit=limit
    )


@router.get(
    "/hotspots/{hotspot_id}",
    summary="One hotspot with its outline in force today and its briefing",
    openapi_extra={"x-permission": permission_of(answers.see_hotspot).value},
)
def see_hotspot(session: Reading, caller: CallerDep, now: Now, hotspot_id: PathId) -> HotspotDetail:
    return answers.see_hotspot(session, caller, hotspot_id, now)


@router.get(
    "/hotspots/{hotspot_id}/boundaries",
    summary="Every version of a hotspot's outline",
    openapi_extra={"x-permission": permission_of(answers.list_boundaries).value},
)
def list_boundaries(session: Reading, caller: CallerDep, hotspot_id: PathId) -> BoundaryList:
    return answers.list_boundaries(session, caller, hotspot_id)


@router.get(
    "/officers",
    summary="The officers you may see, as they are today",
    openapi_extra={"x-permission": permission_of(answers.list_officers).value},
)
def list_officers(
    session: Reading,
    caller: CallerDep,
    now: Now,
    team_id: PathId | None = None,
    collar_number: Annotated[str | None, Query(max_length=16)] = None,
    left: Annotated[bool, Query(description="Those no longer here, too.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> OfficerPage:
    wanted = OfficerFilter(team_id, collar_number, left)
    return answers.list_officers(session, caller, now, wanted, cursor=cursor, limit=limit)


@router.get(
    "/officers/{officer_id}",
    summary="One officer with ranks, roles and teams over time",
    openapi_extra={"x-permission": permission_of(answers.see_officer).value},
)
def see_officer(session: Reading, caller: CallerDep, now: Now, officer_id: PathId) -> OfficerDetail:
    return answers.see_officer(session, caller, officer_id, now)


@router.get(
    "/devices",
    summary="Phones that have uploaded something: your own, or the force's",
    openapi_extra={"x-permission": permission_of(answers.list_devices).value},
)
def list_devices(
    session: Reading,
    caller: CallerDep,
    now: Now,
    officer_id: PathId | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DevicePage:
    return answers.list_devices(session, caller, now, officer_id=officer_id, cursor=cursor, limit=limit)


@router.put(
    "/devices/{device_id}/revoke",
    summary="Revoke a phone: what it uploads from now on asks for review",
    openapi_extra={"x-permission": permission_of(service.revoke_device).value},
)
def revoke_device(
    session: Writing,
    caller: CallerDep,
    now: Now,
    device_id: PathId,
    request: Annotated[RevokeRequest, Depends(body(RevokeRequest))],
) -> DeviceResponse:
    return service.revoke_device(session, caller, device_id, request.reason, now)
