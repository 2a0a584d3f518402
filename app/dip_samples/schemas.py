"""Reality checks on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.database.types import Code, safe_text
from app.dip_samples.reporting import CheckOutcome
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, Time

Note: Any = safe_text(500, 3)
Name: Any = safe_text(64, 1)
Size = Annotated[int, Field(ge=1, le=500)]
Share = Annotated[int, Field(ge=1, le=100)]
PatrolStatus = Literal["compliant", "review", "unverified", "partial", "not_attended", "no_window"]
# JSON has no enumerations: the strict reader of a body is told to take the text.
Outcome = Annotated[CheckOutcome, Field(strict=False)]


class StratumRequest(RequestModel):
    """A part that is drawn by itself: patrols with one of these results, so many of them or so many in a hundred."""

    name: Name
    statuses: list[PatrolStatus] = Field(min_length=1, max_length=6)
    size: Size | None = None
    share_percent: Share | None = None


class SampleRequest(RequestModel):
    """What to draw from: patrols of one team, or of an area and all below it, that began in a period (half open); and
    how many, or how many in a hundred, of all together or by strata. A part that has fewer is drawn whole."""

    team_id: Id | None = None
    area_id: Id | None = None
    from_at: Instant
    to_at: Instant
    size: Size | None = None
    share_percent: Share | None = None
    strata: list[StratumRequest] = Field(default=[], max_length=6)
    purpose: Note | None = None


class CheckRequest(RequestModel):
    """What was found about one patrol of the sample. `basis` is the number of the judgement that was looked at
    (`now.assessment_number`), `replaces` the check that stands, where there is one. All but CONFIRMED need a note; what
    was looked at is codes of the list `check_sources`, and body-worn video needs the reference under which it is found.
    No names of anybody."""

    patrol_id: Id
    outcome: Outcome
    looked_at: list[Code] = Field(default=[], max_length=10)
    body_worn_video_reference: Code | None = None
    note: Note | None = None
    basis: Annotated[int, Field(ge=1, le=1_000_000)]
    replaces: Id | None = None


class SignOffRequest(RequestModel):
    """`checks` is the number of checks the signer has before them (`checks_made`), so that nobody signs what they have
    not seen; what is left unchecked needs a reason."""

    checks: Annotated[int, Field(ge=0, le=1_000_000)]
    note: Note | None = None
    unchecked_reason: Note | None = None


class ResultThen(ResponseModel):
    """What a patrol's result said: when it was drawn, or now."""

    assessment_number: int
    status: str
    status_label: str
    verified_minutes: int


class CheckResponse(ResponseModel):
    """A check as recorded; `standing`: it is the latest of its patrol."""

    id: UUID
    patrol_id: UUID
    number: int
    outcome: CheckOutcome
    outcome_label: str
    looked_at: list[str]
    looked_at_labels: list[str]
    body_worn_video_reference: str | None
    note: str | None
    basis: int
    checked_by: UUID
    checked_by_collar_number: str
    checked_at: Time
    standing: bool


class SampledPatrolLinks(ResponseModel):
    """`review` is offered where the check doubts the result: nothing follows from a check by itself."""

    patrol: str
    assessment: str
    track: str
    review: str | None


class SampledPatrol(ResponseModel):
    """One patrol of a sample. `collar_number` is told to whoever may see the patrol. `changed`: it has been judged
    otherwise since it was drawn, or taken back; the sample stays as drawn. `look_at` says what to look at first.
    `checks` are all that were made, in order."""

    position: int
    stratum: str
    patrol_id: UUID
    collar_number: str | None
    started_at: Time
    ended_at: Time
    window_id: UUID | None
    drawn: ResultThen
    now: ResultThen
    voided: bool
    changed: bool
    look_at: list[str]
    checks: list[CheckResponse]
    may_check: bool
    why_not: Literal["own", "rank", "decided_above"] | None
    links: SampledPatrolLinks


class RateResponse(ResponseModel):
    """A share of those checked, 0 to 1, with Wilson's 95 % interval, rounded outwards; null without any."""

    errors: int
    of: int
    rate: float | None
    low: float | None
    high: float | None
    in_words: str


class OutcomeCount(ResponseModel):
    outcome: CheckOutcome
    outcome_label: str
    patrols: int


class FoundResponse(ResponseModel):
    """What was found in a stratum, or in all. `error`: not supported; `doubt`: not supported or doubtful; both of those
    that could be checked."""

    name: str
    population: int
    drawn: int
    by_outcome: list[OutcomeCount]
    unchecked: int
    error: RateResponse
    doubt: RateResponse


class Report(ResponseModel):
    """`together` is null where strata were drawn with different chances: they are read one by one then."""

    strata: list[FoundResponse]
    together: FoundResponse | None


class Proof(ResponseModel):
    """That nobody picked: the seed the server made, the list it was drawn from (count and SHA-256), and how. `checked`:
    the sample was drawn again from list and seed just now, and it is the same. `others` are samples of the same team or
    area whose periods overlap, so that drawing until it suits would show."""

    algorithm: str
    seed: str
    population: int
    population_hash: str
    checked: bool
    others: int
    list: str


class SampleSummary(ResponseModel):
    """A reality check in a line."""

    id: UUID
    team_id: UUID | None
    area_id: UUID
    place: str
    from_at: Time
    to_at: Time
    purpose: str | None
    drawn_by: UUID
    drawn_by_collar_number: str
    drawn_at: Time
    population: int
    drawn: int
    checked: int
    signed_at: Time | None
    signed_by: UUID | None
    signed_by_collar_number: str | None
    link: str


class SampleResponse(SampleSummary):
    """A reality check whole. It stays as drawn; `checks_made` goes into its sign-off, which freezes it."""

    headline: str
    checks_made: int
    sign_off_note: str | None
    unchecked_reason: str | None
    patrols: list[SampledPatrol]
    report: Report
    proof: Proof
    notes: list[str]
    generated_at: Time


class SamplePage(ResponseModel):
    """Latest first."""

    items: list[SampleSummary]
    next_cursor: str | None


class PopulationEntry(ResponseModel):
    """A patrol that could have been drawn, with its lot in hex: the lowest of each stratum were."""

    patrol_id: UUID
    assessment_number: int
    status: str
    lot: str
    drawn: bool


class PopulationResponse(ResponseModel):
    """The list a sample was drawn from, in order of id."""

    sample_id: UUID
    algorithm: str
    seed: str
    population_hash: str
    entries: list[PopulationEntry]


class OwnCheck(ResponseModel):
    """What a signed reality check says of a patrol the caller was on. It changes no result: an explanation or a dispute
    can be added to the patrol at any time."""

    sample_id: UUID
    patrol_id: UUID
    started_at: Time
    status_label: str
    outcome: CheckOutcome | None
    outcome_label: str
    looked_at_labels: list[str]
    note: str | None
    checked_by_collar_number: str | None
    signed_by_collar_number: str
    signed_at: Time
    patrol: str
    explanations: str


class OwnChecks(ResponseModel):
    """Latest first, 100 at most."""

    items: list[OwnCheck]
