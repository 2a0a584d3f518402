"""Reads of compliance officer by officer: windows tasked by name, who checked in for them, patrols."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select as select_rows, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.areas.models import Membership, Team
from app.areas.scope import RowOwners, visible
from app.compliance.place_rows import below
from app.compliance.places import Asked
from app.compliance.queries import MOVED_WITHIN
from app.identity.models import Officer
from app.patrols.models import CrewMember, Patrol, PatrolVoid
from app.patrols.review_models import LinkedWindow
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.queries import conditions
from app.schedule.windows import WindowState


def windows_tasked(session: Session, asked: Asked) -> dict[UUID, tuple[int, int]]:
    """By officer the published windows that have begun and that they were tasked with by name, and how many of those
    they were on a patrol for."""
    owners = RowOwners(
        force_id=col(TaskingWindow.force_id),
        team_id=col(TaskingWindow.team_id),
        area_id=col(TaskingWindow.area_id),
        officer_id=col(WindowAssignment.officer_id),
    )
    came = _attendances(asked)
    on_it = and_(
        came.c.window_id == col(TaskingWindow.id), came.c.officer_id == col(WindowAssignment.officer_id)
    )
    officer_id = col(WindowAssignment.officer_id)
    rows = session.execute(
        select_rows(officer_id, func.count(), func.sum(case((came.c.window_id.is_not(None), 1), else_=0)))
        .select_from(TaskingWindow)
        .join(WindowAssignment, col(WindowAssignment.window_id) == col(TaskingWindow.id))
        .outerjoin(came, on_it)
        .where(
            visible(asked.caller, asked.day, owners, asked.permission),
            *_only(asked, officer_id),
            *conditions(asked.wanted),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
            col(TaskingWindow.starts_at) <= asked.now,
        )
        .group_by(officer_id)
    ).all()
    return {officer: (tasked, attended) for officer, tasked, attended in rows}


def patrols_of(session: Session, asked: Asked) -> dict[UUID, int]:
    """By officer the patrols they were on, with a phone or declared, that began in the period."""
    found = _on_patrols(asked.period[0], asked.period[1], asked).subquery()
    owners = RowOwners(
        force_id=found.c.force_id,
        team_id=found.c.team_id,
        area_id=found.c.area_id,
        officer_id=found.c.officer_id,
    )
    filters: list[ColumnElement[bool]] = []
    if asked.wanted.team_id is not None:
        filters.append(found.c.team_id == asked.wanted.team_id)
    if asked.wanted.area_id is not None:
        filters.append(found.c.area_id.in_(below(asked.wanted.area_id)))
    rows = session.execute(
        select_rows(found.c.officer_id, func.count())
        .where(
            visible(asked.caller, asked.day, owners, asked.permission),
            *_only(asked, found.c.officer_id),
            *filters,
        )
        .group_by(found.c.officer_id)
    ).all()
    return {row[0]: row[1] for row in rows}


def members_in_scope(session: Session, asked: Asked) -> list[UUID]:
    """Who belongs today to the teams asked for, as far as the caller may see them under the permission asked under."""
    owners = RowOwners(
        force_id=col(Team.force_id),
        team_id=col(Team.id),
        area_id=col(Team.area_id),
        officer_id=col(Membership.officer_id),
    )
    query = (
        select_rows(col(Membership.officer_id))
        .join(Team, col(Team.id) == col(Membership.team_id))
        .where(
            visible(asked.caller, asked.day, owners, asked.permission),
            col(Membership.valid_from) <= asked.day,
            or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > asked.day),
        )
    )
    if asked.wanted.team_id is not None:
        query = query.where(col(Team.id) == asked.wanted.team_id)
    if asked.wanted.area_id is not None:
        query = query.where(col(Team.area_id).in_(below(asked.wanted.area_id)))
    return list(session.execute(query).scalars())


def officers_named(
    session: Session, officer_ids: Collection[UUID], after: tuple[str, UUID] | None, limit: int
) -> list[Officer]:
    """Some officers by collar number, a page of them."""
    number, row_id = col(Officer.collar_number), col(Officer.id)
    query = select_rows(Officer).where(row_id.in_(officer_ids))
    if after is not None:
        query = query.where(or_(number > after[0], and_(number == after[0], row_id > after[1])))
    return list(session.execute(query.order_by(number, row_id).limit(limit)).scalars())


def _only(asked: Asked, officer_id: Any) -> list[ColumnElement[bool]]:
    return [officer_id == asked.officer_id] if asked.officer_id is not None else []


def _on_patrols(from_at: datetime, to_at: datetime, asked: Asked) -> Any:
    """Everybody on the patrols of a time that stand, once each: whose phone it was, and who was declared."""
    stands = (
        col(Patrol.force_id) == asked.caller.force_id,
        col(Patrol.started_at) >= from_at,
        col(Patrol.started_at) < to_at,
        col(Patrol.id).not_in(select_rows(col(PatrolVoid.id))),
    )
    said: tuple[Any, ...] = (
        col(Patrol.id).label("patrol_id"),
        col(Patrol.force_id),
        col(Patrol.team_id),
        col(Patrol.area_id),
        col(Patrol.window_id),
    )
    lead = select_rows(*said, col(Patrol.captured_by).label("officer_id")).where(*stands)
    crew = (
        select_rows(*said, col(CrewMember.officer_id).label("officer_id"))
        .join(CrewMember, col(CrewMember.patrol_id) == col(Patrol.id))
        .where(*stands)
    )
    return union(lead, crew)


def _attendances(asked: Asked) -> Subquery:
    """Who was on a patrol for which window: the one it was made for or linked to, or where that was moved to."""
    found = _on_patrols(
        asked.period[0] - MOVED_WITHIN, asked.period[1] + MOVED_WITHIN + timedelta(days=1), asked
    ).subquery()
    made_for = aliased(TaskingWindow)
    window_id = func.coalesce(col(made_for.moved_to_id), col(made_for.id))
    return (
        select_rows(window_id.label("window_id"), found.c.officer_id)
        .select_from(found)
        .outerjoin(LinkedWindow, col(LinkedWindow.patrol_id) == found.c.patrol_id)
        .join(made_for, col(made_for.id) == func.coalesce(found.c.window_id, col(LinkedWindow.window_id)))
        .distinct()
        .subquery()
    )
