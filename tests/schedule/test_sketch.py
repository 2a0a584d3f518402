"""An outline drawn small: to scale, north up, with its holes, or not at all."""

import re

import pytest
from shapely import MultiPolygon, Point, Polygon, box

from app.schedule.sketch import HEIGHT, WIDTH, sketch

# A hundred metres at 52.5 N, east and north.
EAST, NORTH = 0.1 / 67.9, 0.1 / 111.3


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def test_a_square_is_a_square_and_its_bar_is_to_scale() -> None:
    drawn = sketch(box(-1.9, 52.5, -1.9 + EAST, 52.5 + NORTH))
    assert drawn is not None
    xs, ys = zip(*points(drawn.path), strict=True)
    assert (max(ys) - min(ys), max(xs) - min(xs)) == pytest.approx((HEIGHT, HEIGHT), rel=0.01)
    assert (min(xs) + max(xs)) / 2 == pytest.approx(WIDTH / 2)
    assert drawn.bar_m == 50
    assert drawn.bar_width == pytest.approx(HEIGHT / 2, rel=0.01)


def test_north_is_up_and_east_is_right() -> None:
    corner = Polygon([(-1.9, 52.5), (-1.9 + EAST, 52.5), (-1.9, 52.5 + NORTH)])
    drawn = sketch(corner)
    assert drawn is not None
    found = points(drawn.path)
    left = min(x for x, _ in found)
    assert (left, 0.0) in found
    assert max(y for x, y in found if x > left) == pytest.approx(HEIGHT)


def test_parts_and_holes_are_drawn_and_circles_in_few_points() -> None:
    ring = Polygon(
        Point(-1.9, 52.5).buffer(EAST).exterior.coords, [Point(-1.9, 52.5).buffer(EAST / 3).exterior.coords]
    )
    drawn = sketch(MultiPolygon([ring, box(-1.8970, 52.5, -1.8965, 52.501)]))
    assert drawn is not None
    assert drawn.path.count("M") == drawn.path.count("Z") == 3
    assert len(points(drawn.path)) < 100
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(drawn.path))


def test_what_cannot_be_drawn_is_left_out() -> None:
    comb = Polygon(
        [(-1.9 + EAST * step / 1000, 52.5 + (NORTH if step % 2 else 0)) for step in range(1000)]
        + [(-1.9 + EAST, 52.5 - NORTH), (-1.9, 52.5 - NORTH)]
    )
    assert sketch(comb) is None
    assert sketch(Polygon()) is None
