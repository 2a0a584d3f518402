"""Adds officers' hours and visits up by month, for questions about years. Derived: slices and visits alone say what is
so.

Whoever changes them says in the same transaction which days they are of. Months that are over and were changed are
added up again, whole, by a job, and of the running month each day that is over; what is asked meanwhile is read from
themselves. So an answer is right at any moment, and quick where nothing has changed for a while.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from sqlalchemy import BigInteger, ColumnElement, cast, delete, func, insert, or_, select
from sqlmodel import Session, col

from app.areas.kinds import AreaKind
from app.areas.models import Area
from app.clock import london_day
from app.database.turns import take_turn_if_free, take_turns
from app.patrols.models import CreditedSlice, Grade
from app.patrols.month_models import MonthAdded, MonthHours, MonthHoursDue, MonthShare, MonthVisits, SumOf
from app.patrols.month_shares import shares
from app.patrols.month_visits import united_visits

# What changes again and again is added up no more often.
RESTS_FOR = timedelta(minutes=10)
# So that the database is never kept waiting within a transaction.
_ROWS_AT_ONCE = 2_000
_SUM = cast(func.sum(col(CreditedSlice.credited_ms)), BigInteger)


class Stretch(NamedTuple):
    """Days of a force that are added up together: a month that is over, or a day of the running one."""

    force_id: UUID
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Its days, in order."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


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


def mark_due(session: Session, changed: Iterable[tuple[UUID, date]]) -> None:
    """Says that slices or visits of a force on a day were written or taken away, in the transaction that did it.

    Always a row of its own: one that stands already may be seen, and taken away, by who does not see this change yet.
    """
    rows = [{"id": uuid4(), "force_id": force_id, "day": day} for force_id, day in sorted(set(changed))]
    if rows:
        session.connection().execute(insert(MonthHoursDue), rows)


def to_add_up(session: Session, now: datetime, at_most: int) -> list[Stretch]:
    """Months that are over and days of the running one that were changed since they were added up, or never were; the
    latest first."""
    today = london_day(now)
    added = {
        Stretch(force_id, first, last): at
        for force_id, first, last, at in session.execute(
            select(
                col(MonthAdded.force_id),
                col(MonthAdded.month),
                col(MonthAdded.last_day),
                col(MonthAdded.added_at),
            )
        )
    }
    marked = session.execute(select(col(MonthHoursDue.force_id), col(MonthHoursDue.day)).distinct())
    changed = {_stretch(force_id, day, today) for force_id, day in marked if day < today}
    due = {each for each in changed if each not in added or added[each] <= now - RESTS_FOR}
    due |= set(_held(session, today)) - added.keys()
    return sorted(due, key=lambda each: (each.first, each.force_id), reverse=True)[:at_most]


def _stretch(force_id: UUID, day: date, today: date) -> Stretch:
    """What a day is added up with."""
    month = month_of(day)
    if month == month_of(today):
        return Stretch(force_id, day, day)
    return Stretch(force_id, month, next_month(month) - timedelta(days=1))


def _held(session: Session, today: date) -> Iterator[Stretch]:
    """All that is over from the first day with slices on, force by force."""
    first = (
        select(func.min(col(CreditedSlice.day)))
        .where(col(CreditedSlice.force_id) == col(Area.id))
        .scalar_subquery()
    )
    forces = select(col(Area.id), first).where(col(Area.kind) == AreaKind.FORCE)
    for force_id, day in session.execute(forces):
        at = day if day is not None else today
        while at < today:
            stretch = _stretch(force_id, at, today)
            yield stretch
            at = stretch.last + timedelta(days=1)


def turn_at(force_id: UUID, first: date) -> UUID:
    """The turn of whoever adds up a month or a day of it."""
    return uuid5(force_id, f"month-hours {month_of(first)}")


def hold(session: Session, force_id: UUID, first: date, last: date) -> None:
    """Keeps the sums of some days as they are until the transaction ends, for who writes down what they come to: while
    a month takes the place of its days, two statements could see different ones."""
    months, at = [], month_of(first)
    while at <= last:
        months.append(at)
        at = next_month(at)
    take_turns(session, [turn_at(force_id, month) for month in months])


def add_up(session: Session, stretch: Stretch, now: datetime) -> bool:
    """Writes the sums of a month, or of a day, anew; false where another is at it, which takes longer than a lock is
    waited for, or where the day's month has been added up by now.

    Marks go before slices are read, so that a change which is not seen here, or by that other, has its mark left.
    """
    force_id, first, last = stretch
    if not take_turn_if_free(session, turn_at(force_id, first)) or _lies_within_another(session, stretch):
        return False
    connection = session.connection()
    connection.execute(
        delete(MonthHoursDue).where(
            col(MonthHoursDue.force_id) == force_id, col(MonthHoursDue.day).between(first, last)
        )
    )
    for table in (MonthHours, MonthShare, MonthVisits, MonthAdded):
        # A month takes the place of its days.
        connection.execute(
            delete(table).where(col(table.force_id) == force_id, col(table.month).between(first, last))
        )
    rows = [*_in_any_hotspot(session, stretch), *_in_each_hotspot(session, stretch)]
    if rows:
        connection.execute(insert(MonthHours), rows)
    for some in batched(shares(session, force_id, first, _weeks(stretch)), _ROWS_AT_ONCE):
        connection.execute(insert(MonthShare), some)
    for some in batched(united_visits(session, force_id, stretch.days), _ROWS_AT_ONCE):
        connection.execute(insert(MonthVisits), some)
    connection.execute(insert(MonthAdded).values(force_id=force_id, month=first, last_day=last, added_at=now))
    return True


def _lies_within_another(session: Session, stretch: Stretch) -> bool:
    longer = select(col(MonthAdded.month)).where(
        col(MonthAdded.force_id) == stretch.force_id,
        col(MonthAdded.month) <= stretch.first,
        col(MonthAdded.last_day) >= stretch.last,
        or_(col(MonthAdded.month) < stretch.first, col(MonthAdded.last_day) > stretch.last),
    )
    return session.execute(longer).first() is not None


def _weeks(stretch: Stretch) -> dict[date, date]:
    """Which part of a week each day lies in, by its first day; a day by itself is its own."""
    return {day: max(part_of_week(day), stretch.first) for day in stretch.days}


def batched(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows in lists of so many, the last of what is left."""
    while some := list(islice(rows, size)):
        yield some


