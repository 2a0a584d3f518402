"""Records facts of a patrol, whoever brings them: the officer's phone, another system for them, or a supervisor who
releases what was kept aside.

Whether they may is decided before, by the use case that calls; what is logged, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.clock import london_day
from app.database.model import as_stored
from app.database.together import Rows
from app.facts.content import content_hash, packed_hash
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.problems import parent_unknown
from app.facts.service import Provenance, record
from app.identity.queries import officer_by_collar
from app.identity.service import note_device
from app.patrols import closing, erasing, judging, queries
from app.patrols.check_in_queries import named_at_check_in
from app.patrols.lifecycle import Cause, on_our_clock
from app.patrols.models import CheckOut, CrewMember, Patrol, PatrolVoid
from app.patrols.queries import OpenPatrol
from app.patrols.schemas import (
    CheckInRequest,
    CheckOutRequest,
    FixBatchHeader,
    FixUpload,
    Position,
    VoidRequest,
)
from app.schedule.queries import WindowAtCheckIn
from app.tracks.models import FixBatch
from app.tracks.packing import FixColumns, columns_of, pack, raw_bytes

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in with everything it names looked up: its own row, its crew's rows, its window."""

    content: bytes
    row: dict[str, Any]
    crew: list[dict[str, Any]]
    window: WindowAtCheckIn | None

    @property
    def members(self) -> list[UUID]:
        return [member["officer_id"] for member in self.crew]


def read_check_in(
    session: Session, force_id: UUID, patrol_id: UUID, body: CheckInRequest, origin: Provenance
) -> CheckIn:
    """Looks up team, crew and window. Nothing of it refuses a check-in: late, early or elsewhere is accepted, and a
    colleague nobody knows or a window that is not published here is noted."""
    started_at, skew_ms = on_our_clock(body.checked_in_at, origin.skew_ms, origin.received_at)
    day = london_day(started_at)
    named = named_at_check_in(session, force_id, origin.captured_by, body.window_id, day)
    team, window = named.team, named.window
    crew, unknown = _crew(session, force_id, body, origin.captured_by, patrol_id, day)
    row = {
        "force_id": force_id,
        "team_id": team.team_id if team else None,
        "area_id": team.area_id if team else None,
        "device_id": body.device_id,
        "window_id": body.window_id if window else None,
        "window_unknown": None if window else body.window_id,
        "programme": body.programme,
        "operation": body.operation,
        "uniform_state": body.uniform_state,
        "mode": body.mode,
        "funding": body.funding,
        "cost_code": body.cost_code,
        "crew_unknown": unknown,
        "checked_in_at": body.checked_in_at,
        "started_at": started_at,
        "skew_ms": skew_ms,
        **_position(body.position),
    }
    return CheckIn(content_hash("check-in", SCHEMA_VERSION, body), row, crew, window)


def _crew(
    session: Session, force_id: UUID, body: CheckInRequest, lead: UUID, patrol_id: UUID, day: date
) -> tuple[list[dict[str, Any]], list[str] | None]:
    """The colleagues as rows, each once and without the lead, and the collar numbers nobody carries: a slip of the
    thumb must not stop a patrol."""
    found: dict[UUID, dict[str, Any]] = {}
    unknown: list[str] = []
    for member in body.crew:
        officer = officer_by_collar(session, force_id, member.collar_number, day)
        if officer is None:
            unknown.append(member.collar_number)
            continue
        if officer.id == lead or officer.id in found:
            continue
        found[officer.id] = {
            "patrol_id": patrol_id, "officer_id": officer.id, "from_at": member.from_at, "to_at": member.to_at,
        }  # fmt: skip
    return list(found.values()), unknown or None


def _position(position: Position | None) -> dict[str, float | None]:
    if position is None:
        return {"longitude": None, "latitude": None, "accuracy_m": None}
    return {"longitude": position.lon, "latitude": position.lat, "accuracy_m": position.accuracy_m}


def record_check_in(
    session: Session, patrol_id: UUID, read: CheckIn, origin: Provenance, besides: Sequence[Rows] = ()
) -> bool:
    """Stores a check-in with its crew and notes its phone; false for a replay. `besides` is stored with it when it is
    new."""
    with_it = [judging.progress_begun(patrol_id, origin.received_at), *besides]
    if read.crew:
        with_it.append((CrewMember, read.crew))
    if not record(session, Patrol, patrol_id, read.content, origin, read.row, with_it):
        return False
    note_device(session, read.row["device_id"], origin.captured_by, origin.received_at)
    people = [origin.captured_by, *read.members]
    tell(
        session,
        people,
        FeedKind.PATROL,
        FeedChange.RECORDED,
        patrol_id,
        origin.received_at,
        patrol_id=patrol_id,
    )
    return True


