"""Reads of who windows are given to and what they say to them: for the plan, for phones, and for whoever gives out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import Membership, Team
from app.areas.scope import RowOwners, my_teams, visible
from app.clock import in_force, london_day
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.schedule.crews import Crew, Members, Said, Tasking, standing
from app.schedule.models import TaskingWindow, WindowAnswer, WindowAssignment, WindowChange
from app.schedule.queries import may_see
from app.schedule.windows import WindowState, restored

_MAY = Permission.WINDOWS_ASSIGN


def window_to_assign(session: Session, caller: Caller, window_id: UUID, day: date) -> TaskingWindow | None:
    """A window that the caller may give out, held for writing: of two who would give it out one waits."""
    statement = select(TaskingWindow).where(TaskingWindow.id == window_id, may_see(caller, day, _MAY))
    held = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(held).first()


def may_lend(session: Session, caller: Caller, window_id: UUID, day: date) -> bool:
    """Whether the caller may send officers of any team to a window: planners, and commanders within their areas."""
    # Without a team column nobody passes as the team's supervisor.
    owners = RowOwners(force_id=col(TaskingWindow.force_id), area_id=col(TaskingWindow.area_id))
    gate = visible(caller, day, owners, _MAY)
    return (
        session.exec(select(TaskingWindow.id).where(TaskingWindow.id == window_id, gate)).first() is not None
    )


def may_give_to(session: Session, caller: Caller, team_id: UUID, day: date) -> bool:
    """Whether the caller may give windows to a team: planners any of the force, commanders those of their areas."""
    owners = RowOwners(force_id=col(Team.force_id), area_id=col(Team.area_id))
    gate = visible(caller, day, owners, _MAY)
    return session.exec(select(Team.id).where(Team.id == team_id, gate)).first() is not None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's time in a team."""

    officer_id: UUID
    collar_number: str
    valid_from: date
    valid_to: date | None


class Memberships:
    """Who belonged to some teams, on any day."""

    def __init__(self, spells: Iterable[tuple[UUID, Member]]) -> None:
        self._spells: defaultdict[UUID, list[Member]] = defaultdict(list)
        for team_id, member in spells:
            self._spells[team_id].append(member)
        self._on: dict[tuple[UUID, date], list[tuple[UUID, str]]] = {}

    def on(self, team_id: UUID, day: date) -> list[tuple[UUID, str]]:
        """The members of a team on a day: (officer, collar number) by collar number."""
        if (team_id, day) not in self._on:
            self._on[team_id, day] = [
                (each.officer_id, each.collar_number)
                for each in self._spells[team_id]
                if in_force(each.valid_from, each.valid_to, day)
            ]
        return self._on[team_id, day]

    def ids_on(self, team_ids: Iterable[UUID], day: date) -> dict[UUID, set[UUID]]:
        return {team_id: {officer for officer, _ in self.on(team_id, day)} for team_id in team_ids}


def memberships(session: Session, team_ids: Collection[UUID]) -> Memberships:
    """Who belonged to some teams over time."""
    if not team_ids:
        return Memberships(())
    rows = session.exec(
        select(Membership, Officer.collar_number)
        .join(Officer, col(Officer.id) == col(Membership.officer_id))
        .where(col(Membership.team_id).in_(team_ids))
        .order_by(col(Officer.collar_number), col(Officer.id))
    ).all()
    return Memberships(
        (row.team_id, Member(row.officer_id, collar, row.valid_from, row.valid_to)) for row, collar in rows
    )


def crews_of(session: Session, windows: Sequence[TaskingWindow]) -> dict[UUID, Crew]:
    """Who some windows are given to and what they said, in four statements."""
    if not windows:
        return {}
    return crews_within(session, windows, col(TaskingWindow.id).in_([window.id for window in windows]))


def crews_within(
    session: Session, windows: Sequence[TaskingWindow], within: ColumnElement[bool]
) -> dict[UUID, Crew]:
    """As `crews_of`, of windows that a condition has found, however many: `within` is that condition."""
    named = _named(session, within)
    said = _said(session, within)
    history = _history(session, within) if said else {}
    teams = {window.team_id for window in windows if window.id not in named or window.id in said}
    teams |= {tasking.team_id for taskings in history.values() for tasking in taskings}
    members = memberships(session, teams)
    return {
        window.id: _crew(window, named.get(window.id, []), said.get(window.id, []), history, members)
        for window in windows
    }


def _crew(
    window: TaskingWindow,
    named: list[tuple[UUID, str]],
    said: list[Said],
    history: dict[UUID, list[Tasking]],
    members: Memberships,
) -> Crew:
    day = london_day(window.starts_at)
    now_given = Tasking(window.revision, window.team_id, frozenset(officer for officer, _ in named))
    taskings = [*history.get(window.id, []), now_given]
    on_day: Members = members.ids_on({each.team_id for each in taskings}, day) if said else {}
    return Crew(
        named, [] if named else members.on(window.team_id, day), said, standing(said, taskings, on_day)
    )


