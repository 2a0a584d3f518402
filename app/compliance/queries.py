"""Reads of windows with their results: one page, and what all of them add up to, from stored results only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
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
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Area, Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.compliance.arithmetic import STATUS_BY_SITUATION, Group, situations_of
from app.compliance.place_rows import below, hotspots_asked
from app.compliance.places import Asked, Place, days_of
from app.identity.permissions import Permission
from app.patrols.models import (
    AutoClosing,
    CheckOut,
    CreditedSlice,
    OfficerFirst,
    Patrol,
    PatrolAssessment,
    PatrolVoid,
    WindowResult,
)
from app.schedule.models import TaskingWindow
from app.schedule.queries import conditions, later_than, may_see
from app.schedule.windows import LATE_DATA_GRACE, Phase, WindowState, WindowStatus

OPEN_AT_MOST = timedelta(days=3)
_WINDOW_KEYS: Mapping[Place, Any] = {
    Place.HOTSPOT: col(TaskingWindow.hotspot_id),
    Place.AREA: col(TaskingWindow.area_id),
    Place.TEAM: col(TaskingWindow.team_id),
}
_SLICE_KEYS: Mapping[Place, Any] = {
    Place.HOTSPOT: col(CreditedSlice.hotspot_id),
    Place.AREA: col(CreditedSlice.area_id),
    Place.TEAM: col(CreditedSlice.team_id),
}


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
    each = _measured(asked).subquery()
    rows = session.execute(select_rows(*_summed(each)).group_by(*_bars(each))).all()
    return [_group(row) for row in rows]


def groups_by_place(session: Session, asked: Asked, place: Place) -> dict[UUID, list[Group]]:
    """The windows asked for, added up by situation for each hotspot, team or area they were planned for.

    Each window stands under one place, so that what they add up to in all needs no second look.
    """
    each = _measured(asked).add_columns(_WINDOW_KEYS[place].label("place")).subquery()
    rows = session.execute(
        select_rows(*_summed(each), each.c.place).group_by(each.c.place, *_bars(each))
    ).all()
    found: defaultdict[UUID, list[Group]] = defaultdict(list)
    for row in rows:
        found[row[-1]].append(_group(row))
    return found


def _bars(each: Subquery) -> list[ColumnElement[Any]]:
    return [each.c.situation, each.c.reason, each.c.decision]


def _summed(each: Subquery) -> list[ColumnElement[Any]]:
    summed = (
        "unsettled", "check_needed", "required", "verified", "probable", "unverified", "adjusted_enough", "to_confirm",
    )  # fmt: skip
    sums = [cast(func.sum(each.c[name]), BigInteger) for name in summed]
    return [*_bars(each), func.count(), *sums]


def _group(row: Sequence[Any]) -> Group:
    situation, reason, decision, windows = row[:4]
    unsettled, check_needed, required, verified, probable, unverified, adjusted_enough, to_confirm = row[4:12]
    return Group(
        status=STATUS_BY_SITUATION[situation],
        windows=windows,
        unsettled=unsettled,
        check_needed=check_needed,
        required_ms=required * 1000,
        verified_ms=verified,
        probable_ms=probable,
        unverified_ms=unverified,
        adjusted_enough=adjusted_enough,
        reason=reason,
        decision=decision,
        to_confirm=to_confirm,
    )


def _measured(asked: Asked) -> Select[*tuple[Any, ...]]:
    # For a subquery, because PostgreSQL cannot see that an expression with parameters is the one grouped by.
    verified, review, at_most = (
        func.coalesce(column, 0)
        for column in (
            col(WindowResult.verified_ms),
            col(WindowResult.review_ms),
            col(WindowResult.at_most_ms),
        )
    )
    unsettled = case((col(TaskingWindow.ends_at) > asked.now - LATE_DATA_GRACE, 1), else_=0)
    adjusted = col(WindowResult.status) == WindowStatus.ADJUSTED.value
    enough = and_(adjusted, col(WindowResult.credited_ms) >= col(WindowResult.required_ms))
    return (
        select_rows(
            _situation(asked).label("situation"),
            unsettled.label("unsettled"),
            case((col(WindowResult.check_needed), 1), else_=0).label("check_needed"),
            col(TaskingWindow.required_seconds).label("required"),
            verified.label("verified"),
            (review - verified).label("probable"),
            (at_most - review).label("unverified"),
            case((enough, 1), else_=0).label("adjusted_enough"),
            case((col(WindowResult.needs_confirmation), 1), else_=0).label("to_confirm"),
            col(WindowResult.reason_code).label("reason"),
            type_coerce(col(WindowResult.decision), String).label("decision"),
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, _result_told(asked))
        .where(*_conditions(asked))
    )


def officer_time_by_place(
    session: Session, asked: Asked, place: Place
) -> dict[UUID | None, list[tuple[str, int]]]:
    """Officers' time in milliseconds by grade for each hotspot, team or area; None for patrols of no team.

    Of a hotspot it is the time in it; of a team or area the time of its patrols in any hotspot, overlaps once.
    """
    key = _SLICE_KEYS[place]
    query = select_rows(key, col(CreditedSlice.grade), _credited()).where(
        *_time_conditions(asked, place, together=False)
    )
    found: defaultdict[UUID | None, list[tuple[str, int]]] = defaultdict(list)
    for place_id, grade, ms in session.execute(query.group_by(key, col(CreditedSlice.grade))).all():
        found[place_id].append((grade, ms))
    return found


def officer_time(session: Session, asked: Asked, place: Place) -> list[tuple[str, int]]:
    """Officers' time in milliseconds by grade in all hotspots asked for, overlaps once; only where `total_tellable`."""
    query = select_rows(col(CreditedSlice.grade), _credited()).where(
        *_time_conditions(asked, place, together=True)
    )
    rows = session.execute(query.group_by(col(CreditedSlice.grade))).all()
    return [(grade, ms) for grade, ms in rows]


