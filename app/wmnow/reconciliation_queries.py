"""Sums of the tracker's rows and of our engagements by the same keys, through the gate. One statement for each kind of
sum, however many rows come of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlmodel import Session, col

from app.areas.models import Team
from app.areas.scope import RowOwners, visible
from app.areas.tallies import place_key
from app.clock import london_day
from app.compliance.places import Asked
from app.compliance.time_queries import time_conditions
from app.engagements.models import Engagement, EngagementOfficer
from app.engagements.recording import ENGAGEMENT, HOTSPOT_CONTACT
from app.identity.permissions import Caller, Permission, Role
from app.patrols.models import CreditedSlice, Grade
from app.wmnow.link_queries import engagement_gate, linked_pairs
from app.wmnow.mapping import WMNOW
from app.wmnow.models import WmnowRecord, WmnowRejected
from app.wmnow.reconciliation import Counts
from app.wmnow.record_queries import answers_for

Key = tuple[Any, ...]
PRESENCE = (Grade.VERIFIED, Grade.ACCEPTED)
_REPORT = Permission.WMNOW_REPORT


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for which time, and by which keys of `areas.tallies`."""

    caller: Caller
    day: date
    from_at: datetime
    to_at: datetime
    by: tuple[str, ...]

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last London day."""
        return london_day(self.from_at), london_day(self.to_at - timedelta(microseconds=1))


def for_the_whole_force(caller: Caller) -> Caller:
    """Who sees the whole force, for what a team is held against: it would be another figure for each sergeant."""
    return replace(caller, roles=frozenset({Role.PLANNER}))


def tracker_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """What is held of the tracker's, by key."""
    row = WmnowRecord
    stands = col(row.deleted_at).is_(None)
    pairs = linked_pairs(asked.caller.force_id)
    told: dict[str, ColumnElement[bool]] = {
        "deleted": col(row.deleted_at).is_not(None),
        "changed": and_(stands, col(row.version) > 1),
        "missing": and_(stands, col(row.missing_since).is_not(None)),
        "id_derived": and_(stands, col(row.id_derived)),
        "unknown": and_(stands, cast(col(row.unknown_codes), String) != "[]"),
        "nobody": and_(stands, col(row.officer_id).is_(None)),
        "linked": and_(stands, col(row.id).in_(select(pairs.c.record_id))),
    }
    rows = select(
        col(row.area_id).label("area_id"),
        col(row.team_id).label("team_id"),
        col(row.occurred_at).label("occurred_at"),
        *(case((true, 1), else_=0).label(name) for name, true in told.items()),
        literal(1).label("imported"),
    ).where(answers_for(asked.caller, asked.day), *_within(row.occurred_at, asked))
    return _added_up(session, rows.subquery(), asked, (*told, "imported"))


def ours_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """Our engagements, by key; what was taken back is not there."""
    row = Engagement
    counts = col(row.counted_as) == ENGAGEMENT
    pairs = linked_pairs(asked.caller.force_id)
    told: dict[str, ColumnElement[bool]] = {
        "ours": counts,
        "ours_linked": and_(counts, col(row.id).in_(select(pairs.c.engagement_id))),
        "hotspot_contacts": col(row.counted_as) == HOTSPOT_CONTACT,
    }
    rows = select(
        col(row.area_id).label("area_id"),
        col(row.team_id).label("team_id"),
        col(row.occurred_at).label("occurred_at"),
        *(case((true, 1), else_=0).label(name) for name, true in told.items()),
    ).where(
        engagement_gate(asked.caller, asked.day, _REPORT),
        col(row.voided_at).is_(None),
        *_within(row.occurred_at, asked),
    )
    return _added_up(session, rows.subquery(), asked, tuple(told))


