"""Reads of visits by any grouping, from stored visits and, of months that are added up, from those united already.

What is looked up (the area above, the rank of the day) is looked up for a few rows of thousands of visits each; weeks,
months and quarters are told apart by the instants themselves.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, String, Subquery, cast, func, select as select_rows, union_all
from sqlmodel import Session, col

from app.clock import start_of_london_day, to_ms
from app.compliance.grouping import PERIODS, By, Visits, as_one, periods
from app.compliance.keys import columns_for, keyed, keys_of
from app.compliance.month_sums import OF_PATROLS, left_over, months_of_visits
from app.compliance.places import Asked, days_of, with_day_before
from app.compliance.presences import IntArray, VisitTimes, told_apart, united, visits_of
from app.compliance.queries import Key
from app.compliance.time_queries import Rows, key_columns, sum_conditions, time_conditions
from app.patrols.month_models import MonthVisits
from app.patrols.visit_models import Visit

_INSTANTS = ("entered_ms", "left_ms")


def visits_by(
    session: Session, asked: Asked, by: By, *, of_places: bool, together: Mapping[Key, Key]
) -> tuple[Mapping[Key, Visits], Visits]:
    """Visits and the gaps between them for each key of a grouping, and of all of it.

    What overlaps or touches in one hotspot under one key is one visit. A gap stands in the period of the visit after
    it. `together` names the keys that are told under another. What began on the day before is read as well, for those
    who joined it after midnight.
    """
    since_ms = to_ms(start_of_london_day(days_of(*asked.period)[0]))
    asked = with_day_before(asked)
    times = _times(session, asked, as_one(by), of_places=of_places)
    for number, each in enumerate(by):
        if each in PERIODS:
            told = periods(each, *days_of(*asked.period))
            begins = np.array([to_ms(start_of_london_day(one.first)) for one in told])
            times = told_apart(times, number, [one.code for one in told], begins)
    if together:
        times = [replace(one, key=together.get(one.key, one.key)) for one in times]
    story = [number for number, one in enumerate(by) if one not in PERIODS]
    found = united(times, lambda key: tuple(key[number] for number in story))
    # What began before is left out once it is united, so that who joins it at midnight makes no visit of the day after.
    in_all = visits_of(found.in_all().since(since_ms))
    return visits_of(found.since(since_ms)), in_all.get((), Visits())


def _times(session: Session, asked: Asked, by: By, *, of_places: bool) -> list[VisitTimes]:
    """Entries and exits by key and hotspot; some keys have several.

    They are read as text, thousands to a row: as rows of their own they would cost ten times as much.
    """
    each = _told(session, asked, by, of_places=of_places)
    # An officer's rank and kind are looked up for each of their visits, else they are looked up for the few rows left.
    last = "officer_id" not in each.c
    rows = each if last else keyed(each, by, asked, "day")
    together: list[ColumnElement[Any]] = [column for column in rows.c if column.key not in _INSTANTS]
    if not last:
        together = [*keys_of(rows, by), rows.c.hotspot_id]
    texts = [func.aggregate_strings(rows.c[name], ",").label(name) for name in _INSTANTS]
    found = select_rows(*together, *texts).group_by(*together).subquery()
    named = keyed(found, by, asked, "day") if last else found
    query = select_rows(named.c.hotspot_id, *(named.c[name] for name in _INSTANTS), *keys_of(named, by))
    return [
        VisitTimes(tuple(key), hotspot_id, _whole_numbers(entered), _whole_numbers(left))
        for hotspot_id, entered, left, *key in session.execute(query)
    ]


def _whole_numbers(text: str) -> IntArray:
    return np.fromstring(text, dtype=np.int64, sep=",")


def _told(session: Session, asked: Asked, by: By, *, of_places: bool) -> Subquery:
    """Visits with what keys are made of, their instants as text."""
    months = months_of_visits(session, asked, by)
    parts = []
    for days in left_over(*days_of(*asked.period), months):
        conditions = time_conditions(asked, Visit, of_places=of_places, days=days)
        parts.append(_visits_of(Visit, asked, by).where(*conditions))
    if months:
        conditions = sum_conditions(asked, MonthVisits, months, of_places=of_places)
        conditions.append(col(MonthVisits.of_patrols) == bool(OF_PATROLS.intersection(by)))
        parts.append(_visits_of(MonthVisits, asked, by).where(*conditions))
    return union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()


def _visits_of(table: Rows, asked: Asked, by: By) -> Select[Any]:
    columns = key_columns(table, by, asked)
    hotspot = [] if "hotspot_id" in columns_for(by) else [col(table.hotspot_id)]
    texts = [cast(col(getattr(table, name)), String).label(name) for name in _INSTANTS]
    return select_rows(*columns, *hotspot, *texts)