def _credited() -> ColumnElement[int]:
    return cast(func.sum(col(CreditedSlice.credited_ms)), BigInteger)


def _time_conditions(asked: Asked, place: Place, *, together: bool) -> list[ColumnElement[bool]]:
    """The gate and the filters for officers' time; the row of any hotspot for `together`, else those of each."""
    wanted, hotspot = asked.wanted, col(CreditedSlice.hotspot_id)
    owners = RowOwners(
        force_id=col(CreditedSlice.force_id),
        team_id=col(CreditedSlice.team_id),
        area_id=col(CreditedSlice.area_id),
    )
    first, last = days_of(*asked.period)
    found = [
        visible(asked.caller, asked.day, owners, Permission.COMPLIANCE_READ),
        col(CreditedSlice.day) >= first,
        col(CreditedSlice.day) <= last,
        # While a result is its officer's to see first, its hours are not told either.
        ~exists().where(
            col(OfficerFirst.patrol_id) == col(CreditedSlice.patrol_id),
            col(OfficerFirst.until_at) > asked.now,
        ),
    ]
    if wanted.hotspot_id is not None:
        found.append(hotspot == wanted.hotspot_id)
    elif place is Place.HOTSPOT and not together:
        found.append(hotspot.is_not(None))
    else:
        found.append(hotspot.is_(None))
    if wanted.team_id is not None:
        found.append(col(CreditedSlice.team_id) == wanted.team_id)
    if place is Place.HOTSPOT:
        if of_hotspots := hotspots_asked(asked):
            found.append(hotspot.in_(select(Hotspot.id).where(*of_hotspots)))
    else:
        areas = [each for each in (wanted.area_id, asked.parent_id) if each is not None]
        found += [col(CreditedSlice.area_id).in_(below(area_id)) for area_id in areas]
    return found


def rule_versions(session: Session, lines: Sequence[WindowLine]) -> list[str]:
    """The rules by which the patrols of some windows were judged, each once."""
    if not lines:
        return []
    return _rules(session, col(PatrolAssessment.window_id).in_([line.window.id for line in lines]))


def rule_versions_asked(session: Session, asked: Asked) -> list[str]:
    """The rules by which the patrols of all windows asked for were judged, each once."""
    windows = select(TaskingWindow.id).where(*_conditions(asked))
    return _rules(session, col(PatrolAssessment.window_id).in_(windows))


def _rules(session: Session, of_windows: ColumnElement[bool]) -> list[str]:
    rows = session.exec(
        select(PatrolAssessment.policy_version)
        .where(of_windows, col(PatrolAssessment.superseded_at).is_(None))
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
    if asked.parent_id is not None:
        found.append(col(TaskingWindow.area_id).in_(below(asked.parent_id)))
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
    """The windows for which a patrol is open, asked once and not for each window; of a window that was moved meanwhile
    the one in its stead.

    Forgotten patrols are closed by policy well within the time looked back on.
    """
    made_for = aliased(TaskingWindow)
    return (
        select_rows(func.coalesce(col(made_for.moved_to_id), col(Patrol.window_id)))
        .select_from(Patrol)
        .join(made_for, col(made_for.id) == col(Patrol.window_id))
        .where(
            col(Patrol.force_id) == asked.caller.force_id,
            col(Patrol.started_at) > asked.now - OPEN_AT_MOST,
            ~exists().where(col(CheckOut.id) == col(Patrol.id)),
            ~exists().where(col(AutoClosing.patrol_id) == col(Patrol.id)),
            ~exists().where(col(PatrolVoid.id) == col(Patrol.id)),
        )
    )
