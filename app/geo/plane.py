"""Decides where a position lies in metres: a flat local plane around one point of the earth.

Hotspots are a few hundred metres wide, so a plane that is exact at its reference point and straight in
longitude and latitude is all that crediting needs; straight edges stay straight, and nothing is looked up in
a projection database.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

FloatArray = NDArray[np.float64]

WGS84_SEMI_MAJOR_M = 6_378_137.0
WGS84_FLATTENING = 1 / 298.257223563


@dataclass(frozen=True, slots=True)
class LocalPlane:
    """A plane through (lon, lat): x metres east, y metres north of it, with the radii of the WGS84 ellipsoid
    there.

    Error at British latitudes, against the geodesic of PROJ: a distance is right to two parts in 10,000 when
    both ends lie within a kilometre square around the reference point, and to two parts in 1,000 within a 10
    km square.

    Worked value: at 52.5 N one thousandth of a degree is 67.9 m east and 111.3 m north.
    """

    lon: float
    lat: float
    metres_per_degree_lon: float
    metres_per_degree_lat: float

    @classmethod
    def at(cls, lon: float, lat: float) -> Self:
        """The plane through a point given in degrees (WGS84). Latitude must not be a pole."""
        squared_eccentricity = WGS84_FLATTENING * (2 - WGS84_FLATTENING)
        sine = math.sin(math.radians(lat))
        curvature = 1 - squared_eccentricity * sine * sine
        prime_vertical_m = WGS84_SEMI_MAJOR_M / math.sqrt(curvature)
        meridian_m = prime_vertical_m * (1 - squared_eccentricity) / curvature
        return cls(
            lon=lon,
            lat=lat,
            metres_per_degree_lon=math.radians(1) * prime_vertical_m * math.cos(math.radians(lat)),
            metres_per_degree_lat=math.radians(1) * meridian_m,
        )

    @classmethod
    def around(cls, geometry: BaseGeometry) -> Self:
        """The plane at the middle of a geometry's bounds; at (0, 0) when it is empty."""
        if geometry.is_empty:
            return cls.at(0.0, 0.0)
        west, south, east, north = geometry.bounds
        return cls.at((west + east) / 2, (south + north) / 2)

    def to_xy(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Degrees to metres east and north of the reference point."""
        return (lon - self.lon) * self.metres_per_degree_lon, (lat - self.lat) * self.metres_per_degree_lat

    def to_lonlat(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Metres back to degrees: the inverse of `to_xy`."""
        return x / self.metres_per_degree_lon + self.lon, y / self.metres_per_degree_lat + self.lat

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in degrees as the same geometry in metres; heights are dropped."""

        def to_metres(coordinates: FloatArray) -> FloatArray:
            return np.column_stack(self.to_xy(coordinates[:, 0], coordinates[:, 1]))

        return shapely.transform(geometry, to_metres)

    def unproject(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in metres back to degrees: the inverse of `project`."""

        def to_degrees(coordinates: FloatArray) -> FloatArray:
            return np.column_stack(self.to_lonlat(coordinates[:, 0], coordinates[:, 1]))

        return shapely.transform(geometry, to_degrees)
