"""The table of visits: when officers were verifiably in a hotspot for long enough to count, as rows that add up."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type
from app.patrols.lifecycle import Funding, Programme


class Visit(Table, table=True):
    """One stay of one patrol in one hotspot, from the standing assessment: five minutes or more, by its policy
    (`minimum_visit_seconds`; domain reference 9.5), from entry to exit. Shorter stays count to minutes only.

    Times are milliseconds since 1970, half open, because gaps between visits are worked out by the database. Two
    officers who are there at once have a visit each: who counts presences unites what overlaps.
    """

    __tablename__ = "visits"
    __table_args__ = (
        CheckConstraint("left_ms > entered_ms", name="left_after_entered"),
        Index("ix_visits_force_id_day", "force_id", "day"),
        Index("ix_visits_hotspot_id_entered_ms", "hotspot_id", "entered_ms"),
        Index("ix_visits_window_id", "window_id"),
    )

    patrol_id: UUID = Field(primary_key=True, foreign_key="patrols.id")
    hotspot_id: UUID = Field(primary_key=True, foreign_key="hotspots.id")
    entered_ms: int = Field(primary_key=True, sa_type=BigInteger)
    left_ms: int = Field(sa_type=BigInteger)
    # The London day of the entry.
    day: date
    force_id: UUID = Field(foreign_key="areas.id")
    officer_id: UUID = Field(foreign_key="officers.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    # The window the patrol was judged for; the hotspot may be another.
    window_id: UUID | None = Field(default=None, foreign_key="tasking_windows.id")
    # As the check-in says, which never changes: visits are counted by them without reading patrols.
    programme: Programme = Field(sa_type=code_type(Programme))
    operation: str | None = Field(default=None, max_length=100)
    funding: Funding = Field(sa_type=code_type(Funding))
