"""`/v1/schedules`: draw windows at random, look at what was drawn, publish it shortly before, prove it afterwards."""

from typing import Annotated

from fastapi import Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId
from app.schedule import drawing, publishing, schedule_answers as answers
from app.schedule.schedule_schemas import (
    AllocationPage,
    DiffResponse,
    DiscardRequest,
    DrawRequest,
    ProofResponse,
    PublishScheduleRequest,
    RevealRequest,
    ScheduleDetail,
    SchedulePage,
    SchedulePublished,
)

router = SliceRouter(prefix="/v1/schedules", tags=["schedules"])


@router.get(
    "",
    summary="The force's schedules",
    openapi_extra={"x-permission": permission_of(answers.list_schedules).value},
)
def list_schedules(
    session: Reading, caller: CallerDep, now: Now, cursor: Cursor = None, limit: Limit = 100
) -> SchedulePage:
    return answers.list_schedules(session, caller, cursor, limit, now)


@router.put(
    "/{schedule_id}",
    summary="Draw a draft",
    responses={201: {"model": ScheduleDetail, "description": "Drawn"}},
    openapi_extra={"x-permission": permission_of(drawing.draw_schedule).value},
)
def draw_schedule(
    session: Writing,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    request: Annotated[DrawRequest, Depends(body(DrawRequest))],
    response: Response,
) -> ScheduleDetail:
    drawn = drawing.draw_schedule(session, caller, schedule_id, request, now)
    response.status_code = 201 if drawn.created else 200
    return drawn.schedule


@router.get(
    "/{schedule_id}",
    summary="A schedule with its report",
    openapi_extra={"x-permission": permission_of(answers.read_schedule).value},
)
def read_schedule(session: Reading, caller: CallerDep, now: Now, schedule_id: PathId) -> ScheduleDetail:
    return answers.read_schedule(session, caller, schedule_id, now)


@router.get(
    "/{schedule_id}/allocations",
    summary="Every hotspot and day, with a patrol and without",
    response_model=AllocationPage,
    responses={200: {"description": "JSON, or CSV of all of them", "content": CSV}},
    openapi_extra={"x-permission": permission_of(answers.read_allocations).value},
)
def read_allocations(
    session: Reading,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    as_csv: AsCsv,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | AllocationPage:
    if as_csv:
        return csv_file("allocations", answers.export_allocations(session, caller, schedule_id, now))
    return answers.read_allocations(session, caller, schedule_id, cursor, limit, now)


@router.get(
    "/{schedule_id}/diff",
    summary="What would change, and why: from another schedule or from the published windows to this one",
    openapi_extra={"x-permission": permission_of(answers.read_diff).value},
)
def read_diff(
    session: Reading,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    other: Annotated[PathId | None, Query(alias="with", description="Another schedule.")] = None,
) -> DiffResponse:
    return answers.read_diff(session, caller, schedule_id, other, now)


@router.put(
    "/{schedule_id}/publish",
    summary="Make its windows count, all or until a day",
    openapi_extra={"x-permission": permission_of(publishing.publish_schedule).value},
)
def publish_schedule(
    session: Writing,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    request: Annotated[PublishScheduleRequest, Depends(body(PublishScheduleRequest))],
) -> SchedulePublished:
    return publishing.publish_schedule(session, caller, schedule_id, request, now)


@router.put(
    "/{schedule_id}/discard",
    summary="Give up a draft, or the unpublished rest of a schedule",
    openapi_extra={"x-permission": permission_of(publishing.discard_schedule).value},
)
def discard_schedule(
    session: Writing,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    request: Annotated[DiscardRequest, Depends(body(DiscardRequest))],
) -> ScheduleDetail:
    return publishing.discard_schedule(session, caller, schedule_id, request, now)


@router.put(
    "/{schedule_id}/reveal",
    summary="Tell the seed, once its days are over",
    openapi_extra={"x-permission": permission_of(publishing.reveal_schedule).value},
)
def reveal_schedule(
    session: Writing,
    caller: CallerDep,
    now: Now,
    schedule_id: PathId,
    request: Annotated[RevealRequest, Depends(body(RevealRequest))],
) -> ScheduleDetail:
    return publishing.reveal_schedule(session, caller, schedule_id, request, now)


@router.get(
    "/{schedule_id}/proof",
    summary="Everything a third party needs to draw it again",
    openapi_extra={"x-permission": permission_of(answers.read_proof).value},
)
def read_proof(session: Reading, caller: CallerDep, now: Now, schedule_id: PathId) -> ProofResponse:
    return answers.read_proof(session, caller, schedule_id, now)
