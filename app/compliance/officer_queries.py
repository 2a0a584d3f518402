"""Reads of compliance officer by officer: windows tasked by name, who checked in for them, patrols.

Whose rows there are is found first, from what lies in the caller's scope; what stands in a row is read for a page of
officers only, so that an answer grows with its rows.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select as select_rows, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.areas.models import Membership, Team
from app.areas.scope import RowOwners, visible
from app.compliance.place_rows import below
from app.compliance.places import Asked, days_of
from app.compliance.queries import MOVED_WITHIN, OPEN_AT_MOST
from app.compliance.time_queries import time_conditions
from app.identity.models import Officer
from app.patrols.models import CreditedSlice, CrewMember, Patrol, PatrolVoid
from app.patrols.review_models import LinkedWindow
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.queries import conditions
from app.schedule.windows import WindowState


def officers_seen(session: Session, asked: Asked) -> set[UUID]:
    """Everybody of whom there is something to tell: tasked by name, on a patrol that began in the period, or with time
    on one of its days."""
    # One's own apart: an index finds those of teams or areas, or those of an officer, not either at once.
    own = replace(asked, officer_ids=(asked.caller.officer_id,)) if asked.own else None
    found: set[UUID] = set()
    for each in (replace(asked, own=False), own):
        if each is not None:
            statements = [*_began(each), *_tasked_at_all(each), *_with_time_at_the_ends(each)]
            found.update(*(session.execute(one).scalars() for one in statements))
    return found


def _began(asked: Asked) -> list[Select[Any]]:
    return [
        each.with_only_columns(each.selected_columns.officer_id).distinct()
        for each in _on_patrols(asked, *asked.period, _patrols_seen)
    ]


def _tasked_at_all(asked: Asked) -> list[Select[Any]]:
    return [select_rows(col(WindowAssignment.officer_id)).where(*_tasked(asked)).distinct()]


def _with_time_at_the_ends(asked: Asked) -> list[Select[Any]]:
    """Who has time in the period of a patrol that began before or after it: it lies on the first days or on the last.
    All other time is that of patrols which began in the period."""
    first, last = days_of(*asked.period)
    first_days = (first, min(first + OPEN_AT_MOST, last))
    return [
        select_rows(col(CreditedSlice.officer_id))
        .where(*time_conditions(asked, CreditedSlice, of_places=False, days=days))
        .distinct()
        for days in ((first_days,) if first_days[1] == last else (first_days, (last, last)))
    ]


def windows_tasked(session: Session, asked: Asked) -> dict[UUID, tuple[int, int]]:
    """By officer the published windows that have begun and that they were tasked with by name, and how many of those
    they were on a patrol for."""
    officer_id = col(WindowAssignment.officer_id)
    came = _attendances(asked)
    tasked = (
        select_rows(officer_id.label("officer_id"), col(TaskingWindow.id).label("window_id"))
        .where(*_tasked(asked))
        .subquery()
    )
    on_it = and_(came.c.window_id == tasked.c.window_id, came.c.officer_id == tasked.c.officer_id)
    rows = session.execute(
        select_rows(tasked.c.officer_id, func.count(), func.count(came.c.window_id))
        .select_from(tasked)
        .outerjoin(came, on_it)
        .group_by(tasked.c.officer_id)
    ).all()
    return {officer: (due, attended) for officer, due, attended in rows}


def _tasked(asked: Asked) -> list[ColumnElement[bool]]:
    """The conditions on a window and on somebody tasked with it by name."""
    owners = RowOwners(
        force_id=col(TaskingWindow.force_id),
        team_id=col(TaskingWindow.team_id),
        area_id=col(TaskingWindow.area_id),
        officer_id=col(WindowAssignment.officer_id) if asked.own else None,
    )
    return [
        col(WindowAssignment.window_id) == col(TaskingWindow.id),
        visible(asked.caller, asked.day, owners, asked.permission),
        *_only(asked, col(WindowAssignment.officer_id)),
        *conditions(asked.wanted),
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.starts_at) <= asked.now,
    ]


def patrols_of(session: Session, asked: Asked) -> dict[UUID, int]:
    """By officer the patrols they were on, with a phone or declared, that began in the period."""
    found = union(*_on_patrols(asked, *asked.period, _patrols_seen)).subquery()
    rows = session.execute(select_rows(found.c.officer_id, func.count()).group_by(found.c.officer_id)).all()
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
    return [officer_id.in_(asked.officer_ids)] if asked.officer_ids is not None else []


def _patrols_seen(asked: Asked, officer_id: Any) -> list[ColumnElement[bool]]:
    """The gate and the filters of patrols, beside somebody who was on them."""
    owners = RowOwners(
        force_id=col(Patrol.force_id),
        team_id=col(Patrol.team_id),
        area_id=col(Patrol.area_id),
        officer_id=officer_id if asked.own else None,
    )
    found = [visible(asked.caller, asked.day, owners, asked.permission)]
    if asked.wanted.team_id is not None:
        found.append(col(Patrol.team_id) == asked.wanted.team_id)
    if asked.wanted.area_id is not None:
        found.append(col(Patrol.area_id).in_(below(asked.wanted.area_id)))
    return found


def _anywhere(_asked: Asked, _officer_id: Any) -> list[ColumnElement[bool]]:
    return []


def _on_patrols(
    asked: Asked,
    from_at: datetime,
    to_at: datetime,
    seen: Callable[[Asked, Any], list[ColumnElement[bool]]],
) -> tuple[Select[Any], Select[Any]]:
    """Everybody on the patrols of a time that stand: whose phone it was, and who was declared. Somebody may be both."""
    stands = (
        col(Patrol.force_id) == asked.caller.force_id,
        col(Patrol.started_at) >= from_at,
        col(Patrol.started_at) < to_at,
        col(Patrol.id).not_in(select_rows(col(PatrolVoid.id))),
    )
    said: tuple[Any, ...] = (col(Patrol.id).label("patrol_id"), col(Patrol.window_id))
    lead, member = col(Patrol.captured_by), col(CrewMember.officer_id)
    return (
        select_rows(*said, lead.label("officer_id")).where(*stands, *seen(asked, lead), *_only(asked, lead)),
        select_rows(*said, member.label("officer_id"))
        .join(CrewMember, col(CrewMember.patrol_id) == col(Patrol.id))
        .where(*stands, *seen(asked, member), *_only(asked, member)),
    )


def _attendances(asked: Asked) -> Subquery:
    """Who was on a patrol for which window: the one it was made for or linked to, or where that was moved to."""
    from_at, to_at = asked.period
    around = (from_at - MOVED_WITHIN, to_at + MOVED_WITHIN + timedelta(days=1))
    found = union(*_on_patrols(asked, *around, _anywhere)).subquery()
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
