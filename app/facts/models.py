"""What every fact a phone sends carries, and where a fact waits that its uploader may not record."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field

from app.database.model import Table


class FactColumns(Table):
    """Columns shared by the tables of facts. The phone names the row; the hash tells a replay from a conflict."""

    id: UUID = Field(primary_key=True)
    content_hash: bytes = Field(sa_type=LargeBinary)
    captured_by: UUID = Field(foreign_key="officers.id", index=True)
    uploaded_by: UUID = Field(foreign_key="officers.id")
    received_at: datetime
    sent_at: datetime | None = None


class QuarantinedFact(FactColumns, table=True):
    """A fact captured by one officer and sent by another who may not: kept whole, counted nowhere, until released.

    `released_as` is `recorded`, or `replay` when the officer's own phone had said the same before.
    """

    __tablename__ = "quarantined_facts"

    force_id: UUID = Field(foreign_key="areas.id", index=True)
    kind: str = Field(max_length=40)
    parent_id: UUID | None = None
    reason: str = Field(max_length=100)
    body: bytes = Field(sa_type=LargeBinary)
    released_at: datetime | None = None
    released_by: UUID | None = Field(default=None, foreign_key="officers.id")
    release_reason: str | None = Field(default=None, max_length=500)
    released_as: str | None = Field(default=None, max_length=20)
