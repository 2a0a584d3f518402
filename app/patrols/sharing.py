"""Decides how long time of several kinds was credited at once, so that whoever counts counts an instant once. Pure."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.tracks.intervals import Interval, Intervals, clip, total_ms, unite

# What tells time apart, in an order of who asks.
Kind = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored slice: what kind of time, how long, its intervals as stored text, and the window it is cut to."""

    kind: Kind
    ms: int
    text: str
    cut_to: Interval | None = None

    @property
    def intervals(self) -> Intervals:
        found = [(start, end) for start, end in json.loads(self.text)]
        return clip(found, *self.cut_to) if self.cut_to is not None else tuple(found)


def at_once(several: Sequence[Stored]) -> Mapping[frozenset[Kind], int]:
    """How long exactly these kinds were there at once, in milliseconds.

    Verified 19:00 to 20:00 and 19:30 to 20:15, declared 19:45 to 20:30: 45 minutes of verified alone, 30 of both, 15
    of declared alone.
    """
    kinds = frozenset(each.kind for each in several)
    first = several[0]
    if all(each.text == first.text and each.cut_to == first.cut_to for each in several):
        return {kinds: first.ms}
    if len(kinds) == 1:
        return {kinds: total_ms(*(each.intervals for each in several))}
    return _swept({kind: unite(*(each.intervals for each in several if each.kind == kind)) for kind in kinds})


def _swept(times: Mapping[Kind, Intervals]) -> Counter[frozenset[Kind]]:
    edges = sorted(
        (at, begins, number)
        for number, intervals in enumerate(times.values())
        for start, end in intervals
        for at, begins in ((start, True), (end, False))
    )
    kinds, there = list(times), set[int]()
    found: Counter[frozenset[Kind]] = Counter()
    before = 0
    for at, begins, number in edges:
        if there and at > before:
            found[frozenset(kinds[each] for each in there)] += at - before
        (there.add if begins else there.discard)(number)
        before = at
    return found
