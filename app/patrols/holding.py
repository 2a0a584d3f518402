"""Until when a result is told to those on the patrol only: the officer first, for as long as the policy says.

The time runs from the first result that the officer's phone was answered, and no later judgement extends it: otherwise
late fixes could keep a result from everybody for good. A patrol that was closed by policy is judged without its officer
knowing: its result waits for the phone, but no longer than `WAITS_FOR_PHONE`, or the policy's time where that is more.
While a patrol is open its progress would tell what is held later, so that it is theirs alone, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlmodel import Session, col

from app.clock import london_day
from app.database.model import insert_if_absent
from app.patrols.lifecycle import Cause
from app.patrols.models import CrewMember, OfficerFirst, Patrol
from app.schedule.models import TaskingWindow
from app.tracks.policy import Policy
from app.tracks.queries import policies_held

WAITS_FOR_PHONE = timedelta(hours=24)
# The judgements that the officer's own phone asked for, and whose result it is answered.
_ANSWERED = (Cause.CHECK_OUT, Cause.LATE_FACTS)


def hold(
    session: Session, patrol_id: UUID, policy: Policy, cause: Cause, now: datetime, *, first: bool
) -> bool:
    """Holds the result of a patrol if the policy says so, and starts the time when its phone is answered; true when
    that moved the end of what was held."""
    lasts = timedelta(minutes=policy.officer_first_minutes)
    if not lasts:
        return False
    if first:
        until_at = now + (lasts if cause in _ANSWERED else max(WAITS_FOR_PHONE, lasts))
        return insert_if_absent(session, OfficerFirst, {"patrol_id": patrol_id, "until_at": until_at})
    if cause not in _ANSWERED:
        return False
    moved = session.connection().execute(
        update(OfficerFirst)
        .where(col(OfficerFirst.patrol_id) == patrol_id, col(OfficerFirst.until_at) > now + lasts)
        .values(until_at=now + lasts)
    )
    return moved.rowcount > 0


def progress_held(session: Session, patrols: Sequence[Patrol]) -> set[UUID]:
    """Which of some open patrols of one force are judged by a policy that holds results."""
    if not patrols:
        return set()
    held = policies_held(session, patrols[0].force_id)
    if not any(each.policy.officer_first_minutes for each in held):
        return set()
    begins = select(col(Patrol.id), func.coalesce(col(TaskingWindow.starts_at), col(Patrol.started_at)))
    rows = session.execute(
        begins.outerjoin(TaskingWindow, col(TaskingWindow.id) == col(Patrol.window_id)).where(
            col(Patrol.id).in_([patrol.id for patrol in patrols])
        )
    ).all()
    found = set()
    for patrol_id, starts_at in rows:
        day = london_day(starts_at)
        minutes = [each.policy.officer_first_minutes for each in held if each.valid_from <= day]
        if minutes and minutes[-1]:
            found.add(patrol_id)
    return found


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


def _was_on(officer_id: UUID) -> ColumnElement[bool]:
    """The condition on `Patrol` that somebody was on it, with its phone or as crew."""
    # Of this patrol, also where a statement lies between: else whoever was crew once would be told of every patrol.
    crew = (
        exists()
        .where(col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == officer_id)
        .correlate(Patrol)
    )
    return or_(col(Patrol.captured_by) == officer_id, crew)


def told_to(officer_id: UUID, now: datetime) -> ColumnElement[bool]:
    """The condition on `Patrol` that its result is told to somebody: it is not held, or they were on the patrol."""
    return or_(told_to_everybody(now), _was_on(officer_id))


def until_for(officer_id: UUID) -> ColumnElement[datetime]:
    """Until when the result of `Patrol` is held from somebody; null when it never was, or they were on the patrol."""
    return (
        select(col(OfficerFirst.until_at))
        .where(col(OfficerFirst.patrol_id) == col(Patrol.id), ~_was_on(officer_id))
        .correlate(Patrol)
        .scalar_subquery()
    )


def until_for_everybody() -> ColumnElement[datetime]:
    """Until when the result of `Patrol` is its officers' alone; null when it never was."""
    return (
        select(col(OfficerFirst.until_at))
        .where(col(OfficerFirst.patrol_id) == col(Patrol.id))
        .correlate(Patrol)
        .scalar_subquery()
    )


def told_to_everybody(now: datetime) -> ColumnElement[bool]:
    """The condition on `Patrol` that its result is not held, so that whoever may see the patrol may be told."""
    return ~exists().where(col(OfficerFirst.patrol_id) == col(Patrol.id), col(OfficerFirst.until_at) > now)
