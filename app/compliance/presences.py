"""Unites visits: what overlaps or touches in one hotspot is one visit, whoever it was, and between two of them lies a
gap. Pure, and all of two years at once, because a force makes a quarter of a million visits in that time.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.compliance.grouping import Visits

Key = tuple[Any, ...]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VisitTimes:
    """Visits to one hotspot that stand under one key: when each began and ended, in milliseconds, in any order."""

    key: Key
    hotspot_id: UUID
    entered_ms: IntArray
    left_ms: IntArray


def united(
    times: Iterable[VisitTimes], story: Callable[[Key], Hashable], since_ms: int | None = None
) -> Mapping[Key, Visits]:
    """Visits by key. Keys of one `story` are held against each other: a visit of two of them stands under the one it
    began under, and a gap under that of the visit after it. What began before `since_ms` is left out once it is united,
    so that who joins it at midnight makes no visit of the day after.

    One hotspot, visits 0 to 10, 5 to 20 and 50 to 60: two visits, 30 long together, the longest 20, one gap of 30.
    """
    given = [each for each in times if len(each.entered_ms)]
    if not given:
        return {}
    keys: dict[Key, int] = {}
    stories: dict[Hashable, int] = {}
    key_of = [keys.setdefault(each.key, len(keys)) for each in given]
    story_of = [stories.setdefault((story(each.key), each.hotspot_id), len(stories)) for each in given]
    counts = [len(each.entered_ms) for each in given]
    key, place = np.repeat(key_of, counts), np.repeat(story_of, counts)
    entered = np.concatenate([each.entered_ms for each in given])
    left = np.concatenate([each.left_ms for each in given])
    order = np.lexsort((left, entered, place))
    key, place, entered, left = key[order], place[order], entered[order], left[order]
    first, until = _presences(place, entered, left)
    if since_ms is not None:
        told = entered[first] >= since_ms
        first, until = first[told], until[told]
    if not len(first):
        return {}
    gaps = np.where(place[first][1:] == place[first][:-1], entered[first][1:] - until[:-1], 0)
    return _by_key(keys, key[first], until - entered[first], np.concatenate(([0], gaps)))


def _presences(place: IntArray, entered: IntArray, left: IntArray) -> tuple[IntArray, IntArray]:
    """Which visits nobody was there before, and until when somebody stayed; all in order of place and entry."""
    # Every place on a stretch of time of its own, so that nobody's leaving reaches into the next place.
    shift = place * (left.max() - entered.min() + 1)
    furthest = np.maximum.accumulate(left + shift)
    begins = np.concatenate(([True], (entered + shift)[1:] > furthest[:-1]))
    first = np.flatnonzero(begins)
    last = np.concatenate((first[1:], [len(entered)])) - 1
    return first, furthest[last] - shift[last]


def _by_key(
    keys: Mapping[Key, int], key: IntArray, lengths: IntArray, gaps: IntArray
) -> Mapping[Key, Visits]:
    """Counts and sums for each key; a gap of nought is none."""
    visits = np.bincount(key, minlength=len(keys))
    present = np.zeros(len(keys), dtype=np.int64)
    longest = np.zeros(len(keys), dtype=np.int64)
    np.add.at(present, key, lengths)
    np.maximum.at(longest, key, lengths)
    real = gaps > 0
    order = np.lexsort((gaps[real], key[real]))
    of_key, sorted_gaps = key[real][order], gaps[real][order]
    start = np.searchsorted(of_key, np.arange(len(keys) + 1))
    found = {}
    for each, number in keys.items():
        if not visits[number]:
            continue
        between = sorted_gaps[start[number] : start[number + 1]]
        middle = between[(len(between) - 1) // 2 : len(between) // 2 + 1]
        found[each] = Visits(
            visits=int(visits[number]),
            present_ms=int(present[number]),
            longest_ms=int(longest[number]),
            median_gap_ms=int(middle.sum()) // len(middle) if len(middle) else None,
            longest_gap_ms=int(between[-1]) if len(between) else None,
        )
    return found
