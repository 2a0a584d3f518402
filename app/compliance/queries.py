"""Reads of windows with their results: one page, and what all of them add up to, from stored results only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select as select_rows,
    type_coerce,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Area, Hotspot, Team
from app.compliance.arithmetic import STATUS_BY_SITUATION, Group, situations_of
from app.compliance.grouping import By
from app.compliance.keys import columns_for, keyed, keys_of
from app.compliance.place_rows import below
from app.compliance.places import Asked, days_of
from app.identity.permissions import Permission
from app.patrols.models import (
    AutoClosing,
    CheckOut,
    Patrol,
    PatrolAssessment,
    PatrolVoid,
    WindowResult,
)
from app.schedule.models import TaskingWindow
from app.schedule.queries import conditions, later_than, may_see
from app.schedule.windows import LATE_DATA_GRACE, Phase, WindowState, WindowStatus
from app.tracks.queries import DEFAULT_POLICY, policies_held

OPEN_AT_MOST = timedelta(days=3)
# How far from its block a window may have been moved and still count with it.
MOVED_WITHIN = timedelta(days=31)
Key = tuple[Any, ...]
# Published only once it had begun: somebody could see what came of it before it counted.
PUBLISHED_LATE = col(TaskingWindow.published_at) > col(TaskingWindow.starts_at)


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
            situation_of(asked),
            col(Hotspot.code),
            col(Hotspot.name),
            col(Team.code),
            col(Area.code),
        )
        .outerjoin(WindowResult, result_told(asked))
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
        .join(Area, col(Area.id) == col(TaskingWindow.area_id))
        .where(*window_conditions(asked))
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
    each = measured_windows(asked, ()).subquery()
    rows = session.execute(select_rows(*summed_windows(each)).group_by(*bars_of(each))).all()
    return [group_of(row) for row in rows]


def groups_by(session: Session, asked: Asked, by: By) -> dict[Key, list[Group]]:
    """The windows asked for, added up by situation for each key of a grouping.

    Each window stands under one key, so that what they add up to in all needs no second look.
    """
    each = keyed(worked_out_once(measured_windows(asked, by)), by, asked, "starts_at")
    keys = keys_of(each, by)
    rows = session.execute(select_rows(*summed_windows(each), *keys).group_by(*keys, *bars_of(each))).all()
    found: defaultdict[Key, list[Group]] = defaultdict(list)
    for row in rows:
        found[tuple(row[len(row) - len(by) :])].append(group_of(row))
    return found


def worked_out_once(rows: Select[*tuple[Any, ...]]) -> FromClause:
    """The rows to be put together before they are grouped: SQLite would work each column out again wherever it is
    named, which takes twice as long."""
    return rows.cte("measured").prefix_with("MATERIALIZED")


def bars_of(each: Subquery) -> list[ColumnElement[Any]]:
    return [each.c.situation, each.c.reason, each.c.decision]


def summed_windows(each: Subquery) -> list[ColumnElement[Any]]:
    summed = (
        "unsettled", "check_needed", "required", "verified", "probable", "unverified", "adjusted_enough", "to_confirm",
        "late",
    )  # fmt: skip
    sums = [cast(func.sum(each.c[name]), BigInteger) for name in summed]
    return [*bars_of(each), func.count(), *sums]


def group_of(row: Sequence[Any]) -> Group:
    situation, reason, decision, windows = row[:4]
    unsettled, check_needed, required, verified, probable, unverified, adjusted_enough, to_confirm, late = (
        row[4:13]
    )
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
        published_late=late,
    )


def window_columns(by: By) -> list[Any]:
    """What the keys of windows are made of, and no more: thousands of rows are put together of it."""
    names = ("starts_at" if name == "day" else name for name in columns_for(by))
    return [col(getattr(TaskingWindow, name)) for name in names]


def measured_windows(asked: Asked, by: By) -> Select[*tuple[Any, ...]]:
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
            situation_of(asked).label("situation"),
            unsettled.label("unsettled"),
            case((col(WindowResult.check_needed), 1), else_=0).label("check_needed"),
            col(TaskingWindow.required_seconds).label("required"),
            verified.label("verified"),
            (review - verified).label("probable"),
            (at_most - review).label("unverified"),
            case((enough, 1), else_=0).label("adjusted_enough"),
            case((col(WindowResult.needs_confirmation), 1), else_=0).label("to_confirm"),
            case((PUBLISHED_LATE, 1), else_=0).label("late"),
            col(WindowResult.reason_code).label("reason"),
            type_coerce(col(WindowResult.decision), String).label("decision"),
            *window_columns(by),
        )
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, result_told(asked))
        .where(*window_conditions(asked))
    )


def windows_with_status(asked: Asked) -> Select[*tuple[Any, ...]]:
    """The statement that reads hotspot, start and situation of the windows asked for."""
    return (
        select_rows(col(TaskingWindow.hotspot_id), col(TaskingWindow.starts_at), situation_of(asked))
        .select_from(TaskingWindow)
        .outerjoin(WindowResult, result_told(asked))
        .where(*window_conditions(asked))
    )


def rule_versions(session: Session, lines: Sequence[WindowLine]) -> list[str]:
    """The rules by which the patrols of some windows were judged, each once."""
    if not lines:
        return []
    return _rules(session, col(PatrolAssessment.window_id).in_([line.window.id for line in lines]))


def rule_versions_asked(session: Session, asked: Asked) -> list[str]:
    """The rules by which the patrols of all windows asked for were judged, each once."""
    windows = select(TaskingWindow.id).where(*window_conditions(asked))
    return _rules(session, col(PatrolAssessment.window_id).in_(windows))


def rule_versions_besides(session: Session, asked: Asked, known: Sequence[str]) -> list[str]:
    """Those of them that are not known, each once. Most often nobody was ever judged by others, which is seen at one
    look."""
    if set(_rules_ever(session)) <= set(known):
        return []
    return [each for each in rule_versions_asked(session, asked) if each not in known]


def _rules_ever(session: Session) -> Sequence[str]:
    """The rules of all current judgements, each once: from one to the next by the index, not row by row."""
    version = col(PatrolAssessment.policy_version)
    found = select_rows(literal("", String).label("version")).cte("rules", recursive=True)
    following = (
        select_rows(version)
        .where(col(PatrolAssessment.superseded_at).is_(None), version > found.c.version)
        .order_by(version)
        .limit(1)
        .correlate(found)
        .scalar_subquery()
    )
    found = found.union_all(select_rows(following).where(found.c.version.is_not(None)))
    return session.execute(select_rows(found.c.version).where(found.c.version > "")).scalars().all()


def rule_versions_in_force(session: Session, asked: Asked) -> list[str]:
    """The rules in force on any of the days asked for, each once."""
    return rules_between(session, asked.caller.force_id, *days_of(*asked.period))


def rules_between(session: Session, force_id: UUID, first: date, last: date) -> list[str]:
    """The rules in force in a force on any of some days, each once."""
    held = policies_held(session, force_id)
    upto = [each for each in held if each.valid_from <= last]
    before = [each for each in upto if each.valid_from <= first][-1:]
    found = {each.policy.version for each in [*before, *upto] if each in before or each.valid_from > first}
    return sorted(found if before else {*found, DEFAULT_POLICY.version})


def _rules(session: Session, of_windows: ColumnElement[bool]) -> list[str]:
    rows = session.exec(
        select(PatrolAssessment.policy_version)
        .where(of_windows, col(PatrolAssessment.superseded_at).is_(None))
        .distinct()
    ).all()
    return sorted(rows)


def window_conditions(asked: Asked) -> list[ColumnElement[bool]]:
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
        found.append(situation_of(asked).in_(situations_of(asked.status)))
    return found


def situation_of(asked: Asked) -> ColumnElement[str]:
    """The key of `arithmetic.situation`, put together by the database."""
    # In as few pieces as can be: it is put together for each of thousands of windows.
    phase = case(
        (col(TaskingWindow.starts_at) > asked.now, f"/{Phase.AHEAD}/"),
        (col(TaskingWindow.ends_at) > asked.now, f"/{Phase.RUNNING}/"),
        else_=f"/{Phase.OVER}/",
    )
    state = type_coerce(col(TaskingWindow.state), String) + "/"
    on_patrol = case((_undecided(asked), "open"), else_="")
    key: ColumnElement[str] = state + func.coalesce(WindowResult.status, "") + phase + on_patrol
    return key


def result_told(asked: Asked) -> ColumnElement[bool]:
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
