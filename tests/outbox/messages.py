"""Messages of a test, put in and looked at as rows, and rounds that deliver them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlmodel import col, select

from app.database.session import reading, transaction
from app.outbox.attempts import Handler
from app.outbox.dispatching import Chance, Round, dispatch
from app.outbox.models import OutboxMessage
from app.outbox.service import NewMessage, enqueue
from tests.conftest import named

CHANNEL = "test"
# The longest waits, so that a test can name the instant of the next attempt.
PATIENT = Chance(uuid4, lambda: 0.0)


def message(name: str, now: datetime, to: str = "there", channel: str = CHANNEL) -> NewMessage:
    """A message with a name of the test's."""
    return NewMessage(named(name), named("FORCE"), "test", channel, named(to), now, {"name": name})


def put_in(engine: Engine, now: datetime, *names: str, to: str = "there", channel: str = CHANNEL) -> int:
    """Puts messages in, each with a name of the test's; how many were new."""
    with transaction(engine) as session:
        return sum(enqueue(session, message(name, now, to, channel), now) for name in names)


def stored(engine: Engine) -> dict[UUID, OutboxMessage]:
    with reading(engine) as session:
        rows = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.created_at))).all()
    return {row.id: row for row in rows}


def deliver(
    engine: Engine,
    handlers: Mapping[str, Handler],
    now: datetime | Callable[[], datetime],
    chance: Chance = PATIENT,
) -> Round:
    """One round at an instant."""
    return dispatch(engine, handlers, now if callable(now) else lambda: now, chance)
