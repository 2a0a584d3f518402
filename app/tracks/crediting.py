"""Decides which time of a reading is verified, probable or outside, for one hotspot.

Two fixes at most `max_gap_seconds` apart vouch for the time between them, along the straight line between
them, cut at the boundary. A part inside is verified when an end of its step is inside too, probable when both
ends are outside. A part outside is outside, except in an excursion at the edge (see `tracks.edge`). Of longer
gaps only a short silence with both ends inside and near each other is probable. What is neither is left over,
and the assessment calls it unverified.
"""

from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from app.geo.plane import LocalPlane
from app.tracks import edge
from app.tracks.fixes import SECOND_MS, DeviceTrack, Fixes
from app.tracks.intervals import Intervals, clip, subtract, unite
from app.tracks.outline import Outline, Pieces, Steps
from app.tracks.plausibility import BoolArray, FloatArray, IntArray, Path
from app.tracks.policy import Policy

_VERIFIED, _PROBABLE, _OUTSIDE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Credit:
    """What a reading shows for one hotspot; no instant is in two of the three."""

    verified: Intervals
    probable: Intervals
    outside: Intervals


@dataclass(frozen=True, slots=True)
class _Graded:
    """Stretches of time with a grade each, of positive length, in any order."""

    starts_ms: IntArray
    ends_ms: IntArray
    grade: IntArray


class Ground:
    """A hotspot ready for crediting: its outline in metres on a plane of its own."""

    def __init__(self, polygon: BaseGeometry) -> None:
        self.plane = LocalPlane.around(polygon)
        self.outline = Outline.of(self.plane.project(polygon))


def credit(
    fixes: Fixes, tracks: tuple[DeviceTrack, ...], ground: Ground, span: tuple[int, int], policy: Policy
) -> Credit:
    """What the devices of one officer show together within `span` (start and end in milliseconds).

    Devices are judged apart and united: verified by one is verified, whatever another says; probable comes
    before outside.
    """
    graded = [_credit_device(fixes, track, ground, span, policy) for track in tracks]
    verified = clip(unite(*(_stretches(each, _VERIFIED) for each in graded)), *span)
    probable = subtract(clip(unite(*(_stretches(each, _PROBABLE) for each in graded)), *span), verified)
    outside = clip(unite(*(_stretches(each, _OUTSIDE) for each in graded)), *span)
    return Credit(verified, probable, subtract(outside, unite(verified, probable)))


def _stretches(graded: _Graded, grade: int) -> Intervals:
    """The time of one grade, united where stretches touch or overlap; the stretches of a device come in order
    of time."""
    chosen = graded.grade == grade
    starts, ends = graded.starts_ms[chosen], graded.ends_ms[chosen]
    if len(starts) == 0:
        return ()
    apart = np.flatnonzero(starts[1:] > np.maximum.accumulate(ends)[:-1]) + 1
    firsts = np.concatenate(([0], apart))
    return tuple(zip(starts[firsts].tolist(), np.maximum.reduceat(ends, firsts).tolist(), strict=True))


def _credit_device(
    fixes: Fixes, track: DeviceTrack, ground: Ground, span: tuple[int, int], policy: Policy
) -> _Graded:
    rows, outline = track.rows, ground.outline
    x, y = ground.plane.to_xy(fixes.lon[rows], fixes.lat[rows])
    reported = fixes.accuracy_m[rows]
    accuracy = np.where(np.isnan(reported) | (reported == 0), policy.accuracy_limit_m, reported)
    path = Path(fixes.time_ms[rows], x, y, accuracy)
    lasting = np.diff(path.time_ms)
    vouched = track.joined & (lasting <= policy.max_gap_seconds * SECOND_MS)
    inside = outline.contains(x, y)
    at_edge = edge.excursions(path, inside, outline, policy)

    step = np.flatnonzero(vouched)
    pieces = outline.cut(Steps(x[step], y[step], x[step + 1], y[step + 1]), inside[step])
    graded = _grade_pieces(path, step, pieces, inside)
    mean = edge.MeanPosition.of(path, vouched, span, policy) if at_edge.any() else None
    if mean is not None:
        in_excursion = (at_edge[:-1] | at_edge[1:])[step][pieces.step]
        graded = _judge_excursions(graded, in_excursion, mean, outline, policy)
    silences = _silences(path, track.joined & ~vouched, policy)
    if len(silences):
        present = _present(path, inside, at_edge, mean, outline, policy)
        silences = silences[present[silences] & present[silences + 1]]
        opens, closes = path.time_ms[silences], path.time_ms[silences + 1]
        graded = _joined_up(graded, _Graded(opens, closes, np.full(len(silences), _PROBABLE)))
    return graded if mean is None and not len(silences) else _in_order(graded)


