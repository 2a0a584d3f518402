"""Runs of `beatcheck reassess`: patrols that somebody selects, judged again one by one, or only tried.

A run keeps how far it came in the same transaction as what it changed, so it may be stopped at any instant and taken up
again, by several at once even: each holds the run while it judges the next patrol.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.database.model import insert_if_absent
from app.database.session import abandon, open_session, reading, transaction
from app.patrols import due, queries, window_queries
from app.patrols.differences import Difference, Outcome, Report, Standing, differing
from app.patrols.due import Place, Selection
from app.patrols.reassess_models import ReassessedPatrol, ReassessedWindow, ReassessRun
from app.patrols.reassessing import Asked, JudgedAgain, judge_again, judged_with
from app.rest.problem_documents import log_unexpected

_PAGE = 100
_SELECTION = TypeAdapter(Selection)

Tell = Callable[[int], None]


class UnknownRun(Exception):
    """There is no such run."""


def begin(engine: Engine, selection: Selection, asked: Asked, now: datetime) -> UUID:
    """Begins a run, with nothing judged yet; its id, by which it can be taken up again."""
    run_id = uuid4()
    with transaction(engine) as session:
        run = {
            "id": run_id,
            "force_id": selection.force_id,
            "selection": _SELECTION.dump_python(selection, mode="json"),
            "reason": asked.reason,
            "actor_id": asked.actor_id,
            "started_at": now,
            "selected": due.count(session, selection),
            "looked_at": 0,
        }
        session.connection().execute(insert(ReassessRun).values(run))
        changed(
            session, "reassess:begin", now, {"reassess_run": [run_id]},
            actor_id=asked.actor_id, force_id=selection.force_id, reason=asked.reason,
        )  # fmt: skip
    return run_id


def go_on(engine: Engine, run_id: UUID, clock: Callable[[], datetime], tell: Tell) -> None:
    """Judges what a run has not looked at yet. `tell` is called with how many it has looked at in all.

    Raises UnknownRun, and what the database raises when it does not answer: what was done until then is kept.
    """
    with reading(engine) as session:
        run = _run(session, run_id)
    selection = _SELECTION.validate_python(run.selection)
    after = _cursor(run)
    while run.finished_at is None:
        with reading(engine) as session:
            places = due.page(session, selection, after, _PAGE)
        if not places:
            _finish(engine, run_id, clock())
            return
        for place in places:
            tell(_step(engine, run_id, place, clock()))
        after = places[-1]


def _run(session: Session, run_id: UUID, *, hold: bool = False) -> ReassessRun:
    query = select(ReassessRun).where(col(ReassessRun.id) == run_id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    run: ReassessRun | None = session.execute(query).scalar_one_or_none()
    if run is None:
        raise UnknownRun
    return run


def _cursor(run: ReassessRun) -> Place | None:
    if run.cursor_at is None or run.cursor_id is None:
        return None
    return Place(run.cursor_at, run.cursor_id)


def _finish(engine: Engine, run_id: UUID, now: datetime) -> None:
    with transaction(engine) as session:
        session.connection().execute(
            update(ReassessRun)
            .where(col(ReassessRun.id) == run_id, col(ReassessRun.finished_at).is_(None))
            .values(finished_at=now)
        )


def _step(engine: Engine, run_id: UUID, place: Place, now: datetime) -> int:
    """Judges the next patrol of a run, unless somebody else who took the run up has passed it; how far it is."""
    try:
        with transaction(engine) as session:
            run = _run(session, run_id, hold=True)
            if _passed(run, place):
                return run.looked_at
            done = judge_again(session, place.patrol_id, now, Asked(run.reason, run.actor_id))
            return _note(session, run, place, done)
    except DBAPIError:
        raise
    except Exception as error:
        # One patrol that cannot be judged must not stop the run: it is named in the report.
        log_unexpected(error)
        with transaction(engine) as session:
            run = _run(session, run_id, hold=True)
            if _passed(run, place):
                return run.looked_at
            return _note(session, run, place, JudgedAgain(Outcome.FAILED))


def _passed(run: ReassessRun, place: Place) -> bool:
    cursor = _cursor(run)
    return cursor is not None and (place.started_at, place.patrol_id) <= (cursor.started_at, cursor.patrol_id)


def _note(session: Session, run: ReassessRun, place: Place, done: JudgedAgain) -> int:
    looked_at = run.looked_at + 1
    connection = session.connection()
    connection.execute(
        update(ReassessRun)
        .where(col(ReassessRun.id) == run.id)
        .values(cursor_at=place.started_at, cursor_id=place.patrol_id, looked_at=looked_at)
    )
    if done.outcome in (Outcome.CHANGED, Outcome.ERASED, Outcome.FAILED):
        row = {"run_id": run.id, "patrol_id": place.patrol_id, "outcome": done.outcome.value}
        insert_if_absent(session, ReassessedPatrol, {**row, **_columns(done.patrol)})
    for window in done.windows:
        row = {"run_id": run.id, "window_id": window.subject_id}
        if not insert_if_absent(session, ReassessedWindow, {**row, **_columns(window)}):
            connection.execute(
                update(ReassessedWindow)
                .where(
                    col(ReassessedWindow.run_id) == run.id,
                    col(ReassessedWindow.window_id) == window.subject_id,
                )
                .values(after_status=window.after.status, after_ms=window.after.verified_ms)
            )
    return looked_at


def _columns(difference: Difference | None) -> dict[str, Any]:
    before = difference.before if difference else Standing(None, 0)
    after = difference.after if difference else Standing(None, 0)
    return {
        "before_status": before.status,
        "before_ms": before.verified_ms,
        "after_status": after.status,
        "after_ms": after.verified_ms,
    }


def report(engine: Engine, run_id: UUID) -> Report:
    """What a run has changed so far. Raises UnknownRun."""
    with reading(engine) as session:
        run = _run(session, run_id)
        patrols = session.execute(
            select(ReassessedPatrol)
            .where(col(ReassessedPatrol.run_id) == run_id)
            .order_by(col(ReassessedPatrol.patrol_id))
        ).scalars()
        windows = session.execute(
            select(ReassessedWindow)
            .where(col(ReassessedWindow.run_id) == run_id)
            .order_by(col(ReassessedWindow.window_id))
        ).scalars()
        by_outcome: dict[str, list[ReassessedPatrol]] = {each.value: [] for each in Outcome}
        for row in patrols:
            by_outcome[row.outcome].append(row)
        return Report(
            run_id=run_id,
            finished=run.finished_at is not None,
            reason=run.reason,
            selected=run.selected,
            looked_at=run.looked_at,
            patrols=[_difference(row.patrol_id, row) for row in by_outcome[Outcome.CHANGED]],
            windows=differing(_difference(row.window_id, row) for row in windows),
            erased=[row.patrol_id for row in by_outcome[Outcome.ERASED]],
            failed=[row.patrol_id for row in by_outcome[Outcome.FAILED]],
        )


def told_again(engine: Engine, told: Report, now: datetime) -> None:
    """Logs that somebody reads what an earlier run found. Raises UnknownRun."""
    if told.run_id is None:
        raise UnknownRun
    patrols = [*(each.subject_id for each in told.patrols), *told.erased, *told.failed]
    with transaction(engine) as session:
        run = _run(session, told.run_id)
        changed(
            session, "reassess:read", now, {"reassess_run": [run.id], "patrol": patrols},
            actor_id=None, force_id=run.force_id, action=Action.CONSULT,
        )  # fmt: skip


def _difference(subject_id: UUID, row: ReassessedPatrol | ReassessedWindow) -> Difference:
    return Difference(
        subject_id, Standing(row.before_status, row.before_ms), Standing(row.after_status, row.after_ms)
    )


@dataclass(slots=True)
class _Tried:
    """What a dry run has found so far."""

    looked_at: int = 0
    patrols: list[Difference] = field(default_factory=list)
    windows: list[Difference] = field(default_factory=list)
    by_outcome: dict[Outcome, list[UUID]] = field(default_factory=lambda: {each: [] for each in Outcome})


def try_out(
    engine: Engine, selection: Selection, asked: Asked, clock: Callable[[], datetime], tell: Tell
) -> Report:
    """What judging a selection again would change, without changing it; that somebody looked is logged.

    The patrols of a window are tried together, so that it is told as it would become.
    """
    tried = _Tried()
    with reading(engine) as session:
        selected = due.count(session, selection)
    seen: set[UUID] = set()
    after: Place | None = None
    while True:
        with reading(engine) as session:
            places = due.page(session, selection, after, _PAGE)
        if not places:
            break
        for place in places:
            if place.patrol_id not in seen:
                seen |= _try(engine, selection, place, asked, clock(), tried)
                tell(tried.looked_at)
        after = places[-1]
        _log_tried(engine, selection, asked, clock(), (place.patrol_id for place in places))
    return Report(
        run_id=None,
        finished=True,
        reason=asked.reason,
        selected=selected,
        looked_at=tried.looked_at,
        patrols=tried.patrols,
        windows=differing(tried.windows),
        erased=tried.by_outcome[Outcome.ERASED],
        failed=tried.by_outcome[Outcome.FAILED],
    )


def _log_tried(
    engine: Engine, selection: Selection, asked: Asked, now: datetime, patrol_ids: Iterable[UUID]
) -> None:
    with transaction(engine) as session:
        changed(
            session, "patrol:reassess:dry-run", now, {"patrol": patrol_ids},
            actor_id=asked.actor_id, force_id=selection.force_id, action=Action.CONSULT, reason=asked.reason,
        )  # fmt: skip


def _try(
    engine: Engine, selection: Selection, place: Place, asked: Asked, now: datetime, tried: _Tried
) -> set[UUID]:
    """Judges a patrol, with all others selected of its window, and undoes it; the patrols that were judged."""
    session = open_session(engine, writes=True)
    windows: dict[UUID, Difference] = {}
    try:
        together = _together(session, selection, place)
        for patrol_id in together:
            done = _judged(session, patrol_id, now, asked)
            tried.by_outcome[done.outcome].append(patrol_id)
            if done.patrol is not None:
                tried.patrols.append(done.patrol)
            for window in done.windows:
                first = windows.setdefault(window.subject_id, window)
                windows[window.subject_id] = Difference(window.subject_id, first.before, window.after)
    finally:
        abandon(session)
    tried.looked_at += len(together)
    tried.windows += windows.values()
    return set(together)


def _together(session: Session, selection: Selection, place: Place) -> list[UUID]:
    patrol = queries.patrol_recorded(session, place.patrol_id)
    window_id = judged_with(session, patrol)
    if window_id is None:
        return [patrol.id]
    last = window_queries.windows_to_decide(session, window_id)[-1]
    others = [each.id for each in window_queries.patrols_of_window(session, last)]
    return due.selected_among(session, selection, others)


def _judged(session: Session, patrol_id: UUID, now: datetime, asked: Asked) -> JudgedAgain:
    try:
        return judge_again(session, patrol_id, now, asked)
    except DBAPIError:
        raise
    except Exception as error:
        # What cannot be judged has written nothing yet, and is named in the report.
        log_unexpected(error)
        return JudgedAgain(Outcome.FAILED)
