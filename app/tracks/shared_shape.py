"""Decides whether two tracks are one: the same positions at the same instants, or the same shape moved in time.

Two people who walk together are near each other, never identical: each receiver has an error of its own, and they stand
a step apart. So what is asked is how closely positions agree, at instants between which somebody moved; a phone that
lies still agrees with anything near it and proves nothing. Every pair of tracks costs a bounded amount of work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Self

import numpy as np

from app.geo.plane import LocalPlane
from app.tracks.plausibility import BoolArray, FloatArray, IntArray
from app.tracks.policy import Policy

# A position counts as a new one when it lies this many tolerances from the last: closer, it would agree by itself.
_MOVED = 3.0
# Places at which a shift in time is looked for, how finely, and how many shifts are then tried.
_ANCHORS = 48
_BIN_SECONDS = 5.0
_SHIFTS_TRIED = 4
_ANCHORS_AGREEING = 0.5
_REFINEMENTS = 4
_MOST_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Shape:
    """A track in metres on a plane, seconds since an instant that both tracks share, in order of time."""

    seconds: FloatArray
    x: FloatArray
    y: FloatArray

    def __len__(self) -> int:
        return len(self.seconds)

    @classmethod
    def of(
        cls, time_ms: IntArray, lon: FloatArray, lat: FloatArray, plane: LocalPlane, since_ms: int
    ) -> Self:
        """The shape of a line; of a very long one, evenly chosen points."""
        step = -(-len(time_ms) // _MOST_POINTS) or 1
        x, y = plane.to_xy(lon[::step], lat[::step])
        return cls((time_ms[::step] - since_ms) / 1000, x, y)

    def take(self, rows: IntArray) -> Self:
        return type(self)(self.seconds[rows], self.x[rows], self.y[rows])

    def at(self, seconds: FloatArray, max_gap_seconds: float) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Where the phone was at some instants, along the straight line between its positions, and whether it was
        heard: the positions on either side at most `max_gap_seconds` apart."""
        if len(self) == 0:
            nowhere = np.zeros(len(seconds))
            return nowhere, nowhere, np.zeros(len(seconds), dtype=bool)
        after = np.minimum(np.searchsorted(self.seconds, seconds), len(self) - 1)
        before = np.where(self.seconds[after] == seconds, after, np.maximum(after - 1, 0))
        within = (seconds >= self.seconds[0]) & (seconds <= self.seconds[-1])
        heard = within & (self.seconds[after] - self.seconds[before] <= max_gap_seconds)
        return np.interp(seconds, self.seconds, self.x), np.interp(seconds, self.seconds, self.y), heard


@dataclass(frozen=True, slots=True)
class Agreement:
    """How closely one track follows another that is moved by `shift_seconds`.

    Of `compared` instants, between which the phone moved, `agreeing` lie within `tolerance_m` of the other track;
    nine in ten within `nine_tenths_m`. Seconds are those of the later track.
    """

    shift_seconds: float
    compared: int
    agreeing: int
    tolerance_m: float
    median_m: float
    nine_tenths_m: float
    from_seconds: float
    to_seconds: float


def same_shape(earlier: Shape, later: Shape, policy: Policy, *, at_once: bool) -> Agreement | None:
    """Whether the later track is the earlier one, at the same instants (only asked when `at_once`) or moved in time.

    Either may be the copy, and a copy may report at other times than what it copies, so the positions of each are
    held against the path of the other. None when they are not one, or when too little was compared to say so.
    """
    if min(len(earlier), len(later)) < policy.shared_track_instants or not _touch(earlier, later, policy):
        return None
    tolerances = (policy.shared_track_identical_m, policy.shared_track_m)
    for points, path, sign in ((later, earlier, 1.0), (earlier, later, -1.0)):
        moved = [_moved(points, _MOVED * tolerance_m) for tolerance_m in tolerances]
        if len(moved[0]) < policy.shared_track_instants:
            continue
        for shift in _shifts(moved[0], path, policy, at_once=at_once):
            for chosen, tolerance_m in zip(moved, tolerances, strict=True):
                found = _agreement(chosen, path, shift, tolerance_m, policy)
                if found is not None:
                    return _as_of_later(found, sign)
    return None


def _as_of_later(found: Agreement, sign: float) -> Agreement:
    if sign > 0:
        return found
    return Agreement(
        -found.shift_seconds,
        found.compared,
        found.agreeing,
        found.tolerance_m,
        found.median_m,
        found.nine_tenths_m,
        found.from_seconds - found.shift_seconds,
        found.to_seconds - found.shift_seconds,
    )


