"""Publication packs on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.database.types import safe_text
from app.policeuk.deciding import State, Step
from app.rest.wire import Id, Instant, RequestModel, ResponseModel

Reason: Any = safe_text(500, 3)
Words: Any = safe_text(2000, 3)
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# JSON has no enumerations: the strict reader of a body is told to take the text.
StepTaken = Annotated[Step, Field(strict=False)]


class ActionTaken(RequestModel):
    """What has been done about a priority since, in plain words for residents: nobody named. It stands in the pack in
    place of what is held."""

    priority_id: Id
    action: Words
    action_on: date


class PackRequest(RequestModel):
    """Of which area and which days, both included, a pack is to be; with the actions that are to be told of."""

    area_id: Id
    from_day: date
    to_day: date
    actions: list[ActionTaken] = Field(default=[], max_length=50)


class PackDecisionRequest(RequestModel):
    """A step with a pack. `content_sha256` says which content was read; taking back needs a reason."""

    step: StepTaken
    content_sha256: Sha256
    reason: Reason | None = None


class PackDecisionResponse(ResponseModel):
    """Who took which step, by collar number: the service holds no names."""

    id: UUID
    step: Step
    decided_at: Instant
    decided_by: UUID
    collar_number: str
    reason: str | None


class PackSummary(ResponseModel):
    """A pack without its content."""

    id: UUID
    area_id: UUID
    area_code: str
    area_name: str
    from_day: date
    to_day: date
    state: State
    drafted_at: Instant
    drafted_by: UUID
    collar_number: str
    content_sha256: str
    decisions: list[PackDecisionResponse]


class PackPage(ResponseModel):
    items: list[PackSummary]
    next_cursor: str | None


class PackResponse(PackSummary):
    """A pack: `data` under the names of data.police.uk, `html` to paste, `text` for a letter. All three were made when
    it was drafted and never change."""

    data: dict[str, Any]
    html: str
    text: str
