"""Decides how a real phone track becomes a patrol of the demonstration, so that positions stay honest.

Real: every fix's accuracy, its error, and the time since the fix before it, as a phone logged them. Changed: a stretch
is moved as a whole, by one constant in time and one in metres; short walks are walked there and back (on the way back
the same fixes come in reverse order, with the same times between them); stretches are joined end to start; and a loss
of signal is made by leaving fixes out. Nothing is resampled, smoothed or invented.
"""

import csv
import io
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from app.geo.plane import LocalPlane
from demo.clients.fixes import Fix, Track

Boundary: TypeAlias = Polygon | MultiPolygon

_GRID_M = 20
_MARGIN_M = 20


def parse_track(text: str) -> Track:
    """The fixes of a file under `demo/data/tracks/`, by time.

    These phones often wrote one fix twice; a row that repeats a time is left out. Raises ValueError for other columns.
    """
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or not {"ts", "latitude", "longitude", "accuracy"} <= set(rows.fieldnames):
        raise ValueError("not a phone track: ts, latitude, longitude and accuracy are needed")
    found: dict[int, Fix] = {}
    for row in rows:
        at_ms = round(float(row["ts"]) * 1000)
        fix = Fix(at_ms, float(row["latitude"]), float(row["longitude"]), round(float(row["accuracy"]), 1))
        found.setdefault(at_ms, fix)
    return tuple(sorted(found.values(), key=lambda fix: fix.at_ms))


def cut(track: Track, from_ms: int, to_ms: int) -> Track:
    """The fixes in [from_ms, to_ms)."""
    return tuple(fix for fix in track if from_ms <= fix.at_ms < to_ms)


def without(track: Track, from_ms: int, to_ms: int) -> Track:
    """The track with a silence: the fixes in [from_ms, to_ms) are left out."""
    return tuple(fix for fix in track if not from_ms <= fix.at_ms < to_ms)


def there_and_back(track: Track, lasting_ms: int) -> Track:
    """The stretch walked to its end, back to its start, and so on, for `lasting_ms` or a little less.

    Fixes at 0, 30 and 50 s walked for 100 s are the positions 0, 1, 2, 1, 0 at 0, 30, 50, 70 and 100 s.
    Raises ValueError for fewer than two fixes.
    """
    if len(track) < 2:
        raise ValueError("a walk needs two fixes")
    walked = [track[0]]
    place, step = 0, 1
    while True:
        if not 0 <= place + step < len(track):
            step = -step
        following = track[place + step]
        at_ms = walked[-1].at_ms + abs(following.at_ms - track[place].at_ms)
        if at_ms - track[0].at_ms > lasting_ms:
            return tuple(walked)
        walked.append(replace(following, at_ms=at_ms))
        place += step


def move(track: Track, starts_ms: int, to: LocalPlane, east_m: float, north_m: float) -> Track:
    """The track moved as a whole: first fix at `starts_ms`, the middle of its bounds `east_m`, `north_m` off `to`."""
    if not track:
        return ()
    x, y = _metres(track)
    lon, lat = to.to_lonlat(x + east_m, y + north_m)
    shift_ms = starts_ms - track[0].at_ms
    return tuple(
        Fix(fix.at_ms + shift_ms, round(float(fix_lat), 7), round(float(fix_lon), 7), fix.accuracy_m)
        for fix, fix_lat, fix_lon in zip(track, lat, lon, strict=True)
    )


def join(first: Track, then: Track, pause_ms: int) -> Track:
    """`then`, moved as a whole so that it starts where `first` ends and `pause_ms` later, after `first`."""
    end = first[-1]
    start = then[0]
    source, target = LocalPlane.at(start.lon, start.lat), LocalPlane.at(end.lon, end.lat)
    x, y = source.to_xy(np.array([fix.lon for fix in then]), np.array([fix.lat for fix in then]))
    lon, lat = target.to_lonlat(x, y)
    shift_ms = end.at_ms + pause_ms - start.at_ms
    moved = tuple(
        Fix(fix.at_ms + shift_ms, round(float(fix_lat), 7), round(float(fix_lon), 7), fix.accuracy_m)
        for fix, fix_lat, fix_lon in zip(then, lat, lon, strict=True)
    )
    return first + moved


def best_place(track: Track, boundary: Boundary) -> tuple[float, float]:
    """Where on the plane around the boundary the track lies inside best: metres east and north, for `move`.

    A 20 m grid is tried; most fixes 20 m or more inside wins, then the place nearest the middle.
    """
    inner = LocalPlane.around(boundary).project(boundary).buffer(-_MARGIN_M)
    shapely.prepare(inner)
    west, south, east, north = inner.bounds
    x, y = _metres(track)
    best, chosen = (-1, 0.0), (0.0, 0.0)
    for east_m in np.arange(west, east, _GRID_M):
        for north_m in np.arange(south, north, _GRID_M):
            inside = int(shapely.contains_xy(inner, x + east_m, y + north_m).sum())
            rank = (inside, -float(np.hypot(east_m, north_m)))
            if rank > best:
                best, chosen = rank, (float(east_m), float(north_m))
    return chosen


def beside(track: Track, boundary: Boundary, distance_m: float) -> tuple[float, float]:
    """Where the whole track lies `distance_m` west of the boundary's bounds: metres east and north, for `move`."""
    west, _, _, _ = LocalPlane.around(boundary).project(boundary).bounds
    x, _ = _metres(track)
    return west - distance_m - float(x.max()), 0.0


def _metres(track: Track) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Metres east and north of the middle of the track's bounds."""
    lon, lat = np.array([fix.lon for fix in track]), np.array([fix.lat for fix in track])
    plane = LocalPlane.at(float(lon.min() + lon.max()) / 2, float(lat.min() + lat.max()) / 2)
    return plane.to_xy(lon, lat)
