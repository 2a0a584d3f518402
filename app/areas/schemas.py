"""What the service answers about places and people."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from app.areas.kinds import AreaKind, HotspotKind, PrioritySource, TeamKind
from app.database.types import safe_text
from app.identity.permissions import OfficerKind, Role
from app.rest.wire import Instant, RequestModel, ResponseModel, Time

Reason: Any = safe_text(500, 3)


class ReportKey(ResponseModel):
    """What a row of a report stands for; `code` null: what has none of it."""

    id: UUID | None
    code: str | None
    name: str


class AreaResponse(ResponseModel):
    id: UUID
    code: str
    name: str
    kind: AreaKind
    parent_id: UUID | None
    valid_from: date
    valid_to: date | None = Field(description="The first day on which it no longer holds.")
    police_uk_id: str | None = Field(description="What data.police.uk calls it; its case counts.")


class AreaPage(ResponseModel):
    items: list[AreaResponse]
    next_cursor: str | None


class PriorityResponse(ResponseModel):
    """What police said they would see to, as plain text, and what was done about it."""

    id: UUID
    source: PrioritySource
    issue: str
    issue_at: Instant | None
    action: str | None
    action_at: Instant | None
    valid_from: date


class TaskedPriority(ResponseModel):
    """What police told residents of an area they would see to, and what was done about it so far; plain text."""

    id: UUID
    area_code: str
    area_name: str
    area_kind: str
    issue: str
    issue_at: Time | None
    action: str | None
    action_at: Time | None


class AreaDetail(AreaResponse):
    """An area with the areas above it, nearest first, its newest outline and its own priorities today."""

    above: list[AreaResponse]
    priorities: list[PriorityResponse]
    boundary: dict[str, Any] | None = Field(description="GeoJSON geometry, WGS84, longitude first.")


class TeamResponse(ResponseModel):
    id: UUID
    code: str
    name: str
    kind: TeamKind
    area_id: UUID
    valid_from: date
    valid_to: date | None


class TeamPage(ResponseModel):
    items: list[TeamResponse]
    next_cursor: str | None


class BoundaryResponse(ResponseModel):
    """One version of an outline, in force from a day until the next version's day."""

    id: UUID
    version: int
    valid_from: date
    area_m2: float
    source_crs: str = Field(description="The coordinate system the file came in; the geometry is WGS84.")
    imported_at: Instant
    geometry: dict[str, Any] = Field(description="GeoJSON geometry, WGS84, longitude first.")


class BoundaryList(ResponseModel):
    items: list[BoundaryResponse]


class BriefingResponse(ResponseModel):
    version: int
    why_here: str
    owner: str
    plan_reference: str | None
    review_on: date | None
    written_at: Instant


class HotspotResponse(ResponseModel):
    id: UUID
    code: str
    name: str
    kind: HotspotKind
    area_id: UUID
    valid_from: date
    valid_to: date | None


class HotspotPage(ResponseModel):
    items: list[HotspotResponse]
    next_cursor: str | None


class HotspotDetail(HotspotResponse):
    """A hotspot with the outline in force today and the newest briefing."""

    boundary: BoundaryResponse | None
    briefing: BriefingResponse | None


class OfficerResponse(ResponseModel):
    """A person as they are today. The service holds no names."""

    id: UUID
    collar_number: str
    kind: OfficerKind
    rank: str | None
    acting: bool
    roles: list[Role]
    team_id: UUID | None
    valid_from: date
    valid_to: date | None


class OfficerPage(ResponseModel):
    items: list[OfficerResponse]
    next_cursor: str | None


class RankSpell(ResponseModel):
    rank: str
    acting: bool
    valid_from: date
    valid_to: date | None


class RoleSpell(ResponseModel):
    role: Role
    valid_from: date
    valid_to: date | None


class TeamSpell(ResponseModel):
    team_id: UUID
    team_code: str
    valid_from: date
    valid_to: date | None


class OfficerDetail(OfficerResponse):
    """A person with the ranks, roles and teams they have had, oldest first."""

    ranks: list[RankSpell]
    roles_over_time: list[RoleSpell]
    memberships: list[TeamSpell]


class DeviceResponse(ResponseModel):
    """A phone that has uploaded something. Its officer is whom it was first seen with.

    What it uploads after it was revoked is kept all the same, and its patrols ask for review (flag `revoked_device`).
    """

    id: UUID
    officer_id: UUID
    collar_number: str
    first_seen_at: Instant
    revoked_at: Instant | None
    revoked_by: UUID | None
    revoked_reason: str | None


class DevicePage(ResponseModel):
    items: list[DeviceResponse]
    next_cursor: str | None


class RevokeRequest(RequestModel):
    """Why: lost, stolen, handed in. No names of members of the public."""

    reason: Reason
