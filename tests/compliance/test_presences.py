"""Visits united all at once, held against uniting them place by place."""

import random
from collections import defaultdict
from itertools import pairwise
from uuid import UUID

import numpy as np

from app.compliance.grouping import Visits
from app.compliance.presences import VisitTimes, told_apart, united, visits_of
from app.tracks.intervals import Interval, unite

HERE, THERE = UUID(int=1), UUID(int=2)


def times(key: str, place: UUID, *visits: Interval) -> VisitTimes:
    entered, left = np.array(visits, dtype=np.int64).reshape(-1, 2).T
    return VisitTimes((key,), place, entered, left)


def alone(key: tuple[str, ...]) -> tuple[str, ...]:
    return key


def test_what_overlaps_is_one_visit_and_between_two_lies_a_gap() -> None:
    found = visits_of(united([times("a", HERE, (50, 60), (5, 20), (0, 10))], alone))
    assert found == {("a",): Visits(2, 30, 20, 30, 30)}


def test_what_touches_is_one_visit() -> None:
    assert visits_of(united([times("a", HERE, (0, 10), (10, 20))], alone)) == {("a",): Visits(1, 20, 20)}


def test_another_hotspot_is_another_visit_and_no_gap_lies_between() -> None:
    assert visits_of(united([times("a", HERE, (0, 10)), times("a", THERE, (5, 30))], alone)) == {
        ("a",): Visits(2, 35, 25)
    }


def test_keys_of_one_story_are_held_against_each_other() -> None:
    weeks = [times("week 1", HERE, (0, 10), (90, 110)), times("week 2", HERE, (100, 130), (150, 160))]
    assert visits_of(united(weeks, lambda _key: "all")) == {
        ("week 1",): Visits(2, 50, 40, 80, 80),
        ("week 2",): Visits(1, 10, 10, 20, 20),
    }


def test_the_median_of_an_even_number_of_gaps_is_the_mean_of_two() -> None:
    found = visits_of(united([times("a", HERE, (0, 1), (2, 3), (7, 8), (20, 21), (40, 41))], alone))
    assert found[("a",)].median_gap_ms == (4 + 12) // 2


def test_periods_are_told_apart_by_when_somebody_came() -> None:
    told = told_apart(
        [times("a", HERE, (5, 12), (10, 30), (15, 16))], 1, ["first", "second"], np.array([0, 10])
    )
    assert {each.key: each.entered_ms.tolist() for each in told} == {
        ("a", "first"): [5],
        ("a", "second"): [10, 15],
    }
    assert told_apart([times("a", HERE)], 0, ["first"], np.array([0])) == []
    assert [each.key for each in told_apart([times("a", HERE, (5, 6))], 0, ["first"], np.array([0]))] == [
        ("first", "a")
    ]


def test_nothing_is_nothing() -> None:
    assert visits_of(united([], alone)) == {}
    assert visits_of(united([times("a", HERE)], alone)) == {}


def test_all_at_once_is_the_same_as_place_by_place() -> None:
    chance = random.Random(7)
    for _ in range(200):
        given: dict[tuple[str, UUID], list[Interval]] = defaultdict(list)
        for _ in range(chance.randrange(1, 40)):
            start = chance.randrange(500)
            place = (chance.choice("abc"), chance.choice((HERE, THERE)))
            given[place].append((start, start + chance.randrange(1, 60)))
        found = visits_of(united([times(key, place, *each) for (key, place), each in given.items()], alone))
        everywhere = united(
            [times(key, place, *each) for (key, place), each in given.items()], alone
        ).in_all()
        here = unite(*(each for (_, place), each in given.items() if place == HERE))
        there = unite(*(each for (_, place), each in given.items() if place == THERE))
        assert visits_of(everywhere)[()].visits == len(here) + len(there)
        stays = zip(everywhere.entered_ms.tolist(), everywhere.left_ms.tolist(), strict=True)
        assert sorted(stays) == sorted([*here, *there])
        lately = visits_of(everywhere.since(250)).get((), Visits()).visits
        assert lately == sum(entered >= 250 for entered, _left in (*here, *there))
        for key in {key for key, _ in given}:
            visits = [unite(each) for (one, _), each in given.items() if one == key]
            gaps = sorted(after[0] - before[1] for each in visits for before, after in pairwise(each))
            lengths = [end - start for each in visits for start, end in each]
            middle = gaps[(len(gaps) - 1) // 2 : len(gaps) // 2 + 1]
            assert found[(key,)] == Visits(
                len(lengths), sum(lengths), max(lengths), sum(middle) // len(middle) if gaps else None,
                gaps[-1] if gaps else None,
            )  # fmt: skip
