"""A small world for the tests of tracks: a plane in Birmingham, a square hotspot around its origin, and fixes
drawn in metres."""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import ArrayLike
from shapely import MultiPolygon, Polygon, box

from app.geo.plane import LocalPlane
from app.tracks.assessment import (
    Assessment,
    Fixes,
    HotspotBoundary,
    HotspotResult,
    PatrolFacts,
    Policy,
    WindowFacts,
    assess,
)

PLANE = LocalPlane.at(-1.9, 52.48)
HOTSPOT = UUID("018f0000-0000-7000-8000-000000000001")
BOUNDARY = UUID("018f0000-0000-7000-8000-000000000002")
POLICY = Policy()
START = 1_772_445_600_000  # 2026-03-02 10:00 UTC
MINUTE = 60_000
HOUR = 60 * MINUTE
SQUARE = box(-200, -200, 200, 200)
DATA = Path(__file__).parent.parent / "data"


def track(
    seconds: ArrayLike,
    x: ArrayLike,
    y: ArrayLike = 0.0,
    *,
    accuracy: ArrayLike = 5.0,
    mock: ArrayLike = False,
    device: int = 0,
    sequence: ArrayLike = 1,
    received_ms: int = START + 1000 * HOUR,
) -> Fixes:
    """Fixes at seconds after START and metres east and north of the origin; single values stand for all."""
    after = np.atleast_1d(np.asarray(seconds, dtype=np.float64))
    n = len(after)
    lon, lat = PLANE.to_lonlat(
        np.broadcast_to(np.asarray(x, dtype=np.float64), n),
        np.broadcast_to(np.asarray(y, dtype=np.float64), n),
    )
    return Fixes(
        time_ms=START + np.rint(after * 1000).astype(np.int64),
        lon=lon,
        lat=lat,
        accuracy_m=np.broadcast_to(np.asarray(accuracy, dtype=np.float64), n).copy(),
        mock=np.broadcast_to(np.asarray(mock, dtype=bool), n).copy(),
        device=np.full(n, device, dtype=np.int64),
        sequence=np.broadcast_to(np.asarray(sequence, dtype=np.int64), n).copy(),
        received_ms=np.full(n, received_ms, dtype=np.int64),
    )


def together(*parts: Fixes) -> Fixes:
    return Fixes.concatenate(parts)


def patrol(
    minutes: float | None = 60, *, mode: str = "FOOT", begins: float = 0, skew_ms: int = 0
) -> PatrolFacts:
    """A patrol from `begins` minutes after START, for the minutes given; open when None."""
    checked_in = START + round(begins * MINUTE)
    return PatrolFacts(
        checked_in_ms=checked_in,
        checked_out_ms=None if minutes is None else checked_in + round(minutes * MINUTE),
        mode=mode,
        skew_ms=skew_ms,
    )


def boundary(shape: Polygon | MultiPolygon = SQUARE, hotspot: UUID = HOTSPOT) -> HotspotBoundary:
    """A hotspot given in metres."""
    placed = PLANE.unproject(shape)
    assert isinstance(placed, Polygon | MultiPolygon)
    return HotspotBoundary(hotspot, BOUNDARY, placed)


def window(minutes: float = 120, required: float = 60, begins: float = 0) -> WindowFacts:
    opens = START + round(begins * MINUTE)
    return WindowFacts(HOTSPOT, opens, opens + round(minutes * MINUTE), round(required * MINUTE))


def assessed(
    fixes: Fixes,
    facts: PatrolFacts | None = None,
    shape: Polygon | MultiPolygon = SQUARE,
    for_window: WindowFacts | None = None,
    policy: Policy = POLICY,
) -> Assessment:
    return assess(fixes, facts or patrol(), [boundary(shape)], for_window, policy)


def result(
    fixes: Fixes,
    facts: PatrolFacts | None = None,
    shape: Polygon | MultiPolygon = SQUARE,
    policy: Policy = POLICY,
) -> HotspotResult:
    return assessed(fixes, facts, shape, policy=policy).hotspots[0]


def seconds_by_grade(
    fixes: Fixes, facts: PatrolFacts | None = None, policy: Policy = POLICY
) -> tuple[float, ...]:
    """Verified, probable, unverified and outside, in seconds."""
    grades = result(fixes, facts, policy=policy).whole
    return (
        grades.verified_ms / 1000,
        grades.probable_ms / 1000,
        grades.unverified_ms / 1000,
        grades.outside_ms / 1000,
    )


def labels(fixes: Fixes, facts: PatrolFacts | None = None, policy: Policy = POLICY) -> list[str]:
    return [str(each) for each in assessed(fixes, facts, policy=policy).labels]


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def phone_track(name: str, time: str, lon: str, lat: str, accuracy: str, time_unit_ms: float) -> Fixes:
    """A recorded track from tests/data/tracks, rows in the order of the file."""
    with (DATA / "tracks" / name).open(newline="") as file:
        rows: Sequence[dict[str, str]] = list(csv.DictReader(file))
    n = len(rows)
    return Fixes(
        time_ms=np.array([round(float(row[time]) * time_unit_ms) for row in rows], dtype=np.int64),
        lon=np.array([float(row[lon]) for row in rows]),
        lat=np.array([float(row[lat]) for row in rows]),
        accuracy_m=np.array([float(row[accuracy]) for row in rows]),
        mock=np.zeros(n, dtype=bool),
        device=np.zeros(n, dtype=np.int64),
        sequence=np.ones(n, dtype=np.int64),
        received_ms=np.full(n, 4_000_000_000_000, dtype=np.int64),
    )
