"""THE visibility gate: which rows a caller may see. Every query of person-level or tasking rows passes through here.

Only roles that hold the permission asked under count, so that a second role never widens what the first may see: an
officer who also plans reads the whole force's plan and their own patrols. Officers see their own. Supervisors see the
teams they belong to today. Commanders see everything in the areas of those teams, down the tree. Force-wide roles see
their force. Nobody sees across forces. Memberships are read in the query itself, so that a move takes effect with the
next call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlmodel import col

from app.areas.models import AreaAncestor, Membership, Team
from app.identity.permissions import Caller, Permission, Role
from app.imports.queries import all_there

_FORCE_WIDE = frozenset({Role.PLANNER, Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class RowOwners:
    """The columns of a query that say whose a row is. `came_at` is when it came by a file, null when it did not: no row
    of a file is shown before all are there."""

    force_id: Any
    team_id: Any = None
    area_id: Any = None
    officer_id: Any = None
    came_at: Any = None


def my_teams(officer_id: UUID, day: date) -> Select[UUID]:
    """The teams somebody belongs to on a day, as a subquery."""
    return select(col(Membership.team_id)).where(
        col(Membership.officer_id) == officer_id,
        col(Membership.valid_from) <= day,
        or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > day),
    )


def my_areas(officer_id: UUID, day: date) -> Select[UUID]:
    """The areas of somebody's teams on a day and everything below them, as a subquery."""
    return (
        select(col(AreaAncestor.area_id))
        .join(Team, col(Team.area_id) == col(AreaAncestor.ancestor_id))
        .where(col(Team.id).in_(my_teams(officer_id, day)))
    )


def visible(
    caller: Caller,
    day: date,
    owners: RowOwners,
    permission: Permission,
    also: Sequence[ColumnElement[bool]] = (),
) -> ColumnElement[bool]:
    """The condition that a row is the caller's to see on a day under a permission; of nothing for who lacks it.

    `also` names further ways in that hold inside the force only: being crew on a patrol, being tasked by name.
    """
    held = _held(caller, day, owners, permission, also)
    return held if owners.came_at is None else and_(held, all_there(owners.came_at))


def _held(
    caller: Caller,
    day: date,
    owners: RowOwners,
    permission: Permission,
    also: Sequence[ColumnElement[bool]],
) -> ColumnElement[bool]:
    roles = caller.roles_that_grant(permission)
    if not roles:
        return false()
    ways: list[ColumnElement[bool]] = list(also)
    if owners.officer_id is not None:
        ways.append(owners.officer_id == caller.officer_id)
    if roles & _FORCE_WIDE:
        return and_(owners.force_id == caller.force_id)
    if Role.SUPERVISOR in roles and owners.team_id is not None:
        ways.append(owners.team_id.in_(my_teams(caller.officer_id, day)))
    if Role.COMMANDER in roles and owners.area_id is not None:
        ways.append(owners.area_id.in_(my_areas(caller.officer_id, day)))
    return and_(owners.force_id == caller.force_id, or_(*ways) if ways else false())
