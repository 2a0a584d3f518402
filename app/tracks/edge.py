"""Decides what stands at the line of a hotspot, where the noise of GPS is as wide as the pavement.

A run of fixes beyond the line, each within a band of it, between two fixes inside is an *excursion*. Each
moment of it counts as present when the accuracy-weighted mean position of the five minutes around it (or of
four fixes either side, if that is more) lies inside; otherwise the moment is probable. A run with any fix
beyond the band is a real leaving, and ends where its path crosses the line.

The mean is taken along the straight path between the fixes, and moments lie on a fixed grid of the clock, so
the verdict depends on the path alone: with reports at least every 30 s, fixes reported in between on the same
path never lower what is verified. Two limits of that promise: with sparser reports the four fixes either side
span more than five minutes, and fixes in between narrow the stretch averaged; and where the outline is not
convex, the path between two fixes within the band may leave it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from app.tracks.outline import Outline
from app.tracks.plausibility import BoolArray, FloatArray, IntArray, Path
from app.tracks.policy import Policy


def excursions(path: Path, inside: BoolArray, outline: Outline, policy: Policy) -> BoolArray:
    """Which fixes belong to an excursion: outside, within the band, and between two fixes inside.

    The band of a fix is `edge_band_accuracies` times its accuracy, at most `edge_band_m`.
    """
    part_of = np.zeros(len(path), dtype=bool)
    turns = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if len(turns) < 2:
        return part_of
    opens = turns if inside[0] else turns[1:]
    first, after = opens[0 : len(opens) - len(opens) % 2 : 2], opens[1::2]
    first, after = _runs_in_reach(path, first, after, outline, policy)
    if len(first) == 0:
        return part_of
    marks = np.zeros(len(path) + 1, dtype=np.int64)
    np.add.at(marks, first, 1)
    np.add.at(marks, after, -1)
    rows = np.flatnonzero(marks.cumsum()[:-1])
    near = _in_band(path, rows, outline, policy)
    run_starts = np.concatenate(([0], np.cumsum(after - first)[:-1]))
    whole_run = np.logical_and.reduceat(near, run_starts)
    part_of[rows] = np.repeat(whole_run, after - first)
    return part_of


def _runs_in_reach(
    path: Path, first: IntArray, after: IntArray, outline: Outline, policy: Policy
) -> tuple[IntArray, IntArray]:
    """Drop the runs that leave the rectangle around the hotspot by more than any band, before distances are
    asked for."""
    west, south, east, north = outline.shape.bounds
    off_x = np.maximum(west - path.x, path.x - east)
    off_y = np.maximum(south - path.y, path.y - north)
    gone = np.concatenate(([0], np.cumsum(np.maximum(off_x, off_y) > policy.edge_band_m)))
    stays = gone[after] == gone[first]
    first, after = first[stays], after[stays]
    stays = _in_band(path, (first + after) // 2, outline, policy)
    return first[stays], after[stays]


def _in_band(path: Path, rows: IntArray, outline: Outline, policy: Policy) -> BoolArray:
    band = np.minimum(policy.edge_band_accuracies * path.accuracy_m[rows], policy.edge_band_m)
    return outline.within(path.x[rows], path.y[rows], band)


@dataclass(frozen=True, slots=True)
class MeanPosition:
    """The accuracy-weighted mean position around any moment of a path, from integrals along it.

    `weight`, `x`, `y` at the fixes (`x`, `y` are already weighted); `sums` the integrals of the three up to
    each fix, in seconds. Time that no pair of fixes vouches for weighs nothing, nor does time outside `span`,
    the patrol.
    """

    time_ms: IntArray
    at_fixes: FloatArray
    vouched: BoolArray
    sums: FloatArray
    span: tuple[int, int]

    @classmethod
    def of(cls, path: Path, vouched: BoolArray, span: tuple[int, int], policy: Policy) -> Self:
        """`vouched` says for each consecutive pair of fixes (one shorter than the path) whether the step
        between counts."""
        weight = 1 / np.maximum(path.accuracy_m, policy.accuracy_floor_m) ** 2
        at_fixes = np.stack((weight, weight * path.x, weight * path.y))
        seconds = np.where(vouched, np.diff(path.time_ms) / 1000, 0.0)
        steps = (at_fixes[:, 1:] + at_fixes[:, :-1]) / 2 * seconds
        sums = np.concatenate((np.zeros((3, 1)), steps.cumsum(axis=1)), axis=1)
        return cls(path.time_ms, at_fixes, vouched, sums, span)

    def around(self, moments_ms: FloatArray, policy: Policy) -> tuple[FloatArray, FloatArray]:
        """The mean x and y around each moment, in metres; NaN where nothing around it counts."""
        half_ms, either_side = policy.edge_window_seconds * 500, policy.edge_neighbours
        last = len(self.time_ms) - 1
        before = np.searchsorted(self.time_ms, moments_ms, side="left") - either_side
        after = np.searchsorted(self.time_ms, moments_ms, side="right") + either_side - 1
        opens = np.minimum(self.time_ms[np.clip(before, 0, last)], moments_ms - half_ms)
        closes = np.maximum(self.time_ms[np.clip(after, 0, last)], moments_ms + half_ms)
        weight, x, y = self._up_to(np.minimum(closes, self.span[1])) - self._up_to(
            np.maximum(opens, self.span[0])
        )
        known = weight > 0
        return np.where(known, x, np.nan) / np.where(known, weight, 1), np.where(known, y, np.nan) / np.where(
            known, weight, 1
        )

    def _up_to(self, moments_ms: FloatArray) -> FloatArray:
        """The integrals up to any moment."""
        last = len(self.time_ms) - 1
        i = np.clip(np.searchsorted(self.time_ms, moments_ms, side="right") - 1, 0, max(last - 1, 0))
        if last == 0:
            return np.zeros((3, len(moments_ms)))
        lasting = self.time_ms[i + 1] - self.time_ms[i]
        share = np.clip((moments_ms - self.time_ms[i]) / np.maximum(lasting, 1), 0.0, 1.0)
        here, there = self.at_fixes[:, i], self.at_fixes[:, i + 1]
        seconds = np.where(self.vouched[i], lasting / 1000, 0.0) * share
        integrals: FloatArray = self.sums[:, i] + seconds * (here + (there - here) * share / 2)
        return integrals
