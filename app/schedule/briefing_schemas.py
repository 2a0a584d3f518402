"""A tasking sheet on the wire: the plan of a day for crews, without anybody's number in it."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from app.areas.schemas import TaskedPriority
from app.rest.wire import ResponseModel, Time


class SheetPlace(ResponseModel):
    id: UUID
    code: str
    name: str


class SheetBriefing(ResponseModel):
    """Why patrols are sent here; `owner` is a role, never a person. `review_overdue`: it should have been looked at
    again before the day of the sheet."""

    why_here: str
    owner: str
    plan_reference: str | None
    review_on: date | None
    review_overdue: bool
    version: int


class SheetWindow(ResponseModel):
    """A window as a crew is told of it; `local_times` as it is printed, on London's clocks."""

    id: UUID
    starts_at: Time
    ends_at: Time
    local_times: str
    required_minutes: int
    hotspot: SheetPlace
    hotspot_kind: str
    hotspot_kind_label: str
    area: SheetPlace
    team: SheetPlace
    briefing: SheetBriefing | None
    outline: dict[str, Any] | None = Field(description="GeoJSON geometry, WGS84, of the window's day.")
    outline_version: int | None
    # Of the hotspot's area and of those above it, the smallest first; each stands once in `priorities`.
    priority_ids: list[UUID]


class TaskingSheet(ResponseModel):
    """The windows that start on a London day in an area and below it. `left_out` counts those that start after
    `disclosed_until`, of which crews may not know yet: it is for whoever prints, and not on the printed page.
    `priorities` are what residents of the windows' places were told, as of that day."""

    area: SheetPlace
    day: date
    generated_at: Time
    disclosed_until: Time
    left_out: int
    windows: list[SheetWindow]
    priorities: list[TaskedPriority]
