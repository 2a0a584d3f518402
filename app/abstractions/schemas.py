"""What is sent of an abstraction, and what is answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.database.types import BoundedInt, Code, safe_text
from app.facts.schemas import RevisionResponse
from app.patrols.schemas import Reason
from app.reference.schemas import Coded, FlagResponse
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, Time, shown

ReasonText: Any = safe_text(200, 3)
Note: Any = safe_text(500, 3)
EXAMPLES: list[JsonValue] = [
    {
        "abstracted_collar_number": "4101",
        "authorising_collar_number": "4111",
        "authority_level": "SGT",
        "reason_code": "CUSTODY",
        "destination": "CUSTODY",
        "destination_unit": "PERRY-BARR",
        "starts_at": "2026-03-02T18:30:00Z",
        "ends_at": "2026-03-02T22:00:00Z",
        "post_role": "DNO",
        "notice_minutes": 15,
        "backfilled": False,
        "reference": "ABS-2026-0107",
    }
]


class AbstractionRequest(RequestModel):
    """Somebody was taken from their post for other duties: reported by themselves or by a supervisor.

    Codes no list holds are kept and flagged. Nothing is refused for wanting authority: it is flagged. No names."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    abstracted_collar_number: Code | None = Field(default=None, description="Who; left out: whoever reports.")
    authorising_collar_number: Code | None = None
    authority_level: Code | None = Field(default=None, description="List `authority_levels`.")
    reason_code: Code | None = Field(default=None, description="List `abstraction_reasons`.")
    reason_text: ReasonText | None = Field(default=None, description="Where the reason is OTHER.")
    destination: Code | None = Field(default=None, description="List `abstraction_destinations`.")
    destination_area_id: Id | None = None
    destination_unit: Code | None = Field(default=None, description="As the force codes it.")
    starts_at: Instant
    ends_at: Instant | None = Field(default=None, description="Left out while it goes on; corrected later.")
    recorded_at: Instant | None = None
    post_role: Code | None = Field(default=None, description="The post held. List `post_roles`.")
    notice_minutes: Annotated[BoundedInt, Field(ge=0, le=525_600)] | None = None
    backfilled: bool | None = Field(default=None, description="Whether somebody took the post meanwhile.")
    window_id: Id | None = Field(default=None, description="The window it took somebody from, if one.")
    reference: Code | None = Field(default=None, description="The force's own system's; it may come later.")
    captured_by: Id | None = None
    amendment_reason: Reason | None = Field(default=None, description="Why it is corrected; with If-Match.")


class VoidAbstractionRequest(RequestModel):
    """Why an abstraction was recorded by mistake. It cannot be undone."""

    model_config = shown(reason="It was next week.")

    reason: Reason


class ConfirmAbstractionRequest(RequestModel):
    """That it was so."""

    model_config = shown(note="As told.")

    note: Note | None = None


class DisputeAbstractionRequest(RequestModel):
    """That it was not so, and what was."""

    model_config = shown(note="I was on patrol until nine.")

    note: Note


class DecisionResponse(ResponseModel):
    """What somebody said of it; `of_revision` is the version that stood when it came."""

    id: UUID
    number: int
    status: str
    status_label: str
    note: str | None
    collar_number: str
    decided_at: Time
    of_revision: int


class AbstractionResponse(ResponseModel):
    """An abstraction as it stands. `counts_as_abstraction` is computed, by the policy named, and `because` says why.

    `minutes` is null while it goes on. `superseded_by`: the record reported here that stands for this one of a file,
    until it is taken back. Once it was kept long enough (`erased_at`) nobody is on record for it."""

    id: UUID
    revision: int
    source: str
    officer_id: UUID | None
    collar_number: str | None
    authorised_by: UUID | None
    authoriser_collar_number: str | None
    authoriser_unknown: bool
    authoriser_rank: str | None
    authority_level: Coded | None
    reported_by_collar_number: str | None
    team_id: UUID | None
    area_id: UUID | None
    post_role: Coded | None
    reason: Coded | None
    reason_text: str | None
    reason_class: Coded | None
    destination: Coded | None
    destination_area_id: UUID | None
    destination_unit: str | None
    starts_at: Time
    ends_at: Time | None
    minutes: int | None
    recorded_at: Time
    received_at: Time
    notice_minutes: int | None
    backfilled: bool | None
    window_id: UUID | None
    reference: str | None
    status: str
    status_label: str
    counts_as_abstraction: bool
    because: str
    policy_version: str
    flags: list[FlagResponse]
    decisions: list[DecisionResponse]
    amended_at: Time | None
    amendment_reason: str | None
    voided_at: Time | None
    void_reason: str | None
    superseded_by: UUID | None
    erased_at: Time | None


class AbstractionPage(ResponseModel):
    items: list[AbstractionResponse]
    next_cursor: str | None


class AbstractionHistory(ResponseModel):
    """Every version, the first one first; the last is what stands."""

    abstraction_id: UUID
    revisions: list[RevisionResponse]


@dataclass(frozen=True, slots=True)
class AbstractionFilter:
    """What of a list or report is asked for; None leaves a filter out. It stands in the period it begins in."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None
    officer_id: UUID | None = None
    authorised_by: UUID | None = None
    reason_code: str | None = None
    reason_class: str | None = None
    authority_level: str | None = None
    status: str | None = None
    window_id: UUID | None = None
    counted: bool | None = None
    voided: bool = False
