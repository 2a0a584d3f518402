"""Weeks as a Monday meeting means them: ISO weeks by name, Monday to Sunday on London's clocks. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.clock import start_of_london_day

_WEEK = re.compile(r"(20\d\d)-W(\d\d)", re.ASCII)
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week, by its Monday: 2026-W10 begins on 2 March 2026."""

    monday: date

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=_DAYS - 1)

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From the start of Monday to the start of the next, half open: 168 hours, or one less or more where the clocks
        change. 2026-W13 is 2026-03-23T00:00Z to 2026-03-29T23:00Z."""
        return start_of_london_day(self.monday), start_of_london_day(self.monday + timedelta(days=_DAYS))

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    def before(self, weeks: int) -> "Week":
        """So many weeks earlier: two before 2026-W01 is 2025-W51."""
        return Week(self.monday - timedelta(days=_DAYS * weeks))

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"


def week_of(day: date) -> Week:
    """The week a London day lies in: 1 January 2027 is a Friday of 2026-W53."""
    return Week(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Week:
    """Reads `2026-W47`; ValueError for anything else, and for a week 53 in a year that has none."""
    found = _WEEK.fullmatch(text)
    if found is None:
        raise ValueError("must be an ISO week such as 2026-W47")
    return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
