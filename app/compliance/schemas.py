"""Compliance on the wire. Nothing here is about one person."""

from datetime import date
from uuid import UUID

from app.rest.wire import ResponseModel, Time
from app.schedule.windows import WindowStatus


class WindowCompliance(ResponseModel):
    """One published window and what became of it. Minutes are whole and floored; those by grade are of all its patrols
    together, each instant once, within the window: `probable` is what a sergeant could accept beyond what is verified,
    `unverified` the most there may have been beyond that. `provisional`: fixes that come late may still change it.
    `check_needed`: kept, but with patrols whose flags ask somebody to look. `evidence_status` is what the evidence
    alone says, whatever was decided; `credited_minutes` what counts, by evidence or by decision. `decision` is the
    latest review; `needs_confirmation`: the evidence has come to another status since. `basis` and `latest_review` are
    what another decision on the window has to name. `visits` are verified stays of its patrols in its
    hotspot that were long enough to count, in the window or around it, those that overlap once; the longest of them and
    the longest gap between two, null without."""

    window_id: UUID
    hotspot_id: UUID
    hotspot_code: str
    hotspot_name: str
    team_id: UUID
    team_code: str
    area_id: UUID
    area_code: str
    starts_at: Time
    ends_at: Time
    status: WindowStatus
    status_label: str
    evidence_status: WindowStatus
    evidence_status_label: str
    decision: str | None
    decision_label: str | None
    reason_code: str | None
    reason_label: str | None
    needs_confirmation: bool
    basis: int
    latest_review: UUID | None
    provisional: bool
    check_needed: bool
    published_late: bool
    required_minutes: int
    credited_minutes: int
    verified_minutes: int
    probable_minutes: int
    unverified_minutes: int
    officer_count: int
    patrol_count: int
    visits: int
    longest_visit_minutes: int | None
    longest_gap_minutes: int | None
    moved_to_id: UUID | None
    computed_at: Time | None
    window: str
    patrols: str
    reviews: str


class CodeCount(ResponseModel):
    """How many windows there are of one code: an accepted reason, or a decision."""

    code: str
    label: str
    windows: int


class StatusCount(ResponseModel):
    status: WindowStatus
    status_label: str
    windows: int


class WindowTotals(ResponseModel):
    """What all windows asked for add up to, not only this page's. Minutes are the floor of the sum.

    The denominator is every published window, cancelled and moved ones included. `kept` is by evidence alone;
    `kept_by_decision` is what supervisors accepted, or adjusted to the time asked for, and is not in `kept`.
    `published_late` were published only once they had begun, when it could be seen what came of them.
    """

    denominator: int
    kept: int
    kept_by_decision: int
    decided: int
    provisional: int
    check_needed: int
    needs_confirmation: int
    published_late: int
    by_status: list[StatusCount]
    by_reason: list[CodeCount]
    by_decision: list[CodeCount]
    in_words: str
    required_minutes: int
    verified_minutes: int
    probable_minutes: int
    unverified_minutes: int


class OfficerMinutes(ResponseModel):
    """Time of officers in hotspots, tasked or not, in whole minutes, the floor of the sum: two officers for half an
    hour are 60. `accepted` is what supervisors accepted of the time that the evidence leaves open, `declared` that of
    crew without a phone of their own."""

    verified: int
    accepted: int
    probable: int
    declared: int


class PlaceLinks(ResponseModel):
    """Where a row leads, with the same period and filters: the windows it counts, the places within it."""

    windows: str
    areas: str | None = None
    teams: str | None = None
    hotspots: str | None = None


class PlaceCompliance(WindowTotals):
    """One hotspot, area or team, and what its windows add up to; a denominator of 0 says that there were none.

    `area_id` is the area of a hotspot or team, the parent of an area. `officer_minutes` of a hotspot are those spent in
    it; of a team or area those of its patrols in any hotspot, overlaps once; null where they cannot be told.
    """

    id: UUID
    code: str
    name: str
    kind: str
    area_id: UUID | None
    officer_minutes: OfficerMinutes | None
    links: PlaceLinks


class PlaceTotals(WindowTotals):
    """What all windows asked for add up to, each once, whatever rows it stands in. `in_no_row` of them stand in none,
    because the area they were planned for lies above the areas asked for. `officer_minutes` count overlaps of hotspots
    once; null where they cannot be told."""

    in_no_row: int
    officer_minutes: OfficerMinutes | None


class PlaceCompliancePage(ResponseModel):
    """Places by code. Windows are those that start in the period; officer minutes are of the London days from
    `hours_from` to `hours_to`, both included. `notes` say what must be known before numbers are added up.
    `rule_versions` are the rules by which the patrols of all windows asked for were judged."""

    from_at: Time
    to_at: Time
    hours_from: date
    hours_to: date
    items: list[PlaceCompliance]
    totals: PlaceTotals
    notes: list[str]
    rule_versions: list[str]
    generated_at: Time
    next_cursor: str | None


class WindowCompliancePage(ResponseModel):
    """Windows by start. `rule_versions` are the rules by which the patrols of this page's windows were judged."""

    from_at: Time
    to_at: Time
    windows: list[WindowCompliance]
    totals: WindowTotals
    rule_versions: list[str]
    generated_at: Time
    next_cursor: str | None
