"""Delivers what is due, at least once: claims a message and makes that durable, hands it to its handler while no
transaction is open, and records what became of it.

Any number of these may run at once. A process that ends anywhere loses nothing: before the claim is durable the message
is as it was; afterwards the claim lapses and the message is delivered again, under the id its receiver knows it by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Engine

from app.database.session import reading, transaction
from app.outbox import queries, service
from app.outbox.attempts import Failure, Handler, Message, Outcome
from app.rest.problem_documents import log_unexpected

# A destination that takes longer is left alone until the next round, so that others need not wait for it.
SLOW = timedelta(seconds=2)
GIVEN_UP_LATELY = timedelta(days=7)
_log = structlog.get_logger("beatcheck.outbox")


@dataclass(frozen=True, slots=True)
class Chance:
    """What is not worked out: the id of a claim, and a number in [0, 1)."""

    new_id: Callable[[], UUID]
    number: Callable[[], float]


CHANCE = Chance(uuid4, SystemRandom().random)


@dataclass(frozen=True, slots=True)
class Round:
    """How many messages one round delivered, and how many attempts failed."""

    delivered: int = 0
    failed: int = 0


def dispatch(
    engine: Engine,
    handlers: Mapping[str, Handler],
    now: Callable[[], datetime],
    chance: Chance,
    stopping: Callable[[], bool] = lambda: False,
) -> Round:
    """Delivers what is due until nothing is, or `stopping` says so. A destination that fails or is slow rests until the
    next round: the rest of what waits for it would fare no better."""
    with reading(engine) as session:
        if not queries.anything_due(session, now()):
            return Round()
    delivered = failed = 0
    resting: set[UUID] = set()
    while not stopping():
        claim_id, begun = chance.new_id(), now()
        with transaction(engine) as session:
            message = service.claim(session, claim_id, resting, begun)
        if message is None:
            break
        outcome = _attempt(handlers, message, begun)
        ended = now()
        with transaction(engine) as session:
            service.conclude(session, message, claim_id, outcome, ended, chance.number())
        if outcome is None:
            delivered += 1
        else:
            failed += 1
            _log.info("message_not_delivered", message=str(message.id), code=outcome.code)
        if outcome is not None or ended - begun > SLOW:
            resting.add(message.destination_id)
    return Round(delivered, failed)


def _attempt(handlers: Mapping[str, Handler], message: Message, now: datetime) -> Outcome:
    handler = handlers.get(message.channel)
    if handler is None:
        return Failure("no-such-channel")
    try:
        return handler(message, now)
    except Exception as error:
        # One message that nobody foresaw must not keep all others waiting.
        log_unexpected(error)
        return Failure("unexpected")


def given_up(engine: Engine, now: datetime) -> int:
    """How many messages were given up in the last week and are still undelivered."""
    with reading(engine) as session:
        return queries.given_up_lately(session, now, GIVEN_UP_LATELY)
