"""What a phone sends of an engagement, and what is answered."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.database.types import BoundedInt, Code, safe_text
from app.facts.schemas import RevisionResponse
from app.patrols.schemas import Position, Reason
from app.reference.schemas import Coded, FlagResponse
from app.rest.wire import Id, Instant, PathDay, RequestModel, ResponseModel, Time, shown

MAX_TICKS = 30
MAX_OFFICERS = 20
People = Annotated[BoundedInt, Field(ge=0, le=100_000)]
Ticks = Annotated[list[Code], Field(max_length=MAX_TICKS)]
Words: Any = safe_text(300, 3)
EXAMPLES: list[JsonValue] = [
    {
        "occurred_at": "2026-03-02T17:00:00Z",
        "engagement_type": "BEAT_SURGERY",
        "method": "FACE",
        "minutes": 60,
        "planned": True,
        "published": True,
        "people_reached": 14,
        "priority_groups": ["RESIDENTS", "OLDER_65"],
        "minority_groups": [{"group": "RACE_ASIAN", "people": 5}],
        "issues": ["ASB", "VEHICLES"],
        "officers": ["4102"],
        "position": {"lat": 52.483, "lon": -1.895, "accuracy_m": 9.0},
        "reference": "ENG-2026-0042",
    },
    {
        "occurred_at": "2026-03-02T19:40:00Z",
        "engagement_type": "HOTSPOT_CHAT",
        "patrol_id": "0195a3c0-2f10-7000-8000-000000000001",
        "reach_band": "1_5",
        "priority_groups": ["CHILDREN_U18"],
    },
]


class GroupReached(RequestModel):
    """People of a group as the officer saw them: nobody is asked. `people` left out: some, nobody counted."""

    group: Code = Field(description="List `minority_groups`.")
    people: People | None = None
    basis: Code = Field(default="ASSESSMENT", description="List `count_bases`.")


class EngagementRequest(RequestModel):
    """An engagement. Codes no list holds are kept and flagged. No names of members of the public."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    occurred_at: Instant = Field(description="When it began, by the phone's clock.")
    recorded_at: Instant | None = Field(default=None, description="When it was written down; at once.")
    minutes: Annotated[BoundedInt, Field(ge=0, le=1440)] | None = None
    engagement_type: Code = Field(description="List `engagement_types`.")
    method: Code | None = Field(default=None, description="List `engagement_methods`.")
    planned: bool | None = Field(default=None, description="Planned, or as it came about.")
    published: bool | None = Field(default=None, description="Whether the public was told beforehand.")
    people_reached: People | None = None
    reach_band: Code | None = Field(default=None, description="Where nobody counted. List `reach_bands`.")
    priority_groups: Ticks = Field(default=[], description="Everybody it was for. List `priority_groups`.")
    minority_groups: list[GroupReached] = Field(default=[], max_length=MAX_TICKS)
    issues: Ticks = Field(default=[], description="What people raised. List `engagement_issues`.")
    partners: Ticks = Field(default=[], description="Who else was there. List `agencies`.")
    officers: list[Code] = Field(
        default=[], max_length=MAX_OFFICERS, description="Collar numbers of colleagues who took part."
    )
    priority_reference: Code | None = Field(default=None, description="The local priority it was about.")
    area_id: Id | None = Field(default=None, description="Where it was held, when the phone sends no place.")
    patrol_id: Id | None = None
    position: Position | None = None
    reference: Code | None = Field(default=None, description="The force's own system's; it may come later.")
    captured_by: Id | None = None
    amendment_reason: Reason | None = Field(default=None, description="Why it is corrected; with If-Match.")


class VoidEngagementRequest(RequestModel):
    """Why an engagement, or a promise, was recorded by mistake. It cannot be undone."""

    model_config = shown(reason="Recorded twice.")

    reason: Reason


class ActionRequest(RequestModel):
    """What people asked for and what the officer promised («you said»), and what came of it («we did»).

    No names of members of the public."""

    model_config = shown(
        you_said="The lamp by the steps is broken.", issue="ENVIRONMENT", due_on="2026-03-16"
    )

    you_said: Words
    issue: Code | None = Field(default=None, description="List `engagement_issues`.")
    due_on: PathDay | None = None
    done_on: PathDay | None = None
    we_did: Words | None = None
    amendment_reason: Reason | None = Field(default=None, description="What changed; with If-Match.")


class GroupPeople(Coded):
    people: int | None


class Place(ResponseModel):
    """Where it was: `source` is `phone`, `track` (read from the patrol's track, so it may still change) or null;
    `erased`: its track is no longer kept."""

    source: str | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    hotspots: list[str]
    area_id: UUID | None
    erased: bool = False


class ActionResponse(ResponseModel):
    id: UUID
    revision: int
    issue: Coded | None
    you_said: str
    due_on: date | None
    done_on: date | None
    we_did: str | None
    status: str
    status_label: str


class EngagementResponse(ResponseModel):
    """An engagement as it stands. `counted_as`: `engagement`, or `hotspot_contact` for contacts on a hotspot patrol.
    `superseded_by`: the officer's own record that stands for this one of a file, until it is taken back. `erased_at`:
    since then its words and who else took part are gone."""

    id: UUID
    revision: int
    officer_id: UUID
    collar_number: str
    officers: list[str]
    team_id: UUID | None
    area_id: UUID | None
    patrol_id: UUID | None
    source: str
    counted_as: str
    occurred_at: Time
    occurred_said_at: Time
    recorded_at: Time
    received_at: Time
    minutes: int | None
    engagement_type: Coded
    method: Coded | None
    planned: bool | None
    published: bool | None
    people_reached: int | None
    reach_band: Coded | None
    priority_groups: list[Coded]
    minority_groups: list[GroupPeople]
    issues: list[Coded]
    partners: list[Coded]
    priority_reference: str | None
    reference: str | None
    place: Place
    flags: list[FlagResponse]
    actions: list[ActionResponse]
    amended_at: Time | None
    amendment_reason: str | None
    voided_at: Time | None
    void_reason: str | None
    superseded_by: UUID | None
    erased_at: Time | None


class EngagementPage(ResponseModel):
    """`on_voided_patrols`: how many of them hang on a patrol that was taken back since; they count all the same."""

    on_voided_patrols: int
    items: list[EngagementResponse]
    next_cursor: str | None


class EngagementHistory(ResponseModel):
    """Every version, the first one first; the last is what stands."""

    engagement_id: UUID
    revisions: list[RevisionResponse]


@dataclass(frozen=True, slots=True)
class EngagementFilter:
    """What of a list or report is asked for; None leaves a filter out. `from_at` to `to_at` is half open."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None
    officer_id: UUID | None = None
    patrol_id: UUID | None = None
    engagement_type: str | None = None
    method: str | None = None
    priority_group: str | None = None
    minority_group: str | None = None
    issue: str | None = None
    counted_as: str | None = None
    voided: bool = False
