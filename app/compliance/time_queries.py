"""Reads of officers' time, from stored slices only, and what they share with those of visits.

The inner statement adds slices up by their own columns, which an index can answer; what is looked up (the area above,
the rank of the day, the week) is looked up for those sums, not for each slice.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    cast,
    func,
    or_,
    select as select_rows,
    union_all,
)
from sqlmodel import Session, col, select

from app.areas.models import Hotspot
from app.areas.scope import RowOwners, visible
from app.compliance.grouping import By, GroupBy, by_hotspot
from app.compliance.keys import columns_for, keyed, keys_of, rank_day
from app.compliance.month_sums import Days, first_days, left_over, months_added_up, sum_for
from app.compliance.place_rows import below, hotspots_asked
from app.compliance.places import Asked, Place, days_of, hours_tellable
from app.compliance.queries import Key
from app.patrols.models import CreditedSlice, OfficerFirst
from app.patrols.month_models import MonthHours, MonthVisits
from app.patrols.visit_models import Visit

OfOfficers = type[CreditedSlice] | type[Visit]
Summed = type[MonthHours] | type[MonthVisits]
Rows = OfOfficers | Summed


def officer_time_by(session: Session, asked: Asked, by: By) -> dict[Key, list[tuple[str, int]]]:
    """Officers' time in milliseconds by grade for each key of a grouping; None in it for what has none.

    By hotspot it is of each hotspot by itself, else of all together with overlaps once (or of the one asked for).
    """
    each = _time(session, asked, by, of_places=by_hotspot(by))
    raw = [column for column in each.c if column.key != "credited_ms"]
    credited = cast(func.sum(each.c.credited_ms), BigInteger).label("ms")
    days = select_rows(*raw, credited).group_by(*raw).subquery()
    named = keyed(days, by, asked, "day")
    keys = keys_of(named, by)
    summed = cast(func.sum(named.c.ms), BigInteger)
    rows = session.execute(select_rows(named.c.grade, summed, *keys).group_by(*keys, named.c.grade)).all()
    found: defaultdict[Key, list[tuple[str, int]]] = defaultdict(list)
    for grade_, ms, *key in rows:
        found[tuple(key)].append((grade_, ms))
    return found


def officers_behind(session: Session, asked: Asked, by: By) -> dict[Key, int]:
    """How many officers stand behind each key of a grouping of people: with time of any grade or, where time cannot be
    told by it, with visits."""
    place = Place.HOTSPOT if by_hotspot(by) else Place.TEAM
    table: OfOfficers = CreditedSlice if hours_tellable(place, asked.wanted) else Visit
    conditions = time_conditions(asked, table, of_places=by_hotspot(by))
    if table is CreditedSlice and asked.wanted.hotspot_id is None:
        hotspot = col(CreditedSlice.hotspot_id)
        conditions.append(hotspot.is_not(None) if by_hotspot(by) else hotspot.is_(None))
    each = select_rows(*key_columns(table, by, asked)).where(*conditions).distinct().subquery()
    named = keyed(each, by, asked, "day")
    keys = keys_of(named, by)
    officers = func.count(named.c.officer_id.distinct())
    rows = session.execute(select_rows(officers, *keys).group_by(*keys)).all()
    return {tuple(row[1:]): row[0] for row in rows}


def officer_time(session: Session, asked: Asked, *, of_places: bool) -> list[tuple[str, int]]:
    """Officers' time in milliseconds by grade in all hotspots asked for, overlaps once; only where `total_tellable`.

    `of_places`: the area asked for is one of hotspots, not of teams.
    """
    each = _time(session, asked, (), of_places=of_places)
    credited = cast(func.sum(each.c.credited_ms), BigInteger)
    rows = session.execute(select_rows(each.c.grade, credited).group_by(each.c.grade)).all()
    return [(grade, ms) for grade, ms in rows]


def _time(session: Session, asked: Asked, by: By, *, of_places: bool) -> Subquery:
    """Officers' time by grade with what keys are made of: from sums of months where they tell it, else from slices."""
    sum_of = sum_for(asked, by)
    months = months_added_up(session, asked) if sum_of is not None else []
    hotspot = col(CreditedSlice.hotspot_id)
    parts = []
    for days in left_over(*days_of(*asked.period), months):
        conditions = time_conditions(asked, CreditedSlice, of_places=of_places, days=days)
        if asked.wanted.hotspot_id is None:
            conditions.append(hotspot.is_not(None) if by_hotspot(by) else hotspot.is_(None))
        parts.append(_time_of(CreditedSlice, asked, by).where(*conditions))
    if sum_of is not None and months:
        conditions = sum_conditions(asked, MonthHours, months, of_places=of_places)
        conditions.append(col(MonthHours.sum_of) == sum_of)
        parts.append(_time_of(MonthHours, asked, by).where(*conditions))
    return union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()


