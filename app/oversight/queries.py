"""Reads of the audit log for those who watch over it, in the force they belong to."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, or_, select, union_all
from sqlmodel import Session, col

from app.areas.models import Area, AreaKind
from app.areas.scope import RowOwners, visible
from app.audit.models import AuditEntry, AuditEvent, AuditSubject, AuditUnsealed
from app.database.paging import latest_first
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.oversight.schemas import EventFilter
from app.oversight.sheet import Line

_STREAMED_ROWS = 1000


def events_seen(
    session: Session,
    caller: Caller,
    day: date,
    permission: Permission,
    wanted: EventFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Line]:
    """Events of the caller's force, latest first."""
    gate = visible(caller, day, RowOwners(force_id=col(AuditEvent.force_id)), permission)
    query = _lines(wanted).where(gate)
    page = latest_first(query, col(AuditEvent.at), col(AuditEvent.id), after, limit)
    return [Line(*row) for row in session.execute(page)]


def events_streamed(session: Session, force_id: UUID, wanted: EventFilter) -> Iterator[Line]:
    """All events of a force that are asked for, earliest first, for the command line."""
    query = _lines(wanted).where(col(AuditEvent.force_id) == force_id)
    ordered = query.order_by(col(AuditEvent.at), col(AuditEvent.id))
    with session.execute(ordered.execution_options(yield_per=_STREAMED_ROWS)) as rows:
        for row in rows:
            yield Line(*row)


def forces(session: Session) -> dict[str, UUID]:
    """The forces held, by code."""
    rows = session.execute(select(col(Area.code), col(Area.id)).where(col(Area.kind) == AreaKind.FORCE))
    return {row.code: row.id for row in rows}


def _lines(wanted: EventFilter) -> Select[Any]:
    return (
        select(
            col(AuditEvent.id), col(AuditEvent.at), col(AuditEvent.action), col(AuditEvent.operation),
            col(AuditEvent.actor_id), col(Officer.collar_number), col(AuditEvent.request_id),
            col(AuditEvent.reason), col(AuditEvent.subjects), col(AuditEntry.seal_number),
        )
        .outerjoin(Officer, col(Officer.id) == col(AuditEvent.actor_id))
        .outerjoin(AuditEntry, col(AuditEntry.event_id) == col(AuditEvent.id))
        .where(*_conditions(wanted))
    )  # fmt: skip


def _conditions(wanted: EventFilter) -> Sequence[ColumnElement[bool]]:
    at, found = col(AuditEvent.at), []
    if wanted.from_at is not None:
        found.append(at >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(at < wanted.to_at)
    if wanted.actor_id is not None:
        found.append(col(AuditEvent.actor_id) == wanted.actor_id)
    if wanted.action is not None:
        found.append(col(AuditEvent.action) == wanted.action)
    if wanted.operation is not None:
        found.append(col(AuditEvent.operation) == wanted.operation)
    if wanted.officer_id is not None:
        found.append(_about(wanted.officer_id, "officer"))
    if wanted.record_id is not None:
        found.append(_about(wanted.record_id, wanted.record_kind))
    if wanted.concerning is not None:
        found.append(or_(col(AuditEvent.actor_id) == wanted.concerning, _about(wanted.concerning, "officer")))
    return found


def _about(subject_id: UUID, kind: str | None) -> ColumnElement[bool]:
    """Events that name an id: by the index for those sealed, by their own words for the few that wait for a seal."""
    sealed = select(col(AuditSubject.event_id)).where(col(AuditSubject.subject_id) == subject_id)
    if kind is not None:
        sealed = sealed.where(col(AuditSubject.kind) == kind)
    fresh = AuditEvent.__table__.alias()  # type: ignore[attr-defined]  # SQLModel does not type it
    told = cast(fresh.c.subjects, String) if kind is None else fresh.c.subjects[kind].as_string()
    waiting = (
        select(fresh.c.id)
        .join(AuditUnsealed, col(AuditUnsealed.event_id) == fresh.c.id)
        .where(told.contains(str(subject_id)))
    )
    return col(AuditEvent.id).in_(union_all(sealed, waiting))
