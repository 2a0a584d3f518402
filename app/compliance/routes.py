"""`/v1/compliance`: were the windows kept, and why not; window by window, or by hotspot, area or team."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.areas.kinds import AreaKind, HotspotKind
from app.compliance import answers, service
from app.compliance.places import Place, PlaceFilter
from app.compliance.schemas import PlaceCompliancePage, WindowCompliancePage
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import AsCsv, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId, QueryInstant
from app.schedule.windows import WindowFilter, WindowStatus

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/compliance", tags=["compliance"])
_CSV = {"text/csv": {"schema": {"type": "string"}}}


async def _filters(
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="Started then or later; 7 days before `to`.")
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Started before then; now.")] = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    team_id: PathId | None = None,
    hotspot_id: PathId | None = None,
    hotspot_kind: Annotated[HotspotKind | None, Query(description="The category of the hotspots.")] = None,
) -> WindowFilter:
    return WindowFilter(from_at, to_at, team_id, hotspot_id, area_id, hotspot_kind=hotspot_kind)


Filters = Annotated[WindowFilter, Depends(_filters)]


@router.get(
    "/windows",
    summary="Published windows with their results, and what they add up to",
    response_model=WindowCompliancePage,
    responses={200: {"description": "JSON, or CSV of all windows asked for", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(service.read_windows).value},
)
def read_windows(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    status: WindowStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | WindowCompliancePage:
    if as_csv:
        return csv_file("windows", service.export_windows(session, caller, wanted, status, now))
    return service.read_windows(session, caller, wanted, status, cursor, limit, now)


@router.get(
    "/hotspots",
    summary="Hotspots with what their windows add up to, and the hours officers spent there",
    response_model=PlaceCompliancePage,
    responses={200: {"description": "JSON, or CSV of all hotspots asked for", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(answers.read_places).value},
)
def read_hotspots(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | PlaceCompliancePage:
    asked = PlaceFilter(wanted)
    if as_csv:
        return csv_file("hotspots", answers.export_places(session, caller, Place.HOTSPOT, asked, now))
    return answers.read_places(session, caller, Place.HOTSPOT, asked, cursor, limit, now)


@router.get(
    "/teams",
    summary="Teams with what their windows add up to, and the hours of their patrols",
    response_model=PlaceCompliancePage,
    responses={200: {"description": "JSON, or CSV of all teams asked for", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(answers.read_places).value},
)
def read_teams(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | PlaceCompliancePage:
    asked = PlaceFilter(wanted)
    if as_csv:
        return csv_file("teams", answers.export_places(session, caller, Place.TEAM, asked, now))
    return answers.read_places(session, caller, Place.TEAM, asked, cursor, limit, now)


@router.get(
    "/areas",
    summary="Areas with what the windows in and below them add up to, and the hours of their teams' patrols",
    response_model=PlaceCompliancePage,
    responses={200: {"description": "JSON, or CSV of all areas asked for", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(answers.read_places).value},
)
def read_areas(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    kind: Annotated[AreaKind | None, Query(description="Areas of this kind only.")] = None,
    parent_id: Annotated[PathId | None, Query(description="The areas right below this one only.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | PlaceCompliancePage:
    asked = PlaceFilter(wanted, kind, parent_id)
    if as_csv:
        return csv_file("areas", answers.export_places(session, caller, Place.AREA, asked, now))
    return answers.read_places(session, caller, Place.AREA, asked, cursor, limit, now)
