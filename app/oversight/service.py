"""Watching over the log: who looked at whom, and what of it is shown to others. Reading the log is logged like any
other reading, with the person or record that was asked about.

A file for somebody is a disclosure: to whom and why stands in the log before its first byte leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.audit.queries import last_seal
from app.audit.service import changed, consulted, disclosed
from app.clock import london_day, rfc3339
from app.database.session import snapshot, transaction
from app.identity.permissions import Caller, Permission, requires
from app.oversight import queries
from app.oversight.problems import kind_without_record, nothing_chosen, too_many_events
from app.oversight.schemas import AuditEventPage, AuditEventResponse, EventFilter, ExportRequest
from app.oversight.sheet import FileFormat, Line, Measured, written
from app.rest.pagination import decode_cursor, encode_cursor

MOST_EVENTS_IN_A_FILE = 20_000


class ForceNotFound(Exception):
    """The command line must name a force that is there; the message says which are."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file and what is said of it."""

    content: bytes
    manifest: dict[str, str | int | None]


@requires(Permission.AUDIT_READ)
def list_events(
    session: Session, caller: Caller, wanted: EventFilter, cursor: str | None, limit: int, now: datetime
) -> AuditEventPage:
    """A page of the force's log, latest first."""
    if wanted.record_kind is not None and wanted.record_id is None:
        raise kind_without_record()
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.events_seen(
        session, caller, london_day(now), Permission.AUDIT_READ, wanted, after, limit + 1
    )
    page = rows[:limit]
    consulted(
        session, "audit.events", now, _asked_about(wanted) | {"audit-event": [line.id for line in page]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    following = encode_cursor(page[-1].at, page[-1].id) if len(rows) > limit else None
    return AuditEventPage(events=[_response(line) for line in page], next_cursor=following)


@requires(Permission.AUDIT_DISCLOSE)
def export_events(session: Session, caller: Caller, asked: ExportRequest, now: datetime) -> Exported:
    """Events by officer, record or period as one file; 422 when they are more than one file holds."""
    wanted = EventFilter(
        from_at=asked.from_at, to_at=asked.to_at, concerning=asked.officer_id, record_id=asked.record_id
    )
    if not _is_narrow(wanted):
        raise nothing_chosen()
    rows = queries.events_seen(
        session, caller, london_day(now), Permission.AUDIT_DISCLOSE, wanted, None, MOST_EVENTS_IN_A_FILE + 1
    )
    if len(rows) > MOST_EVENTS_IN_A_FILE:
        raise too_many_events(MOST_EVENTS_IN_A_FILE)
    measured = Measured()
    content = b"".join(measured.take(text) for text in written(rows[::-1], asked.file_format))
    event_id = disclosed(
        session, "audit.export", now, _asked_about(wanted), actor_id=caller.officer_id, force_id=caller.force_id,
        reason=_to_whom(asked.recipient, asked.reason),
    )  # fmt: skip
    return Exported(content, _manifest(session, measured, len(rows), event_id, now))


def export_to_file(
    engine: Engine,
    force_code: str,
    wanted: EventFilter,
    recipient: str,
    reason: str,
    file_format: FileFormat,
    path: Path,
    now: datetime,
) -> dict[str, str | int | None]:
    """The same for whoever may read the database anyway, however much it is; the manifest. Nobody is named as the one
    who did it, so `reason` should. Raises ForceNotFound, and FileExistsError rather than overwriting."""
    if not _is_narrow(wanted):
        raise nothing_chosen()
    with snapshot(engine) as session:
        held = queries.forces(session)
    if force_code not in held:
        raise ForceNotFound(f"there is no force {force_code}; there are {', '.join(sorted(held)) or 'none'}")
    force_id = held[force_code]
    with path.open("xb") as file:
        with transaction(engine) as session:
            event_id = changed(
                session, "audit.export", now, _asked_about(wanted), actor_id=None, force_id=force_id,
                action=Action.DISCLOSE, reason=_to_whom(recipient, reason),
            )  # fmt: skip
        measured, count = Measured(), 0

        def counted(lines: Iterable[Line]) -> Iterable[Line]:
            nonlocal count
            for line in lines:
                count += 1
                yield line

        with snapshot(engine) as session:
            lines = counted(queries.events_streamed(session, force_id, wanted))
            for text in written(lines, file_format):
                file.write(measured.take(text))
            return _manifest(session, measured, count, event_id, now)


def _is_narrow(wanted: EventFilter) -> bool:
    whole_period = wanted.from_at is not None and wanted.to_at is not None
    return whole_period or wanted.concerning is not None or wanted.record_id is not None


def _asked_about(wanted: EventFilter) -> dict[str, list[UUID]]:
    """The people and records somebody looked for, whether anything was found or not."""
    people = {one for one in (wanted.officer_id, wanted.actor_id, wanted.concerning) if one is not None}
    found = {"officer": sorted(people)} if people else {}
    if wanted.record_id is not None:
        found.setdefault(wanted.record_kind or "record", []).append(wanted.record_id)
    return found


def _to_whom(recipient: str, reason: str) -> str:
    return f"To {recipient}: {reason}"


def _manifest(
    session: Session, measured: Measured, events: int, event_id: UUID, now: datetime
) -> dict[str, str | int | None]:
    head = last_seal(session)
    return {
        "events": events,
        "bytes": measured.bytes,
        "sha256": measured.sha256,
        "head_seal": head.number if head else None,
        "head_hash": head.seal_hash.hex() if head else None,
        "disclosure": str(event_id),
        "made_at": rfc3339(now),
    }


def _response(line: Line) -> AuditEventResponse:
    return AuditEventResponse(
        id=line.id,
        at=line.at,
        action=Action(line.action),
        operation=line.operation,
        actor_id=line.actor_id,
        actor=line.actor,
        request_id=line.request_id,
        reason=line.reason,
        subjects={kind: list(ids) for kind, ids in line.subjects.items()},
        sealed_in=line.sealed_in,
    )