def _touch(one: Shape, other: Shape, policy: Policy) -> bool:
    """Whether the rectangles around two tracks share anything; most pairs end here."""
    margin = policy.shared_track_m
    return all(
        a.min() - margin <= b.max() and b.min() - margin <= a.max()
        for a, b in ((one.x, other.x), (one.y, other.y))
    )


def _moved(shape: Shape, step_m: float) -> Shape:
    """The positions of a track that lie at least `step_m` from the one chosen before."""
    chosen: list[int] = []
    last_x = last_y = float("inf")
    squared = step_m * step_m
    # Plain lists: element by element numpy is several times slower than they are.
    for row, (x, y) in enumerate(zip(shape.x.tolist(), shape.y.tolist(), strict=True)):
        if (x - last_x) ** 2 + (y - last_y) ** 2 >= squared:
            chosen.append(row)
            last_x, last_y = x, y
    return shape.take(np.array(chosen, dtype=np.int64))


def _shifts(points: Shape, path: Shape, policy: Policy, *, at_once: bool) -> Iterator[float]:
    """Shifts in time worth trying, the likeliest first: no shift, then those that most anchors agree on."""
    if at_once:
        yield 0.0
        yield _refined(points, path, 0.0, policy)
    for guess in islice(_guesses(points, path, policy), _SHIFTS_TRIED):
        yield _refined(points, path, guess, policy)


def _guesses(points: Shape, path: Shape, policy: Policy) -> Iterator[float]:
    """By how much the anchors that lie on the path are later than the path is there."""
    anchors = points.take(np.unique(np.linspace(0, len(points) - 1, _ANCHORS).astype(np.int64)))
    begins = np.flatnonzero(np.diff(path.seconds) <= policy.max_gap_seconds)
    if len(begins) == 0:
        return
    x, y, at = path.x[begins], path.y[begins], path.seconds[begins]
    dx, dy, lasting = path.x[begins + 1] - x, path.y[begins + 1] - y, path.seconds[begins + 1] - at
    away_x, away_y = anchors.x[:, None] - x, anchors.y[:, None] - y
    along = np.clip((away_x * dx + away_y * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
    distance = np.hypot(away_x - along * dx, away_y - along * dy)
    anchor, segment = np.nonzero(distance <= policy.shared_track_m)
    shift = anchors.seconds[anchor] - (at[segment] + along[anchor, segment] * lasting[segment])
    box = np.floor(shift / _BIN_SECONDS).astype(np.int64)
    boxes, votes = np.unique(np.unique(np.column_stack([box, anchor]), axis=0)[:, 0], return_counts=True)
    for chosen in np.argsort(-votes, kind="stable"):
        near = np.abs(box - boxes[chosen]) <= 1
        if len(np.unique(anchor[near])) < _ANCHORS_AGREEING * len(anchors):
            continue
        yield float(np.median(shift[near]))


def _refined(points: Shape, path: Shape, shift: float, policy: Policy) -> float:
    """The shift near a guess at which the points lie closest to the path: least squares along the path's motion, over
    the closer half of the points."""
    for _ in range(_REFINEMENTS):
        at = points.seconds - shift
        x, y, heard = path.at(at, policy.max_gap_seconds)
        later_x, later_y, heard_later = path.at(at + 1.0, policy.max_gap_seconds)
        usable = heard & heard_later
        if not usable.any():
            return shift
        away_x, away_y = points.x - x, points.y - y
        distance = np.hypot(away_x, away_y)
        usable &= distance <= 2 * np.median(distance[usable]) + policy.shared_track_identical_m
        move_x, move_y = (later_x - x)[usable], (later_y - y)[usable]
        moved = float(np.sum(move_x**2 + move_y**2))
        if moved == 0:
            return shift
        step = float(np.sum(away_x[usable] * move_x + away_y[usable] * move_y)) / moved
        shift -= float(np.clip(step, -_BIN_SECONDS, _BIN_SECONDS))
    return shift


def _agreement(
    points: Shape, path: Shape, shift: float, tolerance_m: float, policy: Policy
) -> Agreement | None:
    x, y, heard = path.at(points.seconds - shift, policy.max_gap_seconds)
    compared = int(heard.sum())
    if compared < policy.shared_track_instants:
        return None
    distance = np.hypot(points.x - x, points.y - y)[heard]
    agreeing = int((distance <= tolerance_m).sum())
    seconds = points.seconds[heard]
    long_enough = (
        tolerance_m <= policy.shared_track_identical_m
        or seconds[-1] - seconds[0] >= policy.shared_track_seconds
    )
    if agreeing < policy.shared_track_share * compared or not long_enough:
        return None
    return Agreement(
        shift,
        compared,
        agreeing,
        tolerance_m,
        float(np.median(distance)),
        float(np.quantile(distance, 0.9)),
        float(seconds[0]),
        float(seconds[-1]),
    )
