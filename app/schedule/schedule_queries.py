"""Reads of drawn schedules, of what a draw starts from, and of what earlier schedules hand on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.clock import start_of_london_day
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.schedule.draw_inputs import BLOCK_DAYS, DONE, OPEN
from app.schedule.kinds import ScheduleState, reveal_from
from app.schedule.models import Schedule, ScheduleAllocation, ScheduleSeed, TaskingWindow
from app.schedule.randomisation import block_of, phase_of
from app.schedule.windows import WindowState


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    schedule: Schedule
    drawn_by: str | None
    published_by: str | None


@dataclass(frozen=True, slots=True)
class AllocationRow:
    allocation: ScheduleAllocation
    hotspot_code: str


def schedule_seen(
    session: Session, caller: Caller, schedule_id: UUID, day: date, permission: Permission, *, locked: bool
) -> Schedule | None:
    """A schedule if it is the caller's to see; locked for those who change it, so that they take turns."""
    gate = visible(caller, day, RowOwners(force_id=col(Schedule.force_id)), permission)
    statement = select(Schedule).where(Schedule.id == schedule_id, gate)
    return session.exec(statement.with_for_update() if locked else statement).first()


def schedule_held(session: Session, schedule_id: UUID) -> Schedule | None:
    """A schedule whosever it is, for recognising a request that comes again and for the console."""
    return session.get(Schedule, schedule_id)


def schedule_locked(session: Session, force_id: UUID, schedule_id: UUID) -> Schedule | None:
    """A force's schedule for writing, for the console."""
    statement = select(Schedule).where(Schedule.id == schedule_id, Schedule.force_id == force_id)
    return session.exec(statement.with_for_update()).first()


def schedule_here(session: Session, schedule_id: UUID) -> Schedule:
    """A schedule that is known to be there."""
    return session.get_one(Schedule, schedule_id)


def schedules_seen(
    session: Session, caller: Caller, day: date, after: tuple[datetime, UUID] | None, limit: int
) -> list[ScheduleRow]:
    """A page of the force's schedules, the latest drawn first."""
    gate = visible(caller, day, RowOwners(force_id=col(Schedule.force_id)), Permission.SCHEDULES_READ)
    query = select(Schedule).where(gate)
    if after is not None:
        at, schedule_id = after
        drawn_at = col(Schedule.drawn_at)
        query = query.where(or_(drawn_at < at, and_(drawn_at == at, col(Schedule.id) > schedule_id)))
    ordered = query.order_by(col(Schedule.drawn_at).desc(), col(Schedule.id)).limit(limit)
    return [with_names(session, schedule) for schedule in session.exec(ordered).all()]


def with_names(session: Session, schedule: Schedule) -> ScheduleRow:
    """A schedule with the collar numbers of who drew and published it."""
    return ScheduleRow(schedule, _collar(session, schedule.drawn_by), _collar(session, schedule.published_by))


def _collar(session: Session, officer_id: UUID | None) -> str | None:
    officer = session.get(Officer, officer_id) if officer_id else None
    return officer.collar_number if officer else None


def seed_of(session: Session, schedule_id: UUID) -> bytes:
    """The secret seed; for a draw with the same chance, and for the reveal."""
    return session.exec(select(ScheduleSeed.seed).where(ScheduleSeed.schedule_id == schedule_id)).one()


def told_from(session: Session, schedule: Schedule) -> date:
    """The first day on which a schedule's seed may be told: it tells the days of all that were drawn with it."""
    own, other = aliased(ScheduleSeed), aliased(ScheduleSeed)
    query = (
        select(func.max(Schedule.last_day))
        .join(other, col(other.schedule_id) == col(Schedule.id))
        .join(own, col(own.seed) == col(other.seed))
        .where(own.schedule_id == schedule.id, Schedule.state != ScheduleState.DISCARDED)
    )
    latest: date | None = session.exec(query).one()
    return reveal_from(schedule.last_day if latest is None else max(schedule.last_day, latest))


def seed_is_told(session: Session, seed: bytes) -> bool:
    """Whether any schedule has told this seed, discarded ones included."""
    query = (
        select(Schedule.id)
        .join(ScheduleSeed, col(ScheduleSeed.schedule_id) == col(Schedule.id))
        .where(ScheduleSeed.seed == seed, col(Schedule.revealed_at).is_not(None))
    )
    return session.exec(query).first() is not None


def allocations(
    session: Session,
    schedule_id: UUID,
    until: date | None = None,
    after: tuple[date, UUID] | None = None,
    limit: int | None = None,
) -> list[AllocationRow]:
    """Hotspots and days of a schedule until a day, or all, by day and hotspot."""
    day, hotspot_id = col(ScheduleAllocation.day), col(ScheduleAllocation.hotspot_id)
    query = (
        select(ScheduleAllocation, Hotspot.code)
        .join(Hotspot, col(Hotspot.id) == hotspot_id)
        .where(ScheduleAllocation.schedule_id == schedule_id)
        .order_by(day, hotspot_id)
    )
    if until is not None:
        query = query.where(day <= until)
    if after is not None:
        query = query.where(or_(day > after[0], and_(day == after[0], hotspot_id > after[1])))
    if limit is not None:
        query = query.limit(limit)
    return [AllocationRow(*row) for row in session.exec(query).all()]


