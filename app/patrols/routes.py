"""The phone's calls about a patrol, and the answers about it."""

import json
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import ValidationError

from app.facts.schemas import QuarantinedResponse
from app.facts.service import Recorded
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.patrols import answers, explaining, service, track_answers
from app.patrols.result_schemas import AssessmentList, AssessmentResponse
from app.patrols.schemas import (
    CheckInRequest,
    CheckOutRequest,
    EndedPatrolResponse,
    ExplanationList,
    ExplanationRequest,
    ExplanationResponse,
    FixBatchRequest,
    FixBatchResponse,
    FixUpload,
    PatrolFilter,
    PatrolPage,
    PatrolResponse,
    VoidRequest,
    read_fix_batch,
)
from app.problems import INVALID, Problem
from app.rest.body import body, field_errors, read_json
from app.rest.pagination import Cursor, Limit
from app.rest.sent import SentDep
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId, QueryInstant
from app.tracks.decision import Status

router = SliceRouter(prefix="/v1/patrols", tags=["patrols"])


async def _fix_batch(request: Request) -> FixUpload:
    try:
        return read_fix_batch(await read_json(request, bare_nan=True))
    except ValidationError as error:
        faults = field_errors(error.errors(include_input=False, include_url=False))
        raise Problem(INVALID, "Some values are not valid.", faults) from None


_fix_batch.body_model = FixBatchRequest  # type: ignore[attr-defined]  # read by rest.openapi

_Responses = dict[int | str, dict[str, Any]]
_ASIDE: _Responses = {
    202: {
        "model": QuarantinedResponse,
        "description": "Kept aside: captured by somebody else. Do not send it again.",
    },
}


def _status(response: Response, recorded: Recorded) -> None:
    response.status_code = 202 if recorded.quarantined else 201 if recorded.created else 200


