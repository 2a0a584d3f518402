"""Reads what alerts are worked out from: the few windows and patrols of now, feeds, and what alerts are open on. For
the tick, which asks for nobody; what callers see of it is in `queries`.

Everything is asked by force and a short time, or by id, through indexes: the history behind it is never gone through.
What is asked by id is the force's already; to say so once more would have SQLite take the index of the force instead.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Select, and_, case, exists, func, select as select_rows
from sqlmodel import Session, col, select

from app.alerts.models import Alert
from app.alerts.rules import (
    CHECK_OUTS_LOOK_BACK,
    NAMES_LOOK_BACK,
    REVIEWS_LOOK_BACK,
    AlertKind,
    FeedFacts,
    Occasion,
    PatrolFacts,
    Rule,
    WindowFacts,
)
from app.patrols import closing, holding, review_waiting
from app.patrols.lifecycle import CLOSING_GRACE
from app.patrols.models import AutoClosing, CheckOut, Patrol, PatrolProgress, PatrolVoid, WindowResult
from app.patrols.review_models import Review
from app.patrols.window_queries import patrols_of_windows
from app.schedule.crew_queries import crews_of
from app.schedule.crews import Answer
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.windows import LONGEST, WindowState
from app.wmnow.models import RunState, WmnowFeed, WmnowRun

_IDS_A_STATEMENT = 500
_RUNS_LOOKED_AT = 20


def open_alerts(session: Session, force_id: UUID) -> list[Alert]:
    """The alerts of a force that are not over."""
    wanted = select(Alert).where(Alert.force_id == force_id, col(Alert.cleared_at).is_(None))
    return list(session.exec(wanted.execution_options(populate_existing=True)).all())


def rounds_before(session: Session, occasions: Iterable[Occasion]) -> dict[Occasion, int]:
    """How often each of some occasions of a window, patrol or feed was raised before; those never raised are
    missing."""
    wanted = set(occasions)
    subjects = sorted({subject for _, subject, _ in wanted})
    found: dict[Occasion, int] = {}
    for column in (col(Alert.window_id), col(Alert.patrol_id), col(Alert.feed_id)):
        for ids in _pieces(subjects):
            rows = session.execute(
                select_rows(col(Alert.kind), column, col(Alert.occasion)).where(column.in_(ids))
            )
            for kind, subject, occasion in rows:
                if (kind, subject, occasion) in wanted:
                    key = (kind, subject, occasion)
                    found[key] = found.get(key, 0) + 1
    return found


def windows(
    session: Session, force_id: UUID, rules: dict[AlertKind, Rule], standing: Collection[Alert], now: datetime
) -> list[WindowFacts]:
    """The windows of a force that run now, begin soon or wait for a decision, and those that alerts stand on."""
    soon = now + rules[AlertKind.WINDOW_UNASSIGNED].after
    about_now = and_(
        col(TaskingWindow.force_id) == force_id,
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.starts_at) > now - LONGEST,
        col(TaskingWindow.starts_at) <= soon,
        col(TaskingWindow.ends_at) > now,
    )
    ids = set(session.execute(select_rows(col(TaskingWindow.id)).where(about_now)).scalars())
    alerted = {one.window_id for one in standing if one.window_id is not None}
    # Who came matters to whether somebody is missing; what waits for a decision has its patrols behind it.
    missed = {
        one.window_id
        for one in standing
        if one.window_id is not None and one.kind is not AlertKind.REVIEW_WAITING
    }
    came = patrols_of_windows(session, sorted(ids | missed))
    attended = {each for each, patrols in came.items() if patrols}
    waiting = dict(review_waiting.windows_waiting(session, force_id, now, now - REVIEWS_LOOK_BACK))
    naming = _teams_that_name(session, force_id, now)
    rows = _window_rows(session, ids | alerted | set(waiting))
    refused = _refused(session, [window for window, named, _ in rows if named and window.ends_at > now])
    return [
        WindowFacts(
            window_id=window.id,
            team_id=window.team_id,
            area_id=window.area_id,
            state=window.state,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
            published_at=window.published_at,
            named=named,
            going=named and window.id not in refused,
            team_names=window.team_id in naming,
            attended=window.id in attended,
            decided=decision is not None,
            waits_since=waiting.get(window.id),
        )
        for window, named, decision in rows
    ]


def _refused(session: Session, windows: Sequence[TaskingWindow]) -> set[UUID]:
    """Those of some windows to come or running that everybody named for has declined: nobody is going."""
    crews = crews_of(session, windows)
    return {
        window_id for window_id, crew in crews.items() if crew.count(Answer.DECLINED) == len(crew.named) > 0
    }


def _window_rows(session: Session, ids: Iterable[UUID]) -> list[tuple[TaskingWindow, bool, str | None]]:
    named = exists().where(col(WindowAssignment.window_id) == col(TaskingWindow.id))
    found = []
    for piece in _pieces(sorted(ids)):
        rows = session.execute(
            select_rows(TaskingWindow, named.label("named"), col(WindowResult.decision))
            .outerjoin(WindowResult, col(WindowResult.window_id) == col(TaskingWindow.id))
            .where(col(TaskingWindow.id).in_(piece))
            .execution_options(populate_existing=True)
        ).all()
        found += [(window, bool(is_named), decision) for window, is_named, decision in rows]
    return found


def _teams_that_name(session: Session, force_id: UUID, now: datetime) -> set[UUID]:
    """The teams of a force that work by names: they named somebody for a window of the last four weeks, or the
    next."""
    named = exists().where(col(WindowAssignment.window_id) == col(TaskingWindow.id))
    rows = session.execute(
        select_rows(col(TaskingWindow.team_id))
        .where(
            col(TaskingWindow.force_id) == force_id,
            col(TaskingWindow.starts_at) > now - NAMES_LOOK_BACK,
            col(TaskingWindow.starts_at) < now + NAMES_LOOK_BACK,
            named,
        )
        .distinct()
    )
    return set(rows.scalars())


def patrols(session: Session, force_id: UUID, also: Collection[UUID], now: datetime) -> list[PatrolFacts]:
    """The patrols of a force that are open, were closed by policy lately or wait for a decision, and those named."""
    ids = {one.patrol_id for one in closing.open_patrols(session) if one.force_id == force_id}
    waiting = dict(review_waiting.patrols_waiting(session, force_id, now, now - REVIEWS_LOOK_BACK))
    closed = set(session.execute(_closed_by_policy(force_id, now)).scalars())
    found = _patrol_rows(session, ids | closed | set(also) | set(waiting), waiting)
    open_ids = {one.patrol_id for one in found if one.open}
    rows = select(Patrol).where(col(Patrol.id).in_(sorted(open_ids)))
    held = holding.progress_held(session, session.exec(rows).all()) if open_ids else set()
    return [replace(one, held=one.patrol_id in held) for one in found]


def _closed_by_policy(force_id: UUID, now: datetime) -> Select[UUID]:
    longest = CHECK_OUTS_LOOK_BACK + LONGEST + CLOSING_GRACE
    return (
        select_rows(col(Patrol.id))
        .join(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
        .where(
            col(Patrol.force_id) == force_id,
            col(Patrol.started_at) > now - longest,
            col(AutoClosing.ended_at) > now - CHECK_OUTS_LOOK_BACK,
        )
    )


def _patrol_rows(session: Session, ids: Iterable[UUID], waiting: dict[UUID, datetime]) -> list[PatrolFacts]:
    checked_out = exists().where(col(CheckOut.id) == col(Patrol.id))
    voided = exists().where(col(PatrolVoid.id) == col(Patrol.id))
    decided = exists().where(col(Review.patrol_id) == col(Patrol.id))
    found = []
    for piece in _pieces(sorted(ids)):
        rows = session.execute(
            select_rows(
                col(Patrol.id), col(Patrol.team_id), col(Patrol.area_id), col(Patrol.captured_by),
                col(Patrol.started_at), col(TaskingWindow.ends_at), col(PatrolProgress.horizon_at),
                checked_out.label("checked_out"), col(AutoClosing.ended_at), voided.label("voided"),
                decided.label("decided"),
            )
            .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(Patrol.window_id))
            .outerjoin(PatrolProgress, col(PatrolProgress.patrol_id) == col(Patrol.id))
            .outerjoin(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
            .where(col(Patrol.id).in_(piece))
        ).all()  # fmt: skip
        found += [replace(PatrolFacts(*row), waits_since=waiting.get(row[0])) for row in rows]
    return found


def feeds(session: Session, force_id: UUID) -> list[FeedFacts]:
    """The feeds of a force, with the runs that failed since the last that did not; one that still runs says until when
    whoever reads it need not be heard of."""
    runs = exists().where(col(WmnowRun.feed_id) == col(WmnowFeed.id), col(WmnowRun.state) == RunState.RUNNING)
    heard = func.coalesce(col(WmnowFeed.claimed_until), col(WmnowFeed.changed_at))
    rows = session.execute(
        select_rows(
            col(WmnowFeed.id), col(WmnowFeed.stopped_at), col(WmnowFeed.stopped_because),
            case((runs, heard)).label("left_at"),
        ).where(col(WmnowFeed.force_id) == force_id)
    ).all()  # fmt: skip
    return [
        FeedFacts(feed_id, stopped_at if because is not None else None, _failed_at(session, feed_id), left_at)
        for feed_id, stopped_at, because, left_at in rows
    ]


def _failed_at(session: Session, feed_id: UUID) -> list[datetime]:
    ended = session.execute(
        select_rows(col(WmnowRun.state), col(WmnowRun.ended_at))
        .where(col(WmnowRun.feed_id) == feed_id, col(WmnowRun.ended_at).is_not(None))
        .order_by(col(WmnowRun.started_at).desc(), col(WmnowRun.id).desc())
        .limit(_RUNS_LOOKED_AT)
    )
    failed = takewhile(lambda run: run[0] is RunState.FAILED, ended)
    return [at for _, at in failed if at is not None]


def _pieces(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[start : start + _IDS_A_STATEMENT] for start in range(0, len(ids), _IDS_A_STATEMENT))
