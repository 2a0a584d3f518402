"""Tables of abstractions: who was taken from their post for other duties, by whose authority, what was said of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from app.database.model import Table
from app.facts.models import CountedOnceColumns, FactColumns


class Abstraction(CountedOnceColumns, table=True):
    """One abstraction, as it stands: `captured_by` reported it, `officer_id` was taken away. Team, its kind, area and
    rank are those of the day.

    `counts`, `because`, `reason_class` and `policy_version` are computed from it when it is written (list
    `abstraction_countings`); a later policy leaves them as they were. `status` is what was decided last.
    """

    __tablename__ = "abstractions"
    __table_args__ = (
        Index("ix_abstractions_force_id_starts_at", "force_id", "starts_at"),
        Index("ix_abstractions_team_id_starts_at", "team_id", "starts_at"),
        Index("ix_abstractions_officer_id_starts_at", "officer_id", "starts_at"),
        Index("ix_abstractions_force_id_reference", "force_id", "reference"),
    )

    officer_id: UUID | None = Field(default=None, foreign_key="officers.id")
    authorised_by: UUID | None = Field(default=None, foreign_key="officers.id")
    # A collar number nobody carried on the day.
    authoriser_unknown: str | None = Field(default=None, max_length=64)
    authoriser_rank: str | None = Field(default=None, max_length=20)
    authority_level: str | None = Field(default=None, max_length=64)
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id", index=True)
    home_team_kind: str | None = Field(default=None, max_length=40)
    post_role: str | None = Field(default=None, max_length=64)
    reason_code: str | None = Field(default=None, max_length=64)
    reason_text: str | None = Field(default=None, max_length=200)
    destination: str | None = Field(default=None, max_length=64)
    destination_area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    destination_unit: str | None = Field(default=None, max_length=64)
    recorded_at: datetime
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    starts_at: datetime
    ends_at: datetime | None = None
    # The same in milliseconds, so that lengths are added up alike on both databases.
    starts_ms: int = Field(sa_type=BigInteger)
    ends_ms: int | None = Field(default=None, sa_type=BigInteger)
    notice_minutes: int | None = None
    backfilled: bool | None = None
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    status: str = Field(max_length=20)
    counts: bool
    because: str = Field(max_length=40)
    reason_class: str | None = Field(default=None, max_length=64)
    policy_version: str = Field(max_length=64)
    # As of every fact, but of nobody once it was erased.
    captured_by: UUID | None = Field(default=None, foreign_key="officers.id", index=True)  # type: ignore[assignment]
    uploaded_by: UUID | None = Field(default=None, foreign_key="officers.id")  # type: ignore[assignment]

    @property
    def of(self) -> UUID:
        """Who was taken away; ValueError once nobody is on record."""
        return _on_record(self.officer_id)

    @property
    def reported_by(self) -> UUID:
        """Who reported it; ValueError once nobody is on record."""
        return _on_record(self.captured_by)


def _on_record(person: UUID | None) -> UUID:
    if person is None:
        raise ValueError("nobody is on record for it any more")
    return person


class AbstractionDecision(FactColumns, table=True):
    """What somebody said of an abstraction: that it was so, or that it was not. Never changed; the latest stands."""

    __tablename__ = "abstraction_decisions"
    __table_args__ = (Index("ix_abstraction_decisions_abstraction_id", "abstraction_id"),)

    force_id: UUID = Field(foreign_key="areas.id")
    abstraction_id: UUID = Field(foreign_key="abstractions.id")
    number: int
    status: str = Field(max_length=20)
    note: str | None = Field(default=None, max_length=500)
    of_revision: int
    rank_order: int


class AbstractionObjective(Table, table=True):
    """What an area is held against from a day on: the hours a week of a benchmark period, and the most wanted."""

    __tablename__ = "abstraction_objectives"
    __table_args__ = (Index("ix_abstraction_objectives_area_id", "area_id"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    area_id: UUID = Field(foreign_key="areas.id")
    benchmark_from: date
    benchmark_to: date
    most_hours_a_week: float | None = None
    valid_from: date
