"""Periods, pro rata and pace, by London days and from the whole figure."""

from datetime import date

import pytest

from app.returns.counting import Line, OwnTime, possible_overlap_ms
from app.returns.layouts import Layout, read_columns, shown, untold
from app.returns.periods import HOUR_MS, Cadence, Span, due_by, due_in, periods, progress
from app.returns.slicing import day_span, shared_out, sliced
from tests.conftest import named

YEAR = Span(date(2026, 4, 1), date(2027, 3, 31))
TARGET = 33_323 * HOUR_MS


def test_quarters_are_pro_rata_of_the_year_and_add_up_to_it() -> None:
    quarters = periods(YEAR, Cadence.QUARTER)
    assert [each.key for each in quarters] == ["2026-04", "2026-07", "2026-10", "2027-01"]
    assert [each.days for each in quarters] == [91, 92, 92, 90]
    due = [due_in(TARGET, YEAR, each) for each in quarters]
    assert sum(due) == TARGET
    assert [round(each / HOUR_MS, 1) for each in due] == [8307.9, 8399.2, 8399.2, 8216.6]
    assert sum(due_in(TARGET, YEAR, each) for each in periods(YEAR, Cadence.MONTH)) == TARGET


def test_a_leap_year_has_a_day_more() -> None:
    leap = Span(date(2027, 4, 1), date(2028, 3, 31))
    assert (leap.days, periods(leap, Cadence.MONTH)[-2].days) == (366, 29)
    assert due_by(366, leap, date(2028, 2, 29)) == 335


def test_a_scheme_may_begin_and_end_within_a_month() -> None:
    cut = periods(Span(date(2026, 5, 20), date(2026, 8, 3)), Cadence.QUARTER)
    assert cut == [Span(date(2026, 5, 20), date(2026, 7, 31)), Span(date(2026, 8, 1), date(2026, 8, 3))]


@pytest.mark.parametrize(
    ("day", "due"), [("2026-03-31", 0), ("2026-04-01", 1), ("2027-03-31", 365), ("2028-01-01", 365)]
)
def test_nothing_is_due_before_and_no_more_after(day: str, due: int) -> None:
    assert due_by(365, YEAR, date.fromisoformat(day)) == due


def test_pace_and_what_is_needed() -> None:
    ten = Span(date(2026, 4, 1), date(2026, 4, 10))
    made = progress(100, ten, date(2026, 4, 4), 30, 16, 2)
    assert (made.due_ms, made.ahead_ms, made.rate_ms, made.forecast_ms, made.needed_ms) == (
        40,
        -10,
        8,
        78,
        12,
    )
    over = progress(100, ten, date(2026, 4, 10), 99, 16, 2)
    assert (over.days_left, over.forecast_ms, over.needed_ms) == (0, 99, None)


def test_days_of_the_clock_change() -> None:
    lasts = [
        end - start for start, end in map(day_span, (date(2026, 3, 29), date(2026, 10, 25), date(2026, 5, 1)))
    ]
    assert lasts == [23 * HOUR_MS, 25 * HOUR_MS, 24 * HOUR_MS]


def test_a_record_is_shared_out_over_its_days_and_stays_whole() -> None:
    assert shared_out(10, [1, 2]) == [3, 7]
    start, _ = day_span(date(2026, 5, 2))
    days = sliced(date(2026, 5, 1), (start - HOUR_MS, start + 2 * HOUR_MS), 7, 3, None)
    assert [(each.day.day, each.patrol_ms, each.recorded_ms) for each in days] == [(1, 2, 6), (2, 5, 15)]


def test_as_many_persons_as_both_have() -> None:
    own = [OwnTime(named("a"), named("p"), [(0, 60)]), OwnTime(named("b"), named("p"), [(30, 90)])]
    assert possible_overlap_ms(1, 1_000, [(0, 100)], own) == 90
    assert possible_overlap_ms(2, 1_000, [(0, 100)], own) == 120
    assert possible_overlap_ms(2, 50, [(0, 100)], own) == 50


def test_hours_are_floored_once_from_exact_time() -> None:
    told = [str(shown(ms, "hours", 1)) for ms in (5_399_999, 5_400_000, -180_000, -540_000)]
    assert told == ["1.4", "1.5", "0.0", "-0.1"]
    assert str(shown(119_999, "minutes", 0)) == "1"


@pytest.mark.parametrize(
    "text", ["", "a|b", "A|at_least|text|0", "A|lpa_name|hours|0", "A|at_most|hours|9", "|at_most|hours|1"]
)
def test_layouts_that_cannot_be_written_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"column|decimals"):
        read_columns(text)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([], None),
        ([(3, 3)], "3.00 hours came, 0.00 went."),
        # From one LPA to another; and what may count alone.
        ([(3, 3), (-3, -3)], "3.00 hours came, 3.00 went."),
        ([(0, 2), (0, -0.5)], "at least 0.00 hours came, 0.00 went; at most 2.00 came, 0.50 went."),
        ([(1, 0)], "at least 1.00 hours came, 0.00 went; at most 0.00 came, 0.00 went."),
    ],
)
def test_what_came_to_closed_periods_and_what_went_is_told_where_no_column_does(
    changes: list[tuple[float, float]], told: str | None
) -> None:
    def line(least: float, most: float, **of: bool) -> Line:
        said = {"visible": True, "adjustment": True} | of
        return Line(said, round(least * HOUR_MS), round(most * HOUR_MS))

    bare = Layout(tuple(read_columns("Hours|at_least|hours|2")), (), ())
    others = [line(5, 5, adjustment=False), line(7, 7, visible=False)]
    words = f"Changes to closed periods stand in no column: {told}" if told else None
    assert untold(bare, [*others, *(line(*each) for each in changes)]) == words
    telling = Layout(tuple(read_columns("Later|adjustment|hours|2")), (), ())
    assert untold(telling, [line(*each) for each in changes]) is None
