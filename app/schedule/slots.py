"""When a window may start on a London day, and how much offence weight it covers. Pure, in whole numbers.

Starts lie on a grid of half an hour, stepped through real time: 48 on most days, 46 when the clocks go forward, 50 when
they go back. A window is so many real half-hours; each covers the weight of its hour of the week on London's clocks,
the hour that comes twice twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import isqrt

from app.clock import LONDON, from_ms, start_of_london_day, to_ms

HALF_HOUR_MINUTES = 30
HALF_HOURS_A_DAY = 48
HOURS_A_WEEK = 168
PEAK = "peak"
_HALF_HOUR_MS = 1_800_000
# Kept behind the point when a root is taken, so that it does not swallow the differences between small weights.
_ROOT_BITS = 30


@dataclass(frozen=True, slots=True)
class LondonDay:
    """A day's half-hours in real time: when it begins, how many there are, and which half-hour of the week (0 is Monday
    00:00) each is, with those that a window from the last start runs on to."""

    starts_at_ms: int
    starts: int
    halves: tuple[int, ...]

    def start_ms(self, slot: int) -> int:
        """The instant of a start: slot 3 of a winter day is 01:30Z."""
        return self.starts_at_ms + slot * _HALF_HOUR_MS


@lru_cache(maxsize=4096)
def london_day_slots(day: date, length: int) -> LondonDay:
    """The half-hours of a day for windows of `length` half-hours.

    >>> [london_day_slots(date(2026, month, day), 4).starts for month, day in ((3, 28), (3, 29), (10, 25))]
    [48, 46, 50]
    """
    begin = to_ms(start_of_london_day(day))
    starts = (to_ms(start_of_london_day(day + timedelta(days=1))) - begin) // _HALF_HOUR_MS
    halves = tuple(_half_hour_of_week(begin + step * _HALF_HOUR_MS) for step in range(starts + length - 1))
    return LondonDay(begin, starts, halves)


def _half_hour_of_week(at_ms: int) -> int:
    local = from_ms(at_ms).astimezone(LONDON)
    return local.weekday() * HALF_HOURS_A_DAY + local.hour * 2 + local.minute // HALF_HOUR_MINUTES


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """Minutes of London's clocks from one time until another, over midnight when the second is not later; equal times
    are the whole day. 06:45 to 07:15 is (405, 435)."""

    from_minute: int
    to_minute: int

    def touches(self, half: int) -> bool:
        """Whether a half-hour of the day (0 is 00:00) has a minute in common with it."""
        return any(self._holds(half * HALF_HOUR_MINUTES + minute) for minute in range(HALF_HOUR_MINUTES))

    def covers(self, half: int) -> bool:
        """Whether every minute of a half-hour lies in it."""
        return all(self._holds(half * HALF_HOUR_MINUTES + minute) for minute in range(HALF_HOUR_MINUTES))

    def _holds(self, minute: int) -> bool:
        if self.from_minute < self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


def permitted_halves(hours: Sequence[ClockSpan], handovers: Sequence[ClockSpan]) -> tuple[bool, ...]:
    """Which half-hours of a day a window may cover: inside the allowed hours (none: all), outside every hand-over."""
    return tuple(
        (not hours or any(span.covers(half) for span in hours))
        and not any(span.touches(half) for span in handovers)
        for half in range(HALF_HOURS_A_DAY)
    )


@dataclass(frozen=True, slots=True)
class Start:
    """A start that is allowed: its slot, the weight the window covers (in half-hours of weight, so twice that of whole
    hours), and its share in the draw."""

    slot: int
    covered: int
    share: int


def allowed_starts(
    halves: tuple[int, ...],
    length: int,
    permitted: Sequence[bool],
    weights: Sequence[int],
    alignment: int | str,
) -> tuple[Start, ...]:
    """Every start whose whole window is permitted, in order of time.

    Where no start covers any weight all have the same share: somebody is to go, and nothing says when.
    """
    inside = [permitted[half % HALF_HOURS_A_DAY] for half in halves]
    weight = [weights[half // 2] for half in halves]
    found = [
        (slot, sum(weight[slot : slot + length]))
        for slot in range(len(halves) - length + 1)
        if all(inside[slot : slot + length])
    ]
    shares = [aligned(covered, alignment) for _, covered in found]
    if not any(shares):
        shares = [1] * len(found)
    return tuple(Start(slot, covered, share) for (slot, covered), share in zip(found, shares, strict=True))


@lru_cache(maxsize=65_536)
def aligned(weight: int, alignment: int | str) -> int:
    """A start's share in the draw: the weight to the power of the alignment, which is in tenths.

    0 makes all starts equal, 10 is in proportion, 20 squares. With `peak` the share is the weight, and whoever draws
    takes the greatest. Whole numbers throughout, so that it is the same on every machine.

    >>> [aligned(400, tenths) for tenths in (0, 10, 20)], aligned(400, "peak")
    ([1, 400, 160000], 400)
    >>> aligned(400, 5) // aligned(100, 5)
    2
    """
    if isinstance(alignment, str):
        return weight
    if alignment % 10 == 0:
        return int(weight ** (alignment // 10))
    return _tenth_root(weight**alignment << 10 * _ROOT_BITS)


def _tenth_root(number: int) -> int:
    """The greatest whole number whose tenth power is not more: 1 for 1,023, 2 for 1,024."""
    number = isqrt(number)
    if number == 0:
        return 0
    root = 1 << -(-number.bit_length() // 5)
    while True:
        closer = (4 * root + number // root**4) // 5
        if closer >= root:
            return root
        root = closer
