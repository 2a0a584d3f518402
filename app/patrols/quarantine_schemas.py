"""What is kept aside and released, on the wire."""

from typing import Literal
from uuid import UUID

from app.patrols.schemas import Reason, Time
from app.rest.wire import RequestModel, ResponseModel


class QuarantinedResponse(ResponseModel):
    """Kept, but not counted until a supervisor releases it; do not send it again."""

    id: UUID
    state: Literal["quarantined"] = "quarantined"


class QuarantinedFactResponse(ResponseModel):
    """A fact that one officer captured and another uploaded. Its content is seen once it is released, as its patrol's.

    `released_as` is `recorded`, or `replay` when the officer's own phone had said the same before.
    """

    id: UUID
    kind: Literal["check-in", "fix-batch", "check-out"]
    patrol_id: UUID
    captured_by: UUID
    captured_by_collar_number: str
    uploaded_by: UUID
    uploaded_by_collar_number: str
    received_at: Time
    reason: str
    released_at: Time | None
    released_by: UUID | None
    release_reason: str | None
    released_as: Literal["recorded", "replay"] | None


class QuarantinePage(ResponseModel):
    items: list[QuarantinedFactResponse]
    next_cursor: str | None


class ReleaseRequest(RequestModel):
    """Why it may count, for whoever asks later; no names of members of the public."""

    reason: Reason
