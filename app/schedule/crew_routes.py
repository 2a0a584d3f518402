"""Who keeps which window: giving windows out, what officers say to them, how the load falls, and the printed sheet."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pages import page
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.preconditions import IfMatch, expected_revision, revision_etag
from app.rest.sent import SentDep
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathDay, PathId, QueryInstant
from app.schedule import answering, assigning, briefing, load_answers
from app.schedule.briefing_schemas import TaskingSheet
from app.schedule.crew_schemas import (
    AnswerRequest,
    AnswerResponse,
    AssignmentRequest,
    AssignmentsRequest,
    AssignmentsResponse,
)
from app.schedule.load_schemas import LoadBy, LoadResponse
from app.schedule.schemas import WindowAssigned
from app.schedule.sheet_page import sheet_values
from app.settings import Settings

_HTML = {"text/html": {"schema": {"type": "string"}}}
router = SliceRouter(prefix="/v1/tasking-windows", tags=["tasking windows"])
load_router = SliceRouter(prefix="/v1/tasking-load", tags=["tasking windows"])
sheets_router = SliceRouter(prefix="/v1/tasking-sheets", tags=["tasking windows"])


@router.put(
    "/{window_id}/assignment",
    summary="Give a window to a team or to officers by name, until it begins",
    openapi_extra={"x-permission": permission_of(assigning.assign_window).value},
)
def assign_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    request: Annotated[AssignmentRequest, Depends(body(AssignmentRequest))],
    response: Response,
    if_match: IfMatch,
) -> WindowAssigned:
    expected = expected_revision(if_match)
    found = assigning.assign_window(session, caller, window_id, request, expected, now)
    response.headers["ETag"] = revision_etag(found.window.revision)
    return found


@router.post(
    "/assignments",
    summary="Give out many windows at once",
    openapi_extra={"x-permission": permission_of(assigning.assign_many).value},
)
def assign_many(
    session: Writing,
    caller: CallerDep,
    now: Now,
    request: Annotated[AssignmentsRequest, Depends(body(AssignmentsRequest))],
) -> AssignmentsResponse:
    return assigning.assign_many(session, caller, request.items, now)


@router.put(
    "/{window_id}/answers/{answer_id}",
    status_code=201,
    responses={200: {"model": AnswerResponse, "description": "Recorded before"}},
    summary="Take a window you are tasked with, or say why not",
    openapi_extra={"x-permission": permission_of(answering.answer_window).value},
)
def answer_window(
    http: Request,
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    window_id: PathId,
    answer_id: PathId,
    request: Annotated[AnswerRequest, Depends(body(AnswerRequest))],
    response: Response,
) -> AnswerResponse:
    settings: Settings = http.app.state.settings
    hours = settings.disclosure_hours
    answered = answering.answer_window(session, caller, window_id, answer_id, request, sent, hours)
    response.status_code = 201 if answered.created else 200
    return answering.recorded(session, caller, answered.window, answer_id, sent.now)


@load_router.get(
    "",
    summary="How the windows of a period fall on teams or officers: hours, nights, weekends, clashes",
    response_model=LoadResponse,
    responses={200: {"description": "JSON, or CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(load_answers.read_load).value},
)
def read_load(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="Starts then or later; from today on.")
    ] = None,
    to_at: Annotated[
        QueryInstant | None, Query(alias="to", description="Starts before then; 28 days after `from`.")
    ] = None,
    by: Annotated[LoadBy, Query(description="Officers only for those who may see officers.")] = LoadBy.TEAM,
    team_id: Annotated[PathId | None, Query(description="This team, or its officers of today.")] = None,
) -> Response | LoadResponse:
    if as_csv:
        return csv_file("load", load_answers.export_load(session, caller, by, from_at, to_at, team_id, now))
    return load_answers.read_load(session, caller, by, from_at, to_at, team_id, now)


@sheets_router.get(
    "/{area_id}/{day}",
    summary="The tasking sheet of an area and a London day, to print",
    response_model=TaskingSheet,
    responses={200: {"description": "A page to print, or JSON", "content": _HTML}},
    openapi_extra={"x-permission": permission_of(briefing.read_sheet).value},
)
def read_sheet(
    http: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    area_id: PathId,
    day: PathDay,
    wanted_format: Annotated[
        Literal["html", "json"], Query(alias="format", description="JSON, for screens of your own.")
    ] = "html",
) -> Response | TaskingSheet:
    settings: Settings = http.app.state.settings
    printed, hours = wanted_format == "html", settings.disclosure_hours
    sheet = briefing.read_sheet(session, caller, area_id, day, hours, now, printed=printed)
    return page("tasking_sheet.html", sheet_values(sheet)) if printed else sheet
