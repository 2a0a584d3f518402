"""Reads of presence in hotspots beside what is on record: by team and together, nobody by name."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, union
from sqlmodel import Session, col

from app.areas.models import Team
from app.areas.scope import RowOwners, visible
from app.compliance.places import Asked
from app.compliance.time_queries import time_conditions
from app.engagements.models import Engagement, EngagementOfficer
from app.engagements.queries import came_at
from app.identity.permissions import Caller, Permission, Role
from app.imports.queries import all_there
from app.patrols.models import CreditedSlice, Grade
from app.wmnow.models import WmnowRecord

PRESENCE = (Grade.VERIFIED, Grade.ACCEPTED)


def for_the_whole_force(caller: Caller) -> Caller:
    """Who sees the whole force, for what a team is held against: it would be another figure for each sergeant."""
    return replace(caller, roles=frozenset({Role.PLANNER}))


@dataclass(frozen=True, slots=True)
class OnPatrol:
    """How many patrols had presence in hotspots, how many officers were on them, of how many nothing is recorded."""

    patrols: int = 0
    officers: int = 0
    without_record: int = 0


def on_patrol_by_team(session: Session, asked: Asked) -> dict[UUID | None, OnPatrol]:
    """By team, from officers' stored time: patrols with presence that is verified or accepted, and their officers."""
    team_id = col(CreditedSlice.team_id)
    query = select(team_id, *_people(asked)).where(*_present(asked)).group_by(team_id)
    return {team: OnPatrol(*counts) for team, *counts in session.execute(query)}


def on_patrol(session: Session, asked: Asked, team_ids: Collection[UUID | None] | None) -> OnPatrol:
    """The same of some teams, None among them for no team, or of all, together: an officer of two teams is one."""
    query = select(*_people(asked)).where(*_present(asked))
    if team_ids is not None:
        of_teams = col(CreditedSlice.team_id).in_([each for each in team_ids if each is not None])
        of_none = col(CreditedSlice.team_id).is_(None)
        query = query.where(or_(of_teams, of_none) if None in team_ids else of_teams)
    return OnPatrol(*session.execute(query).one())


def _people(asked: Asked) -> list[ColumnElement[int]]:
    officer_id = col(CreditedSlice.officer_id)
    without = case((officer_id.not_in(_recorded(asked)), officer_id))
    return [
        func.count(col(CreditedSlice.patrol_id).distinct()),
        func.count(officer_id.distinct()),
        func.count(without.distinct()),
    ]


def _present(asked: Asked) -> list[ColumnElement[bool]]:
    return [
        *time_conditions(asked, CreditedSlice, of_places=False),
        col(CreditedSlice.hotspot_id).is_(None),
        col(CreditedSlice.grade).in_(PRESENCE),
        col(CreditedSlice.credited_ms) > 0,
    ]


def _recorded(asked: Asked) -> Any:
    """Of whom there is anything: who led an engagement or contact, who took part, whom the tracker names."""
    from_at, to_at = asked.period
    one, record, force_id = Engagement, WmnowRecord, asked.caller.force_id
    ours = and_(
        col(one.force_id) == force_id,
        col(one.voided_at).is_(None),
        col(one.occurred_at) >= from_at,
        col(one.occurred_at) < to_at,
        all_there(came_at()),
    )
    took_part = select(col(EngagementOfficer.officer_id)).where(
        col(EngagementOfficer.engagement_id).in_(select(col(one.id)).where(ours))
    )
    theirs = select(col(record.officer_id)).where(
        col(record.force_id) == force_id,
        col(record.deleted_at).is_(None),
        col(record.officer_id).is_not(None),
        col(record.occurred_at) >= from_at,
        col(record.occurred_at) < to_at,
        all_there(col(record.first_received_at)),
    )
    return union(select(col(one.captured_by)).where(ours), took_part, theirs)


@dataclass(frozen=True, slots=True)
class TeamSeen:
    """A team that a caller is told of; `held`: it is there today."""

    id: UUID
    code: str
    name: str
    held: bool


def teams_seen(session: Session, caller: Caller, day: date) -> list[TeamSeen]:
    """The teams a caller is told of, those that ended included, by code."""
    owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
    held = and_(col(Team.valid_from) <= day, or_(col(Team.valid_to).is_(None), col(Team.valid_to) > day))
    rows = session.execute(
        select(col(Team.id), col(Team.code), col(Team.name), case((held, 1), else_=0))
        .where(visible(caller, day, owners, Permission.WMNOW_REPORT))
        .order_by(col(Team.code), col(Team.id))
    )
    return [TeamSeen(team_id, code, name, bool(stands)) for team_id, code, name, stands in rows]
