"""Wire models of reconciliation and of the view of under-recording: counts by place, week and team, nobody by name."""

from datetime import date

from app.areas.schemas import ReportKey
from app.rest.wire import ResponseModel, Time


class LagResponse(ResponseModel):
    """From the engagement to when it was typed, in whole minutes, over `records` that say both. `typed_before` say that
    it was before and are left out; percentiles are null of nothing."""

    records: int
    typed_before: int
    p50_minutes: int | None
    p90_minutes: int | None
    p95_minutes: int | None


class ReconciliationSums(ResponseModel):
    """The tracker's rows: `source_rows` = `imported` + `rejected`; `imported` = `unchanged` + `changed` + `deleted`;
    `tracker` = `imported` - `deleted`, the denominator of `missing_in_source`, `id_derived`, `unknown_words` and
    `without_officer`. `rejected`, `outdated` and `source_rows` are null for whoever is not told of rejected rows.

    `total` = `ours` + `tracker` - `linked`; `linked_ours` is the same pairs counted where our engagement stands, which
    is another row when both stand in different weeks or areas."""

    source_rows: int | None
    imported: int
    unchanged: int
    changed: int
    deleted: int
    rejected: int | None
    outdated: int | None
    tracker: int
    missing_in_source: int
    id_derived: int
    unknown_words: int
    without_officer: int
    lag: LagResponse
    ours: int
    linked: int
    linked_ours: int
    only_tracker: int
    only_ours: int
    total: int
    hotspot_contacts: int


class ReconciliationRow(ReconciliationSums):
    """An LPA's ISO week; `lpa.code` null: of no LPA that is known."""

    lpa: ReportKey
    week: str
    first_day: date
    last_day: date
    links: dict[str, str]


class Reconciliation(ResponseModel):
    """`rejected_without_time` came in the period and say neither when nor, so, in which row; null as `rejected` is."""

    source: str
    from_at: Time
    to_at: Time
    rows: list[ReconciliationRow]
    totals: ReconciliationSums
    rejected_without_time: int | None
    notes: list[str]
    generated_at: Time


class PresenceSums(ResponseModel):
    """Presence in hotspots and what is on record of engagements. `engagements` = `ours` + `tracker` - `linked`;
    `per_ten_hours` is null without presence. `officers_without_record` of `officers` is null where fewer than
    `fewest_officers` had presence, and in the totals where the rows taken off would tell of so few."""

    presence_minutes: int
    verified_minutes: int
    accepted_minutes: int
    patrols: int
    ours: int
    tracker: int
    linked: int
    engagements: int
    hotspot_contacts: int
    per_ten_hours: float | None
    officers: int
    officers_without_record: int | None


class PresenceRow(PresenceSums):
    """A team; `compared`: it had patrols enough; `named`: presence high, few engagements on record."""

    team: ReportKey
    compared: bool
    named: bool
    links: dict[str, str]


class UnderRecording(ResponseModel):
    """Rows and totals are of the teams in the caller's scope. `teams_compared`, `median_per_ten_hours`,
    `median_presence_minutes` and `lowest_quarter_per_ten_hours` are the whole force's, and null among too few teams."""

    from_at: Time
    to_at: Time
    rule: str
    rows: list[PresenceRow]
    totals: PresenceSums
    teams_compared: int
    median_per_ten_hours: float | None
    median_presence_minutes: int | None
    lowest_quarter_per_ten_hours: float | None
    tracker_records_without_officer: int
    fewest_officers: int
    notes: list[str]
    generated_at: Time
