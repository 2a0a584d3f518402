"""The table of messages to other systems and to mailboxes: what is to be told, where to, and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import json_type

_WAITING = text("delivered_at IS NULL AND dead_at IS NULL")
_DEAD = text("dead_at IS NOT NULL")


class OutboxMessage(Table, table=True):
    """One message to one destination. It waits until it is delivered, or given up (a dead letter).

    Whoever delivers it claims it until `claimed_until`; a claim that lapses is anybody's again. `id` is what receivers
    know a repeated delivery by. `last_error` is a code, never what the other side said.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint("delivered_at IS NULL OR dead_at IS NULL", name="one_end"),
        CheckConstraint("(claim_id IS NULL) = (claimed_until IS NULL)", name="claimed_until_then"),
        Index("ix_outbox_messages_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_outbox_messages_dead_at", "dead_at", sqlite_where=_DEAD, postgresql_where=_DEAD),
        Index("ix_outbox_messages_force_id_created_at", "force_id", "created_at"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    topic: str = Field(max_length=64)
    channel: str = Field(max_length=20)
    destination_id: UUID
    payload: dict[str, Any] = Field(sa_type=json_type())
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    attempted_at: datetime | None = None
    claim_id: UUID | None = None
    claimed_until: datetime | None = None
    delivered_at: datetime | None = None
    dead_at: datetime | None = None
    last_error: str | None = Field(default=None, max_length=40)
    replays: int = 0
