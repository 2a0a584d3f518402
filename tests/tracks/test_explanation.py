"""Visits, the rhythm of reports, and the phone that was put down."""

import numpy as np
import pytest

from app.tracks.explanation import visits
from app.tracks.policy import Policy
from tests.tracks.scene import MINUTE, POLICY, assessed, patrol, together, track


def minutes(*stretches: tuple[float, float]) -> tuple[tuple[int, int], ...]:
    return tuple((round(start * MINUTE), round(end * MINUTE)) for start, end in stretches)


def test_a_short_step_out_does_not_end_a_visit() -> None:
    seen = visits(minutes((0, 4), (5, 10), (40, 42)), POLICY)
    assert seen.visits == minutes((0, 10))
    assert seen.longest_visit_ms == 10 * MINUTE
    assert seen.gaps_ms == ()
    assert (seen.first_entry_ms, seen.last_exit_ms) == (0, 42 * MINUTE)


@pytest.mark.parametrize(("minute", "count"), [(4.999, 0), (5, 1), (5.001, 1)])
def test_five_minutes_make_a_visit(minute: float, count: int) -> None:
    assert len(visits(minutes((0, minute)), POLICY).visits) == count


@pytest.mark.parametrize(("apart", "count"), [(1.999, 1), (2, 1), (2.001, 2)])
def test_two_minutes_apart_are_two_visits(apart: float, count: int) -> None:
    assert len(visits(minutes((0, 10), (10 + apart, 30)), POLICY).visits) == count


def test_gaps_lie_between_visits() -> None:
    assert visits(minutes((0, 10), (30, 45), (50, 60)), POLICY).gaps_ms == (20 * MINUTE, 5 * MINUTE)


def test_no_visit_has_no_entry() -> None:
    seen = visits((), POLICY)
    assert (seen.longest_visit_ms, seen.first_entry_ms, seen.last_exit_ms) == (0, None, None)


def test_the_rhythm_of_reports() -> None:
    fixes = together(
        track([60, 90, 120, 420, 420, 450, 5000], 0, accuracy=[5, 5, 900, 5, 5, 5, 5]),
        track([75], 0, device=1),
    )
    pings = assessed(fixes, patrol(10)).pings
    assert pings.count == 6
    assert pings.median_interval_ms == 30_000
    assert pings.longest_silence_ms == 330_000
    assert pings.accurate_per_thousand == 833


def test_no_reports_at_all() -> None:
    pings = assessed(track([9000], 0), patrol(10)).pings
    assert (pings.count, pings.median_interval_ms, pings.accurate_per_thousand) == (0, None, 0)
    assert pings.longest_silence_ms == 10 * MINUTE


@pytest.mark.parametrize(
    ("metres", "last", "every", "noted"),
    [(4.9, 600, 30, True), (5.1, 600, 30, False), (1, 599, 30, False), (1, 600, 120, False)],
)
def test_a_track_that_stays_in_a_square_of_five_metres(
    metres: float, last: int, every: int, noted: bool
) -> None:
    seconds = np.append(np.arange(0, last, every), last)
    x = np.where(np.arange(len(seconds)) % 2, metres, 0)
    flags = assessed(track(seconds, x), patrol(10), policy=Policy(max_gap_seconds=300)).flags
    assert ("static_track" in flags) is noted
