"""Tables of tasking: the windows in which a hotspot is to be patrolled, who is sent, every change of plan, and the
offences that say when.

A drawn schedule (a later table) will name its windows by `schedule_id`; windows made by hand or by import have none.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
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


class Offence(Table, table=True):
    """One version of a recorded offence: when it may have happened, where, and what it weighs; about nobody.

    The newest version has no `superseded_at`. What happened at a known instant has equal `starts_at` and `ends_at`.
    """

    __tablename__ = "offences"
    __table_args__ = (
        UniqueConstraint("force_id", "reference", "version"),
        CheckConstraint("ends_at >= starts_at", name="ends_not_before_start"),
        CheckConstraint("harm_weight > 0", name="harm_is_positive"),
        CheckConstraint("(harm_weight IS NULL) = (harm_scheme IS NULL)", name="harm_has_scheme"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="whole_point"),
        CheckConstraint("lon IS NOT NULL OR hotspot_id IS NOT NULL", name="somewhere"),
        Index("ix_offences_force_id_starts_at", "force_id", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    reference: str = Field(max_length=64)
    version: int
    category: str = Field(max_length=32)
    starts_at: datetime
    ends_at: datetime
    lon: float | None = None
    lat: float | None = None
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    harm_weight: float | None = None
    # Name and version of the scheme the weight is of.
    harm_scheme: str | None = Field(default=None, max_length=100)
    # Recorded as no crime after all: kept, and counted nowhere.
    cancelled: bool = False
    recorded_at: datetime
    superseded_at: datetime | None = None
