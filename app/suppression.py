"""Small numbers about the public, left out of tables so that nobody can work them out from what is left. Pure.

A number from one to four is hidden: somebody who was there could be known by it. Hiding it alone is no use where a
total stands beside it, so further cells are hidden until no hidden one follows from sums, not even with the knowledge
that none is below nought, and until what is hidden together in a line with a total is five or more. Nought is told.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

FEWEST = 5
# Row and column of a table; the last row holds the sums of columns, the last column those of rows.
Cell = tuple[int, int]


def is_small(value: int) -> bool:
    """Whether a number by itself is hidden: 1 to 4, not 0 and not 5."""
    return 0 < value < FEWEST


def hidden_in_list(values: Sequence[int], untold: Collection[int] = ()) -> set[int]:
    """The positions to hide in a list whose sum is told, too; position `len(values)` is the sum.

    [3, 9, 20] hides 3 and 9: 3 alone would follow from the sum. [3, 4, 20] hides 3 and 4, which make seven, and
    [1, 2, 20] all three, since one and two make fewer than five. [2, 0] hides the 2 and the sum. `untold` are positions
    that are told to nobody: [3, 9, 20] with the last untold hides no more than 3.
    """
    total = sum(values)
    if is_small(total):
        return {*(place for place, value in enumerate(values) if value), len(values), *untold}
    hidden = {place for place, value in enumerate(values) if is_small(value)} | set(untold)
    while hidden - set(untold) and not _hides(hidden, values):
        rest = [place for place in range(len(values)) if place not in hidden]
        if not rest:
            hidden.add(len(values))
            break
        hidden.add(min(rest, key=lambda place: (values[place] == 0, values[place], place)))
    return hidden


def _hides(hidden: Collection[int], values: Sequence[int]) -> bool:
    """Whether cells whose sum is known hide each other."""
    return len(hidden) > 1 and sum(values[place] for place in hidden) >= FEWEST


def hidden_in_table(rows: Sequence[Sequence[int]], hidden_rows: Collection[int]) -> set[Cell]:
    """The cells to hide in a table where every row's sum is told but those of `hidden_rows`, and so are the columns'.

    Row `len(rows)` holds the sums of columns; a row whose sum is hidden is hidden whole. Two rows of nine and ten:
    [[2, 7], [4, 6]] with no hidden rows hides all four, for any one of them would tell the others.
    """
    table = _Table(rows, hidden_rows)
    if table.last in table.hidden_rows:
        return set(table.cells())
    while (more := table.wanting()) is not None:
        table.hidden.add(more)
    return table.hidden | {(row, column) for row, column in table.cells() if row in table.hidden_rows}


class _Table:
    """A table with the sums of its columns as its last row, and what of it is hidden so far."""

    def __init__(self, rows: Sequence[Sequence[int]], hidden_rows: Collection[int]) -> None:
        sums = [sum(column) for column in zip(*rows, strict=True)]
        self.values: list[list[int]] = [*(list(row) for row in rows), sums]
        self.columns = range(len(sums))
        self.last = len(rows)
        self.hidden_rows = set(hidden_rows)
        # What is in a line of noughts is nought: hiding it hides nothing.
        self.noughts = {
            (row, column)
            for row, column in self.cells()
            if sums[column] == 0 or (row not in self.hidden_rows and not any(self.values[row]))
        }
        self.hidden: set[Cell] = {
            (row, column)
            for row, column in self.cells()
            if (row, column) not in self.noughts
            and (row in self.hidden_rows or is_small(self.values[row][column]))
        }

    def wanting(self) -> Cell | None:
        """The next cell that has to be hidden, too; None when all is well."""
        for line in self._lines():
            hidden = [cell for cell in line if cell in self.hidden]
            if hidden and (len(hidden) == 1 or sum(map(self._value, hidden)) < FEWEST):
                more = self._smallest(line)
                if more is not None:
                    return more
        for cell in sorted(self.hidden):
            if not self._may_be_another(cell):
                return self._beside(cell)
        return None

    def cells(self) -> Iterator[Cell]:
        return ((row, column) for row in range(len(self.values)) for column in self.columns)

    def _lines(self) -> Iterator[list[Cell]]:
        """Each set of cells whose sum is told: rows with their sum told, and columns with theirs."""
        for row in range(len(self.values)):
            if row not in self.hidden_rows:
                yield [(row, column) for column in self.columns]
        for column in self.columns:
            if (self.last, column) not in self.hidden:
                yield [(row, column) for row in range(self.last)]

    def _value(self, cell: Cell) -> int:
        return self.values[cell[0]][cell[1]]

    def _smallest(self, cells: Iterable[Cell]) -> Cell | None:
        """The cell still told that is least loss to hide: the smallest that is not nought, else a nought."""
        told = (cell for cell in cells if cell not in self.hidden | self.noughts)
        found = sorted(told, key=lambda cell: (self._value(cell) == 0, self._value(cell), cell))
        return found[0] if found else None

    def _beside(self, cell: Cell) -> Cell | None:
        """A cell to hide beside one that could be worked out: of its row, else its column, else any."""
        of_row = self._smallest(each for each in self.cells() if each[0] == cell[0])
        of_column = self._smallest(each for each in self.cells() if each[1] == cell[1])
        return of_row or of_column or self._smallest(self.cells())

    def _may_be_another(self, cell: Cell) -> bool:
        """Whether a hidden cell could have another value with all sums as told and none below nought.

        What is hidden can be moved round in a circle of cells, alternately more and less of it: the cells are steps
        between their row and their column, and a cell may change when a circle leads through it.
        """
        row, column = ("row", cell[0]), ("column", cell[1])
        return self._leads(column, row, cell) or (self._less(cell) and self._leads(row, column, cell))

    def _more(self, cell: Cell) -> bool:
        # The sums stand on the other side of the equation: more of a sum is less of its cells.
        return cell[0] != self.last or self._value(cell) > 0

    def _less(self, cell: Cell) -> bool:
        return cell[0] == self.last or self._value(cell) > 0

    def _leads(self, start: tuple[str, int], goal: tuple[str, int], without: Cell) -> bool:
        if start[0] == "column" and not self._more(without):
            return False
        steps = self._steps(without)
        seen, ahead = {start}, [start]
        while ahead:
            for following in steps.get(ahead.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    ahead.append(following)
        return goal in seen

    def _steps(self, without: Cell) -> Mapping[tuple[str, int], list[tuple[str, int]]]:
        found: dict[tuple[str, int], list[tuple[str, int]]] = {}

        def step(start: tuple[str, int], goal: tuple[str, int]) -> None:
            found.setdefault(start, []).append(goal)

        for cell in self.hidden - {without}:
            row, column = ("row", cell[0]), ("column", cell[1])
            if self._more(cell):
                step(row, column)
            if self._less(cell):
                step(column, row)
        for each in self.hidden_rows - {self.last}:
            # The hidden sums of rows make a column of their own, whose sum is told.
            row, sums = ("row", each), ("column", -1)
            step(sums, row)
            if sum(self.values[each]) > 0:
                step(row, sums)
        return found
