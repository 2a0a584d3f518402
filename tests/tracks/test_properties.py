"""What holds for every track: Hypothesis draws walks with jumps, noise, silences, spikes, several devices and
any labels."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from shapely import MultiPolygon, Polygon, affinity, box

from app.geo.plane import LocalPlane
from app.tracks.assessment import Fixes, HotspotBoundary, HotspotResult, PatrolFacts, Policy, assess
from app.tracks.intervals import intersect, total_ms, unite
from tests.tracks.scene import (
    BOUNDARY,
    HOTSPOT,
    PLANE,
    POLICY,
    SQUARE,
    START,
    assessed,
    patrol,
    result,
    seconds_by_grade,
    together,
    track,
    window,
)

L_SHAPE = Polygon([(-200, -200), (200, -200), (200, 0), (20, 0), (20, 200), (-200, 200)])
WITH_A_HOLE = Polygon(SQUARE.exterior.coords, [box(-60, -60, 40, 50).exterior.coords])
TWO_PARTS = MultiPolygon([box(-200, -200, -20, 200), box(15, -200, 200, 200)])
SHAPES: Sequence[Polygon | MultiPolygon] = (SQUARE, L_SHAPE, WITH_A_HOLE, TWO_PARTS)

shapes = st.sampled_from(SHAPES)
seeds = st.integers(0, 2**32 - 1)


def wandering(
    seed: int, *, noise: float = 6.0, gaps: Sequence[float] = (5, 15, 30, 60, 119, 121, 500, 700)
) -> Fixes:
    """A walk of about an hour in and around the hotspot, each step after one of the gaps given, at walking
    speed."""
    rng = np.random.default_rng(seed)
    step = rng.choice(np.asarray(gaps, dtype=np.float64), size=int(rng.integers(1, 120)))
    seconds = np.concatenate(([rng.uniform(-200, 200)], step)).cumsum()
    heading = rng.uniform(0, 2 * np.pi, len(step))
    strides = np.minimum(step, 60) * rng.uniform(0, 1.6, len(step))
    x = np.concatenate(([rng.uniform(-250, 250)], strides * np.cos(heading))).cumsum()
    y = np.concatenate(([rng.uniform(-250, 250)], strides * np.sin(heading))).cumsum()
    x, y = (np.abs((each + 260) % 1040 - 520) - 260 + rng.normal(0, noise, len(seconds)) for each in (x, y))
    return track(seconds, x, y, accuracy=rng.choice([4.0, 8.0, 12.0, 30.0]))


def disturbed(seed: int) -> Fixes:
    """Such a walk on one to three devices, with everything that gets a fix set aside."""
    rng = np.random.default_rng(seed)
    parts = []
    for device in range(int(rng.integers(1, 4))):
        part = wandering(int(rng.integers(2**32)))
        n = len(part)
        some = rng.random(n)
        part.accuracy_m[some < 0.05] = rng.choice([0, np.nan, 49, 51, 1500])
        part.mock[(some > 0.1) & (some < 0.13)] = True
        part.lon[(some > 0.2) & (some < 0.23)] += 0.03
        part.received_ms[(some > 0.3) & (some < 0.32)] = START - 10**7
        part.device[:] = device
        part.sequence[:] = np.searchsorted(np.sort(rng.integers(0, n, 4)), np.arange(n))
        again = part.take(rng.integers(0, n, n // 6))
        again.lon[::2] += 0.0002 * rng.integers(0, 4)
        again.sequence[:] += rng.integers(0, 2, len(again))
        parts += [part, again]
    return together(*parts)


@given(seeds, shapes, st.integers(-10, 90), st.sampled_from(["FOOT", "CYCLE", "VEHICLE_MARKED"]))
def test_the_grades_add_up_and_never_overlap(seed: int, shape: Polygon, minutes: int, mode: str) -> None:
    seen = assessed(disturbed(seed), patrol(minutes, mode=mode), shape)
    credited = seen.hotspots[0]
    assert credited.whole.total_ms == max(minutes, 0) * 60_000
    assert total_ms(credited.verified) == credited.whole.verified_ms
    assert intersect(credited.verified, credited.probable) == ()
    assert intersect(unite(credited.verified, credited.probable), credited.unverified) == ()
    assert sum(seen.fixes_by_label.values()) == len(seen.labels)


@given(seeds, shapes)
def test_the_order_of_arrival_changes_nothing(seed: int, shape: Polygon) -> None:
    fixes = disturbed(seed)
    order = np.random.default_rng(seed + 1).permutation(len(fixes))
    straight, shuffled = assessed(fixes, shape=shape), assessed(fixes.take(order), shape=shape)
    assert straight.to_plain() == shuffled.to_plain()
    assert straight.line.lon.tolist() == shuffled.line.lon.tolist()


@given(seeds, shapes, st.lists(st.integers(0, 120), max_size=12), st.integers(0, 15))
def test_the_cutting_into_batches_changes_nothing(
    seed: int, shape: Polygon, cuts: list[int], overlap: int
) -> None:
    """A phone may cut its fixes anywhere, send any of them again in the next batch, and send batches in any
    order."""
    fixes = wandering(seed)
    edges = [0, *sorted(min(cut, len(fixes)) for cut in cuts), len(fixes)]
    batches = []
    for number, (first, last) in enumerate(pairwise(edges)):
        batch = fixes.take(np.arange(max(0, first - overlap), last))
        batch.sequence[:] = number
        batches.append(batch)
    np.random.default_rng(seed).shuffle(batches)
    whole, cut = assessed(fixes, shape=shape), assessed(together(*batches), shape=shape)
    assert whole.hotspots == cut.hotspots
    assert (whole.flags, whole.status) == (cut.flags, cut.status)


@given(seeds, shapes, st.lists(st.integers(0, 120), max_size=12))
def test_when_batches_of_their_own_number_arrive_changes_nothing(
    seed: int, shape: Polygon, cuts: list[int]
) -> None:
    fixes, rng = wandering(seed), np.random.default_rng(seed)
    fixes.sequence[:] = np.searchsorted(
        np.sort([min(cut, len(fixes)) for cut in cuts]), np.arange(len(fixes))
    )
    apart = together(fixes)
    apart.received_ms[:] += rng.integers(0, 10**7, len(cuts) + 1)[apart.sequence]
    together_, shuffled = assessed(fixes, shape=shape), assessed(apart, shape=shape)
    assert together_.to_plain() == shuffled.to_plain()


@given(seeds, shapes, st.integers(0, 3))
def test_numbers_used_again_after_a_higher_one_never_touch_the_strict_reading(
    seed: int, shape: Polygon, number: int
) -> None:
    fixes, late = wandering(seed), wandering(seed + 1)
    fixes.sequence[:] = 4 * np.arange(len(fixes)) // len(fixes)
    assume(number in fixes.sequence)
    last = track([10_000], 0, sequence=4)
    late.sequence[:] = number
    late.received_ms[:] += 1
    alone = assessed(together(fixes, last), shape=shape)
    attacked = assessed(together(fixes, last, late), shape=shape)
    assert attacked.hotspots[0].verified == alone.hotspots[0].verified
    assert attacked.hotspots[0].whole == alone.hotspots[0].whole


@given(seeds, shapes)
def test_late_fills_mock_and_future_fixes_never_touch_the_strict_reading(seed: int, shape: Polygon) -> None:
    fixes, more = wandering(seed), wandering(seed + 1)
    fixes.sequence[:] = 2
    last = track([10_000], 0, sequence=3)
    late = more.take(np.arange(0, len(more), 3))
    late.sequence[:] = 4
    mock = more.take(np.arange(1, len(more), 3))
    mock.mock[:], mock.sequence[:] = True, 2
    future = more.take(np.arange(2, len(more), 3))
    future.received_ms[:] = future.time_ms - 10**6
    alone = assessed(together(fixes, last), shape=shape).hotspots[0]
    attacked = assessed(together(fixes, last, late, mock, future), shape=shape).hotspots[0]
    assert (attacked.verified, attacked.probable, attacked.whole) == (
        alone.verified,
        alone.probable,
        alone.whole,
    )


@given(seeds, shapes, st.integers(1, 90))
def test_never_more_than_the_clock_however_many_devices(seed: int, shape: Polygon, minutes: int) -> None:
    one, other = wandering(seed), wandering(seed + 1)
    other.device[:] = 1
    facts = patrol(minutes)
    apart = [result(each, facts, shape).verified for each in (one, other)]
    both = result(together(one, other), facts, shape)
    assert both.verified == unite(*apart)
    assert both.whole.verified_ms <= minutes * 60_000


@given(seeds, shapes, st.floats(-60, 60), st.floats(-179, 179))
def test_moving_the_whole_scene_changes_nothing_but_rounding(
    seed: int, shape: Polygon, lat: float, lon: float
) -> None:
    here, there = PLANE, LocalPlane.at(lon, lat)
    fixes = wandering(seed)
    moved_lon, moved_lat = there.to_lonlat(*here.to_xy(fixes.lon, fixes.lat))
    moved = Fixes(
        fixes.time_ms,
        moved_lon,
        moved_lat,
        fixes.accuracy_m,
        fixes.mock,
        fixes.device,
        fixes.sequence,
        fixes.received_ms,
    )
    at_home = assessed(fixes, shape=shape)
    placed = HotspotBoundary(HOTSPOT, BOUNDARY, there.unproject(shape))
    away = assess(moved, patrol(), [placed], None, POLICY)
    assume((at_home.labels == away.labels).all())  # a speed a hair from its limit may fall either way
    crossings = 2 * len(fixes)
    for ours, theirs in zip(
        milliseconds_by_grade(at_home.hotspots[0]), milliseconds_by_grade(away.hotspots[0]), strict=True
    ):
        assert abs(ours - theirs) <= crossings + 5_000


def milliseconds_by_grade(seen: HotspotResult) -> tuple[int, ...]:
    whole = seen.whole
    return whole.verified_ms, whole.probable_ms, whole.unverified_ms, whole.outside_ms


def with_fixes_between(fixes: Fixes, seed: int, policy: Policy) -> Fixes:
    """The same track reported more often: up to three fixes on each straight step that vouches for its
    time."""
    rng = np.random.default_rng(seed)
    after_last = fixes.time_ms[1:] - fixes.time_ms[:-1]
    added = [fixes]
    for _ in range(3):
        chosen = (
            (after_last <= policy.max_gap_seconds * 1000)
            & (after_last > 1000)
            & (rng.random(len(after_last)) < 0.5)
        )
        rows = np.flatnonzero(chosen)
        share = rng.integers(1, after_last[rows]) / after_last[rows]
        between = fixes.take(rows)
        between.time_ms[:] += np.rint(share * after_last[rows]).astype(np.int64)
        between.lon[:] += share * (fixes.lon[rows + 1] - fixes.lon[rows])
        between.lat[:] += share * (fixes.lat[rows + 1] - fixes.lat[rows])
        added.append(between)
    return together(*added)


@given(seeds, shapes)
def test_reporting_more_often_on_the_same_path_never_lowers_verified_time(seed: int, shape: Polygon) -> None:
    """True for every shape and every track as far as the line alone decides, that is without the rule for the
    edge."""
    policy = Policy(edge_band_m=0.0)
    fixes = wandering(seed)
    sparse = result(fixes, shape=shape, policy=policy)
    dense = result(with_fixes_between(fixes, seed, policy), shape=shape, policy=policy)
    assert dense.whole.verified_ms >= sparse.whole.verified_ms - 2 * len(fixes)


@given(seeds)
def test_nor_does_it_at_the_edge_of_a_hotspot_that_is_convex(seed: int) -> None:
    """With the rule for the edge it is true when the path between the fixes keeps within the band wherever
    the fixes do, which a convex outline makes certain, and when reports are at most 30 s apart: then five
    minutes hold four fixes on either side already, and the mean is taken over the same stretch of the same
    path."""
    fixes = wandering(seed, gaps=(5, 10, 20, 30))
    sparse = result(fixes)
    dense = result(with_fixes_between(fixes, seed, POLICY))
    assert dense.whole.verified_ms >= sparse.whole.verified_ms - 2 * len(fixes)


@given(seeds, shapes, st.integers(0, 40), st.integers(0, 40))
def test_the_part_in_the_window_is_a_part_of_the_whole(
    seed: int, shape: Polygon, opens: int, lasts: int
) -> None:
    seen = assessed(disturbed(seed), shape=shape, for_window=window(lasts, 60, opens)).hotspots[0]
    assert seen.in_window is not None
    assert seen.in_window.total_ms == min(60, opens + lasts) * 60_000 - min(60, opens) * 60_000
    assert seen.in_window.verified_ms <= seen.whole.verified_ms


@pytest.mark.parametrize("turn", [10, 45, 80])
def test_turning_the_hotspot_and_the_track_together_changes_nothing(turn: float) -> None:
    fixes = wandering(5)
    x, y = PLANE.to_xy(fixes.lon, fixes.lat)
    angle = np.radians(turn)
    turned = track(
        (fixes.time_ms - START) / 1000,
        x * np.cos(angle) - y * np.sin(angle),
        x * np.sin(angle) + y * np.cos(angle),
        accuracy=fixes.accuracy_m,
    )
    shape = affinity.rotate(L_SHAPE, turn, origin=(0, 0))
    ours = milliseconds_by_grade(result(fixes, shape=L_SHAPE))
    theirs = milliseconds_by_grade(result(turned, shape=shape))
    assert np.abs(np.array(ours) - np.array(theirs)).max() <= 2 * len(fixes)


def test_an_hour_of_patrol_is_an_hour() -> None:
    assert sum(seconds_by_grade(wandering(1), patrol(60))) == 3600
    assert PatrolFacts(0, 1, "FOOT").skew_ms == 0