def treated(session: Session, schedule_id: UUID) -> list[ScheduleAllocation]:
    """The days with a patrol, those outside the period included, by day and hotspot."""
    query = select(ScheduleAllocation).where(
        ScheduleAllocation.schedule_id == schedule_id, col(ScheduleAllocation.treated)
    )
    ordered = query.order_by(col(ScheduleAllocation.day), col(ScheduleAllocation.hotspot_id))
    return list(session.exec(ordered).all())


def drawn_between(session: Session, schedule_id: UUID, first: date, last: date) -> list[ScheduleAllocation]:
    """The drawn windows of some days that are not made yet, by start."""
    query = select(ScheduleAllocation).where(
        ScheduleAllocation.schedule_id == schedule_id,
        col(ScheduleAllocation.treated),
        col(ScheduleAllocation.in_period),
        col(ScheduleAllocation.window_id).is_(None),
        col(ScheduleAllocation.day) >= first,
        col(ScheduleAllocation.day) <= last,
    )
    ordered = query.order_by(col(ScheduleAllocation.starts_at), col(ScheduleAllocation.hotspot_id))
    return list(session.exec(ordered).all())


def hotspots_to_draw(
    session: Session,
    force_id: UUID,
    hotspot_ids: Collection[UUID],
    area_id: UUID | None,
    kinds: Collection[str],
    first: date,
    last: date,
) -> list[Hotspot]:
    """The force's hotspots that hold on some day of the period, as chosen, by code."""
    query = select(Hotspot).where(
        Hotspot.force_id == force_id,
        col(Hotspot.valid_from) <= last,
        or_(col(Hotspot.valid_to).is_(None), col(Hotspot.valid_to) > first),
    )
    if hotspot_ids:
        query = query.where(col(Hotspot.id).in_(hotspot_ids))
    if area_id is not None:
        below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == area_id)
        query = query.where(col(Hotspot.area_id).in_(below))
    if kinds:
        query = query.where(col(Hotspot.kind).in_(kinds))
    return list(session.exec(query.order_by(col(Hotspot.code), col(Hotspot.id))).all())


def teams_throughout(session: Session, force_id: UUID, first: date, last: date) -> list[Team]:
    """The force's teams that hold on every day of the period, by code."""
    query = select(Team).where(
        Team.force_id == force_id,
        col(Team.valid_from) <= first,
        or_(col(Team.valid_to).is_(None), col(Team.valid_to) > last),
    )
    return list(session.exec(query.order_by(col(Team.code), col(Team.id))).all())


@dataclass(frozen=True, slots=True)
class Tree:
    """Areas above each area, itself first, and which are LPAs."""

    above: dict[UUID, list[UUID]]
    lpas: frozenset[UUID]

    def lpa(self, area_id: UUID) -> UUID:
        """The LPA an area lies in, or the highest area when it lies in none."""
        chain = self.above[area_id]
        return next((one for one in chain if one in self.lpas), chain[-1])


def area_tree(session: Session, force_id: UUID) -> Tree:
    """The force's areas, each with those above it."""
    areas = {area.id: area for area in session.exec(select(Area).where(Area.force_id == force_id)).all()}
    above: dict[UUID, list[UUID]] = {}
    for area_id in areas:
        chain, at = [], areas.get(area_id)
        while at is not None and at.id not in chain:
            chain.append(at.id)
            at = areas.get(at.parent_id) if at.parent_id else None
        above[area_id] = chain
    return Tree(above, frozenset(area.id for area in areas.values() if area.kind is AreaKind.LPA))


def codes(session: Session, force_id: UUID) -> dict[str, str]:
    """Codes of a force's hotspots, teams and areas by id."""
    rows = [
        *session.exec(select(Hotspot.id, Hotspot.code).where(Hotspot.force_id == force_id)).all(),
        *session.exec(select(Team.id, Team.code).where(Team.force_id == force_id)).all(),
        *session.exec(select(Area.id, Area.code).where(Area.force_id == force_id)).all(),
    ]
    return {str(each): code for each, code in rows}


