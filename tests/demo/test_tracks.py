"""Real tracks moved and walked again: nothing is stretched, invented or left inside by chance."""

import itertools
import math

import pytest
from shapely.geometry import Point, Polygon

from app.geo.plane import LocalPlane
from demo.clients.fixes import Fix, Track
from demo.force import read_tracks
from demo.tracks import beside, best_place, cut, join, move, parse_track, there_and_back, without

WALK = (
    Fix(0, 37.0, -122.0, 5.0),
    Fix(30_000, 37.0003, -122.0, 10.0),
    Fix(50_000, 37.0006, -122.0002, 20.0),
)
BIRMINGHAM = LocalPlane.at(-1.9, 52.48)


def metres(one: Fix, other: Fix) -> float:
    plane = LocalPlane.at(one.lon, one.lat)
    east = (other.lon - one.lon) * plane.metres_per_degree_lon
    north = (other.lat - one.lat) * plane.metres_per_degree_lat
    return math.hypot(east, north)


def square(half_m: float) -> Polygon:
    dx, dy = half_m / BIRMINGHAM.metres_per_degree_lon, half_m / BIRMINGHAM.metres_per_degree_lat
    x, y = BIRMINGHAM.lon, BIRMINGHAM.lat
    return Polygon([(x - dx, y - dy), (x + dx, y - dy), (x + dx, y + dy), (x - dx, y + dy)])


def test_a_walk_there_and_back_turns_at_both_ends_and_keeps_each_step_s_time() -> None:
    walked = there_and_back(WALK, 150_000)
    assert [fix.at_ms for fix in walked] == [0, 30_000, 50_000, 70_000, 100_000, 130_000, 150_000]
    assert [fix.accuracy_m for fix in walked] == [5, 10, 20, 10, 5, 10, 20]


def test_a_walk_of_one_fix_cannot_be_walked_back() -> None:
    with pytest.raises(ValueError, match="two fixes"):
        there_and_back(WALK[:1], 60_000)


def test_moving_a_track_keeps_distances_times_and_accuracy() -> None:
    moved = move(WALK, 1_000_000, BIRMINGHAM, 40.0, -25.0)
    assert [fix.at_ms for fix in moved] == [1_000_000, 1_030_000, 1_050_000]
    assert [fix.accuracy_m for fix in moved] == [5, 10, 20]
    for step in (0, 1):
        assert metres(moved[step], moved[step + 1]) == pytest.approx(
            metres(WALK[step], WALK[step + 1]), rel=1e-3
        )


def test_a_joined_stretch_starts_where_the_first_one_ends() -> None:
    away = move(WALK, 0, BIRMINGHAM, 0, 0)
    joined = join(WALK, away, 20_000)
    assert len(joined) == 6
    assert metres(joined[2], joined[3]) < 0.1
    assert joined[3].at_ms == 70_000
    assert metres(joined[3], joined[5]) == pytest.approx(metres(WALK[0], WALK[2]), rel=1e-3)


def test_the_best_place_holds_a_track_that_fits() -> None:
    outline = square(80)
    moved = move(WALK, 0, LocalPlane.around(outline), *best_place(WALK, outline))
    plane = LocalPlane.around(outline)
    inside = plane.project(outline)
    for fix in moved:
        x = (fix.lon - plane.lon) * plane.metres_per_degree_lon
        y = (fix.lat - plane.lat) * plane.metres_per_degree_lat
        assert inside.contains(Point(x, y))


def test_beside_is_outside_by_the_distance_asked() -> None:
    outline = square(80)
    moved = move(WALK, 0, LocalPlane.around(outline), *beside(WALK, outline, 150))
    nearest = max(fix.lon for fix in moved)
    assert (outline.bounds[0] - nearest) * BIRMINGHAM.metres_per_degree_lon == pytest.approx(150, abs=0.5)


def test_cut_and_without_split_a_track_with_no_fix_in_both() -> None:
    def times(track: Track) -> list[int]:
        return [fix.at_ms for fix in track]

    assert times(cut(WALK, 0, 30_000)) == [0]
    assert times(without(WALK, 0, 30_000)) == [30_000, 50_000]


def test_a_row_that_repeats_a_time_is_read_once_and_order_is_by_time() -> None:
    text = "ts,latitude,longitude,accuracy\n20.5,52,-1,5\n10,52,-1,6\n20.5,52,-1,7\n"
    assert parse_track(text) == (Fix(10_000, 52, -1, 6), Fix(20_500, 52, -1, 5))


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="not a phone track"):
        parse_track("time,lat,lon\n1,2,3\n")


def test_the_real_tracks_are_there_and_in_order() -> None:
    tracks = read_tracks()
    assert len(tracks) == 5
    for track in tracks.values():
        assert all(one.at_ms < other.at_ms for one, other in itertools.pairwise(track))
