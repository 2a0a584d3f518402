"""`/v1/audit`: the log of who did and saw what, for auditors."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.oversight import service
from app.oversight.schemas import AuditEventPage, EventAction, EventFilter, ExportRequest, Kind
from app.oversight.sheet import FileFormat
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId, QueryInstant

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/audit", tags=["audit"])
_MEDIA = {FileFormat.CSV: "text/csv", FileFormat.JSON_LINES: "application/jsonl"}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, earliest first. `Export-Manifest` is JSON: events, bytes, sha256, the newest seal"
        " and its hash, the event that logs the disclosure.",
        "content": {media: {"schema": {"type": "string"}} for media in _MEDIA.values()},
    }
}


@router.get(
    "/events",
    summary="Who did or saw what, latest first",
    openapi_extra={"x-permission": permission_of(service.list_events).value},
)
def list_events(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="Then or later.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Before then.")] = None,
    actor_id: Annotated[PathId | None, Query(description="The officer who did it.")] = None,
    officer_id: Annotated[PathId | None, Query(description="An officer it was about.")] = None,
    record_id: Annotated[PathId | None, Query(description="A record it touched.")] = None,
    record_kind: Annotated[
        Kind | None, Query(description="`patrol`, `window`, …: beside `record_id`.")
    ] = None,
    action: EventAction | None = None,
    operation: Annotated[str | None, Query(max_length=100, description="Exactly this.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AuditEventPage:
    wanted = EventFilter(from_at, to_at, actor_id, officer_id, record_id, record_kind, action, operation)
    return service.list_events(session, caller, wanted, cursor, limit, now)


@router.post(
    "/exports",
    summary="The log of an officer, a record or a period as a file, logged as disclosed to somebody",
    response_class=Response,
    responses=_FILES,
    openapi_extra={"x-permission": permission_of(service.export_events).value},
)
def export_events(
    request: Annotated[ExportRequest, Depends(body(ExportRequest))],
    session: Reading,
    caller: CallerDep,
    now: Now,
) -> Response:
    exported = service.export_events(session, caller, request, now)
    chosen = request.file_format
    headers = {
        "Content-Disposition": f'attachment; filename="audit.{chosen.value}"',
        "Export-Manifest": json.dumps(exported.manifest),
    }
    return Response(exported.content, media_type=_MEDIA[chosen], headers=headers)
