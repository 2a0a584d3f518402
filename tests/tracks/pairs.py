"""Pairs of patrols for the cross-check: honest ones along the true path of a real phone, and forged ones.

A receiver's error is part white and part slowly drifting; the two of an honest pair are independent. What they share
is the path, the weather (a drift of metres in common) and, for some, the second at which they report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

import numpy as np

from app.geo.plane import LocalPlane
from app.tracks.cross_check import CrossFlag, PatrolTrack, cross_check
from app.tracks.plausibility import FloatArray
from app.tracks.policy import Policy
from demo.tracks import parse_track
from tests.tracks.scene import PLANE, START

ROOT = Path(__file__).resolve().parents[2]
REAL = (
    "demo/data/tracks/phone_19_android_20160112.csv",
    "demo/data/tracks/phone_26_ios_20160719.csv",
    "demo/data/tracks/phone_31_android_20160810.csv",
    "tests/data/tracks/phone_01_android_20150722.csv",
    "tests/data/tracks/phone_35_android_20161212.csv",
)
LONGEST_SILENCE_SECONDS, SHORTEST_WALK_SECONDS = 180, 1200
WEEK_SECONDS = 7 * 86_400
POLICY = Policy()
FIRST, SECOND = UUID(int=1), UUID(int=2)
ONE_OFFICER, OTHER_OFFICER = UUID(int=11), UUID(int=12)


@dataclass(frozen=True, slots=True)
class Walk:
    """A true path in metres by seconds from its start."""

    seconds: FloatArray
    x: FloatArray
    y: FloatArray

    def at(self, seconds: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.interp(seconds, self.seconds, self.x), np.interp(seconds, self.seconds, self.y)

    @property
    def lasting(self) -> float:
        return float(self.seconds[-1])


@dataclass(frozen=True, slots=True)
class Heard:
    """What a receiver reported: seconds and metres."""

    seconds: FloatArray
    x: FloatArray
    y: FloatArray

    def patrol(self, patrol_id: UUID, officer_id: UUID) -> PatrolTrack:
        lon, lat = PLANE.to_lonlat(self.x, self.y)
        time_ms = START + np.rint(self.seconds * 1000).astype(np.int64)
        return PatrolTrack(patrol_id, officer_id, int(time_ms[0]), int(time_ms[-1]), time_ms, lon, lat)


@cache
def real_walks() -> tuple[Walk, ...]:
    """Stretches of at least twenty minutes without a long silence, from the real tracks that are kept here."""
    found = []
    for name in REAL:
        fixes = [fix for fix in parse_track((ROOT / name).read_text()) if 0 < fix.accuracy_m <= 50]
        seconds = np.array([fix.at_ms / 1000 for fix in fixes])
        lon, lat = np.array([fix.lon for fix in fixes]), np.array([fix.lat for fix in fixes])
        x, y = LocalPlane.at(float(lon[0]), float(lat[0])).to_xy(lon, lat)
        for rows in np.split(
            np.arange(len(fixes)), np.flatnonzero(np.diff(seconds) > LONGEST_SILENCE_SECONDS) + 1
        ):
            moved = float(np.hypot(np.ptp(x[rows]), np.ptp(y[rows])))
            if seconds[rows[-1]] - seconds[rows[0]] >= SHORTEST_WALK_SECONDS and moved > 200:
                found.append(Walk(seconds[rows] - seconds[rows[0]], x[rows], y[rows]))
    return tuple(found)


def a_walk(rng: np.random.Generator) -> Walk:
    """One of the real stretches, walked there and back for up to two hours."""
    walks = real_walks()
    once = walks[int(rng.integers(len(walks)))]
    times = int(rng.integers(1, 4))
    seconds, x, y = [once.seconds], [once.x], [once.y]
    for number in range(1, times):
        back = number % 2 == 1
        pace = once.seconds[-1] - once.seconds[::-1] if back else once.seconds
        seconds.append(pace[1:] + number * once.lasting)
        x.append((once.x[::-1] if back else once.x)[1:])
        y.append((once.y[::-1] if back else once.y)[1:])
    return Walk(np.concatenate(seconds), np.concatenate(x), np.concatenate(y))


def with_stops(path: Walk, rng: np.random.Generator) -> Walk:
    """The same path with two to six stops of two to ten minutes, as in front of shops."""
    seconds, x, y = path.seconds, path.x, path.y
    for _ in range(int(rng.integers(2, 7))):
        at, stop = rng.uniform(0, seconds[-1]), rng.uniform(120, 600)
        there = float(np.interp(at, seconds, x)), float(np.interp(at, seconds, y))
        row = int(np.searchsorted(seconds, at))
        seconds = np.concatenate([seconds[:row], [at, at + stop], seconds[row:] + stop])
        x = np.concatenate([x[:row], [there[0]] * 2, x[row:]])
        y = np.concatenate([y[:row], [there[1]] * 2, y[row:]])
    return Walk(seconds, x, y)


def standing(rng: np.random.Generator) -> Walk:
    """An hour in one place."""
    return Walk(np.array([0.0, rng.uniform(1200, 7200)]), np.zeros(2), np.zeros(2))


def drift(seconds: FloatArray, sigma_m: float, lasting: float, rng: np.random.Generator) -> FloatArray:
    """A Gauss-Markov error: `sigma_m` wide, forgotten over `lasting` seconds."""
    error = np.empty(len(seconds))
    error[0] = rng.normal(0, sigma_m)
    for row, keep in enumerate(np.exp(-np.diff(seconds) / lasting).tolist(), 1):
        error[row] = keep * error[row - 1] + rng.normal(0, sigma_m * np.sqrt(1 - keep * keep))
    return error


@dataclass(frozen=True, slots=True)
class Receiver:
    """How a phone hears: error on each axis, the share of its variance that drifts, reports and losses."""

    sigma_m: float
    drifting: float
    lasting: float
    every: float
    phase: float
    lost: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, sigma_m: float | None = None) -> "Receiver":
        every = float(rng.choice([5, 10, 15, 30, 60]))
        return cls(
            float(rng.uniform(2, 15)) if sigma_m is None else sigma_m,
            float(rng.uniform(0.2, 0.8)),
            float(rng.uniform(60, 600)),
            every,
            float(rng.uniform(0, every)),
            float(rng.uniform(0, 0.5)),
        )

    def hear(self, path: Walk, rng: np.random.Generator, common: tuple[float, float] = (0, 0)) -> Heard:
        """What it reports of somebody `common` metres beside the path."""
        seconds = np.arange(self.phase, path.lasting, self.every)
        seconds = np.rint(seconds * 1000) / 1000
        seconds = seconds[rng.random(len(seconds)) >= self.lost]
        x, y = path.at(seconds)
        wide, slow = self.sigma_m * np.sqrt([1 - self.drifting, self.drifting])
        return Heard(
            seconds,
            x + common[0] + rng.normal(0, wide, len(x)) + drift(seconds, float(slow), self.lasting, rng),
            y + common[1] + rng.normal(0, wide, len(y)) + drift(seconds, float(slow), self.lasting, rng),
        )


def _beside(path: Walk, rng: np.random.Generator, sigma_m: float | None = None) -> tuple[Heard, Heard]:
    """Two phones one to ten metres apart on one path, a drift of metres in common; a quarter report at the same
    seconds."""
    shared = np.arange(0, path.lasting + 60, 60.0)
    wandering = [drift(shared, 3.0, 600, rng) for _ in range(2)]
    path = Walk(
        shared,
        np.interp(shared, path.seconds, path.x) + wandering[0],
        np.interp(shared, path.seconds, path.y) + wandering[1],
    ) if path.lasting > 0 and rng.random() < 0.5 else path  # fmt: skip
    one, other = Receiver.drawn(rng, sigma_m), Receiver.drawn(rng, sigma_m)
    if rng.random() < 0.25:
        other = Receiver(other.sigma_m, other.drifting, other.lasting, one.every, one.phase, other.lost)
    apart, towards = rng.uniform(1, 10), rng.uniform(0, 2 * np.pi)
    offset = float(apart * np.cos(towards)), float(apart * np.sin(towards))
    return one.hear(path, rng), other.hear(path, rng, offset)


def walking_together(rng: np.random.Generator) -> tuple[Heard, Heard]:
    return _beside(a_walk(rng), rng)


def stopping_at_shops(rng: np.random.Generator) -> tuple[Heard, Heard]:
    return _beside(with_stops(a_walk(rng), rng), rng)


def standing_together(rng: np.random.Generator) -> tuple[Heard, Heard]:
    return _beside(standing(rng), rng)


def best_receivers(rng: np.random.Generator) -> tuple[Heard, Heard]:
    """The hardest honest pairs: both phones with an error of 2 to 3 m only."""
    return _beside(a_walk(rng), rng, float(rng.uniform(2, 3)))


def same_beat(rng: np.random.Generator) -> tuple[Heard, Heard]:
    """The same streets a week later, at another pace and with other stops."""
    path = a_walk(rng)
    again = with_stops(Walk(path.seconds * rng.uniform(0.8, 1.25), path.x, path.y), rng)
    earlier, later = Receiver.drawn(rng).hear(path, rng), Receiver.drawn(rng).hear(again, rng)
    return earlier, _moved(later, WEEK_SECONDS + float(rng.uniform(-7200, 7200)))


def _moved(heard: Heard, by: float) -> Heard:
    return Heard(heard.seconds + round(by, 3), heard.x, heard.y)


def _jittered(heard: Heard, rng: np.random.Generator, least_m: float = 1, most_m: float = 3) -> Heard:
    """Every position moved by one to three metres, each in a direction of its own."""
    by, towards = rng.uniform(least_m, most_m, len(heard.x)), rng.uniform(0, 2 * np.pi, len(heard.x))
    return Heard(heard.seconds, heard.x + by * np.cos(towards), heard.y + by * np.sin(towards))


def _half_copied(rng: np.random.Generator) -> tuple[Heard, Heard]:
    """A copy until half-way, then a walk elsewhere."""
    heard, other = _original(rng), _original(rng)
    half = heard.seconds[-1] / 2
    first, then = heard.seconds < half, other.seconds >= half
    seconds, x, y = (
        np.concatenate([ours[first], theirs[then]])
        for ours, theirs in ((heard.seconds, other.seconds), (heard.x, other.x + 300), (heard.y, other.y))
    )
    return heard, Heard(seconds, x, y)


def _thinned(heard: Heard, rng: np.random.Generator) -> Heard:
    kept = rng.random(len(heard.x)) >= 0.5
    return Heard(heard.seconds[kept], heard.x[kept], heard.y[kept])


def _resampled(heard: Heard, rng: np.random.Generator) -> Heard:
    """Reported at other instants, on the straight lines between what was copied."""
    every = float(rng.choice([5, 10, 15, 30]))
    seconds = np.arange(heard.seconds[0] + rng.uniform(0, every), heard.seconds[-1], every)
    return Heard(
        seconds, np.interp(seconds, heard.seconds, heard.x), np.interp(seconds, heard.seconds, heard.y)
    )


def _original(rng: np.random.Generator) -> Heard:
    return Receiver.drawn(rng).hear(with_stops(a_walk(rng), rng) if rng.random() < 0.3 else a_walk(rng), rng)


Make = Callable[[np.random.Generator], tuple[Heard, Heard]]


def _forged(change: Callable[[Heard, np.random.Generator], Heard]) -> Make:
    def make(rng: np.random.Generator) -> tuple[Heard, Heard]:
        heard = _original(rng)
        return heard, change(heard, rng)

    return make


def _by_minutes(rng: np.random.Generator) -> float:
    return float(rng.choice([-1, 1]) * rng.uniform(60, 7200))


def _last_week(rng: np.random.Generator) -> float:
    return WEEK_SECONDS + float(rng.uniform(-7200, 7200))


HONEST: Mapping[str, Make] = {
    "walking together": walking_together,
    "stopping at shops": stopping_at_shops,
    "standing together": standing_together,
    "the two best receivers (2 to 3 m)": best_receivers,
    "the same beat a week later": same_beat,
}
FORGED: Mapping[str, Make] = {
    "exact copy": _forged(lambda heard, rng: heard),
    "copy with half its positions left out": _forged(_thinned),
    "copy moved in time": _forged(lambda heard, rng: _moved(heard, _by_minutes(rng))),
    "copy with 1 to 3 m of jitter": _forged(_jittered),
    "jittered copy moved in time": _forged(
        lambda heard, rng: _moved(_jittered(heard, rng), _by_minutes(rng))
    ),
    "resampled copy": _forged(_resampled),
    "resampled and jittered copy": _forged(lambda heard, rng: _jittered(_resampled(heard, rng), rng)),
    "last week's track again": _forged(lambda heard, rng: _moved(heard, _last_week(rng))),
    "last week's track, jittered": _forged(lambda heard, rng: _moved(_jittered(heard, rng), _last_week(rng))),
}
# Beyond what the rule can tell: forged pairs that it misses, and honest ones that it would flag.
BEYOND: Mapping[str, Make] = {
    "copy with 3 to 6 m of jitter": _forged(lambda heard, rng: _jittered(heard, rng, 3, 6)),
    "copy at nine tenths of the pace": _forged(
        lambda heard, rng: Heard(heard.seconds / 0.9, heard.x, heard.y)
    ),
    "copy for the first half only": _half_copied,
    "honest: receivers with 1 m of error": lambda rng: _beside(a_walk(rng), rng, 1.0),
    "honest: receivers with 1.5 m of error": lambda rng: _beside(a_walk(rng), rng, 1.5),
}
OF_ONE_OFFICER = {"the same beat a week later", "last week's track again", "last week's track, jittered"}


def flagged(name: str, pair: tuple[Heard, Heard], policy: Policy = POLICY) -> bool:
    """Whether the pair is said to be one track."""
    officer = ONE_OFFICER if name in OF_ONE_OFFICER else OTHER_OFFICER
    patrols = [pair[0].patrol(FIRST, ONE_OFFICER), pair[1].patrol(SECOND, officer)]
    return any(found.flag is CrossFlag.SHARED_TRACK for found in cross_check(patrols, policy))