def _in_any_hotspot(session: Session, stretch: Stretch) -> Iterator[dict[str, Any]]:
    """The sums of all days and of weeks, from one read."""
    slices = CreditedSlice
    said = (col(slices.team_id), col(slices.area_id), col(slices.grade))
    more = (col(slices.programme), col(slices.operation), col(slices.funding))
    query = select(col(slices.day), *said, *more, _SUM).where(
        *_of_days(stretch), col(slices.hotspot_id).is_(None)
    )
    by_month: Counter[tuple[Any, ...]] = Counter()
    by_week: Counter[tuple[Any, ...]] = Counter()
    weeks = _weeks(stretch)
    for day, team_id, area_id, grade, *rest, ms in session.execute(
        query.group_by(col(slices.day), *said, *more)
    ):
        by_month[team_id, area_id, grade, *rest] += ms
        by_week[weeks[day], team_id, area_id, grade] += ms
    for (team_id, area_id, grade, *rest), ms in by_month.items():
        found = _row(stretch, SumOf.MONTH, team_id, area_id, grade, ms)
        yield found | dict(zip(("programme", "operation", "funding"), rest, strict=True))
    for (day, team_id, area_id, grade), ms in by_week.items():
        yield _row(stretch, SumOf.WEEK, team_id, area_id, grade, ms) | {"day": day}


def _in_each_hotspot(session: Session, stretch: Stretch) -> Iterator[dict[str, Any]]:
    slices = CreditedSlice
    said = (col(slices.team_id), col(slices.area_id), col(slices.grade), col(slices.hotspot_id))
    query = select(*said, _SUM).where(*_of_days(stretch), col(slices.hotspot_id).is_not(None))
    for team_id, area_id, grade, hotspot_id, ms in session.execute(query.group_by(*said)):
        yield _row(stretch, SumOf.HOTSPOT, team_id, area_id, grade, ms) | {"hotspot_id": hotspot_id}


def _of_days(stretch: Stretch) -> list[ColumnElement[bool]]:
    of_force = col(CreditedSlice.force_id) == stretch.force_id
    return [of_force, col(CreditedSlice.day).between(stretch.first, stretch.last)]


def _row(
    stretch: Stretch,
    sum_of: SumOf,
    team_id: UUID | None,
    area_id: UUID | None,
    grade: Grade,
    ms: int,
) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "force_id": stretch.force_id,
        "month": stretch.first,
        "sum_of": sum_of,
        "day": stretch.first,
        "team_id": team_id,
        "area_id": area_id,
        "hotspot_id": None,
        "programme": None,
        "operation": None,
        "funding": None,
        "grade": grade,
        "credited_ms": ms,
    }
