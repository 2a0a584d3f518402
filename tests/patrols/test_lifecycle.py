"""When a forgotten patrol is closed, and what a phone tells of the future."""

from datetime import UTC, datetime, timedelta

import pytest

from app.patrols.lifecycle import due_for_closing, lies_ahead

START = datetime(2026, 3, 2, 19, tzinfo=UTC)
GRACE = timedelta(minutes=30)


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("window_ends", "last_fix", "ends"),
    [
        (120, 90, 150),  # half an hour after the window
        (120, 140, 170),  # the phone went on past the window
        (None, 90, 120),  # no window: after the last fix
        (None, None, 30),  # no fix at all: after the check-in
        (120, None, 150),
    ],
)
def test_half_an_hour_after_the_last_that_is_known(
    window_ends: float | None, last_fix: float | None, ends: float
) -> None:
    window = minutes(window_ends) if window_ends is not None else None
    last = minutes(last_fix) if last_fix is not None else None
    assert due_for_closing(START, window, last, minutes(ends)) == minutes(ends)
    assert due_for_closing(START, window, last, minutes(ends) - timedelta(milliseconds=1)) is None


@pytest.mark.parametrize(
    ("said", "skew_minutes", "ahead"),
    [
        (1, None, False),  # a minute is left to clocks
        (2, None, True),
        (10, -10, False),  # ten minutes fast, and says so
        (12, -10, True),
        (0, 10, True),  # slow, and yet not late
        (-10, 10, False),
    ],
)
def test_rule_03_what_would_be_to_come_by_the_phones_corrected_clock_is_ahead(
    said: float, skew_minutes: int | None, ahead: bool
) -> None:
    skew_ms = skew_minutes * 60_000 if skew_minutes is not None else None
    assert lies_ahead(minutes(said), skew_ms, START) is ahead
