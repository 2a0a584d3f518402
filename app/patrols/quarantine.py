"""What one officer captured and another sent without leave: kept aside whole, listed, and released by a supervisor.

Released, it is recorded as if its officer had sent it, with the sender and the time it came in as they were. Nobody
releases what they captured or sent themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.clock import london_day
from app.facts.models import QuarantinedFact
from app.facts.service import Provenance, mark_released, quarantine
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import collar_numbers
from app.patrols import quarantine_queries, recording
from app.patrols.lifecycle import Cause
from app.patrols.problems import kept_aside_erased, released_by_another
from app.patrols.quarantine_schemas import QuarantinedFactResponse, QuarantinePage
from app.patrols.recording import Batch, CheckIn
from app.patrols.schemas import CheckInRequest, CheckOutRequest, FixBatchHeader
from app.problems import out_of_sight
from app.rest.pagination import decode_cursor, encode_cursor
from app.rest.wire import RequestModel
from app.tracks.packing import pack, unpack

CHECK_IN, FIX_BATCH, CHECK_OUT = "check-in", "fix-batch", "check-out"


class _BatchAside(FixBatchHeader):
    """What stands before the packed columns of a batch that is kept aside."""

    rejected: list[tuple[int, str]]


def check_in_aside(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckInRequest, read: CheckIn, origin: Provenance
) -> bool:
    """Keeps a check-in aside; true when it is new."""
    return _keep(session, caller, CHECK_IN, patrol_id, None, read.content, origin, _raw(body))


def batch_aside(
    session: Session, caller: Caller, patrol_id: UUID, batch_id: UUID, batch: Batch, origin: Provenance
) -> bool:
    """Keeps a batch aside; true when it is new."""
    header = batch.header
    aside = _BatchAside(
        device_id=header.device_id,
        sequence=header.sequence,
        time_source=header.time_source,
        captured_by=header.captured_by,
        rejected=[(index, code) for index, code in batch.rejected],
    )
    body = aside.model_dump_json().encode() + b"\n" + pack(batch.columns)
    content = batch.content(patrol_id)
    return _keep(session, caller, FIX_BATCH, batch_id, patrol_id, content, origin, body)


def check_out_aside(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckOutRequest, origin: Provenance
) -> bool:
    """Keeps a check-out aside; true when it is new."""
    # A check-out bears its patrol's id, and so does a check-in that is kept aside.
    aside_id = uuid5(patrol_id, CHECK_OUT)
    content = recording.check_out_content(body)
    return _keep(session, caller, CHECK_OUT, aside_id, patrol_id, content, origin, _raw(body))


def _raw(body: RequestModel) -> bytes:
    return body.model_dump_json(exclude_unset=True).encode()


def _keep(
    session: Session,
    caller: Caller,
    kind: str,
    fact_id: UUID,
    parent_id: UUID | None,
    content: bytes,
    origin: Provenance,
    body: bytes,
) -> bool:
    created = quarantine(session, caller.force_id, kind, fact_id, parent_id, content, origin, body)
    changed(
        session, f"{kind}:quarantine", origin.received_at, {kind: [fact_id]}, actor_id=caller.officer_id,
        force_id=caller.force_id, action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip
    return created


@requires(Permission.QUARANTINE_RELEASE)
def list_quarantine(
    session: Session, caller: Caller, now: datetime, *, released: bool, cursor: str | None, limit: int
) -> QuarantinePage:
    """What waits for release of officers who are in the caller's teams today, or what was released; latest first."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = quarantine_queries.quarantined_seen(session, caller, london_day(now), released, after, limit + 1)
    page = rows[:limit]
    subjects = {"quarantined": [row.id for row in page], "officer": _people(page)}
    consulted(session, "quarantine:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)
    following = encode_cursor(page[-1].received_at, page[-1].id) if len(rows) > limit else None
    return QuarantinePage(items=_describe(session, page), next_cursor=following)


@requires(Permission.QUARANTINE_RELEASE)
def release(
    session: Session, caller: Caller, fact_id: UUID, reason: str, now: datetime
) -> QuarantinedFactResponse:
    """Records what was kept aside, and marks it; once more is no change.

    When the officer's own phone has said the same, it is released as a replay; when that phone said something else, it
    stays (409 `conflict`), and so does what belongs to a patrol nobody has recorded (409 `parent-unknown`).
    """
    fact = quarantine_queries.quarantined_locked(session, caller, fact_id, london_day(now))
    if fact is None:
        raise out_of_sight("quarantine:release")
    if caller.officer_id in (fact.captured_by, fact.uploaded_by):
        raise released_by_another()
    if not fact.body and fact.released_at is None:
        raise kept_aside_erased()
    if fact.released_at is None:
        done = _record(session, fact, now)
        mark_released(session, fact, caller.officer_id, reason, "recorded" if done.created else "replay", now)
        subjects: dict[str, Sequence[UUID]] = {
            "quarantined": [fact.id],
            "patrol": [_patrol_id(fact)],
            "officer": sorted({fact.captured_by, fact.uploaded_by, *done.members}),
        }
        changed(
            session, "quarantine:release", now, subjects,
            actor_id=caller.officer_id, force_id=caller.force_id, reason=reason,
        )  # fmt: skip
    return _describe(session, [fact])[0]


@dataclass(frozen=True, slots=True)
class _Done:
    created: bool
    members: Sequence[UUID] = ()


def _record(session: Session, fact: QuarantinedFact, now: datetime) -> _Done:
    origin = Provenance(fact.captured_by, fact.uploaded_by, fact.received_at, fact.sent_at)
    if fact.kind == CHECK_IN:
        body = CheckInRequest.model_validate_json(fact.body)
        read = recording.read_check_in(session, fact.force_id, fact.id, body, origin)
        return _Done(recording.record_check_in(session, fact.id, read, origin), read.members)
    patrol = recording.own_patrol(session, fact.force_id, _patrol_id(fact), fact.captured_by)
    if fact.kind == FIX_BATCH:
        created = recording.record_batch(session, patrol, fact.id, _unpacked(fact.body), origin)
    else:
        end = CheckOutRequest.model_validate_json(fact.body)
        created = recording.record_check_out(session, patrol, end, origin)
    if created:
        recording.bring_up_to_date(session, patrol, now, Cause.RELEASED)
    return _Done(created)


def _unpacked(body: bytes) -> Batch:
    header, _, packed = body.partition(b"\n")
    aside = _BatchAside.model_validate_json(header)
    return Batch(aside, unpack(packed), aside.rejected)


def _patrol_id(fact: QuarantinedFact) -> UUID:
    return fact.parent_id or fact.id


def _people(facts: Sequence[QuarantinedFact]) -> set[UUID]:
    return {person for fact in facts for person in (fact.captured_by, fact.uploaded_by)}


def _describe(session: Session, facts: Sequence[QuarantinedFact]) -> list[QuarantinedFactResponse]:
    collars = collar_numbers(session, _people(facts))
    return [
        QuarantinedFactResponse.model_validate(
            {
                "id": fact.id,
                "kind": fact.kind,
                "patrol_id": _patrol_id(fact),
                "captured_by": fact.captured_by,
                "captured_by_collar_number": collars[fact.captured_by],
                "uploaded_by": fact.uploaded_by,
                "uploaded_by_collar_number": collars[fact.uploaded_by],
                "received_at": fact.received_at,
                "reason": fact.reason,
                "released_at": fact.released_at,
                "released_by": fact.released_by,
                "release_reason": fact.release_reason,
                "released_as": fact.released_as,
            }
        )
        for fact in facts
    ]
