"""Percentiles by nearest rank, so that every figure is one that really occurred. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import TypeVar

T = TypeVar("T", int, float)


def nearest_rank(values: Sequence[T], percent: int) -> T | None:
    """The smallest value that at least `percent` (1 to 100) of them do not exceed; None of nothing.

    It stands at place ceil(percent / 100 * n) of the sorted values. Of 10, 20, 30 and 40 the median (50) is 20.

    >>> [nearest_rank([40, 10, 30, 20], percent) for percent in (25, 50, 90)]
    [10, 20, 40]
    """
    if not values:
        return None
    return sorted(values)[ceil(percent * len(values) / 100) - 1]
