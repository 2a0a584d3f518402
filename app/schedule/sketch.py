"""Draws a hotspot's outline small enough for a sheet of paper: north up, to scale, with a bar of metres. Pure.

A crew knows the streets; the sketch tells which side of the road the line runs on, and nothing that a phone does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from app.geo.plane import LocalPlane

WIDTH, HEIGHT = 150.0, 110.0
# Finer than the pen at this size.
_TOLERANCE = 0.4
_MOST_POINTS = 300
_BARS_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class Sketch:
    """An outline as the `d` of an SVG path within `WIDTH` by `HEIGHT`, and a bar of so many metres."""

    path: str
    bar_m: int
    bar_width: float


def sketch(outline: BaseGeometry) -> Sketch | None:
    """The outline of one or more polygons, holes included; None for what is empty or too intricate for its size.

    A square of 100 m is drawn 110 units high, and its bar of 50 m is 55 units long.
    """
    flat = LocalPlane.around(outline).project(outline)
    if flat.is_empty:
        return None
    west, south, east, north = flat.bounds
    if min(east - west, north - south) <= 0:
        return None
    scale = min(WIDTH / (east - west), HEIGHT / (north - south))
    simple = flat.simplify(_TOLERANCE / scale)
    rings = list(_rings(simple))
    if not 0 < sum(len(ring) for ring in rings) <= _MOST_POINTS:
        return None
    left, top = (WIDTH - (east - west) * scale) / 2, (HEIGHT - (north - south) * scale) / 2
    drawn = [
        "M"
        + "L".join(f"{left + (x - west) * scale:.1f} {top + (north - y) * scale:.1f}" for x, y in ring)
        + "Z"
        for ring in rings
    ]
    bar_m = max((bar for bar in _BARS_M if bar * scale <= WIDTH / 2), default=_BARS_M[0])
    return Sketch("".join(drawn), bar_m, round(bar_m * scale, 1))


def _rings(shape: BaseGeometry) -> Iterator[list[tuple[float, float]]]:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    for part in parts:
        if isinstance(part, Polygon):
            for ring in (part.exterior, *part.interiors):
                yield [(x, y) for x, y, *_ in list(ring.coords)[:-1]]
