"""`/v1/destinations`: where messages may go; `/v1/subscriptions`: who hears of what; `/v1/outbox`: what became of
messages, and having them delivered again."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.outbox.addresses import Allowed
from app.outbox.attempts import MessageFilter, MessageState
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId, QueryInstant
from app.telling import answers, service
from app.telling.channels import allowed_by
from app.telling.schemas import (
    DestinationList,
    DestinationRequest,
    DestinationResponse,
    MessagePage,
    MessageResponse,
    ReplayRequest,
    ReplayResponse,
    SecretRequest,
    SendRequest,
    SubscriptionList,
    SubscriptionRequest,
    SubscriptionResponse,
    TellingVoidRequest,
)
from app.telling.topics import Topic

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["telling"])


def _permission(use_case: Callable[..., object]) -> dict[str, str]:
    return {"x-permission": permission_of(use_case).value}


async def _allowed(request: Request) -> Allowed:
    return allowed_by(request.app.state.settings)


AllowedDep = Annotated[Allowed, Depends(_allowed)]


@router.get(
    "/destinations",
    summary="Where messages may go",
    openapi_extra=_permission(answers.list_destinations),
)
def list_destinations(session: Reading, caller: CallerDep, now: Now) -> DestinationList:
    return answers.list_destinations(session, caller, now)


@router.put(
    "/destinations/{destination_id}",
    status_code=201,
    responses={200: {"model": DestinationResponse, "description": "Made before"}},
    summary="Make a mailbox, Teams channel or webhook known",
    openapi_extra=_permission(service.save_destination),
)
def save_destination(
    destination_id: PathId,
    request: Annotated[DestinationRequest, Depends(body(DestinationRequest))],
    allowed: AllowedDep,
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> DestinationResponse:
    created, made = service.save_destination(session, caller, destination_id, request, allowed, now)
    response.status_code = 201 if created else 200
    return made


@router.put(
    "/destinations/{destination_id}/secrets/{secret_id}",
    status_code=201,
    responses={200: {"model": DestinationResponse, "description": "Given before"}},
    summary="Give a destination a new address, or another key to sign with",
    openapi_extra=_permission(service.replace_secret),
)
def replace_secret(
    destination_id: PathId,
    secret_id: PathId,
    request: Annotated[SecretRequest, Depends(body(SecretRequest))],
    allowed: AllowedDep,
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> DestinationResponse:
    created, made = service.replace_secret(session, caller, destination_id, secret_id, request, allowed, now)
    response.status_code = 201 if created else 200
    return made


@router.put(
    "/destinations/{destination_id}/void",
    summary="Take a destination back; its secrets are erased",
    openapi_extra=_permission(service.void_destination),
)
def void_destination(
    destination_id: PathId,
    request: Annotated[TellingVoidRequest, Depends(body(TellingVoidRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> DestinationResponse:
    return service.void_destination(session, caller, destination_id, request.reason, now)


@router.put(
    "/destinations/{destination_id}/tests/{message_id}",
    summary="Send a destination a message that tells nothing",
    openapi_extra=_permission(service.try_destination),
)
def try_destination(
    destination_id: PathId,
    message_id: PathId,
    _request: Annotated[SendRequest, Depends(body(SendRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> MessageResponse:
    return service.try_destination(session, caller, destination_id, message_id, now)


@router.get(
    "/subscriptions",
    summary="Who hears of what",
    openapi_extra=_permission(answers.list_subscriptions),
)
def list_subscriptions(session: Reading, caller: CallerDep, now: Now) -> SubscriptionList:
    return answers.list_subscriptions(session, caller, now)


@router.put(
    "/subscriptions/{subscription_id}",
    status_code=201,
    responses={200: {"model": SubscriptionResponse, "description": "Made before"}},
    summary="Have a destination, or a role's destinations, hear of topics in an area",
    openapi_extra=_permission(service.save_subscription),
)
def save_subscription(
    subscription_id: PathId,
    request: Annotated[SubscriptionRequest, Depends(body(SubscriptionRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> SubscriptionResponse:
    created, made = service.save_subscription(session, caller, subscription_id, request, now)
    response.status_code = 201 if created else 200
    return made


@router.put(
    "/subscriptions/{subscription_id}/void",
    summary="Take a subscription back",
    openapi_extra=_permission(service.void_subscription),
)
def void_subscription(
    subscription_id: PathId,
    request: Annotated[TellingVoidRequest, Depends(body(TellingVoidRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> SubscriptionResponse:
    return service.void_subscription(session, caller, subscription_id, request.reason, now)


@router.get(
    "/outbox",
    summary="Messages and what became of them; dead letters with `state=dead`",
    openapi_extra=_permission(answers.list_messages),
)
def list_messages(
    session: Reading,
    caller: CallerDep,
    state: MessageState | None = None,
    topic: Topic | None = None,
    destination_id: PathId | None = None,
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="Made then or later.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Made before then.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> MessagePage:
    wanted = MessageFilter(state, topic.value if topic else None, destination_id, from_at, to_at)
    return answers.list_messages(session, caller, wanted, cursor, limit)


@router.put(
    "/outbox/{message_id}/replay",
    summary="Have a message delivered again",
    openapi_extra=_permission(service.replay_message),
)
def replay_message(
    message_id: PathId,
    _request: Annotated[SendRequest, Depends(body(SendRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> MessageResponse:
    return service.replay_message(session, caller, message_id, now)


@router.post(
    "/outbox/replays",
    summary="Have many messages delivered again",
    openapi_extra=_permission(service.replay_messages),
)
def replay_messages(
    request: Annotated[ReplayRequest, Depends(body(ReplayRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> ReplayResponse:
    return service.replay_messages(session, caller, request, now)
