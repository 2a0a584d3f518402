"""An independent exact computation: MEOS, the engine of MobilityDB, on dense, gap-free tracks without noise.

On such tracks every rule but the clipping at the boundary is silent (the band at the edge is set to nothing:
MEOS knows no noise), so verified and probable time together must be the time that MEOS finds inside, to the
millisecond per crossing.
"""

import numpy as np
import pytest
from shapely import MultiPolygon, Point, Polygon, box
from shapely.ops import unary_union

from app.tracks.policy import Policy
from tests.tracks.scene import PLANE, START, patrol, result, track

pymeos = pytest.importorskip("pymeos")
NO_EDGE = Policy(edge_band_m=0.0)


@pytest.fixture(autouse=True, scope="module")
def meos() -> None:
    """Begun once and never ended: MEOS aborts the process when an object of its own outlives it."""
    pymeos.pymeos_initialize()


def _seconds_inside(
    time_ms: np.ndarray, x: np.ndarray, y: np.ndarray, shape: Polygon | MultiPolygon
) -> float:
    moments = (np.datetime64(int(ms), "ms") for ms in time_ms)
    instants = ", ".join(
        f"POINT({float(px)!r} {float(py)!r})@{str(moment).replace('T', ' ')}+00"
        for px, py, moment in zip(x, y, moments, strict=True)
    )
    within = pymeos.TGeomPointSeq(string=f"[{instants}]").at(shape)
    return 0.0 if within is None else float(within.duration().total_seconds())


def _star(rng: np.random.Generator, corners: int) -> Polygon:
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(60, 260, corners)
    return Polygon(np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))).buffer(0)


def _shape(number: int, rng: np.random.Generator) -> Polygon | MultiPolygon:
    kinds = (
        lambda: _star(rng, 9),
        lambda: _star(rng, 200),
        lambda: box(-200, -200, 200, 200).difference(Point(0, 0).buffer(70)),
        lambda: unary_union([box(-220, -150, -30, 150), box(30, -150, 220, 150)]),
    )
    return kinds[number % len(kinds)]()


@pytest.mark.parametrize("number", range(16))
def test_time_inside_agrees_with_meos(number: int) -> None:
    rng = np.random.default_rng(number)
    shape = _shape(number, rng)
    seconds = np.arange(0, 3601, int(rng.choice([5, 10, 30])))
    turn = np.cumsum(rng.normal(0, 0.4, len(seconds)))
    stride = np.diff(seconds, prepend=0) * 1.3
    x, y = (
        np.abs((each + 300) % 1200 - 600) - 300
        for each in np.cumsum(stride * (np.cos(turn), np.sin(turn)), axis=1)
    )
    fixes = track(seconds, x, y)
    seen = result(fixes, patrol(60), shape, NO_EDGE).whole
    assert seen.unverified_ms == 0
    exact = _seconds_inside(START + seconds * 1000, *PLANE.to_xy(fixes.lon, fixes.lat), shape)
    assert (seen.verified_ms + seen.probable_ms) / 1000 == pytest.approx(exact, abs=0.02)
