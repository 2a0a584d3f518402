"""Writes the visits of a patrol as rows, from its standing result. Derived, replaced each time the result changes."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.clock import from_ms, london_day
from app.patrols.models import Patrol
from app.patrols.month_hours import mark_due
from app.patrols.visit_models import Visit

# What each visit says of its patrol.
_SAID = ("force_id", "team_id", "area_id", "programme", "operation", "funding")


def write_visits(session: Session, patrol: Patrol, window_id: UUID | None, result: Mapping[str, Any]) -> None:
    """Writes what a result says of visits in the place of what the one before it said."""
    days = _remove(session, patrol.id)
    said = {name: getattr(patrol, name) for name in _SAID}
    rows = [
        {
            **said,
            "patrol_id": patrol.id,
            "officer_id": patrol.captured_by,
            "window_id": window_id,
            "hotspot_id": UUID(each["hotspot_id"]),
            "entered_ms": entered_ms,
            "left_ms": left_ms,
            "day": london_day(from_ms(entered_ms)),
        }
        for each in result["hotspots"]
        for entered_ms, left_ms in each["visits"]
    ]
    if rows:
        session.connection().execute(insert(Visit), rows)
    mark_due(session, days | {(patrol.force_id, row["day"]) for row in rows})


def remove_visits(session: Session, patrol_id: UUID) -> None:
    """A patrol that was taken back visited nothing."""
    mark_due(session, _remove(session, patrol_id))


def _remove(session: Session, patrol_id: UUID) -> set[tuple[UUID, date]]:
    """The forces and days of what went."""
    gone = session.connection().execute(
        delete(Visit).where(col(Visit.patrol_id) == patrol_id).returning(col(Visit.force_id), col(Visit.day))
    )
    return {(force_id, day) for force_id, day in gone}
