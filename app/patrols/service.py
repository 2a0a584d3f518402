"""What an officer's phone does: check in, upload fixes, check out. Facts go in as they come; judgement follows.

Every change is one transaction: fact, what follows from it, audit event. Then the answer.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert
from sqlmodel import Session

from app.areas.queries import team_on
from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day, skew_correction_ms
from app.database.model import insert_if_absent
from app.facts.content import content_hash, packed_hash
from app.facts.problems import parent_unknown
from app.facts.service import Provenance, quarantine, record
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import officer_by_collar
from app.identity.service import note_device
from app.patrols import judging, queries
from app.patrols.lifecycle import due_for_closing
from app.patrols.models import AutoClosing, CheckOut, CrewMember, Patrol
from app.patrols.problems import crew_twice, unknown_reference
from app.patrols.queries import OpenPatrol, WindowInBrief
from app.patrols.schemas import CheckInRequest, CheckOutRequest, FixUpload, Position
from app.rest.wire import RequestModel
from app.schedule.models import TaskingWindow
from app.tracks.models import FixBatch
from app.tracks.packing import FixColumns, columns_of, pack, raw_bytes

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """How a request reached us: the server's clock, and the phone's from the Sent-At header."""

    now: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a fact."""

    created: bool
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What became of a check-in. `patrol` is the row when it is new and nothing else need be read to answer."""

    recorded: Recorded
    patrol: Patrol | None = None
    window: WindowInBrief | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a batch. `reached` is how far an open patrol has come with it; None for a replay, or when the
    patrol has ended and was judged again."""

    recorded: Recorded
    patrol: Patrol | None = None
    around: OpenPatrol | None = None
    reached: judging.Reached | None = None


def _origin(session: Session, caller: Caller, captured_by: UUID | None, sent: Sent) -> Provenance:
    if captured_by is not None and captured_by != caller.officer_id:
        officer = session.get(Officer, captured_by)
        if officer is None or officer.force_id != caller.force_id:
            raise unknown_reference("/captured_by", "officer")
    return Provenance(captured_by or caller.officer_id, caller.officer_id, sent.now, sent.sent_at)


def _kept_aside(
    session: Session,
    caller: Caller,
    kind: str,
    fact_id: UUID,
    parent_id: UUID | None,
    body: RequestModel,
    origin: Provenance,
) -> Recorded:
    hashed = content_hash(kind, SCHEMA_VERSION, body)
    raw = body.model_dump_json(exclude_unset=True).encode()
    created = quarantine(session, caller.force_id, kind, fact_id, parent_id, hashed, origin, raw)
    if created:
        _audit(session, caller, f"{kind}:quarantine", origin.received_at, {kind: [fact_id]})
    return Recorded(created, quarantined=True)


def _audit(
    session: Session, caller: Caller, operation: str, now: datetime, subjects: dict[str, list[UUID]]
) -> None:
    changed(
        session, operation, now, subjects,
        actor_id=caller.officer_id, force_id=caller.force_id, action=Action.COLLECT,
    )  # fmt: skip


@requires(Permission.PATROLS_RECORD)
def check_in(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckInRequest, sent: Sent
) -> CheckedIn:
    """Records the start of a patrol. Late, early or elsewhere is accepted; a colleague nobody knows is noted; only a
    window that is not of this force is refused."""
    origin = _origin(session, caller, body.captured_by, sent)
    if not caller.may_record_for(origin.captured_by):
        return CheckedIn(_kept_aside(session, caller, "check-in", patrol_id, None, body, origin))
    window = _window(session, caller, body.window_id)
    started_at = body.checked_in_at + timedelta(milliseconds=skew_correction_ms(origin.skew_ms))
    day = london_day(started_at)
    team = team_on(session, origin.captured_by, day)
    crew, unknown = _crew(session, caller, body, origin.captured_by, patrol_id, day)
    row = {
        "force_id": caller.force_id,
        "team_id": team.team_id if team else None,
        "area_id": team.area_id if team else None,
        "device_id": body.device_id,
        "window_id": body.window_id,
        "programme": body.programme,
        "operation": body.operation,
        "uniform_state": body.uniform_state,
        "mode": body.mode,
        "funding": body.funding,
        "cost_code": body.cost_code,
        "crew_unknown": unknown,
        "checked_in_at": body.checked_in_at,
        "started_at": started_at,
        "skew_ms": origin.skew_ms,
        **_position(body.position),
    }
    hashed = content_hash("check-in", SCHEMA_VERSION, body)
    if not record(session, Patrol, patrol_id, hashed, origin, row):
        return CheckedIn(Recorded(False))
    if crew:
        session.connection().execute(insert(CrewMember), crew)
    note_device(session, body.device_id, origin.captured_by, sent.now)
    members: list[UUID] = [member["officer_id"] for member in crew]
    _audit(session, caller, "patrol:check-in", sent.now, {"patrol": [patrol_id], "officer": members})
    alone = not crew and origin.captured_by == caller.officer_id
    # Validated, because the wire's own types have passed through a plain mapping.
    whole = {"id": patrol_id, "content_hash": hashed, **asdict(origin), **row}
    return CheckedIn(Recorded(True), Patrol.model_validate(whole) if alone else None, window)