def _named(session: Session, within: ColumnElement[bool]) -> dict[UUID, list[tuple[UUID, str]]]:
    found: defaultdict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    rows = session.exec(
        select(WindowAssignment.window_id, WindowAssignment.officer_id, Officer.collar_number)
        .join(TaskingWindow, col(TaskingWindow.id) == col(WindowAssignment.window_id))
        .join(Officer, col(Officer.id) == col(WindowAssignment.officer_id))
        .where(within)
        .order_by(col(Officer.collar_number), col(Officer.id))
    ).all()
    for window_id, officer_id, collar_number in rows:
        found[window_id].append((officer_id, collar_number))
    return dict(found)


def _said(session: Session, within: ColumnElement[bool]) -> dict[UUID, list[Said]]:
    found: defaultdict[UUID, list[Said]] = defaultdict(list)
    rows = session.exec(
        select(WindowAnswer, Officer.collar_number)
        .join(TaskingWindow, col(TaskingWindow.id) == col(WindowAnswer.window_id))
        .join(Officer, col(Officer.id) == col(WindowAnswer.captured_by))
        .where(within)
        .order_by(col(WindowAnswer.answered_at), col(WindowAnswer.received_at), col(WindowAnswer.id))
    ).all()
    for row, collar_number in rows:
        found[row.window_id].append(
            Said(
                row.id, row.captured_by, collar_number, row.answer, row.reason_code, row.text,
                row.answered_at, row.received_at, row.late, row.revision,
            )
        )  # fmt: skip
    return dict(found)


def _history(session: Session, within: ColumnElement[bool]) -> dict[UUID, list[Tasking]]:
    """To whom windows that were answered were given at each revision since they were published, oldest first."""
    answered = select(WindowAnswer.window_id)
    rows = session.exec(
        select(WindowChange)
        .join(TaskingWindow, col(TaskingWindow.id) == col(WindowChange.window_id))
        .where(within, col(WindowChange.window_id).in_(answered))
        .order_by(col(WindowChange.window_id), col(WindowChange.revision))
    ).all()
    found: defaultdict[UUID, list[Tasking]] = defaultdict(list)
    for row in rows:
        plan = restored(row.plan)
        if plan.state is not WindowState.PLANNED:
            found[row.window_id].append(Tasking(row.revision, plan.team_id, frozenset(plan.officer_ids)))
    return dict(found)


def window_told(
    session: Session, force_id: UUID, window_id: UUID, starts_until: datetime
) -> TaskingWindow | None:
    """A window that was ever published and starts at or before an instant, called off since or not."""
    window = session.exec(
        select(TaskingWindow).where(
            TaskingWindow.id == window_id,
            TaskingWindow.force_id == force_id,
            col(TaskingWindow.starts_at) <= starts_until,
        )
    ).first()
    if window is None or (window.published_at is None and window.state is not WindowState.PUBLISHED):
        return None
    return window


def taskings_of(session: Session, window: TaskingWindow) -> list[Tasking]:
    """To whom a window was given at each revision since it was published, and is now."""
    named = _named(session, col(TaskingWindow.id) == window.id).get(window.id, [])
    rows = session.exec(select(WindowChange).where(WindowChange.window_id == window.id)).all()
    plans = [(row.revision, restored(row.plan)) for row in rows]
    found = [
        Tasking(revision, plan.team_id, frozenset(plan.officer_ids))
        for revision, plan in plans
        if plan.state is not WindowState.PLANNED
    ]
    return [*found, Tasking(window.revision, window.team_id, frozenset(officer for officer, _ in named))]


def teams_on(session: Session, officer_id: UUID, days: Iterable[date]) -> set[UUID]:
    """The teams somebody belongs to on any of some days."""
    return {team_id for day in days for team_id in session.scalars(my_teams(officer_id, day)).all()}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another published window in an officer's name at the same time; `seen` when the caller may see that window."""

    window_id: UUID
    officer_id: UUID
    other_id: UUID
    seen: bool


def tasked_elsewhere(
    session: Session, caller: Caller, window_ids: Collection[UUID], day: date
) -> list[Elsewhere]:
    """Who is tasked by name with one of these windows and with another that overlaps it."""
    mine, window = aliased(WindowAssignment), aliased(TaskingWindow)
    seen = may_see(caller, day, Permission.WINDOWS_READ)
    rows = session.exec(
        select(col(mine.window_id), col(mine.officer_id), col(TaskingWindow.id), seen.label("seen"))
        .select_from(mine)
        .join(window, col(window.id) == col(mine.window_id))
        .join(WindowAssignment, col(WindowAssignment.officer_id) == col(mine.officer_id))
        .join(TaskingWindow, col(TaskingWindow.id) == col(WindowAssignment.window_id))
        .where(
            col(mine.window_id).in_(window_ids),
            col(TaskingWindow.id) != col(mine.window_id),
            col(TaskingWindow.state) == WindowState.PUBLISHED,
            col(TaskingWindow.starts_at) < col(window.ends_at),
            col(TaskingWindow.ends_at) > col(window.starts_at),
        )
        .order_by(col(TaskingWindow.starts_at), col(TaskingWindow.id))
    ).all()
    return [Elsewhere(*row) for row in rows]
