"""Fix batches as received, one row each, and the dated rules by which tracks are judged."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import json_type
from app.facts.models import FactColumns


class FixBatch(FactColumns, table=True):
    """One upload of fixes, packed and compressed; never changed, never merged. `content_hash` covers the
    columns."""

    __tablename__ = "fix_batches"
    __table_args__ = (Index("ix_fix_batches_patrol_id", "patrol_id"),)

    patrol_id: UUID = Field(foreign_key="patrols.id")
    device_id: UUID
    sequence: int = Field(sa_type=BigInteger)
    time_source: str = Field(max_length=10)
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    fix_count: int
    # [[index, code], …] of the fixes that were not valid; their values are not kept.
    rejected: list[list[Any]] | None = Field(default=None, sa_type=json_type())
    first_ms: int | None = Field(default=None, sa_type=BigInteger)
    last_ms: int | None = Field(default=None, sa_type=BigInteger)
    packed: bytes = Field(sa_type=LargeBinary)


class AssessmentPolicy(Table, table=True):
    """The thresholds of a force from a day on; the built-in policy holds where there is no row."""

    __tablename__ = "assessment_policies"
    __table_args__ = (UniqueConstraint("force_id", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    valid_from: date
    version: str = Field(max_length=32)
    values: dict[str, Any] = Field(sa_type=json_type())
    created_at: datetime
