"""Writes the audit log: a change's event in the change's own transaction, a read's before its answer leaves.

If the event cannot be written, the call fails.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.audit import queries
from app.audit.chain import ERASURE
from app.audit.models import Action, AuditEntry, AuditEvent, AuditSubject
from app.database.together import Rows
from app.rest.middleware import request_id
from app.rest.transactions import AFTER_READING

_INSERT = insert(AuditEvent)

# What one ERASE event names at most.
_ERASED_AT_ONCE = 1000

# Ids by what they are of; of what was added up also the period, as two instants.
Subjects = Mapping[str, Iterable[UUID | str]]


def changed(
    session: Session,
    operation: str,
    now: datetime,
    subjects: Subjects,
    *,
    actor_id: UUID | None,
    force_id: UUID | None,
    action: Action = Action.ALTER,
    reason: str | None = None,
) -> UUID:
    """Logs a change inside the transaction that makes it; the id of the event."""
    event = _event(operation, now, subjects, actor_id, force_id, action, reason)
    session.connection().execute(_INSERT, event)
    return event["id"]


def collected(operation: str, now: datetime, subjects: Subjects, *, actor_id: UUID, force_id: UUID) -> Rows:
    """The event of a new fact, to be stored with it: written by whoever stores the fact, if that is new."""
    return AuditEvent, [_event(operation, now, subjects, actor_id, force_id, Action.COLLECT, None)]


def consulted(
    session: Session, operation: str, now: datetime, subjects: Subjects, *, actor_id: UUID, force_id: UUID
) -> None:
    """Logs a read of person-level rows, once the reading transaction is over and before the answer leaves."""
    event = _event(operation, now, subjects, actor_id, force_id, Action.CONSULT, None)
    _after_reading(session, event)


def disclosed(
    session: Session,
    operation: str,
    now: datetime,
    subjects: Subjects,
    *,
    actor_id: UUID,
    force_id: UUID,
    reason: str,
) -> UUID:
    """Logs what is handed to somebody, as `consulted` does; the id of the event. `reason` says to whom and why."""
    event = _event(operation, now, subjects, actor_id, force_id, Action.DISCLOSE, reason)
    _after_reading(session, event)
    return event["id"]


def erase(
    session: Session,
    event_ids: Sequence[UUID],
    now: datetime,
    *,
    actor_id: UUID | None,
    force_id: UUID | None,
    reason: str,
) -> int:
    """Erases events lawfully, content and salt, and logs which; how many there were to erase.

    What the chain holds of each stays (id, time, force, commitment), so that it goes on holding. Events without a seal
    yet and the records of erasures are left alone. Everything in one transaction: erased and logged, or neither.
    """
    found = 0
    for start in range(0, len(event_ids), _ERASED_AT_ONCE):
        ids = queries.erasable(session, event_ids[start : start + _ERASED_AT_ONCE])
        if not ids:
            continue
        event = _event(ERASURE, now, {"audit-event": ids}, actor_id, force_id, Action.ERASE, reason)
        connection = session.connection()
        connection.execute(_INSERT, event)
        gone = {"salt": None, "erased_at": now, "erasure_id": event["id"]}
        connection.execute(update(AuditEntry).where(col(AuditEntry.event_id).in_(ids)).values(gone))
        connection.execute(delete(AuditSubject).where(col(AuditSubject.event_id).in_(ids)))
        connection.execute(delete(AuditEvent).where(col(AuditEvent.id).in_(ids)))
        found += len(ids)
    return found


def _after_reading(session: Session, event: "_NewEvent") -> None:
    session.info.setdefault(AFTER_READING, []).append(
        lambda writing: writing.connection().execute(_INSERT, event)
    )


class _NewEvent(TypedDict):
    id: UUID
    at: datetime
    action: Action
    operation: str
    actor_id: UUID | None
    force_id: UUID | None
    request_id: str | None
    reason: str | None
    subjects: dict[str, list[str]]


def _event(
    operation: str,
    now: datetime,
    subjects: Subjects,
    actor_id: UUID | None,
    force_id: UUID | None,
    action: Action,
    reason: str | None,
) -> _NewEvent:
    return {
        "id": uuid4(),
        "at": now,
        "action": action,
        "operation": operation,
        "actor_id": actor_id,
        "force_id": force_id,
        "request_id": request_id.get(),
        "reason": reason,
        "subjects": {kind: sorted(str(one) for one in ids) for kind, ids in subjects.items()},
    }
