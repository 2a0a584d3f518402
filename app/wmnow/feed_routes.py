"""`/v1/wmnow/feeds`, `/v1/wmnow/messages`: how pulls and messages go; `/v1/wmnow/webhooks/{force_code}`: where the
tracker sends its messages, signed instead of signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import BodyLimits, body, read_bytes
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId
from app.settings import Settings
from app.wmnow import feeding, inbox
from app.wmnow.feed_schemas import (
    FeedList,
    FeedResponse,
    GoOnRequest,
    Kept,
    ReadAgainRequest,
    RunPage,
    TrackerMessage,
    TrackerMessagePage,
)

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/wmnow", tags=["wmnow"])
# Mounted beside the sign-in: the signature says who calls.
webhooks = APIRouter(prefix="/v1/wmnow", tags=["wmnow"])
_LIMITS = BodyLimits(sent=262_144, decoded=262_144)
_UNBOUNDED = 2**50


@webhooks.post(
    "/webhooks/{force_code}",
    status_code=202,
    summary="A signed message of the tracker: kept, answered, read afterwards",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}},
        },
    },
    max_body_size=_UNBOUNDED,
)
async def receive(request: Request, force_code: Annotated[str, Path(min_length=1, max_length=32)]) -> Kept:
    raw = await read_bytes(request, _LIMITS)
    settings: Settings = request.app.state.settings
    message = inbox.Signed(force_code, request.headers, raw)
    kept = await run_in_threadpool(
        inbox.receive, request.app.state.engine, settings.wmnow_webhooks, message, request.app.state.now()
    )
    return Kept(kept=kept)


@router.get(
    "/feeds",
    summary="Where each feed stands, and what it waits for",
    openapi_extra={"x-permission": permission_of(feeding.list_feeds).value},
)
def list_feeds(session: Reading, caller: CallerDep, now: Now) -> FeedList:
    return feeding.list_feeds(session, caller, now)


@router.get(
    "/runs",
    summary="Runs of the pull, latest first",
    openapi_extra={"x-permission": permission_of(feeding.list_runs).value},
)
def list_runs(
    session: Reading, caller: CallerDep, now: Now, cursor: Cursor = None, limit: Limit = 100
) -> RunPage:
    return feeding.list_runs(session, caller, now, cursor, limit)


@router.post(
    "/feeds/{feed_id}/go-on",
    summary="Let a stopped feed go on, from the beginning",
    openapi_extra={"x-permission": permission_of(feeding.go_on).value},
)
def go_on(
    feed_id: PathId,
    request: Annotated[GoOnRequest, Depends(body(GoOnRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> FeedResponse:
    return feeding.go_on(session, caller, feed_id, request, now)


@router.get(
    "/messages",
    summary="Messages of the last week, latest first",
    openapi_extra={"x-permission": permission_of(feeding.list_messages).value},
)
def list_messages(
    session: Reading,
    caller: CallerDep,
    now: Now,
    outcome: Annotated[
        str | None,
        Query(max_length=40, pattern="^[a-z-]+$", description="`waiting`, `failed`, `new`, `rejected`, …"),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> TrackerMessagePage:
    return feeding.list_messages(session, caller, now, outcome, cursor, limit)


@router.post(
    "/messages/{inbox_id}/read-again",
    summary="Read a message again that could not be stored",
    openapi_extra={"x-permission": permission_of(feeding.read_again).value},
)
def read_again(
    inbox_id: PathId,
    _nothing: Annotated[ReadAgainRequest, Depends(body(ReadAgainRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> TrackerMessage:
    return feeding.read_again(session, caller, inbox_id, now)
