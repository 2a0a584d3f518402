"""Who windows are given to and what they say to them, on the wire."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.database.types import Code, safe_text
from app.reference.codes import Label, in_words
from app.rest.bulk import MOST_AT_ONCE, BulkFault
from app.rest.wire import Id, Instant, RequestModel, ResponseModel, Time, shown
from app.schedule.crews import Answer, Crew, Said
from app.schedule.windows import WindowState

Reason: Any = safe_text(500, 3)
Words: Any = safe_text(500)
MAX_OFFICERS = 50


class AssignmentRequest(RequestModel):
    """To whom a window is given, and why. Without names it is the whole team's; without a team it stays its team's.
    No names of members of the public."""

    team_id: Id | None = None
    officer_ids: list[Id] = Field(max_length=MAX_OFFICERS)
    reason: Reason


class AssignmentItem(AssignmentRequest):
    """One assignment of many; `revision` is the window's, as read."""

    window_id: Id
    revision: int = Field(ge=1, le=1_000_000_000)


class AssignmentsRequest(RequestModel):
    """Up to 200 assignments. Each stands or falls by itself; those that stand become durable together."""

    items: list[AssignmentItem] = Field(min_length=1, max_length=MOST_AT_ONCE)


class AssignmentWarning(ResponseModel):
    """What to look at in an assignment that stands: `tasked-elsewhere`, with those of the overlapping windows that you
    may see, or `not-in-team` on the window's day."""

    code: Literal["tasked-elsewhere", "not-in-team"]
    officer_id: UUID
    collar_number: str
    window_ids: list[UUID]


class AssignmentResult(ResponseModel):
    """`unchanged`: the window was given so already. `revision` is the window's after it."""

    window_id: UUID
    outcome: Literal["assigned", "unchanged", "refused"]
    revision: int | None
    warnings: list[AssignmentWarning]
    problem: BulkFault | None


class AssignmentsResponse(ResponseModel):
    """One result an item, in the order they were sent."""

    results: list[AssignmentResult]
    assigned: int
    unchanged: int
    refused: int


class AnswerRequest(RequestModel):
    """Whether the officer takes the window. DECLINED needs a `reason_code` of the list `decline_reasons`; one that the
    list does not hold is kept and marked. `captured_by`, where sent, is the officer signed in. No medical details."""

    model_config = shown(answer="DECLINED", answered_at="2026-03-02T17:00:00Z", reason_code="COURT")

    answer: Literal["ACCEPTED", "DECLINED"]
    answered_at: Instant
    reason_code: Code | None = None
    text: Words | None = None
    captured_by: Id | None = None


class AnswerResponse(ResponseModel):
    """An answer as recorded. `standing`: it is what counts for this officer now. `late`: the window had begun."""

    id: UUID
    window_id: UUID
    officer_id: UUID
    answer: Answer
    reason_code: str | None
    reason_label: str | None
    reason_unknown: bool
    text: str | None
    answered_at: Time
    received_at: Time
    late: bool
    standing: bool
    window_state: WindowState


class CrewMember(ResponseModel):
    """Somebody tasked with a window, and their answer that stands; without one they have not answered."""

    officer_id: UUID
    collar_number: str
    by_name: bool
    answer_id: UUID | None
    answer: Answer | None
    reason_code: str | None
    reason_label: str | None
    text: str | None
    answered_at: Time | None
    late: bool


class AnswerHistory(CrewMember):
    """One answer of all that were given, standing or not."""

    received_at: Time
    revision: int
    standing: bool


def crew_members(
    crew: Crew, reasons: Mapping[str, Label], *, everybody: bool, words: bool
) -> list[CrewMember]:
    """Those tasked by name; else those of the team who answered, and with `everybody` the others, too.

    `words` shows what people wrote to their answers.
    """
    return [
        CrewMember(
            **_member(officer_id, collar, bool(crew.named), crew.standing.get(officer_id), reasons, words)
        )
        for officer_id, collar in crew.tasked
        if crew.named or everybody or officer_id in crew.standing
    ]


def answer_history(crew: Crew, reasons: Mapping[str, Label], *, words: bool) -> list[AnswerHistory]:
    """Every answer that was given, in that order."""
    named = {officer_id for officer_id, _ in crew.named}
    return [
        AnswerHistory(
            **_member(said.officer_id, said.collar_number, said.officer_id in named, said, reasons, words),
            received_at=said.received_at,
            revision=said.revision,
            standing=crew.standing.get(said.officer_id) is said,
        )
        for said in crew.said
    ]


def _member(
    officer_id: UUID,
    collar_number: str,
    by_name: bool,
    said: Said | None,
    reasons: Mapping[str, Label],
    words: bool,
) -> dict[str, Any]:
    code = said.reason_code if said else None
    return {
        "officer_id": officer_id,
        "collar_number": collar_number,
        "by_name": by_name,
        "answer_id": said.id if said else None,
        "answer": said.answer if said else None,
        "reason_code": code,
        "reason_label": in_words(reasons, code) if code else None,
        "text": said.text if said and words else None,
        "answered_at": said.answered_at if said else None,
        "late": said.late if said else False,
    }
