"""Watching over the log: who looked at whom, and what of it is shown to others. Reading the log is logged like any
other reading, with the person or record that was asked about.

A file for somebody is a disclosure: to whom and why stands in the log before its first byte leaves.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.audit.queries import last_seal
from app.audit.service import changed, consulted, disclosed
from app.clock import london_day, rfc3339
from app.database.session import snapshot, transaction
from app.identity.permissions import Caller, Permission, requires
from app.oversight import queries
from app.oversight.problems import kind_without_record, nothing_chosen, to_nobody, too_many_events
from app.oversight.schemas import AuditEventPage, AuditEventResponse, EventFilter, ExportRequest
from app.oversight.sheet import FileFormat, Line, Measured, written
from app.rest.pagination import page_of, place_after

MOST_EVENTS_IN_A_FILE = 20_000
_OWNER_ONLY = 0o600


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
    after = place_after(cursor)
    rows = queries.events_seen(
        session, caller, london_day(now), Permission.AUDIT_READ, wanted, after, limit + 1
    )
    page, following = page_of(rows, limit, lambda row: (row.at, row.id))
    consulted(
        session, "audit.events", now, _asked_about(wanted) | {"audit-event": [line.id for line in page]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
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
        session, "audit.export", now, _handed_out(wanted, measured, len(rows)), actor_id=caller.officer_id,
        force_id=caller.force_id, reason=_to_whom(asked.recipient, asked.reason),
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
    who did it, so `reason` should. Raises ForceNotFound, and FileExistsError rather than overwriting. The file is its
    owner's alone, and gone again when it cannot be finished.
    """
    _checked(recipient, reason)
    if not _is_narrow(wanted):
        raise nothing_chosen()
    with snapshot(engine) as session:
        held = queries.forces(session)
    if force_code not in held:
        raise ForceNotFound(f"there is no force {force_code}; there are {', '.join(sorted(held)) or 'none'}")
    force_id = held[force_code]
    with _private(path) as file, snapshot(engine) as session:
        # Twice the same, as it is one moment of the log: what it will be is in the log before any of it is written.
        count, measured = 0, Measured()

        def counted(lines: Iterable[Line]) -> Iterable[Line]:
            nonlocal count
            for line in lines:
                count += 1
                yield line

        for text in written(counted(queries.events_streamed(session, force_id, wanted)), file_format):
            measured.take(text)
        with transaction(engine) as logging:
            event_id = changed(
                logging, "audit.export", now, _handed_out(wanted, measured, count), actor_id=None,
                force_id=force_id, action=Action.DISCLOSE, reason=_to_whom(recipient, reason),
            )  # fmt: skip
        again = Measured()
        for text in written(queries.events_streamed(session, force_id, wanted), file_format):
            file.write(again.take(text))
        return _manifest(session, again, count, event_id, now)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file for its owner only, that goes again unless the block ends well."""
    handle, whole = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), False
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        whole = True
    finally:
        if not whole:
            path.unlink(missing_ok=True)


def _checked(recipient: str, reason: str) -> None:
    """The same bounds as over HTTP."""
    try:
        ExportRequest(recipient=recipient, reason=reason)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise to_nobody(str(fault["loc"][0]), fault["type"], fault["msg"]) from None


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


def _handed_out(wanted: EventFilter, measured: Measured, events: int) -> dict[str, list[UUID | str]]:
    """What a file is about, how many events it holds and the SHA-256 by which it is known again."""
    told: dict[str, list[UUID | str]] = {kind: [*ids] for kind, ids in _asked_about(wanted).items()}
    for name, at in (("from", wanted.from_at), ("to", wanted.to_at)):
        if at is not None:
            told[name] = [rfc3339(at)]
    return told | {"events": [str(events)], "sha256": [measured.sha256]}


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
