"""Reads of messages: what is due, what a force's messages came to. They show no payload to anybody."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from app.outbox.attempts import MessageFilter, MessageState
from app.outbox.models import OutboxMessage


def is_due(now: datetime) -> ColumnElement[bool]:
    """The condition that a message waits, its time has come, and nobody is at it."""
    return and_(
        col(OutboxMessage.delivered_at).is_(None),
        col(OutboxMessage.dead_at).is_(None),
        col(OutboxMessage.due_at) <= now,
        or_(col(OutboxMessage.claimed_until).is_(None), col(OutboxMessage.claimed_until) <= now),
    )


def anything_due(session: Session, now: datetime) -> bool:
    """Whether a message of any force is due."""
    return session.exec(select(OutboxMessage.id).where(is_due(now)).limit(1)).first() is not None


def next_due_locked(session: Session, now: datetime, resting: Collection[UUID]) -> OutboxMessage | None:
    """The message that has been due longest, but to no destination that rests; held, and none that others hold."""
    wanted = select(OutboxMessage).where(is_due(now), col(OutboxMessage.destination_id).not_in(resting))
    ordered = wanted.order_by(col(OutboxMessage.due_at), col(OutboxMessage.id)).limit(1)
    return session.exec(ordered.with_for_update(skip_locked=True)).first()


def given_up_lately(session: Session, now: datetime, within: timedelta) -> int:
    """How many messages of all forces were given up lately and are still undelivered."""
    found = select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.dead_at) > now - within)
    return session.exec(found).one()


def conditions(force_id: UUID, wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """That a message is a force's and one of those meant."""
    found: list[ColumnElement[bool]] = [col(OutboxMessage.force_id) == force_id]
    delivered, dead = col(OutboxMessage.delivered_at).is_not(None), col(OutboxMessage.dead_at).is_not(None)
    if wanted.state is not None:
        waiting = and_(~delivered, ~dead)
        of_state = {
            MessageState.DELIVERED: delivered,
            MessageState.DEAD: dead,
            MessageState.WAITING: waiting,
        }
        found.append(of_state[wanted.state])
    if wanted.topic is not None:
        found.append(col(OutboxMessage.topic) == wanted.topic)
    if wanted.destination_id is not None:
        found.append(col(OutboxMessage.destination_id) == wanted.destination_id)
    if wanted.from_at is not None:
        found.append(col(OutboxMessage.created_at) >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(col(OutboxMessage.created_at) < wanted.to_at)
    return found


def messages(
    session: Session, force_id: UUID, wanted: MessageFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[OutboxMessage]:
    """A page of a force's messages, the latest first."""
    at, message_id = col(OutboxMessage.created_at), col(OutboxMessage.id)
    query = select(OutboxMessage).where(*conditions(force_id, wanted))
    if after is not None:
        query = query.where(or_(at < after[0], and_(at == after[0], message_id < after[1])))
    return list(session.exec(query.order_by(at.desc(), message_id.desc()).limit(limit)).all())


def message(session: Session, force_id: UUID, message_id: UUID) -> OutboxMessage | None:
    """One message of a force."""
    wanted = select(OutboxMessage).where(OutboxMessage.force_id == force_id, OutboxMessage.id == message_id)
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def due_for_erasing(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[OutboxMessage]:
    """A page of the messages that were delivered or given up before the cutoff, by id, after one."""
    ended = func.coalesce(col(OutboxMessage.delivered_at), col(OutboxMessage.dead_at))
    query = select(OutboxMessage).where(OutboxMessage.force_id == force_id, ended < cutoff)
    if after is not None:
        query = query.where(col(OutboxMessage.id) > after)
    return list(session.exec(query.order_by(col(OutboxMessage.id)).limit(limit)).all())
