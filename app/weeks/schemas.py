"""A team's week on the wire."""

from uuid import UUID

from app.compliance.schemas import WindowTotals
from app.patrols.lifecycle import Programme
from app.patrols.reasons import ReasonSource
from app.patrols.review_schemas import DueReview, ReasonRecord, SuggestedWindow
from app.patrols.reviewing import Decision
from app.rest.wire import ResponseModel, Time
from app.schedule.windows import WindowStatus
from app.weeks.telling import Outcome


class WeekWindow(ResponseModel):
    """One window of the week. `why` says in sentences why it stands as it does, and nothing of one simply kept. Minutes
    are whole: `credited_minutes` is what counts for it, by evidence or by decision. `collar_numbers` are of those on
    its patrols whom the caller may see by name; nobody is named while it is open, nor of one that was called off."""

    window_id: UUID
    hotspot_id: UUID
    hotspot_code: str
    hotspot_name: str
    starts_at: Time
    ends_at: Time
    outcome: Outcome
    status: WindowStatus
    status_label: str
    required_minutes: int
    credited_minutes: int
    verified_minutes: int
    officer_count: int
    collar_numbers: list[str]
    reason_code: str | None
    reason_label: str | None
    why: list[str]
    to_decide: bool
    check_needed: bool
    needs_confirmation: bool
    provisional: bool
    provisional_until: Time | None
    window: str
    patrols: str
    reviews: str


class ProposedItem(ResponseModel):
    """One decision, ready for `POST /v1/reviews`: the caller adds an `id` of their own making and sends it as it is."""

    window_id: UUID
    decision: Decision
    basis: int
    reason_code: str
    replaces: UUID | None
    answers: list[UUID]


class Proposal(ResponseModel):
    """The evidence for one proposed reason, in the order of `proposed_items`. `provisional`: fixes that come late may
    still change the window; a reason accepted for one that is kept after all counts as kept."""

    window_id: UUID
    hotspot_code: str
    hotspot_name: str
    starts_at: Time
    reason_code: str
    reason_label: str
    given_by: str
    source: ReasonSource
    source_id: UUID
    text: str | None
    in_words: str
    records: list[ReasonRecord]
    provisional: bool


class LinkablePatrol(ResponseModel):
    """A patrol made for no window that would keep one; a supervisor links it, with a reason, at `link`."""

    patrol_id: UUID
    collar_numbers: list[str]
    starts_at: Time
    ends_at: Time
    suggested_windows: list[SuggestedWindow]
    link: str


class ProgrammeHours(ResponseModel):
    """Officer minutes of one programme by grade of evidence, each the floor of its own sum: two officers for half an
    hour are 60."""

    programme: Programme | None
    programme_label: str
    verified: int
    accepted: int
    probable: int
    declared: int


class WeekHours(ResponseModel):
    """Time of the team's officers in any hotspot in the week, overlaps once. `total` is the floor of the whole sum, so
    the rows may add up to less."""

    programmes: list[ProgrammeHours]
    total: ProgrammeHours


class WeekShare(ResponseModel):
    """What one week kept by evidence, of all windows published for it."""

    week: str
    kept: int
    kept_by_decision: int
    decided: int
    denominator: int
    link: str


class Comparison(ResponseModel):
    """The four weeks before, latest first. `small_numbers`: too few windows to read anything into a difference."""

    before: list[WeekShare]
    small_numbers: bool
    in_words: str


class WeekLinks(ResponseModel):
    page: str
    csv: str
    previous: str
    following: str
    windows: str
    reviews_due: str
    decide: str


class TeamWeek(ResponseModel):
    """A team's week, from Monday to Sunday on London's clocks; windows are those that start in it.

    `to_decide` is told as `GET /v1/reviews/due` tells it, windows first; null for who decides on nothing.
    `flag_labels` are the plain words of the flags on it.
    `proposed_items` with ids added is a body for `POST /v1/reviews`: `{"items": [...]}`, 200 at most as there; what is
    left is proposed when those are decided. `provisional_until` is when
    nothing can change by itself any more. `rule_versions` are those by which the patrols of its windows were judged.
    """

    team_id: UUID
    team_code: str
    team_name: str
    week: str
    from_at: Time
    to_at: Time
    over: bool
    headline: str
    totals: WindowTotals
    windows: list[WeekWindow]
    to_decide: list[DueReview] | None
    flag_labels: dict[str, str]
    proposals: list[Proposal]
    proposed_items: list[ProposedItem]
    linkable: list[LinkablePatrol]
    hours: WeekHours
    comparison: Comparison
    provisional: int
    provisional_until: Time | None
    notes: list[str]
    rule_versions: list[str]
    generated_at: Time
    links: WeekLinks


class TeamLine(ResponseModel):
    """One team's week in a line. `to_decide` windows wait for a decision that is the caller's to see; null for who
    decides on nothing. A reason accepted is in `not_met`: it explains a window and keeps none."""

    team_id: UUID
    team_code: str
    team_name: str
    headline: str
    denominator: int
    met: int
    met_by_decision: int
    not_met: int
    open: int
    cancelled: int
    moved: int
    to_decide: int | None
    provisional: int
    week: str
    link: str


class WeekList(ResponseModel):
    """A line for each team that the caller may see, by code."""

    week: str
    from_at: Time
    to_at: Time
    over: bool
    headline: str
    teams: list[TeamLine]
    notes: list[str]
    generated_at: Time
