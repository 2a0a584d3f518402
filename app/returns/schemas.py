"""Hours and returns on the wire. No row is of one person."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.database.types import safe_text
from app.rest.wire import RequestModel, ResponseModel, Time
from app.returns.counting import Amount
from app.returns.periods import HOUR_MS


def hours(ms: int) -> float:
    """Hours to two decimals, floored toward zero, as shown: 5,399,999 ms are 1.49."""
    hundredths = abs(ms) * 100 // HOUR_MS
    return (hundredths if ms >= 0 else -hundredths) / 100


def hours_cell(ms: int) -> Decimal:
    """The same for a file, so that it says what the answer says: 5,399,999 ms are 1.49, and an hour is 1.00."""
    return Decimal(str(hours(ms))).quantize(Decimal("0.01"))


class Bounds(ResponseModel):
    """Hours, at least and at most: floored to hundredths, and exact in milliseconds."""

    at_least_hours: float
    at_most_hours: float
    at_least_ms: int
    at_most_ms: int

    @classmethod
    def of(cls, amount: Amount) -> "Bounds":
        return cls(
            at_least_hours=hours(amount.least_ms),
            at_most_hours=hours(amount.most_ms),
            at_least_ms=amount.least_ms,
            at_most_ms=amount.most_ms,
        )


class PeriodResponse(ResponseModel):
    """A month or quarter of a scheme and its part of the target, by days. `closing` is where it was signed off."""

    period: str
    first_day: date
    last_day: date
    target_hours: float
    target_ms: int
    over: bool
    closing: str | None


class SchemeResponse(ResponseModel):
    """A reporting scheme as it stands. `rules` say what counts, as the file that brought them said it."""

    id: UUID
    code: str
    name: str
    version: int
    first_day: date
    last_day: date
    target_hours: float
    unit: str
    cadence: str
    rules: dict[str, Any]
    recorded_at: Time
    periods: list[PeriodResponse]
    hours: str
    missing: str
    closings: str


class SchemeList(ResponseModel):
    schemes: list[SchemeResponse]


class Split(ResponseModel):
    """Hours of one code, in words."""

    code: str
    label: str
    hours: Bounds


class HoursRow(ResponseModel):
    """A row by what was asked for. `target_ms` only where a period has one; `signed` is what was signed off of a closed
    period that is told whole, changes signed with later periods included; `links` lead to what it adds up."""

    key: str
    label: str
    first_day: date | None
    last_day: date | None
    hours: Bounds
    own: Bounds
    recorded: Bounds
    target_hours: float | None
    target_ms: int | None
    signed: Bounds | None
    closed: bool
    links: dict[str, str]


class ProgressResponse(ResponseModel):
    """Where the scheme stands: what was due by `until`, the pace, and where it leads. Short is negative."""

    target_hours: float
    due_hours: float
    due_ms: int
    ahead_hours: float
    ahead_ms: int
    days: int
    days_gone: int
    days_left: int
    run_rate_days: int
    run_rate_hours_a_day: float | None
    forecast_hours: float | None
    forecast_ahead_hours: float | None
    assumption: str
    needed_hours_a_day: float | None


class Overlaps(ResponseModel):
    """What recorded hours and our own patrols have in common. `taken_off`: the officer is known, so it counts once.
    `possible`: nobody is named, so it is left out of at least."""

    taken_off_hours: float
    taken_off_ms: int
    possible_hours: float
    possible_ms: int
    among_records_hours: float
    among_records_ms: int
    patrols: list[str]


class AdjustmentResponse(ResponseModel):
    """What came to a closed period, or went from it, since it was signed off."""

    period: str
    area_id: UUID | None
    area_code: str | None
    team_id: UUID | None
    source: str
    channel: str
    grade: str
    programme: str
    funding: str
    operation: str | None
    cost_code: str | None
    uniform_state: str
    hours: Bounds


class HoursAnswer(ResponseModel):
    """The hours of a scheme up to and including a London day. Splits and rows are of visible hours and of what the
    caller may see; `by_grade` etc. add up to `hours`. `not_visible` is kept beside and counts for nothing.
    `other_unit`: the same in hours by the clock where the scheme counts persons, and the other way round.
    `rule_versions`: the rules in force on those days."""

    scheme_id: UUID
    code: str
    name: str
    unit: str
    version: int
    first_day: date
    last_day: date
    until: date
    in_words: str
    hours: Bounds
    own: Bounds
    recorded: Bounds
    not_visible: Bounds
    other_unit: Bounds | None
    by_channel: list[Split]
    by_grade: list[Split]
    by_funding: list[Split]
    progress: ProgressResponse
    overlaps: Overlaps
    adjustments: list[AdjustmentResponse]
    by: str
    rows: list[HoursRow]
    notes: list[str]
    rule_versions: list[str]
    generated_at: Time
    links: dict[str, str]


class GapItem(ResponseModel):
    """One thing that may still change the hours, and for how much."""

    kind: str
    what: str
    day: date | None
    at_stake_hours: float
    at_stake_ms: int
    link: str


class GapKind(ResponseModel):
    kind: str
    label: str
    count: int
    at_stake_hours: float
    at_stake_ms: int


class MissingAnswer(ResponseModel):
    """What is not settled yet, the most hours at stake first; `kinds` count all of it, `items` the largest."""

    scheme_id: UUID
    first_day: date
    until: date
    kinds: list[GapKind]
    items: list[GapItem]
    notes: list[str]
    generated_at: Time


class LedgerRow(ResponseModel):
    """Hours of one day that are alike in everything but who did them. `recorded_ms` is what the sender had; what is
    taken off it was on the patrols named. `evidence` is the sender's reference, or where the team's patrols that began
    on the day are: one that went on over midnight stands in the day before."""

    day: date
    source: str
    channel: str
    channel_label: str
    agency: str | None
    reference: str | None
    area_id: UUID | None
    area_code: str | None
    team_id: UUID | None
    team_code: str | None
    hotspot_id: UUID | None
    hotspot_code: str | None
    grade: str
    grade_label: str
    programme: str
    uniform_state: str
    funding: str
    operation: str | None
    cost_code: str | None
    hours: Bounds
    recorded_ms: int | None
    overlap_ms: int
    possible_overlap_ms: int
    overlap_patrols: list[str]
    patrol_count: int
    evidence: str


class LedgerPage(ResponseModel):
    first_day: date
    last_day: date
    rows: list[LedgerRow]
    notes: list[str]
    generated_at: Time
    next_cursor: str | None


class ClosingRequest(RequestModel):
    """Signs off a period, named by the month it begins in. `earlier_open`: although one before it is still open."""

    period: Annotated[str, Field(pattern=r"^\d{4}-\d\d$")]
    note: safe_text(1000, 1)  # type: ignore[valid-type]  # a type made by a function
    earlier_open: bool = False


class ClosingResponse(ResponseModel):
    """A period as it was signed off, and what has changed since: `adjustments` are those it took in of periods closed
    before, `changed_since` those of this one that the next closing takes in. Figures are of what the caller may see.
    `rows_sha256` was taken over all rows as they were signed; `rows_intact`: those stored now still come to it."""

    id: UUID
    scheme_id: UUID
    scheme_version: int
    period: str
    first_day: date
    last_day: date
    closed_by: str
    closed_by_id: UUID
    rank: str | None
    closed_at: Time
    note: str
    target_hours: float
    target_ms: int
    hours: Bounds
    not_visible: Bounds
    adjustments: list[AdjustmentResponse]
    changed_since: list[AdjustmentResponse]
    provisional: list[GapKind]
    row_count: int
    rows_sha256: str
    rows_intact: bool
    links: dict[str, str]


class ClosingList(ResponseModel):
    closings: list[ClosingResponse]
