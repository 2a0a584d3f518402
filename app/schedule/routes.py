"""`/v1/tasking-windows`: when and where patrols are to be."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.preconditions import IfMatch, expected_revision, revision_etag
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId, QueryInstant
from app.schedule import answers, briefing, service
from app.schedule.schemas import (
    CancelRequest,
    MoveRequest,
    PublishRequest,
    WindowDetail,
    WindowMoved,
    WindowPage,
    WindowRequest,
    WindowResponse,
)
from app.schedule.windows import WindowFilter, WindowState

router = SliceRouter(prefix="/v1/tasking-windows", tags=["tasking windows"])
From = Annotated[QueryInstant | None, Query(alias="from", description="Windows that start then or later.")]
To = Annotated[QueryInstant | None, Query(alias="to", description="Windows that start before then.")]


@router.get(
    "",
    summary="The plan, as far as you may read it; or the file of it for a briefing system",
    response_model=WindowPage,
    responses={200: {"description": "JSON, or CSV of all windows asked for", "content": CSV}},
    openapi_extra={"x-permission": permission_of(answers.list_windows).value},
)
def list_windows(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    from_at: From = None,
    to_at: To = None,
    team_id: PathId | None = None,
    hotspot_id: PathId | None = None,
    area_id: PathId | None = None,
    state: WindowState | None = None,
    people: Annotated[
        Literal["yes", "no"], Query(description="In CSV: with the collar numbers of those tasked by name.")
    ] = "yes",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | WindowPage:
    wanted = WindowFilter(from_at, to_at, team_id, hotspot_id, area_id, state)
    if as_csv:
        table = briefing.export_windows(session, caller, wanted, now, people=people == "yes")
        return csv_file("tasking-windows", table)
    return answers.list_windows(session, caller, wanted, cursor, limit, now)


@router.get(
    "/{window_id}",
    summary="One window with every change made to it",
    openapi_extra={"x-permission": permission_of(answers.read_window).value},
)
def read_window(
    session: Reading, caller: CallerDep, now: Now, window_id: PathId, response: Response
) -> WindowDetail:
    found = answers.read_window(session, caller, window_id, now)
    response.headers["ETag"] = revision_etag(found.revision)
    return found


@router.put(
    "/{window_id}",
    summary="Make a window, or change one with If-Match and a reason",
    responses={201: {"model": WindowResponse, "description": "Made"}},
    openapi_extra={"x-permission": permission_of(service.save_window).value},
)
def save_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    request: Annotated[WindowRequest, Depends(body(WindowRequest))],
    response: Response,
    if_match: IfMatch,
) -> WindowResponse:
    saved = service.save_window(session, caller, window_id, request, expected_revision(if_match), now)
    response.status_code = 201 if saved.created else 200
    response.headers["ETag"] = revision_etag(saved.window.revision)
    return saved.window


@router.put(
    "/{window_id}/publish",
    summary="Make a planned window count",
    openapi_extra={"x-permission": permission_of(service.publish_window).value},
)
def publish_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    request: Annotated[PublishRequest, Depends(body(PublishRequest))],
    response: Response,
) -> WindowResponse:
    return _tagged(service.publish_window(session, caller, window_id, request, now), response)


@router.put(
    "/{window_id}/cancel",
    summary="Call a window off before it begins",
    openapi_extra={"x-permission": permission_of(service.cancel_window).value},
)
def cancel_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    request: Annotated[CancelRequest, Depends(body(CancelRequest))],
    response: Response,
) -> WindowResponse:
    return _tagged(service.cancel_window(session, caller, window_id, request, now), response)


@router.put(
    "/{window_id}/move",
    summary="Put another window in the place of one",
    openapi_extra={"x-permission": permission_of(service.move_window).value},
)
def move_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    request: Annotated[MoveRequest, Depends(body(MoveRequest))],
) -> WindowMoved:
    return service.move_window(session, caller, window_id, request, now)


def _tagged(window: WindowResponse, response: Response) -> WindowResponse:
    response.headers["ETag"] = revision_etag(window.revision)
    return window
