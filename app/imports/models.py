"""Every file brought in: what it was, who brought it, what it changed.

The newest file again changes nothing; an older one may, because what came between may have undone it, so the same
file may stand here more than once.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import json_type


class ImportRun(Table, table=True):
    __tablename__ = "import_runs"
    __table_args__ = (UniqueConstraint("force_id", "kind", "number"),)

    id: UUID = Field(primary_key=True)
    # Null only for the very first import, which makes the force itself.
    force_id: UUID | None = Field(default=None, foreign_key="areas.id")
    kind: str = Field(max_length=40)
    # Counts a force's runs of one kind in the order they were applied; requests that wait for each other may be applied
    # in another order than they began, so `imported_at` cannot tell.
    number: int
    file_sha256: str = Field(max_length=64)
    # The mapping profile and its version: the same file read another way is another import.
    profile: str = Field(max_length=100)
    imported_by: UUID | None = Field(default=None, foreign_key="officers.id")
    imported_at: datetime
    # The day of what the file says, where its kind has one.
    as_of: date | None = None
    report: dict[str, Any] = Field(sa_type=json_type())


class ImportProposal(Table, table=True):
    """A file that somebody tried and laid before a second person: the same file, read the same way, may be applied by
    anybody else who may bring in its kind."""

    __tablename__ = "import_proposals"
    __table_args__ = (Index("ix_import_proposals_force_id_file_sha256", "force_id", "file_sha256"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    kind: str = Field(max_length=40)
    file_sha256: str = Field(max_length=64)
    profile: str = Field(max_length=100)
    proposed_by: UUID = Field(foreign_key="officers.id")
    proposed_at: datetime


class ImportUnderWay(Table, table=True):
    """A file that is being stored in pieces, one of a force at a time: kept until its last row is, so that a run that
    is stopped goes on. `imported_at` is what the rows it brings bear, `report` what was told when it was compared."""

    __tablename__ = "imports_under_way"
    __table_args__ = (UniqueConstraint("force_id"),)

    run_id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    kind: str = Field(max_length=40)
    imported_at: datetime
    # Who brings it in, and how it is read.
    importing: dict[str, Any] = Field(sa_type=json_type())
    report: dict[str, Any] = Field(sa_type=json_type())
    # What it touches, for the log.
    subjects: dict[str, list[str]] = Field(sa_type=json_type())
    # The columns that are read, packed.
    content: bytes = Field(sa_type=LargeBinary)