@router.put(
    "/{patrol_id}",
    status_code=201,
    responses={**_ASIDE, 200: {"model": PatrolResponse, "description": "Recorded before"}},
    summary="Check in",
    openapi_extra={"x-permission": permission_of(service.check_in).value},
)
def check_in(
    patrol_id: PathId,
    request: Annotated[CheckInRequest, Depends(body(CheckInRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> PatrolResponse | QuarantinedResponse:
    done = service.check_in(session, caller, patrol_id, request, sent)
    _status(response, done.recorded)
    if done.recorded.quarantined:
        return QuarantinedResponse(id=patrol_id)
    if done.patrol is not None:
        return answers.checked_in(caller, done.patrol, done.window)
    return answers.recorded(session, caller, patrol_id, sent.now)


@router.put(
    "/{patrol_id}/fix-batches/{batch_id}",
    status_code=201,
    responses={**_ASIDE, 200: {"model": FixBatchResponse, "description": "Recorded before"}},
    summary="Upload fixes",
    openapi_extra={"x-permission": permission_of(service.upload_fixes).value},
)
def upload_fixes(
    patrol_id: PathId,
    batch_id: PathId,
    batch: Annotated[FixUpload, Depends(_fix_batch)],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> FixBatchResponse | QuarantinedResponse:
    uploaded = service.upload_fixes(session, caller, patrol_id, batch_id, batch, sent)
    _status(response, uploaded.recorded)
    if uploaded.patrol is None:
        return QuarantinedResponse(id=batch_id)
    return FixBatchResponse(
        id=batch_id,
        patrol_id=patrol_id,
        received=batch.received,
        accepted=len(batch.fixes),
        rejected=batch.rejected,
        progress=answers.uploaded(
            session, caller, uploaded.patrol, uploaded.around, uploaded.reached, sent.now
        ),
        advice=answers.advice(session, uploaded.patrol, uploaded.reached),
    )


@router.put(
    "/{patrol_id}/check-out",
    status_code=201,
    responses={**_ASIDE, 200: {"model": EndedPatrolResponse, "description": "Recorded before"}},
    summary="Check out",
    openapi_extra={"x-permission": permission_of(service.check_out).value},
)
def check_out(
    patrol_id: PathId,
    request: Annotated[CheckOutRequest, Depends(body(CheckOutRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> EndedPatrolResponse | QuarantinedResponse:
    recorded = service.check_out(session, caller, patrol_id, request, sent)
    _status(response, recorded)
    if recorded.quarantined:
        return QuarantinedResponse(id=patrol_id)
    return answers.ended(session, caller, patrol_id, sent.now)


@router.put(
    "/{patrol_id}/void",
    status_code=201,
    responses={200: {"model": EndedPatrolResponse, "description": "Recorded before"}},
    summary="Take back a patrol that was a mistake",
    openapi_extra={"x-permission": permission_of(service.void).value},
)
def void(
    patrol_id: PathId,
    request: Annotated[VoidRequest, Depends(body(VoidRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> EndedPatrolResponse:
    _status(response, service.void(session, caller, patrol_id, request, sent))
    return answers.ended(session, caller, patrol_id, sent.now)


@router.put(
    "/{patrol_id}/explanations/{explanation_id}",
    status_code=201,
    responses={200: {"model": ExplanationResponse, "description": "Recorded before"}},
    summary="Explain or dispute a result",
    openapi_extra={"x-permission": permission_of(explaining.explain).value},
)
def explain(
    patrol_id: PathId,
    explanation_id: PathId,
    request: Annotated[ExplanationRequest, Depends(body(ExplanationRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> ExplanationResponse:
    _status(response, explaining.explain(session, caller, patrol_id, explanation_id, request, sent))
    return explaining.explained(session, caller, patrol_id, explanation_id, sent.now)


@router.get(
    "/{patrol_id}/explanations",
    summary="What those on a patrol said to it",
    openapi_extra={"x-permission": permission_of(explaining.list_explanations).value},
)
def list_explanations(patrol_id: PathId, session: Reading, caller: CallerDep, now: Now) -> ExplanationList:
    return explaining.list_explanations(session, caller, patrol_id, now)


@router.get(
    "",
    summary="List patrols",
    openapi_extra={"x-permission": permission_of(answers.list_patrols).value},
)
def list_patrols(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="Checked in at or after.")
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Checked in before.")] = None,
    team_id: PathId | None = None,
    hotspot_id: PathId | None = None,
    officer_id: PathId | None = None,
    window_id: PathId | None = None,
    status: Status | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    check_needed: Annotated[
        bool | None, Query(description="Whether a flag of the standing judgement asks somebody to look.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> PatrolPage:
    stated = status.value if status else None
    wanted = PatrolFilter(
        from_at, to_at, team_id, hotspot_id, officer_id, window_id, stated, area_id, check_needed
    )
    return answers.list_patrols(session, caller, wanted, cursor, limit, now)


@router.get(
    "/{patrol_id}",
    summary="One patrol",
    openapi_extra={"x-permission": permission_of(answers.see_patrol).value},
)
def see_patrol(patrol_id: PathId, session: Reading, caller: CallerDep, now: Now) -> PatrolResponse:
    return answers.see_patrol(session, caller, patrol_id, now)


@router.get(
    "/{patrol_id}/assessment",
    summary="How a patrol was judged",
    openapi_extra={"x-permission": permission_of(answers.see_assessment).value},
)
def see_assessment(
    patrol_id: PathId,
    session: Reading,
    caller: CallerDep,
    now: Now,
    number: Annotated[int | None, Query(ge=1, le=1_000_000, description="An older judgement.")] = None,
) -> AssessmentResponse:
    return answers.see_assessment(session, caller, patrol_id, number, now)


@router.get(
    "/{patrol_id}/assessments",
    summary="Every judgement of a patrol, and why it was made",
    openapi_extra={"x-permission": permission_of(answers.list_assessments).value},
)
def list_assessments(patrol_id: PathId, session: Reading, caller: CallerDep, now: Now) -> AssessmentList:
    return answers.list_assessments(session, caller, patrol_id, now)


@router.get(
    "/{patrol_id}/track",
    summary="The cleaned track, as GeoJSON or GPX",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {}, "application/gpx+xml": {}}}},
    openapi_extra={"x-permission": permission_of(track_answers.see_track).value},
)
def see_track(
    patrol_id: PathId,
    session: Reading,
    caller: CallerDep,
    now: Now,
    format: Annotated[Literal["geojson", "gpx"], Query(description="Which of the two.")] = "geojson",
) -> Response:
    line = track_answers.see_track(session, caller, patrol_id, now)
    if format == "gpx":
        return Response(track_answers.track_gpx(line), media_type="application/gpx+xml")
    return Response(json.dumps(track_answers.track_feature(line)), media_type="application/geo+json")
