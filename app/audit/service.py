"""Writes the audit log: a change's event in the change's own transaction, a read's before its answer leaves.

If the event cannot be written, the call fails.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlmodel import Session

from app.audit.models import Action, AuditEvent
from app.rest.middleware import request_id
from app.rest.transactions import AFTER_READING

_INSERT = insert(AuditEvent)

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
) -> None:
    """Logs a change inside the transaction that makes it."""
    event = _event(operation, now, subjects, actor_id, force_id, action, reason)
    session.connection().execute(_INSERT, event)


def consulted(
    session: Session, operation: str, now: datetime, subjects: Subjects, *, actor_id: UUID, force_id: UUID
) -> None:
    """Logs a read of person-level rows, once the reading transaction is over and before the answer leaves."""
    event = _event(operation, now, subjects, actor_id, force_id, Action.CONSULT, None)
    session.info.setdefault(AFTER_READING, []).append(
        lambda writing: writing.connection().execute(_INSERT, event)
    )


def _event(
    operation: str,
    now: datetime,
    subjects: Subjects,
    actor_id: UUID | None,
    force_id: UUID | None,
    action: Action,
    reason: str | None,
) -> dict[str, object]:
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
