"""Reports of engagements on the wire."""

from app.areas.schemas import ReportKey
from app.rest.wire import ResponseModel, Time


class ReportSums(ResponseModel):
    """`engagements` are planned and public ones as they came about; `hotspot_contacts`, with people on hotspot patrols,
    stand beside them and not in them. `on_voided_patrols` of both hang on a patrol that was taken back since. People
    are officers' counts: at least and at most, by bands where nobody counted; `at_most` null: at least one band has no
    end."""

    engagements: int
    planned: int
    published: int
    minutes: int
    people_at_least: int
    people_at_most: int | None
    hotspot_contacts: int
    on_voided_patrols: int


class ReportRow(ReportSums):
    """A row and its share of all engagements, in percent of `totals.engagements`; null of nothing. `group_people`: how
    many of a minority group officers counted; null in other groupings, and where nobody counted. Below five it is told
    as null and `few_people` is true."""

    key: ReportKey
    share_percent: float | None
    group_people: int | None
    few_people: bool
    links: dict[str, str]


class EngagementReport(ResponseModel):
    """Engagements added up. `totals` counts each once, whatever rows it stands in; `notes` say what must be known
    before numbers are added up."""

    group_by: str
    from_at: Time
    to_at: Time
    rows: list[ReportRow]
    totals: ReportSums
    notes: list[str]
    generated_at: Time


class GapRow(ResponseModel):
    """A place or group that nobody reached for so long. `last_at` null: never, as far as there is a record."""

    of: str
    key: ReportKey
    last_at: Time | None
    days_since: int | None
    links: dict[str, str]


class EngagementGaps(ResponseModel):
    """Places and groups without an engagement in the last `days` days, longest first; `asked` is how many of each
    there are, so that a gap can be told from a list that is short."""

    days: int
    since: Time
    gaps: list[GapRow]
    asked: dict[str, int]
    notes: list[str]
    generated_at: Time
