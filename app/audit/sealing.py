"""Seals what waits: one at a time over all workers and machines, each seal one transaction, whole or not at all.

Whatever is found waiting is sealed, whenever it was logged: an event whose transaction took long is in a later seal,
and never in none.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, delete, insert, select
from sqlmodel import Session, col

from app.audit import queries
from app.audit.chain import MOST_IN_A_SEAL, SALT_BYTES, Leaf, Seal, commitment, found_by, in_order, next_seal
from app.audit.models import AuditEarlier, AuditEntry, AuditSeal, AuditSubject, AuditUnsealed
from app.database.one_writer import writes_alone
from app.database.session import reading, transaction
from app.database.together import insert_rows
from app.database.turns import take_turns

# Whoever seals has this turn; the number says nothing.
_TURN = UUID("5ea15ea1-0000-4000-8000-5ea15ea15ea1")
# Of events from before there were seals, so that nobody waits for longer than a moment.
MOST_EARLIER_SEALS_AT_ONCE = 10
# In one seal where nobody else can write meanwhile.
MOST_HELD_UP = 20


def seal_waiting(engine: Engine, clock: Callable[[], datetime], unreadable: set[UUID] | None = None) -> int:
    """Seals everything that waits; how many events there were. Of what was logged before there were seals some
    thousands at a time. `unreadable` is told of events that cannot be sealed; they go on waiting."""
    with reading(engine) as session:
        if not queries.anything_waits(session):
            return 0
        earlier = queries.earlier_wait_since(session) is not None
    skipped = unreadable if unreadable is not None else set()
    sealed = 0
    for _ in range(MOST_EARLIER_SEALS_AT_ONCE if earlier else 0):
        with transaction(engine) as session:
            sealed += seal_earlier(session, clock(), MOST_IN_A_SEAL, skipped)
            if queries.earlier_wait_since(session) is None:
                break
    most = min(MOST_IN_A_SEAL, MOST_HELD_UP) if writes_alone(engine) else MOST_IN_A_SEAL
    while True:
        with transaction(engine) as session:
            count = seal_some(session, clock(), most, skipped)
        sealed += count
        if count < most:
            return sealed


def seal_some(
    session: Session, now: datetime, most: int = MOST_IN_A_SEAL, unreadable: set[UUID] | None = None
) -> int:
    """One seal over up to so many of the events in the queue; how many it holds. None while events from before there
    were seals wait for theirs."""
    # Before looking: what another has just sealed must be seen as sealed, and their seal as the one to follow.
    take_turns(session, [_TURN])
    if queries.earlier_wait_since(session) is not None:
        return 0
    return _seal(session, queries.waiting_events(session, most), now, unreadable)


def seal_earlier(session: Session, now: datetime, most: int, unreadable: set[UUID] | None = None) -> int:
    """One seal over up to so many events from before there were seals; how many it holds."""
    take_turns(session, [_TURN])
    if queries.earlier_wait_since(session) is None:
        return 0
    waiting = queries.earlier_events(session, most)
    if waiting.found < most:
        session.connection().execute(delete(AuditEarlier))
    return _seal(session, waiting, now, unreadable)


def _seal(session: Session, waiting: queries.Waiting, now: datetime, unreadable: set[UUID] | None) -> int:
    events, leaves, salts = [], [], {}
    skipped = set(waiting.unreadable)
    for event in waiting.events:
        salt = secrets.token_bytes(SALT_BYTES)
        try:
            leaves.append(Leaf(event.id, event.at, event.force_id, commitment(salt, event)))
        except (ValueError, TypeError):
            # Text that is no text. The rest must be sealed all the same; this one goes on waiting, and is reported.
            skipped.add(event.id)
            continue
        events.append(event)
        salts[event.id] = salt
    if unreadable is not None:
        unreadable |= skipped
    if not leaves:
        return 0
    leaves = in_order(leaves)
    seal = next_seal(queries.last_seal(session), leaves, now)
    connection = session.connection()
    connection.execute(insert(AuditSeal), _row(seal))
    entries = [
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
    ]
    insert_rows(session, (AuditEntry, entries))
    subjects = [
        {"subject_id": subject_id, "kind": kind, "event_id": event.id}
        for event in events
        for kind, subject_id in found_by(event)
    ]
    if subjects:
        insert_rows(session, (AuditSubject, subjects))
    held = select(col(AuditEntry.event_id)).where(col(AuditEntry.seal_number) == seal.number)
    connection.execute(delete(AuditUnsealed).where(col(AuditUnsealed.event_id).in_(held)))
    return len(leaves)


def _row(seal: Seal) -> dict[str, object]:
    return {name: getattr(seal, name) for name in Seal.__slots__}
