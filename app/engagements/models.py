"""Tables of engagements: what officers did to be met and heard, who took part, what they promised.

Whom they met stands in counts that officers estimated, never in names.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from app.database.model import Table
from app.database.types import code_type, json_type
from app.facts.models import AmendableColumns, CountedOnceColumns


class TickOf(StrEnum):
    PRIORITY_GROUP = "priority_group"
    MINORITY_GROUP = "minority_group"
    ISSUE = "issue"


class Engagement(CountedOnceColumns, table=True):
    """One engagement: `captured_by` led it; team and area are theirs on the day.

    `counted_as` is decided when it is written: `engagement`, or `hotspot_contact` for people spoken to on a patrol of a
    hotspot, which are a total of their own.
    """

    __tablename__ = "engagements"
    __table_args__ = (
        Index("ix_engagements_force_id_occurred_at", "force_id", "occurred_at"),
        Index("ix_engagements_team_id_occurred_at", "team_id", "occurred_at"),
        Index("ix_engagements_patrol_id", "patrol_id"),
        Index("ix_engagements_force_id_reference", "force_id", "reference"),
    )

    counted_as: str = Field(max_length=20)
    patrol_id: UUID | None = Field(default=None, foreign_key="patrols.id")
    team_id: UUID | None = Field(default=None, foreign_key="teams.id")
    area_id: UUID | None = Field(default=None, foreign_key="areas.id", index=True)
    # Where it was held, where that is known: the smallest area that holds the position, or the one that was named.
    place_area_id: UUID | None = Field(default=None, foreign_key="areas.id", index=True)
    recorded_at: datetime
    occurred_said_at: datetime
    occurred_at: datetime
    skew_ms: int | None = Field(default=None, sa_type=BigInteger)
    minutes: int | None = None
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None
    hotspot_ids: list[str] | None = Field(default=None, sa_type=json_type())
    engagement_type: str = Field(max_length=64)
    method: str | None = Field(default=None, max_length=64)
    planned: bool | None = None
    published: bool | None = None
    reach_band: str | None = Field(default=None, max_length=64)
    people_reached: int | None = None
    partners: list[str] = Field(sa_type=json_type())
    # Collar numbers nobody in the force carried on the day.
    officers_unknown: list[str] | None = Field(default=None, sa_type=json_type())
    priority_reference: str | None = Field(default=None, max_length=64)


class EngagementTick(Table, table=True):
    """A group that was reached or an issue that was raised: as many rows as were ticked. `people` is how many the
    officer saw of a minority group, by their own assessment; null where nobody counted."""

    __tablename__ = "engagement_ticks"
    __table_args__ = (Index("ix_engagement_ticks_of_code", "of", "code"),)

    engagement_id: UUID = Field(primary_key=True, foreign_key="engagements.id")
    of: TickOf = Field(primary_key=True, sa_type=code_type(TickOf))
    code: str = Field(primary_key=True, max_length=64)
    people: int | None = None
    basis: str | None = Field(default=None, max_length=64)


class EngagementOfficer(Table, table=True):
    """A colleague who took part; the engagement counts once for the team, and for each of them."""

    __tablename__ = "engagement_officers"
    __table_args__ = (Index("ix_engagement_officers_officer_id", "officer_id"),)

    engagement_id: UUID = Field(primary_key=True, foreign_key="engagements.id")
    officer_id: UUID = Field(primary_key=True, foreign_key="officers.id")


class EngagementAction(AmendableColumns, table=True):
    """What was promised («you said») and what came of it («we did»)."""

    __tablename__ = "engagement_actions"
    __table_args__ = (Index("ix_engagement_actions_engagement_id", "engagement_id"),)

    engagement_id: UUID = Field(foreign_key="engagements.id")
    issue: str | None = Field(default=None, max_length=64)
    you_said: str = Field(max_length=300)
    due_on: date | None = None
    done_on: date | None = None
    we_did: str | None = Field(default=None, max_length=300)
