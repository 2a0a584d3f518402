"""Adds up what officers recorded by place, team, officer or time: the keys of such sums, and what keys are called.

Builds on rows that bear `area_id`, `team_id`, `officer_id` and `occurred_at`, whatever they are of.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, String, Uuid, and_, case, literal, or_, select, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.areas.periods import Period, PeriodKind, periods
from app.areas.scope import RowOwners, my_areas, visible
from app.clock import london_day, start_of_london_day
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.reference.codes import Label

AREA_KINDS = {kind.value.lower(): kind for kind in AreaKind}
PERIOD_KINDS = {kind.value: kind for kind in PeriodKind}
TEAM, OFFICER, HOTSPOT = "team", "officer", "hotspot"
_COLUMNS = {TEAM: "team_id", OFFICER: "officer_id", HOTSPOT: "hotspot_id"}
_WITHOUT = {TEAM: "no team", **{kind: f"in no {kind}" for kind in AREA_KINDS}}
_TABLES: Mapping[str, type[Area] | type[Team] | type[Hotspot]] = {
    TEAM: Team,
    HOTSPOT: Hotspot,
    **dict.fromkeys(AREA_KINDS, Area),
}


@dataclass(frozen=True, slots=True)
class Called:
    """What a key of a sum is called. `code` None is what has none; `order` is where it stands among its like."""

    id: UUID | None
    code: str | None
    name: str
    order: str


def coded(code: object, labels: Mapping[str, Label], nothing: str) -> Called:
    """What a code of a list is called, in the order of the list, the code itself where it does not hold it; `nothing`
    is what has none."""
    if not isinstance(code, str):
        return Called(None, None, nothing, "\uffff")
    label = labels.get(code)
    place = f"{label.position:07}" if label else "9999999"
    return Called(None, code, label.plain_label if label else code, f"{place} {code}")


def place_key(
    source: FromClause, rows: FromClause, by: str, force_id: UUID, days: tuple[date, date]
) -> tuple[FromClause, ColumnElement[Any]]:
    """What to select from and the key of each row: the area of a kind that it lies in, its team or officer, or the
    code of the period. `days` are the first and the last London day asked for. KeyError for anything else."""
    if by in AREA_KINDS:
        above = aliased(AreaAncestor)
        of_kind = select(col(Area.id)).where(col(Area.kind) == AREA_KINDS[by], col(Area.force_id) == force_id)
        # Not joined with a subquery of both tables, which SQLite may go through for every row.
        standing_above = and_(col(above.area_id) == rows.c.area_id, col(above.ancestor_id).in_(of_kind))
        return source.outerjoin(above, standing_above), type_coerce(col(above.ancestor_id), Uuid)
    if by in PERIOD_KINDS:
        return source, period_code(rows.c.occurred_at, periods(PERIOD_KINDS[by], *days), instants=True)
    return source, rows.c[_COLUMNS[by]]


def period_code(at: ColumnElement[Any], found: Sequence[Period], *, instants: bool) -> ColumnElement[Any]:
    """The code of the period something lies in: halved again and again, so that a hundred weeks cost seven looks."""
    if len(found) == 1:
        return literal(found[0].code, String)
    upper = found[len(found) // 2 :]
    first: date | datetime = upper[0].first
    bound = literal(start_of_london_day(upper[0].first), at.type) if instants else literal(first, at.type)
    lower = period_code(at, found[: len(found) // 2], instants=instants)
    return case((at < bound, lower), else_=period_code(at, upper, instants=instants))


def few_enough(by: str, days: tuple[date, date]) -> bool:
    """Whether a grouping by time has no more periods than can be told; any other has."""
    if by in PERIOD_KINDS:
        try:
            periods(PERIOD_KINDS[by], *days)
        except ValueError:
            return False
    return True


def spans_of(by: str, from_at: datetime, to_at: datetime) -> dict[object, tuple[datetime, datetime]]:
    """From when until when each period of a grouping is asked for, by its code; none of any other grouping."""
    if by not in PERIOD_KINDS:
        return {}
    days = (london_day(from_at), london_day(to_at - timedelta(microseconds=1)))
    return {
        each.code: (
            max(from_at, start_of_london_day(each.first)),
            min(to_at, start_of_london_day(each.after)),
        )
        for each in periods(PERIOD_KINDS[by], *days)
    }


def areas_seen_whole(session: Session, caller: Caller, day: date, permission: Permission) -> set[UUID]:
    """The areas of which a caller sees everything under a permission: of a supervisor none, who sees their teams."""
    owners = RowOwners(force_id=col(Area.force_id), area_id=col(Area.id))
    return set(session.scalars(select(col(Area.id)).where(visible(caller, day, owners, permission))))


def places_in_scope(
    session: Session, caller: Caller, by: str, day: date, permission: Permission
) -> set[UUID]:
    """The teams, or the areas of a kind, that a caller is told of under a permission whether there is anything to tell
    or not: those of whole-force roles, else their own teams and what lies in or above their areas."""
    if by == TEAM:
        owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
        rows = select(col(Team.id)).where(visible(caller, day, owners, permission), _held(Team, day))
        return set(session.scalars(rows))
    areas = RowOwners(force_id=col(Area.force_id))
    mine = my_areas(caller.officer_id, day)
    above = select(col(AreaAncestor.ancestor_id)).where(col(AreaAncestor.area_id).in_(mine))
    near = or_(col(Area.id).in_(mine), col(Area.id).in_(above))
    gate = visible(caller, day, areas, permission, also=[near])
    rows = select(col(Area.id)).where(gate, col(Area.kind) == AREA_KINDS[by], _held(Area, day))
    return set(session.scalars(rows))


def _held(table: type[Area] | type[Team], day: date) -> ColumnElement[bool]:
    return and_(col(table.valid_from) <= day, or_(col(table.valid_to).is_(None), col(table.valid_to) > day))


def called(
    session: Session, by: str, keys: Collection[UUID | str | None], days: tuple[date, date]
) -> dict[UUID | str | None, Called]:
    """What the keys of `place_key` are called; of periods all that were asked for, whether there is a key or not."""
    if by in PERIOD_KINDS:
        return {
            each.code: Called(None, each.code, each.name, each.code)
            for each in periods(PERIOD_KINDS[by], *days)
        }
    found: dict[UUID | str | None, Called] = {}
    if None in keys:
        found[None] = Called(None, None, _WITHOUT.get(by, "none"), "\uffff")
    ids = [each for each in keys if isinstance(each, UUID)]
    for row_id, code, name in _named(session, by, ids):
        found[row_id] = Called(row_id, code, name, f"{code} {row_id}")
    return found


def _named(session: Session, by: str, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    if by == OFFICER:
        collar = col(Officer.collar_number)
        people = select(col(Officer.id), collar).where(col(Officer.id).in_(ids))
        return [(row_id, number, number) for row_id, number in session.execute(people)]
    table = _TABLES[by]
    named = select(col(table.id), col(table.code), col(table.name)).where(col(table.id).in_(ids))
    return [(row_id, code, name) for row_id, code, name in session.execute(named)]
