"""Tables of judging again: which patrols are due, and runs that somebody asked for with what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import json_type


class ReassessDue(Table, table=True):
    """A patrol that a cause concerns and that was not judged since: one row for each cause, gone once it was judged.

    A cause that comes while the patrol is being judged is a row of its own, so whoever judged takes away only the rows
    seen before.
    """

    __tablename__ = "reassess_due"
    __table_args__ = (Index("ix_reassess_due_tried_at", "tried_at"),)

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    cause_id: UUID = Field(primary_key=True, foreign_key="reassess_causes.id")
    marked_at: datetime
    # When judging it failed last: it waits behind all others.
    tried_at: datetime | None = None


class ReassessRun(Table, table=True):
    """Patrols judged again because somebody asked: which, why, how far it came. Kept, with what it changed."""

    __tablename__ = "reassess_runs"

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    selection: dict[str, Any] = Field(sa_type=json_type())
    reason: str = Field(max_length=500)
    actor_id: UUID | None = Field(default=None, foreign_key="officers.id")
    started_at: datetime
    finished_at: datetime | None = None
    selected: int
    looked_at: int = 0
    # The last patrol looked at, in order of start.
    cursor_at: datetime | None = None
    cursor_id: UUID | None = None


class ReassessedPatrol(Table, table=True):
    """What became of a patrol in a run; those that stayed as they were have no row."""

    __tablename__ = "reassessed_patrols"

    run_id: UUID = Field(primary_key=True, foreign_key="reassess_runs.id")
    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    outcome: str = Field(max_length=20)
    before_status: str | None = Field(default=None, max_length=30)
    after_status: str | None = Field(default=None, max_length=30)
    before_ms: int = Field(default=0, sa_type=BigInteger)
    after_ms: int = Field(default=0, sa_type=BigInteger)


class ReassessedWindow(Table, table=True):
    """A window that patrols of a run decided anew: as it was before the first of them, and after the last."""

    __tablename__ = "reassessed_windows"

    run_id: UUID = Field(primary_key=True, foreign_key="reassess_runs.id")
    window_id: UUID = Field(primary_key=True, foreign_key="tasking_windows.id")
    before_status: str | None = Field(default=None, max_length=30)
    after_status: str | None = Field(default=None, max_length=30)
    before_ms: int = Field(default=0, sa_type=BigInteger)
    after_ms: int = Field(default=0, sa_type=BigInteger)
