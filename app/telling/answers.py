"""The reading use cases: destinations without their secrets, subscriptions, messages without what they say."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.identity.permissions import Caller, Permission, requires
from app.outbox import queries as outbox
from app.outbox.attempts import MessageFilter, state_of
from app.outbox.models import OutboxMessage
from app.problems import not_found
from app.rest.pagination import decode_cursor, encode_cursor
from app.telling import queries
from app.telling.models import Destination, DestinationSecret, Subscription
from app.telling.schemas import (
    DestinationList,
    DestinationResponse,
    KeyResponse,
    MessagePage,
    MessageResponse,
    SubscriptionList,
    SubscriptionResponse,
    time_of,
)
from app.telling.topics import Topic


@requires(Permission.TELLING_READ)
def list_destinations(session: Session, caller: Caller, now: datetime) -> DestinationList:
    """Every destination of the caller's force."""
    rows = queries.destinations_seen(session, caller, now)
    keys = queries.keys_of(session, [row.id for row in rows], now)
    return DestinationList(items=[_destination(row, keys[row.id]) for row in rows])


def destination(session: Session, caller: Caller, destination_id: UUID, now: datetime) -> DestinationResponse:
    """One destination of the caller's force, as it now is."""
    row = queries.destination_locked(session, caller, destination_id, now)
    if row is None:
        raise not_found()
    return _destination(row, queries.keys_of(session, [row.id], now)[row.id])


def _destination(row: Destination, keys: list[DestinationSecret]) -> DestinationResponse:
    return DestinationResponse(
        id=row.id,
        channel=row.channel,
        name=row.name,
        mailbox=row.mailbox,
        host=row.host,
        area_id=row.area_id,
        role=row.role,
        officers_named=row.officers_named,
        keys=[KeyResponse(id=key.id, since=key.received_at, until=key.until_at) for key in keys],
        created_at=row.received_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


@requires(Permission.TELLING_READ)
def list_subscriptions(session: Session, caller: Caller, now: datetime) -> SubscriptionList:
    """Every subscription of the caller's force."""
    return SubscriptionList(
        items=[_subscription(row) for row in queries.subscriptions_seen(session, caller, now)]
    )


def subscription(
    session: Session, caller: Caller, subscription_id: UUID, now: datetime
) -> SubscriptionResponse:
    """One subscription of the caller's force, as it now is."""
    row = queries.subscription_locked(session, caller, subscription_id, now)
    if row is None:
        raise not_found()
    return _subscription(row)


def _subscription(row: Subscription) -> SubscriptionResponse:
    return SubscriptionResponse(
        id=row.id,
        area_id=row.area_id,
        topics=[Topic(topic) for topic in row.topics],
        destination_id=row.destination_id,
        role=row.role,
        quiet_from=time_of(row.quiet_from),
        quiet_until=time_of(row.quiet_until),
        digest_at=time_of(row.digest_at),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        created_at=row.received_at,
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


@requires(Permission.OUTBOX_READ)
def list_messages(
    session: Session, caller: Caller, wanted: MessageFilter, cursor: str | None, limit: int
) -> MessagePage:
    """A page of the messages of the caller's force, latest first. They say nothing of anybody here: what they told is
    not shown."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = outbox.messages(session, caller.force_id, wanted, after, limit + 1)
    page = rows[:limit]
    names = queries.names_of(session, caller.force_id, {row.destination_id for row in page})
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None
    return MessagePage(
        items=[_message(row, names.get(row.destination_id)) for row in page], next_cursor=following
    )


def message(session: Session, caller: Caller, message_id: UUID) -> MessageResponse:
    """One message of the caller's force."""
    row = outbox.message(session, caller.force_id, message_id)
    if row is None:
        raise not_found()
    names = queries.names_of(session, caller.force_id, {row.destination_id})
    return _message(row, names.get(row.destination_id))


def _message(row: OutboxMessage, name: str | None) -> MessageResponse:
    return MessageResponse(
        id=row.id,
        topic=row.topic,
        channel=row.channel,
        destination_id=row.destination_id,
        destination_name=name,
        state=state_of(row.delivered_at, row.dead_at),
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        attempted_at=row.attempted_at,
        delivered_at=row.delivered_at,
        given_up_at=row.dead_at,
        last_error=row.last_error,
        replays=row.replays,
    )
