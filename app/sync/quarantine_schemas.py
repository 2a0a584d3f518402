"""What is kept aside, corrected and released, on the wire."""

from typing import Any, Literal
from uuid import UUID

from app.facts.models import AsideReason
from app.patrols.schemas import Reason
from app.rest.wire import RequestModel, ResponseModel, Time, shown
from app.sync.schemas import SyncFault


class CorrectionResponse(ResponseModel):
    """Who corrected a fact that is kept aside, when and why."""

    number: int
    corrected_by: UUID
    corrected_by_collar_number: str
    corrected_at: Time
    reason: str


class QuarantinedFactResponse(ResponseModel):
    """A fact that could not be recorded as it came. `id` is its place here, `fact_id` the id the phone gave it;
    `parent_id` the activity, engagement or abstraction it says something of.

    `reason` is `uploaded-by-another`, `parent-refused`, `parent-aside` or `invalid`, the last with its `faults`.
    `released_as` is `recorded`, `replay` when the officer's own phone had said the same before, or `sent-again` when it
    came once more and was valid.
    """

    id: UUID
    kind: str
    fact_id: UUID
    patrol_id: UUID | None
    window_id: UUID | None
    parent_id: UUID | None
    captured_by: UUID
    captured_by_collar_number: str
    uploaded_by: UUID
    uploaded_by_collar_number: str
    received_at: Time
    reason: AsideReason
    faults: list[SyncFault]
    corrections: list[CorrectionResponse]
    released_at: Time | None
    released_by: UUID | None
    release_reason: str | None
    released_as: Literal["recorded", "replay", "sent-again"] | None


class QuarantinedDetail(QuarantinedFactResponse):
    """With what it says, and what it said before it was corrected. Positions are left out, and of fixes only how many
    there are is told; both are null once erased. `correctable` is whether its content can be written anew."""

    content: dict[str, Any] | None
    original: dict[str, Any] | None
    correctable: bool


class QuarantinePage(ResponseModel):
    items: list[QuarantinedFactResponse]
    next_cursor: str | None


class ReleaseRequest(RequestModel):
    """Why it may count, for whoever asks later; no names of members of the public."""

    model_config = shown(reason="The phone was lent for the evening.")

    reason: Reason


class CorrectionRequest(RequestModel):
    """The whole content as it should have been, and why; a position stays as it was measured."""

    model_config = shown(
        content={"checked_out_at": "2026-03-02T20:00:00Z"}, reason="The app wrote a mode nobody has."
    )

    content: dict[str, Any]
    reason: Reason
