"""Ends patrols whose check-out was forgotten, thinks the end over when fixes come late, and takes it back when the
phone turns out to be reporting still. Writes derived rows only: a real check-out always stands before them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select as select_rows, update
from sqlmodel import Session, col

from app.clock import from_ms, london_day
from app.database.model import insert_if_absent
from app.patrols import crediting, queries, window_results
from app.patrols.lifecycle import due_for_closing
from app.patrols.models import (
    AutoClosing,
    CrossCheckDue,
    Patrol,
    PatrolAssessment,
    PatrolLine,
    PatrolProgress,
)
from app.patrols.queries import OpenPatrol
from app.schedule.models import TaskingWindow
from app.tracks.models import FixBatch
from app.tracks.queries import policy_in_force


@dataclass(frozen=True, slots=True)
class OpenSince:
    """An open patrol, and what decides when it is taken to have ended."""

    patrol_id: UUID
    force_id: UUID
    window_id: UUID | None
    started_at: datetime
    window_ends_at: datetime | None
    last_fix_at: datetime | None


def open_patrols(session: Session) -> list[OpenSince]:
    """Every open patrol of all forces: those with a row of progress, which is made at check-in and gone with the end.

    They are few. With a condition on the force, SQLite would look for them through every patrol there ever was.
    """
    rows = session.execute(
        select_rows(
            col(Patrol.id), col(Patrol.force_id), col(Patrol.window_id), col(Patrol.started_at),
            col(TaskingWindow.ends_at), col(PatrolProgress.horizon_at),
        )
        .select_from(PatrolProgress)
        .join(Patrol, col(Patrol.id) == col(PatrolProgress.patrol_id))
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(Patrol.window_id))
        .order_by(col(Patrol.started_at))
    ).all()  # fmt: skip
    return [OpenSince(*row) for row in rows]


def last_fix_at(session: Session, patrol_id: UUID, now: datetime) -> datetime | None:
    """The time of the latest fix of a patrol, never later than now; None without fixes."""
    last = session.execute(
        select_rows(func.max(col(FixBatch.last_ms))).where(col(FixBatch.patrol_id) == patrol_id)
    ).scalar_one()
    return min(from_ms(last), now) if last is not None else None


def when_due(
    patrol: Patrol, window_ends_at: datetime | None, last_fix_at: datetime | None, now: datetime
) -> datetime | None:
    """When a patrol without a check-out is taken to have ended; None while it may still go on."""
    return due_for_closing(min(patrol.started_at, patrol.received_at), window_ends_at, last_fix_at, now)


def think_over(session: Session, patrol: Patrol, around: OpenPatrol, now: datetime) -> OpenPatrol:
    """An automatic closing in the light of all fixes we now have: moved, or taken back."""
    ended_at = when_due(patrol, around.window_ends_at, last_fix_at(session, patrol.id, now), now)
    if ended_at is None:
        reopen(session, patrol, now)
        return queries.around(session, patrol.id)
    move_closing(session, patrol.id, ended_at)
    return around


def move_closing(session: Session, patrol_id: UUID, ended_at: datetime) -> None:
    """Moves an automatic closing to where the fixes we now have put it."""
    session.connection().execute(
        update(AutoClosing).where(col(AutoClosing.patrol_id) == patrol_id).values(ended_at=ended_at)
    )


def reopen(session: Session, patrol: Patrol, now: datetime) -> None:
    """Takes an automatic closing back: the phone is still reporting. The judgement made of it stays readable."""
    session.connection().execute(delete(AutoClosing).where(col(AutoClosing.patrol_id) == patrol.id))
    session.connection().execute(
        update(PatrolAssessment)
        .where(col(PatrolAssessment.patrol_id) == patrol.id, col(PatrolAssessment.superseded_at).is_(None))
        .values(superseded_at=now)
    )
    crediting.write_hours(session, patrol, now)
    session.connection().execute(delete(PatrolLine).where(col(PatrolLine.patrol_id) == patrol.id))
    if patrol.window_id is not None:
        policy = policy_in_force(session, patrol.force_id, london_day(patrol.started_at))
        window_results.write_window_results(session, patrol.window_id, policy, now)
    insert_if_absent(session, CrossCheckDue, {"patrol_id": patrol.id, "marked_at": now})