def _time_of(table: type[CreditedSlice] | type[MonthHours], asked: Asked, by: By) -> Select[Any]:
    return select_rows(*key_columns(table, by, asked), col(table.grade), col(table.credited_ms))


def key_columns(table: Rows, by: By, asked: Asked) -> list[Any]:
    """What keys are made of, as columns of some rows."""
    found: list[Any] = []
    for name in columns_for(by):
        if name == "rank_day":
            # Of officers only, whose rows have both.
            of: Any = getattr(table, "day", None)
            day = rank_day(getattr(table, "officer_id", None), of, asked)
            found.append((of if "day" in columns_for(by) else day).label("rank_day"))
        else:
            found.append(col(getattr(table, name)))
    if GroupBy.FORCE in by:
        found.append(col(table.force_id))
    return found


def time_conditions(
    asked: Asked, table: OfOfficers, *, of_places: bool, days: Days | None = None
) -> list[ColumnElement[bool]]:
    """The gate and the filters. An area asked for is that of hotspots for `of_places`, else that of teams. `days` are a
    part of those asked for, both ends included."""
    owners = RowOwners(
        force_id=col(table.force_id),
        team_id=col(table.team_id),
        area_id=col(table.area_id),
        officer_id=col(table.officer_id) if asked.own else None,
    )
    found = [
        visible(asked.caller, asked.day, owners, asked.permission),
        col(table.day).between(*(days or days_of(*asked.period))),
        *_filters(asked, table, of_places=of_places),
        _told(asked, table),
    ]
    if asked.officer_ids is not None:
        found.append(col(table.officer_id).in_(asked.officer_ids))
    return found


def sum_conditions(
    asked: Asked, table: Summed, months: Iterable[Days], *, of_places: bool
) -> list[ColumnElement[bool]]:
    """The same for sums of months, which tell of no officer and hold nothing that is somebody's to see first."""
    owners = RowOwners(force_id=col(table.force_id), team_id=col(table.team_id), area_id=col(table.area_id))
    return [
        visible(asked.caller, asked.day, owners, asked.permission),
        *_filters(asked, table, of_places=of_places),
        col(table.month).in_(first_days(months)),
    ]


def _filters(asked: Asked, table: Rows, *, of_places: bool) -> list[ColumnElement[bool]]:
    wanted = asked.wanted
    found: list[ColumnElement[bool]] = []
    if wanted.hotspot_id is not None:
        found.append(col(table.hotspot_id) == wanted.hotspot_id)
    if wanted.team_id is not None:
        found.append(col(table.team_id) == wanted.team_id)
    if of_places:
        if of_hotspots := hotspots_asked(asked):
            found.append(col(table.hotspot_id).in_(select(Hotspot.id).where(*of_hotspots)))
    else:
        areas = [each for each in (wanted.area_id, asked.parent_id) if each is not None]
        found += [col(table.area_id).in_(below(area_id)) for area_id in areas]
        if table in (Visit, MonthVisits) and wanted.hotspot_kind is not None:
            found.append(
                col(table.hotspot_id).in_(select(Hotspot.id).where(Hotspot.kind == wanted.hotspot_kind))
            )
    return found


def _told(asked: Asked, table: OfOfficers) -> ColumnElement[bool]:
    """While a result is its officer's to see first, its hours are told to nobody else."""
    held = select_rows(col(OfficerFirst.patrol_id)).where(col(OfficerFirst.until_at) > asked.now)
    told = col(table.patrol_id).not_in(held)
    return or_(told, col(table.officer_id) == asked.caller.officer_id) if asked.own else told
