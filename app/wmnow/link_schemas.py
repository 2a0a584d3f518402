"""Wire models of links between records of the tracker and engagements of ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.database.types import safe_text
from app.reference.schemas import Coded
from app.rest.bulk import BulkFault
from app.rest.wire import RequestModel, ResponseModel
from app.wmnow.likeness import Because
from app.wmnow.models import LinkDecision


@dataclass(frozen=True, slots=True)
class SuggestionFilter:
    """Of which records suggestions are asked for."""

    from_at: datetime
    to_at: datetime
    team_id: UUID | None = None
    area_id: UUID | None = None


class SameRequest(RequestModel):
    """Says whether a record of the tracker and an engagement of ours are the same. `record_version` and
    `engagement_revision` are those that were looked at."""

    engagement_id: UUID
    decision: LinkDecision
    record_version: Annotated[int, Field(ge=1)]
    engagement_revision: Annotated[int, Field(ge=1)]
    reason: safe_text(500, 3) | None = None  # type: ignore[valid-type]


class SameItem(SameRequest):
    id: UUID
    record_id: UUID


class SameManyRequest(RequestModel):
    items: Annotated[list[SameItem], Field(min_length=1, max_length=200)]


class SameResponse(ResponseModel):
    id: UUID
    record_id: UUID
    engagement_id: UUID
    decision: LinkDecision
    decided_at: datetime


class SameResult(ResponseModel):
    id: UUID
    outcome: Literal["created", "replayed", "refused"]
    problem: BulkFault | None


class SameResults(ResponseModel):
    results: list[SameResult]
    created: int
    replayed: int
    refused: int


class Side(ResponseModel):
    """One of two that may be the same."""

    id: UUID
    version: int
    occurred_at: datetime
    engagement_type: Coded
    people_reached: int | None
    collar_number: str | None
    link: str


class SuggestionResponse(ResponseModel):
    """Two that may be the same, and what to send to say so."""

    theirs: Side
    ours: Side
    because: Because
    because_words: str
    seconds_apart: int = Field(description="Ours less theirs.")
    metres_apart: int | None = Field(description="Null where one of them does not say where it was.")
    decide_at: str = Field(description="Where to PUT `ready`, followed by an id of your own making.")
    ready: SameRequest


class SuggestionList(ResponseModel):
    items: list[SuggestionResponse]
    records_looked_at: int
    left_out: int = Field(description="Suggestions beyond the first 200 by time.")
    notes: list[str]
