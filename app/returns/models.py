"""Tables of returns: hours that others recorded, the schemes they count for, and the periods closed under them.

Recorded hours and schemes are versions: a correction is a further row, the one before gets `superseded_at`. What was
closed is never changed; what changes later is a row of a later closing.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import FactColumns
from app.patrols.lifecycle import Funding, Programme, UniformState
from app.returns.counting import Evidence

_STANDING = text("superseded_at IS NULL")


class RecordedHours(Table, table=True):
    """Hours as somebody else recorded them, under their own reference; the one that stands has no
    `superseded_at`."""

    __tablename__ = "recorded_hours"
    __table_args__ = (
        UniqueConstraint("force_id", "channel", "reference", "version"),
        Index(
            "ix_recorded_hours_standing",
            "force_id",
            "channel",
            "reference",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index("ix_recorded_hours_officer_id", "officer_id"),
    )

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    channel: str = Field(max_length=64)
    reference: str = Field(max_length=100)
    version: int
    agency: str | None = Field(default=None, max_length=64)
    evidence: Evidence = Field(sa_type=code_type(Evidence))
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    area_id: UUID = Field(foreign_key="areas.id")
    day: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    # How long each of `persons` was out.
    lasted_ms: int = Field(sa_type=BigInteger)
    persons: int
    officer_id: UUID | None = Field(default=None, foreign_key="officers.id")
    programme: Programme = Field(sa_type=code_type(Programme))
    uniform_state: UniformState = Field(sa_type=code_type(UniformState))
    funding: Funding = Field(sa_type=code_type(Funding))
    operation: str | None = Field(default=None, max_length=100)
    cost_code: str | None = Field(default=None, max_length=64)
    imported_by: UUID | None = Field(default=None, foreign_key="officers.id")
    imported_at: datetime
    superseded_at: datetime | None = None
    # Since when nobody knows any more which officer it was, where one was named.
    officer_erased_at: datetime | None = None


class RecordedSlice(Table, table=True):
    """What standing recorded hours come to on one London day; rows of one officer never hold an instant twice.

    It says again what its row of `recorded_hours` says, so that sums need no join.
    """

    __tablename__ = "recorded_slices"
    __table_args__ = (
        Index("ix_recorded_slices_force_id_day", "force_id", "day"),
        Index("ix_recorded_slices_officer_id_day", "officer_id", "day"),
        Index("ix_recorded_slices_recorded_id", "recorded_id"),
    )

    id: UUID = Field(primary_key=True)
    recorded_id: UUID = Field(foreign_key="recorded_hours.id")
    force_id: UUID = Field(foreign_key="areas.id")
    officer_id: UUID | None = Field(default=None, foreign_key="officers.id")
    hotspot_id: UUID | None = Field(default=None, foreign_key="hotspots.id")
    area_id: UUID = Field(foreign_key="areas.id")
    day: date
    channel: str = Field(max_length=64)
    reference: str = Field(max_length=100)
    agency: str | None = Field(default=None, max_length=64)
    evidence: Evidence = Field(sa_type=code_type(Evidence))
    programme: Programme = Field(sa_type=code_type(Programme))
    uniform_state: UniformState = Field(sa_type=code_type(UniformState))
    funding: Funding = Field(sa_type=code_type(Funding))
    operation: str | None = Field(default=None, max_length=100)
    cost_code: str | None = Field(default=None, max_length=64)
    persons: int
    # As recorded, all persons together; without what another row has of the same officer; by the clock.
    recorded_ms: int = Field(sa_type=BigInteger)
    counted_ms: int = Field(sa_type=BigInteger)
    patrol_ms: int = Field(sa_type=BigInteger)
    # [[start_ms, end_ms], …] where the times of day are known, without what another row has of the same officer.
    intervals: list[list[int]] | None = Field(default=None, sa_type=json_type())
    # What our own patrols had of it by their grade, in milliseconds, from when its officer was erased.
    own_ms: dict[str, int] | None = Field(default=None, sa_type=json_type())


class ReportingScheme(Table, table=True):
    """What a funder counts, in which period and towards which target: one row a version of the scheme `scheme_id`."""

    __tablename__ = "reporting_schemes"
    __table_args__ = (
        UniqueConstraint("scheme_id", "version"),
        Index(
            "ix_reporting_schemes_standing",
            "force_id",
            "code",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )

    id: UUID = Field(primary_key=True)
    scheme_id: UUID
    force_id: UUID = Field(foreign_key="areas.id")
    code: str = Field(max_length=32)
    version: int
    name: str = Field(max_length=200)
    first_day: date
    last_day: date
    target_ms: int = Field(sa_type=BigInteger)
    # `schemes.SchemeRow` but for the columns above.
    rules: dict[str, Any] = Field(sa_type=json_type())
    recorded_at: datetime
    superseded_at: datetime | None = None


class PeriodClosing(FactColumns, table=True):
    """A period of a scheme as somebody signed it off; `captured_by` is who did, in the rank they held."""

    __tablename__ = "period_closings"
    __table_args__ = (
        UniqueConstraint("scheme_id", "first_day"),
        Index("ix_period_closings_force_id", "force_id"),
    )

    force_id: UUID = Field(foreign_key="areas.id")
    scheme_id: UUID
    scheme_version_id: UUID = Field(foreign_key="reporting_schemes.id")
    first_day: date
    last_day: date
    rank: str | None = Field(default=None, max_length=20)
    note: str = Field(max_length=1000)
    # What could still change as it was closed: [{"kind": …, "count": …, "at_stake_ms": …}, …].
    provisional: list[dict[str, Any]] = Field(sa_type=json_type())
    target_ms: int = Field(sa_type=BigInteger)
    row_count: int
    # SHA-256 (hex) over the rows behind it, in order.
    rows_sha256: str = Field(max_length=64)


class ClosingRow(Table, table=True):
    """Hours as a closing froze them, of its own month or, as an adjustment, of one closed before: then what came or
    went since. The names are those of the day it was closed."""

    __tablename__ = "closing_rows"
    __table_args__ = (
        Index("ix_closing_rows_closing_id", "closing_id"),
        UniqueConstraint("closing_id", "number"),
    )

    id: UUID = Field(primary_key=True)
    closing_id: UUID = Field(foreign_key="period_closings.id")
    number: int
    force_id: UUID = Field(foreign_key="areas.id")
    # The first day of the period the hours belong to, and of their month.
    period_day: date
    month: date
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    source: str = Field(max_length=10)
    channel: str = Field(max_length=64)
    grade: str = Field(max_length=40)
    programme: str = Field(max_length=40)
    uniform_state: str = Field(max_length=40)
    funding: str = Field(max_length=40)
    operation: str | None = Field(default=None, max_length=100)
    cost_code: str | None = Field(default=None, max_length=64)
    area_code: str | None = Field(default=None, max_length=32)
    area_name: str | None = Field(default=None, max_length=200)
    lpa_code: str | None = Field(default=None, max_length=32)
    lpa_name: str | None = Field(default=None, max_length=200)
    team_code: str | None = Field(default=None, max_length=32)
    visible: bool
    least_ms: int = Field(sa_type=BigInteger)
    most_ms: int = Field(sa_type=BigInteger)
    # Our own patrols behind it and the windows they were made for, each in one row of the closing; 0 in adjustments.
    patrols: int = 0
    windows: int = 0
