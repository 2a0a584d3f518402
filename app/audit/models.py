"""The log of who did and saw what (DPA 2018 s.62): insert-only rows of ids, never of content; and what seals it.

Triggers refuse changes (`migrations/versions/20261125_audit.py`): an event can only be added, and only be taken away
when its entry says that it is lawfully erased.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary
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


class AuditUnsealed(Table, table=True):
    """The events that wait for their seal, put here by a trigger when they are inserted: whatever order transactions
    become visible in, none is skipped. `queued_at` is the database's own clock at that moment."""

    __tablename__ = "audit_unsealed"

    event_id: UUID = Field(primary_key=True)
    queued_at: datetime


class AuditEarlier(Table, table=True):
    """A row while events from before there were seals, which no trigger put into the queue, wait for theirs."""

    __tablename__ = "audit_earlier"

    since: datetime = Field(primary_key=True)


class AuditSeal(Table, table=True):
    """One link of the chain; see `app.audit.chain`."""

    __tablename__ = "audit_seals"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_event_id: UUID
    last_event_id: UUID
    count: int
    total: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    previous: bytes = Field(sa_type=LargeBinary)
    sealed_at: datetime
    seal_hash: bytes = Field(sa_type=LargeBinary)


class AuditEntry(Table, table=True):
    """What a seal holds of an event. Salt and event go when it is erased; the rest stays."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_event_id", "event_id", unique=True),
        Index("ix_audit_entries_erasure_id", "erasure_id"),
    )

    seal_number: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    event_id: UUID
    at: datetime
    force_id: UUID | None = None
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    commitment: bytes = Field(sa_type=LargeBinary)
    erased_at: datetime | None = None
    # The ERASE event that names it.
    erasure_id: UUID | None = None


class AuditSubject(Table, table=True):
    """Where to find the sealed events about a record or a person; made from the events by the sealer."""

    __tablename__ = "audit_subjects"
    __table_args__ = (Index("ix_audit_subjects_event_id", "event_id"),)

    subject_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=40)
    event_id: UUID = Field(primary_key=True)
