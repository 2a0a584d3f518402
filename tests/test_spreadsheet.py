"""CSV that spreadsheets open rightly and never run."""

import csv
from io import StringIO

import pytest
from hypothesis import given, settings, strategies

from app.spreadsheet import neutral, to_csv


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@cmd", "\t=1", "\r=1", "\n=1", "  =HYPERLINK()"])
def test_what_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


def test_numbers_truth_and_nothing_are_themselves() -> None:
    assert [neutral(cell) for cell in (-5, 0, True, False, None, "a-b", "")] == [
        "-5",
        "0",
        "yes",
        "no",
        "",
        "a-b",
        "",
    ]


def test_a_file_has_mark_header_and_crlf() -> None:
    text = to_csv(["a", "b"], [["1,2", 'say "x"'], [None, 3]])
    assert text == '\ufeffa,b\r\n"1,2","say ""x"""\r\n,3\r\n'


def test_a_row_is_as_long_as_the_header() -> None:
    with pytest.raises(ValueError, match="2 cells under 1 headings"):
        to_csv(["a"], [["1", "2"]])


@settings(deadline=None)
@given(
    strategies.lists(
        strategies.lists(strategies.text("aé,;\"'\n\r=+-@ ", max_size=8), min_size=2, max_size=2), max_size=5
    )
)
def test_every_cell_comes_back_and_none_can_be_run(rows: list[list[str]]) -> None:
    text = to_csv(["a", "b"], rows)
    found = list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))[1:]
    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for row in found for cell in row)
