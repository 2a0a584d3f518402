"""`/v1/activities/report`: what was logged, added up and held against patrol, and `/unknown-codes`.
Mounted before single activities."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.activities.codes import ActivityKind
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.outcomes import service
from app.outcomes.reporting import ActivitiesBy
from app.outcomes.schemas import ActivityReport, UnknownCodes
from app.outcomes.service import ReportQuestion
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId, QueryInstant
from app.settings import Settings

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/activities", tags=["activities"])


@router.get(
    "/report",
    summary="Activities added up by place, team, officer, kind, outcome or time, per patrol hour and per patrol",
    response_model=ActivityReport,
    responses={200: {"description": "JSON, or CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(service.read_report).value},
)
def read_report(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    group_by: Annotated[ActivitiesBy, Query(description="What a row stands for.")] = ActivitiesBy.LPA,
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="The London day it lies in, and later.")
    ] = None,
    to_at: Annotated[
        QueryInstant | None, Query(alias="to", description="Until the end of the London day before it.")
    ] = None,
    team_id: PathId | None = None,
    area_id: Annotated[
        PathId | None, Query(description="The area and all below it: of teams; by hotspot, of hotspots.")
    ] = None,
    officer_id: PathId | None = None,
    kind: ActivityKind | None = None,
) -> Response | ActivityReport:
    settings: Settings = request.app.state.settings
    question = ReportQuestion(
        group_by, from_at, to_at, team_id, area_id, officer_id, kind, frozenset(settings.officer_views)
    )
    told = service.read_report(session, caller, question, now)
    return csv_file(f"activities-by-{group_by}", service.as_table(told)) if as_csv else told


@router.get(
    "/unknown-codes",
    summary="Codes that apps sent and no list holds, of activities, engagements and abstractions",
    openapi_extra={"x-permission": permission_of(service.unknown_codes).value},
)
def unknown_codes(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[QueryInstant, Query(alias="from", description="At or after.")],
    to_at: Annotated[QueryInstant, Query(alias="to", description="Before.")],
) -> UnknownCodes:
    return service.unknown_codes(session, caller, from_at, to_at, now)
