"""What one team can do one after the other on a day, whatever the order. Pure, in minutes since 1970.

Windows that the constraints cannot tell apart are of one kind. For each set of so many of every kind it is worked out
how early the team can be done with it: nothing else about the order matters to what comes after, so this is exact.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

Counts = tuple[int, ...]
# More sets of one size than this are not looked at, and the search says that it was not whole.
_WIDEST = 2_000


class Effort:
    """How much may still be tried, and whether anything was left out for want of it."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.whole = True

    def spend(self, steps: int) -> None:
        self.left -= steps

    @property
    def spent(self) -> bool:
        return self.left <= 0


@dataclass(frozen=True, slots=True)
class Packing:
    """Windows one after the other: kind and start of each, and when the team is ready for another."""

    ready: int
    steps: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TeamDay:
    """A team's day: `starts` it may still use by kind, in order of time, minutes from a start until it is ready again,
    and `limits`: of these kinds together no more than so many."""

    starts: tuple[tuple[int, ...], ...]
    takes: int
    limits: tuple[tuple[frozenset[int], int], ...] = ()

    def fits(self, counts: Counts) -> bool:
        return all(sum(counts[kind] for kind in kinds) <= room for kinds, room in self.limits)


def packings(day: TeamDay, left: Counts, ready: int, effort: Effort) -> dict[Counts, Packing]:
    """Every set of what is left that the team can do from `ready` on, the empty one included, done as early as can be.

    >>> day = TeamDay(starts=((0, 30, 60), (60, 90)), takes=60)
    >>> sorted(packings(day, (2, 1), 0, Effort(100)))
    [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]
    >>> packings(day, (2, 1), 0, Effort(100))[2, 0]
    Packing(ready=120, steps=((0, 0), (0, 60)))
    """
    empty = (0,) * len(left)
    found = {empty: Packing(ready, ())}
    layer = found
    while layer:
        larger: dict[Counts, Packing] = {}
        for counts, packing in layer.items():
            effort.spend(1 + len(left))
            for kind, starts in enumerate(day.starts):
                if counts[kind] == left[kind]:
                    continue
                at = bisect_left(starts, packing.ready)
                if at == len(starts):
                    continue
                more = (*counts[:kind], counts[kind] + 1, *counts[kind + 1 :])
                done = starts[at] + day.takes
                known = larger.get(more)
                if (known is None or done < known.ready) and day.fits(more):
                    larger[more] = Packing(done, (*packing.steps, (kind, starts[at])))
        if len(larger) > _WIDEST:
            effort.whole = False
            larger = dict(sorted(larger.items(), key=lambda each: (each[1].ready, each[0]))[:_WIDEST])
        found |= larger
        layer = larger
    return found


def most(starts: Sequence[int], takes: int, ready: int) -> tuple[int, int]:
    """How many windows at such starts a team can do one after the other from `ready` on, and when it is ready again.

    >>> most((0, 30, 60, 90, 120), 60, 30)
    (2, 150)
    """
    count = 0
    at = bisect_left(starts, ready)
    while at < len(starts):
        count, ready = count + 1, starts[at] + takes
        at = bisect_left(starts, ready)
    return count, ready
