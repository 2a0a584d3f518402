"""When offences happen in a hotspot: their weight by hour of the week on London's clocks. Pure.

Aoristic: an offence that may have happened at any time between two instants is spread evenly over them, in elapsed
milliseconds, so that a night of fourteen hours counts a fourteenth in each of its hours. A week has 168 hours, the
first being Monday 00:00 to 01:00. The hour that comes twice in October counts in its one local hour; the hour that is
left out in March gets nothing that night.

A hotspot with few offences leans on others: on the other hotspots of its kind, those on the whole force, and the force
on «any hour alike». Each leans as if `pseudo_count` offences of the next were its own, so that chance peaks of a
handful of offences are smoothed away and no hour is ever impossible.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.clock import LONDON

HOURS = 168
HOUR_MS = 3_600_000
WEEK_MINUTES = HOURS * 60
USUAL_PSEUDO_COUNT = 20.0
# A span of more than a week says nothing about the hour of the week.
USUAL_LONGEST_MS = HOURS * HOUR_MS
# Answers that rest on fewer of a hotspot's own offences say so.
FEW_OFFENCES = 20
START_STEP_MINUTES = 30
WINDOW_MINUTES = 120

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
BorrowedFrom = Literal["own", "category", "force", "uniform"]

_EPOCH_DAY_OF_WEEK = 3  # 1 January 1970 was a Thursday
_HOURS_A_DAY = 24
_AT_ONCE = 10_000  # offences spread in one go: bounds the memory, whatever their spans


@dataclass(frozen=True, slots=True)
class HotspotProfile:
    """How a hotspot's offences lie in the week.

    `weights` are 168 shares that add up to 1, the borrowed part in them. `offences` are the hotspot's own that were
    counted, `own_weight` their weight (as many as they are, or the sum of their harm). `borrowed` is the share of
    `weights` that comes from elsewhere, `borrowed_from` the nearest that had any offences. `left_out` are those whose
    span is too long, `without_weight` those without a harm weight where harm was asked for.
    """

    hotspot_id: UUID
    weights: tuple[float, ...]
    offences: int
    own_weight: float
    borrowed: float
    borrowed_from: BorrowedFrom
    left_out: int
    without_weight: int = 0


@dataclass(frozen=True, slots=True)
class OffenceTimes:
    """Offences as arrays of one length: from and to in milliseconds since 1970 (equal for a known instant), and what
    each weighs; NaN where that is not known."""

    start_ms: Integers
    end_ms: Integers
    weight: Floats


@dataclass(frozen=True, slots=True)
class Inside:
    """Which offence lies in which hotspot: places in the offences and in the list of hotspots, pair by pair."""

    offence: Integers
    hotspot: Integers


@dataclass(frozen=True, slots=True)
class _Pool:
    """Offences taken together: their weight by hour, how many, and how many equally heavy ones they are worth."""

    hours: Floats
    offences: int
    worth: float
    weight: float


def hours_of_week(hours: Integers) -> Integers:
    """The London hour of the week, 0 to 167, of hours counted since 1970 in UTC. London is whole hours from UTC.

    Hour 493,153 is 2026-04-05T01:00Z, a Sunday at two in summer time: 146.

    >>> hours_of_week(np.array([493_153])).tolist()
    [146]
    """
    if not len(hours):
        return hours
    first_day, last_day = int(hours.min()) // _HOURS_A_DAY, int(hours.max()) // _HOURS_A_DAY
    midnights = [_offset(day * _HOURS_A_DAY) for day in range(first_day, last_day + 2)]
    offsets = np.repeat(np.array(midnights[:-1], np.int64), _HOURS_A_DAY)
    for day, (before, after) in enumerate(pairwise(midnights)):
        if before != after:
            start = day * _HOURS_A_DAY
            clocks = [_offset(first_day * _HOURS_A_DAY + start + hour) for hour in range(_HOURS_A_DAY)]
            offsets[start : start + _HOURS_A_DAY] = clocks
    local = hours + offsets[hours - first_day * _HOURS_A_DAY]
    return np.asarray((local + _EPOCH_DAY_OF_WEEK * _HOURS_A_DAY) % HOURS)


def _offset(hour: int) -> int:
    """How many hours London is ahead of UTC in an hour since 1970."""
    at = datetime.fromtimestamp(hour * 3600, UTC).astimezone(LONDON)
    ahead = at.utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds() / 3600)


def spread(times: OffenceTimes, group: Integers, groups: int) -> Floats:
    """Aoristic weight by group and hour of the week, `groups` rows of 168; each row sums to its offences' weights.

    An offence of weight 1 between Friday 22:30 and Saturday 00:30 gives Friday 22:00 a quarter, Friday 23:00 a half and
    Saturday 00:00 a quarter; one at Friday 22:30 exactly gives Friday 22:00 all of it.
    """
    found = np.zeros(groups * HOURS)
    for start in range(0, len(times.start_ms), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        some = OffenceTimes(times.start_ms[part], times.end_ms[part], times.weight[part])
        found += _spread(some, group[part], len(found))
    return found.reshape(groups, HOURS)


def _spread(times: OffenceTimes, group: Integers, size: int) -> Floats:
    first = times.start_ms // HOUR_MS
    # Half open: a span that ends on the hour has nothing of it; an instant has the hour it lies in.
    last = np.maximum(times.end_ms - 1, times.start_ms) // HOUR_MS
    touched = last - first + 1
    row = np.repeat(np.arange(len(first)), touched)
    hour = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(touched) - touched, touched)
    begins = np.maximum(times.start_ms[row], hour * HOUR_MS)
    ends = np.minimum(times.end_ms[row], (hour + 1) * HOUR_MS)
    length = (times.end_ms - times.start_ms)[row]
    share = np.where(length > 0, (ends - begins) / np.maximum(length, 1), 1.0)
    place = group[row] * HOURS + hours_of_week(hour)
    return np.asarray(np.bincount(place, times.weight[row] * share, minlength=size), np.float64)


def hotspot_profiles(
    times: OffenceTimes,
    inside: Inside,
    hotspots: Sequence[tuple[UUID, str]],
    wanted: Collection[UUID],
    pseudo_count: float = USUAL_PSEUDO_COUNT,
    longest_ms: int = USUAL_LONGEST_MS,
) -> dict[UUID, HotspotProfile]:
    """The profiles of the wanted ones of a force's hotspots, given as (id, kind), from all offences of the force.

    An offence in two hotspots that overlap counts for each, and once for a kind. What a hotspot borrows is of offences
    outside itself. A pool of n offences keeps n / (n + pseudo_count) of its own pattern and takes the rest from the
    next; unequal weights count as (sum of weights)² / (sum of squares) offences, so that one grave offence among many
    slight ones is not taken for a pattern.
    """
    known = ~np.isnan(times.weight)
    short = times.end_ms - times.start_ms <= longest_ms
    kinds = sorted({kind for _, kind in hotspots})
    kind_of = np.array([kinds.index(kind) for _, kind in hotspots], np.int64)
    pools = _pools(times, inside, kind_of, len(kinds), known & short)
    too_long = np.bincount(inside.hotspot[~short[inside.offence]], minlength=len(hotspots))
    unknown = np.bincount(inside.hotspot[(short & ~known)[inside.offence]], minlength=len(hotspots))
    found = {}
    for place, (hotspot_id, _) in enumerate(hotspots):
        if hotspot_id not in wanted:
            continue
        own = pools[place]
        category = _without(pools[len(hotspots) + int(kind_of[place])], own)
        weights, source = _leaning(own, category, _without(pools[-1], own), pseudo_count)
        borrowed = pseudo_count / (own.worth + pseudo_count) if own.worth + pseudo_count > 0 else 1.0
        found[hotspot_id] = HotspotProfile(
            hotspot_id=hotspot_id,
            weights=tuple(weights.tolist()),
            offences=own.offences,
            own_weight=own.weight,
            borrowed=borrowed,
            borrowed_from=source if borrowed > 0 else "own",
            left_out=int(too_long[place]),
            without_weight=int(unknown[place]),
        )
    return found


def _pools(
    times: OffenceTimes, inside: Inside, kind_of: Integers, kinds: int, counted: NDArray[np.bool_]
) -> list[_Pool]:
    """A pool for every hotspot, then for every kind, then for the force."""
    hotspots, every = len(kind_of), np.arange(len(times.weight), dtype=np.int64)
    by_kind = (
        np.unique(inside.offence * kinds + kind_of[inside.hotspot]) if len(inside.offence) else every[:0]
    )
    divisor = max(kinds, 1)
    offence = np.concatenate([inside.offence, by_kind // divisor, every])
    group = np.concatenate([
        inside.hotspot, hotspots + by_kind % divisor, np.full(len(every), hotspots + kinds)
    ]).astype(np.int64)  # fmt: skip
    offence, group = offence[counted[offence]], group[counted[offence]]
    groups = hotspots + kinds + 1
    weight = times.weight[offence]
    hours = spread(OffenceTimes(times.start_ms[offence], times.end_ms[offence], weight), group, groups)
    many = np.bincount(group, minlength=groups)
    total = np.bincount(group, weight, minlength=groups)
    squares = np.bincount(group, weight**2, minlength=groups)
    return [
        _Pool(hours[one], int(many[one]), _worth(float(total[one]), float(squares[one])), float(total[one]))
        for one in range(groups)
    ]


def _worth(total: float, squares: float) -> float:
    """How many equally heavy offences they are worth: three of weight 1 are 3, one of 100 and one of 1 are 1.02."""
    return total * total / squares if squares > 0 else 0.0


def _without(pool: _Pool, own: _Pool) -> _Pool:
    """A pool without the hotspot's own offences, of which all are in it."""
    offences = pool.offences - own.offences
    if offences <= 0:
        return _Pool(np.zeros(HOURS), 0, 0.0, 0.0)
    squares = _squares(pool) - _squares(own)
    weight = pool.weight - own.weight
    return _Pool(np.maximum(pool.hours - own.hours, 0.0), offences, _worth(weight, squares), weight)


