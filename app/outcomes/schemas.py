"""Reports of activities on the wire."""

from app.areas.schemas import ReportKey
from app.rest.wire import ResponseModel, Time


class ActivityOutcomeCount(ResponseModel):
    """How many activities of a kind came to what; `outcome_code` null: not said."""

    kind: str
    kind_label: str
    outcome_code: str | None
    outcome_label: str
    activities: int


class ActivitySums(ResponseModel):
    """What was logged, and against how much patrol. `references` of `activities` are held by the force's own system;
    `not_searched` are people stopped and not searched; `other_outcomes` hold detentions that are no arrests.
    `weapons` is how many there were in the finds that `weapons_found` counts. `on_patrol` of all were logged on a
    patrol: these over `officer_hours` are `per_patrol_hour`, over `patrols` `per_patrol`; `on_voided_patrols` of these
    were on a patrol that was taken back since, whose hours do not count. Null: there are none to hold it against."""

    activities: int
    references: int
    searches: int
    not_searched: int
    arrests: int
    intelligence: int
    referrals: int
    other_outcomes: int
    positive_outcomes: int
    weapons_found: int
    weapons: int
    flagged: int
    on_patrol: int
    on_voided_patrols: int
    officer_hours: float | None
    per_patrol_hour: float | None
    patrols: int
    per_patrol: float | None
    outcomes: list[ActivityOutcomeCount]


class ActivityRow(ActivitySums):
    """A row and its share of all activities, in percent of `totals.activities`; null of nothing."""

    key: ReportKey
    share_percent: float | None
    links: dict[str, str]


class ActivityReport(ResponseModel):
    """Activities added up over whole days of London. `totals` counts each once, whatever rows it stands in; `notes` say
    what must be known before numbers are added up."""

    group_by: str
    from_at: Time
    to_at: Time
    rows: list[ActivityRow]
    totals: ActivitySums
    notes: list[str]
    generated_at: Time


class UnknownCode(ResponseModel):
    """A code that apps or files sent and no list held: on how many records, and whether a list holds it today."""

    list: str
    code: str
    activities: int
    engagements: int
    abstractions: int
    first_at: Time
    last_at: Time
    known_now: bool


class UnknownCodes(ResponseModel):
    """Codes to put into words, by how often they came."""

    codes: list[UnknownCode]
