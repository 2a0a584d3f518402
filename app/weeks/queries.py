"""Reads for a week beyond what compliance and reviews read: why plans changed, hours by programme, who was there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, cast, exists, func, select as select_rows
from sqlmodel import Session, col, select

from app.areas.scope import RowOwners, visible
from app.compliance.places import Asked, days_of
from app.identity.permissions import Permission
from app.patrols import queries as patrol_queries
from app.patrols.lifecycle import Programme
from app.patrols.models import CreditedSlice, CrewMember, OfficerFirst, Patrol
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


@dataclass(frozen=True, slots=True)
class ProgrammeTime:
    """Officers' time of one programme and grade, in milliseconds."""

    programme: Programme
    grade: str
    ms: int


def time_by_programme(session: Session, asked: Asked) -> list[ProgrammeTime]:
    """Officers' time in any hotspot by programme and grade, overlaps once, of the days of the period; without that of
    patrols whose result is still told to their officers only."""
    owners = RowOwners(
        force_id=col(CreditedSlice.force_id),
        team_id=col(CreditedSlice.team_id),
        area_id=col(CreditedSlice.area_id),
    )
    first, last = days_of(*asked.period)
    programme, grade = col(CreditedSlice.programme), col(CreditedSlice.grade)
    held = exists().where(
        col(OfficerFirst.patrol_id) == col(CreditedSlice.patrol_id), col(OfficerFirst.until_at) > asked.now
    )
    query = (
        select_rows(programme, grade, cast(func.sum(col(CreditedSlice.credited_ms)), BigInteger))
        .where(
            visible(asked.caller, asked.day, owners, Permission.COMPLIANCE_READ),
            col(CreditedSlice.team_id) == asked.wanted.team_id,
            col(CreditedSlice.hotspot_id).is_(None),
            col(CreditedSlice.day) >= first,
            col(CreditedSlice.day) <= last,
            ~held,
        )
        .group_by(programme, grade)
        .order_by(programme, grade)
    )
    return [ProgrammeTime(*row) for row in session.execute(query).all()]


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
