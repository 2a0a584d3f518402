"""Drops which officer hours were that others recorded. The hours stay as they are, in every sum.

What our own patrols had of a record is found by its officer, so it is worked out a last time and kept by the grade of
our own time: every rule takes off what it took off before.

Whether an officer may go is decided above, by the rules and holds of `app.retention`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, bindparam, select, type_coerce, update
from sqlmodel import Session, col

from app.patrols.models import CreditedSlice
from app.returns.counting import OwnTime, overlap_ms
from app.returns.models import RecordedHours, RecordedSlice
from app.returns.service import turn_at_records


def erase_officers(session: Session, force_id: UUID, record_ids: Sequence[UUID], now: datetime) -> None:
    """Drops the officers of some recorded hours; once more is no change."""
    turn_at_records(session, force_id)
    connection = session.connection()
    kept = [
        {"slice_id": slice_id, "had": had} for slice_id, had in _own_by_grade(session, record_ids).items()
    ]
    if kept:
        connection.execute(
            update(RecordedSlice)
            .where(col(RecordedSlice.id) == bindparam("slice_id"))
            .values(officer_id=None, own_ms=bindparam("had")),
            kept,
        )
    connection.execute(
        update(RecordedHours)
        .where(col(RecordedHours.id).in_(record_ids), col(RecordedHours.officer_id).is_not(None))
        .values(officer_id=None, officer_erased_at=now)
    )


def _own_by_grade(session: Session, record_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """What our own patrols have of each slice of one officer, by grade; nothing is said of a grade that has nothing.

    Our own slices of one officer share no instant, so grades add up as a rule needs them.
    """
    same = and_(
        col(CreditedSlice.officer_id) == col(RecordedSlice.officer_id),
        col(CreditedSlice.day) == col(RecordedSlice.day),
        col(CreditedSlice.force_id) == col(RecordedSlice.force_id),
        col(CreditedSlice.hotspot_id).is_(None),
    )
    rows = session.execute(
        select(
            col(RecordedSlice.id),
            col(RecordedSlice.intervals),
            type_coerce(col(CreditedSlice.grade), String),
            col(CreditedSlice.officer_id),
            col(CreditedSlice.patrol_id),
            col(CreditedSlice.intervals),
        )
        .select_from(RecordedSlice)
        .outerjoin(CreditedSlice, same)
        .where(col(RecordedSlice.recorded_id).in_(record_ids), col(RecordedSlice.officer_id).is_not(None))
    )
    found: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for slice_id, recorded, grade, officer_id, patrol_id, own in rows:
        had = found[slice_id]
        if grade is not None:
            ms = overlap_ms(_intervals(recorded), [OwnTime(officer_id, patrol_id, _intervals(own))])
            if ms:
                had[grade] += ms
    return {slice_id: dict(had) for slice_id, had in found.items()}


def _intervals(stored: Sequence[Sequence[Any]]) -> list[tuple[int, int]]:
    return [(start, end) for start, end in stored]
