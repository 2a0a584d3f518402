"""Decides how far outside a hotspot somebody was, stretch by stretch: a distance that can be told, not one that
credits.

It costs more than crediting itself, so it is asked only of a result that is about to be kept.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.geo.plane import LocalPlane
from app.tracks.assessment import Assessment, HotspotResult, Line
from app.tracks.intervals import Interval, Intervals, subtract, unite

# What is told one by one; the rest is summed up.
SHORTEST_TOLD_MS = 60_000
# A moment every five seconds of a stretch, and no more than these.
_MOMENT_MS = 5_000
_MOST_MOMENTS = 240

OutsideStretch = tuple[int, int, int]
"""(start_ms, end_ms, metres): the typical distance from the line, floored to whole metres."""


def outside_of(assessment: Assessment, tasked: HotspotResult) -> Intervals:
    """The time of a patrol that its phone placed outside a hotspot: what no other grade holds."""
    span = (assessment.checked_in_ms, assessment.horizon_ms)
    return subtract((span,), unite(tasked.verified, tasked.probable, tasked.unverified))


def how_far_outside(
    line: Line, polygon: BaseGeometry, outside: Iterable[Interval]
) -> Sequence[OutsideStretch]:
    """The stretches of at least a minute, each with the median distance from the hotspot of moments along it.

    Between two used fixes the path is taken as straight, as everywhere. Six minutes spent 40 m east of the line:
    `[(start, start + 360_000, 40)]`. Nothing for a line without fixes.
    """
    told = [(start, end) for start, end in outside if end - start >= SHORTEST_TOLD_MS]
    if not told or not len(line.time_ms):
        return []
    # Of two devices at one instant either may come first in the line; here the order is always the same.
    order = np.lexsort((line.lat, line.lon, line.time_ms))
    time_ms, lon, lat = line.time_ms[order], line.lon[order], line.lat[order]
    plane = LocalPlane.around(polygon)
    shape = plane.project(polygon)
    shapely.prepare(shape)
    found = []
    for start, end in told:
        count = min(max((end - start) // _MOMENT_MS, 1), _MOST_MOMENTS)
        moments = start + (np.arange(count) + 0.5) * (end - start) / count
        x, y = plane.to_xy(np.interp(moments, time_ms, lon), np.interp(moments, time_ms, lat))
        metres = np.median(shapely.distance(shape, shapely.points(x, y)))
        found.append((start, end, int(metres)))
    return found