def _window(session: Session, caller: Caller, window_id: UUID | None) -> WindowInBrief | None:
    if window_id is None:
        return None
    window = queries.window_in_brief(session, window_id)
    if window is None or window.force_id != caller.force_id:
        raise unknown_reference("/window_id", "window")
    return window


def _crew(
    session: Session, caller: Caller, body: CheckInRequest, lead: UUID, patrol_id: UUID, day: date
) -> tuple[list[dict[str, Any]], list[str] | None]:
    """The colleagues as rows, and the collar numbers nobody carries: a slip of the thumb must not stop a patrol."""
    found: dict[UUID, dict[str, Any]] = {}
    unknown: list[str] = []
    for index, member in enumerate(body.crew):
        officer = officer_by_collar(session, caller.force_id, member.collar_number, day)
        if officer is None:
            unknown.append(member.collar_number)
            continue
        if officer.id == lead or officer.id in found:
            raise crew_twice(index)
        found[officer.id] = {
            "patrol_id": patrol_id, "officer_id": officer.id, "from_at": member.from_at, "to_at": member.to_at,
        }  # fmt: skip
    return list(found.values()), unknown or None


def _position(position: Position | None) -> dict[str, float | None]:
    if position is None:
        return {"longitude": None, "latitude": None, "accuracy_m": None}
    return {"longitude": position.lon, "latitude": position.lat, "accuracy_m": position.accuracy_m}


def _own_patrol(session: Session, caller: Caller, patrol_id: UUID, captured_by: UUID) -> Patrol:
    """The patrol a later fact belongs to, held until the transaction ends. Somebody else's is as unknown as one that
    has not arrived."""
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None:
        raise parent_unknown()
    if patrol.force_id != caller.force_id or patrol.captured_by != captured_by:
        problem = parent_unknown()
        problem.denial = "patrol-of-another"
        raise problem
    return patrol


@requires(Permission.PATROLS_RECORD)
def upload_fixes(
    session: Session, caller: Caller, patrol_id: UUID, batch_id: UUID, batch: FixUpload, sent: Sent
) -> Uploaded:
    """Stores a batch as received and brings the patrol's progress, or its result when it has ended, up to date."""
    header = batch.header
    origin = _origin(session, caller, header.captured_by, sent)
    columns = columns_of(batch.fixes)
    if not caller.may_record_for(origin.captured_by):
        return Uploaded(_quarantine_batch(session, caller, patrol_id, batch_id, batch, columns, origin))
    patrol = _own_patrol(session, caller, patrol_id, origin.captured_by)
    created = record(
        session,
        FixBatch,
        batch_id,
        _batch_hash(patrol_id, batch, columns),
        origin,
        {
            "patrol_id": patrol_id,
            "device_id": header.device_id,
            "sequence": header.sequence,
            "time_source": header.time_source,
            "skew_ms": origin.skew_ms,
            "fix_count": len(columns),
            "rejected": [[bad.index, bad.code] for bad in batch.rejected] or None,
            "first_ms": int(columns.time_ms.min()) if len(columns) else None,
            "last_ms": int(columns.time_ms.max()) if len(columns) else None,
            "packed": pack(columns),
        },
    )
    if created:
        if header.device_id != patrol.device_id:
            note_device(session, header.device_id, origin.captured_by, sent.now)
        _audit(session, caller, "patrol:fixes", sent.now, {"patrol": [patrol_id], "fix-batch": [batch_id]})
        return Uploaded(Recorded(True), patrol, *bring_up_to_date(session, patrol, sent.now))
    return Uploaded(Recorded(False), patrol)


