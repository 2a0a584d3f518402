"""Reads of what was logged and of the patrols it is held against, through the gate."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.activities.codes import DetailLevel
from app.activities.models import Activity, Arrest, OtherOutcome, StopSearch
from app.activities.queries import JudgedBy, flagged_now, patrol_taken_back
from app.areas.models import AreaAncestor, Hotspot
from app.areas.scope import RowOwners, visible
from app.areas.tallies import place_key
from app.identity.permissions import Caller, Permission
from app.outcomes.reporting import ActivitiesBy, Logged
from app.patrols.models import CreditedSlice, CrewMember, Patrol, PatrolVoid
from app.patrols.whereabouts import hotspots_by_result

PlaceKey = UUID | str | None
_LOGGED = (
    "kind",
    "outcome_code",
    "on_patrol",
    "on_voided",
    "flagged",
    "weapon",
    "from_search",
    "detention",
    "reference",
    "pieces",
)


@dataclass(frozen=True, slots=True)
class ActivitiesFilter:
    """Which activities are asked for, of whole London days; `days` are the first and the last of them."""

    from_at: datetime
    to_at: datetime
    days: tuple[date, date]
    team_id: UUID | None = None
    area_id: UUID | None = None
    officer_id: UUID | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what, by what. `judged` is what flags are judged by, `positive` are the positive outcomes of
    searches, `detentions` the bases of an arrest that are none."""

    caller: Caller
    day: date
    now: datetime
    by: ActivitiesBy
    wanted: ActivitiesFilter
    judged: JudgedBy
    positive: tuple[str, ...]
    detentions: tuple[str, ...]


def logged_by(session: Session, asked: Question) -> Iterator[tuple[PlaceKey, Logged]]:
    """What was logged, alike added up, with the place, team, officer or time it stands under; None for no place."""
    rows = _rows(asked)
    source: FromClause = rows
    key: Any = rows.c.kind
    if asked.by not in (ActivitiesBy.KIND, ActivitiesBy.OUTCOME):
        source, key = place_key(rows, rows, asked.by.value, asked.caller.force_id, asked.wanted.days)
    said = [rows.c[name] for name in _LOGGED]
    query = select(key, *said, func.count()).select_from(source).group_by(key, *said)
    for place, *values in session.execute(query):
        yield place, Logged(*values)


def logged_in_hotspots(
    session: Session, asked: Question
) -> tuple[list[tuple[PlaceKey, Logged]], list[Logged]]:
    """What was logged under every hotspot it was in, by the phone's position or else by the patrol's result; and each
    once. Of an area: what was in its hotspots."""
    rows = _rows(asked)
    said = [rows.c[name] for name in _LOGGED]
    found = session.execute(select(rows.c.hotspot_ids, rows.c.patrol_id, rows.c.occurred_at, *said)).all()
    silent = [(row[1], row[2]) for row in found if row[0] is None and row[1] is not None]
    by_result = dict(zip(silent, hotspots_by_result(session, silent), strict=True))
    area_id = asked.wanted.area_id
    only = set(session.execute(_hotspots_of(area_id)).scalars()) if area_id is not None else None
    placed: list[tuple[PlaceKey, Logged]] = []
    once = []
    for here, patrol_id, at, *values in found:
        # A position outside every hotspot is one, whatever else was logged on the patrol at that moment.
        places: Sequence[PlaceKey] = (
            by_result.get((patrol_id, at), ()) if here is None else [UUID(each) for each in here]
        )
        kept = [each for each in places if only is None or each in only] or (
            [] if only is not None else [None]
        )
        logged = Logged(*values)
        placed += [(each, logged) for each in kept]
        once += [logged] if kept else []
    return placed, once


def _hotspots_of(area_id: UUID) -> Any:
    return select(col(Hotspot.id)).where(col(Hotspot.area_id).in_(_below(area_id)))


def _below(area_id: UUID) -> Any:
    return select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id) == area_id)


def _rows(asked: Question) -> Subquery:
    # By other names, for the flags look the tables up for themselves.
    row, search, arrest, other = Activity, aliased(StopSearch), aliased(Arrest), aliased(OtherOutcome)
    found, types = cast(col(search.found_codes), Text), cast(col(search.weapon_types), Text)
    weapon = or_(
        and_(types.is_not(None), types != "[]"),
        found.like('%"WEAPON"%'),
        found.like('%"FIREARM"%'),
    )
    return (
        select(
            col(row.kind),
            col(row.outcome_code),
            _true(col(row.patrol_id).is_not(None)).label("on_patrol"),
            _true(patrol_taken_back()).label("on_voided"),
            _true(flagged_now(asked.judged, asked.now)).label("flagged"),
            _true(weapon).label("weapon"),
            _true(_from_search(asked.positive, col(arrest.from_search_id))).label("from_search"),
            _true(col(arrest.basis).in_(asked.detentions)).label("detention"),
            _true(col(row.level) == DetailLevel.REFERENCE.value).label("reference"),
            case(
                (col(other.quantity).is_not(None), col(other.quantity)),
                (types.like('%"%'), _codes_in(types)),
                else_=1,
            ).label("pieces"),
            col(row.hotspot_ids),
            col(row.patrol_id),
            col(row.occurred_at),
            col(row.team_id),
            col(row.area_id),
            col(row.captured_by).label("officer_id"),
        )
        .outerjoin(search, col(search.activity_id) == col(row.id))
        .outerjoin(arrest, col(arrest.activity_id) == col(row.id))
        .outerjoin(other, col(other.activity_id) == col(row.id))
        .where(*_conditions(asked))
        .subquery()
    )


