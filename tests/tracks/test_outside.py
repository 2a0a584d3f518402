"""How far outside: the typical distance of each stretch, the same whatever the order of devices."""

import numpy as np
import pytest
from shapely import Polygon, box

from app.tracks.assessment import Fixes
from app.tracks.outside import OutsideStretch, how_far_outside, outside_of
from tests.tracks.scene import MINUTE, SQUARE, START, assessed, boundary, patrol, together, track


def stretches(fixes: Fixes, minutes: float, shape: Polygon = SQUARE) -> list[OutsideStretch]:
    found = assessed(fixes, patrol(minutes), shape)
    return list(how_far_outside(found.line, boundary(shape).polygon, outside_of(found, found.hotspots[0])))


def east(from_minute: float, minutes: float, x: float, device: int = 0) -> Fixes:
    """A fix every thirty seconds, standing at x metres east of the middle; the square ends at 200."""
    return track(np.arange(from_minute * 60, (from_minute + minutes) * 60 + 1, 30), x, device=device)


def test_six_minutes_forty_metres_out() -> None:
    walked = together(east(0, 10, 150), east(10.5, 5.5, 240.5), east(16.5, 10, 150))
    [(start, end, metres)] = stretches(walked, 26.5)
    assert metres == 40
    assert 10 * MINUTE < start - START < 10.5 * MINUTE
    assert 16 * MINUTE < end - START < 16.5 * MINUTE


def test_less_than_a_minute_is_not_measured() -> None:
    walked = together(east(0, 10, 150), east(10.5, 0, 260), east(11, 10, 150))
    assert stretches(walked, 21) == []


def test_each_stretch_has_a_distance_of_its_own() -> None:
    walked = together(east(0, 5, 300.5), east(5.5, 5, 100), east(11, 5, 600.5))
    assert [metres for _, _, metres in stretches(walked, 16)] == [100, 400]


def test_the_typical_distance_is_no_spike() -> None:
    """One minute at a kilometre does not make the other nine any further."""
    walked = together(east(0, 9, 230.5), east(9.5, 0.5, 1_200))
    assert [metres for _, _, metres in stretches(walked, 10)] == [30]


def test_in_a_hole_the_line_of_the_hole_counts() -> None:
    ring = Polygon(SQUARE.exterior.coords, [box(-100, -100, 100, 100).exterior.coords])
    assert [metres for _, _, metres in stretches(east(0, 10, 49.5), 10, ring)] == [50]


def test_without_a_fix_there_is_nothing_to_tell() -> None:
    assert stretches(Fixes.empty(), 10) == []


@pytest.mark.parametrize("swapped", [False, True])
def test_two_phones_at_one_instant_say_the_same_in_either_order(swapped: bool) -> None:
    devices = (1, 0) if swapped else (0, 1)
    both = together(east(0, 10, 300.5, devices[0]), east(0, 10, 260.5, devices[1]))
    [(_, _, metres)] = stretches(both, 10)
    one, other = stretches(east(0, 10, 260.5), 10), stretches(east(0, 10, 300.5), 10)
    assert one[0][2] <= metres <= other[0][2]
    assert stretches(both, 10) == stretches(together(east(0, 10, 300.5, 0), east(0, 10, 260.5, 1)), 10)
