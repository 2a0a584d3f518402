"""Times as they stand on London's clocks, on paper and in files."""

from datetime import UTC, date, datetime

import pytest

from app.schedule.local_times import changes_clocks, day_bounds, in_words, local_rfc3339, local_span, stamp


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "told"),
    [
        ("2026-03-02T19:00", "2026-03-02T21:00", "19:00–21:00"),
        ("2026-06-02T19:00", "2026-06-02T21:00", "20:00–22:00"),
        ("2026-03-02T23:30", "2026-03-03T01:30", "23:30–01:30 (Tue)"),
        ("2026-03-29T00:30", "2026-03-29T02:30", "00:30 GMT–03:30 BST"),
        ("2026-03-28T23:30", "2026-03-29T01:30", "23:30 GMT–02:30 BST (Sun)"),
        ("2026-03-29T18:00", "2026-03-29T20:00", "19:00 BST–21:00 BST"),
        ("2026-10-24T23:30", "2026-10-25T01:30", "00:30 BST–01:30 GMT"),
        ("2026-10-25T00:30", "2026-10-25T02:30", "01:30 BST–02:30 GMT"),
    ],
)
def test_a_windows_time(starts_at: str, ends_at: str, told: str) -> None:
    assert local_span(utc(starts_at), utc(ends_at)) == told


def test_days() -> None:
    assert [day for day in range(28, 32) if changes_clocks(date(2026, 3, day))] == [29]
    assert [day for day in range(24, 27) if changes_clocks(date(2026, 10, day))] == [25]
    assert day_bounds(date(2026, 3, 29)) == (utc("2026-03-29T00:00"), utc("2026-03-29T23:00"))
    assert day_bounds(date(2026, 10, 25)) == (utc("2026-10-24T23:00"), utc("2026-10-26T00:00"))
    assert in_words(date(2026, 3, 2)) == "Monday 2 March 2026"
    assert stamp(utc("2026-06-30T23:30")) == "Wed 1 Jul 2026 00:30"
    assert local_rfc3339(utc("2026-06-01T18:00")) == "2026-06-01T19:00:00+01:00"
