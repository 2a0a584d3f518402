"""Reports of abstractions on the wire."""

from datetime import date

from app.areas.schemas import ReportKey
from app.rest.wire import ResponseModel, Time


class AbstractionSums(ResponseModel):
    """`recorded` is what was recorded and not taken back, `counted` those of it that count as an abstraction; hours are
    of these, at two decimals. `going_on` have no end yet. Hours by class add up to no more than `hours`: other classes
    have none of their own."""

    recorded: int
    counted: int
    hours: float
    hours_a_week: float
    local_hours: float
    central_hours: float
    mandatory_hours: float
    confirmed: int
    disputed: int
    backfilled: int
    going_on: int


class AgainstBenchmark(ResponseModel):
    """An area against what it is held to: hours a week in the benchmark period and now, what is wanted at most, and
    whether now is within it (null: nothing is wanted)."""

    benchmark_from: date
    benchmark_to: date
    benchmark_hours_a_week: float
    change_percent: float | None
    most_hours_a_week: float | None
    within: bool | None


class AbstractionReportRow(AbstractionSums):
    """A row and its share of all counted hours in percent; null of nothing."""

    key: ReportKey
    share_percent: float | None
    benchmark: AgainstBenchmark | None
    links: dict[str, str]


class AbstractionReport(ResponseModel):
    """Abstractions added up; `notes` say what must be known before numbers are added up, `policies` which versions of
    the definition counted."""

    group_by: str
    person: str
    from_at: Time
    to_at: Time
    days: float
    rows: list[AbstractionReportRow]
    totals: AbstractionSums
    policies: list[str]
    notes: list[str]
    generated_at: Time
