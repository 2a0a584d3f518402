"""Officers say whether they take a window: a fact of theirs, recorded whatever it says and however late it comes.

Who may answer is whoever the window was ever given to since it was published, by name or with their team: what was said
before a reassignment must not be lost because the phone had no signal until after it. It counts only where it stands
(`crews`). Nobody answers for somebody else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day, skew_correction_ms
from app.facts.content import content_hash, packed_hash
from app.facts.service import Provenance, record
from app.identity.permissions import Caller, Permission, requires
from app.problems import INVALID, FieldError, Problem, out_of_sight
from app.reference.codes import in_words
from app.reference.queries import labels
from app.rest.sent import Sent
from app.schedule import crew_queries
from app.schedule.crew_schemas import AnswerRequest, AnswerResponse
from app.schedule.crews import Answer, given_at, is_tasked
from app.schedule.models import TaskingWindow, WindowAnswer
from app.schedule.problems import own_answer_only

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """That an answer is recorded, to which window, and whether this call put it there. What it then says is read by
    `recorded`, and only where somebody is told."""

    window: TaskingWindow
    created: bool


@requires(Permission.WINDOWS_ANSWER)
def answer_window(
    session: Session,
    caller: Caller,
    window_id: UUID,
    answer_id: UUID,
    body: AnswerRequest,
    sent: Sent,
    disclosure_hours: int,
) -> Answered:
    """Records what the caller says to a window; the same again is the same answer, other content a conflict.

    404 for a window that was never theirs, and for one that crews may not know of yet.
    """
    if body.captured_by not in (None, caller.officer_id):
        raise own_answer_only()
    window = _mine(session, caller, window_id, sent.now, disclosure_hours)
    _check_words(body)
    said = content_hash("words", SCHEMA_VERSION, body)
    content = packed_hash("window-answer", SCHEMA_VERSION, window_id.bytes, said)
    origin = Provenance(caller.officer_id, caller.officer_id, sent.now, sent.sent_at)
    answered_at = given_at(body.answered_at, skew_correction_ms(origin.skew_ms or 0), sent.now)
    row = {
        "force_id": caller.force_id,
        "window_id": window_id,
        "answer": Answer(body.answer),
        "reason_code": body.reason_code,
        "text": body.text,
        "recorded_at": body.answered_at,
        "answered_at": answered_at,
        "late": answered_at >= window.starts_at,
        "revision": window.revision,
    }
    created = record(session, WindowAnswer, answer_id, content, origin, row)
    changed(
        session, "windows.answered", sent.now,
        {"window": [window_id], "answer": [answer_id], "officer": [caller.officer_id]},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return Answered(window, created)


def _mine(
    session: Session, caller: Caller, window_id: UUID, now: datetime, disclosure_hours: int
) -> TaskingWindow:
    until = now + timedelta(hours=disclosure_hours)
    window = crew_queries.window_told(session, caller.force_id, window_id, until)
    if window is None:
        raise out_of_sight("windows.answered")
    # Whoever has moved team since may still say what they had to say.
    teams = crew_queries.teams_on(session, caller.officer_id, {london_day(now), london_day(window.starts_at)})
    members = dict.fromkeys(teams, (caller.officer_id,))
    taskings = crew_queries.taskings_of(session, window)
    if not any(is_tasked(caller.officer_id, tasking, members) for tasking in taskings):
        raise out_of_sight("windows.answered")
    return window


def _check_words(body: AnswerRequest) -> None:
    if (body.answer == Answer.DECLINED) != (body.reason_code is not None):
        fault = FieldError("/reason_code", "reason", "goes with the answer DECLINED, and only with it")
        raise Problem(INVALID, "Some values are not valid.", [fault])


def recorded(
    session: Session, caller: Caller, window: TaskingWindow, answer_id: UUID, now: datetime
) -> AnswerResponse:
    """What the caller is told of the answer they have just given; it was logged."""
    crew = crew_queries.crews_of(session, [window])[window.id]
    said = next(each for each in crew.said if each.id == answer_id)
    reasons = labels(session, caller.force_id, "decline_reasons", london_day(now))
    code = said.reason_code
    return AnswerResponse(
        id=said.id,
        window_id=window.id,
        officer_id=said.officer_id,
        answer=said.answer,
        reason_code=code,
        reason_label=in_words(reasons, code) if code in reasons else None,
        reason_unknown=code is not None and code not in reasons,
        text=said.text,
        answered_at=said.answered_at,
        received_at=said.received_at,
        late=said.late,
        standing=crew.standing.get(said.officer_id) is said,
        window_state=window.state,
    )
