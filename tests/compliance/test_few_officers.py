"""Which ranks and kinds are told together: those of fewer than three officers, and none that the total gives away."""

import random

from app.compliance.few_officers import FEW_OFFICERS, FEWEST, as_one_row, told_together
from app.compliance.grouping import GroupBy

RANK = (GroupBy.RANK,)
TOGETHER = (FEW_OFFICERS,)


def test_small_ones_are_told_together_and_large_ones_by_themselves() -> None:
    officers = {("PC",): 10, ("SGT",): 2, ("INSP",): 1}
    assert told_together(RANK, officers) == {("SGT",): TOGETHER, ("INSP",): TOGETHER}
    assert told_together(RANK, {("PC",): 3, (None,): 4}) == {}


def test_one_alone_takes_the_next_smallest_with_it() -> None:
    officers = {("PC",): 10, ("SGT",): 1, ("PCSO",): 4}
    assert told_together(RANK, officers) == {("SGT",): TOGETHER, ("PCSO",): TOGETHER}
    assert told_together(RANK, {("SGT",): 1}) == {("SGT",): TOGETHER}


def test_each_week_is_a_question_of_its_own() -> None:
    by = (GroupBy.WEEK, GroupBy.RANK)
    officers = {("W1", "PC"): 5, ("W1", "SGT"): 3, ("W2", "PC"): 5, ("W2", "SGT"): 1}
    together = ("W2", FEW_OFFICERS)
    assert told_together(by, officers) == {("W2", "SGT"): together, ("W2", "PC"): together}


def test_no_row_is_of_fewer_than_three_unless_all_are() -> None:
    chance = random.Random(7)
    for _ in range(300):
        officers = {(f"R{number}",): chance.randrange(1, 7) for number in range(chance.randrange(1, 7))}
        rows = as_one_row({key: [count] for key, count in officers.items()}, told_together(RANK, officers))
        assert sum(sum(each) for each in rows.values()) == sum(officers.values())
        assert min(sum(each) for each in rows.values()) >= min(FEWEST, sum(officers.values()))
