"""Every SELECT of the log."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, String, exists, func, select, type_coerce
from sqlmodel import Session, col

from app.audit.chain import Event, Leaf, Seal
from app.audit.models import Action, AuditEntry, AuditEvent, AuditSeal, AuditUnsealed
from app.audit.verification import Entry

_STREAMED_ROWS = 2000
_EVENT = (
    col(AuditEvent.id), col(AuditEvent.at), type_coerce(col(AuditEvent.action), String).label("action"),
    col(AuditEvent.operation),
    col(AuditEvent.actor_id), col(AuditEvent.force_id), col(AuditEvent.request_id), col(AuditEvent.reason),
    col(AuditEvent.subjects),
)  # fmt: skip
_SEAL = (
    col(AuditSeal.number), col(AuditSeal.first_event_id), col(AuditSeal.last_event_id), col(AuditSeal.count),
    col(AuditSeal.total), col(AuditSeal.root), col(AuditSeal.previous), col(AuditSeal.sealed_at),
    col(AuditSeal.seal_hash),
)  # fmt: skip
_LEAF = (
    col(AuditEntry.event_id), col(AuditEntry.at), col(AuditEntry.force_id), col(AuditEntry.commitment),
)  # fmt: skip
_ENTRY = (
    col(AuditEntry.seal_number), col(AuditEntry.position), col(AuditEntry.salt), col(AuditEntry.erased_at),
)  # fmt: skip


def anything_waits(session: Session) -> bool:
    """Whether some event has no seal yet."""
    return bool(session.execute(select(exists(select(AuditUnsealed)))).scalar_one())


def waiting_events(session: Session, most: int) -> list[Event]:
    """Some of the events that wait for their seal."""
    query = select(*_EVENT).join(AuditUnsealed, col(AuditUnsealed.event_id) == col(AuditEvent.id))
    return [Event(*row) for row in session.execute(query.limit(most))]


def last_seal(session: Session) -> Seal | None:
    """The newest seal."""
    row = session.execute(select(*_SEAL).order_by(col(AuditSeal.number).desc()).limit(1)).first()
    return Seal(*row) if row is not None else None


def log_name(session: Session) -> bytes | None:
    """What tells this log from any other: the hash of its first seal. None before there is one."""
    return session.execute(select(col(AuditSeal.seal_hash)).where(col(AuditSeal.number) == 1)).scalar()


def seals(session: Session) -> Iterator[Seal]:
    """Every seal in order, streamed."""
    for row in _stream(session, select(*_SEAL).order_by(col(AuditSeal.number))):
        yield Seal(*row)


def entries(session: Session) -> Iterator[Entry]:
    """Everything that seals hold, in order, streamed, each with its event where that still stands."""
    query = (
        select(*_ENTRY, *_LEAF, *_EVENT)
        .outerjoin(AuditEvent, col(AuditEvent.id) == col(AuditEntry.event_id))
        .order_by(col(AuditEntry.seal_number), col(AuditEntry.position))
    )
    for row in _stream(session, query):
        number, position, salt, erased_at, event_id, at, force_id, commitment, *event = row
        leaf = Leaf(event_id, at, force_id, commitment)
        yield Entry(number, position, leaf, salt, erased_at, Event(*event) if event[0] is not None else None)


def seals_numbered(session: Session, numbers: Iterable[int]) -> dict[int, Seal]:
    """Some seals by their numbers."""
    rows = session.execute(select(*_SEAL).where(col(AuditSeal.number).in_(list(numbers))))
    return {row.number: Seal(*row) for row in rows}


def counts(session: Session) -> tuple[int, int]:
    """How many events seals hold, and how many wait."""
    held = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    return held, session.execute(select(func.count()).select_from(AuditUnsealed)).scalar_one()


def outside_seals(session: Session) -> Iterator[tuple[UUID, datetime, bool]]:
    """The events that no seal holds, earliest first, each with whether it waits for one."""
    query = (
        select(col(AuditEvent.id), col(AuditEvent.at), col(AuditUnsealed.event_id))
        .outerjoin(AuditEntry, col(AuditEntry.event_id) == col(AuditEvent.id))
        .outerjoin(AuditUnsealed, col(AuditUnsealed.event_id) == col(AuditEvent.id))
        .where(col(AuditEntry.event_id).is_(None))
        .order_by(col(AuditEvent.at), col(AuditEvent.id))
    )
    for event_id, at, waits in _stream(session, query):
        yield event_id, at, waits is not None


def waiting_in_vain(session: Session) -> Iterator[UUID]:
    """What waits for a seal and is no event (any more), or has one already."""
    query = (
        select(col(AuditUnsealed.event_id))
        .outerjoin(AuditEvent, col(AuditEvent.id) == col(AuditUnsealed.event_id))
        .outerjoin(AuditEntry, col(AuditEntry.event_id) == col(AuditUnsealed.event_id))
        .where(col(AuditEvent.id).is_(None) | col(AuditEntry.event_id).is_not(None))
        .order_by(col(AuditUnsealed.event_id))
    )
    for (event_id,) in _stream(session, query):
        yield event_id


def erased(session: Session) -> Iterator[tuple[UUID, UUID | None, int]]:
    """Every erased event with the ERASE event it names and its seal, in order of the erasures."""
    query = (
        select(col(AuditEntry.event_id), col(AuditEntry.erasure_id), col(AuditEntry.seal_number))
        .where(col(AuditEntry.erased_at).is_not(None))
        .order_by(col(AuditEntry.erasure_id), col(AuditEntry.event_id))
    )
    yield from _stream(session, query)


def erasure(session: Session, event_id: UUID) -> Event | None:
    """The ERASE event of an id."""
    row = session.execute(
        select(*_EVENT).where(col(AuditEvent.id) == event_id, col(AuditEvent.action) == Action.ERASE)
    ).first()
    return Event(*row) if row is not None else None


def erasable(session: Session, event_ids: Sequence[UUID]) -> list[UUID]:
    """Those of some events that may be erased: sealed, still there, and no record of an erasure."""
    query = (
        select(col(AuditEntry.event_id))
        .join(AuditEvent, col(AuditEvent.id) == col(AuditEntry.event_id))
        .where(
            col(AuditEntry.event_id).in_(event_ids),
            col(AuditEntry.erased_at).is_(None),
            col(AuditEvent.action) != Action.ERASE,
        )
    )
    return list(session.execute(query).scalars())


def _stream(session: Session, query: Executable) -> Iterator[Any]:
    # Rows of several columns, whose types SQLAlchemy does not carry through a stream.
    with session.execute(query.execution_options(yield_per=_STREAMED_ROWS)) as rows:
        yield from rows
