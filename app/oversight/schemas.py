"""The audit log on the wire: who did what, to which records, when. Ids only; what was done is in the records."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.audit.models import Action
from app.database.types import safe_text
from app.oversight.sheet import FileFormat
from app.rest.wire import Id, Instant, RequestModel, ResponseModel

EventAction = Action
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z_-]{0,39}$")]


class AuditEventResponse(ResponseModel):
    """One event. `subjects` are the ids it touched, by kind. `actor` is the collar number, none for the service
    itself. `sealed_in` is the seal that holds it, none in its first seconds."""

    id: UUID
    at: Instant
    action: Action
    operation: str
    actor_id: UUID | None
    actor: str | None
    request_id: str | None
    reason: str | None
    subjects: dict[str, list[str]]
    sealed_in: int | None


class AuditEventPage(ResponseModel):
    events: list[AuditEventResponse]
    next_cursor: str | None


class ExportRequest(RequestModel):
    """What is handed to whom, and why. By officer (what they did and what was done about them), by record, by period,
    or by several of these together; a period needs both ends."""

    recipient: safe_text(100, 1)  # type: ignore[valid-type]  # a type made by a function
    reason: safe_text(300, 1)  # type: ignore[valid-type]
    format: Literal["csv", "jsonl"] = "csv"
    from_at: Instant | None = Field(default=None, alias="from")
    to_at: Instant | None = Field(default=None, alias="to")
    officer_id: Id | None = None
    record_id: Id | None = None

    @property
    def file_format(self) -> FileFormat:
        return FileFormat(self.format)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are asked for. `officer_id` is a person they are about, `concerning` one who did them or whom they
    are about."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    actor_id: UUID | None = None
    officer_id: UUID | None = None
    record_id: UUID | None = None
    record_kind: str | None = None
    action: Action | None = None
    operation: str | None = None
    concerning: UUID | None = None
