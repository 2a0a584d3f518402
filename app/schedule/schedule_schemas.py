"""Drawn schedules on the wire."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.areas.kinds import HotspotKind, TeamKind
from app.database.types import safe_text
from app.rest.wire import Id, RequestModel, ResponseModel, Time
from app.schedule.kinds import ScheduleState
from app.schedule.slots import HALF_HOUR_MINUTES, PEAK, ClockSpan
from app.schedule.windows import USUAL_REQUIRED_MINUTES

Reason: Any = safe_text(500, 3)
Name: Any = safe_text(200, 1)
LONGEST_DAYS = 400
MAX_HOTSPOTS = 1000


def _our_day(day: date) -> date:
    if not 2000 <= day.year < 2100:
        raise ValueError("must lie between the years 2000 and 2100")
    return day


Day = Annotated[date, AfterValidator(_our_day)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["06:45"])]


class SpanRequest(RequestModel):
    """From one time until another on London's clocks, over midnight when the second is not later."""

    from_time: ClockTime = Field(alias="from")
    to_time: ClockTime = Field(alias="to")

    def span(self) -> ClockSpan:
        return ClockSpan(_minutes(self.from_time), _minutes(self.to_time))


def _minutes(told: str) -> int:
    return int(told[:2]) * 60 + int(told[3:])


def spans(asked: Iterable[SpanRequest]) -> tuple[ClockSpan, ...]:
    return tuple(one.span() for one in asked)


class DayCapacity(RequestModel):
    day: Day
    windows: int = Field(ge=0, le=1000)


class AreaCapacity(RequestModel):
    """How many windows a day an LPA can take, and on which days another number."""

    area_id: Id
    windows_a_day: int | None = Field(default=None, ge=0, le=1000)
    on: list[DayCapacity] = Field(default=[], max_length=LONGEST_DAYS)


class HotspotRules(RequestModel):
    """What holds for one hotspot instead of the schedule's own: hours, teams (home first); and its blackout days."""

    hotspot_id: Id
    hours: list[SpanRequest] | None = Field(default=None, max_length=10)
    team_ids: list[Id] | None = Field(default=None, max_length=20)
    blackout_days: list[Day] = Field(default=[], max_length=LONGEST_DAYS)


class DrawRequest(RequestModel):
    """What is to be drawn. Without `hotspot_ids` all hotspots of the area and kinds that hold in the period.

    `alignment`: 0 makes all starts equal, 100 draws them in proportion to the offence weight covered, more leans
    harder, PEAK always takes the best. `team_kinds` may be sent to hotspots of their own area, the nearest first.
    `same_chance_as` draws with the secret seed of another draft, so that only what you change moves.
    """

    name: Name
    first_day: Day
    last_day: Day
    hotspot_ids: list[Id] = Field(default=[], max_length=MAX_HOTSPOTS)
    area_id: Id | None = None
    hotspot_kinds: list[HotspotKind] = Field(default=[], max_length=10)
    team_kinds: list[TeamKind] = Field(
        default=[TeamKind.NEIGHBOURHOOD, TeamKind.RESPONSE, TeamKind.PRIORITY_CRIME], max_length=10
    )
    window_minutes: int = Field(default=120, ge=30, le=720, multiple_of=HALF_HOUR_MINUTES)
    required_minutes: int = Field(default=USUAL_REQUIRED_MINUTES, ge=1, le=720)
    alignment: Annotated[int, Field(ge=0, le=400, multiple_of=10)] | Literal["PEAK"] = 100
    offences_until: Day | None = Field(default=None, description="Offences before this day; today.")
    offence_days: int = Field(default=365, ge=1, le=3660)
    use_harm: bool = False
    hours: list[SpanRequest] = Field(default=[], max_length=10)
    handovers: list[SpanRequest] = Field(default=[], max_length=10)
    blackout_days: list[Day] = Field(default=[], max_length=LONGEST_DAYS)
    excuse_blackouts: bool = Field(
        default=False, description="A block without a free day is left out and told, instead of refusing."
    )
    travel_minutes: int = Field(default=0, ge=0, le=240)
    capacity: list[AreaCapacity] = Field(default=[], max_length=1000)
    hotspots: list[HotspotRules] = Field(default=[], max_length=MAX_HOTSPOTS)
    same_chance_as: Id | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "DrawRequest":
        if not 0 <= (self.last_day - self.first_day).days < LONGEST_DAYS:
            raise ValueError(f"last_day must be within {LONGEST_DAYS} days from first_day on")
        if self.required_minutes > self.window_minutes:
            raise ValueError("required_minutes must not be more than window_minutes")
        return self

    def tenths(self) -> int | str:
        """The alignment as the draw takes it."""
        return PEAK if isinstance(self.alignment, str) else self.alignment // 10


class PublishScheduleRequest(RequestModel):
    """Windows until `until` (all when left out) begin to count. With `leave_out_begun` days that came before anybody
    published them are left out; otherwise they are a reason to refuse."""

    until: Day | None = None
    leave_out_begun: bool = False
    reason: Reason | None = None


class DiscardRequest(RequestModel):
    """Why a draft, or the unpublished rest of a published schedule, is given up."""

    reason: Reason


class RevealRequest(RequestModel):
    reason: Reason | None = None