def rejected_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """What could not be taken, by key: the latest of each id, told apart by whether anything is held of it."""
    rows = _rejected(asked.caller.force_id)
    held = rows.c.held_id.is_not(None)
    told = select(
        rows.c.area_id,
        rows.c.occurred_at,
        case((held, 0), else_=1).label("rejected"),
        case((and_(held, rows.c.received_at > rows.c.last_received_at), 1), else_=0).label("outdated"),
    ).where(_rejected_gate(asked, rows), *_within(rows.c.occurred_at, asked))
    return _added_up(session, told.subquery(), asked, ("rejected", "outdated"))


def rejected_without_time(session: Session, asked: Question) -> int:
    """How many rows came in the time asked for, were rejected, are not held and do not say when it happened."""
    rows = _rejected(asked.caller.force_id)
    counted = select(func.count()).where(
        _rejected_gate(asked, rows),
        rows.c.occurred_at.is_(None),
        rows.c.held_id.is_(None),
        *_within(rows.c.received_at, asked),
    )
    found: int = session.execute(counted).scalar_one()
    return found


def _rejected_gate(asked: Question, rows: Subquery) -> ColumnElement[bool]:
    owners = RowOwners(force_id=rows.c.force_id, area_id=rows.c.area_id)
    return visible(asked.caller, asked.day, owners, _REPORT)


def _rejected(force_id: UUID) -> Subquery:
    """The latest rejection of each id and all that bear none, with the record that is held of it."""
    row = WmnowRejected
    latest_first = (col(row.received_at).desc(), col(row.run_id).desc(), col(row.number).desc())
    place = func.row_number().over(partition_by=col(row.source_record_id), order_by=latest_first)
    each = (
        select(
            col(row.force_id),
            col(row.area_id),
            col(row.occurred_at),
            col(row.received_at),
            col(row.source_record_id),
            case((col(row.source_record_id).is_(None), 1), else_=place).label("place"),
        )
        .where(col(row.force_id) == force_id)
        .subquery()
    )
    record = WmnowRecord
    same = and_(
        col(record.force_id) == each.c.force_id,
        col(record.source_system) == WMNOW,
        col(record.source_record_id) == each.c.source_record_id,
    )
    return (
        select(*each.c, col(record.id).label("held_id"), col(record.last_received_at))
        .select_from(each)
        .outerjoin(record, same)
        .where(each.c.place == 1)
        .subquery()
    )


def lags_by(session: Session, asked: Question) -> dict[Key, list[float]]:
    """From when it happened to when it was typed, in seconds, by key; of records that say both."""
    row = WmnowRecord
    rows = (
        select(
            col(row.area_id).label("area_id"),
            col(row.team_id).label("team_id"),
            col(row.occurred_at).label("occurred_at"),
            col(row.recorded_at).label("recorded_at"),
        )
        .where(
            answers_for(asked.caller, asked.day),
            col(row.deleted_at).is_(None),
            col(row.recorded_at).is_not(None),
            *_within(row.occurred_at, asked),
        )
        .subquery()
    )
    source, keys = _keys(rows, asked)
    found: defaultdict[Key, list[float]] = defaultdict(list)
    query = select(rows.c.occurred_at, rows.c.recorded_at, *keys).select_from(source)
    for occurred_at, recorded_at, *key in session.execute(query):
        found[tuple(key)].append((recorded_at - occurred_at).total_seconds())
    return dict(found)


def _within(at: Any, asked: Question) -> list[ColumnElement[bool]]:
    return [at >= asked.from_at, at < asked.to_at]


def _keys(rows: Subquery, asked: Question) -> tuple[FromClause, list[ColumnElement[Any]]]:
    source: FromClause = rows
    keys: list[ColumnElement[Any]] = []
    for by in asked.by:
        source, key = place_key(source, rows, by, asked.caller.force_id, asked.days)
        keys.append(key)
    return source, keys


