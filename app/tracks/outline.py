"""Decides where a path lies inside a hotspot: exactly, at the boundary, holes and parts included.

Only the steps of a path that come near the line are compared with it. Whether they do is read from a coarse
grid of the line, so an hour well inside costs next to nothing, whatever the number of vertices.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.tracks.plausibility import BoolArray, FloatArray, IntArray

_CELLS = 64
_PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """Straight steps of a path, in metres: from (x0, y0) to (x1, y1), columns of one length."""

    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray

    def __len__(self) -> int:
        return len(self.x0)

    def take(self, rows: IntArray | BoolArray) -> "Steps":
        return Steps(self.x0[rows], self.y0[rows], self.x1[rows], self.y1[rows])


@dataclass(frozen=True, slots=True)
class Pieces:
    """The steps cut where they cross the line: piece by piece the step it belongs to, from and to which
    share, and its side."""

    step: IntArray
    starts: FloatArray
    ends: FloatArray
    inside: BoolArray


@dataclass(frozen=True, slots=True)
class Outline:
    """A hotspot in metres, prepared for many questions. A position on the line is inside."""

    shape: BaseGeometry
    edges: Steps
    occupied: IntArray
    """How many cells of the grid left of and below a corner hold a part of the line (a summed-area table)."""

    @classmethod
    def of(cls, shape: BaseGeometry) -> Self:
        """Prepare a polygon or multipolygon given in metres."""
        shapely.prepare(shape)
        points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
        same_ring = ring[1:] == ring[:-1]
        before, after = points[:-1][same_ring], points[1:][same_ring]
        edges = Steps(before[:, 0], before[:, 1], after[:, 0], after[:, 1])
        return cls(shape, edges, _occupied_cells(edges, shape.bounds))

    def contains(self, x: FloatArray, y: FloatArray) -> BoolArray:
        inside: BoolArray = shapely.intersects_xy(self.shape, x, y)
        return inside

    def within(self, x: FloatArray, y: FloatArray, metres: FloatArray) -> BoolArray:
        """Which positions are inside or no further from the line than the metres given for each."""
        near: BoolArray = shapely.dwithin(self.shape, shapely.points(x, y), metres)
        return near

    def cut(self, steps: Steps, starts_inside: BoolArray) -> Pieces:
        """Cut the steps at every crossing of the line. The pieces come in the order of the steps and lie end
        to end."""
        near = np.flatnonzero(self._near_line(steps))
        own, share = self._crossings(steps.take(near))
        step = np.concatenate((np.arange(len(steps)), near[own]))
        starts = np.concatenate((np.zeros(len(steps)), share))
        if len(own):
            order = np.lexsort((starts, step))
            step, starts = step[order], starts[order]
        ends = np.ones(len(step))
        same = step[1:] == step[:-1]
        ends[:-1][same] = starts[1:][same]
        inside = starts_inside[step]
        touched = np.zeros(len(steps), dtype=bool)
        touched[near] = True
        asked = np.flatnonzero(touched[step])
        if len(asked):
            at, middle = step[asked], (starts[asked] + ends[asked]) / 2
            x = steps.x0[at] + middle * (steps.x1[at] - steps.x0[at])
            y = steps.y0[at] + middle * (steps.y1[at] - steps.y0[at])
            inside[asked] = self.contains(x, y)
        return Pieces(step, starts, ends, inside)

    def _near_line(self, steps: Steps) -> BoolArray:
        """Which steps may touch the line: those whose rectangle holds an occupied cell."""
        if len(self.edges) == 0:
            return np.zeros(len(steps), dtype=bool)
        left, right, below, above = _cell_ranges(steps, self.shape.bounds)
        table = self.occupied
        held = (
            table[above + 1, right + 1]
            - table[below, right + 1]
            - table[above + 1, left]
            + table[below, left]
        )
        near: BoolArray = held > 0
        return near

    def _crossings(self, steps: Steps) -> tuple[IntArray, FloatArray]:
        """Where steps meet edges: the step, and the share of it passed. Touching counts; running along an
        edge does not."""
        found_step, found_share = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        edges = self.edges
        rows_at_once = max(1, _PAIRS_AT_ONCE // max(1, len(edges)))
        for first in range(0, len(steps), rows_at_once):
            some = steps.take(np.arange(first, min(first + rows_at_once, len(steps))))
            i, j = np.nonzero(_rectangles_meet(some, edges))
            rx, ry = some.x1[i] - some.x0[i], some.y1[i] - some.y0[i]
            ex, ey = edges.x1[j] - edges.x0[j], edges.y1[j] - edges.y0[j]
            px, py = edges.x0[j] - some.x0[i], edges.y0[j] - some.y0[i]
            across = rx * ey - ry * ex
            crossing = np.flatnonzero(across)
            across, i = across[crossing], i[crossing]
            share = (px[crossing] * ey[crossing] - py[crossing] * ex[crossing]) / across
            along = (px[crossing] * ry[crossing] - py[crossing] * rx[crossing]) / across
            met = (share > 0) & (share < 1) & (along >= -1e-9) & (along <= 1 + 1e-9)
            found_step.append(i[met] + first)
            found_share.append(share[met])
        return np.concatenate(found_step), np.concatenate(found_share)


def _rectangles_meet(steps: Steps, edges: Steps) -> BoolArray:
    """For each step (row) and edge (column) whether the rectangles around them meet."""
    left, right = np.minimum(edges.x0, edges.x1), np.maximum(edges.x0, edges.x1)
    below, above = np.minimum(edges.y0, edges.y1), np.maximum(edges.y0, edges.y1)
    meet: BoolArray = np.minimum(steps.x0, steps.x1)[:, None] <= right
    meet &= np.maximum(steps.x0, steps.x1)[:, None] >= left
    meet &= np.minimum(steps.y0, steps.y1)[:, None] <= above
    meet &= np.maximum(steps.y0, steps.y1)[:, None] >= below
    return meet


def _cell_ranges(
    steps: Steps, bounds: tuple[float, float, float, float]
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The first and last column and row of cells that each step's rectangle covers. The rim of the grid
    stands for all that lies beyond the bounds, one cell wide on each side."""
    west, south, east, north = bounds
    inner = _CELLS - 2 - 1e-6  # so that the last edge does not fall into the rim
    per_x = inner / max(east - west, 1e-9)
    per_y = inner / max(north - south, 1e-9)

    def cells(positions: FloatArray, origin: float, per_metre: float) -> IntArray:
        return np.clip((positions - origin) * per_metre + 1, 0, _CELLS - 1).astype(np.int64)

    return (
        cells(np.minimum(steps.x0, steps.x1), west, per_x),
        cells(np.maximum(steps.x0, steps.x1), west, per_x),
        cells(np.minimum(steps.y0, steps.y1), south, per_y),
        cells(np.maximum(steps.y0, steps.y1), south, per_y),
    )


def _occupied_cells(edges: Steps, bounds: tuple[float, float, float, float]) -> IntArray:
    """The summed-area table of cells that any edge's rectangle covers."""
    table = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
    if len(edges) == 0:
        return table
    left, right, below, above = _cell_ranges(edges, bounds)
    corners = np.zeros((_CELLS + 1, _CELLS + 1), dtype=np.int64)
    np.add.at(corners, (below, left), 1)
    np.add.at(corners, (above + 1, right + 1), 1)
    np.add.at(corners, (below, right + 1), -1)
    np.add.at(corners, (above + 1, left), -1)
    covered = corners.cumsum(axis=0).cumsum(axis=1)[:_CELLS, :_CELLS] > 0
    table[1:, 1:] = covered.cumsum(axis=0).cumsum(axis=1)
    return table