def usual_teams(session: Session, hotspot_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The teams that were planned for each hotspot so far, the most often first."""
    windows = func.count()
    query = (
        select(TaskingWindow.hotspot_id, TaskingWindow.team_id)
        .where(
            col(TaskingWindow.hotspot_id).in_(hotspot_ids),
            col(TaskingWindow.state) != WindowState.PLANNED,
        )
        .group_by(col(TaskingWindow.hotspot_id), col(TaskingWindow.team_id))
        .order_by(windows.desc(), col(TaskingWindow.team_id))
    )
    found: dict[UUID, list[UUID]] = {hotspot_id: [] for hotspot_id in hotspot_ids}
    for hotspot_id, team_id in session.exec(query).all():
        found[hotspot_id].append(team_id)
    return found


History = tuple[int | None, date | str | None]


def history(session: Session, hotspot_ids: Sequence[UUID], first: date) -> dict[UUID, History]:
    """What published schedules hand on to one that begins on `first`: each hotspot's phase, and what became of the
    block the day lies in (DONE, OPEN, the day drawn for it that is still to come, None when no schedule began it)."""
    published = _published_rows(session, hotspot_ids, first)
    found: dict[UUID, History] = dict.fromkeys(hotspot_ids, (None, None))
    for hotspot_id, latest in _latest_blocks(session, hotspot_ids, first).items():
        phase = phase_of(latest)
        block = block_of(first, phase)
        rows = [row for row in published[hotspot_id] if row[0].block_first_day == block]
        found[hotspot_id] = (phase, _handed_on(rows, first) if block != first else None)
    return found


Dated = tuple[ScheduleAllocation, Schedule]


def _handed_on(rows: list[Dated], first: date) -> date | str | None:
    for allocation, schedule in rows:
        if not allocation.treated:
            continue
        given_up = schedule.ended_on is not None and allocation.day > schedule.ended_on
        if not given_up:
            handed_on = not allocation.in_period and allocation.day >= first
            return allocation.day if handed_on else DONE
    return OPEN if rows else None


def _published_rows(
    session: Session, hotspot_ids: Sequence[UUID], first: date
) -> defaultdict[UUID, list[Dated]]:
    query = (
        select(ScheduleAllocation, Schedule)
        .join(Schedule, col(Schedule.id) == col(ScheduleAllocation.schedule_id))
        .where(
            Schedule.state == ScheduleState.PUBLISHED,
            col(Schedule.first_day) < first,
            col(ScheduleAllocation.hotspot_id).in_(hotspot_ids),
            col(ScheduleAllocation.day) > first - timedelta(days=BLOCK_DAYS),
            col(ScheduleAllocation.day) < first + timedelta(days=BLOCK_DAYS),
        )
        .order_by(col(Schedule.first_day).desc(), col(ScheduleAllocation.day))
    )
    found: defaultdict[UUID, list[Dated]] = defaultdict(list)
    for allocation, schedule in session.exec(query).all():
        found[allocation.hotspot_id].append((allocation, schedule))
    return found


def _latest_blocks(session: Session, hotspot_ids: Sequence[UUID], first: date) -> dict[UUID, date]:
    query = (
        select(ScheduleAllocation.hotspot_id, func.max(ScheduleAllocation.block_first_day))
        .join(Schedule, col(Schedule.id) == col(ScheduleAllocation.schedule_id))
        .where(
            Schedule.state == ScheduleState.PUBLISHED,
            col(Schedule.first_day) < first,
            col(ScheduleAllocation.hotspot_id).in_(hotspot_ids),
        )
        .group_by(col(ScheduleAllocation.hotspot_id))
    )
    return dict(session.exec(query).all())


def planned_elsewhere(session: Session, schedule: Schedule, hotspot_ids: Sequence[UUID]) -> list[UUID]:
    """Hotspots that another published schedule already has days for, within this one's days or its last block's."""
    query = (
        select(ScheduleAllocation.hotspot_id)
        .join(Schedule, col(Schedule.id) == col(ScheduleAllocation.schedule_id))
        .where(
            Schedule.state == ScheduleState.PUBLISHED,
            Schedule.id != schedule.id,
            col(ScheduleAllocation.hotspot_id).in_(hotspot_ids),
            col(ScheduleAllocation.in_period),
            col(ScheduleAllocation.day) >= schedule.first_day,
            col(ScheduleAllocation.day) < schedule.last_day + timedelta(days=BLOCK_DAYS),
            or_(col(Schedule.ended_on).is_(None), col(ScheduleAllocation.day) <= col(Schedule.ended_on)),
        )
        .distinct()
    )
    return list(session.exec(query).all())


def windows_published(
    session: Session, force_id: UUID, hotspot_ids: Collection[UUID], first: date, last: date
) -> list[TaskingWindow]:
    """The windows of some hotspots that count now and start on some days, by start."""
    query = select(TaskingWindow).where(
        TaskingWindow.force_id == force_id,
        TaskingWindow.state == WindowState.PUBLISHED,
        col(TaskingWindow.hotspot_id).in_(hotspot_ids),
        col(TaskingWindow.starts_at) >= start_of_london_day(first),
        col(TaskingWindow.starts_at) < start_of_london_day(last + timedelta(days=1)),
    )
    return list(session.exec(query.order_by(col(TaskingWindow.starts_at))).all())


def places_held(
    session: Session, hotspot_ids: Collection[UUID], team_ids: Collection[UUID]
) -> tuple[dict[UUID, Hotspot], dict[UUID, Team]]:
    """Hotspots and teams by id."""
    hotspots = session.exec(select(Hotspot).where(col(Hotspot.id).in_(hotspot_ids))).all()
    teams = session.exec(select(Team).where(col(Team.id).in_(team_ids))).all()
    return {one.id: one for one in hotspots}, {one.id: one for one in teams}