def _squares(pool: _Pool) -> float:
    return pool.weight**2 / pool.worth if pool.worth > 0 else 0.0


def _leaning(own: _Pool, category: _Pool, force: _Pool, pseudo_count: float) -> tuple[Floats, BorrowedFrom]:
    """Shares by hour, and the nearest pool beside the hotspot's own that had offences."""
    shares = np.full(HOURS, 1 / HOURS)
    for pool in (force, category, own):
        total = pool.hours.sum()
        if total > 0:
            kept = pool.worth / (pool.worth + pseudo_count)
            shares = kept * pool.hours / total + (1 - kept) * shares
    if category.offences:
        return shares / shares.sum(), "category"
    return shares / shares.sum(), "force" if force.offences else "uniform"


def two_hour_weight(weights: Sequence[float], start_minute_of_week: int) -> float:
    """The weight of the two hours that begin so many minutes after Monday 00:00; half an hour counts half its hour's.

    Of a week in which all lies in Friday 22:00 to 23:00 (hour 118) the two hours from Friday 21:30 hold all, those from
    Friday 22:30 half. Past Sunday midnight the week begins again.

    >>> two_hour_weight([1.0 if hour == 118 else 0.0 for hour in range(168)], 118 * 60 + 30)
    0.5
    >>> two_hour_weight([1 / 168] * 168, 167 * 60 + 30) * 84
    1.0
    """
    hour, minute = divmod(start_minute_of_week % WEEK_MINUTES, 60)
    first, second, third = (weights[(hour + step) % HOURS] for step in range(3))
    return first * (60 - minute) / 60 + second + third * minute / 60


def best_starts(weights: Sequence[float], n: int) -> list[tuple[int, float]]:
    """The `n` heaviest two hours of the week on the half-hour, heaviest first, as (minute of the week, weight).

    None overlaps one before it, so that they are different windows and not the same one shifted; of equals the earlier.

    >>> best_starts([1 / 168] * 168, 2)[1][0]
    120
    """
    candidates = sorted(
        ((start, two_hour_weight(weights, start)) for start in range(0, WEEK_MINUTES, START_STEP_MINUTES)),
        # Sums of the same shares in another order may differ in their last bit.
        key=lambda one: (-round(one[1], 12), one[0]),
    )
    found: list[tuple[int, float]] = []
    for start, weight in candidates:
        if len(found) == n:
            break
        if all(
            WINDOW_MINUTES <= (start - other) % WEEK_MINUTES <= WEEK_MINUTES - WINDOW_MINUTES
            for other, _ in found
        ):
            found.append((start, weight))
    return found
