"""`/v1/alerts`: what needs somebody. An officer's own at once, a supervisor's as a digest when it has lasted;
`/v1/alert-rules`: when what is raised. They change by `POST /v1/imports/alert-rules` only."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from app.alerts import service
from app.alerts.rules import AlertFilter, AlertKind
from app.alerts.schemas import AcknowledgementRequest, AlertDigest, AlertPage, AlertResponse, AlertRuleList
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pages import page
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId, QueryInstant

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["alerts"])
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "JSON, or a page that prints",
        "content": {"text/html": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/alerts",
    summary="What needs me, and what of my team or area has lasted",
    openapi_extra={"x-permission": permission_of(service.list_alerts).value},
)
def list_alerts(
    session: Reading,
    caller: CallerDep,
    now: Now,
    kind: AlertKind | None = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Those that stand, or those that are over; both.")
    ] = None,
    team_id: PathId | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="Raised then or later.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Raised before then.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> AlertPage:
    wanted = AlertFilter(kind, is_open, team_id, area_id, from_at, to_at)
    return service.list_alerts(session, caller, wanted, cursor, limit, now)


@router.get(
    "/alerts/digest",
    summary="What is open for my teams, the worst first, and what is new since the last digest",
    response_model=AlertDigest,
    responses=_PAGE,
    openapi_extra={"x-permission": permission_of(service.read_digest).value},
)
def read_digest(
    session: Reading,
    caller: CallerDep,
    now: Now,
    since: Annotated[
        QueryInstant | None, Query(description="`generated_at` of the last digest; a day ago.")
    ] = None,
    wanted_format: Annotated[
        Literal["json", "html"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Response | AlertDigest:
    digest = service.read_digest(session, caller, since, now)
    if wanted_format == "html" or (wanted_format is None and "text/html" in accept):
        return page("alert_digest.html", {"digest": digest})
    return digest


@router.put(
    "/alerts/{alert_id}/acknowledgements/{acknowledgement_id}",
    status_code=201,
    responses={200: {"model": AlertResponse, "description": "Said before"}},
    summary="Say that I have seen an alert and deal with it",
    openapi_extra={"x-permission": permission_of(service.acknowledge).value},
)
def acknowledge(
    alert_id: PathId,
    acknowledgement_id: PathId,
    request: Annotated[AcknowledgementRequest, Depends(body(AcknowledgementRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> AlertResponse:
    created, alert = service.acknowledge(session, caller, alert_id, acknowledgement_id, request, now)
    response.status_code = 201 if created else 200
    return alert


@router.get(
    "/alert-rules",
    summary="When what is raised, and for how long it is its officer's alone",
    openapi_extra={"x-permission": permission_of(service.list_rules).value},
)
def list_rules(session: Reading, caller: CallerDep, now: Now) -> AlertRuleList:
    return service.list_rules(session, caller, now)
