"""`/v1/abstractions`: who was taken from their post, what was said of it, and what it adds up to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.abstractions import answers, report_answers, service
from app.abstractions.report_schemas import AbstractionReport
from app.abstractions.reporting import AbstractionBy, Person
from app.abstractions.schemas import (
    AbstractionFilter,
    AbstractionHistory,
    AbstractionPage,
    AbstractionRequest,
    AbstractionResponse,
    ConfirmAbstractionRequest,
    DisputeAbstractionRequest,
    VoidAbstractionRequest,
)
from app.facts.schemas import QuarantinedResponse
from app.facts.service import Recorded
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.preconditions import IfMatch, expected_revision, revision_etag
from app.rest.sent import SentDep
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId, QueryInstant
from app.settings import Settings

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/abstractions", tags=["abstractions"])

_CodeText = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]
_DONE: dict[int | str, dict[str, Any]] = {
    200: {"model": AbstractionResponse, "description": "Recorded before, or corrected"},
}
_ASIDE: dict[int | str, dict[str, Any]] = {
    202: {
        "model": QuarantinedResponse,
        "description": "Kept aside: captured by somebody else. Do not send it again.",
    },
    **_DONE,
}


async def _filters(
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="Began then or later.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Began before then.")] = None,
    team_id: PathId | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    officer_id: Annotated[PathId | None, Query(description="Who was taken away.")] = None,
    authorised_by: Annotated[PathId | None, Query(description="Who authorised it.")] = None,
    reason_code: _CodeText = None,
    reason_class: _CodeText = None,
    authority_level: _CodeText = None,
) -> AbstractionFilter:
    return AbstractionFilter(
        from_at,
        to_at,
        team_id,
        area_id,
        officer_id,
        authorised_by,
        reason_code,
        reason_class,
        authority_level,
    )


Filters = Annotated[AbstractionFilter, Depends(_filters)]


def _answer(response: Response, done: Recorded, told: AbstractionResponse) -> AbstractionResponse:
    response.status_code = 201 if done.created else 200
    response.headers["ETag"] = revision_etag(told.revision)
    return told


@router.get(
    "",
    summary="Abstractions of your scope, latest first",
    openapi_extra={"x-permission": permission_of(answers.list_abstractions).value},
)
def list_abstractions(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    status: _CodeText = None,
    window_id: PathId | None = None,
    voided: Annotated[bool, Query(description="What was taken back, instead of what stands.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AbstractionPage:
    narrowed = answers.narrowed(wanted, status, window_id, voided=voided)
    return answers.list_abstractions(session, caller, narrowed, cursor, limit, now)


@router.get(
    "/report",
    summary="Abstractions added up by place, team, officer, kind or time",
    response_model=AbstractionReport,
    responses={200: {"description": "JSON, or CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(report_answers.read_report).value},
)
def read_report(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    as_csv: AsCsv,
    group_by: Annotated[AbstractionBy, Query(description="What a row stands for.")] = AbstractionBy.LPA,
    person: Annotated[Person, Query(description="Of whom rows by officer are.")] = Person.ABSTRACTED,
) -> Response | AbstractionReport:
    settings: Settings = request.app.state.settings
    shown_in = frozenset(settings.officer_views)
    told = report_answers.read_report(session, caller, group_by, person, wanted, shown_in, now)
    return csv_file(f"abstractions-by-{group_by}", report_answers.as_table(told)) if as_csv else told


@router.put(
    "/{abstraction_id}",
    status_code=201,
    responses=_ASIDE,
    summary="Report an abstraction, or correct it (If-Match and a reason)",
    openapi_extra={"x-permission": permission_of(service.record_abstraction).value},
)
def record_abstraction(
    abstraction_id: PathId,
    request: Annotated[AbstractionRequest, Depends(body(AbstractionRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> AbstractionResponse | QuarantinedResponse:
    expected = expected_revision(if_match)
    done = service.record_abstraction(session, caller, abstraction_id, request, sent, expected)
    if done.quarantined:
        response.status_code = 202
        return QuarantinedResponse(id=abstraction_id)
    return _answer(response, done, answers.recorded(session, abstraction_id))


@router.get(
    "/{abstraction_id}",
    summary="One abstraction",
    openapi_extra={"x-permission": permission_of(answers.read_abstraction).value},
)
def read_abstraction(
    abstraction_id: PathId, session: Reading, caller: CallerDep, now: Now, response: Response
) -> AbstractionResponse:
    told = answers.read_abstraction(session, caller, abstraction_id, now)
    response.headers["ETag"] = revision_etag(told.revision)
    return told


@router.get(
    "/{abstraction_id}/history",
    summary="Every version of an abstraction, and why it was corrected",
    openapi_extra={"x-permission": permission_of(answers.read_history).value},
)
def read_history(abstraction_id: PathId, session: Reading, caller: CallerDep, now: Now) -> AbstractionHistory:
    return answers.read_history(session, caller, abstraction_id, now)


@router.put(
    "/{abstraction_id}/void",
    summary="Take back an abstraction that was reported by mistake",
    openapi_extra={"x-permission": permission_of(service.void_abstraction).value},
)
def void_abstraction(
    abstraction_id: PathId,
    request: Annotated[VoidAbstractionRequest, Depends(body(VoidAbstractionRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
) -> AbstractionResponse:
    service.void_abstraction(session, caller, abstraction_id, request.reason, sent)
    return answers.recorded(session, abstraction_id)


@router.put(
    "/{abstraction_id}/confirmations/{decision_id}",
    status_code=201,
    responses=_DONE,
    summary="Confirm that the version you read was so (If-Match)",
    openapi_extra={"x-permission": permission_of(service.confirm_abstraction).value},
)
def confirm_abstraction(
    abstraction_id: PathId,
    decision_id: PathId,
    request: Annotated[ConfirmAbstractionRequest, Depends(body(ConfirmAbstractionRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> AbstractionResponse:
    expected = expected_revision(if_match)
    done = service.confirm_abstraction(
        session, caller, abstraction_id, decision_id, request.note, sent, expected
    )
    return _answer(response, done, answers.recorded(session, abstraction_id))


@router.put(
    "/{abstraction_id}/disputes/{decision_id}",
    status_code=201,
    responses=_DONE,
    summary="Say that it was not so (a supervisor with If-Match)",
    openapi_extra={"x-permission": permission_of(service.dispute_abstraction).value},
)
def dispute_abstraction(
    abstraction_id: PathId,
    decision_id: PathId,
    request: Annotated[DisputeAbstractionRequest, Depends(body(DisputeAbstractionRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> AbstractionResponse:
    expected = expected_revision(if_match)
    done = service.dispute_abstraction(
        session, caller, abstraction_id, decision_id, request.note, sent, expected
    )
    return _answer(response, done, answers.recorded(session, abstraction_id))
