"""Quiet hours and digests by London's clock, over midnight and over both changes of the clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from app.clock import LONDON
from app.telling.timing import DAY_MINUTES, after_quiet, digest_day

NIGHT = (22 * 60, 6 * 60 + 30)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-02T21:59", "2026-03-02T21:59"),
        ("2026-03-02T22:00", "2026-03-03T06:30"),
        ("2026-03-03T00:00", "2026-03-03T06:30"),
        ("2026-03-03T06:29", "2026-03-03T06:30"),
        ("2026-03-03T06:30", "2026-03-03T06:30"),
        # The nights in which clocks go forward and back.
        ("2026-03-28T23:00", "2026-03-29T06:30"),
        ("2026-10-24T23:00", "2026-10-25T06:30"),
        ("2026-10-25T01:30", "2026-10-25T06:30"),
    ],
)
def test_a_night_without_messages(at: str, told: str) -> None:
    assert after_quiet(london(at), *NIGHT) == london(told)


def test_quiet_at_midday() -> None:
    hours = (12 * 60, 13 * 60)
    assert after_quiet(london("2026-06-01T12:30"), *hours) == london("2026-06-01T13:00")
    for open_time in ("2026-06-01T11:59", "2026-06-01T13:00", "2026-06-01T23:00"):
        assert after_quiet(london(open_time), *hours) == london(open_time)


@given(
    st.integers(0, 2 * 366 * DAY_MINUTES), st.integers(0, DAY_MINUTES - 1), st.integers(0, DAY_MINUTES - 1)
)
def test_nobody_waits_longer_than_a_day_and_nobody_is_told_in_quiet_hours(
    minutes: int, quiet_from: int, quiet_until: int
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    told = after_quiet(now, quiet_from, quiet_until)
    assert now <= told <= now + timedelta(hours=25)
    assert after_quiet(now, None, None) == now == after_quiet(now, quiet_from, quiet_from)
    local = told.astimezone(LONDON)
    minute = local.hour * 60 + local.minute
    if quiet_from < quiet_until:
        # An end that the spring clock leaves out is an hour later by the wall.
        assert not quiet_from <= minute < quiet_until or told == now


def test_a_digest_is_due_from_its_time_until_midnight() -> None:
    seven = 7 * 60
    assert digest_day(london("2026-06-01T06:59"), seven) is None
    assert digest_day(london("2026-06-01T07:00"), seven) == date(2026, 6, 1)
    assert digest_day(london("2026-06-01T23:59"), seven) == date(2026, 6, 1)
    assert digest_day(london("2026-06-02T00:00"), seven) is None