class ScheduleResponse(ResponseModel):
    """A schedule. Before the reveal `seed` and `inputs_hash` are null; `commitment` binds both from the draw on."""

    id: UUID
    name: str
    first_day: date
    last_day: date
    state: ScheduleState
    algorithm_version: str
    commitment: str
    drawn_by: str | None
    drawn_at: Time
    published_by: str | None
    published_at: Time | None
    published_until: date | None
    ended_on: date | None
    discarded_at: Time | None
    discard_reason: str | None
    revealed_at: Time | None
    reveal_from: date = Field(description="The first day on which the seed may be told.")
    seed: str | None
    inputs_hash: str | None


class CoveredResponse(ResponseModel):
    """Mean share of a week's offence weight in one window: as drawn, with uniform starts, at the day's best start."""

    windows: int
    drawn: float
    uniform: float
    best: float


class HotspotCovered(CoveredResponse):
    hotspot_id: UUID
    hotspot_code: str | None
    borrowed: float | None = Field(description="The part of its profile that comes from other hotspots.")


class BlocksResponse(ResponseModel):
    due: int
    planned: int
    excused: int
    drawn_outside: int


class DaysResponse(ResponseModel):
    """Hotspots and days with a patrol and without."""

    patrol: int
    without_patrol: int


class DrawnLoad(ResponseModel):
    windows: int
    most_on_a_day: int
    mean_on_a_day: float


class AreaLoad(DrawnLoad):
    area_id: UUID
    area_code: str | None


class TeamLoad(DrawnLoad):
    team_id: UUID
    team_code: str | None


class LoadsResponse(ResponseModel):
    days: DrawnLoad
    areas: list[AreaLoad]
    teams: list[TeamLoad]


class DisplacedResponse(ResponseModel):
    """A window that got something else than its first choice, and by which constraint."""

    hotspot_id: UUID
    hotspot_code: str | None
    block_first_day: date
    constraint: Literal["blackout", "hours", "capacity", "team"]
    wished_day: date
    wished_starts_at: str | None
    wished_team_id: UUID
    day: date
    starts_at: str
    team_id: UUID


class PredictabilityResponse(ResponseModel):
    """How often somebody who knows everything but the seed names the day and start of a hotspot's next window."""

    one_in: float | None
    one_in_on_last_day: float | None
    in_words: str


class ReportResponse(ResponseModel):
    covered: CoveredResponse
    hotspots: list[HotspotCovered]
    blocks: BlocksResponse
    days: DaysResponse
    load: LoadsResponse
    displaced: list[DisplacedResponse]
    predictability: PredictabilityResponse


class LeftOut(ResponseModel):
    """A drawn window that was not made when it was published, and why."""

    hotspot_id: UUID
    day: date
    why: Literal["begun", "hotspot-not-in-force", "team-not-in-force"]


class ScheduleDetail(ScheduleResponse):
    report: ReportResponse


class TeamClash(ResponseModel):
    """A window that was made while its team has another at the time, which was planned after the draw."""

    window_id: UUID
    other_id: UUID
    team_id: UUID


class SchedulePublished(ScheduleResponse):
    """`clashes`: move one of the two, or give one to another team."""

    windows_made: int
    left_out: list[LeftOut]
    clashes: list[TeamClash]


class SchedulePage(ResponseModel):
    schedules: list[ScheduleResponse]
    next_cursor: str | None


class AllocationResponse(ResponseModel):
    """One hotspot and day. `eligible`: the draw could have chosen the day; `in_period` false: see the next schedule."""

    hotspot_id: UUID
    hotspot_code: str
    day: date
    block_first_day: date
    in_period: bool
    eligible: bool
    treated: bool
    starts_at: Time | None
    ends_at: Time | None
    team_id: UUID | None
    window_id: UUID | None


class AllocationPage(ResponseModel):
    allocations: list[AllocationResponse]
    next_cursor: str | None


class PlaceResponse(ResponseModel):
    """Where and when a window is, on one side of a comparison."""

    block_first_day: date | None
    starts_at: str
    team_id: UUID


class DifferenceResponse(ResponseModel):
    """A window that is on one side only, or elsewhere on the other.

    `why`: the hotspot's own `inputs` differ; a constraint (`blackout`, `hours`, `capacity`, `team`) displaced it on
    either side; `rules` of the whole schedule differ; the `seed` is another; or `published`: the other side is what
    counts now, whoever planned or changed it.
    """

    hotspot_id: UUID
    hotspot_code: str | None
    change: Literal["added", "removed", "moved"]
    why: Literal["inputs", "blackout", "hours", "capacity", "team", "rules", "seed", "published"]
    before: PlaceResponse | None
    after: PlaceResponse | None


class DiffResponse(ResponseModel):
    """From the other schedule (or, without one, the published windows of the days) to this one."""

    unchanged: int
    differences: list[DifferenceResponse]


class ProofWindow(ResponseModel):
    hotspot_id: UUID
    block_first_day: date
    day: date
    in_period: bool
    starts_at: str | None
    ends_at: str | None
    team_id: UUID | None


class ProofResponse(ResponseModel):
    """Everything a third party needs to draw the schedule again and to check that nothing was exchanged."""

    schedule_id: UUID
    algorithm_version: str
    drawn_at: Time
    commitment: str
    formula: str
    seed: str
    inputs_hash: str
    inputs: dict[str, Any]
    plan: list[ProofWindow]
