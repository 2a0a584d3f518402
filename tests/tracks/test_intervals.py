"""Interval arithmetic against a model so plain that it cannot be wrong: sets of single milliseconds."""

from itertools import pairwise

from hypothesis import given, strategies as st

from app.tracks.intervals import Interval, clip, intersect, subtract, total_ms, unite

some_intervals = st.lists(st.tuples(st.integers(-20, 40), st.integers(-20, 40)), max_size=8)


def instants(intervals: list[Interval] | tuple[Interval, ...]) -> set[int]:
    return {instant for start, end in intervals for instant in range(start, end)}


def is_tidy(intervals: tuple[Interval, ...]) -> bool:
    edges = [edge for interval in intervals for edge in interval]
    return all(before < after for before, after in pairwise(edges))


@given(some_intervals, some_intervals)
def test_the_three_operations_do_to_intervals_what_they_do_to_instants(
    left: list[Interval], right: list[Interval]
) -> None:
    for ours, theirs in (
        (unite(left, right), instants(left) | instants(right)),
        (intersect(left, right), instants(left) & instants(right)),
        (subtract(left, right), instants(left) - instants(right)),
    ):
        assert instants(ours) == theirs
        assert is_tidy(ours)


@given(some_intervals, some_intervals)
def test_total_counts_every_instant_once(left: list[Interval], right: list[Interval]) -> None:
    assert total_ms(left, right) == len(instants(left) | instants(right))


@given(some_intervals, st.integers(-20, 40), st.integers(-20, 40))
def test_clipping_keeps_what_lies_between(intervals: list[Interval], start: int, end: int) -> None:
    assert instants(clip(intervals, start, end)) == {i for i in instants(intervals) if start <= i < end}
