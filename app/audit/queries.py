"""Every SELECT of the log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Select, String, exists, func, or_, select, type_coerce
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col

from app.audit.chain import Event, Leaf, Seal
from app.audit.models import (
    Action,
    AuditEarlier,
    AuditEntry,
    AuditEvent,
    AuditSeal,
    AuditSubject,
    AuditUnsealed,
)
from app.audit.verification import Entry

_STREAMED_ROWS = 2000
# What reading a row may raise when what stands in it is nothing a column can say.
CANNOT_BE_READ = (ValueError, LookupError, TypeError, AttributeError, OperationalError)
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
    waits = or_(exists(select(AuditUnsealed)), exists(select(AuditEarlier)))
    return bool(session.execute(select(waits)).scalar_one())


def earlier_wait_since(session: Session) -> datetime | None:
    """Since when events from before there were seals wait for theirs; None when all have one."""
    return session.execute(select(func.min(col(AuditEarlier.since)))).scalar()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Some of the events that wait for their seal, and those of them that cannot be read."""

    events: list[Event]
    unreadable: list[UUID]

    @property
    def found(self) -> int:
        return len(self.events) + len(self.unreadable)


def waiting_events(session: Session, most: int) -> Waiting:
    """Some of the events in the queue."""
    queued = select(col(AuditUnsealed.event_id)).order_by(col(AuditUnsealed.queued_at))
    join = col(AuditUnsealed.event_id) == col(AuditEvent.id)
    return _waiting(session, select(*_EVENT).join(AuditUnsealed, join).limit(most), queued.limit(most))


def earlier_events(session: Session, most: int) -> Waiting:
    """The next events from before there were seals, by time and id: seals over them are the first of the chain, and
    hold nothing else."""
    at, event_id = col(AuditEvent.at), col(AuditEvent.id)
    queued = exists().where(col(AuditUnsealed.event_id) == event_id)
    head = last_seal(session)
    after = ~queued
    if head is not None:
        last = select(col(AuditEntry.at)).where(col(AuditEntry.event_id) == head.last_event_id)
        last_at = session.execute(last).scalar_one()
        # Saying the time twice lets the index by time be used.
        after = ~queued & (at >= last_at) & or_(at > last_at, event_id > head.last_event_id)
    every, ids = select(*_EVENT).where(after), select(event_id).where(after)
    return _waiting(session, every.order_by(at, event_id).limit(most), ids.order_by(at, event_id).limit(most))


def _waiting(session: Session, every: Select[Any], ids: Select[UUID]) -> Waiting:
    """All at once, or one by one when some of them cannot be read."""
    try:
        return Waiting([Event(*row) for row in session.execute(every)], [])
    except CANNOT_BE_READ as error:
        reraise_unless_unreadable(error)
    waiting = Waiting([], [])
    for event_id in session.execute(ids).scalars().all():
        event = readable(session, event_id)
        if event is not None:
            waiting.events.append(event)
        else:
            waiting.unreadable.append(event_id)
    return waiting


def readable(session: Session, event_id: UUID) -> Event | None:
    """An event that is there; None when it cannot be read."""
    try:
        return Event(*session.execute(select(*_EVENT).where(col(AuditEvent.id) == event_id)).one())
    except CANNOT_BE_READ as error:
        reraise_unless_unreadable(error)
        return None


def reraise_unless_unreadable(error: Exception) -> None:
    """Only somebody at the database itself can have put there what no column of ours can say. SQLite calls text that
    is no UTF-8 an operational fault, as it does a database that does not answer."""
    if isinstance(error, OperationalError) and "decode" not in str(error.orig):
        raise error


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


def subjects(session: Session) -> Iterator[tuple[int, int, str, UUID]]:
    """What sealed events are searched by, streamed in the order of `entries`: seal, place in it, kind, id."""
    query = (
        select(
            col(AuditEntry.seal_number), col(AuditEntry.position),
            col(AuditSubject.kind), col(AuditSubject.subject_id),
        )
        .join(AuditSubject, col(AuditSubject.event_id) == col(AuditEntry.event_id))
        .order_by(col(AuditEntry.seal_number), col(AuditEntry.position))
    )  # fmt: skip
    yield from _stream(session, query)


def subjects_of_nothing(session: Session) -> Iterator[UUID]:
    """Events that are searched for and that no seal holds."""
    held = exists().where(col(AuditEntry.event_id) == col(AuditSubject.event_id))
    query = select(col(AuditSubject.event_id)).where(~held).order_by(col(AuditSubject.event_id)).distinct()
    for (event_id,) in _stream(session, query):
        yield event_id


def unreadable_events(session: Session) -> Iterator[tuple[int, UUID]]:
    """The sealed events that cannot be read, each with its seal: looked for once reading them all has failed."""
    held = col(AuditEvent.id) == col(AuditEntry.event_id)
    for number in (
        session.execute(select(col(AuditSeal.number)).order_by(col(AuditSeal.number))).scalars().all()
    ):
        of_seal = col(AuditEntry.seal_number) == number
        every = select(*_EVENT).join(AuditEntry, held).where(of_seal)
        ids = select(col(AuditEvent.id)).join(AuditEntry, held).where(of_seal)
        for event_id in _waiting(session, every, ids.order_by(col(AuditEntry.position))).unreadable:
            yield number, event_id


def seals_numbered(session: Session, numbers: Iterable[int]) -> dict[int, Seal]:
    """Some seals by their numbers."""
    rows = session.execute(select(*_SEAL).where(col(AuditSeal.number).in_(list(numbers))))
    return {row.number: Seal(*row) for row in rows}


def counts(session: Session) -> tuple[int, int]:
    """How many events seals hold, and how many wait."""
    held = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    return held, session.execute(select(func.count()).select_from(AuditUnsealed)).scalar_one()


def outside_seals(session: Session) -> Iterator[tuple[UUID, datetime | None]]:
    """The events that no seal holds, earliest first, each with since when it waits for one; None when it does not."""
    query = (
        select(col(AuditEvent.id), col(AuditUnsealed.queued_at))
        .outerjoin(AuditEntry, col(AuditEntry.event_id) == col(AuditEvent.id))
        .outerjoin(AuditUnsealed, col(AuditUnsealed.event_id) == col(AuditEvent.id))
        .where(col(AuditEntry.event_id).is_(None))
        .order_by(col(AuditEvent.at), col(AuditEvent.id))
    )
    yield from _stream(session, query)


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


def erased(session: Session) -> Iterator[tuple[UUID, UUID | None, int, datetime]]:
    """Every erased event with the ERASE event it names, its seal and when it was erased, in order of the erasures."""
    query = (
        select(
            col(AuditEntry.event_id), col(AuditEntry.erasure_id), col(AuditEntry.seal_number),
            col(AuditEntry.erased_at),
        )
        .where(col(AuditEntry.erased_at).is_not(None))
        .order_by(col(AuditEntry.erasure_id), col(AuditEntry.event_id))
    )  # fmt: skip
    yield from _stream(session, query)


def erasure(session: Session, event_id: UUID) -> tuple[Event, int | None] | None:
    """The ERASE event of an id, and its seal where it has one."""
    row = session.execute(
        select(*_EVENT, col(AuditEntry.seal_number))
        .outerjoin(AuditEntry, col(AuditEntry.event_id) == col(AuditEvent.id))
        .where(col(AuditEvent.id) == event_id, col(AuditEvent.action) == Action.ERASE)
    ).first()
    return (Event(*row[:-1]), row[-1]) if row is not None else None


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
