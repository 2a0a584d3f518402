"""Destinations, subscriptions and messages on the wire. Secrets are read, never written."""

import re
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, PlainSerializer, model_validator

from app.clock import rfc3339
from app.database.types import safe_text
from app.identity.permissions import Role
from app.outbox.addresses import read_place
from app.outbox.attempts import MessageState
from app.outbox.signing import read_secret
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, parse_day
from app.telling.topics import Channel, Topic

Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@"
    r"(?=.{4,189}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}",
    re.ASCII,
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _mailbox(value: str) -> str:
    if not _MAILBOX.fullmatch(value):
        raise ValueError("must be one mailbox such as north.sergeants@force.example")
    return value


def _url(value: str) -> str:
    read_place(value)
    return value


def _key(value: str) -> str:
    read_secret(value)
    return value


def minutes_of(value: str) -> int:
    """The minute of the day of `22:30`, which is 1350."""
    hours, minutes = value.split(":")
    return int(hours) * 60 + int(minutes)


def time_of(minutes: int | None) -> str | None:
    """`22:30` for 1350."""
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"


Mailbox = Annotated[str, Field(max_length=254), AfterValidator(_mailbox)]
SecretUrl = Annotated[str, Field(max_length=2000), AfterValidator(_url)]
SecretKey = Annotated[str, Field(max_length=100), AfterValidator(_key)]
ClockTime = Annotated[str, Field(pattern=_TIME.pattern, min_length=5, max_length=5)]
Day = Annotated[date, Field(strict=False), AfterValidator(parse_day)]
# JSON has no enumerations: the strict reader of a body is told to take the text.
AnyChannel = Annotated[Channel, Field(strict=False)]
AnyRole = Annotated[Role, Field(strict=False)]
AnyTopic = Annotated[Topic, Field(strict=False)]
AnyState = Annotated[MessageState, Field(strict=False)]
Reason = safe_text(500, 3)


class DestinationRequest(RequestModel):
    """Where messages may go. A mailbox for `email`, a `url` for `teams` and `webhook`, a `key` besides for `webhook`;
    url and key are never shown again. `area_id` with `role`: the destination of that role's people there."""

    channel: AnyChannel
    name: safe_text(100, 1)  # type: ignore[valid-type]  # a type made by a function
    mailbox: Mailbox | None = None
    url: SecretUrl | None = None
    key: SecretKey | None = None
    area_id: Id | None = None
    role: AnyRole | None = None
    officers_named: bool = Field(
        default=False, description="Whether this system is told which officer led an engagement."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        wanted = {
            Channel.EMAIL: (True, False, False),
            Channel.TEAMS: (False, True, False),
            Channel.WEBHOOK: (False, True, True),
        }[self.channel]
        if (self.mailbox is not None, self.url is not None, self.key is not None) != wanted:
            raise ValueError("email takes a mailbox alone, teams a url alone, webhook a url and a key")
        if (self.area_id is None) != (self.role is None):
            raise ValueError("area_id and role go together")
        if self.officers_named and self.channel is not Channel.WEBHOOK:
            raise ValueError("officers are named to webhooks only")
        return self


class SecretRequest(RequestModel):
    """A new address, or a new key; never shown again. With a new key the older ones go on signing until
    `older_until`, so that the receiver can change over; a key that is known to others ends at once: give now."""

    url: SecretUrl | None = None
    key: SecretKey | None = None
    older_until: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.key is None):
            raise ValueError("give either a url or a key")
        if (self.key is None) != (self.older_until is None):
            raise ValueError("older_until goes with a key")
        return self


class TellingVoidRequest(RequestModel):
    """Why it is no longer wanted."""

    reason: Reason  # type: ignore[valid-type]  # a type made by a function


class KeyResponse(ResponseModel):
    """A key that signs: since when, until when. Its value is not told."""

    id: UUID
    since: Time
    until: Time | None


class DestinationResponse(ResponseModel):
    """A destination; of its address the host alone."""

    id: UUID
    channel: Channel
    name: str
    mailbox: str | None
    host: str | None
    area_id: UUID | None
    role: Role | None
    officers_named: bool
    keys: list[KeyResponse]
    created_at: Time
    voided_at: Time | None
    void_reason: str | None


class DestinationList(ResponseModel):
    """By name; what was voided is among them."""

    items: list[DestinationResponse]


class SubscriptionRequest(RequestModel):
    """Who hears of what in an area and all below it: one destination, or every destination of a role that is there.

    In quiet hours nobody is told; what came meanwhile is one message at their end. `digest_at` goes with the daily
    digest. Times are those of London; a subscription holds to the day before `valid_to`.
    """

    area_id: Id
    topics: Annotated[list[AnyTopic], Field(min_length=1, max_length=len(Topic))]
    destination_id: Id | None = None
    role: AnyRole | None = None
    quiet_from: ClockTime | None = None
    quiet_until: ClockTime | None = None
    digest_at: ClockTime | None = None
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.destination_id is None) == (self.role is None):
            raise ValueError("give either a destination_id or a role")
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until go together")
        if (Topic.DIGEST in self.topics) != (self.digest_at is not None):
            raise ValueError("digest_at goes with the topic digest.daily")
        if Topic.TEST in self.topics or len(set(self.topics)) != len(self.topics):
            raise ValueError("each topic once, and not that of tests")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be later than valid_from")
        return self


class SubscriptionResponse(ResponseModel):
    """A subscription as it was given."""

    id: UUID
    area_id: UUID
    topics: list[Topic]
    destination_id: UUID | None
    role: Role | None
    quiet_from: str | None
    quiet_until: str | None
    digest_at: str | None
    valid_from: date
    valid_to: date | None
    created_at: Time
    voided_at: Time | None
    void_reason: str | None


class SubscriptionList(ResponseModel):
    """Oldest first; what was voided is among them."""

    items: list[SubscriptionResponse]


class SendRequest(RequestModel):
    """Nothing: the address says what is sent."""


class MessageResponse(ResponseModel):
    """A message and what came of it; not what it says. `last_error` is a code of ours."""

    id: UUID
    topic: str
    channel: str
    destination_id: UUID
    destination_name: str | None
    state: MessageState
    created_at: Time
    due_at: Time
    attempts: int
    attempted_at: Time | None
    delivered_at: Time | None
    given_up_at: Time | None
    last_error: str | None
    replays: int


class MessagePage(ResponseModel):
    """Latest first."""

    items: list[MessageResponse]
    next_cursor: str | None


class ReplayRequest(RequestModel):
    """Which messages are delivered again, oldest first. Only those delivered or given up are."""

    state: AnyState = MessageState.DEAD
    destination_id: Id | None = None
    topic: AnyTopic | None = None
    from_at: Instant | None = None
    to_at: Instant | None = None


class ReplayResponse(ResponseModel):
    """How many messages wait again. Ask once more when it was as many as `most`."""

    replayed: int
    most: int