def _batch_hash(patrol_id: UUID, batch: FixUpload, columns: FixColumns) -> bytes:
    header = batch.header
    envelope = f"{patrol_id} {header.device_id} {header.sequence} {header.time_source}"
    rejected = ",".join(str(bad.index) for bad in batch.rejected)
    return packed_hash("fix-batch", SCHEMA_VERSION, envelope.encode(), rejected.encode(), raw_bytes(columns))


def _quarantine_batch(
    session: Session,
    caller: Caller,
    patrol_id: UUID,
    batch_id: UUID,
    batch: FixUpload,
    columns: FixColumns,
    origin: Provenance,
) -> Recorded:
    hashed = _batch_hash(patrol_id, batch, columns)
    body = batch.header.model_dump_json(
        include={"device_id", "sequence", "time_source", "captured_by"}
    ).encode()
    created = quarantine(
        session,
        caller.force_id,
        "fix-batch",
        batch_id,
        patrol_id,
        hashed,
        origin,
        body + b"\n" + pack(columns),
    )
    if created:
        _audit(session, caller, "fix-batch:quarantine", origin.received_at, {"fix-batch": [batch_id]})
    return Recorded(created, quarantined=True)


def bring_up_to_date(
    session: Session, patrol: Patrol, now: datetime
) -> tuple[OpenPatrol, judging.Reached | None]:
    """Judges an ended patrol again; for an open one only tells how far it has come."""
    around = queries.around(session, patrol.id)
    if not around.ended:
        return around, judging.update_progress(session, patrol, around, now)
    judging.judge(session, patrol, queries.ends_of(session, [patrol.id])[patrol.id], now)
    return around, None


@requires(Permission.PATROLS_RECORD)
def check_out(
    session: Session, caller: Caller, patrol_id: UUID, body: CheckOutRequest, sent: Sent
) -> Recorded:
    """Records the end of a patrol and judges it. It supersedes an automatic closing."""
    origin = _origin(session, caller, body.captured_by, sent)
    if not caller.may_record_for(origin.captured_by):
        # A check-out bears its patrol's id, and so does a check-in that is kept aside.
        aside_id = uuid5(patrol_id, "check-out")
        return _kept_aside(session, caller, "check-out", aside_id, patrol_id, body, origin)
    patrol = _own_patrol(session, caller, patrol_id, origin.captured_by)
    ended_at = body.checked_out_at + timedelta(milliseconds=skew_correction_ms(origin.skew_ms))
    created = record(
        session,
        CheckOut,
        patrol_id,
        content_hash("check-out", SCHEMA_VERSION, body),
        origin,
        {
            "checked_out_at": body.checked_out_at,
            "ended_at": ended_at,
            "skew_ms": origin.skew_ms,
            **_position(body.position),
        },
    )
    if created:
        _audit(session, caller, "patrol:check-out", sent.now, {"patrol": [patrol_id]})
        bring_up_to_date(session, patrol, sent.now)
    return Recorded(created)


def overdue_patrols(session: Session, now: datetime) -> Sequence[UUID]:
    """Open patrols that may be due for closing; each is looked at again when it is closed."""
    return queries.overdue(session, now, limit=500)


def close_if_overdue(session: Session, patrol_id: UUID, now: datetime) -> bool:
    """Closes one forgotten patrol by policy and judges it; false when it may still go on. Safe on several machines."""
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None or queries.ends_of(session, [patrol_id]):
        return False
    window = session.get(TaskingWindow, patrol.window_id) if patrol.window_id else None
    progress = queries.progress_of(session, [patrol_id]).get(patrol_id)
    ended_at = due_for_closing(
        patrol.started_at, window.ends_at if window else None, progress.horizon_at if progress else None, now
    )
    if ended_at is None:
        return False
    if not insert_if_absent(
        session, AutoClosing, {"patrol_id": patrol_id, "ended_at": ended_at, "closed_at": now}
    ):
        return False
    changed(
        session, "patrol:auto-close", now, {"patrol": [patrol_id]}, actor_id=None, force_id=patrol.force_id
    )
    bring_up_to_date(session, patrol, now)
    return True
