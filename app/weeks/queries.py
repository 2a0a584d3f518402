"""Reads for a week beyond what compliance and reviews read: why plans changed, and who was there."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from app.compliance.places import Asked
from app.identity.permissions import Permission
from app.patrols import queries as patrol_queries
from app.patrols.models import CrewMember, Patrol
from app.schedule.models import TaskingWindow, WindowChange
from app.schedule.queries import may_see


def reasons_of_changes(session: Session, window_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Why some windows were cancelled or moved: the reason of the latest change of each."""
    if not window_ids:
        return {}
    rows = session.exec(
        select(WindowChange)
        .where(col(WindowChange.window_id).in_(window_ids))
        .order_by(col(WindowChange.window_id), col(WindowChange.revision))
    ).all()
    return {row.window_id: row.reason for row in rows}


def starts_of(session: Session, asked: Asked, window_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When some windows start, those that the caller may see."""
    if not window_ids:
        return {}
    rows = session.exec(
        select(TaskingWindow.id, TaskingWindow.starts_at).where(
            col(TaskingWindow.id).in_(window_ids),
            may_see(asked.caller, asked.day, Permission.COMPLIANCE_READ),
        )
    ).all()
    return dict(rows)


def people_shown(session: Session, asked: Asked, patrol_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Who was on each of some patrols, with a phone or declared: only of those patrols the caller may see by name."""
    if not patrol_ids:
        return {}
    seen = patrol_queries.may_see(asked.caller, asked.day)
    leads = session.exec(
        select(Patrol.id, Patrol.captured_by).where(col(Patrol.id).in_(patrol_ids), seen)
    ).all()
    found = {patrol_id: {captured_by} for patrol_id, captured_by in leads}
    crew = session.exec(select(CrewMember).where(col(CrewMember.patrol_id).in_(found))).all()
    for member in crew:
        found[member.patrol_id].add(member.officer_id)
    return found