def _joined_up(one: _Graded, other: _Graded) -> _Graded:
    return _Graded(
        np.concatenate((one.starts_ms, other.starts_ms)),
        np.concatenate((one.ends_ms, other.ends_ms)),
        np.concatenate((one.grade, other.grade)),
    )


def _in_order(graded: _Graded) -> _Graded:
    order = np.argsort(graded.starts_ms, kind="stable")
    return _Graded(graded.starts_ms[order], graded.ends_ms[order], graded.grade[order])


def _grade_pieces(path: Path, step: IntArray, pieces: Pieces, inside: BoolArray) -> _Graded:
    """Each piece in whole milliseconds, graded by the line alone. Pieces of no length are kept, so that rows
    still match."""
    opens = path.time_ms[step]
    lasting = path.time_ms[step + 1] - opens
    own = pieces.step
    starts = opens[own] + np.rint(pieces.starts * lasting[own]).astype(np.int64)
    ends = opens[own] + np.rint(pieces.ends * lasting[own]).astype(np.int64)
    an_end_inside = (inside[step] | inside[step + 1])[own]
    grade = np.where(pieces.inside, np.where(an_end_inside, _VERIFIED, _PROBABLE), _OUTSIDE)
    return _Graded(starts, ends, grade)


def _judge_excursions(
    graded: _Graded, in_excursion: BoolArray, mean: edge.MeanPosition, outline: Outline, policy: Policy
) -> _Graded:
    """Regrade, moment by moment of the clock, the time of excursions that the line alone does not verify."""
    doubtful = in_excursion & (graded.grade != _VERIFIED) & (graded.ends_ms > graded.starts_ms)
    if not doubtful.any():
        return graded
    starts, ends = graded.starts_ms[doubtful], graded.ends_ms[doubtful]
    moment_ms = policy.edge_step_seconds * SECOND_MS
    first = starts // moment_ms
    count = (ends - 1) // moment_ms - first + 1
    own = np.repeat(np.arange(len(starts)), count)
    moment = first[own] + np.arange(len(own)) - np.repeat(np.cumsum(count) - count, count)
    judged, back = np.unique(moment, return_inverse=True)
    present = outline.contains(*mean.around((judged + 0.5) * moment_ms, policy))[back]
    moments = _Graded(
        np.maximum(moment * moment_ms, starts[own]),
        np.minimum((moment + 1) * moment_ms, ends[own]),
        np.where(present, _VERIFIED, _PROBABLE),
    )
    kept = _Graded(graded.starts_ms[~doubtful], graded.ends_ms[~doubtful], graded.grade[~doubtful])
    return _joined_up(kept, moments)


def _present(
    path: Path,
    inside: BoolArray,
    at_edge: BoolArray,
    mean: edge.MeanPosition | None,
    outline: Outline,
    policy: Policy,
) -> BoolArray:
    """Which fixes count as present: those inside, and those of an excursion whose mean position lies
    inside."""
    present = inside.copy()
    if mean is not None:
        rows = np.flatnonzero(at_edge)
        moments: FloatArray = path.time_ms[rows].astype(np.float64)
        present[rows] = outline.contains(*mean.around(moments, policy))
    return present


def _silences(path: Path, silent: BoolArray, policy: Policy) -> IntArray:
    """The fixes that open a silence which may stay probable: not too long, and its ends near each other."""
    distance = np.hypot(np.diff(path.x), np.diff(path.y))
    near = distance <= policy.silence_margin_m + path.accuracy_m[1:] + path.accuracy_m[:-1]
    short = np.diff(path.time_ms) <= policy.silence_seconds * SECOND_MS
    return np.flatnonzero(silent & short & near)