def as_recorded(patrol_id: UUID, read: CheckIn, origin: Provenance) -> Patrol:
    """The row of a check-in that was just stored, without reading it back."""
    return as_stored(Patrol, {**origin.columns(patrol_id, read.content), **read.row})


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of fixes as columns; `rejected` is [[index, code], …] of those that were not valid."""

    header: FixBatchHeader
    columns: FixColumns
    rejected: Sequence[Sequence[Any]]

    def content(self, patrol_id: UUID) -> bytes:
        """What tells a replay from a conflict. Canonical JSON of a thousand fixes would cost milliseconds."""
        header = self.header
        envelope = f"{patrol_id} {header.device_id} {header.sequence} {header.time_source}"
        rejected = ",".join(str(index) for index, _ in self.rejected)
        return packed_hash(
            "fix-batch", SCHEMA_VERSION, envelope.encode(), rejected.encode(), raw_bytes(self.columns)
        )


def batch_of(upload: FixUpload) -> Batch:
    rejected = [[bad.index, bad.code] for bad in upload.rejected]
    return Batch(upload.header, columns_of(upload.fixes), rejected)


def record_batch(session: Session, patrol: Patrol, batch_id: UUID, batch: Batch, origin: Provenance) -> bool:
    """Stores a batch as received; false for a replay."""
    header, columns = batch.header, batch.columns
    row = {
        "patrol_id": patrol.id,
        "device_id": header.device_id,
        "sequence": header.sequence,
        "time_source": header.time_source,
        "skew_ms": origin.skew_ms,
        "fix_count": len(columns),
        "rejected": [list(bad) for bad in batch.rejected] or None,
        "first_ms": int(columns.time_ms.min()) if len(columns) else None,
        "last_ms": int(columns.time_ms.max()) if len(columns) else None,
        "packed": pack(columns),
    }
    if not record(session, FixBatch, batch_id, batch.content(patrol.id), origin, row):
        return False
    if header.device_id != patrol.device_id:
        note_device(session, header.device_id, origin.captured_by, origin.received_at)
    return True


def record_check_out(session: Session, patrol: Patrol, body: CheckOutRequest, origin: Provenance) -> bool:
    """Stores the end of a patrol; false for a replay."""
    ended_at, skew_ms = on_our_clock(body.checked_out_at, origin.skew_ms, origin.received_at)
    row = {
        "checked_out_at": body.checked_out_at,
        "ended_at": ended_at,
        "skew_ms": skew_ms,
        "reason_code": body.reason,
        "log_number": body.log_number,
        "activity_id": body.activity_id,
        **_position(body.position),
    }
    return record(session, CheckOut, patrol.id, check_out_content(body), origin, row)


def check_out_content(body: CheckOutRequest) -> bytes:
    return content_hash("check-out", SCHEMA_VERSION, body)


def record_void(session: Session, patrol: Patrol, body: VoidRequest, origin: Provenance) -> bool:
    """Stores that a patrol was a mistake; false for a replay."""
    content = content_hash("void", SCHEMA_VERSION, body)
    return record(session, PatrolVoid, patrol.id, content, origin, {"reason": body.reason})


def own_patrol(session: Session, force_id: UUID, patrol_id: UUID, captured_by: UUID) -> Patrol:
    """The patrol a later fact belongs to, held until the transaction ends. Somebody else's is as unknown as one that
    has not arrived."""
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None:
        raise parent_unknown()
    if patrol.force_id != force_id or patrol.captured_by != captured_by:
        problem = parent_unknown()
        problem.denial = "patrol-of-another"
        raise problem
    return patrol


def bring_up_to_date(
    session: Session, patrol: Patrol, now: datetime, cause: Cause
) -> tuple[OpenPatrol, judging.Reached | None]:
    """Judges an ended patrol again; for an open one only tells how far it has come.

    An automatic closing is thought over with every batch: fixes that come late move it, or take it back. A patrol that
    its officer took back stays as it is; so does one whose fixes were erased, and what comes late is flagged.
    """
    around = queries.around(session, patrol.id)
    if around.erased:
        erasing.note_late(session, patrol.id)
    if around.voided or around.erased:
        return around, None
    if around.closed_by_policy:
        around = closing.think_over(session, patrol, around, now)
    if not around.ended:
        return around, judging.update_progress(session, patrol, around, now)
    judging.judge(session, patrol, queries.ends_of(session, [patrol.id])[patrol.id], now, cause)
    judging.end_progress(session, patrol.id)
    return around, None
