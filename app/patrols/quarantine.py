"""Keeps a patrol's facts aside that cannot be recorded as they came, and records them when they are released.

Released, a fact is recorded as if its officer had sent it, with the sender and the time it came in as they were. Who
may release is decided by the use case that calls (`app.sync.quarantine`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.facts.models import AsideReason, QuarantinedFact
from app.facts.service import Provenance, quarantine
from app.identity.permissions import Caller
from app.patrols import explaining, recording
from app.patrols.catching_up import Touched
from app.patrols.lifecycle import Cause
from app.patrols.recording import Batch, CheckIn
from app.patrols.schemas import (
    CheckInRequest,
    CheckOutRequest,
    ExplanationRequest,
    FixBatchHeader,
    VoidRequest,
)
from app.rest.wire import RequestModel
from app.tracks.packing import pack, unpack

CHECK_IN, FIX_BATCH, CHECK_OUT = "check-in", "fix-batch", "check-out"
EXPLANATION, VOID = "explanation", "void"


class _BatchAside(FixBatchHeader):
    """What stands before the packed columns of a batch that is kept aside."""

    rejected: list[tuple[int, str]]


def check_in_aside(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckInRequest, read: CheckIn, origin: Provenance
) -> bool:
    """Keeps a check-in aside; true when it is new."""
    return keep(session, caller, CHECK_IN, patrol_id, None, read.content, origin, raw(body))


def batch_aside(
    session: Session, caller: Caller, patrol_id: UUID, batch_id: UUID, batch: Batch, origin: Provenance
) -> bool:
    """Keeps a batch aside; true when it is new."""
    content = batch.content(patrol_id)
    return keep(session, caller, FIX_BATCH, batch_id, patrol_id, content, origin, packed(batch))


def check_out_aside(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckOutRequest, origin: Provenance
) -> bool:
    """Keeps a check-out aside; true when it is new."""
    content = recording.check_out_content(body)
    aside_id = end_id(CHECK_OUT, patrol_id)
    return keep(session, caller, CHECK_OUT, aside_id, patrol_id, content, origin, raw(body))


def end_id(kind: str, patrol_id: UUID) -> UUID:
    """Where the end of a patrol is kept aside: it bears its patrol's id, and so does a check-in that is kept aside."""
    return uuid5(patrol_id, kind)


def raw(body: RequestModel) -> bytes:
    """What was sent, as it is kept aside."""
    return body.model_dump_json(exclude_unset=True).encode()


def packed(batch: Batch) -> bytes:
    """A batch as it is kept aside: its header, a line, its columns."""
    header = batch.header
    aside = _BatchAside(
        device_id=header.device_id,
        sequence=header.sequence,
        time_source=header.time_source,
        captured_by=header.captured_by,
        rejected=[(index, code) for index, code in batch.rejected],
    )
    return aside.model_dump_json().encode() + b"\n" + pack(batch.columns)


def keep(
    session: Session,
    caller: Caller,
    kind: str,
    aside_id: UUID,
    parent_id: UUID | None,
    content: bytes,
    origin: Provenance,
    body: bytes,
    reason: AsideReason = AsideReason.UPLOADED_BY_ANOTHER,
) -> bool:
    """Keeps a fact aside and logs it; true when it is new."""
    created = quarantine(
        session, caller.force_id, kind, aside_id, parent_id, content, origin, body, reason=reason
    )
    changed(
        session, f"{kind}:quarantine", origin.received_at, {kind: [aside_id]}, actor_id=caller.officer_id,
        force_id=caller.force_id, action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return created


@dataclass(frozen=True, slots=True)
class Released:
    """What became of a fact that was released: whether it is new, and who else it is about."""

    created: bool
    members: Sequence[UUID] = ()


def origin_of(fact: QuarantinedFact) -> Provenance:
    """Where a fact that was kept aside came from."""
    return Provenance(fact.captured_by, fact.uploaded_by, fact.received_at, fact.sent_at)


def release_check_in(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    origin, patrol_id = origin_of(fact), fact.recorded_as or fact.id
    asked = CheckInRequest.model_validate_json(body)
    read = recording.read_check_in(session, fact.force_id, patrol_id, asked, origin)
    return Released(recording.record_check_in(session, patrol_id, read, origin), read.members)


def release_batch(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    patrol_id = _patrol_id(fact)
    patrol = recording.own_patrol(session, fact.force_id, patrol_id, fact.captured_by)
    created = recording.record_batch(
        session, patrol, fact.recorded_as or fact.id, _unpacked(body), origin_of(fact)
    )
    return _released(created, patrol_id, touched)


def release_check_out(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    patrol_id = _patrol_id(fact)
    patrol = recording.own_patrol(session, fact.force_id, patrol_id, fact.captured_by)
    end = CheckOutRequest.model_validate_json(body)
    return _released(recording.record_check_out(session, patrol, end, origin_of(fact)), patrol_id, touched)


def release_explanation(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    said = ExplanationRequest.model_validate_json(body)
    about, words_id = _patrol_id(fact), fact.recorded_as or fact.id
    return Released(explaining.record_words(session, about, words_id, said, origin_of(fact)))


def release_void(session: Session, fact: QuarantinedFact, body: bytes, touched: Touched) -> Released:
    patrol = recording.own_patrol(session, fact.force_id, _patrol_id(fact), fact.captured_by)
    why = VoidRequest.model_validate_json(body)
    created = recording.record_void(session, patrol, why, origin_of(fact))
    if created:
        touched.voided.add(patrol.id)
    return Released(created)


def _released(created: bool, patrol_id: UUID, touched: Touched) -> Released:
    if created:
        touched.note(patrol_id, Cause.RELEASED)
    return Released(created)


def _unpacked(body: bytes) -> Batch:
    header, _, columns = body.partition(b"\n")
    aside = _BatchAside.model_validate_json(header)
    return Batch(aside, unpack(columns), aside.rejected)


def _patrol_id(fact: QuarantinedFact) -> UUID:
    return fact.parent_id or fact.recorded_as or fact.id
