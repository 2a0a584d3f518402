"""Use cases of engagements: record, correct, take back, promise and keep. The only writer of this slice's rows."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.engagements import queries, recording
from app.engagements.models import Engagement, EngagementAction
from app.engagements.reach import EngagementFlag
from app.engagements.schemas import ActionRequest, EngagementRequest
from app.engagements.versions import action_content, content
from app.facts.amending import Amendment, amend, locked, take_back
from app.facts.content import content_hash, packed_hash
from app.facts.counting_once import (
    PHONE,
    keep_reference,
    note_corrected,
    say_here,
    settle,
    take_back_for_good,
)
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.problems import amendment_reason_missing, not_come_yet
from app.facts.service import Provenance, Recorded, quarantine, record
from app.identity.permissions import Caller, Permission, requires
from app.patrols.saying import log_altered, log_said, origin_of, own
from app.rest.sent import Sent
from app.telling.notices import tell_voided

KIND, ACTION_KIND = "engagement", "engagement-action"
_DENIAL = "engagement:of-another"
# What is said of how a file told it, whoever corrects it.
_OF_ITS_FILE = {EngagementFlag.ID_DERIVED.value, EngagementFlag.MISSING_IN_SOURCE.value}


@requires(Permission.ENGAGEMENTS_RECORD)
def record_engagement(
    session: Session,
    caller: Caller,
    engagement_id: UUID,
    body: EngagementRequest,
    sent: Sent,
    expected: int | None = None,
) -> Recorded:
    """Records an engagement or, with the revision that is corrected, corrects one.

    What an officer captured and somebody else sends without leave is kept aside whole.
    """
    origin = origin_of(session, caller, body.captured_by, sent)
    if expected is not None:
        return _correct(session, caller, engagement_id, body, origin, expected)
    if not caller.may_record_for(origin.captured_by):
        hashed = content_hash(KIND, recording.SCHEMA_VERSION, body)
        raw = body.model_dump_json(exclude_unset=True).encode()
        created = quarantine(
            session, caller.force_id, KIND, engagement_id, body.patrol_id, hashed, origin, raw
        )
        log_said(session, caller, f"{KIND}:quarantine", sent.now, {KIND: [engagement_id]}, created)
        return Recorded(created, quarantined=True)
    read = recording.read_engagement(session, caller.force_id, body, origin)
    created = recording.record_engagement(session, engagement_id, read, origin)
    subjects = {KIND: [engagement_id], "officer": [origin.captured_by, *read.officers]}
    log_said(session, caller, f"{KIND}:record", sent.now, subjects, created)
    if created:
        _tell(session, [origin.captured_by, *read.officers], FeedChange.RECORDED, engagement_id, sent.now)
    return Recorded(created)


def _correct(
    session: Session,
    caller: Caller,
    engagement_id: UUID,
    body: EngagementRequest,
    origin: Provenance,
    expected: int,
) -> Recorded:
    if body.amendment_reason is None:
        raise amendment_reason_missing()
    say_here(session, recording.COUNTED_ONCE, caller.force_id, body.reference)
    row = own(session, caller, Engagement, engagement_id, origin.captured_by, _DENIAL)
    kept = keep_reference(row, body.reference)
    said = body if kept == body.reference else body.model_copy(update={"reference": kept})
    read = recording.read_engagement(session, caller.force_id, said, origin, row.source, row)
    read.row["flags"] = sorted({*read.row["flags"], *_OF_ITS_FILE.intersection(row.flags)})
    amendment = Amendment(caller.officer_id, body.amendment_reason, read.content, origin.received_at)
    before = content(session, [row])[row.id]
    took_part = queries.officers_of(session, [row.id])[row.id]
    made = recording.amend_engagement(session, row, read, expected, amendment, before)
    if made:
        note_corrected(recording.COUNTED_ONCE, row, before, content(session, [row])[row.id])
        # Who no longer stands in it hears of that, too.
        whose = {row.captured_by, *read.officers, *took_part}
        _tell(session, whose, FeedChange.AMENDED, engagement_id, origin.received_at)
    subjects = {KIND: [engagement_id], "officer": [row.captured_by, *read.officers]}
    log_altered(session, caller, f"{KIND}:correct", origin.received_at, subjects, made, body.amendment_reason)
    return Recorded(False)


@requires(Permission.ENGAGEMENTS_RECORD)
def void_engagement(
    session: Session, caller: Caller, engagement_id: UUID, reason: str, sent: Sent
) -> Recorded:
    """Takes an engagement back, for good: the row stays and counts nowhere. Its own officer only."""
    row = own(session, caller, Engagement, engagement_id, caller.officer_id, _DENIAL)
    made = take_back_for_good(session, row, caller.officer_id, reason, sent.now)
    if made:
        settle(session, recording.COUNTED_ONCE, row, caller.officer_id, sent.now)
        if row.source == PHONE:
            tell_voided(session, row.force_id, row.area_id, row.id, row.revision, sent.now)
        took_part = queries.officers_of(session, [row.id])[row.id]
        _tell(session, [row.captured_by, *took_part], FeedChange.VOIDED, engagement_id, sent.now)
    subjects = {KIND: [engagement_id], "officer": [row.captured_by]}
    log_altered(session, caller, f"{KIND}:void", sent.now, subjects, made, reason)
    return Recorded(made)


@requires(Permission.ENGAGEMENTS_RECORD)
def record_action(
    session: Session,
    caller: Caller,
    engagement_id: UUID,
    action_id: UUID,
    body: ActionRequest,
    sent: Sent,
    expected: int | None = None,
) -> Recorded:
    """Records what was promised at an engagement, or says what came of it: by anybody who took part in it, and by a
    supervisor who may see it, because somebody else may keep what an officer promised."""
    row = queries.engagement_seen(session, caller, engagement_id, sent.now)
    if row is None:
        raise not_come_yet()
    hashed = packed_hash(
        ACTION_KIND, recording.SCHEMA_VERSION, engagement_id.bytes, content_hash("action", 1, body)
    )
    said = {
        "issue": body.issue,
        "you_said": body.you_said,
        "due_on": body.due_on,
        "done_on": body.done_on,
        "we_did": body.we_did,
    }
    if expected is None:
        origin = Provenance(caller.officer_id, caller.officer_id, sent.now, sent.sent_at)
        new = {"force_id": row.force_id, "engagement_id": engagement_id, "revision": 1, **said}
        created = made = record(session, EngagementAction, action_id, hashed, origin, new)
    else:
        created = False
        if body.amendment_reason is None:
            raise amendment_reason_missing()
        action = locked(session, EngagementAction, action_id)
        if action is None or action.engagement_id != engagement_id:
            raise not_come_yet()
        amendment = Amendment(caller.officer_id, body.amendment_reason, hashed, sent.now)
        made = amend(session, action, ACTION_KIND, expected, amendment, action_content(action), said)
    if made:
        took_part = queries.officers_of(session, [row.id])[row.id]
        _tell(session, [row.captured_by, *took_part], FeedChange.CHANGED, engagement_id, sent.now)
    subjects = {KIND: [engagement_id], ACTION_KIND: [action_id], "officer": [row.captured_by]}
    log_said(session, caller, f"{KIND}:action", sent.now, subjects, created or expected is not None)
    return Recorded(created)


@requires(Permission.ENGAGEMENTS_RECORD)
def void_action(
    session: Session, caller: Caller, engagement_id: UUID, action_id: UUID, reason: str, sent: Sent
) -> Recorded:
    """Takes a promise back that was a mistake, or that says more than it may: by whoever may say what came of it. It
    stays with its reason, and is told to nobody. Once more is no change."""
    row = queries.engagement_seen(session, caller, engagement_id, sent.now)
    action = locked(session, EngagementAction, action_id) if row is not None else None
    if row is None or action is None or action.engagement_id != engagement_id:
        raise not_come_yet()
    made = take_back(session, action, caller.officer_id, reason, sent.now)
    if made:
        took_part = queries.officers_of(session, [row.id])[row.id]
        _tell(session, [row.captured_by, *took_part], FeedChange.CHANGED, engagement_id, sent.now)
    subjects = {KIND: [engagement_id], ACTION_KIND: [action_id], "officer": [row.captured_by]}
    log_altered(session, caller, f"{KIND}:action-void", sent.now, subjects, made, reason)
    return Recorded(made)


def _tell(
    session: Session, whose: Iterable[UUID], change: FeedChange, engagement_id: UUID, now: datetime
) -> None:
    tell(session, whose, FeedKind.ENGAGEMENT, change, engagement_id, now)
