"""What a message is, what became of an attempt to deliver it, and when it is tried again. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

# The waits that Standard Webhooks 1.0 gives as its example: ten attempts over three days and a little more.
WAITS = tuple(
    timedelta(seconds=each) for each in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
MOST_ATTEMPTS = len(WAITS) + 1
LONGEST_WAIT = WAITS[-1]
# By how much of it a wait may be shorter, so that what failed together is not tried together.
JITTER = 0.2


class MessageState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler is given: `id` stays the same at every attempt, `attempt` counts from 1."""

    id: UUID
    force_id: UUID
    topic: str
    channel: str
    destination_id: UUID
    payload: Mapping[str, Any]
    created_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are meant; None leaves a filter out. `from_at` to `to_at` is half open, by when one was made."""

    state: MessageState | None = None
    topic: str | None = None
    destination_id: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed: a code of ours, never what the other side said. `retry_after` is what it asked for;
    `for_good` says that no further attempt can succeed."""

    code: str
    retry_after: timedelta | None = None
    for_good: bool = False


# None when the other side has taken the message.
Outcome = Failure | None
Handler = Callable[[Message, datetime], Outcome]


def next_attempt(attempts: int, failure: Failure, now: datetime, chance: float) -> datetime | None:
    """When a message is tried again that has failed so many times; None when it is given up.

    `chance` is in [0, 1): 0 waits the whole time, almost 1 a fifth less. After the first failure 5 s, after the second
    300 s. A receiver that asks for ten minutes after the first gets them; who asks for a week gets a day. None after
    the tenth failure, and after the first that is for good.
    """
    if failure.for_good or attempts >= MOST_ATTEMPTS:
        return None
    wait = WAITS[max(attempts, 1) - 1] * (1 - JITTER * chance)
    asked = min(failure.retry_after or timedelta(0), LONGEST_WAIT)
    return now + max(wait, asked)


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long an answer's `Retry-After` asks to wait, in seconds or until a date; None when it says nothing readable.

    `"120"` is two minutes; `"Wed, 21 Oct 2026 07:28:00 GMT"` at 07:27:00 is one; a date that is over is no wait.
    """
    if value is None:
        return None
    if value.isascii() and value.isdigit() and len(value) < 10:
        return timedelta(seconds=int(value))
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, timedelta(0))


def state_of(delivered_at: datetime | None, dead_at: datetime | None) -> MessageState:
    """What a message's two ends say of it."""
    if delivered_at is not None:
        return MessageState.DELIVERED
    return MessageState.WAITING if dead_at is None else MessageState.DEAD
