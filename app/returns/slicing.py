"""Cuts recorded hours into London days, as our own are cut. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.clock import start_of_london_day, to_ms
from app.patrols.hours import by_london_day
from app.tracks.intervals import Interval, Intervals, total_ms


@dataclass(frozen=True, slots=True)
class DaySlice:
    """A record's part of one day: as recorded for all persons, what of it counts, by the clock, and when if known."""

    day: date
    recorded_ms: int
    counted_ms: int
    patrol_ms: int
    intervals: Intervals | None


def sliced(
    day: date, span: Interval | None, lasted_ms: int, persons: int, left: Iterable[Interval] | None
) -> list[DaySlice]:
    """The days of a record. `left` is what no other record has, for one officer; None where nobody is named.

    Two wardens 23:00 to 01:00, an hour and a half of it on foot: 45 minutes each, an hour and a half together, on
    either day.
    """
    if span is None:
        return [DaySlice(day, lasted_ms * persons, lasted_ms * persons, lasted_ms, None)] if lasted_ms else []
    if not lasted_ms:
        return []
    days = by_london_day([span])
    lasted = shared_out(lasted_ms, [total_ms(intervals) for intervals in days.values()])
    if left is not None:
        free = by_london_day(left)
        return [
            DaySlice(each, ms, total_ms(free.get(each, ())), total_ms(free.get(each, ())), free.get(each, ()))
            for each, ms in zip(days, lasted, strict=True)
        ]
    return [
        DaySlice(each, ms * persons, ms * persons, ms, intervals)
        for (each, intervals), ms in zip(days.items(), lasted, strict=True)
    ]


def shared_out(whole: int, parts: Sequence[int]) -> list[int]:
    """A whole shared out in proportion; it stays whole: 10 over parts of 1 and 2 are 3 and 7."""
    found: list[int] = []
    gone = before = 0
    for part in parts:
        gone += part
        upto = whole * gone // sum(parts)
        found.append(upto - before)
        before = upto
    return found


def day_span(day: date) -> Interval:
    """A whole London day: 29 March 2026 lasts 23 hours."""
    return to_ms(start_of_london_day(day)), to_ms(start_of_london_day(day + timedelta(days=1)))
