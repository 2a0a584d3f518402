"""The log of who did and saw what (DPA 2018 s.62): insert-only rows of ids, never of content."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type


class Action(StrEnum):
    """The operations the Act names, and the refusals."""

    COLLECT = "COLLECT"
    ALTER = "ALTER"
    CONSULT = "CONSULT"
    DISCLOSE = "DISCLOSE"
    COMBINE = "COMBINE"
    ERASE = "ERASE"
    DENIED = "DENIED"


class AuditEvent(Table, table=True):
    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_at", "at"),
        Index("ix_audit_events_actor_id_at", "actor_id", "at"),
    )

    id: UUID = Field(primary_key=True)
    at: datetime
    action: Action = Field(sa_type=code_type(Action))
    operation: str = Field(max_length=100)
    actor_id: UUID | None = None
    force_id: UUID | None = None
    request_id: str | None = Field(default=None, max_length=36)
    reason: str | None = Field(default=None, max_length=500)
    # {"patrol": [ids], "officer": [ids], …}: what was touched, by kind.
    subjects: dict[str, Any] = Field(sa_type=json_type())
