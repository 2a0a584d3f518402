"""Geometries as GeoJSON (RFC 7946): WGS84, longitude first, seven decimals, which is a centimetre."""

from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

_DECIMALS = 7


def to_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """A geometry as a GeoJSON object: `POINT (-1.9 52.48)` is `{"type": "Point", "coordinates": [-1.9, 52.48]}`."""
    rounded = shapely.transform(geometry, lambda points: points.round(_DECIMALS))
    written = mapping(rounded)
    return {"type": written["type"], "coordinates": _lists(written["coordinates"])}


def _lists(part: Any) -> Any:
    return [_lists(inner) for inner in part] if isinstance(part, tuple | list) else part
