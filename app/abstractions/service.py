"""Use cases of abstractions: report, correct, take back, confirm, dispute. The only writer of this slice's rows."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from sqlmodel import Session

from app.abstractions import queries, recording
from app.abstractions.importing import ObjectiveChange
from app.abstractions.models import Abstraction, AbstractionDecision, AbstractionObjective
from app.abstractions.problems import about_oneself
from app.abstractions.recording import CONFIRMED, DISPUTED
from app.abstractions.schemas import AbstractionRequest
from app.abstractions.turns import turn_of
from app.abstractions.versions import content
from app.database.turns import take_turns
from app.facts.amending import Amendment, locked
from app.facts.content import content_hash, packed_hash
from app.facts.counting_once import (
    IMPORT,
    MAYBE_TWICE,
    keep_reference,
    lift,
    note_corrected,
    say_here,
    take_back_for_good,
)
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.problems import amendment_reason_missing, not_come_yet, voided_before
from app.facts.service import Provenance, Recorded, quarantine, record
from app.identity.permissions import Caller, Permission, requires
from app.imports.by_reference import Change
from app.patrols.proposing import withdraw_reason
from app.patrols.reasons import ReasonSource
from app.patrols.saying import log_altered, log_said, origin_of, own
from app.problems import out_of_sight
from app.rest.preconditions import require_revision
from app.rest.sent import Sent

KIND = "abstraction"
_DENIAL = "abstraction:of-another"


@requires(Permission.ABSTRACTIONS_RECORD)
def record_abstraction(
    session: Session,
    caller: Caller,
    abstraction_id: UUID,
    body: AbstractionRequest,
    sent: Sent,
    expected: int | None = None,
) -> Recorded:
    """Records an abstraction or, with the revision that is corrected, corrects one: by whoever reported it.

    Whoever was there may report anybody's: the record says who did. What an officer captured and somebody else sends
    without leave is kept aside whole.
    """
    origin = origin_of(session, caller, body.captured_by, sent)
    if expected is not None:
        return _correct(session, caller, abstraction_id, body, origin, expected)
    if not caller.may_record_for(origin.captured_by):
        hashed = content_hash(KIND, recording.SCHEMA_VERSION, body)
        raw = body.model_dump_json(exclude_unset=True).encode()
        created = quarantine(session, caller.force_id, KIND, abstraction_id, None, hashed, origin, raw)
        log_said(session, caller, f"{KIND}:quarantine", sent.now, {KIND: [abstraction_id]}, created)
        return Recorded(created, quarantined=True)
    read = recording.read_abstraction(session, caller.force_id, body, origin)
    # A queue has it by now.
    take_turns(session, [turn_of(read.officer_id)])
    created = recording.record_abstraction(session, abstraction_id, read, origin)
    subjects = {KIND: [abstraction_id], "officer": _people(origin.captured_by, read)}
    log_said(session, caller, f"{KIND}:record", sent.now, subjects, created)
    if created:
        whose = {read.officer_id, origin.captured_by}
        tell(session, whose, FeedKind.ABSTRACTION, FeedChange.RECORDED, abstraction_id, sent.now)
    return Recorded(created)


def _correct(
    session: Session,
    caller: Caller,
    abstraction_id: UUID,
    body: AbstractionRequest,
    origin: Provenance,
    expected: int,
) -> Recorded:
    if body.amendment_reason is None:
        raise amendment_reason_missing()
    say_here(session, recording.COUNTED_ONCE, caller.force_id, body.reference)
    row = own(session, caller, Abstraction, abstraction_id, origin.captured_by, _DENIAL)
    kept = keep_reference(row, body.reference)
    said = body if kept == body.reference else body.model_copy(update={"reference": kept})
    read = recording.read_abstraction(session, caller.force_id, said, origin, row.source, row)
    amendment = Amendment(caller.officer_id, body.amendment_reason, read.content, origin.received_at)
    before = content(session, [row])[row.id]
    concerned = {row.of, read.officer_id, row.reported_by}
    made = recording.amend_abstraction(session, row, read, expected, amendment, before)
    if made:
        note_corrected(recording.COUNTED_ONCE, row, before, content(session, [row])[row.id])
        tell(session, concerned, FeedKind.ABSTRACTION, FeedChange.AMENDED, abstraction_id, origin.received_at)
    subjects = {KIND: [abstraction_id], "officer": _people(row.reported_by, read)}
    log_altered(session, caller, f"{KIND}:correct", origin.received_at, subjects, made, body.amendment_reason)
    return Recorded(False)


def _people(reported_by: UUID, read: recording.Read) -> list[UUID]:
    authoriser = read.facts.authorising_officer_id
    return [reported_by, read.officer_id, *([authoriser] if authoriser else [])]


@requires(Permission.ABSTRACTIONS_RECORD)
def void_abstraction(
    session: Session, caller: Caller, abstraction_id: UUID, reason: str, sent: Sent
) -> Recorded:
    """Takes an abstraction back, for good: the row stays and counts nowhere. By whoever reported it."""
    row = own(session, caller, Abstraction, abstraction_id, caller.officer_id, _DENIAL)
    made = take_back_for_good(session, row, caller.officer_id, reason, sent.now)
    if made:
        withdraw_reason(session, ReasonSource.ABSTRACTION, abstraction_id, sent.now)
        recording.count_once(session, row, caller.officer_id, sent.now)
        recording.look_again_beside(session, row)
        whose = {row.of, row.reported_by}
        tell(session, whose, FeedKind.ABSTRACTION, FeedChange.VOIDED, abstraction_id, sent.now)
    subjects = {KIND: [abstraction_id], "officer": [row.of]}
    log_altered(session, caller, f"{KIND}:void", sent.now, subjects, made, reason)
    return Recorded(made)


@requires(Permission.ABSTRACTIONS_DECIDE)
def confirm_abstraction(
    session: Session,
    caller: Caller,
    abstraction_id: UUID,
    decision_id: UUID,
    note: str | None,
    sent: Sent,
    expected: int | None,
) -> Recorded:
    """Says that it was so: a supervisor of the team or area, about somebody else, whatever they authorised not.

    Of the version they read: 428 where they name none, 412 where it has been corrected since."""
    row = queries.to_decide(session, caller, abstraction_id, sent.now)
    if row is None:
        raise out_of_sight("abstraction:confirm")
    if caller.officer_id in (row.officer_id, row.authorised_by):
        raise about_oneself()
    return _decide(session, caller, row, decision_id, CONFIRMED, note, sent, expected, own_words=False)


@requires(Permission.ABSTRACTIONS_RECORD)
def dispute_abstraction(
    session: Session,
    caller: Caller,
    abstraction_id: UUID,
    decision_id: UUID,
    note: str,
    sent: Sent,
    expected: int | None = None,
) -> Recorded:
    """Says that it was not so: the officer it is about, whoever is said to have authorised it, or a supervisor who
    answers for the team or area.

    A supervisor decides on the version they read, as when they confirm. Whom it concerns says that it was not so,
    whatever was corrected meanwhile; with `expected` they ask to hear of it first (412)."""
    row = locked(session, Abstraction, abstraction_id)
    concerned = (
        row is not None
        and row.force_id == caller.force_id
        and (caller.officer_id in (row.officer_id, row.authorised_by))
    )
    if not concerned:
        row = (
            queries.to_decide(session, caller, abstraction_id, sent.now)
            if caller.may(Permission.ABSTRACTIONS_DECIDE)
            else None
        )
    if row is None:
        raise not_come_yet()
    return _decide(session, caller, row, decision_id, DISPUTED, note, sent, expected, own_words=concerned)


def _decide(
    session: Session,
    caller: Caller,
    row: Abstraction,
    decision_id: UUID,
    status: str,
    note: str | None,
    sent: Sent,
    expected: int | None,
    *,
    own_words: bool,
) -> Recorded:
    origin = Provenance(caller.officer_id, caller.officer_id, sent.now, sent.sent_at)
    said = _decision_content(row, status, note, expected)
    created = record(
        session,
        AbstractionDecision,
        decision_id,
        said,
        origin,
        {
            "force_id": row.force_id,
            "abstraction_id": row.id,
            "number": queries.decisions_until_now(session, row.id) + 1,
            "status": status,
            "note": note,
            "of_revision": row.revision,
            "rank_order": caller.rank_order,
        },
    )
    if created:
        # A replay is told what it wants to know, whatever came after it.
        if row.voided_at is not None:
            raise voided_before()
        if expected is not None or not own_words:
            require_revision(expected, row.revision)
        row.status = status
        # Its own decision needs no further authority once somebody confirmed it.
        row.flags = [each for each in row.flags if status != CONFIRMED or each != "authority_afterwards"]
        session.add(row)
        session.flush()
        recording.propose_again(session, row)
        concerned = {row.of, row.reported_by}
        tell(session, concerned, FeedKind.ABSTRACTION, FeedChange.DECIDED, row.id, sent.now)
    subjects = {KIND: [row.id], "officer": [row.of]}
    log_altered(session, caller, f"{KIND}:{status.lower()}", sent.now, subjects, created, note)
    return Recorded(created)


def _decision_content(row: Abstraction, status: str, note: str | None, expected: int | None) -> bytes:
    """What tells a replay: the same words of another version are another decision."""
    version = [str(expected).encode()] if expected is not None else []
    return packed_hash(
        "abstraction-decision", 1, row.id.bytes, status.encode(), (note or "").encode(), *version
    )


def write_imported(
    session: Session,
    force_id: UUID,
    changes: Sequence[Change],
    imported_by: UUID | None,
    now: datetime,
) -> list[UUID]:
    """Carries out what a file changes; the ids touched. The import logs it. Who imported is null for the command line,
    and then nobody but the officer stands as reporter."""
    touched = []
    for change in changes:
        body = AbstractionRequest.model_validate_json(json.dumps(change.content))
        reporter = imported_by or change.officer_id
        origin = Provenance(reporter, reporter, now, None)
        if change.held is None:
            abstraction_id = uuid5(force_id, f"abstraction {change.reference}")
            read = recording.read_abstraction(session, force_id, body, origin, IMPORT)
            if change.maybe_twice:
                read.row["flags"] = sorted({*read.row["flags"], MAYBE_TWICE})
            recording.record_abstraction(session, abstraction_id, read, origin)
            touched.append(abstraction_id)
            continue
        row = locked(session, Abstraction, change.held.id)
        if row is None:
            raise ValueError("an abstraction that was just read is gone")
        touched.append(row.id)
        if change.void:
            take_back_for_good(session, row, reporter, "Cancelled in the force's own system.", now)
            withdraw_reason(session, ReasonSource.ABSTRACTION, row.id, now)
            recording.look_again_beside(session, row)
            continue
        read = recording.read_abstraction(session, force_id, body, origin, IMPORT)
        # What gave way is corrected like any other, and gives way again.
        lift(row)
        amendment = Amendment(reporter, "Corrected in the force's own system.", read.content, now)
        before = content(session, [row])[row.id]
        recording.amend_abstraction(session, row, read, change.held.revision, amendment, before)
    return touched


def write_objectives(session: Session, force_id: UUID, changes: Sequence[ObjectiveChange]) -> list[UUID]:
    """Adds what areas are held against from a day on; the import logs it."""
    written = []
    for change in changes:
        row = AbstractionObjective(
            id=uuid4(),
            force_id=force_id,
            area_id=change.area_id,
            benchmark_from=change.benchmark_from,
            benchmark_to=change.benchmark_to,
            most_hours_a_week=change.most_hours_a_week,
            valid_from=change.valid_from,
        )
        session.add(row)
        written.append(row.id)
    session.flush()
    return written
