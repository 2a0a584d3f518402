"""Real phones, with polygons drawn around where they were. Sources and licences:
tests/data/tracks/SOURCES.md."""

import numpy as np
from shapely import Point, box

from app.geo.plane import LocalPlane
from app.tracks.assessment import Assessment, Fixes, Flag, HotspotBoundary, Label, PatrolFacts, assess
from tests.tracks.scene import BOUNDARY, HOTSPOT, MINUTE, POLICY, phone_track


def _around(fixes: Fixes, lon: float, lat: float, radius_m: float, mode: str = "FOOT") -> Assessment:
    plane = LocalPlane.at(lon, lat)
    facts = PatrolFacts(int(fixes.time_ms.min()), int(fixes.time_ms.max()), mode)
    shape = plane.unproject(Point(0, 0).buffer(radius_m))
    return assess(fixes, facts, [HotspotBoundary(HOTSPOT, BOUNDARY, shape)], None, POLICY)


def lying_still() -> Fixes:
    return phone_track("stationary_phone_a_fix.csv", "UTCTimeInMs", "Longitude", "Latitude", "Accuracy", 1)


def phone(name: str) -> Fixes:
    return phone_track(name, "ts", "longitude", "latitude", "accuracy", 1000)


def test_a_phone_lying_still_is_there_all_the_time() -> None:
    seen = _around(lying_still(), -122.08165, 37.422542, 50)
    whole = seen.hotspots[0].whole
    assert whole.verified_ms == whole.total_ms == 222_000
    assert seen.fixes_by_label[Label.USED] == 216


def test_it_is_noted_as_static_once_it_lay_long_enough() -> None:
    once = lying_still()
    parts = []
    for again in range(3):
        part = once.take(np.arange(len(once)))
        part.time_ms[:] += again * 223_000
        parts.append(part)
    assert _around(Fixes.concatenate(parts), -122.08165, 37.422542, 50).flags == (Flag.STATIC_TRACK,)
    assert _around(once, -122.08165, 37.422542, 50).flags == ()


def test_standing_five_metres_outside_a_line_beside_it_credits_nothing() -> None:
    """The phone does not move and is accurate to 3 m: the line runs 8 m east of it, the hotspot lies
    beyond."""
    fixes = lying_still()
    plane = LocalPlane.at(-122.08165, 37.422542)
    facts = PatrolFacts(int(fixes.time_ms.min()), int(fixes.time_ms.max()), "FOOT")
    beyond = HotspotBoundary(HOTSPOT, BOUNDARY, plane.unproject(box(8, -200, 400, 200)))
    whole = assess(fixes, facts, [beyond], None, POLICY).hotspots[0].whole
    assert whole.outside_ms == whole.total_ms


def test_a_walk_that_leaves_and_comes_back() -> None:
    """Twenty-one minutes through Mountain View; eight to nine of them around the corner at -122.0947, silence
    included."""
    fixes = phone("phone_28_android_20160726.csv")
    seen = _around(fixes, -122.0947, 37.3916, 90)
    whole = seen.hotspots[0].whole
    assert whole.total_ms == int(np.ptp(fixes.time_ms))
    assert 4 * MINUTE <= whole.verified_ms <= 6 * MINUTE
    assert whole.outside_ms >= 10 * MINUTE
    assert whole.verified_ms + whole.probable_ms <= 10 * MINUTE
    assert seen.fixes_by_label[Label.DUPLICATE] == 2
    assert seen.fixes_by_label[Label.POOR_ACCURACY] == 5
    assert seen.flags == ()


def test_a_phone_stored_newest_first_with_long_silences() -> None:
    """An hour and forty minutes; the silences are never taken for presence, the repeated rows never count
    twice."""
    fixes = phone("phone_40_android_20230414.csv")
    seen = _around(fixes, -122.111, 37.4194, 150)
    oldest_first = _around(fixes.take(np.argsort(fixes.time_ms, kind="stable")), -122.111, 37.4194, 150)
    assert seen.to_plain() == oldest_first.to_plain()
    assert seen.fixes_by_label[Label.DUPLICATE] >= 9
    assert seen.fixes_by_label[Label.CONFLICTING] == 0
    whole = seen.hotspots[0].whole
    assert 5 * MINUTE <= whole.verified_ms <= 25 * MINUTE
    assert whole.unverified_ms >= 25 * MINUTE
    assert seen.pings.longest_silence_ms >= 25 * MINUTE


def test_the_same_walk_by_car_keeps_more_fixes_than_on_foot() -> None:
    """Parts of this track were driven at up to 18 m/s."""
    fixes = phone("phone_40_android_20230414.csv")
    on_foot = _around(fixes, -122.111, 37.4194, 150)
    by_car = _around(fixes, -122.111, 37.4194, 150, mode="VEHICLE_MARKED")
    assert by_car.fixes_by_label[Label.IMPLAUSIBLE] <= on_foot.fixes_by_label[Label.IMPLAUSIBLE]
