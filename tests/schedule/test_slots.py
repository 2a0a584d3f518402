"""Starts of a London day: the clock-change nights, allowed hours, hand-overs, and whole-number powers."""

from datetime import date

import pytest

from app.clock import LONDON, from_ms
from app.schedule.slots import PEAK, aligned, allowed_starts, london_day_slots, permitted_halves
from tests.schedule.draws import FLAT, span

EVERY = (True,) * 48


def local(day: date, slot: int) -> str:
    return from_ms(london_day_slots(day, 4).start_ms(slot)).astimezone(LONDON).strftime("%H:%M%z")


def test_an_ordinary_day_has_48_starts() -> None:
    day = london_day_slots(date(2026, 12, 1), 4)
    assert day.starts == 48
    assert day.halves[:3] == (48, 49, 50)  # Tuesday
    assert day.halves[-3:] == (96, 97, 98)  # the last start's window runs into Wednesday
    assert local(date(2026, 12, 1), 47) == "23:30+0000"


def test_the_night_the_clocks_go_forward_has_no_hour_from_one_to_two() -> None:
    day = london_day_slots(date(2026, 3, 29), 4)
    assert day.starts == 46
    hours = [half // 2 % 24 for half in day.halves[:6]]
    assert hours == [0, 0, 2, 2, 3, 3]
    assert [local(date(2026, 3, 29), slot) for slot in (1, 2)] == ["00:30+0000", "02:00+0100"]


def test_the_night_the_clocks_go_back_has_the_hour_twice() -> None:
    day = london_day_slots(date(2026, 10, 25), 4)
    assert day.starts == 50
    assert [half // 2 % 24 for half in day.halves[:8]] == [0, 0, 1, 1, 1, 1, 2, 2]
    assert [local(date(2026, 10, 25), slot) for slot in (2, 4)] == ["01:00+0100", "01:00+0000"]


def test_the_repeated_hour_weighs_twice() -> None:
    weights = tuple(1000 if hour == 6 * 24 + 1 else 0 for hour in range(168))
    autumn = allowed_starts(london_day_slots(date(2026, 10, 25), 4).halves, 4, EVERY, weights, 10)
    ordinary = allowed_starts(london_day_slots(date(2026, 10, 18), 4).halves, 4, EVERY, weights, 10)
    assert max(start.covered for start in autumn) == 4000
    assert max(start.covered for start in ordinary) == 2000


def test_a_window_the_evening_before_the_change_covers_real_hours() -> None:
    saturday = london_day_slots(date(2026, 3, 28), 4)
    # From 23:30 over the change: 23:30, 00:00, 00:30, and then 02:00.
    assert [half % 48 for half in saturday.halves[47:51]] == [47, 0, 1, 4]


def test_hours_may_cross_midnight_and_bound_the_whole_window() -> None:
    permitted = permitted_halves([span("18:00-02:00")], [])
    starts = allowed_starts(london_day_slots(date(2026, 12, 1), 4).halves, 4, permitted, FLAT, 10)
    told = [local(date(2026, 12, 1), start.slot)[:5] for start in starts]
    # Those after midnight are of this day's morning; the last before it ends at 01:30.
    assert told[0] == "00:00"
    assert told[1] == "18:00"
    assert told[-1] == "23:30"
    assert len(told) == 1 + 12


def test_no_window_touches_a_hand_over() -> None:
    permitted = permitted_halves([], [span("06:45-07:15")])
    starts = allowed_starts(london_day_slots(date(2026, 12, 1), 4).halves, 4, permitted, FLAT, 10)
    told = [local(date(2026, 12, 1), start.slot)[:5] for start in starts]
    assert "04:30" in told
    assert "07:30" in told
    # 05:00 would end at 07:00, and 07:00 would begin before 07:15.
    assert {"05:00", "05:30", "06:00", "06:30", "07:00"}.isdisjoint(told)


def test_where_nothing_weighs_anything_all_starts_are_alike() -> None:
    starts = allowed_starts(london_day_slots(date(2026, 12, 1), 4).halves, 4, EVERY, (0,) * 168, 10)
    assert {start.share for start in starts} == {1}


@pytest.mark.parametrize("tenths", [1, 3, 5, 7, 12, 15, 33])
def test_powers_in_tenths_are_those_of_real_numbers(tenths: int) -> None:
    for weight in (1, 7, 5952, 23_808, 999_999):
        assert aligned(weight, tenths) / 2**30 == pytest.approx(weight ** (tenths / 10), rel=1e-8)


def test_alignment_runs_from_uniform_to_the_weight() -> None:
    assert aligned(5, 0) == aligned(50, 0) == 1
    assert (aligned(5, 10), aligned(50, 10), aligned(50, PEAK)) == (5, 50, 50)
    assert aligned(0, 5) == 0
