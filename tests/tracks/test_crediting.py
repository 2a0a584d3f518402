"""Time by grade: gaps, anchors, crossings, silences, several devices; each threshold below, at and above."""

import numpy as np
import pytest
from shapely import MultiPolygon, Polygon, box

from app.tracks.policy import Policy
from tests.tracks.scene import HOUR, START, patrol, result, seconds_by_grade, together, track


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(119.999, (120, 0, 0, 0)), (120, (120, 0, 0, 0)), (120.001, (0, 120, 0, 0))],
)
def test_two_fixes_vouch_for_two_minutes_between_them(gap: float, expected: tuple[float, ...]) -> None:
    verified, probable, unverified, outside = seconds_by_grade(track([0, gap], 0), patrol(gap / 60))
    assert (verified, probable, unverified, outside) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize(("gap", "probable"), [(599.999, 599.999), (600, 600), (600.001, 0)])
def test_a_silence_of_ten_minutes_is_probable(gap: float, probable: float) -> None:
    assert seconds_by_grade(track([0, gap], 0), patrol(gap / 60))[1] == pytest.approx(probable)


@pytest.mark.parametrize(("apart", "probable"), [(59.9, 300), (60.1, 0)])
def test_the_ends_of_a_probable_silence_lie_near_each_other(apart: float, probable: float) -> None:
    """50 m and both accuracies of 5 m."""
    assert seconds_by_grade(track([0, 300], [0, apart]), patrol(5))[1] == probable


def test_a_silence_with_an_end_outside_is_unverified() -> None:
    assert seconds_by_grade(track([0, 300], [180, 230]), patrol(5)) == (0, 0, 300, 0)


def test_before_the_first_and_after_the_last_fix_nothing_is_known() -> None:
    assert seconds_by_grade(track([60, 120], 0), patrol(10)) == (60, 0, 540, 0)


@pytest.mark.parametrize(("before", "verified"), [(119.999, 60), (120, 60), (120.001, 0)])
def test_a_fix_up_to_two_minutes_before_check_in_anchors_it(before: float, verified: float) -> None:
    """With a longer gap allowed, so that the anchor's own limit is what decides."""
    policy = Policy(max_gap_seconds=300, silence_seconds=0)
    assert seconds_by_grade(track([-before, 60], 0), patrol(1), policy)[0] == verified


@pytest.mark.parametrize(("after", "verified"), [(119.999, 60), (120, 60), (120.001, 0)])
def test_a_fix_up_to_two_minutes_after_check_out_anchors_it(after: float, verified: float) -> None:
    policy = Policy(max_gap_seconds=300, silence_seconds=0)
    assert seconds_by_grade(track([0, 60 + after], 0), patrol(1), policy)[0] == verified


def test_the_gap_counts_from_the_anchor_itself() -> None:
    assert seconds_by_grade(track([-60, 60], 0), patrol(1)) == (60, 0, 0, 0)
    assert seconds_by_grade(track([-60, 61], 0), patrol(61 / 60)) == (0, 61, 0, 0)


def test_only_the_nearest_anchor_counts() -> None:
    assert seconds_by_grade(track([-100, -10, 50], [900, 0, 0]), patrol(50 / 60)) == (50, 0, 0, 0)


def test_anchors_alone_vouch_for_a_patrol_shorter_than_the_gap() -> None:
    assert seconds_by_grade(track([-20, 80], 0), patrol(1)) == (60, 0, 0, 0)


def test_a_step_is_cut_where_it_crosses_the_line() -> None:
    assert seconds_by_grade(track([0, 100], [150, 250]), patrol(100 / 60)) == (50, 0, 0, 50)


def test_a_step_with_both_ends_outside_is_at_best_probable() -> None:
    assert seconds_by_grade(track([0, 100], [-250, 250]), patrol(100 / 60)) == (0, 80, 0, 20)


def test_a_step_across_a_hole_is_cut_on_both_sides() -> None:
    ring = Polygon(box(-200, -200, 200, 200).exterior.coords, [box(-50, -50, 50, 50).exterior.coords])
    grades = result(track([0, 100], [-100, 100]), patrol(100 / 60), ring).whole
    assert (grades.verified_ms, grades.outside_ms) == (50_000, 50_000)


def test_parts_of_a_hotspot_each_count() -> None:
    parts = MultiPolygon([box(-200, -50, -100, 50), box(100, -50, 200, 50)])
    grades = result(track([0, 100], [-200, 200]), patrol(100 / 60), parts).whole
    assert (grades.verified_ms, grades.outside_ms) == (50_000, 50_000)


def test_a_position_on_the_line_is_inside() -> None:
    """At a corner, where degrees and metres agree to the last bit."""
    corner = track([0, 60], -200, -200)
    assert seconds_by_grade(corner, patrol(1))[0] == 60


def test_walking_along_the_line_is_not_outside() -> None:
    lon_lat = track(np.arange(0, 601, 30), -200, np.linspace(-150, 150, 21))
    verified, probable, unverified, outside = seconds_by_grade(lon_lat, patrol(10))
    assert (unverified, outside) == (0, 0)
    assert verified + probable == 600


def test_devices_are_united_never_added() -> None:
    one = track(np.arange(0, 1801, 60), 0, device=0)
    other = track(np.arange(1200, 3601, 60), 0, device=1)
    assert seconds_by_grade(together(one, other)) == (3600, 0, 0, 0)


def test_verified_by_one_device_is_verified_whatever_the_other_says() -> None:
    inside = track(np.arange(0, 601, 60), 0, device=0)
    away = track(np.arange(0, 1201, 60), 2000, device=1)
    assert seconds_by_grade(together(inside, away), patrol(20)) == (600, 0, 0, 600)


def test_steps_never_lead_from_one_device_to_another() -> None:
    assert seconds_by_grade(together(track([0], 0, device=0), track([60], 0, device=1)), patrol(1)) == (
        0,
        0,
        60,
        0,
    )


def test_nothing_is_credited_past_check_out() -> None:
    seen = result(track(np.arange(-600, 7200, 60), 0))
    assert seen.verified == ((START, START + HOUR),)
