"""`/v1/compliance`: were the windows kept, and why not."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response

from app.compliance import service
from app.compliance.schemas import WindowCompliancePage
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId, QueryInstant
from app.schedule.windows import WindowFilter, WindowStatus

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/compliance", tags=["compliance"])
_CSV = {"text/csv": {"schema": {"type": "string"}}}


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
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="Started then or later; 7 days before `to`.")
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Started before then; now.")] = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    team_id: PathId | None = None,
    hotspot_id: PathId | None = None,
    status: WindowStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
    wanted_format: Annotated[
        Literal["json", "csv"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Response | WindowCompliancePage:
    wanted = WindowFilter(from_at, to_at, team_id, hotspot_id, area_id)
    if wanted_format == "csv" or (wanted_format is None and "text/csv" in accept):
        table = service.export_windows(session, caller, wanted, status, now)
        headers = {
            "Content-Disposition": 'attachment; filename="windows.csv"',
            "Vary": "Accept, Authorization",
        }
        return Response(table, media_type="text/csv", headers=headers)
    return service.read_windows(session, caller, wanted, status, cursor, limit, now)