def _from_search(positive: tuple[str, ...], from_search_id: Any) -> ColumnElement[bool]:
    """The condition that a search on record led to an arrest, whichever of the two names the other, and is positive."""
    held, led = aliased(Activity), aliased(StopSearch)
    return exists(
        select(col(held.id))
        .join(led, col(led.activity_id) == col(held.id))
        .where(
            col(held.force_id) == col(Activity.force_id),
            col(held.voided_at).is_(None),
            col(held.outcome_code).in_(positive),
            or_(col(led.arrest_id) == col(Activity.id), col(held.id) == from_search_id),
        )
    )


def _codes_in(text: ColumnElement[str]) -> ColumnElement[int]:
    """How many codes a list holds, by its text: codes bear no quotation marks."""
    return (func.length(text) - func.length(func.replace(text, '"', ""))) // 2


def _true(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # What nobody said is null, and null is no answer to group by.
    return case((condition, True), else_=False)


def _conditions(asked: Question) -> list[ColumnElement[bool]]:
    row, wanted = Activity, asked.wanted
    owners = RowOwners(force_id=col(row.force_id), team_id=col(row.team_id), area_id=col(row.area_id))
    found = [
        visible(asked.caller, asked.day, owners, Permission.ACTIVITIES_REPORT),
        col(row.voided_at).is_(None),
        col(row.occurred_at) >= wanted.from_at,
        col(row.occurred_at) < wanted.to_at,
    ]
    if wanted.team_id is not None:
        found.append(col(row.team_id) == wanted.team_id)
    if wanted.area_id is not None and asked.by is not ActivitiesBy.HOTSPOT:
        found.append(col(row.area_id).in_(_below(wanted.area_id)))
    if wanted.officer_id is not None:
        found.append(col(row.captured_by) == wanted.officer_id)
    if wanted.kind is not None:
        found.append(col(row.kind) == wanted.kind)
    return found


def patrols_by(session: Session, asked: Question) -> dict[PlaceKey, int]:
    """How many patrols of the same rows there were: those that began on the days asked for, none taken back. By officer
    those they led or were crew on; by hotspot those credited time in it."""
    rows = _patrols(asked).subquery()
    if asked.by is ActivitiesBy.HOTSPOT:
        joined = rows.join(
            CreditedSlice,
            and_(col(CreditedSlice.patrol_id) == rows.c.id, col(CreditedSlice.hotspot_id).is_not(None)),
        )
        key: Any = col(CreditedSlice.hotspot_id)
        query = select(key, func.count(rows.c.id.distinct())).select_from(joined).group_by(key)
        if asked.wanted.area_id is not None:
            query = query.where(key.in_(_hotspots_of(asked.wanted.area_id)))
    else:
        source, key = place_key(rows, rows, asked.by.value, asked.caller.force_id, asked.wanted.days)
        query = select(key, func.count(rows.c.id.distinct())).select_from(source).group_by(key)
    found: defaultdict[PlaceKey, int] = defaultdict(int)
    found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def patrols_in_all(session: Session, asked: Question) -> int:
    """The patrols of all rows, each once; of an area asked for by hotspot, those credited in its hotspots."""
    rows = _patrols(asked).subquery()
    query = select(func.count(rows.c.id.distinct()))
    if asked.by is ActivitiesBy.HOTSPOT and asked.wanted.area_id is not None:
        here = col(CreditedSlice.hotspot_id).in_(_hotspots_of(asked.wanted.area_id))
        query = query.where(rows.c.id.in_(select(col(CreditedSlice.patrol_id)).where(here)))
    return int(session.execute(query).scalar_one())


def _patrols(asked: Question) -> Any:
    wanted = asked.wanted
    owners = RowOwners(
        force_id=col(Patrol.force_id), team_id=col(Patrol.team_id), area_id=col(Patrol.area_id)
    )
    conditions = [
        visible(asked.caller, asked.day, owners, Permission.ACTIVITIES_REPORT),
        col(Patrol.started_at) >= wanted.from_at,
        col(Patrol.started_at) < wanted.to_at,
        col(Patrol.id).not_in(select(col(PatrolVoid.id))),
    ]
    if wanted.team_id is not None:
        conditions.append(col(Patrol.team_id) == wanted.team_id)
    if wanted.area_id is not None and asked.by is not ActivitiesBy.HOTSPOT:
        conditions.append(col(Patrol.area_id).in_(_below(wanted.area_id)))
    said: tuple[Any, ...] = (
        col(Patrol.id), col(Patrol.team_id), col(Patrol.area_id), col(Patrol.started_at).label("occurred_at"),
    )  # fmt: skip
    led = select(*said, col(Patrol.captured_by).label("officer_id")).where(*conditions)
    if asked.by is not ActivitiesBy.OFFICER and wanted.officer_id is None:
        return led
    crew = (
        select(*said, col(CrewMember.officer_id).label("officer_id"))
        .join(CrewMember, col(CrewMember.patrol_id) == col(Patrol.id))
        .where(*conditions)
    )
    both = union(led, crew).subquery()
    every = select(*both.c)
    return every if wanted.officer_id is None else every.where(both.c.officer_id == wanted.officer_id)
