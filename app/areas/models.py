"""Tables of places and teams: the area tree, teams and who is in them, hotspots with dated boundaries and briefings.

Nothing is edited in place: rows have first and last days, boundaries and briefings have versions.
"""

from datetime import date, datetime
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from app.areas.kinds import AreaKind, HotspotKind, PrioritySource, TeamKind
from app.database.model import Table
from app.database.spatial import Geometry, gist
from app.database.types import code_type

__all__ = [
    "Area",
    "AreaAncestor",
    "AreaBoundary",
    "AreaKind",
    "AreaPriority",
    "Briefing",
    "Hotspot",
    "HotspotBoundary",
    "HotspotKind",
    "Membership",
    "PlaceVersion",
    "PrioritySource",
    "Team",
    "TeamKind",
]


class Area(Table, table=True):
    """A node of the area tree; the root is the force, and `force_id` of everything is a root's id."""

    __tablename__ = "areas"
    __table_args__ = (UniqueConstraint("force_id", "code", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    parent_id: UUID | None = Field(default=None, foreign_key="areas.id", index=True)
    kind: AreaKind = Field(sa_type=code_type(AreaKind))
    code: str = Field(max_length=32)
    name: str = Field(max_length=200)
    valid_from: date
    valid_to: date | None = None
    # What data.police.uk calls it: of a force its id there, of an area below that of the neighbourhood it is.
    police_uk_id: str | None = Field(default=None, max_length=64)


class AreaAncestor(Table, table=True):
    """Every area with every area above it and itself: makes «everything below» one join on both databases."""

    __tablename__ = "area_ancestors"
    __table_args__ = (Index("ix_area_ancestors_ancestor_id", "ancestor_id"),)

    area_id: UUID = Field(primary_key=True, foreign_key="areas.id")
    ancestor_id: UUID = Field(primary_key=True, foreign_key="areas.id")


class AreaBoundary(Table, table=True):
    __tablename__ = "area_boundaries"
    __table_args__ = (
        UniqueConstraint("area_id", "valid_from"),
        gist("gx_area_boundaries_geometry", "geometry"),
    )
    model_config = {"arbitrary_types_allowed": True}

    id: UUID = Field(primary_key=True)
    area_id: UUID = Field(foreign_key="areas.id")
    geometry: BaseGeometry = Field(sa_type=Geometry("MULTIPOLYGON"))
    valid_from: date
    source: str = Field(max_length=200)


class PlaceVersion(Table, table=True):
    """What an area, team or hotspot was called and belonged to, one row a version, the first included.

    The place's own row holds the newest version, under an id that never changes, so that memberships, windows and
    patrols keep pointing at it; what it was before stands here. `area_id` is the parent of an area, the area of a team
    or hotspot.
    """

    __tablename__ = "place_versions"

    place_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str = Field(max_length=200)
    kind: str = Field(max_length=40)
    area_id: UUID | None = Field(default=None, foreign_key="areas.id")
    valid_from: date
    recorded_at: datetime
    # Of an area; a version like its name, because ids change when a force is re-organised.
    police_uk_id: str | None = Field(default=None, max_length=64)


class AreaPriority(Table, table=True):
    """What police said they would see to in an area, as plain text. Another wording or another action is a new row and
    ends the one before, so that what officers were told on a day can be told again."""

    __tablename__ = "area_priorities"
    __table_args__ = (Index("ix_area_priorities_area_id_valid_from", "area_id", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    area_id: UUID = Field(foreign_key="areas.id")
    source: PrioritySource = Field(sa_type=code_type(PrioritySource))
    issue: str = Field(max_length=2000)
    issue_at: datetime | None = None
    action: str | None = Field(default=None, max_length=2000)
    action_at: datetime | None = None
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime


class Team(Table, table=True):
    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("force_id", "code", "valid_from"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    code: str = Field(max_length=32)
    name: str = Field(max_length=200)
    kind: TeamKind = Field(sa_type=code_type(TeamKind))
    area_id: UUID = Field(foreign_key="areas.id", index=True)
    valid_from: date
    valid_to: date | None = None


class Membership(Table, table=True):
    """Who belongs to which team, from the first day to the day before `valid_to`."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("ix_memberships_officer_id_valid_from", "officer_id", "valid_from", unique=True),
        Index("ix_memberships_team_id", "team_id"),
    )

    id: UUID = Field(primary_key=True)
    officer_id: UUID = Field(foreign_key="officers.id")
    team_id: UUID = Field(foreign_key="teams.id")
    valid_from: date
    valid_to: date | None = None


class Hotspot(Table, table=True):
    __tablename__ = "hotspots"
    __table_args__ = (UniqueConstraint("force_id", "code"),)

    id: UUID = Field(primary_key=True)
    force_id: UUID = Field(foreign_key="areas.id")
    code: str = Field(max_length=32)
    name: str = Field(max_length=200)
    kind: HotspotKind = Field(sa_type=code_type(HotspotKind))
    area_id: UUID = Field(foreign_key="areas.id", index=True)
    valid_from: date
    valid_to: date | None = None


class HotspotBoundary(Table, table=True):
    """One version of a hotspot's outline, in force from a day until the next version's day; never edited."""

    __tablename__ = "hotspot_boundaries"
    __table_args__ = (
        UniqueConstraint("hotspot_id", "version"),
        UniqueConstraint("hotspot_id", "valid_from"),
        gist("gx_hotspot_boundaries_geometry", "geometry"),
    )
    model_config = {"arbitrary_types_allowed": True}

    id: UUID = Field(primary_key=True)
    hotspot_id: UUID = Field(foreign_key="hotspots.id")
    version: int
    geometry: BaseGeometry = Field(sa_type=Geometry("MULTIPOLYGON"))
    area_m2: float
    source_crs: str = Field(max_length=100)
    valid_from: date
    imported_at: datetime


class Briefing(Table, table=True):
    """Why patrols are sent here, for the officers who go: one row a version."""

    __tablename__ = "briefings"
    __table_args__ = (UniqueConstraint("hotspot_id", "version"),)

    id: UUID = Field(primary_key=True)
    hotspot_id: UUID = Field(foreign_key="hotspots.id")
    version: int
    why_here: str = Field(max_length=2000)
    owner: str = Field(max_length=200)
    plan_reference: str | None = Field(default=None, max_length=100)
    review_on: date | None = None
    written_at: datetime
