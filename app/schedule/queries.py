"""Reads of tasking windows: the plan for those who may read it, and single windows for the slices above."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select as select_rows
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select as RowSelect

from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.clock import in_force
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.schedule.importing import Coded, Force, HeldDates, HeldWindow
from app.schedule.models import TaskingWindow, WindowAssignment, WindowChange
from app.schedule.windows import LONGEST, WindowFilter, WindowPlan, WindowState, restored

_IDS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A window with the codes people know its place and team by."""

    window: TaskingWindow
    hotspot_code: str
    hotspot_name: str
    team_code: str


def may_see(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for the plan and its results: the ordinary scope by team and area; drafts for those who plan."""
    owners = RowOwners(
        force_id=col(TaskingWindow.force_id),
        team_id=col(TaskingWindow.team_id),
        area_id=col(TaskingWindow.area_id),
    )
    seen = visible(caller, day, owners, permission)
    if caller.may(Permission.WINDOWS_PLAN):
        return seen
    return and_(seen, col(TaskingWindow.state) != WindowState.PLANNED)


def conditions(wanted: WindowFilter) -> list[ColumnElement[bool]]:
    """The SQL of what is asked for."""
    found: list[ColumnElement[bool]] = []
    if wanted.from_at is not None:
        found.append(col(TaskingWindow.starts_at) >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(col(TaskingWindow.starts_at) < wanted.to_at)
    if wanted.team_id is not None:
        found.append(col(TaskingWindow.team_id) == wanted.team_id)
    if wanted.hotspot_id is not None:
        found.append(col(TaskingWindow.hotspot_id) == wanted.hotspot_id)
    if wanted.state is not None:
        found.append(col(TaskingWindow.state) == wanted.state)
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == wanted.area_id)
        found.append(col(TaskingWindow.area_id).in_(below))
    if wanted.hotspot_kind is not None:
        of_kind = select(Hotspot.id).where(Hotspot.kind == wanted.hotspot_kind)
        found.append(col(TaskingWindow.hotspot_id).in_(of_kind))
    return found


def windows_seen(
    session: Session,
    caller: Caller,
    day: date,
    wanted: WindowFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[WindowRow]:
    """A page of the plan as the caller may read it, earliest first."""
    query = _rows().where(may_see(caller, day, Permission.WINDOWS_READ), *conditions(wanted))
    if after is not None:
        query = query.where(later_than(after))
    ordered = query.order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id)).limit(limit)
    return [WindowRow(*row) for row in session.exec(ordered).all()]


def later_than(after: tuple[datetime, UUID]) -> ColumnElement[bool]:
    """Windows that stand after the one a cursor names, by start and id."""
    at, window_id = after
    starts_at = col(TaskingWindow.starts_at)
    return or_(starts_at > at, and_(starts_at == at, col(TaskingWindow.id) > window_id))


def window_seen(session: Session, caller: Caller, window_id: UUID, day: date) -> WindowRow | None:
    """One window if the caller may see it."""
    gate = may_see(caller, day, Permission.WINDOWS_READ)
    row = session.exec(_rows().where(col(TaskingWindow.id) == window_id, gate)).first()
    return WindowRow(*row) if row else None


def window_row(session: Session, window_id: UUID, force_id: UUID) -> WindowRow:
    """One window of a force that is known to exist."""
    row = session.exec(
        _rows().where(col(TaskingWindow.id) == window_id, col(TaskingWindow.force_id) == force_id)
    ).one()
    return WindowRow(*row)


def _rows() -> RowSelect[TaskingWindow, str, str, str]:
    return (
        select(TaskingWindow, Hotspot.code, Hotspot.name, Team.code)
        .join(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .join(Team, col(Team.id) == col(TaskingWindow.team_id))
    )


def window_locked(session: Session, window_id: UUID) -> TaskingWindow | None:
    """A window for writing; others who would change it wait until this transaction ends."""
    statement = select(TaskingWindow).where(TaskingWindow.id == window_id)
    # Check-ins to the window go in meanwhile.
    return session.exec(statement.with_for_update(key_share=True)).first()


def officers_tasked(session: Session, window_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Who is tasked by name for each window: (officer, collar number) by collar number."""
    found: dict[UUID, list[tuple[UUID, str]]] = {window_id: [] for window_id in window_ids}
    if window_ids:
        rows = session.exec(
            select(WindowAssignment.window_id, WindowAssignment.officer_id, Officer.collar_number)
            .join(Officer, col(Officer.id) == col(WindowAssignment.officer_id))
            .where(col(WindowAssignment.window_id).in_(window_ids))
            .order_by(col(Officer.collar_number), col(Officer.id))
        ).all()
        for window_id, officer_id, collar_number in rows:
            found[window_id].append((officer_id, collar_number))
    return found


def changes_of(session: Session, window_id: UUID) -> list[tuple[WindowChange, str | None]]:
    """Every revision of a window, oldest first, with the collar number of whoever made it."""
    rows = session.exec(
        select(WindowChange, Officer.collar_number)
        .outerjoin(Officer, col(Officer.id) == col(WindowChange.changed_by))
        .where(WindowChange.window_id == window_id)
        .order_by(col(WindowChange.revision))
    ).all()
    return [(change, collar_number) for change, collar_number in rows]


def change_numbered(session: Session, window_id: UUID, revision: int) -> WindowChange | None:
    return session.get(WindowChange, (window_id, revision))


def first_plan(session: Session, window_id: UUID) -> dict[str, Any] | None:
    """The plan a window was made with."""
    first = change_numbered(session, window_id, 1)
    return first.plan if first is not None else None


def plan_of(session: Session, window: TaskingWindow) -> WindowPlan:
    """A window's plan as it stands."""
    return _plan(window, officers_tasked(session, [window.id])[window.id])


def _plan(window: TaskingWindow, officers: Sequence[tuple[UUID, str]]) -> WindowPlan:
    return WindowPlan(
        hotspot_id=window.hotspot_id,
        team_id=window.team_id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        required_seconds=window.required_seconds,
        officer_ids=tuple(sorted(officer_id for officer_id, _ in officers)),
        state=window.state,
    )


def hotspot_on(session: Session, force_id: UUID, hotspot_id: UUID, day: date) -> Hotspot | None:
    """A force's hotspot if it holds on a day."""
    row = session.exec(select(Hotspot).where(Hotspot.id == hotspot_id, Hotspot.force_id == force_id)).first()
    return row if row is not None and in_force(row.valid_from, row.valid_to, day) else None


def team_holds(session: Session, force_id: UUID, team_id: UUID, day: date) -> bool:
    """Whether a team is the force's and holds on a day."""
    row = session.exec(select(Team).where(Team.id == team_id, Team.force_id == force_id)).first()
    return row is not None and in_force(row.valid_from, row.valid_to, day)


def officers_in_force(session: Session, force_id: UUID, officer_ids: Iterable[UUID], day: date) -> set[UUID]:
    """Those of these officers who serve in the force on a day."""
    rows = session.exec(
        select(Officer).where(col(Officer.id).in_(list(officer_ids)), Officer.force_id == force_id)
    ).all()
    return {row.id for row in rows if in_force(row.valid_from, row.valid_to, day)}


def force_held(session: Session, force_id: UUID) -> Force:
    """A force's hotspots, teams and officers by the codes a file has them by."""
    hotspots: defaultdict[str, list[HeldDates]] = defaultdict(list)
    for hotspot in session.exec(select(Hotspot).where(Hotspot.force_id == force_id)).all():
        dated = HeldDates(hotspot.id, hotspot.valid_from, hotspot.valid_to, hotspot.area_id)
        hotspots[hotspot.code].append(dated)
    teams: defaultdict[str, list[HeldDates]] = defaultdict(list)
    for team in session.exec(select(Team).where(Team.force_id == force_id)).all():
        teams[team.code].append(HeldDates(team.id, team.valid_from, team.valid_to))
    officers: defaultdict[str, list[HeldDates]] = defaultdict(list)
    for officer in session.exec(select(Officer).where(Officer.force_id == force_id)).all():
        officers[officer.collar_number].append(HeldDates(officer.id, officer.valid_from, officer.valid_to))
    return Force(hotspots, teams, officers)


def areas_coded(session: Session, force_id: UUID) -> Coded:
    """A force's areas by code, over time."""
    areas: defaultdict[str, list[HeldDates]] = defaultdict(list)
    for area in session.exec(select(Area).where(Area.force_id == force_id)).all():
        areas[area.code].append(HeldDates(area.id, area.valid_from, area.valid_to))
    return areas


def windows_held(session: Session, force_id: UUID, window_ids: Sequence[UUID]) -> dict[UUID, HeldWindow]:
    """The stored windows among some ids, whosever they are, in batches that both databases take."""
    found: dict[UUID, HeldWindow] = {}
    for start in range(0, len(window_ids), _IDS_A_STATEMENT):
        ids = window_ids[start : start + _IDS_A_STATEMENT]
        windows = session.exec(select(TaskingWindow).where(col(TaskingWindow.id).in_(ids))).all()
        tasked = officers_tasked(session, [window.id for window in windows])
        first = {
            change.window_id: change.plan
            for change in session.exec(
                select(WindowChange).where(col(WindowChange.window_id).in_(ids), WindowChange.revision == 1)
            ).all()
        }
        for window in windows:
            plan = _plan(window, tasked[window.id])
            made = restored(first[window.id]) if window.id in first else plan
            found[window.id] = HeldWindow(made, plan, window.force_id == force_id)
    return found


@dataclass(frozen=True, slots=True)
class WindowAtCheckIn:
    """What a check-in needs to know of the window it names."""

    force_id: UUID
    hotspot_id: UUID
    required_seconds: int


# The window `window_id` that a phone of `force_id` may name. Built once: putting a statement together costs as much as
# running it.
NAMED_BY_PHONE = and_(
    col(TaskingWindow.id) == bindparam("window_id"),
    col(TaskingWindow.force_id) == bindparam("force_id"),
    col(TaskingWindow.state) != WindowState.PLANNED,
)
_AT_CHECK_IN = select_rows(
    col(TaskingWindow.force_id), col(TaskingWindow.hotspot_id), col(TaskingWindow.required_seconds)
).where(NAMED_BY_PHONE)


def window_for_checkin(session: Session, window_id: UUID, force_id: UUID) -> WindowAtCheckIn | None:
    """The window a phone names at check-in, cancelled and moved ones included; None for drafts and other forces'."""
    named = {"window_id": window_id, "force_id": force_id}
    row = session.connection().execute(_AT_CHECK_IN, named).first()
    return WindowAtCheckIn(*row) if row else None


def windows_for_officer(
    session: Session,
    force_id: UUID,
    officer_id: UUID,
    team_ids: Select[UUID],
    ended_after: datetime,
    starts_until: datetime,
) -> list[TaskingWindow]:
    """Published windows that are somebody's: by name, or their team's where nobody is named, by start.

    They end after one instant and start at or before the other. `team_ids` is a subquery (`areas.scope.my_teams`), read
    with the windows, so that a move of team shows at once.
    """
    named = exists().where(col(WindowAssignment.window_id) == col(TaskingWindow.id))
    mine = named.where(col(WindowAssignment.officer_id) == officer_id)
    query = select(TaskingWindow).where(
        TaskingWindow.force_id == force_id,
        col(TaskingWindow.state) == WindowState.PUBLISHED,
        col(TaskingWindow.starts_at) > ended_after - LONGEST,
        col(TaskingWindow.starts_at) <= starts_until,
        col(TaskingWindow.ends_at) > ended_after,
        or_(mine, and_(col(TaskingWindow.team_id).in_(team_ids), ~named)),
    )
    return list(session.exec(query.order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id))).all())
