"""Small numbers left out: worked values, and that nothing left out can be worked out, tried by going through all tables
that would look the same."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random

import pytest

from app.suppression import FEWEST, hidden_in_list, hidden_in_table, is_small


def test_one_to_four_are_small() -> None:
    assert [value for value in range(8) if is_small(value)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("values", "hidden"),
    [
        ([5, 0, 20], set()),
        ([3, 9, 20], {0, 1}),
        ([3, 4, 20], {0, 1}),
        ([1, 2, 20], {0, 1, 2}),
        ([1, 1, 9, 20], {0, 1, 2}),
        ([3, 0, 9], {0, 2}),
        ([2, 0], {0, 2}),
        ([2, 2], {0, 1, 2}),
        ([], set()),
    ],
)
def test_lists(values: list[int], hidden: set[int]) -> None:
    assert hidden_in_list(values) == hidden


def test_what_nobody_is_told_hides_the_rest() -> None:
    assert hidden_in_list([3, 9, 20], untold=[2]) == {0, 2}
    assert hidden_in_list([3, 9, 0], untold=[2]) == {0, 1, 2}
    assert hidden_in_list([8, 9, 1], untold=[2]) == {2}


def test_tables() -> None:
    assert hidden_in_table([[2, 7], [4, 6]], ()) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert hidden_in_table([[6, 7], [8, 6]], ()) == set()
    # 3 needs another in its row and its column, and those another in theirs.
    assert hidden_in_table([[3, 7, 9], [20, 8, 10], [30, 40, 50]], ()) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    # The whole is small: nothing of it is told.
    assert hidden_in_table([[1, 2]], [0, 1]) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_cell_that_sums_of_sums_would_tell_is_hidden() -> None:
    """Every line hides two cells that make five or more, and yet one cell would follow: the circle is not closed."""
    rows = [[1, 20, 0, 2], [0, 7, 0, 20], [3, 30, 20, 7], [0, 20, 0, 1]]
    assert {(2, 2), (4, 1), (4, 3)} <= hidden_in_table(rows, ())


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)


def alike(rows: Sequence[Sequence[int]], hidden_rows: set[int]) -> Iterator[list[tuple[int, ...]]]:
    """Every table of whole numbers that would be published as this one: the same told cells, the same sums of rows and
    of columns where they are told, and of the whole."""
    hidden = hidden_in_table(rows, hidden_rows)
    last, columns = len(rows), range(len(rows[0]))
    sums = [sum(row) for row in rows]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    untold = [row for row in range(last) if row in hidden_rows]
    for split in splits(sum(sums[row] for row in untold), max(len(untold), 1)) if untold else [()]:
        chosen = dict(zip(untold, split, strict=False))
        candidates = [
            [
                each
                for each in splits(chosen.get(row, sums[row]), len(columns))
                if all((row, c) in hidden or each[c] == rows[row][c] for c in columns)
            ]
            for row in range(last)
        ]
        for found in product(*candidates):
            made = [sum(column) for column in zip(*found, strict=True)]
            if all((last, c) in hidden or made[c] == totals[c] for c in columns):
                yield list(found)


def test_no_hidden_number_follows_from_what_is_told() -> None:
    random = Random(7)
    tried = 0
    for _ in range(150):
        height, width = random.choice([(2, 2), (2, 3), (3, 2), (3, 3)])
        most = 7 if height * width <= 6 else 4
        rows = [
            [random.choice([0, 0, 1, 2, random.randrange(most)]) for _ in range(width)] for _ in range(height)
        ]
        if sum(map(sum, rows)) < FEWEST:
            continue
        hidden_rows = hidden_in_list([sum(row) for row in rows])
        assert len(rows) not in hidden_rows or len(hidden_rows) == height + 1
        if len(rows) in hidden_rows:
            continue
        hidden = hidden_in_table(rows, hidden_rows)
        tried += 1
        values: dict[tuple[int, int], set[int]] = {cell: set() for cell in hidden}
        for table in alike(rows, hidden_rows):
            sums = [sum(column) for column in zip(*table, strict=True)]
            for row, column in hidden:
                values[row, column].add(sums[column] if row == height else table[row][column])
        for cell, found in values.items():
            if any(row[cell[1]] for row in rows):
                assert len(found) > 1, (rows, hidden_rows, cell)
            else:
                assert found == {0}
    assert tried > 60


def test_every_small_number_is_hidden_and_every_told_line_hides_five_or_more() -> None:
    random = Random(8)
    for _ in range(500):
        height, width = random.randrange(1, 12), random.randrange(2, 5)
        rows = [
            [random.choice([0, random.randrange(12), random.randrange(60)]) for _ in range(width)]
            for _ in range(height)
        ]
        hidden_rows = hidden_in_list([sum(row) for row in rows])
        if height in hidden_rows:
            continue
        hidden = hidden_in_table(rows, hidden_rows)
        totals = [sum(column) for column in zip(*rows, strict=True)]
        for number, row in enumerate([*rows, totals]):
            for column, value in enumerate(row):
                assert not is_small(value) or (number, column) in hidden
            left_out = [row[column] for column in range(width) if (number, column) in hidden]
            assert number in hidden_rows or not left_out or (len(left_out) > 1 and sum(left_out) >= FEWEST)
