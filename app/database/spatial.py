"""The only place that knows PostGIS from SQLite: one geometry column type, Shapely in and out.

On PostgreSQL a column is `geometry(…, 4326)`; on SQLite it is WKB in a BLOB, and the few spatial SQL functions we use
are answered by Shapely. Longitude first, WGS84.
"""

import struct
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geometry as PostGISGeometry
from geoalchemy2.elements import WKBElement
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Dialect, Double, Index, LargeBinary, cast, func
from sqlalchemy.types import TypeDecorator, TypeEngine

SRID = 4326
_WKB_LINESTRING_M = 2002


class Geometry(TypeDecorator[BaseGeometry]):
    """A WGS84 geometry column that takes and gives Shapely geometries on either database."""

    impl = PostGISGeometry
    cache_ok = True

    def __init__(self, kind: str = "GEOMETRY") -> None:
        self.kind = kind
        super().__init__(geometry_type=kind, srid=SRID, spatial_index=False)

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        # GeoAlchemy2 asks for the implementation without a dialect while a table is being declared.
        if dialect is None or dialect.name == "postgresql":
            return PostGISGeometry(geometry_type=self.kind, srid=SRID, spatial_index=False)
        return dialect.type_descriptor(LargeBinary())

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> str | bytes | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return f"SRID={SRID};{shapely.to_wkt(value, rounding_precision=-1)}"
        return bytes(shapely.to_wkb(value))

    def process_result_value(self, value: object, dialect: Dialect) -> BaseGeometry | None:
        if value is None:
            return None
        if isinstance(value, WKBElement):
            value = value.data
        if not isinstance(value, bytes | memoryview | str):
            raise TypeError(f"a geometry column held {type(value).__name__}")
        return shapely.from_wkb(value if isinstance(value, str) else bytes(value))


def gist(name: str, column: str) -> Index:
    """A spatial index on PostgreSQL; nothing on SQLite, which has none to give."""
    return Index(name, column, postgresql_using="gist").ddl_if(dialect="postgresql")


def intersects(column: Any, geometry: BaseGeometry) -> ColumnElement[bool]:
    """SQL truth of «this column's geometry and that geometry share a point»; uses the spatial index on PostgreSQL."""
    return func.ST_Intersects(column, cast(geometry, Geometry()))


def holds(column: Any, lon: ColumnElement[Any], lat: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL truth of «this column's geometry and that point share a point», which a point on the line does; unknown
    where a coordinate is null. Two numbers, because a geometry costs more to send than all else in the statement."""
    point = func.ST_SetSRID(func.ST_MakePoint(cast(lon, Double()), cast(lat, Double())), SRID)
    return func.ST_Intersects(column, point)


def measured_line(
    lon: NDArray[np.float64], lat: NDArray[np.float64], measure: NDArray[np.float64]
) -> shapely.LineString:
    """A line whose every point carries a measure, such as Unix seconds; at least two points."""
    header = struct.pack("<BII", 1, _WKB_LINESTRING_M, len(lon))
    line = shapely.from_wkb(header + np.column_stack([lon, lat, measure]).astype("<f8").tobytes())
    assert isinstance(line, shapely.LineString)  # noqa: S101 - the header says so
    return line


def measured_points(line: BaseGeometry) -> list[tuple[float, float, float]]:
    """The points of `measured_line` as (lon, lat, measure)."""
    return [
        (lon, lat, measure) for lon, lat, measure in shapely.get_coordinates(line, include_m=True).tolist()
    ]


def sqlite_functions() -> dict[str, tuple[int, Any]]:
    """The spatial SQL functions SQLite borrows from Shapely: name to (number of arguments, function)."""

    def st_intersects(one: bytes | None, other: bytes | None) -> int | None:
        if one is None or other is None:
            return None
        return int(shapely.intersects(shapely.from_wkb(one), shapely.from_wkb(other)))

    def st_make_point(lon: float | None, lat: float | None) -> bytes | None:
        return None if lon is None or lat is None else bytes(shapely.to_wkb(shapely.Point(lon, lat)))

    return {
        "ST_Intersects": (2, st_intersects),
        "ST_MakePoint": (2, st_make_point),
        # All that is stored is WGS84.
        "ST_SetSRID": (2, lambda geometry, _srid: geometry),
    }
