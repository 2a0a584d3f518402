"""Decides where somebody was at an instant by the track of their patrol, and how sure that is. Pure.

Between two used fixes that vouch for each other the position lies on the straight line between them. Where no such two
surround the instant, the nearest fix stands for it, if one is near enough. How sure: as the phone said of its fixes,
and less the longer ago the nearest of them is.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.geo.plane import LocalPlane
from app.tracks.fixes import Fixes, Labelled
from app.tracks.plausibility import BoolArray, FloatArray, IntArray

# How far from where their track says somebody may have gone for each second to the nearest fix: a brisk walk.
STRAY_M_S = 1.5


@dataclass(frozen=True, slots=True)
class Track:
    """The used fixes of one device in order of time; `joined`: whether speed allows the step between each two."""

    time_ms: IntArray
    lon: FloatArray
    lat: FloatArray
    accuracy_m: FloatArray
    joined: BoolArray


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, and the radius in metres within which it is likely to have been."""

    lon: float
    lat: float
    uncertainty_m: float


def tracks_of(fixes: Fixes, labelled: Labelled, accuracy_limit_m: float) -> tuple[Track, ...]:
    """The used fixes of each device. One that reports no accuracy is as bad as the worst that is used."""
    unreported = np.isnan(fixes.accuracy_m) | (fixes.accuracy_m == 0)
    accuracy = np.where(unreported, accuracy_limit_m, fixes.accuracy_m)
    return tuple(
        Track(
            fixes.time_ms[track.rows],
            fixes.lon[track.rows],
            fixes.lat[track.rows],
            accuracy[track.rows],
            track.joined,
        )
        for track in labelled.strict
    )


def position_at(tracks: Iterable[Track], at_ms: int, near_ms: int) -> Position | None:
    """Where the tracks of a patrol say it was at an instant: of several phones, as the surest says; None where no fix
    is within `near_ms`.

    Fixes at 0 s and 30 s, 30 m apart, good to 8 m: at 0 s the first, 8 m; at 15 s the middle, 8 + 15 × 1.5 = 30.5 m.
    By car, 300 m apart: at 15 s 8 + 15 × 10 = 158 m. A minute after the last fix: there, 8 + 60 × 1.5 = 98 m.
    """
    found = [position for track in tracks if (position := _on(track, at_ms, near_ms)) is not None]
    return min(found, key=lambda each: each.uncertainty_m, default=None)


def _on(track: Track, at_ms: int, near_ms: int) -> Position | None:
    after = bisect_left(track.time_ms, at_ms)
    if after < len(track.time_ms) and track.time_ms[after] == at_ms:
        return _near(track, after, at_ms)
    if 0 < after < len(track.time_ms):
        step_ms = int(track.time_ms[after] - track.time_ms[after - 1])
        if step_ms <= near_ms and track.joined[after - 1]:
            return _between(track, after - 1, at_ms, step_ms)
    candidates = [index for index in (after - 1, after) if 0 <= index < len(track.time_ms)]
    nearest = min(candidates, key=lambda index: abs(int(track.time_ms[index]) - at_ms), default=None)
    if nearest is None or abs(int(track.time_ms[nearest]) - at_ms) > near_ms:
        return None
    return _near(track, nearest, at_ms)


def _near(track: Track, index: int, at_ms: int) -> Position:
    away_s = abs(int(track.time_ms[index]) - at_ms) / 1000
    return Position(
        float(track.lon[index]), float(track.lat[index]), float(track.accuracy_m[index]) + STRAY_M_S * away_s
    )


def _between(track: Track, first: int, at_ms: int, step_ms: int) -> Position:
    since_ms = at_ms - int(track.time_ms[first])
    share = since_ms / step_ms

    def part(values: FloatArray) -> float:
        return float(values[first] + share * (values[first + 1] - values[first]))

    speed_m_s = _metres(track, first) / (step_ms / 1000)
    nearest_s = min(since_ms, step_ms - since_ms) / 1000
    return Position(
        part(track.lon), part(track.lat), part(track.accuracy_m) + max(STRAY_M_S, speed_m_s) * nearest_s
    )


def _metres(track: Track, first: int) -> float:
    plane = LocalPlane.at(float(track.lon[first]), float(track.lat[first]))
    x, y = plane.to_xy(track.lon[first + 1 : first + 2], track.lat[first + 1 : first + 2])
    return float(np.hypot(x, y)[0])
