"""Judges ended patrols again: those whose outline or rules changed since, and those somebody asks for.

Each patrol is a transaction of its own, held as an upload holds it, and judged as an upload has it judged: the new
judgement supersedes, hours and windows follow, and one that would say the same is not written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from app.audit.service import changed
from app.database.session import reading, transaction
from app.patrols import due, erasing, judging, queries, review_queries, window_queries
from app.patrols.differences import Difference, Outcome, Standing
from app.patrols.lifecycle import Cause
from app.patrols.models import Patrol, PatrolAssessment, WindowResult
from app.patrols.queries import PatrolEnd
from app.rest.problem_documents import log_unexpected
from app.tracks.models import FixBatch

MOST_A_TICK = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants patrols judged again and why, for the log; nobody when something changed."""

    reason: str
    actor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What became of one patrol, and of the windows it counts for."""

    outcome: Outcome
    patrol: Difference | None = None
    windows: Sequence[Difference] = ()


def judge_again(session: Session, patrol_id: UUID, now: datetime, asked: Asked | None) -> JudgedAgain:
    """Judges one patrol again and takes away the marks that say it is due. `asked` is None for those that are."""
    patrol = queries.patrol_locked(session, patrol_id)
    if patrol is None:
        return JudgedAgain(Outcome.ERASED)
    marks = due.marks_of(session, patrol_id)
    if asked is None and not marks:
        # Somebody else was first.
        return JudgedAgain(Outcome.SAME)
    due.unmark(session, patrol_id, marks)
    end = queries.ends_of(session, [patrol_id]).get(patrol_id)
    if end is None:
        # Whenever it ends, it is judged by what holds now.
        return JudgedAgain(Outcome.OPEN)
    before = queries.current_assessments(session, [patrol_id]).get(patrol_id)
    if _erased(session, patrol, end, before):
        return JudgedAgain(Outcome.ERASED)
    window_id = judged_with(session, patrol)
    windows = window_queries.windows_to_decide(session, window_id) if window_id else []
    stood = _windows(session, windows)
    # Somebody may have judged it after this began.
    at = max(now, before.computed_at) if before is not None else now
    cause = Cause(marks[0].basis.value) if marks else Cause.REASSESS
    if not judging.judge(session, patrol, end, at, cause):
        return JudgedAgain(Outcome.SAME)
    changed(
        session, "patrol:reassess", at, {"patrol": [patrol_id], "officer": [patrol.captured_by]},
        actor_id=asked.actor_id if asked else None, force_id=patrol.force_id,
        reason=asked.reason if asked else cause.value,
    )  # fmt: skip
    after = queries.current_assessments(session, [patrol_id])[patrol_id]
    stand = _windows(session, windows)
    return JudgedAgain(
        Outcome.CHANGED,
        Difference(patrol_id, _standing(before), _standing(after)),
        [Difference(each, stood[each], stand[each]) for each in windows],
    )


def judged_with(session: Session, patrol: Patrol) -> UUID | None:
    """The window a patrol was made for, or was linked to by a supervisor."""
    return patrol.window_id or review_queries.linked_window_id(session, patrol.id)


def _erased(session: Session, patrol: Patrol, end: PatrolEnd, before: PatrolAssessment | None) -> bool:
    """Whether fixes that a patrol was judged by are no longer kept; those that came since are no stead for them."""
    if erasing.erasure_of(session, patrol.id) is not None:
        return True
    return before is not None and _fixes_held(session, patrol, end) < sum(
        before.result["fixes_by_label"].values()
    )


def _standing(row: PatrolAssessment | None) -> Standing:
    if row is None:
        return Standing(None, 0)
    return Standing(row.status, row.verified_ms if row.window_verified_ms is None else row.window_verified_ms)


def _fixes_held(session: Session, patrol: Patrol, end: PatrolEnd) -> int:
    """How many fixes of a patrol are still kept. Facts only ever come, so fewer than were judged were erased."""
    batches = session.execute(
        select(func.sum(col(FixBatch.fix_count))).where(
            col(FixBatch.patrol_id) == patrol.id, func.length(col(FixBatch.packed)) > 0
        )
    ).scalar_one()
    return (batches or 0) + (patrol.longitude is not None) + (end.longitude is not None)


def _windows(session: Session, window_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    # Columns, not rows: a row once read would be the same again after it was replaced.
    rows = session.execute(
        select(col(WindowResult.window_id), col(WindowResult.status), col(WindowResult.verified_ms)).where(
            col(WindowResult.window_id).in_(window_ids)
        )
    )
    found = {window_id: Standing(status, verified_ms) for window_id, status, verified_ms in rows}
    return {each: found.get(each, Standing(None, 0)) for each in window_ids}


def mark_due(engine: Engine, now: datetime) -> int:
    """Marks what the causes concern that came since, each in a transaction of its own; how many patrols."""
    with reading(engine) as session:
        causes = due.settled_causes(session, now)
    marked = 0
    for cause_id in causes:
        with transaction(engine) as session:
            marked += due.expand(session, cause_id, now)
    return marked


def judge_due(engine: Engine, now: datetime, most: int = MOST_A_TICK) -> int:
    """Judges the patrols that have been due longest; how many were looked at. What is left over waits."""
    with reading(engine) as session:
        patrol_ids = due.longest_due(session, most)
    done = 0
    for patrol_id in patrol_ids:
        try:
            with transaction(engine) as session:
                judge_again(session, patrol_id, now, None)
            done += 1
        except Exception as error:
            # One patrol that cannot be judged must not keep all others waiting.
            log_unexpected(error)
            with transaction(engine) as session:
                due.put_back(session, patrol_id, now)
    return done
