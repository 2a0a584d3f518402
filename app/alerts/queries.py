"""Reads of alerts as each caller may see them, and of the rules.

An alert is its officer's at once. To a supervisor of its team and a commander of its area it is there when it has
lasted as long as the rule says, and not at all when it was mended before; what tells of a patrol whose result is still
its officer's alone waits for that, too. Planners see windows for which nobody is named; whoever looks after feeds sees
their trouble, and nobody else does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select as select_rows
from sqlmodel import Session, col, select

from app.alerts.models import Alert, AlertAcknowledgement, AlertRule
from app.alerts.rules import AlertFilter, AlertKind, Rule
from app.areas.models import Area, AreaAncestor, AreaKind, Hotspot, Team
from app.areas.scope import RowOwners, visible
from app.database.paging import latest_first
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission, Role
from app.patrols import holding
from app.patrols.models import Patrol
from app.schedule.models import TaskingWindow, WindowAssignment
from app.wmnow.models import WmnowFeed


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with what its sentence names. `told_at` is when others than its officer were told, None for never;
    `own`: it is the caller's to mend; `listed`: they may see it by itself, not only counted."""

    alert: Alert
    team_code: str | None
    hotspot: str | None
    feed: str | None
    starts_at: datetime
    told_at: datetime | None
    own: bool
    listed: bool


def forces(session: Session) -> list[UUID]:
    """Every force held here."""
    return list(session.exec(select(Area.id).where(Area.kind == AreaKind.FORCE)).all())


def rules_held(session: Session, force_id: UUID) -> list[Rule]:
    """Every rule a force has set, those still to begin included, oldest first."""
    rows = session.exec(
        select(AlertRule)
        .where(AlertRule.force_id == force_id)
        .order_by(col(AlertRule.valid_from), col(AlertRule.kind))
    ).all()
    return [
        Rule(row.kind, row.applies, row.after_minutes, row.escalates_minutes, row.valid_from) for row in rows
    ]


def _mine(force_id: UUID, officer_id: UUID) -> ColumnElement[bool]:
    """The condition that an alert is somebody's to mend: of their patrol, or of a window they are tasked with."""
    tasked = exists().where(
        col(WindowAssignment.window_id) == col(Alert.window_id),
        col(WindowAssignment.officer_id) == officer_id,
    )
    named = and_(col(Alert.kind) == AlertKind.NO_CHECK_IN, tasked)
    return and_(col(Alert.force_id) == force_id, or_(col(Alert.officer_id) == officer_id, named))


def _told_at(officer_id: UUID) -> ColumnElement[datetime]:
    """When others than its officer were told of an alert, beside its patrol if there is one: when it had lasted, and
    its result was theirs to know. Null for never."""
    return _later(holding.until_for(officer_id))


def told_to_everybody_at() -> ColumnElement[datetime]:
    """When anybody may be told of an alert, beside its patrol if there is one. Null for never."""
    return _later(holding.until_for_everybody())


def _later(held_until: ColumnElement[datetime]) -> ColumnElement[datetime]:
    escalates_at = col(Alert.escalates_at)
    return case((held_until > escalates_at, held_until), else_=escalates_at)


def _told_to_others(officer_id: UUID, now: datetime) -> ColumnElement[bool]:
    """The condition, beside the patrol if there is one, that others than its officer are told of an alert: it was not
    mended before."""
    told_at = _told_at(officer_id)
    return and_(told_at <= now, or_(col(Alert.cleared_at).is_(None), col(Alert.cleared_at) >= told_at))


