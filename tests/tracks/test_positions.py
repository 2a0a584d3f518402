"""Where somebody was at an instant by their track, and how sure that is."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.geo.plane import LocalPlane
from app.tracks.facts import PatrolFacts
from app.tracks.fixes import Fixes, label
from app.tracks.policy import Policy
from app.tracks.positions import Position, Track, position_at, tracks_of

LON, LAT = -1.8948, 52.4832
PLANE = LocalPlane.at(LON, LAT)
NEAR = 120_000


def track(*fixes: tuple[float, float], accuracy: float = 8.0, joined: bool = True) -> Track:
    """Fixes at some seconds, so many metres east of a point."""
    seconds, metres = np.array([each[0] for each in fixes]), np.array([each[1] for each in fixes])
    lon, lat = PLANE.to_lonlat(metres, np.zeros(len(fixes)))
    return Track(
        (seconds * 1000).astype(np.int64), lon, lat, np.full(len(fixes), accuracy),
        np.full(max(len(fixes) - 1, 0), joined),
    )  # fmt: skip


def at(seconds: float, *tracks: Track) -> tuple[float, float] | None:
    """Metres east and uncertainty, to the decimetre."""
    found = position_at(tracks, round(seconds * 1000), NEAR)
    return None if found is None else (_east(found), round(found.uncertainty_m, 1))


def _east(position: Position) -> float:
    x, _ = PLANE.to_xy(np.array([position.lon]), np.array([position.lat]))
    return round(float(x[0]), 1)


WALK = track((0, 0), (30, 30))


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (0, (0, 8)), (30, (30, 8)), (15, (15, 30.5)), (10, (10, 23)), (20, (20, 23)),
        # Before the first and after the last: the nearest, less sure by the second.
        (-60, (0, 98)), (90, (30, 98)), (150, (30, 188)), (150.001, None), (-120, (0, 188)), (-120.001, None),
    ],
)  # fmt: skip
def test_on_foot(seconds: float, found: tuple[float, float] | None) -> None:
    assert at(seconds, WALK) == found


def test_by_car_one_may_have_gone_further_about() -> None:
    assert at(15, track((0, 0), (30, 300))) == (150, 158)


@pytest.mark.parametrize(("seconds", "found"), [(59, (0, 96.5)), (100, (0, 158)), (121, (500, 188))])
def test_over_a_long_silence_the_nearest_stands_and_nothing_is_drawn_between(
    seconds: float, found: tuple[float, float]
) -> None:
    assert at(seconds, track((0, 0), (241, 500))) == found


def test_in_the_middle_of_a_longer_silence_nobody_knows() -> None:
    silence = track((0, 0), (600, 100))
    assert at(300, silence) is None
    assert at(120, silence) == (0, 188)
    assert at(121, silence) is None
    assert at(480, silence) == (100, 188)


def test_two_minutes_apart_is_near_enough_and_a_millisecond_more_is_not() -> None:
    assert at(60, track((0, 0), (120, 12))) == (6, 98)
    assert at(59, track((0, 0), (120.001, 12))) == (0, 96.5)


def test_nothing_is_drawn_over_a_step_that_speed_does_not_allow() -> None:
    assert at(10, track((0, 0), (30, 900), joined=False)) == (0, 23)


def test_of_two_phones_the_surer() -> None:
    poor, good = track((0, 0), (30, 0), accuracy=40), track((0, 20), (30, 20), accuracy=5)
    assert at(0, poor, good) == at(0, good, poor) == (20, 5)
    assert at(60, track((0, 0)), track((59, 70), accuracy=50)) == (70, 51.5)


def test_no_track_and_an_empty_one_are_nowhere() -> None:
    assert position_at([], 0, NEAR) is None
    assert at(0, track()) is None
    assert at(5, track((0, 7))) == (7, 15.5)


def test_only_used_fixes_tell_and_one_without_accuracy_is_as_bad_as_the_worst_used() -> None:
    seconds = np.arange(0, 300, 30)
    count = len(seconds)
    accuracy = np.full(count, 8.0)
    accuracy[2], accuracy[4] = np.nan, 300.0
    mock = np.zeros(count, dtype=bool)
    mock[6] = True
    zeros = np.zeros(count, dtype=np.int64)
    fixes = Fixes(
        seconds * 1000, np.full(count, LON), np.full(count, LAT), accuracy, mock, zeros, zeros,
        np.full(count, 400_000),
    )  # fmt: skip
    policy = Policy()
    labelled = label(fixes, PatrolFacts(0, 300_000, "FOOT"), policy)
    [found] = tracks_of(fixes, labelled, policy.accuracy_limit_m)
    assert found.time_ms.tolist() == [each * 1000 for each in seconds.tolist() if each not in (120, 180)]
    assert found.accuracy_m[2] == 50
    assert at(60, found) == (0, 50)
    # Between the fixes before and after the one that is not used.
    assert at(120, found) == (0, 53)


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.floats(-500, 500)),
        min_size=1,
        max_size=20,
        unique_by=lambda each: each[0],
    ),
    st.integers(-200, 1100),
)
def test_it_lies_between_its_neighbours_and_is_never_surer_than_a_fix(
    fixes: list[tuple[int, float]], seconds: int
) -> None:
    fixes = sorted(fixes)
    found = at(seconds, track(*fixes))
    nearest = min(abs(each[0] - seconds) for each in fixes)
    assert (found is None) == (nearest > 120)
    if found is not None:
        around = [east for second, east in fixes if abs(second - seconds) <= 120]
        assert min(around) - 0.1 <= found[0] <= max(around) + 0.1
        assert found[1] >= round(8 + 1.5 * nearest, 1)
