"""A neighbourhood's outline out of the points data.police.uk gives: closed, longitude first, mended where it must be.

Unlike a hotspot's, such an outline only says where an area lies, and nobody here can draw it again: it is mended, and
every mending is told. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from app.geo.validity import area_m2, as_multipolygon, made_valid, place_fault

Point = tuple[float, float]
_FEWEST_CORNERS = 3


# A line drawn there and back encloses a sliver.
_SMALLEST_M2 = 50


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about an answer that somebody should know."""

    code: str
    detail: str


_FLAT = Remark("boundary-flat", "The boundary encloses nothing, or next to it.")


def outline_of(
    points: Sequence[Point], force: BaseGeometry | None
) -> tuple[MultiPolygon | None, list[Remark]]:
    """The outline of points (longitude, latitude), and what was mended or why there is none.

    `force` is the force's outline where it is known. No points are `boundary-empty`, fewer than three different ones
    `boundary-too-few`, less than fifty square metres `boundary-flat`; crossing lines are `boundary-mended`;
    exchanged coordinates `boundary-swapped` and exchanged back; what lies outside the force or the country is left out.
    """
    if not points:
        return None, [Remark("boundary-empty", "The boundary has no points; what is held stays.")]
    if len(set(points)) < _FEWEST_CORNERS:
        return None, [Remark("boundary-too-few", "The boundary has fewer than three different points.")]
    drawn = Polygon(points)
    found = []
    outline = as_multipolygon(drawn) if drawn.is_valid else made_valid(drawn)
    if outline is None:
        return None, [_FLAT]
    if not drawn.is_valid:
        parts = f"{len(outline.geoms)} part{'s' if len(outline.geoms) > 1 else ''}"
        found.append(Remark("boundary-mended", f"The line crosses or touches itself; mended to {parts}."))
    fault = place_fault(outline, force)
    if fault is not None and fault.code == "swapped":
        outline = shapely.transform(outline, lambda corners: corners[:, ::-1])
        found.append(Remark("boundary-swapped", "Latitude and longitude were exchanged; exchanged back."))
        fault = place_fault(outline, force)
    if fault is not None and fault.fatal:
        return None, [*found, Remark(f"boundary-{fault.code}", fault.detail)]
    if area_m2(outline) < _SMALLEST_M2:
        return None, [_FLAT]
    return outline, found
