"""What an officer's phone does: check in, upload fixes, check out. Facts go in as they come; judgement follows.

Every change is one transaction: fact, what follows from it, audit event. Then the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed, collected
from app.database.model import insert_if_absent
from app.facts.service import Provenance, Recorded
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import is_of_force
from app.patrols import closing, judging, quarantine, queries, recording
from app.patrols.catching_up import Touched, follow, follow_void
from app.patrols.lifecycle import Cause, due_for_closing
from app.patrols.models import AutoClosing, Patrol
from app.patrols.problems import own_words_only, unknown_reference
from app.patrols.queries import OpenPatrol
from app.patrols.schemas import CheckInRequest, CheckOutRequest, FixUpload, VoidRequest
from app.rest.sent import Sent
from app.schedule.queries import WindowAtCheckIn


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What became of a check-in. `patrol` is the row when it is new and nothing else need be read to answer."""

    recorded: Recorded
    patrol: Patrol | None = None
    window: WindowAtCheckIn | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a batch. `reached` is how far an open patrol has come with it; None for a replay, or when the
    patrol has ended and was judged again."""

    recorded: Recorded
    patrol: Patrol | None = None
    around: OpenPatrol | None = None
    reached: judging.Reached | None = None


def _origin(session: Session, caller: Caller, captured_by: UUID | None, sent: Sent) -> Provenance:
    captured_by = captured_by or caller.officer_id
    if captured_by != caller.officer_id and not is_of_force(session, captured_by, caller.force_id):
        raise unknown_reference("/captured_by", "officer")
    return Provenance(captured_by, caller.officer_id, sent.now, sent.sent_at)


def _audit(
    session: Session,
    caller: Caller,
    operation: str,
    now: datetime,
    subjects: dict[str, list[UUID]],
    *,
    created: bool = True,
) -> None:
    # A replay records nothing, but its answer shows the patrol as it stands.
    changed(
        session, operation, now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip


@requires(Permission.PATROLS_RECORD)
def check_in(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckInRequest, sent: Sent
) -> CheckedIn:
    """Records the start of a patrol; see `recording.read_check_in` for what is refused."""
    origin = _origin(session, caller, body.captured_by, sent)
    read = recording.read_check_in(session, caller.force_id, patrol_id, body, origin)
    if not caller.may_record_for(origin.captured_by):
        created = quarantine.check_in_aside(session, caller, patrol_id, body, read, origin)
        return CheckedIn(Recorded(created, quarantined=True))
    operation, subjects = "patrol:check-in", {"patrol": [patrol_id], "officer": read.members}
    event = collected(operation, sent.now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    if not recording.record_check_in(session, patrol_id, read, origin, [event]):
        _audit(session, caller, operation, sent.now, subjects, created=False)
        return CheckedIn(Recorded(False))
    alone = not read.crew and origin.captured_by == caller.officer_id
    patrol = recording.as_recorded(patrol_id, read, origin) if alone else None
    return CheckedIn(Recorded(True), patrol, read.window)


@requires(Permission.PATROLS_RECORD)
def upload_fixes(
    session: Session,
    caller: Caller,
    patrol_id: UUID,
    batch_id: UUID,
    upload: FixUpload,
    sent: Sent,
    touched: Touched | None = None,
) -> Uploaded:
    """Stores a batch as received and brings the patrol's progress, or its result when it has ended, up to date; or
    leaves that to the caller who gives `touched`."""
    origin = _origin(session, caller, upload.header.captured_by, sent)
    batch = recording.batch_of(upload)
    if not caller.may_record_for(origin.captured_by):
        created = quarantine.batch_aside(session, caller, patrol_id, batch_id, batch, origin)
        return Uploaded(Recorded(created, quarantined=True))
    patrol = recording.own_patrol(session, caller.force_id, patrol_id, origin.captured_by)
    created = recording.record_batch(session, patrol, batch_id, batch, origin)
    subjects = {"patrol": [patrol_id], "fix-batch": [batch_id]}
    _audit(session, caller, "patrol:fixes", sent.now, subjects, created=created)
    if not created:
        return Uploaded(Recorded(False), patrol)
    around, reached = follow(session, patrol, sent.now, Cause.LATE_FACTS, touched)
    return Uploaded(Recorded(True), patrol, around, reached)


@requires(Permission.PATROLS_RECORD)
def check_out(
    session: Session,
    caller: Caller,
    patrol_id: UUID,
    body: CheckOutRequest,
    sent: Sent,
    touched: Touched | None = None,
) -> Recorded:
    """Records the end of a patrol and judges it, or leaves that to the caller who gives `touched`. It supersedes an
    automatic closing."""
    origin = _origin(session, caller, body.captured_by, sent)
    if not caller.may_record_for(origin.captured_by):
        created = quarantine.check_out_aside(session, caller, patrol_id, body, origin)
        return Recorded(created, quarantined=True)
    patrol = recording.own_patrol(session, caller.force_id, patrol_id, origin.captured_by)
    created = recording.record_check_out(session, patrol, body, origin)
    _audit(session, caller, "patrol:check-out", sent.now, {"patrol": [patrol_id]}, created=created)
    if created:
        follow(session, patrol, sent.now, Cause.CHECK_OUT, touched)
    return Recorded(created)


@requires(Permission.PATROLS_RECORD)
def void(
    session: Session,
    caller: Caller,
    patrol_id: UUID,
    body: VoidRequest,
    sent: Sent,
    touched: Touched | None = None,
) -> Recorded:
    """Takes a patrol back, open or ended, for good: its facts stay, and it counts nowhere. Its own officer only."""
    if body.captured_by not in (None, caller.officer_id):
        raise own_words_only()
    patrol = recording.own_patrol(session, caller.force_id, patrol_id, caller.officer_id)
    origin = Provenance(caller.officer_id, caller.officer_id, sent.now, sent.sent_at)
    created = recording.record_void(session, patrol, body, origin)
    changed(
        session, "patrol:void", sent.now, {"patrol": [patrol_id], "officer": [caller.officer_id]},
        actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.ALTER if created else Action.CONSULT, reason=body.reason if created else None,
    )  # fmt: skip
    if created:
        follow_void(session, patrol, sent.now, touched)
    return Recorded(created)


def overdue_patrols(session: Session, now: datetime) -> Sequence[UUID]:
    """Open patrols that are due for closing; each is looked at again when it is closed."""
    return [
        each.patrol_id
        for each in closing.open_patrols(session)
        if due_for_closing(each.started_at, each.window_ends_at, each.last_fix_at, now) is not None
    ]


def close_if_overdue(session: Session, patrol_id: UUID, now: datetime) -> bool:
    """Closes one forgotten patrol by policy and judges it; false when it may still go on. Safe on several machines."""
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None or queries.ends_of(session, [patrol_id]):
        return False
    around = queries.around(session, patrol_id)
    if around.voided:
        return False
    last_fix_at = closing.last_fix_at(session, patrol_id, now)
    ended_at = closing.when_due(patrol, around.window_ends_at, last_fix_at, now)
    if ended_at is None:
        return False
    if not insert_if_absent(
        session, AutoClosing, {"patrol_id": patrol_id, "ended_at": ended_at, "closed_at": now}
    ):
        return False
    changed(
        session, "patrol:auto-close", now, {"patrol": [patrol_id]}, actor_id=None, force_id=patrol.force_id
    )
    recording.bring_up_to_date(session, patrol, now, Cause.AUTO_CLOSE)
    return True
