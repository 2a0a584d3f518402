"""What the service tells somebody about themselves and their shift."""

from typing import Literal
from uuid import UUID

from app.areas.schemas import TaskedPriority
from app.identity.permissions import OfficerKind, Permission, Role
from app.patrols.schemas import Advice
from app.reference.schemas import CodeResponse
from app.rest.wire import ResponseModel, Time
from app.schedule.crews import Answer

Ring = list[tuple[float, float]]


class Named(ResponseModel):
    """A team or a force: its id, code and name."""

    id: UUID
    code: str
    name: str


class MeResponse(ResponseModel):
    """Who the service takes the caller for, today. It knows a collar number, never a name."""

    officer_id: UUID
    collar_number: str
    kind: OfficerKind
    kind_label: str
    rank: str | None
    rank_label: str | None
    roles: list[Role]
    permissions: list[Permission]
    team: Named | None
    force: Named


class TimeResponse(ResponseModel):
    now: Time


class TaskedBoundaryResponse(ResponseModel):
    """A GeoJSON MultiPolygon in WGS84, longitude first."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: list[list[Ring]]


class TaskedHotspot(ResponseModel):
    """Where to go: the outline is the one in force on the day the window begins."""

    id: UUID
    code: str
    name: str
    kind: str
    kind_label: str
    boundary: TaskedBoundaryResponse | None
    boundary_version: int | None


class TaskedBriefing(ResponseModel):
    """Why patrols are sent here; `owner` is a role, never a person."""

    why_here: str
    owner: str
    plan_reference: str | None
    version: int


class MyAnswer(ResponseModel):
    """What the caller said to a window, as far as it stands."""

    id: UUID
    answer: Answer
    reason_code: str | None
    answered_at: Time


class CrewCount(ResponseModel):
    """How many are tasked with a window, the whole team where nobody is named, and how many take it or do not."""

    tasked: int
    accepted: int
    declined: int


class TaskedWindow(ResponseModel):
    """A window to keep; `by_name` is false when it is the whole team's. Without `my_answer` it waits for one."""

    id: UUID
    starts_at: Time
    ends_at: Time
    required_minutes: int
    by_name: bool
    my_answer: MyAnswer | None
    crew: CrewCount
    hotspot: TaskedHotspot
    briefing: TaskedBriefing | None
    # Of the hotspot's area and of those above it, the smallest first; each stands once in `priorities`.
    priority_ids: list[UUID]


class OpenPatrol(ResponseModel):
    """The caller's patrol that has no check-out yet, so that a new phone can go on with it."""

    id: UUID
    checked_in_at: Time
    window_id: UUID | None


class TaskingResponse(ResponseModel):
    """All a phone needs for the shift in one answer. The time is not in it: it would never be the same twice."""

    windows: list[TaskedWindow]
    priorities: list[TaskedPriority]
    open_patrol: OpenPatrol | None
    reference: dict[str, list[CodeResponse]]
    advice: Advice
    minimum_app_version: str
    # The ETag of `/v1/me/forms`: a phone that holds another asks for it.
    forms_etag: str


class ActivityForm(ResponseModel):
    """How much the force wants of a kind of activity today, and in which list each coded field of its body stands."""

    kind: str
    kind_label: str
    level: str
    fields: dict[str, str]


class FormsResponse(ResponseModel):
    """What the forms of a phone are made of: the code lists of activities, engagements and abstractions."""

    activities: list[ActivityForm]
    reference: dict[str, list[CodeResponse]]