def _in_scope(
    caller: Caller, day: date, now: datetime, permission: Permission, without: frozenset[Role] = frozenset()
) -> ColumnElement[bool]:
    """The gate for whoever answers for a team or an area: what was told to others; planners see unassigned windows,
    administrators feeds. `without` leaves out what is seen by some roles."""
    owners = RowOwners(force_id=col(Alert.force_id), team_id=col(Alert.team_id), area_id=col(Alert.area_id))
    leading = replace(caller, roles=caller.roles - without - {Role.PLANNER, Role.ADMIN})
    planning = replace(caller, roles=caller.roles & {Role.PLANNER})
    unassigned = and_(
        visible(planning, day, owners, permission), col(Alert.kind) == AlertKind.WINDOW_UNASSIGNED
    )
    of_feeds = and_(visible(caller, day, owners, Permission.WMNOW_MANAGE), col(Alert.feed_id).is_not(None))
    return and_(
        _told_to_others(caller.officer_id, now),
        or_(visible(leading, day, owners, permission), unassigned, of_feeds),
    )


def alerts_seen(
    session: Session,
    caller: Caller,
    day: date,
    wanted: AlertFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> list[AlertRow]:
    """A page of the alerts the caller may see, latest first."""
    mine = _mine(caller.force_id, caller.officer_id)
    gate = or_(mine, _in_scope(caller, day, now, Permission.ALERTS_READ))
    query = _rows(_told_at(caller.officer_id), mine, gate).where(gate, *_conditions(wanted))
    page = latest_first(query, col(Alert.raised_at), col(Alert.id), after, limit)
    return [_row(row) for row in session.execute(page)]


def open_alerts_of_teams(session: Session, caller: Caller, day: date, now: datetime) -> list[AlertRow]:
    """Every open alert that was told to the caller as whoever answers for its team or area. Listed: as a supervisor of
    the team or a planner; commanders have them counted."""
    seen = _in_scope(caller, day, now, Permission.ALERTS_READ)
    listed = _in_scope(caller, day, now, Permission.ALERTS_READ, frozenset({Role.COMMANDER}))
    query = _rows(_told_at(caller.officer_id), _mine(caller.force_id, caller.officer_id), listed)
    rows = session.execute(query.where(seen, col(Alert.cleared_at).is_(None)))
    return [_row(row) for row in rows]


def cleared_of_teams(
    session: Session, caller: Caller, day: date, since: datetime, now: datetime
) -> dict[UUID | None, int]:
    """How many alerts that were told to the caller as whoever answers for a team were over since an instant."""
    rows = session.execute(
        select_rows(col(Alert.team_id).label("team_id"), func.count().label("alerts"))
        .outerjoin(Patrol, col(Patrol.id) == col(Alert.patrol_id))
        .where(
            _in_scope(caller, day, now, Permission.ALERTS_READ),
            col(Alert.cleared_at) >= since,
            col(Alert.cleared_at) <= now,
        )
        .group_by(col(Alert.team_id))
    )
    return {row.team_id: row.alerts for row in rows}


def escalated(
    session: Session, force_id: UUID, since: datetime, now: datetime
) -> list[tuple[UUID, UUID | None, AlertKind, datetime]]:
    """The alerts of a force that stand and that anybody may be told of, since an instant: id, area, kind, from when."""
    told_at = told_to_everybody_at()
    rows = session.execute(
        select_rows(col(Alert.id), col(Alert.area_id), col(Alert.kind), told_at)
        .outerjoin(Patrol, col(Patrol.id) == col(Alert.patrol_id))
        .where(
            col(Alert.force_id) == force_id,
            col(Alert.cleared_at).is_(None),
            told_at > since,
            told_at <= now,
        )
        .order_by(col(Alert.id))
    )
    return [(alert_id, area_id, kind, at) for alert_id, area_id, kind, at in rows]


def open_by_kind(session: Session, force_id: UUID, area_id: UUID, now: datetime) -> dict[AlertKind, int]:
    """How many alerts of each kind stand in an area and below it that anybody may be told of."""
    below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == area_id)
    rows = session.execute(
        select_rows(col(Alert.kind), func.count())
        .outerjoin(Patrol, col(Patrol.id) == col(Alert.patrol_id))
        .where(
            col(Alert.force_id) == force_id,
            col(Alert.cleared_at).is_(None),
            told_to_everybody_at() <= now,
            func.coalesce(col(Alert.area_id), force_id).in_(below),
        )
        .group_by(col(Alert.kind))
    )
    return {kind: count for kind, count in rows}  # noqa: C416 - a row is no pair to the type checker


