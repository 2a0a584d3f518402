"""Seals what waits: one at a time over all workers and machines, each seal one transaction, whole or not at all.

Whatever is found waiting is sealed, whenever it was logged: an event whose transaction took long is in a later seal,
and never in none.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, delete, insert, select
from sqlmodel import Session, col

from app.audit import queries
from app.audit.chain import SALT_BYTES, Event, Leaf, Seal, commitment, in_order, next_seal
from app.audit.models import AuditEntry, AuditSeal, AuditSubject, AuditUnsealed
from app.database.session import reading, transaction
from app.database.turns import take_turns

# Whoever seals has this turn; the number says nothing.
_TURN = UUID("5ea15ea1-0000-4000-8000-5ea15ea15ea1")
# On SQLite everybody else waits while a seal is written: a thousand events take some 30 ms.
MOST_IN_A_SEAL = 1000
_AN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def seal_waiting(engine: Engine, now: datetime) -> int:
    """Seals everything that waits; how many events there were."""
    with reading(engine) as session:
        if not queries.anything_waits(session):
            return 0
    sealed = 0
    while True:
        with transaction(engine) as session:
            count = seal_some(session, now)
        sealed += count
        if count < MOST_IN_A_SEAL:
            return sealed


def seal_some(session: Session, now: datetime, most: int = MOST_IN_A_SEAL) -> int:
    """One seal over up to so many of the events that wait; how many it holds."""
    # Before looking: what another has just sealed must be seen as sealed, and their seal as the one to follow.
    take_turns(session, [_TURN])
    events = queries.waiting_events(session, most)
    if not events:
        return 0
    salts = {event.id: secrets.token_bytes(SALT_BYTES) for event in events}
    leaves = in_order(
        Leaf(event.id, event.at, event.force_id, commitment(salts[event.id], event)) for event in events
    )
    seal = next_seal(queries.last_seal(session), leaves, now)
    connection = session.connection()
    connection.execute(insert(AuditSeal), _row(seal))
    connection.execute(
        insert(AuditEntry),
        [
            {
                "seal_number": seal.number,
                "position": position,
                "event_id": leaf.event_id,
                "at": leaf.at,
                "force_id": leaf.force_id,
                "salt": salts[leaf.event_id],
                "commitment": leaf.commitment,
            }
            for position, leaf in enumerate(leaves)
        ],
    )
    subjects = _subjects(events)
    if subjects:
        connection.execute(insert(AuditSubject), subjects)
    held = select(col(AuditEntry.event_id)).where(col(AuditEntry.seal_number) == seal.number)
    connection.execute(delete(AuditUnsealed).where(col(AuditUnsealed.event_id).in_(held)))
    return len(leaves)


def _row(seal: Seal) -> dict[str, object]:
    return {name: getattr(seal, name) for name in Seal.__slots__}


def _subjects(events: Sequence[Event]) -> list[dict[str, object]]:
    # Somebody may have written over an event before it was sealed; it is sealed as it stands.
    return [
        {"subject_id": subject_id, "kind": kind, "event_id": event.id}
        for event in events
        if isinstance(event.subjects, dict)
        for kind, ids in event.subjects.items()
        for subject_id in _ids(ids)
    ]


def _ids(found: object) -> set[UUID]:
    given = found if isinstance(found, list) else []
    return {UUID(one) for one in given if isinstance(one, str) and _AN_ID.fullmatch(one)}
