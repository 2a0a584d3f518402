"""The plane against the geodesic of PROJ, which computes distances on the ellipsoid to the micrometre."""

import numpy as np
import pytest
from pyproj import Geod
from shapely import Point, Polygon

from app.geo.plane import LocalPlane

GEOD = Geod(ellps="WGS84")


def _worst_error(lat: float, half_width_m: float) -> float:
    """The worst relative error of a distance between neighbours of 300 positions in a square."""
    plane = LocalPlane.at(-1.9, lat)
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-half_width_m, half_width_m, (2, 300))
    lon, lat_of = plane.to_lonlat(x, y)
    _, _, exact = GEOD.inv(lon[:-1], lat_of[:-1], lon[1:], lat_of[1:])
    flat = np.hypot(np.diff(x), np.diff(y))
    return float(np.max(np.abs(flat - exact) / exact))


@pytest.mark.parametrize("lat", [50.0, 52.48, 55.9, 60.8])
def test_distances_in_a_hotspot_are_right_to_two_parts_in_ten_thousand(lat: float) -> None:
    assert _worst_error(lat, 500) < 2e-4


@pytest.mark.parametrize("lat", [50.0, 52.48, 55.9, 60.8])
def test_distances_in_ten_kilometres_are_right_to_two_parts_in_a_thousand(lat: float) -> None:
    assert _worst_error(lat, 5_000) < 2e-3


@pytest.mark.parametrize(("bearing", "axis"), [(90, 0), (0, 1)])
def test_a_kilometre_along_each_axis_is_exact_at_the_reference(bearing: float, axis: int) -> None:
    lon, lat, _ = GEOD.fwd(-1.9, 52.48, bearing, 1000)
    xy = LocalPlane.at(-1.9, 52.48).to_xy(np.array([lon]), np.array([lat]))
    assert xy[axis][0] == pytest.approx(1000, abs=0.1)
    assert xy[1 - axis][0] == pytest.approx(0, abs=0.15)


def test_there_and_back_is_the_same_position() -> None:
    plane = LocalPlane.at(-1.9, 52.48)
    lon, lat = np.array([-1.95, -1.9, -1.8]), np.array([52.4, 52.48, 52.5])
    back = plane.to_lonlat(*plane.to_xy(lon, lat))
    assert back[0] == pytest.approx(lon, abs=1e-12)
    assert back[1] == pytest.approx(lat, abs=1e-12)


def test_geometries_keep_their_holes_there_and_back() -> None:
    plane = LocalPlane.at(-1.9, 52.48)
    outer = [(0, 0), (100, 0), (100, 100), (0, 100)]
    shape = Polygon(outer, [[(40, 40), (60, 40), (60, 60), (40, 60)]])
    assert plane.project(plane.unproject(shape)).equals_exact(shape, 1e-6)


def test_the_plane_around_a_geometry_lies_in_its_middle() -> None:
    assert LocalPlane.around(Polygon([(-2, 52), (-1, 52), (-1, 53)])) == LocalPlane.at(-1.5, 52.5)
    assert LocalPlane.around(Point()) == LocalPlane.at(0, 0)