def team_names(
    session: Session, force_id: UUID, team_ids: set[UUID | None]
) -> dict[UUID | None, tuple[str, str]]:
    """Code and name of some of a force's teams."""
    wanted = [team_id for team_id in team_ids if team_id is not None]
    rows = session.exec(select(Team).where(Team.force_id == force_id, col(Team.id).in_(wanted))).all()
    return {row.id: (row.code, row.name) for row in rows}


def alert_to_acknowledge(
    session: Session, caller: Caller, alert_id: UUID, day: date, now: datetime
) -> AlertRow | None:
    """One alert if the caller answers for its team or area, or for feeds, and was told of it."""
    gate = _in_scope(caller, day, now, Permission.ALERTS_ACKNOWLEDGE)
    query = _rows(_told_at(caller.officer_id), _mine(caller.force_id, caller.officer_id), gate)
    row = session.execute(query.where(col(Alert.id) == alert_id, gate)).first()
    return _row(row) if row else None


def acknowledgements(
    session: Session, alert_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[AlertAcknowledgement, str]]]:
    """Who said they deal with some alerts, with their collar numbers, in the order they said so."""
    found: dict[UUID, list[tuple[AlertAcknowledgement, str]]] = {alert_id: [] for alert_id in alert_ids}
    if alert_ids:
        rows = session.exec(
            select(AlertAcknowledgement, Officer.collar_number)
            .join(Officer, col(Officer.id) == col(AlertAcknowledgement.captured_by))
            .where(col(AlertAcknowledgement.alert_id).in_(alert_ids))
            .order_by(col(AlertAcknowledgement.received_at), col(AlertAcknowledgement.id))
        ).all()
        for acknowledgement, collar_number in rows:
            found[acknowledgement.alert_id].append((acknowledgement, collar_number))
    return found


def _conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(col(Alert.kind) == wanted.kind)
    if wanted.open is not None:
        is_open = col(Alert.cleared_at).is_(None)
        found.append(is_open if wanted.open else ~is_open)
    if wanted.team_id is not None:
        found.append(col(Alert.team_id) == wanted.team_id)
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == wanted.area_id)
        found.append(col(Alert.area_id).in_(below))
    if wanted.from_at is not None:
        found.append(col(Alert.raised_at) >= wanted.from_at)
    if wanted.to_at is not None:
        found.append(col(Alert.raised_at) < wanted.to_at)
    return found


def _rows(
    told_at: ColumnElement[datetime], own: ColumnElement[bool], listed: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    starts_at = func.coalesce(col(TaskingWindow.starts_at), col(Patrol.started_at), col(Alert.since_at))
    return (
        select_rows(
            Alert, col(Team.code), col(Hotspot.name), col(WmnowFeed.name), starts_at.label("starts_at"),
            told_at.label("told_at"), own.label("own"), listed.label("listed"),
        )
        .outerjoin(Team, col(Team.id) == col(Alert.team_id))
        .outerjoin(Patrol, col(Patrol.id) == col(Alert.patrol_id))
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(Alert.window_id))
        .outerjoin(Hotspot, col(Hotspot.id) == col(TaskingWindow.hotspot_id))
        .outerjoin(WmnowFeed, col(WmnowFeed.id) == col(Alert.feed_id))
    )  # fmt: skip


def _row(row: Any) -> AlertRow:
    alert, team_code, hotspot, feed, starts_at, told_at, own, listed = row
    return AlertRow(alert, team_code, hotspot, feed, starts_at, told_at, bool(own), bool(listed))
