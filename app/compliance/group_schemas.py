"""Groups on the wire: compliance and hours by whatever they are asked by."""

from datetime import date
from uuid import UUID

from app.compliance.grouping import GroupBy
from app.compliance.schemas import OfficerMinutes, WindowTotals
from app.rest.wire import ResponseModel, Time


class GroupKey(ResponseModel):
    """What a row stands for. `code` null: what has none of it; `few_officers`: ranks or kinds of so few officers that
    they are told together to who is shown no single officers. Only places, teams and officers have an `id`."""

    group_by: GroupBy
    id: UUID | None
    code: str | None
    name: str


class BlockCounts(ResponseModel):
    """One in three: a schedule draws one window in every block of days. `due` counts blocks, cancelled windows
    included; `kept` have a window kept by evidence, `kept_by_decision` none of those but one that a supervisor
    accepted; `undecided` neither, and a window to come or in progress."""

    due: int
    kept: int
    kept_by_decision: int
    undecided: int


class VisitMeasures(ResponseModel):
    """Presence in hotspots as visits: verified stays long enough to count, five minutes unless the force's policy says
    otherwise. What overlaps in one hotspot is one visit, whoever was there. Gaps lie between two visits to the same
    hotspot, both in the period. Minutes are whole and floored; null where there is nothing to tell."""

    visits: int
    mean_minutes: int | None
    longest_minutes: int | None
    median_gap_minutes: int | None
    longest_gap_minutes: int | None


class GroupLinks(ResponseModel):
    """Where a row leads, with the same period and filters: the windows it counts, its hotspots."""

    windows: str | None = None
    hotspots: str | None = None


class Measures(ResponseModel):
    """What is told of a row, and of all together. `windows` and `one_in_three` are null for groupings that windows do
    not have, such as programmes and ranks; `officer_minutes` where they cannot be told; `visits` for more than 92 days,
    unless asked for."""

    windows: WindowTotals | None
    one_in_three: BlockCounts | None
    officer_minutes: OfficerMinutes | None
    visits: VisitMeasures | None


class ComplianceGroup(Measures):
    """One row: its key or two, and its measures."""

    keys: list[GroupKey]
    links: GroupLinks


class CompliancePage(ResponseModel):
    """Rows in order of their keys. Windows are those that start in the period; officer minutes and visits are of the
    London days from `hours_from` to `hours_to`, both included; those from `hours_provisional_from` on may still change
    with fixes that come late. `totals` counts everything asked for once, whatever rows it stands in. `notes` say what
    must be known before numbers are added up. `rule_versions` are the rules by which patrols of those windows were
    judged and those in force on the days."""

    group_by: list[GroupBy]
    from_at: Time
    to_at: Time
    hours_from: date
    hours_to: date
    hours_provisional_from: date | None
    items: list[ComplianceGroup]
    totals: Measures
    notes: list[str]
    rule_versions: list[str]
    generated_at: Time
    next_cursor: str | None
