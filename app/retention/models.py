"""Tables of keeping and letting go: how long a force keeps what, and what must be kept whatever those rules say."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.facts.models import FactColumns
from app.retention.holding import HoldSubject
from app.retention.rules import RecordClass


class RetentionRule(Table, table=True):
    """For how many days a force keeps a class of records, from a day on; the built-in rule where there is no row."""

    __tablename__ = "retention_rules"
    __table_args__ = (UniqueConstraint("force_id", "record_class", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    record_class: RecordClass = Field(sa_type=code_type(RecordClass))
    days: int
    valid_from: date
    created_at: datetime


class Hold(FactColumns, table=True):
    """Somebody's decision to keep what the rules would erase. `captured_by` placed it, `received_at` is when.

    A hold ends by being released, with its reason; the row stays.
    """

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_force_id", "force_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    subject_kind: HoldSubject = Field(sa_type=code_type(HoldSubject))
    subject_id: UUID
    # Half open; an open end is for good. Patrols are held whole.
    from_at: datetime | None = None
    to_at: datetime | None = None
    reason: str = Field(max_length=500)
    released_at: datetime | None = None
    released_by: UUID | None = Field(default=None, foreign_key="officers.id")
    release_reason: str | None = Field(default=None, max_length=500)
