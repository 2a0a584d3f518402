"""Writes messages: put in with whatever they tell of, claimed, delivered, given up, asked for again.

A message goes in in the transaction that makes what it tells true, so neither is without the other. Its id follows from
what it tells and whom, so however many machines work that out, it goes in once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.database.model import insert_if_absent
from app.outbox import queries
from app.outbox.attempts import MOST_ATTEMPTS, Failure, Message, MessageFilter, Outcome, next_attempt
from app.outbox.models import OutboxMessage

# Longer than any attempt may take, so that a claim lapses only when its holder is gone.
CLAIM = timedelta(minutes=5)
# A process that ends while it delivers says nothing; this says it of the last attempt of a message that never came out.
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put in."""

    id: UUID
    force_id: UUID
    topic: str
    channel: str
    destination_id: UUID
    due_at: datetime
    payload: dict[str, Any] = field(repr=False)


def enqueue(session: Session, message: NewMessage, now: datetime) -> bool:
    """Puts a message in, in the caller's transaction; false when it is there already."""
    row = {
        "id": message.id,
        "force_id": message.force_id,
        "topic": message.topic,
        "channel": message.channel,
        "destination_id": message.destination_id,
        "payload": message.payload,
        "created_at": now,
        "due_at": message.due_at,
        "attempts": 0,
        "replays": 0,
    }
    return insert_if_absent(session, OutboxMessage, row)


def not_yet_tried(session: Session, message_id: UUID) -> OutboxMessage | None:
    """A message that nobody has tried to deliver, held so that what it says may still be changed by `reword`."""
    untried = select(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.attempts == 0)
    return session.exec(untried.with_for_update()).first()


def reword(session: Session, message: OutboxMessage, payload: dict[str, Any]) -> None:
    """Changes what a message of `not_yet_tried` says."""
    message.payload = payload
    session.add(message)
    session.flush()


def claim(session: Session, claim_id: UUID, resting: Collection[UUID], now: datetime) -> Message | None:
    """Takes the message that has been due longest; None when none is. It is counted as an attempt before it is one, so
    that a message that ends the process each time does not do so for ever."""
    while (row := queries.next_due_locked(session, now, resting)) is not None:
        if row.attempts < MOST_ATTEMPTS:
            row.attempts += 1
            row.claim_id, row.claimed_until, row.attempted_at = claim_id, now + CLAIM, now
            session.add(row)
            session.flush()
            return Message(
                row.id, row.force_id, row.topic, row.channel, row.destination_id, row.payload,
                row.created_at, row.attempts,
            )  # fmt: skip
        row.dead_at, row.last_error, row.claim_id, row.claimed_until = now, INTERRUPTED, None, None
        session.add(row)
        session.flush()
    return None


def conclude(
    session: Session, message: Message, claim_id: UUID, outcome: Outcome, now: datetime, chance: float
) -> bool:
    """Says what became of a message that was claimed; false when it is somebody else's by now, who will say it."""
    values = _delivered(now) if outcome is None else _failed(message, outcome, now, chance)
    mine = (col(OutboxMessage.id) == message.id, col(OutboxMessage.claim_id) == claim_id)
    done = session.connection().execute(
        update(OutboxMessage).where(*mine).values(claim_id=None, claimed_until=None, **values)
    )
    return done.rowcount > 0


def _delivered(now: datetime) -> dict[str, Any]:
    return {"delivered_at": now, "last_error": None}


def _failed(message: Message, failure: Failure, now: datetime, chance: float) -> dict[str, Any]:
    again = next_attempt(message.attempt, failure, now, chance)
    ends: dict[str, Any] = {"dead_at": now} if again is None else {"due_at": again}
    return {"last_error": failure.code, **ends}


def replay(session: Session, force_id: UUID, wanted: MessageFilter, most: int, now: datetime) -> list[UUID]:
    """Has messages of a force delivered again that were delivered or given up, the oldest first; their ids. Receivers
    know each by the id it had; what waits is left alone."""
    ended = col(OutboxMessage.delivered_at).is_not(None) | col(OutboxMessage.dead_at).is_not(None)
    chosen = (
        select(OutboxMessage.id)
        .where(ended, *queries.conditions(force_id, wanted))
        .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
        .limit(most)
    )
    ids = list(session.exec(chosen.with_for_update()).all())
    _again(session, ids, now)
    return ids


def replay_one(session: Session, force_id: UUID, message_id: UUID, now: datetime) -> bool:
    """Has one message of a force delivered again; false when it waits for that already."""
    row = session.exec(
        select(OutboxMessage)
        .where(OutboxMessage.force_id == force_id, OutboxMessage.id == message_id)
        .with_for_update()
    ).one()
    if row.delivered_at is None and row.dead_at is None:
        return False
    _again(session, [row.id], now)
    return True


def _again(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    if ids:
        session.connection().execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_(ids))
            .values(
                due_at=now,
                attempts=0,
                delivered_at=None,
                dead_at=None,
                replays=col(OutboxMessage.replays) + 1,
            )
        )


def erase(session: Session, ids: Sequence[UUID]) -> None:
    """Erases messages, for what retention decides; one that somebody had delivered again meanwhile is left."""
    ended = col(OutboxMessage.delivered_at).is_not(None) | col(OutboxMessage.dead_at).is_not(None)
    session.connection().execute(delete(OutboxMessage).where(col(OutboxMessage.id).in_(ids), ended))
