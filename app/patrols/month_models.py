"""Tables of officers' hours and visits added up by month, so that a question about years reads no single patrol's.

Days of the running month are added up one by one, in the same rows: `month` is then the day itself.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.patrols.lifecycle import Funding, Programme, UniformState
from app.patrols.models import Grade


class SumOf(StrEnum):
    """What a sum is of. `month`: a month's time in any hotspot, overlaps once, told apart by everything here. `week`:
    the same of the part of a week that lies in the month, told apart by team and grade only. `hotspot`: a month's time
    in each hotspot by itself, by team and grade."""

    MONTH = "month"
    WEEK = "week"
    HOTSPOT = "hotspot"


class MonthHours(Table, table=True):
    """Credited slices of one month added up, of nobody by name; derived, written anew as a whole month.

    Reads use it only where its month stands in `months_added` and nothing is due: until then they read the slices.
    """

    __tablename__ = "month_hours"
    __table_args__ = (Index("ix_month_hours_force_id_sum_of_month", "force_id", "sum_of", "month"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    # Its first day.
    month: date
    sum_of: SumOf = Field(sa_type=code_type(SumOf))
    # The first London day of what is added up: of the month, or of the part of a week in it.
    day: date
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    # Of sums of a month only.
    programme: Programme | None = Field(default=None, sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    funding: Funding | None = Field(default=None, sa_type=code_type(Funding))
    grade: Grade = Field(sa_type=code_type(Grade))
    credited_ms: int = Field(sa_type=BigInteger)


class SharedBy(StrEnum):
    """Whose time lies together, and which of it: an officer's, or by the clock that of all on patrols made for one
    window (a patrol without a window is by itself); anywhere, in each hotspot, or in each hotspot within the window."""

    OFFICER = "officer"
    OFFICER_IN_HOTSPOTS = "officer_in_hotspots"
    OFFICER_IN_WINDOWS = "officer_in_windows"
    CLOCK = "clock"
    CLOCK_IN_HOTSPOTS = "clock_in_hotspots"
    CLOCK_IN_WINDOWS = "clock_in_windows"


class MonthShare(Table, table=True):
    """For how long in a month time of exactly some kinds was credited at once, of nobody by name.

    An hour of a verified phone with a declared colleague beside it for the last quarter is, by the clock, 45 minutes
    of `verified` and 15 minutes of `verified+declared`. Whatever a scheme counts, of what was there at once it counts
    one: so instants count once without looking at any. Derived and read as `month_hours` is.
    """

    __tablename__ = "month_shares"

    force_id: UUID = Field(primary_key=True, foreign_key="areas.id")
    shared_by: SharedBy = Field(primary_key=True, sa_type=code_type(SharedBy))
    # Its first day.
    month: date = Field(primary_key=True)
    number: int = Field(primary_key=True)
    # The first London day of the part of a week in it; of the month for time in hotspots.
    day: date
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    programme: Programme = Field(sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    uniform_state: UniformState = Field(sa_type=code_type(UniformState))
    funding: Funding = Field(sa_type=code_type(Funding))
    cost_code: str | None = Field(default=None, max_length=64)
    # All that were there at once, in their order.
    grades: str = Field(max_length=40)
    # The same for rows that were there at once and have the same time; null for one alone.
    together: int | None = None
    # Whether those differ in more than their hotspot.
    mixed: bool = False
    shared_ms: int = Field(sa_type=BigInteger)


class MonthVisits(Table, table=True):
    """A month's visits of one kind to one hotspot, of nobody by name: what overlaps or touches among them is one.

    Entries and exits in their order, milliseconds since 1970 as text, `1761955200000,1761962400000`: a row for each
    would cost ten times as much to read. They are of the London days of the month by their entry, so the last may end
    in the next. Derived and read as `month_hours` is.

    All stand here twice: `of_patrols` by what patrols are made for, too, else by team, area and hotspot alone, which is
    what most ask for and half as many rows.
    """

    __tablename__ = "month_visits"

    force_id: UUID = Field(primary_key=True, foreign_key="areas.id")
    # Its first day.
    month: date = Field(primary_key=True)
    of_patrols: bool = Field(primary_key=True)
    number: int = Field(primary_key=True)
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    hotspot_id: UUID = Field(foreign_key="hotspots.id")
    programme: Programme | None = Field(default=None, sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    funding: Funding | None = Field(default=None, sa_type=code_type(Funding))
    entered_ms: str = Field(sa_type=Text)
    left_ms: str = Field(sa_type=Text)


class MonthHoursDue(Table, table=True):
    """A transaction that changed a day's slices or visits since they were added up: a row of its own for each, so that
    writers never wait for each other, and whoever adds up takes away only the rows seen before."""

    __tablename__ = "month_hours_due"
    __table_args__ = (Index("ix_month_hours_due_force_id_day", "force_id", "day"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    day: date


class MonthAdded(Table, table=True):
    """A month that is over, or a day of the running one, that was added up, and when last; without slices it has this
    row alone. No two of a force share a day."""

    __tablename__ = "months_added"

    force_id: UUID = Field(primary_key=True, foreign_key="areas.id")
    # The first day of what was added up, and its last.
    month: date = Field(primary_key=True)
    last_day: date
    added_at: datetime
