"""Decides which fixes of one device cannot be true together: jumps that the patrol's mode does not allow.

Two fixes are *joined* when the distance between them, less what their accuracies explain, can be covered in
the time between. Of all ways through the fixes the longest believable chain is kept, where every jump that
nothing explains costs as much as `jump_settles_fixes` fixes: a lone fix two kilometres off is disbelieved, a
phone that reports from its new place for minutes is believed, and the jump between is credited to nobody.
Then lone fixes far out and back between neighbours that are close are disbelieved even at speeds a car could
reach: two kilometres in a minute is only 33 m/s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tracks.policy import Policy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_LOOK_BACK = 64
"""How many earlier stretches a stretch may follow on from: keeps a track made of nothing but jumps linear."""


@dataclass(frozen=True, slots=True)
class Path:
    """Positions of one device in order of time, in metres. `time_ms` may repeat; all columns are of one
    length."""

    time_ms: IntArray
    x: FloatArray
    y: FloatArray
    accuracy_m: FloatArray

    def __len__(self) -> int:
        return len(self.time_ms)

    def take(self, rows: IntArray | BoolArray) -> "Path":
        return Path(self.time_ms[rows], self.x[rows], self.y[rows], self.accuracy_m[rows])


def believable(path: Path, speed_limit_m_s: float, policy: Policy) -> tuple[BoolArray, BoolArray]:
    """Which fixes are kept, and for each consecutive pair of kept fixes whether it is joined (one shorter).

    Worked value: on foot (10 m/s), fixes a minute apart at 0 m, 2,000 m and 5 m, all to 5 m: the second is
    not kept, and the first and third are joined.
    """
    kept = np.ones(len(path), dtype=bool)
    if len(path) < 2:
        return kept, np.ones(0, dtype=bool)
    earlier = np.arange(len(path) - 1)
    if not _joined(path, earlier, earlier + 1, speed_limit_m_s, policy).all():
        kept = _longest_chain(path, speed_limit_m_s, policy)
    rows = np.flatnonzero(kept)
    kept[rows[_out_and_back(path.take(rows), speed_limit_m_s, policy)]] = False
    rows = np.flatnonzero(kept)
    return kept, _joined(path, rows[:-1], rows[1:], speed_limit_m_s, policy)


def _joined(
    path: Path, earlier: IntArray, later: IntArray, speed_limit_m_s: float, policy: Policy
) -> BoolArray:
    """Whether the time between two fixes is enough for the distance that their accuracies do not explain."""
    distance = np.hypot(path.x[later] - path.x[earlier], path.y[later] - path.y[earlier])
    explained = policy.noise_factor * np.hypot(path.accuracy_m[later], path.accuracy_m[earlier])
    seconds = (path.time_ms[later] - path.time_ms[earlier]) / 1000
    joined: BoolArray = distance - explained <= speed_limit_m_s * seconds
    return joined


def _longest_chain(path: Path, speed_limit_m_s: float, policy: Policy) -> BoolArray:
    """The fixes of the chain of stretches that holds most fixes, less the price of its unexplained jumps.

    A fix that shares its instant with another is a stretch of its own, so that the chain can take one and
    pass the other by.
    """
    rows = np.arange(len(path))
    tied = path.time_ms[1:] == path.time_ms[:-1]
    shares = np.concatenate(([False], tied)) | np.concatenate((tied, [False]))
    joined = _joined(path, rows[:-1], rows[1:], speed_limit_m_s, policy)
    breaks = np.flatnonzero(~joined | shares[1:] | shares[:-1])
    first = np.concatenate(([0], breaks + 1))
    last = np.concatenate((breaks, [len(path) - 1]))
    length = (last - first + 1).astype(np.float64)
    worth, follows = length.copy(), np.full(len(first), -1)
    best_before = 0
    for j in range(1, len(first)):
        if worth[j - 1] > worth[best_before]:
            best_before = j - 1
        near = np.arange(max(0, j - _LOOK_BACK), j)
        follows_on = _joined(path, last[near], np.full(len(near), first[j]), speed_limit_m_s, policy)
        reached = np.where(follows_on, worth[near], 0.0)
        i = int(near[reached.argmax()])
        gain = float(reached.max())
        if worth[best_before] - policy.jump_settles_fixes > gain:
            i, gain = best_before, worth[best_before] - policy.jump_settles_fixes
        if gain > 0:
            worth[j], follows[j] = length[j] + gain, i
    kept = np.zeros(len(path), dtype=bool)
    j = int(worth.argmax())
    while j >= 0:
        kept[first[j] : last[j] + 1] = True
        j = int(follows[j])
    return kept


def _out_and_back(path: Path, speed_limit_m_s: float, policy: Policy) -> BoolArray:
    """Lone fixes far from two neighbours that are close to each other, reached and left faster than any turn
    allows.

    Where such fixes follow each other directly, every second one is taken: in near, far, near, far, near the
    middle one is also far from both its neighbours, and is the true one.
    """
    lone = np.zeros(len(path), dtype=bool)
    if len(path) < 3:
        return lone
    step = np.hypot(np.diff(path.x), np.diff(path.y))
    across = np.hypot(path.x[2:] - path.x[:-2], path.y[2:] - path.y[:-2])
    shorter = np.minimum(step[:-1], step[1:])
    explained = policy.noise_factor * np.hypot(
        path.accuracy_m[1:-1], np.maximum(path.accuracy_m[:-2], path.accuracy_m[2:])
    )
    far = (shorter - explained >= policy.out_and_back_m) & (across <= shorter / 2)
    seconds = (path.time_ms[2:] - path.time_ms[:-2]) / 1000
    too_fast = step[:-1] + step[1:] - 2 * explained > policy.out_and_back_share * speed_limit_m_s * seconds
    lone[1:-1] = far & too_fast
    rows = np.arange(len(path))
    run_start = np.maximum.accumulate(np.where(lone, -1, rows))
    every_second: BoolArray = (rows - run_start) % 2 == 1
    return lone & every_second