def _added_up(session: Session, rows: Subquery, asked: Question, names: Sequence[str]) -> dict[Key, Counts]:
    source, keys = _keys(rows, asked)
    sums = [func.coalesce(func.sum(rows.c[name]), 0) for name in names]
    query = select(*sums, *keys).select_from(source).group_by(*keys)
    found: dict[Key, Counts] = {}
    for told in session.execute(query):
        counted, key = told[: len(names)], tuple(told[len(names) :])
        found[key] = Counts(**{name: int(count) for name, count in zip(names, counted, strict=True)})
    return found


@dataclass(frozen=True, slots=True)
class OnPatrol:
    """How many patrols had presence in hotspots, how many officers were on them, of how many nothing is recorded."""

    patrols: int = 0
    officers: int = 0
    without_record: int = 0


def on_patrol_by_team(session: Session, asked: Asked) -> dict[UUID | None, OnPatrol]:
    """By team, from officers' stored time: patrols with presence that is verified or accepted, and their officers."""
    team_id = col(CreditedSlice.team_id)
    query = select(team_id, *_people(asked)).where(*_present(asked)).group_by(team_id)
    return {team: OnPatrol(*counts) for team, *counts in session.execute(query)}


def on_patrol(session: Session, asked: Asked, team_ids: Collection[UUID] | None) -> OnPatrol:
    """The same of some teams, or of all, together: an officer of two teams is one."""
    query = select(*_people(asked)).where(*_present(asked))
    if team_ids is not None:
        query = query.where(col(CreditedSlice.team_id).in_(team_ids))
    return OnPatrol(*session.execute(query).one())


def _people(asked: Asked) -> list[ColumnElement[int]]:
    officer_id = col(CreditedSlice.officer_id)
    without = case((officer_id.not_in(_recorded(asked)), officer_id))
    return [
        func.count(col(CreditedSlice.patrol_id).distinct()),
        func.count(officer_id.distinct()),
        func.count(without.distinct()),
    ]


def _present(asked: Asked) -> list[ColumnElement[bool]]:
    return [
        *time_conditions(asked, CreditedSlice, of_places=False),
        col(CreditedSlice.hotspot_id).is_(None),
        col(CreditedSlice.grade).in_(PRESENCE),
        col(CreditedSlice.credited_ms) > 0,
    ]


def _recorded(asked: Asked) -> Any:
    """Of whom there is anything: who led an engagement or contact, who took part, whom the tracker names."""
    from_at, to_at = asked.period
    one, record, force_id = Engagement, WmnowRecord, asked.caller.force_id
    ours = and_(
        col(one.force_id) == force_id,
        col(one.voided_at).is_(None),
        col(one.occurred_at) >= from_at,
        col(one.occurred_at) < to_at,
    )
    took_part = select(col(EngagementOfficer.officer_id)).where(
        col(EngagementOfficer.engagement_id).in_(select(col(one.id)).where(ours))
    )
    theirs = select(col(record.officer_id)).where(
        col(record.force_id) == force_id,
        col(record.deleted_at).is_(None),
        col(record.officer_id).is_not(None),
        col(record.occurred_at) >= from_at,
        col(record.occurred_at) < to_at,
    )
    return union(select(col(one.captured_by)).where(ours), took_part, theirs)


@dataclass(frozen=True, slots=True)
class TeamSeen:
    """A team that a caller is told of; `held`: it is there today."""

    id: UUID
    code: str
    name: str
    held: bool


def teams_seen(session: Session, caller: Caller, day: date) -> list[TeamSeen]:
    """The teams a caller is told of, those that ended included, by code."""
    owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
    held = and_(col(Team.valid_from) <= day, or_(col(Team.valid_to).is_(None), col(Team.valid_to) > day))
    rows = session.execute(
        select(col(Team.id), col(Team.code), col(Team.name), case((held, 1), else_=0))
        .where(visible(caller, day, owners, _REPORT))
        .order_by(col(Team.code), col(Team.id))
    )
    return [TeamSeen(team_id, code, name, bool(stands)) for team_id, code, name, stands in rows]
