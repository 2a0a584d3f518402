"""Reads of officers' time by rank or kind of person, with how many officers stand behind each.

Nearly everybody holds one rank throughout what is asked for: their time is added up officer by officer, in the order an
index has it, and their rank looked up once. Only those whose rank changed, or who have none, are told apart by the day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Select, String, case, cast, func, or_, select as select_rows, type_coerce
from sqlmodel import Session, col

from app.compliance import time_queries
from app.compliance.grouping import By, GroupBy
from app.compliance.places import Asked, Place, days_of, hours_tellable
from app.compliance.queries import Key
from app.compliance.time_queries import time_conditions
from app.identity.models import Officer, RankHeld
from app.patrols.models import CreditedSlice, Grade


@dataclass(frozen=True, slots=True)
class PeoplesTime:
    """By key their time in milliseconds by grade, and how many officers it is of."""

    time: Mapping[Key, Sequence[tuple[str, int]]]
    officers: Mapping[Key, int]


def time_of_people(session: Session, asked: Asked, by: By) -> PeoplesTime | None:
    """Time by rank, by kind, or by both; None for other groupings, and where time cannot be told by them."""
    if not by or not {GroupBy.RANK, GroupBy.KIND}.issuperset(by):
        return None
    if not hours_tellable(Place.TEAM, asked.wanted):
        return None
    time: defaultdict[Key, list[tuple[str, int]]] = defaultdict(list)
    officers: defaultdict[Key, int] = defaultdict(int)
    for row in session.execute(_of_one_rank(asked, by)).all():
        key = tuple(row[: len(by)])
        count, *sums = row[len(by) :]
        officers[key] += count
        time[key] += [(grade.value, ms) for grade, ms in zip(Grade, sums, strict=True) if ms]
    others = tuple(session.execute(_others(asked)).scalars())
    if others:
        of_others = replace(asked, officer_ids=others)
        for key, each in time_queries.officer_time_by(session, of_others, by).items():
            time[key] += each
        for key, count in time_queries.officers_behind(session, of_others, by).items():
            officers[key] += count
    return PeoplesTime(dict(time), dict(officers))


def _throughout(asked: Asked) -> Select[Any]:
    """Who holds one rank on all days asked for."""
    first, last = days_of(*asked.period)
    return select_rows(col(RankHeld.officer_id)).where(
        col(RankHeld.valid_from) <= first,
        or_(col(RankHeld.valid_to).is_(None), col(RankHeld.valid_to) > last),
    )


def _others(asked: Asked) -> Select[Any]:
    return select_rows(col(Officer.id)).where(
        col(Officer.force_id) == asked.caller.force_id, col(Officer.id).not_in(_throughout(asked))
    )


def _of_one_rank(asked: Asked, by: By) -> Select[*tuple[Any, ...]]:
    officer_id, grade, ms = col(CreditedSlice.officer_id), col(CreditedSlice.grade), CreditedSlice.credited_ms
    conditions = time_conditions(asked, CreditedSlice, of_places=False)
    if asked.wanted.hotspot_id is None:
        conditions.append(col(CreditedSlice.hotspot_id).is_(None))
    each = (
        select_rows(
            officer_id, *(func.sum(case((grade == one, col(ms)), else_=0)).label(one.value) for one in Grade)
        )
        .where(officer_id.in_(_throughout(asked)), *conditions)
        .group_by(officer_id)
        .subquery()
    )
    held = _throughout(asked).with_only_columns(col(RankHeld.officer_id), col(RankHeld.rank)).subquery()
    said = {
        GroupBy.RANK: type_coerce(held.c.rank, String),
        GroupBy.KIND: type_coerce(col(Officer.kind), String),
    }
    keys = [said[one] for one in by]
    sums = [cast(func.sum(each.c[one.value]), BigInteger) for one in Grade]
    return (
        select_rows(*keys, func.count(), *sums)
        .select_from(each)
        .join(held, held.c.officer_id == each.c.officer_id)
        .join(Officer, col(Officer.id) == each.c.officer_id)
        .group_by(*keys)
    )
