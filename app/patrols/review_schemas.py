"""Reviews and links on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.database.types import Code, safe_text
from app.patrols.reasons import ReasonSource
from app.patrols.reviewing import Decision
from app.rest.bulk import MOST_AT_ONCE, BulkFault
from app.rest.wire import Id, RequestModel, ResponseModel, Time

Note: Any = safe_text(500, 3)
Basis = Annotated[int, Field(ge=0, le=1_000_000)]


class ReviewRequest(RequestModel):
    """A decision. `basis` is the number of the result that was looked at: `assessment_number` of a patrol, `basis` of a
    window (0 when nobody has been to it). `replaces` is the decision that stands, where there is one; `answers` are the
    disputes it answers, which stay open otherwise. REASON needs `reason_code`; ADJUST, of windows only, needs
    `adjusted_seconds` and a `note`. ACCEPT and STAND on a window are recorded for each of its patrols, too. No names of
    members of the public."""

    decision: Decision
    basis: Basis
    reason_code: Code | None = None
    adjusted_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    note: Note | None = None
    replaces: Id | None = None
    answers: list[Id] = Field(default=[], max_length=50)


class BulkItem(ReviewRequest):
    """One decision of many, under an id of the caller's making, on a patrol or on a window."""

    id: Id
    patrol_id: Id | None = None
    window_id: Id | None = None


class BulkRequest(RequestModel):
    """Up to 200 decisions. Each stands or falls by itself; those that stand become durable together."""

    items: list[BulkItem] = Field(min_length=1, max_length=MOST_AT_ONCE)


class BulkResult(ResponseModel):
    id: UUID
    outcome: Literal["created", "replayed", "refused"]
    problem: BulkFault | None


class BulkResponse(ResponseModel):
    """One result an item, in the order they were sent."""

    results: list[BulkResult]
    created: int
    replayed: int
    refused: int


class ReviewResponse(ResponseModel):
    """A decision as it stands in the record. `standing`: it is the latest of its patrol or window.
    `needs_confirmation`: the evidence has come to another status since, so only an accepted reason goes on counting.
    `status` is what the patrol or window counts as now."""

    id: UUID
    patrol_id: UUID | None
    window_id: UUID | None
    number: int
    decision: Decision
    decision_label: str
    basis: int
    basis_status: str
    basis_status_label: str
    reason_code: str | None
    reason_label: str | None
    adjusted_seconds: int | None
    note: str | None
    decided_by: UUID
    decided_by_collar_number: str
    decided_at: Time
    answers: list[UUID]
    of_window_review: UUID | None
    standing: bool
    needs_confirmation: bool
    status: str
    status_label: str


class ReasonRecord(ResponseModel):
    """A record that gives a reason: which kind, which one, who made it, when it was, the force's own reference or log
    number, and what somebody said. `in_words` is all of it in a line: «left for: arrest, 21:14, log 3712 (4101)»."""

    source: ReasonSource
    source_label: str
    source_id: UUID
    collar_number: str
    at: Time | None
    reference: str | None
    text: str | None
    in_words: str


class ProposedReason(ResponseModel):
    """A reason on record that would explain the result, once, with every record that gives it, the latest first.
    `source`, `source_id`, `collar_number`, `text` and `in_words` are those of the first record. `reason_unknown`: the
    force's list has no such code; it is kept as it was sent, and cannot be accepted. A reason explains; it never makes
    a window kept, and the window stays in what is counted."""

    reason_code: str
    reason_label: str
    reason_unknown: bool
    source: ReasonSource
    source_id: UUID
    collar_number: str
    text: str | None
    in_words: str
    records: list[ReasonRecord]


class ReviewList(ResponseModel):
    """Oldest first. `proposed_reasons` are those on record, whether or not anything was decided."""

    reviews: list[ReviewResponse]
    proposed_reasons: list[ProposedReason]


class OpenDispute(ResponseModel):
    id: UUID
    patrol_id: UUID
    collar_number: str
    text: str
    received_at: Time


class SuggestedWindow(ResponseModel):
    """A published window that this patrol would keep by itself; `PUT /v1/patrols/{id}/links/{id}` accepts it."""

    window_id: UUID
    starts_at: Time
    ends_at: Time
    verified_minutes: int
    required_minutes: int


class DueReview(ResponseModel):
    """Something to decide. `basis`, `latest_review` and the ids of `open_disputes` go into the decision, so that nobody
    decides on what they have not seen. `voided`: its officer took it back, and flags still ask. `may_decide` false: it
    concerns the caller, or somebody who is not below them in rank, or somebody above them has decided.
    `acceptable_minutes` is what ACCEPT would make count beyond what is verified."""

    kind: Literal["window", "patrol"]
    id: UUID
    basis: int
    hotspot_code: str | None
    hotspot_name: str | None
    team_code: str | None
    starts_at: Time
    ends_at: Time
    status: str
    status_label: str
    verified_minutes: int
    required_minutes: int | None
    acceptable_minutes: int
    provisional: bool
    check_needed: bool
    flags: list[str]
    decision: Decision | None
    latest_review: UUID | None
    needs_confirmation: bool
    voided: bool
    collar_numbers: list[str]
    patrol_ids: list[UUID]
    proposed_reasons: list[ProposedReason]
    open_disputes: list[OpenDispute]
    suggested_windows: list[SuggestedWindow]
    may_decide: bool
    why_not: Literal["own", "rank", "decided_above"] | None


class DueReviews(ResponseModel):
    """Latest first."""

    items: list[DueReview]
    next_cursor: str | None


class LinkRequest(RequestModel):
    """The window a patrol made for none is to count for, or null to take that back; and why."""

    window_id: Id | None
    reason: Note


class LinkResponse(ResponseModel):
    """The link as recorded, and what the patrol came to with it."""

    id: UUID
    patrol_id: UUID
    window_id: UUID | None
    reason: str
    decided_by: UUID
    decided_at: Time
    status: str
    status_label: str
