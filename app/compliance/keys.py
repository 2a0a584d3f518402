"""By which key each grouping is read: turns rows of windows, officers' time or visits into the same rows with a column
`k0`, `k1`, … for each of what they are grouped by. Builds statements, runs none.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    Subquery,
    Uuid,
    and_,
    case,
    literal,
    or_,
    select as select_rows,
    type_coerce,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.areas.models import Area, AreaAncestor, Hotspot
from app.areas.tallies import period_code
from app.compliance.grouping import AREA_KINDS, PERIODS, By, GroupBy, periods
from app.compliance.places import Asked, days_of
from app.identity.models import Officer, RankHeld

# The column of a row that says it, where one does.
_SAID_BY = {
    GroupBy.AREA: "area_id",
    GroupBy.TEAM: "team_id",
    GroupBy.HOTSPOT: "hotspot_id",
    GroupBy.OFFICER: "officer_id",
    GroupBy.PROGRAMME: "programme",
    GroupBy.OPERATION: "operation",
    GroupBy.FUNDING: "funding",
    **dict.fromkeys(AREA_KINDS, "area_id"),
    GroupBy.CATEGORY: "hotspot_id",
    GroupBy.KIND: "officer_id",
}


def columns_for(by: By) -> list[str]:
    """The columns of officers' time or visits that keys are made of, each once."""
    found = [_SAID_BY[each] for each in by if each in _SAID_BY]
    if GroupBy.RANK in by:
        found += ["officer_id", "rank_day"]
    if PERIODS.intersection(by):
        found.append("day")
    return list(dict.fromkeys(found))


def keyed(rows: FromClause, by: By, asked: Asked, at: str) -> Subquery:
    """The same rows with their keys. `at` is the column that says when: `day`, or `starts_at` of windows."""
    source: FromClause = rows
    keys: list[ColumnElement[Any]] = []
    for number, each in enumerate(by):
        source, key = _key(source, rows, each, asked, at)
        keys.append(key.label(f"k{number}"))
    return select_rows(*keys, *rows.c).select_from(source).subquery()


def keys_of(found: Subquery, by: By) -> list[ColumnElement[Any]]:
    return [found.c[f"k{number}"] for number in range(len(by))]


def _key(
    source: FromClause, rows: FromClause, by: GroupBy, asked: Asked, at: str
) -> tuple[FromClause, ColumnElement[Any]]:
    if by in AREA_KINDS:
        above = (
            select_rows(col(AreaAncestor.area_id), col(AreaAncestor.ancestor_id))
            .join(Area, col(Area.id) == col(AreaAncestor.ancestor_id))
            .where(col(Area.kind) == AREA_KINDS[by], col(Area.force_id) == asked.caller.force_id)
            # Put together once: SQLite may go through both tables for every row.
            .cte().prefix_with("MATERIALIZED")
        )  # fmt: skip
        return source.outerjoin(above, above.c.area_id == rows.c.area_id), type_coerce(
            above.c.ancestor_id, Uuid
        )
    if by is GroupBy.CATEGORY:
        hotspot = aliased(Hotspot)
        joined = source.join(hotspot, col(hotspot.id) == rows.c.hotspot_id)
        return joined, type_coerce(col(hotspot.kind), String)
    if by is GroupBy.KIND:
        officer = aliased(Officer)
        joined = source.join(officer, col(officer.id) == rows.c.officer_id)
        return joined, type_coerce(col(officer.kind), String)
    if by is GroupBy.RANK:
        held = aliased(RankHeld)
        on_the_day = and_(
            col(held.officer_id) == rows.c.officer_id,
            col(held.valid_from) <= rows.c.rank_day,
            or_(col(held.valid_to).is_(None), col(held.valid_to) > rows.c.rank_day),
        )
        return source.outerjoin(held, on_the_day), type_coerce(col(held.rank), String)
    if by in PERIODS:
        return source, period_code(
            rows.c[at], periods(by, *days_of(*asked.period)), instants=at == "starts_at"
        )
    column = rows.c[_SAID_BY[by]]
    plain = by in (GroupBy.PROGRAMME, GroupBy.FUNDING)
    return source, type_coerce(column, String) if plain else column


def rank_day(officer_id: Any, day: Any, asked: Asked) -> ColumnElement[Any]:
    """The day whose rank counts. Who holds one rank throughout needs only the first, so that a year of theirs is one
    row to add up."""
    first, last = days_of(*asked.period)
    changed = select_rows(col(RankHeld.officer_id)).where(
        or_(
            and_(col(RankHeld.valid_from) > first, col(RankHeld.valid_from) <= last),
            and_(col(RankHeld.valid_to) > first, col(RankHeld.valid_to) <= last),
        )
    )
    return case((officer_id.in_(changed), day), else_=literal(first, day.type))
