"""Adds officers' hours and visits up by month, for questions about years. Derived: slices and visits alone say what is
so.

Whoever changes them says in the same transaction which months they are of. Months that are over and were changed are
added up again, whole, by a job; what is asked meanwhile is read from themselves. So an answer is right at any moment,
and quick where nothing has changed for a while.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, insert, select
from sqlmodel import Session, col

from app.areas.kinds import AreaKind
from app.areas.models import Area
from app.clock import london_day
from app.database.turns import take_turn_if_free
from app.patrols.models import CreditedSlice, Grade
from app.patrols.month_models import MonthAdded, MonthHours, MonthHoursDue, MonthShare, MonthVisits, SumOf
from app.patrols.month_shares import shares
from app.patrols.month_visits import united_visits

# A month that changes again and again is added up no more often.
RESTS_FOR = timedelta(minutes=10)
# So that the database is never kept waiting within a transaction.
_ROWS_AT_ONCE = 2_000
_SUM = cast(func.sum(col(CreditedSlice.credited_ms)), BigInteger)
Month = tuple[UUID, date]


def month_of(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first of the month after it."""
    return month_of(month + timedelta(days=31))


def part_of_week(day: date) -> date:
    """The first day of the ISO week's part that lies in the same month: of 1 and 3 March 2026, a Sunday and a Tuesday,
    the 1st and the 2nd."""
    return max(day - timedelta(days=day.weekday()), month_of(day))


def days_of(month: date) -> list[date]:
    """Its days, in order."""
    return [month + timedelta(days=number) for number in range((next_month(month) - month).days)]


def mark_due(session: Session, changed: Iterable[tuple[UUID, date]]) -> None:
    """Says that slices or visits of a force on a day were written or taken away, in the transaction that did it.

    Always a row of its own: one that stands already may be seen, and taken away, by who does not see this change yet.
    """
    months = {(force_id, month_of(day)) for force_id, day in changed}
    if months:
        rows = [{"id": uuid4(), "force_id": force_id, "month": month} for force_id, month in sorted(months)]
        session.connection().execute(insert(MonthHoursDue), rows)


def months_to_add_up(session: Session, now: datetime, at_most: int) -> list[Month]:
    """Months that are over and were changed since they were added up, or never were; the latest first."""
    this_month = month_of(london_day(now))
    added = {
        (force_id, month): at
        for force_id, month, at in session.execute(
            select(col(MonthAdded.force_id), col(MonthAdded.month), col(MonthAdded.added_at))
        )
    }
    marked = session.execute(select(col(MonthHoursDue.force_id), col(MonthHoursDue.month)).distinct())
    due: set[Month] = {
        (force_id, month)
        for force_id, month in marked
        if (force_id, month) not in added or added[force_id, month] <= now - RESTS_FOR
    }
    due |= set(_held(session, this_month)) - added.keys()
    over = [each for each in due if each[1] < this_month]
    return sorted(over, key=lambda each: (each[1], each[0]), reverse=True)[:at_most]


def _held(session: Session, before: date) -> Iterator[Month]:
    """All months from the first with slices on, force by force."""
    first = (
        select(func.min(col(CreditedSlice.day)))
        .where(col(CreditedSlice.force_id) == col(Area.id))
        .scalar_subquery()
    )
    forces = select(col(Area.id), first).where(col(Area.kind) == AreaKind.FORCE)
    for force_id, day in session.execute(forces):
        month = month_of(day) if day is not None else before
        while month < before:
            yield force_id, month
            month = next_month(month)


def turn_at(force_id: UUID, month: date) -> UUID:
    """The turn of whoever adds up a month."""
    return uuid5(force_id, f"month-hours {month}")


def add_up(session: Session, force_id: UUID, month: date, now: datetime) -> bool:
    """Writes the sums of one month anew; false where another is at it, which takes longer than a lock is waited for.

    Marks go before slices are read, so that a change which is not seen here, or by that other, has its mark left.
    """
    if not take_turn_if_free(session, turn_at(force_id, month)):
        return False
    connection = session.connection()
    for table in (MonthHoursDue, MonthHours, MonthShare, MonthVisits, MonthAdded):
        connection.execute(delete(table).where(col(table.force_id) == force_id, col(table.month) == month))
    rows = [*_in_any_hotspot(session, force_id, month), *_in_each_hotspot(session, force_id, month)]
    if rows:
        connection.execute(insert(MonthHours), rows)
    days = days_of(month)
    weeks = {day: part_of_week(day) for day in days}
    for some in batched(shares(session, force_id, month, weeks), _ROWS_AT_ONCE):
        connection.execute(insert(MonthShare), some)
    for some in batched(united_visits(session, force_id, month, days), _ROWS_AT_ONCE):
        connection.execute(insert(MonthVisits), some)
    connection.execute(insert(MonthAdded).values(force_id=force_id, month=month, added_at=now))
    return True


def batched(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows in lists of so many, the last of what is left."""
    while some := list(islice(rows, size)):
        yield some


def _in_any_hotspot(session: Session, force_id: UUID, month: date) -> Iterator[dict[str, Any]]:
    """The sums of the month and of its weeks, from one read."""
    slices = CreditedSlice
    said = (col(slices.team_id), col(slices.area_id), col(slices.grade))
    more = (col(slices.programme), col(slices.operation), col(slices.funding))
    query = select(col(slices.day), *said, *more, _SUM).where(
        *_of_month(force_id, month), col(slices.hotspot_id).is_(None)
    )
    by_month: Counter[tuple[Any, ...]] = Counter()
    by_week: Counter[tuple[Any, ...]] = Counter()
    for day, team_id, area_id, grade, *rest, ms in session.execute(
        query.group_by(col(slices.day), *said, *more)
    ):
        by_month[team_id, area_id, grade, *rest] += ms
        by_week[part_of_week(day), team_id, area_id, grade] += ms
    for (team_id, area_id, grade, *rest), ms in by_month.items():
        found = _row(force_id, month, SumOf.MONTH, team_id, area_id, grade, ms)
        yield found | dict(zip(("programme", "operation", "funding"), rest, strict=True))
    for (day, team_id, area_id, grade), ms in by_week.items():
        yield _row(force_id, month, SumOf.WEEK, team_id, area_id, grade, ms) | {"day": day}


def _in_each_hotspot(session: Session, force_id: UUID, month: date) -> Iterator[dict[str, Any]]:
    slices = CreditedSlice
    said = (col(slices.team_id), col(slices.area_id), col(slices.grade), col(slices.hotspot_id))
    query = select(*said, _SUM).where(*_of_month(force_id, month), col(slices.hotspot_id).is_not(None))
    for team_id, area_id, grade, hotspot_id, ms in session.execute(query.group_by(*said)):
        yield _row(force_id, month, SumOf.HOTSPOT, team_id, area_id, grade, ms) | {"hotspot_id": hotspot_id}


def _of_month(force_id: UUID, month: date) -> list[ColumnElement[bool]]:
    day = col(CreditedSlice.day)
    return [col(CreditedSlice.force_id) == force_id, day >= month, day < next_month(month)]


def _row(
    force_id: UUID,
    month: date,
    sum_of: SumOf,
    team_id: UUID | None,
    area_id: UUID | None,
    grade: Grade,
    ms: int,
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "force_id": force_id,
        "month": month,
        "sum_of": sum_of,
        "day": month,
        "team_id": team_id,
        "area_id": area_id,
        "hotspot_id": None,
        "programme": None,
        "operation": None,
        "funding": None,
        "grade": grade,
        "credited_ms": ms,
    }
