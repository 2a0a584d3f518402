"""Makes the tracks of the three months: one real walk put into each hotspot, cut to length, moved in time.

Finding where a walk fits into a hotspot takes longer than everything else, so it is done once for each place. The error
of each phone's receiver is invented: without it every patrol of a place would be one and the same track, and the
service would ask about each of them, rightly.
"""

from dataclasses import dataclass, replace
from functools import cache
from random import Random
from uuid import UUID

import numpy as np
import shapely

from app.clock import to_ms
from app.geo.plane import LocalPlane
from demo.clients.fixes import Track
from demo.force import read_hotspots, read_tracks
from demo.ids import named_uuid7
from demo.quarter_stories import Visit
from demo.stories import STRETCHES
from demo.tracks import Boundary, best_place, cut, move, there_and_back, without

LONGEST_MINUTES = 100
FIXES_PER_BATCH = 240
_MINUTE_MS = 60_000
# Of a receiver: metres on each axis, half of them drifting over some minutes.
_DRIFT_M = _NOISE_M = 3.5
_DRIFT_KEPT = 0.9
_STRETCHES = ("walk-280x93", "walk-16x401", "walk-265x117", "standing")


@dataclass(frozen=True, slots=True)
class Walked:
    """A patrol as its phone lived it: ids are the same whenever it is played."""

    visit: Visit
    id: UUID
    device_id: UUID
    track: Track

    @property
    def batches(self) -> tuple[Track, ...]:
        """What is sent between check-in and check-out, whose positions are the first and the last fix."""
        sent = self.track[1:-1]
        return tuple(sent[start : start + FIXES_PER_BATCH] for start in range(0, len(sent), FIXES_PER_BATCH))


def walked(visit: Visit) -> Walked:
    """The patrol of a visit."""
    arrives_ms = to_ms(visit.arrives_at)
    whole = _walk_in(visit.hotspot)
    shift_ms = arrives_ms - whole[0].at_ms
    ends_ms = arrives_ms + visit.minutes * _MINUTE_MS
    track = tuple(replace(fix, at_ms=fix.at_ms + shift_ms) for fix in whole if fix.at_ms + shift_ms < ends_ms)
    if visit.lost is not None:
        start, end = (arrives_ms + minute * _MINUTE_MS for minute in visit.lost)
        track = without(track, start, end)
    track = _as_heard(track, Random(f"receiver {visit.label}"))
    return Walked(
        visit,
        named_uuid7(arrives_ms, f"patrol {visit.label}"),
        named_uuid7(0, f"device of {visit.collar}"),
        track,
    )


def _as_heard(track: Track, random: Random) -> Track:
    """The walk as another phone hears it: with an error of its own that drifts from fix to fix."""
    lon, lat = np.array([fix.lon for fix in track]), np.array([fix.lat for fix in track])
    plane = LocalPlane.at(float(lon[0]), float(lat[0]))
    x, y = plane.to_xy(lon, lat)
    lon, lat = plane.to_lonlat(x + _error(len(track), random), y + _error(len(track), random))
    return tuple(
        replace(fix, lat=round(float(fix_lat), 7), lon=round(float(fix_lon), 7))
        for fix, fix_lat, fix_lon in zip(track, lat, lon, strict=True)
    )


def _error(fixes: int, random: Random) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    drift = random.gauss(0, _DRIFT_M)
    errors = []
    for _ in range(fixes):
        errors.append(drift + random.gauss(0, _NOISE_M))
        drift = _DRIFT_KEPT * drift + random.gauss(0, _DRIFT_M * (1 - _DRIFT_KEPT**2) ** 0.5)
    return np.array(errors)


@cache
def _walk_in(hotspot: str) -> Track:
    """The longest walk anybody takes in a hotspot: of the real stretches the one most of which lies inside."""
    boundary = read_hotspots()[hotspot]
    return max(
        (_placed(stretch, boundary) for stretch in _STRETCHES), key=lambda track: _inside(track, boundary)
    )


def _placed(name: str, boundary: Boundary) -> Track:
    stretch = STRETCHES[name]
    from_ms = round(stretch.from_s * 1000)
    real = cut(read_tracks()[stretch.file], from_ms, from_ms + stretch.seconds * 1000)
    whole = there_and_back(real, LONGEST_MINUTES * _MINUTE_MS)
    return move(whole, 0, LocalPlane.around(boundary), *best_place(whole, boundary))


def _inside(track: Track, boundary: Boundary) -> float:
    return float(shapely.contains_xy(boundary, [fix.lon for fix in track], [fix.lat for fix in track]).mean())
