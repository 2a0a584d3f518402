"""Holds and retention rules on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.database.types import safe_text
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, Time
from app.retention.holding import HoldSubject
from app.retention.rules import RecordClass

Reason: Any = safe_text(500, 3)
# JSON has no enumerations: the strict reader of a body is told to take the text.
Subject = Annotated[HoldSubject, Field(strict=False)]


class HoldRequest(RequestModel):
    """What must be kept, and why; no names of members of the public.

    A hold on a patrol keeps it whole. One on an officer keeps every patrol they led or were crew on, in a period or
    altogether. One on a hotspot keeps every patrol of a period that was tasked to it, counted in it or went through it.
    """

    subject_kind: Subject
    subject_id: Id
    from_at: Instant | None = None
    to_at: Instant | None = None
    reason: Reason


class HoldReleaseRequest(RequestModel):
    """Why it need not be kept any longer, for whoever asks later."""

    reason: Reason


class HoldResponse(ResponseModel):
    """A hold; released or not, it stays on record."""

    id: UUID
    subject_kind: HoldSubject
    subject_id: UUID
    from_at: Time | None
    to_at: Time | None
    reason: str
    placed_by: UUID
    placed_by_collar_number: str
    placed_at: Time
    released_at: Time | None
    released_by: UUID | None
    released_by_collar_number: str | None
    release_reason: str | None


class HoldPage(ResponseModel):
    items: list[HoldResponse]
    next_cursor: str | None


class RetentionRuleResponse(ResponseModel):
    """For how many days a class of records is kept after it was received; alerts after they were over, earlier versions
    of offences after a correction came, messages after they were delivered or given up."""

    record_class: RecordClass
    days: int
    valid_from: date | None = Field(description="Null for the built-in rule, which holds before all others.")
    in_force: bool = Field(description="Whether it holds today.")


class RetentionRuleList(ResponseModel):
    """Class by class, oldest first."""

    items: list[RetentionRuleResponse]
