"""Decides how stretches of time add up: half-open intervals of integer milliseconds, united so that no
instant counts twice.

Used for what one patrol is credited, for windows kept by several patrols, and for officer-hours. Every
function takes intervals in any order, overlapping or empty, and returns them sorted, apart from one another
and of positive length.
"""

from collections.abc import Iterable

Interval = tuple[int, int]
"""(start_ms, end_ms), end excluded."""

Intervals = tuple[Interval, ...]


def unite(*groups: Iterable[Interval]) -> Intervals:
    """Every instant that lies in any of the groups, once.

    >>> unite([(0, 10), (5, 20)], [(20, 30), (50, 40)])
    ((0, 30),)
    """
    ordered = sorted((start, end) for group in groups for start, end in group if end > start)
    united: list[Interval] = []
    for start, end in ordered:
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return tuple(united)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> Intervals:
    """Every instant that lies in both.

    >>> intersect([(0, 10), (20, 30)], [(5, 25)])
    ((5, 10), (20, 25))
    """
    ours, theirs = unite(left), unite(right)
    shared: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i][0], theirs[j][0]), min(ours[i][1], theirs[j][1])
        if start < end:
            shared.append((start, end))
        if ours[i][1] <= theirs[j][1]:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(left: Iterable[Interval], right: Iterable[Interval]) -> Intervals:
    """Every instant of the left that does not lie in the right.

    >>> subtract([(0, 30)], [(5, 10), (20, 40)])
    ((0, 5), (10, 20))
    """
    removed = unite(right)
    left_over: list[Interval] = []
    j = 0
    for opens, end in unite(left):
        start = opens
        while j < len(removed) and removed[j][1] <= start:
            j += 1
        k = j
        while k < len(removed) and removed[k][0] < end:
            if removed[k][0] > start:
                left_over.append((start, removed[k][0]))
            start = max(start, removed[k][1])
            k += 1
        if start < end:
            left_over.append((start, end))
    return tuple(left_over)


def clip(intervals: Iterable[Interval], start_ms: int, end_ms: int) -> Intervals:
    """The part between two instants.

    >>> clip([(0, 10), (20, 30)], 5, 25)
    ((5, 10), (20, 25))
    """
    return unite((max(start, start_ms), min(end, end_ms)) for start, end in intervals)


def total_ms(*groups: Iterable[Interval]) -> int:
    """How long the groups last together, each instant once, in milliseconds.

    >>> total_ms([(0, 10), (5, 20)], [(30, 31)])
    21
    """
    return sum(end - start for start, end in unite(*groups))
