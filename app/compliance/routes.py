"""`/v1/compliance`: were the windows kept, and why not; by window, by place or team, by any grouping."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.areas.kinds import AreaKind, HotspotKind
from app.compliance import answers, dose_answers, group_answers, officer_answers, service
from app.compliance.dose_schemas import DosePage, PurposeText
from app.compliance.group_answers import GroupQuestion
from app.compliance.group_file import as_csv as groups_as_csv
from app.compliance.group_schemas import CompliancePage
from app.compliance.grouping import GroupBy
from app.compliance.officer_schemas import OfficerCompliancePage
from app.compliance.places import Place, PlaceFilter
from app.compliance.schemas import PlaceCompliancePage, WindowCompliancePage
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pagination import Cursor, Limit, TextsCursor
from app.rest.parameters import CSV, AsCsv, csv_file, file_headers
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId, QueryInstant
from app.schedule.windows import WindowFilter, WindowStatus
from app.settings import Settings

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/compliance", tags=["compliance"])


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


async def _of_places(
    from_at: Annotated[
        QueryInstant | None,
        Query(alias="from", description="Its London day is the first; 7 days before `to`."),
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Until before then; now.")] = None,
    area_id: Annotated[PathId | None, Query(description="Hotspots of the area and all below it.")] = None,
    hotspot_id: PathId | None = None,
    hotspot_kind: Annotated[HotspotKind | None, Query(description="The category of the hotspots.")] = None,
) -> WindowFilter:
    return WindowFilter(from_at, to_at, None, hotspot_id, area_id, hotspot_kind=hotspot_kind)


async def _of_teams(
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="7 days before `to`.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Until before then; now.")] = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    team_id: PathId | None = None,
) -> WindowFilter:
    return WindowFilter(from_at, to_at, team_id, None, area_id)


Filters = Annotated[WindowFilter, Depends(_filters)]
OfPlaces = Annotated[WindowFilter, Depends(_of_places)]
OfTeams = Annotated[WindowFilter, Depends(_of_teams)]
Purpose = Annotated[PurposeText, Query(description="What it is for; kept in the log.")]


@router.get(
    "/windows",
    summary="Published windows with their results, and what they add up to",
    response_model=WindowCompliancePage,
    responses={200: {"description": "JSON, or CSV of all windows asked for", "content": CSV}},
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
    responses={200: {"description": "JSON, or CSV of all hotspots asked for", "content": CSV}},
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
    responses={200: {"description": "JSON, or CSV of all teams asked for", "content": CSV}},
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
    responses={200: {"description": "JSON, or CSV of all areas asked for", "content": CSV}},
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


@router.get(
    "/groups",
    summary="Windows, one in three, officers' hours and visits by one thing or two",
    response_model=CompliancePage,
    responses={200: {"description": "JSON, or CSV of all rows", "content": CSV}},
    openapi_extra={"x-permission": permission_of(group_answers.read_groups).value},
)
def read_groups(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    group_by: Annotated[GroupBy, Query(description="What a row stands for; `officer` where policy allows.")],
    then_by: Annotated[GroupBy | None, Query(description="And by that: a row for each pair.")] = None,
    visits: Annotated[
        bool | None, Query(description="Whether to tell of visits; without it for periods up to 92 days.")
    ] = None,
    cursor: TextsCursor = None,
    limit: Limit = 100,
) -> Response | CompliancePage:
    settings: Settings = request.app.state.settings
    by = (group_by,) if then_by is None else (group_by, then_by)
    question = GroupQuestion(by, wanted, frozenset(settings.officer_views), visits)
    of_officers = GroupBy.OFFICER in by
    if as_csv:
        export = group_answers.export_groups_by_officer if of_officers else group_answers.export_groups
        return csv_file("groups", groups_as_csv(export(session, caller, question, now)))
    read = group_answers.read_groups_by_officer if of_officers else group_answers.read_groups
    return read(session, caller, question, cursor, limit, now)


@router.get(
    "/dose",
    summary="What each hotspot got on each day that has passed, with and without patrols, for evaluation",
    response_model=DosePage,
    responses={200: {"description": "JSON, or CSV of all rows, sent while it is written", "content": CSV}},
    openapi_extra={"x-permission": permission_of(dose_answers.read_dose).value},
)
def read_dose(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: OfPlaces,
    as_csv: AsCsv,
    purpose: Purpose,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | DosePage:
    if as_csv:
        text = dose_answers.export_dose(session, caller, request.app.state.engine, wanted, purpose, now)
        return StreamingResponse(text, media_type="text/csv", headers=file_headers("dose"))
    return dose_answers.read_dose(session, caller, wanted, purpose, cursor, limit, now)


@router.get(
    "/officers",
    summary="Officers with what they were tasked with and where their time went, where a force's policy allows it",
    openapi_extra={"x-permission": permission_of(officer_answers.read_officers).value},
)
def read_officers(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: OfTeams,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> OfficerCompliancePage:
    settings: Settings = request.app.state.settings
    shown_in = frozenset(settings.officer_views)
    return officer_answers.read_officers(session, caller, wanted, shown_in, cursor, limit, now)


@router.get(
    "/officers/me",
    summary="The same of yourself, whatever the policy says of others",
    openapi_extra={"x-permission": permission_of(officer_answers.read_own).value},
)
def read_own(session: Reading, caller: CallerDep, now: Now, wanted: OfTeams) -> OfficerCompliancePage:
    return officer_answers.read_own(session, caller, wanted, now)
