"""Writes tables for spreadsheets: RFC 4180, opened rightly by Excel, and never run by it. Pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import xlsxwriter

# Excel takes a file without this mark for the machine's old code page.
BYTE_ORDER_MARK = "\ufeff"
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")

_LINE_END = "\r\n"

Cell = str | int | Decimal | bool | None


def neutral(cell: Cell) -> str:
    """A cell as text that no spreadsheet takes for a formula; None is empty.

    `=1+1` becomes `'=1+1`; -5 stays `-5`, for a number is no text of anybody's.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"'{cell}" if cell.lstrip(" ").startswith(_RUN_BY_SPREADSHEETS) else cell


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV: byte-order mark, header row, CRLF, quotes where needed.

    `to_csv(["a"], [["1,2"]])` is `\\ufeffa\\r\\n"1,2"\\r\\n`. Raises ValueError for a row longer
    or shorter than the header.
    """
    return BYTE_ORDER_MARK + _lines([header]) + without_header(header, rows)


def without_header(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """More rows of a table that is written piece by piece, as `to_csv` writes them."""
    return _lines(map(_neutral_row, _as_long_as(header, rows)))


def part_of_rows(cells: Sequence[Cell]) -> str:
    """Cells that stand beside each other in many rows, as `to_csv` writes them: made once, put into each row as text.

    `part_of_rows(["a,b", 1, True])` is `"a,b",1,yes`.
    """
    return _lines([_neutral_row(cells)]).removesuffix(_LINE_END)


def to_csv_of_lines(header: Sequence[str], lines: Iterable[str]) -> str:
    """A table as `to_csv` writes it, of rows that were put together with `part_of_rows` and whole numbers."""
    return BYTE_ORDER_MARK + _lines([header]) + "".join(f"{line}{_LINE_END}" for line in lines)


def _as_long_as(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under {len(header)} headings")
        yield row


def _neutral_row(row: Sequence[Cell]) -> list[str | int]:
    # Whole numbers and words are most cells of a file of thousands of rows, and stay as they are.
    return [
        cell if type(cell) is int or (type(cell) is str and cell[:1].isalnum()) else neutral(cell)
        for cell in row
    ]


def _lines(rows: Iterable[Sequence[str | int]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator=_LINE_END).writerows(rows)
    return text.getvalue()


def write_xlsx(
    path: Path, sheet: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], created: datetime
) -> None:
    """A table as a workbook of one sheet, row after row: numbers as numbers, everything else as text, no formula. The
    same table of the same time is the same bytes.

    Raises ValueError for a row longer or shorter than the header.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": created.astimezone(UTC).replace(tzinfo=None)})
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        for place, heading in enumerate(header):
            page.write_string(0, place, neutral(heading), bold)
        for number, row in enumerate(rows, 1):
            for place, (_, cell) in enumerate(zip(header, row, strict=True)):
                if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
                    page.write_number(number, place, float(cell))
                elif cell is not None and cell != "":
                    page.write_string(number, place, neutral(cell))
