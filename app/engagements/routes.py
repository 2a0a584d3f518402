"""`/v1/engagements`: what officers do to be met and heard, promises and what came of them, reports and gaps."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.engagements import answers, report_answers, service
from app.engagements.report_schemas import EngagementGaps, EngagementReport
from app.engagements.reporting import EngagementBy
from app.engagements.schemas import (
    ActionRequest,
    EngagementFilter,
    EngagementHistory,
    EngagementPage,
    EngagementRequest,
    EngagementResponse,
    VoidEngagementRequest,
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

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/engagements", tags=["engagements"])

_CodeText = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]
_ASIDE: dict[int | str, dict[str, Any]] = {
    202: {
        "model": QuarantinedResponse,
        "description": "Kept aside: captured by somebody else. Do not send it again.",
    },
    200: {"model": EngagementResponse, "description": "Recorded before, or corrected"},
}


async def _filters(
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="Began then or later.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Began before then.")] = None,
    team_id: PathId | None = None,
    area_id: Annotated[
        PathId | None,
        Query(
            description="The area and all below it: below an LPA where it was held, if known, else by team."
        ),
    ] = None,
    officer_id: Annotated[PathId | None, Query(description="Recorded it or took part.")] = None,
    engagement_type: _CodeText = None,
    method: _CodeText = None,
    priority_group: _CodeText = None,
    minority_group: _CodeText = None,
    issue: _CodeText = None,
) -> EngagementFilter:
    return EngagementFilter(
        from_at, to_at, team_id, area_id, officer_id, engagement_type=engagement_type, method=method,
        priority_group=priority_group, minority_group=minority_group, issue=issue,
    )  # fmt: skip


Filters = Annotated[EngagementFilter, Depends(_filters)]


def _status(response: Response, done: Recorded) -> None:
    response.status_code = 202 if done.quarantined else 201 if done.created else 200


@router.get(
    "",
    summary="Engagements of your scope, latest first",
    openapi_extra={"x-permission": permission_of(answers.list_engagements).value},
)
def list_engagements(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted: Filters,
    patrol_id: PathId | None = None,
    counted_as: Literal["engagement", "hotspot_contact"] | None = None,
    voided: Annotated[bool, Query(description="What was taken back, instead of what stands.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> EngagementPage:
    narrowed = answers.narrowed(wanted, patrol_id, counted_as, voided=voided)
    return answers.list_engagements(session, caller, narrowed, cursor, limit, now)


@router.get(
    "/report",
    summary="Engagements added up by place, team, officer, kind, group or time",
    response_model=EngagementReport,
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
    group_by: Annotated[EngagementBy, Query(description="What a row stands for.")] = EngagementBy.LPA,
) -> Response | EngagementReport:
    settings: Settings = request.app.state.settings
    shown_in = frozenset(settings.officer_views)
    told = report_answers.read_report(session, caller, group_by, wanted, shown_in, now)
    return csv_file(f"engagements-by-{group_by}", report_answers.as_table(told)) if as_csv else told


@router.get(
    "/gaps",
    summary="Places and groups that nobody engaged with for so long",
    response_model=EngagementGaps,
    responses={200: {"description": "JSON, or CSV", "content": CSV}},
    openapi_extra={"x-permission": permission_of(report_answers.read_gaps).value},
)
def read_gaps(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    days: Annotated[int, Query(ge=1, le=730, description="For how long.")] = 28,
) -> Response | EngagementGaps:
    told = report_answers.read_gaps(session, caller, days, now)
    return csv_file("engagement-gaps", report_answers.gaps_as_table(told)) if as_csv else told


@router.put(
    "/{engagement_id}",
    status_code=201,
    responses=_ASIDE,
    summary="Record an engagement, or correct it (If-Match and a reason)",
    openapi_extra={"x-permission": permission_of(service.record_engagement).value},
)
def record_engagement(
    engagement_id: PathId,
    request: Annotated[EngagementRequest, Depends(body(EngagementRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> EngagementResponse | QuarantinedResponse:
    expected = expected_revision(if_match)
    done = service.record_engagement(session, caller, engagement_id, request, sent, expected)
    _status(response, done)
    if done.quarantined:
        return QuarantinedResponse(id=engagement_id)
    return _tagged(response, answers.recorded(session, engagement_id))


def _tagged(response: Response, told: EngagementResponse) -> EngagementResponse:
    response.headers["ETag"] = revision_etag(told.revision)
    return told


@router.get(
    "/{engagement_id}",
    summary="One engagement",
    openapi_extra={"x-permission": permission_of(answers.read_engagement).value},
)
def read_engagement(
    engagement_id: PathId, session: Reading, caller: CallerDep, now: Now, response: Response
) -> EngagementResponse:
    return _tagged(response, answers.read_engagement(session, caller, engagement_id, now))


@router.get(
    "/{engagement_id}/history",
    summary="Every version of an engagement, and why it was corrected",
    openapi_extra={"x-permission": permission_of(answers.read_history).value},
)
def read_history(engagement_id: PathId, session: Reading, caller: CallerDep, now: Now) -> EngagementHistory:
    return answers.read_history(session, caller, engagement_id, now)


@router.put(
    "/{engagement_id}/void",
    summary="Take back an engagement that was a mistake",
    openapi_extra={"x-permission": permission_of(service.void_engagement).value},
)
def void_engagement(
    engagement_id: PathId,
    request: Annotated[VoidEngagementRequest, Depends(body(VoidEngagementRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
) -> EngagementResponse:
    service.void_engagement(session, caller, engagement_id, request.reason, sent)
    return answers.recorded(session, engagement_id)


@router.put(
    "/{engagement_id}/actions/{action_id}",
    status_code=201,
    responses={200: {"model": EngagementResponse, "description": "Recorded before, or corrected"}},
    summary="Promise something, or say what came of it (If-Match and a reason)",
    openapi_extra={"x-permission": permission_of(service.record_action).value},
)
def record_action(
    engagement_id: PathId,
    action_id: PathId,
    request: Annotated[ActionRequest, Depends(body(ActionRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> EngagementResponse:
    expected = expected_revision(if_match)
    done = service.record_action(session, caller, engagement_id, action_id, request, sent, expected)
    _status(response, done)
    return answers.recorded(session, engagement_id)


@router.put(
    "/{engagement_id}/actions/{action_id}/void",
    summary="Take back a promise that was a mistake",
    openapi_extra={"x-permission": permission_of(service.void_action).value},
)
def void_action(
    engagement_id: PathId,
    action_id: PathId,
    request: Annotated[VoidEngagementRequest, Depends(body(VoidEngagementRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
) -> EngagementResponse:
    service.void_action(session, caller, engagement_id, action_id, request.reason, sent)
    return answers.recorded(session, engagement_id)
