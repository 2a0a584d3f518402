"""What officers do with an activity: record it, correct it, take it back, say what became of a referral.

Nothing is refused for being improper, late or incomplete: it is stored and flagged. Every change is one transaction:
fact, what follows from it, audit event. Then the answer.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from app.activities import off_patrol, queries, recording
from app.activities.codes import ActivityKind
from app.activities.content import as_json, body_of
from app.activities.models import Activity, ActivityRule
from app.activities.problems import (
    activity_unknown,
    not_a_referral,
    other_kind,
    reason_missing,
    unknown_officer,
)
from app.activities.recording import Read
from app.activities.rules import Rule
from app.activities.schemas import AnyActivity, FollowUpRequest, VoidActivityRequest
from app.audit.models import Action
from app.audit.service import changed, collected
from app.clock import london_day
from app.facts.amending import Amendment, amend, take_back
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.service import Provenance, Recorded, quarantine
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import is_of_force
from app.problems import FORBIDDEN, PRECONDITION_REQUIRED, Problem
from app.rest.sent import Sent


@dataclass(frozen=True, slots=True)
class ActivityRecorded:
    """What became of an activity. With `activity` and `read` it is new, and nothing else need be read to answer."""

    recorded: Recorded
    activity: Activity | None = None
    read: Read | None = None


def _origin(caller: Caller, captured_by: UUID | None, sent: Sent) -> Provenance:
    return Provenance(captured_by or caller.officer_id, caller.officer_id, sent.now, sent.sent_at)


@requires(Permission.ACTIVITIES_RECORD)
def record_activity(
    session: Session,
    caller: Caller,
    activity_id: UUID,
    body: AnyActivity,
    expected_revision: int | None,
    sent: Sent,
) -> ActivityRecorded:
    """Records an activity, or corrects the revision the caller names, with a reason.

    One that another captured is kept aside, unless the caller may record for them; a patrol that has not come is
    unknown as yet (409 `parent-unknown`).
    """
    origin = _origin(caller, body.captured_by, sent)
    if expected_revision is not None:
        return _correct(session, caller, activity_id, body, expected_revision, origin)
    if body.amendment_reason is not None:
        raise Problem(PRECONDITION_REQUIRED, "A correction names the revision it is of: send If-Match.")
    if not caller.may_record_for(origin.captured_by):
        return ActivityRecorded(_keep_aside(session, caller, activity_id, body, origin))
    read = recording.read_activity(session, caller.force_id, body, origin)
    operation = "activity:record"
    event = collected(
        operation, sent.now, _subjects(activity_id, body, origin),
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    if not recording.record_activity(session, activity_id, read, origin, [event]):
        _log(session, caller, operation, activity_id, body, origin, Action.CONSULT)
        return ActivityRecorded(Recorded(False))
    if origin.captured_by != caller.officer_id:
        _tell(session, origin, FeedChange.RECORDED, activity_id, read.row["patrol_id"])
    return ActivityRecorded(Recorded(True), recording.as_recorded(activity_id, read, origin), read)


def _correct(
    session: Session,
    caller: Caller,
    activity_id: UUID,
    body: AnyActivity,
    expected_revision: int,
    origin: Provenance,
) -> ActivityRecorded:
    if body.amendment_reason is None:
        raise reason_missing()
    row = _own(session, caller, activity_id, origin, "activity:amend")
    if body.kind != row.kind:
        raise other_kind()
    read = recording.read_activity(session, caller.force_id, body, origin, before=row)
    amendment = Amendment(
        origin.captured_by, body.amendment_reason, recording.activity_content(body), origin.received_at
    )
    before = as_json(body_of(row, *queries.said_in(session, row)))
    made = amend(session, row, recording.KIND, expected_revision, amendment, before, read.row)
    if made:
        recording.replace_details(session, activity_id, read, origin)
        _tell(session, origin, FeedChange.AMENDED, activity_id, row.patrol_id)
    action = Action.ALTER if made else Action.CONSULT
    _log(session, caller, "activity:amend", activity_id, body, origin, action, body.amendment_reason)
    return ActivityRecorded(Recorded(False))


@requires(Permission.ACTIVITIES_RECORD)
def void_activity(
    session: Session, caller: Caller, activity_id: UUID, body: VoidActivityRequest, sent: Sent
) -> Recorded:
    """Takes an activity back, for good: it stays, and counts nowhere. Once more is no change."""
    origin = _origin(caller, body.captured_by, sent)
    row = _own(session, caller, activity_id, origin, "activity:void")
    made = take_back(session, row, origin.captured_by, body.reason, sent.now)
    if made:
        off_patrol.withdraw(session, row, sent.now)
        _tell(session, origin, FeedChange.VOIDED, activity_id, row.patrol_id)
    changed(
        session, "activity:void", sent.now, {"activity": [activity_id], "officer": [origin.captured_by]},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.ALTER if made else Action.CONSULT, reason=body.reason if made else None,
    )  # fmt: skip
    return Recorded(made)


@requires(Permission.ACTIVITIES_RECORD)
def follow_up(
    session: Session,
    caller: Caller,
    activity_id: UUID,
    follow_up_id: UUID,
    body: FollowUpRequest,
    sent: Sent,
) -> Recorded:
    """Records what became of a referral, by whoever may see it and heard; the latest heard stands.

    One that has not come, or is not theirs to see, is unknown as yet (409 `parent-unknown`).
    """
    origin = _origin(caller, body.captured_by, sent)
    if not caller.may_record_for(origin.captured_by):
        raise _only_own_words("activity:follow-up")
    seen = queries.activity_locked(session, caller, activity_id, origin.captured_by, london_day(sent.now))
    if seen is None:
        raise activity_unknown()
    if seen.kind != ActivityKind.REFERRAL:
        raise not_a_referral()
    created = recording.record_follow_up(session, seen, follow_up_id, body, origin)
    if created:
        whose = {seen.captured_by, origin.captured_by}
        tell(
            session,
            whose,
            FeedKind.ACTIVITY,
            FeedChange.CHANGED,
            activity_id,
            sent.now,
            patrol_id=seen.patrol_id,
        )
    subjects = {"activity": [activity_id], "follow-up": [follow_up_id], "officer": [origin.captured_by]}
    changed(
        session, "activity:follow-up", sent.now, subjects, actor_id=caller.officer_id,
        force_id=caller.force_id, action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return Recorded(created)


def _tell(
    session: Session, origin: Provenance, change: FeedChange, activity_id: UUID, patrol_id: UUID | None
) -> None:
    """Has whoever an activity is of hear of it: what one has just recorded oneself is no news, and too much of it."""
    whose, now = [origin.captured_by], origin.received_at
    tell(session, whose, FeedKind.ACTIVITY, change, activity_id, now, patrol_id=patrol_id)


def write_rule(session: Session, force_id: UUID, rule: Rule, now: datetime) -> UUID:
    """Adds a rule of a force; the id of the row. The import logs it."""
    row = ActivityRule(
        id=uuid4(), force_id=force_id, kind=rule.kind.value, level=rule.level.value,
        valid_from=rule.valid_from or london_day(now), created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _own(session: Session, caller: Caller, activity_id: UUID, origin: Provenance, what: str) -> Activity:
    if not caller.may_record_for(origin.captured_by):
        raise _only_own_words(what)
    return recording.own_activity(session, caller.force_id, activity_id, origin.captured_by)


def _only_own_words(what: str) -> Problem:
    return Problem(FORBIDDEN, "Only whoever did it says this, signed in as themselves.", denial=what)


def _keep_aside(
    session: Session, caller: Caller, activity_id: UUID, body: AnyActivity, origin: Provenance
) -> Recorded:
    if not is_of_force(session, origin.captured_by, caller.force_id):
        raise unknown_officer()
    raw = body.model_dump_json(exclude_unset=True).encode()
    content = recording.activity_content(body)
    created = quarantine(
        session, caller.force_id, recording.KIND, activity_id, body.patrol_id, content, origin, raw
    )
    changed(
        session, "activity:quarantine", origin.received_at, {"activity": [activity_id]},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return Recorded(created, quarantined=True)


def _log(
    session: Session,
    caller: Caller,
    operation: str,
    activity_id: UUID,
    body: AnyActivity,
    origin: Provenance,
    action: Action,
    reason: str | None = None,
) -> None:
    changed(
        session, operation, origin.received_at, _subjects(activity_id, body, origin), actor_id=caller.officer_id,
        force_id=caller.force_id, action=action, reason=reason if action is Action.ALTER else None,
    )  # fmt: skip


def _subjects(activity_id: UUID, body: AnyActivity, origin: Provenance) -> dict[str, list[UUID]]:
    subjects = {"activity": [activity_id], "officer": [origin.captured_by]}
    if body.patrol_id is not None:
        subjects["patrol"] = [body.patrol_id]
    return subjects
