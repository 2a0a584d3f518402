"""Weeks, months and quarters of London's calendar, by which things are added up. Pure.

Weeks are ISO weeks, Monday to Sunday; quarters begin in January, April, July and October, which are those of the
financial year, too.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

# Twenty years of months, eleven of weeks: beyond it an answer is no use to anybody.
MOST_PERIODS = 600


class PeriodKind(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month or quarter: its code (`2026-W53`), its words, its first London day and the first of the next."""

    code: str
    name: str
    first: date
    after: date


@lru_cache(64)
def periods(kind: PeriodKind, first: date, last: date) -> tuple[Period, ...]:
    """The weeks, months or quarters that hold some London days, both ends included, in order.

    Weeks from 31 December 2026 to 4 January 2027: 2026-W53 (28 December to 3 January) and 2027-W01. Raises ValueError
    for more than `MOST_PERIODS`.
    """
    found: list[Period] = []
    start = _start(kind, first)
    while start <= last:
        if len(found) == MOST_PERIODS:
            raise ValueError("too many periods")
        after = _start(kind, start + timedelta(days=_SURELY_IN_THE_NEXT[kind]))
        found.append(Period(*_called(kind, start), start, after))
        start = after
    return tuple(found)


_SURELY_IN_THE_NEXT = {PeriodKind.WEEK: 7, PeriodKind.MONTH: 31, PeriodKind.QUARTER: 92}


def _start(kind: PeriodKind, day: date) -> date:
    if kind is PeriodKind.WEEK:
        return day - timedelta(days=day.weekday())
    if kind is PeriodKind.MONTH:
        return day.replace(day=1)
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def _called(kind: PeriodKind, start: date) -> tuple[str, str]:
    if kind is PeriodKind.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}", f"week from {start.day} {start:%B %Y}"
    if kind is PeriodKind.MONTH:
        return f"{start:%Y-%m}", f"{start:%B %Y}"
    ends = date(start.year, start.month + 2, 1)
    return f"{start.year}-Q{start.month // 3 + 1}", f"{start:%B} to {ends:%B %Y}"
