"""`/v1/searches`: searches monitored and published."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId
from app.searches import service
from app.searches.monitoring import SearchesBy
from app.searches.schemas import SearchMonitoring
from app.searches.service import MonitoringQuestion

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/searches", tags=["activities"])

_SPELT = r"^20[0-9]{2}-[0-9]{2}$"
_Month = Annotated[str | None, Query(pattern=_SPELT, description="A month of London: 2026-03.")]


@router.get(
    "/monitoring",
    summary="Searches by who was searched, why and with what result; small numbers left out",
    response_model=SearchMonitoring,
    responses={200: {"description": "JSON, or CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(service.monitor).value},
)
def monitor(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    group_by: Annotated[SearchesBy, Query(description="What a row stands for.")] = SearchesBy.SELF_DEFINED,
    first_month: _Month = None,
    last_month: _Month = None,
    team_id: PathId | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
) -> Response | SearchMonitoring:
    question = MonitoringQuestion(group_by, first_month, last_month, team_id, area_id)
    told = service.monitor(session, caller, question, now)
    return csv_file(f"searches-by-{group_by}", service.as_table(told)) if as_csv else told


@router.get(
    "/export",
    summary="The searches of a month in the columns of data.police.uk",
    response_class=Response,
    responses={200: {"description": "CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(service.export_searches).value},
)
def export_searches(
    session: Reading,
    caller: CallerDep,
    now: Now,
    month: Annotated[str, Query(pattern=_SPELT, description="A month of London: 2026-03.")],
) -> Response:
    return csv_file(f"{month}-stop-and-search", service.export_searches(session, caller, month, now))
