"""Writes the visits of a patrol as rows, from its standing result. Derived, replaced each time the result changes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from app.clock import from_ms, london_day
from app.patrols.models import Patrol
from app.patrols.visit_models import Visit

# What each visit says of its patrol.
_SAID = ("force_id", "team_id", "area_id", "programme", "operation", "funding")


def write_visits(session: Session, patrol: Patrol, window_id: UUID | None, result: Mapping[str, Any]) -> None:
    """Writes what a result says of visits in the place of what the one before it said."""
    remove_visits(session, patrol.id)
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


def remove_visits(session: Session, patrol_id: UUID) -> None:
    """A patrol that was taken back visited nothing."""
    session.connection().execute(delete(Visit).where(col(Visit.patrol_id) == patrol_id))
