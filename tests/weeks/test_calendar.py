"""Weeks by name, on London's clocks."""

from datetime import date, timedelta

import pytest

from app.clock import rfc3339
from app.weeks.calendar import Week, parse_week, week_of


@pytest.mark.parametrize(
    ("name", "monday", "from_at", "to_at", "hours"),
    [
        ("2026-W10", date(2026, 3, 2), "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", 168),
        # The clocks go forward on its Sunday, and back.
        ("2026-W13", date(2026, 3, 23), "2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z", 167),
        ("2026-W43", date(2026, 10, 19), "2026-10-18T23:00:00Z", "2026-10-26T00:00:00Z", 169),
        ("2026-W01", date(2025, 12, 29), "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z", 168),
        ("2026-W53", date(2026, 12, 28), "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z", 168),
    ],
)
def test_from_monday_to_sunday(name: str, monday: date, from_at: str, to_at: str, hours: int) -> None:
    week = parse_week(name)
    assert (week.monday, str(week)) == (monday, name)
    begins, ends = week.period
    assert (rfc3339(begins), rfc3339(ends)) == (from_at, to_at)
    assert (ends - begins) == timedelta(hours=hours)
    assert week.number == int(name[-2:])


def test_every_day_lies_in_one_week_and_weeks_follow_each_other() -> None:
    day, end = date(2024, 12, 20), date(2027, 1, 15)
    while day < end:
        week = week_of(day)
        assert week.monday <= day <= week.sunday
        assert parse_week(str(week)) == week == week_of(week.sunday)
        assert week.before(-1).period[0] == week.period[1]
        day += timedelta(days=1)
    assert Week(date(2026, 1, 5)).before(1) == parse_week("2026-W01")


@pytest.mark.parametrize("text", ["2026-W00", "2026-W54", "2025-W53", "2026W10", "2026-w10", "1999-W10", ""])
def test_no_week(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_week(text)
