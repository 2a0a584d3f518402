"""Outlines: what is refused, what is remarked on, and that nothing is mended."""

import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from app.geo.geojson import to_geojson
from app.geo.validity import (
    OutlineLimits,
    area_m2,
    as_multipolygon,
    overlaps,
    place_fault,
    same_outline,
    shape_fault,
    size_faults,
)

BIRMINGHAM = box(-1.95, 52.45, -1.85, 52.52)
HOTSPOT = box(-1.9, 52.48, -1.897, 52.482)


def codes(faults: list[object]) -> set[str]:
    return {fault.code for fault in faults}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("outline", "code"),
    [
        (None, "geometry-missing"),
        (Point(-1.9, 52.48), "geometry-kind"),
        (Polygon(), "geometry-kind"),
        (box(407000, 286000, 407200, 286200), "not-degrees"),
        (Polygon([(-1.9, 52.48), (-1.89, 52.49), (-1.89, 52.48), (-1.9, 52.49)]), "self-crossing"),
        (Polygon(HOTSPOT.exterior, [box(0, 0, 1, 1).exterior.coords]), "invalid-geometry"),
        (Polygon([(-1.9, 52.4), (-1.89, float("inf")), (-1.89, 52.48), (-1.9, 52.49)]), "invalid-geometry"),
    ],
)
def test_a_shape_that_is_no_outline_is_refused(outline: Polygon | None, code: str) -> None:
    fault = shape_fault(outline)
    assert fault is not None
    assert (fault.code, fault.fatal) == (code, True)


def test_a_bow_tie_is_told_and_not_mended() -> None:
    bow_tie = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    fault = shape_fault(bow_tie)
    assert fault is not None
    assert "crosses itself" in fault.detail
    assert not bow_tie.is_valid


def test_sound_outlines_have_no_fault() -> None:
    assert shape_fault(HOTSPOT) is None
    assert size_faults(HOTSPOT, OutlineLimits()) == []
    assert place_fault(HOTSPOT, BIRMINGHAM) is None


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        (20, {"too-small"}),
        (23, set()),
        (990, set()),
        (1010, {"large"}),
        (2200, {"large"}),
        (2250, {"too-large"}),
    ],
)
def test_sizes(metres: float, expected: set[str]) -> None:
    east, north = metres / 67_900, metres / 111_260
    outline = box(-1.9, 52.48, -1.9 + east, 52.48 + north)
    assert codes(list(size_faults(outline, OutlineLimits()))) == expected


def test_more_than_two_thousand_corners_are_too_many() -> None:
    ring = Point(-1.9, 52.48).buffer(0.003, quad_segs=600)
    assert codes(list(size_faults(ring, OutlineLimits()))) == {"too-many-corners"}


@pytest.mark.parametrize(
    ("outline", "code", "fatal"),
    [
        (box(0, 0, 0.01, 0.01), "null-island", True),
        (box(52.48, -1.9, 52.482, -1.897), "swapped", True),
        (box(2.34, 48.85, 2.36, 48.86), "outside-uk", True),
        (box(-0.13, 51.5, -0.12, 51.51), "outside-force", True),
        (box(-1.86, 52.48, -1.84, 52.481), "partly-outside-force", False),
    ],
)
def test_places(outline: Polygon, code: str, fatal: bool) -> None:
    fault = place_fault(outline, BIRMINGHAM)
    assert fault is not None
    assert (fault.code, fault.fatal) == (code, fatal)


def test_without_a_force_outline_the_kingdom_must_do() -> None:
    assert place_fault(HOTSPOT, None) is None
    swapped = place_fault(box(52.48, -1.9, 52.482, -1.897), None)
    assert swapped is not None
    assert swapped.code == "swapped"


def test_area_worked_value() -> None:
    assert area_m2(box(-1.9, 52.495, -1.89, 52.505)) == pytest.approx(755_684, rel=1e-4)


def test_overlaps_tell_the_share_of_the_smaller() -> None:
    squares = [box(0, 0, 1, 1), box(0.5, 0, 1.5, 1), box(5, 5, 6, 6), box(0.995, 0, 3, 1)]
    assert [(one.one, one.other, round(one.share, 3)) for one in overlaps(squares)] == [
        (0, 1, 0.5),
        (1, 3, 0.505),
    ]
    assert overlaps([]) == []


def test_the_same_line_wherever_it_begins() -> None:
    turned = Polygon([*HOTSPOT.exterior.coords[2:], *HOTSPOT.exterior.coords[1:3]])
    assert same_outline(as_multipolygon(HOTSPOT), as_multipolygon(turned))
    assert same_outline(as_multipolygon(HOTSPOT), as_multipolygon(HOTSPOT.reverse()))
    moved = shapely.transform(HOTSPOT, lambda points: points + 0.00001)
    assert not same_outline(as_multipolygon(HOTSPOT), as_multipolygon(moved))


def test_heights_are_dropped_and_parts_kept() -> None:
    solid = shapely.force_3d(MultiPolygon([HOTSPOT]), 100)
    assert isinstance(as_multipolygon(solid), MultiPolygon)
    assert not as_multipolygon(solid).has_z


def test_geojson_is_lists_rounded_to_a_centimetre() -> None:
    assert to_geojson(Point(-1.90000000001, 52.48)) == {"type": "Point", "coordinates": [-1.9, 52.48]}
    assert to_geojson(box(0, 0, 1, 1))["coordinates"][0][0] == [1.0, 0.0]
