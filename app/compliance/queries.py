"""Reads of windows with their results: one page, and what all of them add up to, from stored results only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select as select_rows,
    type_coerce,
)
from sqlmodel import Session, col, select

from app.areas.models import Area, Hotspot, Team
from app.compliance.arithmetic import STATUS_BY_SITUATION, Group, situations_of
from app.identity.permissions import Caller, Permission
from app.patrols.models import AutoClosing, CheckOut, Patrol, PatrolAssessment, PatrolVoid, WindowResult
from app.schedule.models import TaskingWindow
from app.schedule.queries import conditions, later_than, may_see
from app.schedule.windows import LATE_DATA_GRACE, Phase, WindowFilter, WindowState, WindowStatus

OPEN_AT_MOST = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which windows, and when: all that the queries below have in common."""

    caller: Caller
    day: date
    now: datetime
    wanted: WindowFilter
    status: WindowStatus | None


@dataclass(frozen=True, slots=True)
class WindowLine:
    """One window with its stored result, if any, and the codes people know its place and team by."""

    window: TaskingWindow
    result: WindowResult | None
    status: WindowStatus
    hotspot_code: str
    hotspot_name: str
    team_code: str
    area_code: str


def window_lines(
    session: Session, asked: Asked, after: tuple[datetime, UUID] | None, limit: int
) -> list[WindowLine]:
    """A page of windows with results, earliest first."""
    query = (
        select_rows(
            TaskingWindow,
            WindowResult,
            _situation(asked),
            col(Hotspot.code),
            col(Hotspot.name),
            col(Team.code),
            col(Area.code),
        )
        .outerjoin(WindowResult, _result_told(asked))
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .join(Area, col(Area.id) == col(TaskingWindow.area_id))
        .where(*_conditions(asked))
    )
    if after is not None:
        query = query.where(later_than(after))
    ordered = query.order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id)).limit(limit)
    return [
        WindowLine(window, result, STATUS_BY_SITUATION[situation], hotspot, name, team, area)
        for window, result, situation, hotspot, name, team, area in session.execute(ordered).all()
    ]


def groups(session: Session, asked: Asked) -> list[Group]:
    """All windows asked for, added up by situation."""
    each = _measured(asked)
    sums = [
        cast(func.sum(each.c[name]), BigInteger)
        for name in ("unsettled", "check_needed", "required", "verified", "probable", "unverified")
    ]
    rows = session.execute(
        select_rows(each.c.situation, func.count(), *sums).group_by(each.c.situation)
    ).all()
    return [
        Group(
            status=STATUS_BY_SITUATION[row[0]],
            windows=row[1],
            unsettled=row[2],
            check_needed=row[3],
            required_ms=row[4] * 1000,
            verified_ms=row[5],
            probable_ms=row[6],
            unverified_ms=row[7],
        )
        for row in rows
    ]


def _measured(asked: Asked) -> Subquery:
    # A subquery, because PostgreSQL cannot see that an expression with parameters is the one grouped by.
    verified, review, at_most = (
        func.coalesce(column, 0)
        for column in (
            col(WindowResult.verified_ms),
            col(WindowResult.review_ms),
            col(WindowResult.at_most_ms),
        )
    )
    unsettled = case((col(TaskingWindow.ends_at) > asked.now - LATE_DATA_GRACE, 1), else_=0)
    return (
        select_rows(
            _situation(asked).label("situation"),
            unsettled.label("unsettled"),
            case((col(WindowResult.check_needed), 1), else_=0).label("check_needed"),
            col(TaskingWindow.required_seconds).label("required"),
            verified.label("verified"),
            (review - verified).label("probable"),
            (at_most - review).label("unverified"),
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, _result_told(asked))
        .where(*_conditions(asked))
        .subquery()
    )


def rule_versions(session: Session, lines: Sequence[WindowLine]) -> list[str]:
    """The rules by which the patrols of some windows were judged, each once."""
    if not lines:
        return []
    rows = session.exec(
        select(PatrolAssessment.policy_version)
        .join(Patrol, col(Patrol.id) == col(PatrolAssessment.patrol_id))
        .where(
            col(Patrol.window_id).in_([line.window.id for line in lines]),
            col(PatrolAssessment.superseded_at).is_(None),
        )
        .distinct()
    ).all()
    return sorted(rows)


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    state = col(TaskingWindow.state)
    # What was called off before anybody was told of it is no part of any denominator.
    published = or_(
        state.in_((WindowState.PUBLISHED, WindowState.MOVED)),
        and_(state == WindowState.CANCELLED, col(TaskingWindow.published_at).is_not(None)),
    )
    gate = may_see(asked.caller, asked.day, Permission.COMPLIANCE_READ)
    found = [gate, published, *conditions(asked.wanted)]
    if asked.status is not None:
        found.append(_situation(asked).in_(situations_of(asked.status)))
    return found


def _situation(asked: Asked) -> ColumnElement[str]:
    """The key of `arithmetic.situation`, put together by the database."""
    phase = case(
        (col(TaskingWindow.starts_at) > asked.now, Phase.AHEAD.value),
        (col(TaskingWindow.ends_at) > asked.now, Phase.RUNNING.value),
        else_=Phase.OVER.value,
    )
    parts = (
        type_coerce(col(TaskingWindow.state), String),
        func.coalesce(WindowResult.status, ""),
        phase,
        case((_undecided(asked), "open"), else_=""),
    )
    key: ColumnElement[str] = parts[0] + "/" + parts[1] + "/" + parts[2] + "/" + parts[3]
    return key


def _result_told(asked: Asked) -> ColumnElement[bool]:
    """The join of a window with its result, unless that is still told to those on patrol only."""
    told = or_(col(WindowResult.told_from).is_(None), col(WindowResult.told_from) <= asked.now)
    return and_(col(WindowResult.window_id) == col(TaskingWindow.id), told)


def _undecided(asked: Asked) -> ColumnElement[bool]:
    """Windows shown as in progress whatever their time: a patrol is open, or its result is its officer's first."""
    held = select_rows(col(WindowResult.window_id)).where(col(WindowResult.told_from) > asked.now)
    window_id = col(TaskingWindow.id)
    return or_(window_id.in_(_on_patrol(asked)), window_id.in_(held.correlate(None)))


def _on_patrol(asked: Asked) -> Select[UUID | None]:
    """The windows for which a patrol is open, asked once and not for each window.

    Forgotten patrols are closed by policy well within the time looked back on.
    """
    return select_rows(col(Patrol.window_id)).where(
        col(Patrol.force_id) == asked.caller.force_id,
        col(Patrol.started_at) > asked.now - OPEN_AT_MOST,
        col(Patrol.window_id).is_not(None),
        ~exists().where(col(CheckOut.id) == col(Patrol.id)),
        ~exists().where(col(AutoClosing.patrol_id) == col(Patrol.id)),
        ~exists().where(col(PatrolVoid.id) == col(Patrol.id)),
    )
