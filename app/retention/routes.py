"""`/v1/holds`: what must be kept whatever the rules say; `/v1/retention-rules`: the rules. They change by
`POST /v1/imports/retention` only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId
from app.retention import service
from app.retention.schemas import HoldPage, HoldReleaseRequest, HoldRequest, HoldResponse, RetentionRuleList

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["retention"])


@router.get(
    "/holds",
    summary="What must be kept, by whose decision",
    openapi_extra={"x-permission": permission_of(service.list_holds).value},
)
def list_holds(
    session: Reading,
    caller: CallerDep,
    now: Now,
    released: Annotated[bool, Query(description="Those released, instead of those that stand.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> HoldPage:
    return service.list_holds(session, caller, now, released=released, cursor=cursor, limit=limit)


@router.put(
    "/holds/{hold_id}",
    status_code=201,
    responses={200: {"model": HoldResponse, "description": "Placed before"}},
    summary="Keep a patrol, an officer's patrols or a hotspot's in a period",
    openapi_extra={"x-permission": permission_of(service.place_hold).value},
)
def place_hold(
    hold_id: PathId,
    request: Annotated[HoldRequest, Depends(body(HoldRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> HoldResponse:
    created, hold = service.place_hold(session, caller, hold_id, request, now)
    response.status_code = 201 if created else 200
    return hold


@router.put(
    "/holds/{hold_id}/release",
    summary="Release a hold that somebody else placed",
    openapi_extra={"x-permission": permission_of(service.release_hold).value},
)
def release_hold(
    hold_id: PathId,
    request: Annotated[HoldReleaseRequest, Depends(body(HoldReleaseRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> HoldResponse:
    return service.release_hold(session, caller, hold_id, request.reason, now)


@router.get(
    "/retention-rules",
    summary="How long what is kept, and since when",
    openapi_extra={"x-permission": permission_of(service.list_rules).value},
)
def list_rules(session: Reading, caller: CallerDep, now: Now) -> RetentionRuleList:
    return service.list_rules(session, caller, now)
