"""Tables of tasking: the windows in which a hotspot is to be patrolled, who is sent, what they say to it, every
change of plan, and the offences that say when.

A drawn schedule names its windows by `schedule_id`; windows made by hand or by import have none. Its plan stands in
`schedule_allocations`, every hotspot and day of it, before and after anything is published; its seed stands apart.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.schedule.crews import Answer
from app.schedule.kinds import ScheduleState
from app.schedule.windows import WindowState


class TaskingWindow(Table, table=True):
    __tablename__ = "tasking_windows"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("required_seconds > 0", name="requires_something"),
        # Few are moved; with the others in it SQLite would take it for an index that finds nothing.
        Index(
            "ix_tasking_windows_moved_to_id",
            "moved_to_id",
            sqlite_where=text("moved_to_id IS NOT NULL"),
            postgresql_where=text("moved_to_id IS NOT NULL"),
        ),
        Index("ix_tasking_windows_force_id_starts_at", "force_id", "starts_at"),
        Index("ix_tasking_windows_hotspot_id_starts_at", "hotspot_id", "starts_at"),
        Index("ix_tasking_windows_team_id_starts_at", "team_id", "starts_at"),
        Index("ix_tasking_windows_hotspot_id_block_first_day", "hotspot_id", "block_first_day"),
        Index("ix_tasking_windows_schedule_id", "schedule_id"),
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
    # The drawn schedule it belongs to and the first day of its block of three; a window it is moved to keeps both.
    # No foreign key: schedules came later, and SQLite adds none to a table that is there. Schedules are never deleted.
    schedule_id: UUID | None = None
    block_first_day: date | None = None


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


class Schedule(Table, table=True):
    """A drawn schedule: what was asked, what it was drawn from, the commitment to its seed, and what became of it."""

    __tablename__ = "schedules"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="last_after_first"),
        Index("ix_schedules_force_id_first_day", "force_id", "first_day"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    # Of the request, so that the same again is the same answer.
    content_hash: bytes
    name: str = Field(max_length=200)
    first_day: date
    last_day: date
    state: ScheduleState = Field(sa_type=code_type(ScheduleState))
    algorithm_version: str = Field(max_length=40)
    # Hotspots with weights, teams and rules: everything the plan follows from but the seed. As secret as the seed,
    # for it says which days an earlier schedule drew beyond its end.
    inputs: dict[str, Any] = Field(sa_type=json_type())
    inputs_hash: bytes
    commitment: bytes
    report: dict[str, Any] = Field(sa_type=json_type())
    drawn_by: UUID | None = Field(default=None, foreign_key="officers.id")
    drawn_at: datetime
    published_by: UUID | None = Field(default=None, foreign_key="officers.id")
    published_at: datetime | None = None
    # Windows until this day are made; the rest of a published schedule is still known to planners only.
    published_until: date | None = None
    # The rest from the day after is given up, after a leak say, and may be drawn anew.
    ended_on: date | None = None
    discarded_by: UUID | None = Field(default=None, foreign_key="officers.id")
    discarded_at: datetime | None = None
    discard_reason: str | None = Field(default=None, max_length=500)
    revealed_by: UUID | None = Field(default=None, foreign_key="officers.id")
    revealed_at: datetime | None = None


class ScheduleSeed(Table, table=True):
    """The 256 secret bits of a schedule, kept like a key: read by the draw and by the reveal, by nothing else."""

    __tablename__ = "schedule_seeds"
    __table_args__ = (CheckConstraint("length(seed) = 32", name="seed_of_256_bits"),)

    schedule_id: UUID = Field(primary_key=True, foreign_key="schedules.id")
    seed: bytes


class ScheduleAllocation(Table, table=True):
    """What was drawn for a hotspot and a day: a patrol (`treated`) or none. One row for every hotspot in force and day.

    A block that begins before the schedule or goes on after it is drawn among all its three days, so a row with
    `in_period` false tells a day that was drawn outside the schedule's own days: the next schedule honours it. Whoever
    counts days leaves those rows out. `eligible` says whether the draw could have chosen the day.
    """

    __tablename__ = "schedule_allocations"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_schedule_allocations_hotspot_id_day", "hotspot_id", "day"),
        Index("ix_schedule_allocations_window_id", "window_id"),
    )

    schedule_id: UUID = Field(primary_key=True, foreign_key="schedules.id")
    hotspot_id: UUID = Field(primary_key=True, foreign_key="hotspots.id")
    day: date = Field(primary_key=True)
    block_first_day: date
    in_period: bool
    eligible: bool
    treated: bool
    # Of treated days in the period; local days, real hours.
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    # Set when published.
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")


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
