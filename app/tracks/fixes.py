"""Decides what each GPS fix is worth: used, or set aside for a named reason. No fix is ever dropped.

Two readings come out of it. The *strict* one leaves out conflicting, mock and late-fill fixes; the *claimed*
one believes them. Nothing that the claimed reading adds can change the strict one: a fix sent late into a
gap, a mock fix or a fix from the future is set aside before fixes are compared with each other. Rows may come
in any order, and batches with a number of their own may be cut and arrive in any way: only the number that the
phone gave each at capture matters, and only for `late_fill`. When the phone uses a number again, when each of
its batches arrived matters too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from app.geo.plane import LocalPlane
from app.tracks.facts import PatrolFacts
from app.tracks.plausibility import BoolArray, FloatArray, IntArray, Path, believable
from app.tracks.policy import Policy

SECOND_MS = 1000


class Label(StrEnum):
    """Why a fix is or is not used in the strict reading."""

    USED = "used"
    DUPLICATE = "duplicate"
    CONFLICTING = "conflicting"
    POOR_ACCURACY = "poor_accuracy"
    IMPLAUSIBLE = "implausible"
    MOCK = "mock"
    FUTURE = "future"
    OUTSIDE_PATROL = "outside_patrol"
    LATE_FILL = "late_fill"


LABELS: tuple[Label, ...] = tuple(Label)
_CODE = {label: code for code, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes as columns of one length, in any order.

    `time_ms` is the corrected time of the fix, `received_ms` the server's clock when it arrived. `lon`, `lat`
    in degrees. `accuracy_m` is the 68 % radius; NaN or 0 means that the phone reported none, and such a fix
    is taken to be as bad as the worst that is used (`accuracy_limit_m`); a negative one (iOS: position
    invalid) is never used. `device` is a small index. `sequence` is the number the phone gave the batch at
    capture, -1 for check-in and check-out positions, which are never late and make nothing late. Raises
    ValueError when lengths differ or a position is not finite.
    """

    time_ms: IntArray
    lon: FloatArray
    lat: FloatArray
    accuracy_m: FloatArray
    mock: BoolArray
    device: IntArray
    sequence: IntArray
    received_ms: IntArray

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, field.name)) for field in fields(self)}
        if len(lengths) != 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")
        if not (np.isfinite(self.lon).all() and np.isfinite(self.lat).all()):
            raise ValueError("positions must be finite")

    def __len__(self) -> int:
        return len(self.time_ms)

    def take(self, rows: IntArray | BoolArray) -> Self:
        """The chosen rows, in the order given."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def empty(cls) -> Self:
        whole, real = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64)
        return cls(whole, real, real, real, np.zeros(0, dtype=bool), whole, whole, whole)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """All rows of all parts, in the order given."""
        if not parts:
            return cls.empty()
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True, slots=True)
class DeviceTrack:
    """The fixes of one device that stand in a reading, in order of time, anchors included.

    `rows` are their rows in `Fixes`; `joined` says for each consecutive pair (one shorter) whether speed
    allows the step.
    """

    rows: IntArray
    joined: BoolArray


@dataclass(frozen=True, slots=True)
class Labelled:
    """What each fix is worth. `codes` index `LABELS`, one per row; `claimed` is None when it would equal
    `strict`."""

    codes: NDArray[np.int8]
    strict: tuple[DeviceTrack, ...]
    claimed: tuple[DeviceTrack, ...] | None

    @property
    def labels(self) -> NDArray[np.str_]:
        """The label of each row, comparable with `Label`."""
        return np.array([label.value for label in LABELS])[self.codes]


def label(fixes: Fixes, patrol: PatrolFacts, policy: Policy) -> Labelled:
    """Label every fix and say which stand in the strict and the claimed reading.

    A fix gets the first label that holds: future, outside_patrol, duplicate (says again what another row
    says), mock, poor_accuracy, late_fill; what is left is compared: duplicate, conflicting, implausible,
    used. Believable fixes up to `anchor_seconds` before check-in and after check-out stand too, though their
    label stays `outside_patrol`: the nearest anchors the first or last step of the patrol, and nothing
    outside the patrol is ever credited.
    """
    accuracy = _effective_accuracy(fixes, policy)
    future = fixes.time_ms > fixes.received_ms + policy.future_tolerance_seconds * SECOND_MS
    late = _late_fill(fixes, future)
    order = _canonical_order(fixes, accuracy, late)
    codes = np.full(len(fixes), _CODE[Label.USED], dtype=np.int8)
    copies = _exact_copies(fixes, order, accuracy)
    poor = ~((accuracy >= 0) & (accuracy <= policy.accuracy_limit_m))
    inside, near = _within_patrol(fixes, patrol, policy)

    codes[copies] = _CODE[Label.DUPLICATE]
    codes[poor & ~copies] = _CODE[Label.POOR_ACCURACY]
    codes[late & ~poor & ~copies] = _CODE[Label.LATE_FILL]
    codes[fixes.mock & ~copies] = _CODE[Label.MOCK]
    considered = near & ~future & ~copies
    clean = considered & ~fixes.mock & ~late
    candidates = order[clean[order]]
    plane, limit_m_s = _plane(fixes), policy.speed_limit_m_s(patrol.mode)
    duplicate, conflicting = _same_instant(fixes, candidates, accuracy, poor, plane, policy)
    codes[duplicate] = _CODE[Label.DUPLICATE]
    codes[conflicting] = _CODE[Label.CONFLICTING]

    set_aside = poor.copy()
    set_aside[duplicate] = True
    extra = considered & ~set_aside & (fixes.mock | late)
    extra[conflicting] = True
    set_aside[conflicting] = True
    strict = candidates[~set_aside[candidates]]
    strict_tracks, disbelieved = _tracks(fixes, strict, accuracy, plane, limit_m_s, policy)
    codes[disbelieved] = _CODE[Label.IMPLAUSIBLE]
    codes[~inside] = _CODE[Label.OUTSIDE_PATROL]
    codes[future] = _CODE[Label.FUTURE]

    claimed_tracks = None
    if extra.any():
        extra[strict] = True
        claimed_tracks, _ = _tracks(fixes, order[extra[order]], accuracy, plane, limit_m_s, policy)
    return Labelled(codes, strict_tracks, claimed_tracks)


def _effective_accuracy(fixes: Fixes, policy: Policy) -> FloatArray:
    unreported = np.isnan(fixes.accuracy_m) | (fixes.accuracy_m == 0)
    return np.where(unreported, policy.accuracy_limit_m, fixes.accuracy_m)


def _canonical_order(fixes: Fixes, accuracy: FloatArray, late: BoolArray) -> IntArray:
    """Rows by device and time; rows of one instant by what they say, so that the order of arrival never
    decides anything."""
    order = np.lexsort((fixes.time_ms, fixes.device))
    time, device = fixes.time_ms[order], fixes.device[order]
    if not ((time[1:] == time[:-1]) & (device[1:] == device[:-1])).any():
        return order
    columns = (
        fixes.received_ms,
        fixes.sequence,
        late,
        fixes.mock,
        accuracy,
        fixes.lat,
        fixes.lon,
        fixes.time_ms,
        fixes.device,
    )
    return np.lexsort(columns)


def _exact_copies(fixes: Fixes, order: IntArray, accuracy: FloatArray) -> BoolArray:
    """Rows that say again what another row says. One that is no late fill stands for them, of several the one with
    the lowest sequence number: what was sent in time is not doubted because it was sent again."""
    copies = np.zeros(len(fixes), dtype=bool)
    columns = (fixes.device, fixes.time_ms, fixes.lon, fixes.lat, accuracy, fixes.mock)
    same = np.ones(max(len(fixes) - 1, 0), dtype=bool)
    for column in columns:
        ordered = column[order]
        same &= ordered[1:] == ordered[:-1]
        if not same.any():
            return copies
    copies[order[1:][same]] = True
    return copies


def _late_fill(fixes: Fixes, future: BoolArray) -> BoolArray:
    """Fixes older than the last fix that the same device sent under a lower sequence number, or earlier under the same
    one; and every fix of a number used again after a higher one had arrived.

    A phone that keeps its queue never does either; splitting a batch that was never accepted, part by part before
    the next number, is neither. A fix from the future makes nothing late: one wrong clock reading would otherwise
    put the whole patrol in doubt. Nor does a number used again, which is doubted itself.
    """
    late = np.zeros(len(fixes), dtype=bool)
    rows = np.flatnonzero((fixes.sequence >= 0) & ~future)
    if len(rows) == 0:
        return late
    rows = rows[np.lexsort((fixes.received_ms[rows], fixes.sequence[rows], fixes.device[rows]))]
    columns = (fixes.device[rows], fixes.sequence[rows], fixes.received_ms[rows])
    changes = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    starts = np.flatnonzero(np.concatenate(([True], changes)))
    if len(starts) == 1:
        return late
    device, sequence, received = (column[starts] for column in columns)
    again = _used_again(device, sequence, received)
    never = np.iinfo(np.int64).min
    newest = np.where(again, never, np.maximum.reduceat(fixes.time_ms[rows], starts))
    newest_before = np.full(len(starts), never)
    of_devices = np.flatnonzero(np.concatenate(([True], device[1:] != device[:-1], [True])))
    for first, following in pairwise(of_devices.tolist()):
        newest_before[first + 1 : following] = np.maximum.accumulate(newest[first : following - 1])
    batch = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    late[rows] = again[batch] | (fixes.time_ms[rows] < newest_before[batch])
    return late


def _used_again(device: IntArray, sequence: IntArray, received_ms: IntArray) -> BoolArray:
    """Which batches, in order of device, number and arrival, came under a number that had arrived before, and after
    a higher number of their device had arrived."""
    again = np.zeros(len(device), dtype=bool)
    same_device = device[1:] == device[:-1]
    same_number = same_device & (sequence[1:] == sequence[:-1])
    if not same_number.any():
        return again
    # Plain lists: element by element numpy is several times slower than they are.
    of_number, of_device, received = same_number.tolist(), same_device.tolist(), received_ms.tolist()
    higher = [np.iinfo(np.int64).max] * len(device)
    for i in range(len(device) - 2, -1, -1):
        if of_number[i]:
            higher[i] = higher[i + 1]
        elif of_device[i]:
            higher[i] = min(higher[i + 1], received[i + 1])
    again[1:] = same_number & (received_ms[1:] > np.array(higher[1:]))
    return again


def _within_patrol(fixes: Fixes, patrol: PatrolFacts, policy: Policy) -> tuple[BoolArray, BoolArray]:
    """Which fixes lie in the patrol, both ends included, and which in it or near enough to anchor it."""
    time = fixes.time_ms
    margin = policy.anchor_seconds * SECOND_MS
    inside, near = time >= patrol.checked_in_ms, time >= patrol.checked_in_ms - margin
    if patrol.checked_out_ms is not None:
        if patrol.checked_out_ms < patrol.checked_in_ms:
            nothing = np.zeros(len(fixes), dtype=bool)
            return nothing, nothing
        inside = inside & (time <= patrol.checked_out_ms)
        near = near & (time <= patrol.checked_out_ms + margin)
    return inside, near


def _same_instant(
    fixes: Fixes, rows: IntArray, accuracy: FloatArray, poor: BoolArray, plane: LocalPlane, policy: Policy
) -> tuple[IntArray, IntArray]:
    """Among rows in canonical order: those that only repeat another of their instant, and those that
    contradict one.

    Within `duplicate_radius_m` the fix with the worst accuracy stands for all, so that nothing is gained by
    sending an instant again with a better one. A fix too poor to be used contradicts nothing. How far apart
    several are is the diagonal of the rectangle around them.
    """
    time, device = fixes.time_ms[rows], fixes.device[rows]
    repeats = (time[1:] == time[:-1]) & (device[1:] == device[:-1])
    if not repeats.any():
        return rows[:0], rows[:0]
    starts = np.flatnonzero(np.concatenate(([True], ~repeats)))
    instant = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    x, y = plane.to_xy(fixes.lon[rows], fixes.lat[rows])
    usable = ~poor[rows]
    wide = _spread_m(x, y, np.ones(len(rows), dtype=bool), starts) > policy.duplicate_radius_m
    contradicted = wide & (_spread_m(x, y, usable, starts) > policy.duplicate_radius_m)
    compared = ~contradicted[instant] & (usable | ~wide[instant])
    badness = np.where(compared, np.where(accuracy[rows] < 0, np.inf, accuracy[rows]), -1.0)
    worst = compared & (badness == np.maximum.reduceat(badness, starts)[instant])
    position = np.arange(len(rows))
    stands = np.minimum.reduceat(np.where(worst, position, len(rows)), starts)
    return rows[compared & (position != stands[instant])], rows[contradicted[instant] & usable]


def _spread_m(x: FloatArray, y: FloatArray, chosen: BoolArray, starts: IntArray) -> FloatArray:
    """The diagonal of the rectangle around the chosen positions of each group; nothing for a group without
    any."""

    def extent(values: FloatArray) -> FloatArray:
        highest = np.maximum.reduceat(np.where(chosen, values, -np.inf), starts)
        lowest = np.minimum.reduceat(np.where(chosen, values, np.inf), starts)
        between: FloatArray = np.maximum(highest - lowest, 0.0)
        return between

    diagonal: FloatArray = np.hypot(extent(x), extent(y))
    return diagonal


def _plane(fixes: Fixes) -> LocalPlane:
    """A plane for speeds, at the middle fix to a hundredth of a degree: neither order nor one wild fix moves
    it."""
    if len(fixes) == 0:
        return LocalPlane.at(0.0, 0.0)
    middle = len(fixes) // 2
    lon, lat = np.partition(fixes.lon, middle)[middle], np.partition(fixes.lat, middle)[middle]
    return LocalPlane.at(round(float(lon), 2), min(max(round(float(lat), 2), -89.0), 89.0))


def _tracks(
    fixes: Fixes, rows: IntArray, accuracy: FloatArray, plane: LocalPlane, limit_m_s: float, policy: Policy
) -> tuple[tuple[DeviceTrack, ...], IntArray]:
    """Each device's believable fixes, and the rows that are not believable."""
    tracks: list[DeviceTrack] = []
    disbelieved = [np.zeros(0, dtype=np.int64)]
    if len(rows) == 0:
        return (), disbelieved[0]
    device = fixes.device[rows]
    for own in np.split(rows, np.flatnonzero(device[1:] != device[:-1]) + 1):
        x, y = plane.to_xy(fixes.lon[own], fixes.lat[own])
        path = Path(fixes.time_ms[own], x, y, accuracy[own])
        kept, joined = believable(path, limit_m_s, policy)
        disbelieved.append(own[~kept])
        if kept.any():
            tracks.append(DeviceTrack(own[kept], joined))
    return tuple(tracks), np.concatenate(disbelieved)
