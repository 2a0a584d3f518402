"""Offence profiles on the wire. Nothing here is about anybody."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.areas.kinds import HotspotKind
from app.rest.wire import Instant, ResponseModel
from app.schedule.offence_profile import BorrowedFrom


class BestStart(ResponseModel):
    """Two hours of the week, from a half-hour on."""

    day: str
    starts: str = Field(description="On London's clocks, `22:30`.")
    ends: str = Field(description="Two hours later; on the next day when it is earlier than `starts`.")
    minute_of_week: int = Field(description="The start in minutes after Monday 00:00.")
    share: float = Field(description="Of the week's weight, 0 to 1.")
    times_even: float = Field(description="Against two hours of a week in which every hour is alike.")


class OffenceProfileSummary(ResponseModel):
    """What a hotspot's profile rests on and where its peak is."""

    hotspot_id: UUID
    hotspot_code: str
    hotspot_name: str
    kind: HotspotKind
    kind_label: str
    offences: int = Field(ge=0, description="The hotspot's own that were counted.")
    own_weight: float = Field(ge=0, description="Their weight: their number, or the sum of their harm.")
    left_out: int = Field(ge=0, description="Its own whose time is not known to within a week.")
    without_weight: int = Field(ge=0, description="Its own without a harm weight, where harm is asked for.")
    few_offences: bool = Field(description="Fewer than 20: a hint, not a pattern.")
    borrowed: float = Field(ge=0, le=1, description="Share of the pattern that comes from elsewhere.")
    borrowed_from: BorrowedFrom = Field(
        description="The nearest with any offences. `category`: hotspots of its kind; `uniform`: every hour alike."
    )
    best_start: BestStart | None = Field(description="Null when every hour is alike.")
    says: str = Field(description="All this in plain words.")
    profile: str
    heat_map: str


class _Asked(ResponseModel):
    from_day: date = Field(description="First day of the offences, by the day they began in London.")
    until_day: date = Field(description="The day after the last.")
    days: int
    harm: bool
    harm_schemes: list[str] = Field(
        description="Whose weights were counted; more than one cannot be compared."
    )
    force_offences: int = Field(ge=0, description="Offences of the whole force in these days.")
    pseudo_count: float = Field(description="As many offences a hotspot borrows from the next.")
    warnings: list[str]
    generated_at: Instant


class OffenceProfilePage(_Asked):
    items: list[OffenceProfileSummary]
    next_cursor: str | None


class DayOfWeek(ResponseModel):
    day: str
    share: float = Field(description="The day's hours together.")
    hours: list[float] = Field(min_length=24, max_length=24, description="From 00:00 to 01:00 on.")


class OffenceProfileDetail(_Asked):
    """A hotspot's week: seven days of 24 hours that add up to 1, what is borrowed in them."""

    summary: OffenceProfileSummary
    hour_labels: list[str]
    days_of_week: list[DayOfWeek] = Field(min_length=7, max_length=7)
    hour_shares: list[float] = Field(description="Each hour over all days.")
    best_starts: list[BestStart] = Field(description="The five heaviest that do not overlap, heaviest first.")
