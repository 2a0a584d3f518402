"""Tables of tasking: the windows in which a hotspot is to be patrolled, who is sent, what they say to it, and every
change of plan.

A drawn schedule (a later table) will name its windows by `schedule_id`; windows made by hand or by import have none.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.schedule.crews import Answer
from app.schedule.windows import WindowState


class TaskingWindow(Table, table=True):
    __tablename__ = "tasking_windows"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("required_seconds > 0", name="requires_something"),
        Index("ix_tasking_windows_force_id_starts_at", "force_id", "starts_at"),
        Index("ix_tasking_windows_hotspot_id_starts_at", "hotspot_id", "starts_at"),
        Index("ix_tasking_windows_team_id_starts_at", "team_id", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    hotspot_id: UUID = Field(foreign_key="hotspots.id")
    # Team and area as planned: a later move of the team or redrawing of areas does not rewrite what was due.
    team_id: UUID = Field(foreign_key="teams.id")
    area_id: UUID = Field(foreign_key="areas.id")
    starts_at: datetime
    ends_at: datetime
    required_seconds: int
    state: WindowState = Field(sa_type=code_type(WindowState))
    moved_to_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    revision: int = 1
    created_at: datetime
    # Set when first published; what was never published is no part of any denominator.
    published_at: datetime | None = None


class WindowAssignment(Table, table=True):
    """A person tasked by name; a window without any is the whole team's."""

    __tablename__ = "window_assignments"
    __table_args__ = (Index("ix_window_assignments_officer_id", "officer_id"),)

    window_id: UUID = Field(primary_key=True, foreign_key="tasking_windows.id")
    officer_id: UUID = Field(primary_key=True, foreign_key="officers.id")


class WindowChange(Table, table=True):
    """What was changed in a window, when, by whom and why; one row a revision, the first being how it was made."""

    __tablename__ = "window_changes"

    window_id: UUID = Field(primary_key=True, foreign_key="tasking_windows.id")
    revision: int = Field(primary_key=True)
    change: str = Field(max_length=40)
    reason: str | None = Field(default=None, max_length=500)
    # The whole plan as it stood from this revision on, so that nothing is lost by an edit.
    plan: dict[str, Any] = Field(sa_type=json_type())
    changed_by: UUID | None = Field(default=None, foreign_key="officers.id")
    changed_at: datetime


class WindowAnswer(FactColumns, table=True):
    """What somebody tasked said to a window. The latest of each officer counts while they go on being tasked with it.

    `answered_at` is the phone's time, corrected where its clock was wrong, never later than it was received; `revision`
    is the window's at that moment, so that what was said before a reassignment can be told from what was said after.
    """

    __tablename__ = "window_answers"
    __table_args__ = (Index("ix_window_answers_window_id", "window_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    window_id: UUID = Field(foreign_key="tasking_windows.id")
    answer: Answer = Field(sa_type=code_type(Answer))
    reason_code: str | None = Field(default=None, max_length=64)
    text: str | None = Field(default=None, max_length=500)
    recorded_at: datetime
    answered_at: datetime
    # The window had begun when it was given.
    late: bool
    revision: int
