"""Unites visits: what overlaps or touches in one hotspot is one visit, whoever it was, and between two of them lies a
gap. Pure, and all of two years at once, because a force makes a quarter of a million visits in that time.

What is united already can be united further: it comes to the same as uniting every visit at once.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
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


def told_apart(
    times: Iterable[VisitTimes], number: int, codes: Sequence[str], begins: IntArray
) -> list[VisitTimes]:
    """The same with the period of each entry as the part of their key that stands at `number`. `begins` says in order
    when each period of `codes` begins, in milliseconds; none lies before the first.

    Of visits that begin at 5 and 15, keyed `("A",)`, periods from 0 and from 10 at 1 make one of `("A", "first")` and
    one of `("A", "second")`.
    """
    found = []
    for each in times:
        order = np.argsort(each.entered_ms, kind="stable")
        entered, left = each.entered_ms[order], each.left_ms[order]
        starts = [*np.searchsorted(entered, begins).tolist(), len(entered)]
        for code, (start, end) in zip(codes, pairwise(starts), strict=True):
            if start < end:
                key = (*each.key[:number], code, *each.key[number:])
                found.append(VisitTimes(key, each.hotspot_id, entered[start:end], left[start:end]))
    return found


@dataclass(frozen=True, slots=True)
class Presences:
    """Visits united within each story and hotspot, in the order of those and of time: the number of the key each stands
    under, that of its story and hotspot, and when it began and ended."""

    keys: Sequence[Key]
    hotspot_ids: Sequence[UUID]
    key: IntArray
    place: IntArray
    entered_ms: IntArray
    left_ms: IntArray

    def since(self, since_ms: int) -> "Presences":
        """Those that began then or later."""
        told = self.entered_ms >= since_ms
        return replace(
            self,
            key=self.key[told],
            place=self.place[told],
            entered_ms=self.entered_ms[told],
            left_ms=self.left_ms[told],
        )

    def in_all(self) -> "Presences":
        """Those of all stories held against each other, under one key."""
        hotspots: dict[UUID, int] = {}
        hotspot_of = [hotspots.setdefault(each, len(hotspots)) for each in self.hotspot_ids]
        place = np.array(hotspot_of, dtype=np.int64)[self.place]
        key = np.zeros(len(place), dtype=np.int64)
        return _united([()], list(hotspots), key, place, self.entered_ms, self.left_ms)


def united(times: Iterable[VisitTimes], story: Callable[[Key], Hashable]) -> Presences:
    """What overlaps or touches in one hotspot as one visit. Keys of one `story` are held against each other: a visit of
    two of them stands under the one it began under.

    One hotspot, visits 0 to 10, 5 to 20 and 50 to 60: two presences, 0 to 20 and 50 to 60.
    """
    given = [each for each in times if len(each.entered_ms)]
    keys: dict[Key, int] = {}
    places: dict[tuple[Hashable, UUID], int] = {}
    key_of = [keys.setdefault(each.key, len(keys)) for each in given]
    place_of = [places.setdefault((story(each.key), each.hotspot_id), len(places)) for each in given]
    counts = [len(each.entered_ms) for each in given]
    nothing = np.zeros(0, dtype=np.int64)
    return _united(
        list(keys),
        [hotspot_id for _story, hotspot_id in places],
        np.repeat(np.array(key_of, dtype=np.int64), counts),
        np.repeat(np.array(place_of, dtype=np.int64), counts),
        np.concatenate([nothing, *(each.entered_ms for each in given)]),
        np.concatenate([nothing, *(each.left_ms for each in given)]),
    )


def _united(
    keys: Sequence[Key],
    hotspot_ids: Sequence[UUID],
    key: IntArray,
    place: IntArray,
    entered: IntArray,
    left: IntArray,
) -> Presences:
    if not len(place):
        return Presences(keys, hotspot_ids, key, place, entered, left)
    # Every place on a stretch of time of its own, so that nobody's leaving reaches into the next place.
    shift = place * (left.max() - entered.min() + 1)
    order = np.argsort(entered + shift, kind="stable")
    key, place, entered, shift = key[order], place[order], entered[order], shift[order]
    furthest = np.maximum.accumulate(left[order] + shift)
    first = np.flatnonzero(np.concatenate(([True], (entered + shift)[1:] > furthest[:-1])))
    last = np.concatenate((first[1:], [len(entered)])) - 1
    return Presences(
        keys, hotspot_ids, key[first], place[first], entered[first], furthest[last] - shift[last]
    )


def visits_of(found: Presences) -> dict[Key, Visits]:
    """Presences as visits by key, and what lies between two of them as gaps: a gap stands under the key of the visit
    after it.

    One hotspot, 0 to 20 and 50 to 60: two visits, 30 long together, the longest 20, one gap of 30.
    """
    if not len(found.key):
        return {}
    order = np.argsort(found.key, kind="stable")
    starts = np.searchsorted(found.key[order], np.arange(len(found.keys)))
    lengths = (found.left_ms - found.entered_ms)[order]
    counts = np.bincount(found.key, minlength=len(found.keys))
    gaps, gaps_from = _gaps(found)
    told = {}
    for number in np.flatnonzero(counts).tolist():
        of_key = lengths[starts[number] : starts[number] + counts[number]]
        between = gaps[gaps_from[number] : gaps_from[number + 1]]
        middle = between[(len(between) - 1) // 2 : len(between) // 2 + 1]
        told[found.keys[number]] = Visits(
            visits=len(of_key),
            present_ms=int(of_key.sum()),
            longest_ms=int(of_key.max()),
            median_gap_ms=int(middle.sum()) // len(middle) if len(middle) else None,
            longest_gap_ms=int(between[-1]) if len(between) else None,
        )
    return told


def _gaps(found: Presences) -> tuple[IntArray, IntArray]:
    """All gaps by key and length, and where those of each key begin and the last end."""
    follows = np.flatnonzero(found.place[1:] == found.place[:-1]) + 1
    key, gaps = found.key[follows], found.entered_ms[follows] - found.left_ms[follows - 1]
    # Sorted as one number: two columns take several times as long.
    most = int(gaps.max(initial=0)) + 1
    ordered = np.sort(key * most + gaps)
    begins = np.searchsorted(ordered, np.arange(len(found.keys) + 1) * most)
    return ordered % most, begins


def visits_by_number(number: IntArray, entered_ms: IntArray, left_ms: IntArray) -> list[Visits]:
    """Visits as those of places that are numbered from nought without a hole, by their number; of medians nothing.

    Visits 0 to 10, 5 to 20 and 50 to 60 to place 0: two, 30 long together, the longest 20, the longest gap 30.
    """
    if not len(number):
        return []
    found = _united([], [], number, number, entered_ms, left_ms)
    lengths = found.left_ms - found.entered_ms
    follows = found.place[1:] == found.place[:-1]
    gaps = np.concatenate(([0], np.where(follows, found.entered_ms[1:] - found.left_ms[:-1], 0)))
    begins = np.flatnonzero(np.concatenate(([True], ~follows)))
    told = zip(
        np.diff([*begins, len(lengths)]).tolist(),
        np.add.reduceat(lengths, begins).tolist(),
        np.maximum.reduceat(lengths, begins).tolist(),
        np.maximum.reduceat(gaps, begins).tolist(),
        strict=True,
    )
    return [
        Visits(visits, present_ms, longest_ms, None, longest_gap_ms if visits > 1 else None)
        for visits, present_ms, longest_ms, longest_gap_ms in told
    ]
