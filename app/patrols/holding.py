"""Until when a result is told to those on the patrol only: the officer first, for as long as the policy says.

The time runs from the first judgement and is never extended by a later one: otherwise late fixes could keep a result
from everybody for good.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlmodel import Session, col

from app.database.model import insert_if_absent
from app.patrols.models import CrewMember, OfficerFirst, Patrol
from app.tracks.policy import Policy


def hold(session: Session, patrol_id: UUID, policy: Policy, now: datetime) -> None:
    """Holds the result of a patrol that is judged for the first time, if the policy says so."""
    if policy.officer_first_minutes:
        until_at = now + timedelta(minutes=policy.officer_first_minutes)
        insert_if_absent(session, OfficerFirst, {"patrol_id": patrol_id, "until_at": until_at})


def held_until(session: Session, patrol_ids: Sequence[UUID], now: datetime) -> dict[UUID, datetime]:
    """Which of some patrols' results are held now, and until when."""
    if not patrol_ids:
        return {}
    rows = session.execute(
        select(col(OfficerFirst.patrol_id), col(OfficerFirst.until_at)).where(
            col(OfficerFirst.patrol_id).in_(patrol_ids), col(OfficerFirst.until_at) > now
        )
    ).all()
    return {row.patrol_id: row.until_at for row in rows}


def told_from(session: Session, patrol_ids: Sequence[UUID]) -> datetime | None:
    """When the last of some patrols' results is told to everybody; None when none was ever held."""
    if not patrol_ids:
        return None
    last: datetime | None = session.execute(
        select(func.max(col(OfficerFirst.until_at))).where(col(OfficerFirst.patrol_id).in_(patrol_ids))
    ).scalar_one()
    return last


def told_to(officer_id: UUID, now: datetime) -> ColumnElement[bool]:
    """The condition on `Patrol` that its result is told to somebody: it is not held, or they were on the patrol."""
    held = exists().where(col(OfficerFirst.patrol_id) == col(Patrol.id), col(OfficerFirst.until_at) > now)
    crew = exists().where(
        col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == officer_id
    )
    return or_(~held, col(Patrol.captured_by) == officer_id, crew)
