"""How long an assessment takes, beside what the same question costs with other tools, measured in one run.

    python -m benchmarks.assess

1,440 fixes (two hours, one every five seconds) against a hotspot of 200 vertices, in three scenes: well
inside, walking along the line, and in and out across it. The peers answer a smaller question: only the time
inside, without labels, silences, the rule for the edge, visits or flags. PostGIS is measured when
TEST_DATABASE_URL names a database that has it. Times are medians.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import psycopg
import shapely
from shapely import Polygon

from app.geo.plane import LocalPlane
from app.tracks.assessment import Fixes, HotspotBoundary, PatrolFacts, Policy, WindowFacts, assess
from app.tracks.plausibility import FloatArray

FIXES, VERTICES, BATCH = 1440, 200, 120
GOAL_MS, GOAL_FASTER = 2.0, 7.0
PLANE = LocalPlane.at(-1.9, 52.48)
START = 1_772_445_600_000
HOTSPOT = UUID(int=1)
SCENES = {"well inside": 100.0, "along the line": 180.0, "in and out": 260.0}


@dataclass(frozen=True, slots=True)
class Scene:
    """One patrol: fixes, and the hotspot in degrees; x, y in metres for the peers, which are spared the
    projection."""

    fixes: Fixes
    polygon: Polygon
    x: FloatArray
    y: FloatArray
    shape: Polygon


def scene(size_m: float, count: int = FIXES, every_seconds: int = 5) -> Scene:
    """A walk with five metres of noise that wanders about as far from the middle as the size given."""
    rng = np.random.default_rng(1)
    turn = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    radius = 200 * (1 + 0.15 * np.sin(5 * turn))
    shape = Polygon(np.column_stack((radius * np.cos(turn), radius * np.sin(turn))))
    seconds = np.arange(count) * every_seconds
    angle = seconds / 900
    x = size_m * np.cos(1.3 * angle) * (1 + 0.3 * np.sin(7 * angle)) + rng.normal(0, 5, count)
    y = size_m * np.sin(angle) * (1 + 0.3 * np.cos(5 * angle)) + rng.normal(0, 5, count)
    lon, lat = PLANE.to_lonlat(x, y)
    same = np.zeros(count, dtype=np.int64)
    time_ms = START + seconds.astype(np.int64) * 1000
    # As phones send them: in batches of 120, each arriving a minute after its last fix.
    sequence = np.arange(count) // BATCH
    received_ms = time_ms[np.minimum((sequence + 1) * BATCH, count) - 1] + 60_000
    fixes = Fixes(time_ms, lon, lat, np.full(count, 8.0), same.astype(bool), same, sequence, received_ms)
    polygon = PLANE.unproject(shape)
    assert isinstance(polygon, Polygon)
    return Scene(fixes, polygon, x, y, shape)


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """The median of repeated runs in milliseconds, after one to warm up."""
    work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def ours(given: Scene) -> Callable[[], object]:
    """The whole assessment, with a window."""
    ends = int(given.fixes.time_ms[-1])
    patrol = PatrolFacts(START, ends, "FOOT")
    boundaries = [HotspotBoundary(HOTSPOT, HOTSPOT, given.polygon)]
    window, policy = WindowFacts(HOTSPOT, START, ends, 3_600_000), Policy()
    return lambda: assess(given.fixes, patrol, boundaries, window, policy)


def shapely_arrays(given: Scene) -> Callable[[], object]:
    """Which fixes are inside, and the time between two that both are: no boundary is cut."""

    def work() -> float:
        inside = shapely.contains(given.shape, shapely.points(given.x, given.y))
        both = inside[1:] & inside[:-1]
        return float(np.diff(given.fixes.time_ms)[both].sum())

    return work


def meos(given: Scene) -> dict[str, Callable[[], object]]:
    """The exact time inside, with and without building the moving point; empty when PyMEOS is not
    installed."""
    try:
        import pymeos
    except ImportError:
        return {}
    pymeos.pymeos_initialize()

    def moving_point() -> object:
        moments = np.datetime_as_string(given.fixes.time_ms.astype("datetime64[ms]"))
        points = zip(given.x.tolist(), given.y.tolist(), moments.tolist(), strict=True)
        text = ", ".join(f"POINT({x} {y})@{moment.replace('T', ' ')}+00" for x, y, moment in points)
        return pymeos.TGeomPointSeq(string=f"[{text}]")

    moving = moving_point()

    def inside(point: object) -> object:
        within = point.at(given.shape)  # type: ignore[attr-defined]  # PyMEOS carries no types
        return None if within is None else within.duration()

    return {
        "PyMEOS, from columns": lambda: inside(moving_point()),
        "PyMEOS, clipping alone": lambda: inside(moving),
    }


POSTGIS_SQL = """
WITH step AS (
    SELECT ST_SetSRID(ST_MakeLine(ST_Point(x, y), ST_Point(lead(x) OVER w, lead(y) OVER w)), 27700) AS line,
           lead(t) OVER w - t AS lasting
    FROM unnest(%s::float8[], %s::float8[], %s::bigint[]) AS fix (x, y, t) WINDOW w AS (ORDER BY t)
)
SELECT sum(lasting * ST_Length(ST_Intersection(line, shape)) / nullif(ST_Length(line), 0))
FROM step, (SELECT ST_GeomFromWKB(%s, 27700) AS shape) AS hotspot WHERE ST_Intersects(line, shape)
"""


def postgis_ms(given: Scene, url: str, repeats: int) -> float:
    """The time inside by clipping every step in PostgreSQL, fixes sent as arrays."""
    arguments = (
        given.x.tolist(),
        given.y.tolist(),
        given.fixes.time_ms.tolist(),
        shapely.to_wkb(given.shape),
    )
    address = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        return median_ms(lambda: connection.execute(POSTGIS_SQL, arguments).fetchone(), repeats)


def run(repeats: int = 50) -> dict[str, float]:
    """Median milliseconds by scene and tool, as "scene / tool", and what an eight-hour patrol costs per
    second recorded."""
    figures: dict[str, float] = {}
    url = os.environ.get("TEST_DATABASE_URL")
    for name, size in SCENES.items():
        given = scene(size)
        figures[f"{name} / assess"] = median_ms(ours(given), repeats)
        figures[f"{name} / Shapely, points only"] = median_ms(shapely_arrays(given), repeats)
        for tool, work in meos(given).items():
            figures[f"{name} / {tool}"] = median_ms(work, max(3, repeats // 5))
        if url:
            figures[f"{name} / PostGIS"] = postgis_ms(given, url, max(3, repeats // 5))
    figures["eight hours at 1 s / assess"] = median_ms(ours(scene(200.0, 8 * 3600, 1)), max(3, repeats // 10))
    return figures


def main() -> None:
    figures = run()
    print(f"{FIXES} fixes, {VERTICES} vertices; median of one run\n")
    print(f"{'scene':<22}{'tool':<28}{'ms':>8}{'against assess':>18}")
    for name, milliseconds in figures.items():
        scene_name, tool = name.split(" / ")
        ratio = milliseconds / figures[f"{scene_name} / assess"]
        print(f"{scene_name:<22}{tool:<28}{milliseconds:>8.2f}{ratio:>17.1f}x")
    slowest = max(figures[f"{name} / assess"] for name in SCENES)
    print(
        f"\ngoal at most {GOAL_MS} ms: {slowest:.2f} ms in the slowest scene, {_verdict(slowest <= GOAL_MS)}"
    )
    for name in SCENES:
        peer = figures.get(f"{name} / PyMEOS, from columns")
        if peer is not None:
            faster = peer / figures[f"{name} / assess"]
            print(
                f"goal at least {GOAL_FASTER:g} times PyMEOS, {name}: {faster:.1f}, {_verdict(faster >= GOAL_FASTER)}"
            )


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    main()
