"""Tasking windows on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.reference.codes import Label
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, Time
from app.schedule.crew_schemas import (
    MAX_OFFICERS,
    AnswerHistory,
    AssignmentWarning,
    CrewMember,
    Reason,
    crew_members,
)
from app.schedule.crews import Crew
from app.schedule.queries import WindowRow
from app.schedule.windows import USUAL_REQUIRED_MINUTES, WindowPlan, WindowState, usual_end


class WindowRequest(RequestModel):
    """A window to make or to change. It lasts two hours and asks for 60 minutes unless said otherwise.

    A change needs `If-Match` and a `reason`; the making does not.
    """

    hotspot_id: Id
    team_id: Id
    starts_at: Instant
    ends_at: Instant | None = None
    required_minutes: int = Field(default=USUAL_REQUIRED_MINUTES, ge=1, le=1440)
    officer_ids: list[Id] = Field(default=[], max_length=MAX_OFFICERS)
    state: Literal["PLANNED", "PUBLISHED"] = "PLANNED"
    reason: Reason | None = None

    def plan(self) -> WindowPlan:
        return WindowPlan(
            hotspot_id=self.hotspot_id,
            team_id=self.team_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at or usual_end(self.starts_at),
            required_seconds=self.required_minutes * 60,
            officer_ids=tuple(sorted(self.officer_ids)),
            state=WindowState(self.state),
        )


class PublishRequest(RequestModel):
    reason: Reason | None = None


class CancelRequest(RequestModel):
    """Why, for whoever asks later; no names of members of the public."""

    reason: Reason


class MoveRequest(RequestModel):
    """The window made in its stead has an id of the caller's making; it lasts as long as the old one unless said."""

    reason: Reason
    new_id: Id
    starts_at: Instant
    ends_at: Instant | None = None


class TaskedOfficer(ResponseModel):
    id: UUID
    collar_number: str


class WindowResponse(ResponseModel):
    """A window as planned. `officers` are those tasked by name; none means the whole team. `crew` are they with their
    answers, or of the team those who answered; `unanswered` counts whoever is tasked and did not."""

    id: UUID
    hotspot_id: UUID
    hotspot_code: str
    hotspot_name: str
    team_id: UUID
    team_code: str
    area_id: UUID
    starts_at: Time
    ends_at: Time
    required_minutes: int
    state: WindowState
    officers: list[TaskedOfficer]
    crew: list[CrewMember]
    unanswered: int
    moved_to_id: UUID | None
    revision: int
    created_at: Time
    published_at: Time | None


class PlanResponse(ResponseModel):
    """The plan as it stood from a revision on."""

    hotspot_id: UUID
    team_id: UUID
    starts_at: str
    ends_at: str
    required_seconds: int
    officer_ids: list[UUID]
    state: WindowState


class WindowChangeResponse(ResponseModel):
    revision: int
    change: str
    reason: str | None
    changed_by: str | None
    changed_at: Time
    plan: PlanResponse


@dataclass(frozen=True, slots=True)
class Telling:
    """How much of a crew is told, and in which words: of the whole team, and of what people wrote."""

    reasons: Mapping[str, Label]
    everybody: bool
    words: bool


def window_response(row: WindowRow, crew: Crew, telling: Telling) -> WindowResponse:
    """A window as read, with who is tasked and what they said."""
    window = row.window
    return WindowResponse(
        id=window.id,
        hotspot_id=window.hotspot_id,
        hotspot_code=row.hotspot_code,
        hotspot_name=row.hotspot_name,
        team_id=window.team_id,
        team_code=row.team_code,
        area_id=window.area_id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        required_minutes=window.required_seconds // 60,
        state=window.state,
        officers=[TaskedOfficer(id=officer_id, collar_number=collar) for officer_id, collar in crew.named],
        crew=crew_members(crew, telling.reasons, everybody=telling.everybody, words=telling.words),
        unanswered=crew.unanswered,
        moved_to_id=window.moved_to_id,
        revision=window.revision,
        created_at=window.created_at,
        published_at=window.published_at,
    )


class WindowDetail(WindowResponse):
    """A window with every change made to it and every answer given, oldest first; `changed_by` is a collar number.
    `crew` is the whole team where nobody is named, for those who may see its officers."""

    changes: list[WindowChangeResponse]
    answers: list[AnswerHistory]


class WindowAssigned(ResponseModel):
    """The window as it is given out now, and what to look at."""

    window: WindowResponse
    warnings: list[AssignmentWarning]


class WindowPage(ResponseModel):
    windows: list[WindowResponse]
    next_cursor: str | None


class WindowMoved(ResponseModel):
    """The window that was, and the one in its stead."""

    window: WindowResponse
    moved_to: WindowResponse
