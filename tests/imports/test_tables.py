"""CSV as spreadsheets write it: the same rows however they are spelt, and a plain refusal for what is no table."""

import pytest
from hypothesis import given, settings, strategies as st

from app.imports import tables
from app.imports.findings import Severity
from app.imports.profiles import STANDARD, columns_of, plain_header
from app.imports.rows import Day, PlaceCode, RowModel, Text200, parse_day, validated
from app.imports.tables import FileRefused, TooManyRows, read_csv

ROWS = [{"code": "A-1", "name": "Café, North"}, {"code": "A-2", "name": None}]


@pytest.mark.parametrize(
    "raw",
    [
        'code,name\nA-1,"Café, North"\nA-2,\n'.encode(),
        'code,name\r\nA-1,"Café, North"\r\nA-2,\r\n'.encode(),
        "\ufeffcode;name\nA-1;Café, North\nA-2;\n".encode(),
        "code\tname\r\nA-1\t Café, North \r\n\t\r\nA-2\t\r\n".encode(),
        "code;name\nA-1;Café, North\nA-2;".encode("cp1252"),
    ],
)
def test_one_table_in_many_spellings(raw: bytes) -> None:
    assert [dict(row.values) for row in read_csv(raw).rows] == ROWS
    assert [row.number for row in read_csv(raw).rows] == [1, 2]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        "code,name\nA,B\n".encode("utf-16"),
        b"code,name\nA\x00,B\n",
        b"code,name\nA,B,C\n",
        b"code,name\nA\n",
        b'code,name\n"A,B\n',
        b"code,Code\nA,B\n",
        b"code,name\nA," + b"x" * (tables.MAX_CELL + 1) + b"\n",
        ",".join(f"c{number}" for number in range(tables.MAX_COLUMNS + 1)).encode() + b"\n",
    ],
)
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read_csv(raw)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    assert len(read_csv(b"code\nA\nB\n").rows) == 2
    with pytest.raises(TooManyRows):
        read_csv(b"code\nA\nB\nC\n")


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_give_a_table_or_a_refusal(raw: bytes) -> None:
    try:
        table = read_csv(raw)
    except FileRefused:
        return
    assert all(len(row.values) <= len(table.headers) for row in table.rows)


def test_headers_are_found_by_name_alias_and_shapefile_cut() -> None:
    wanted = ("collar_number", "plan_reference", "code")
    headers = ("Shoulder No.", "plan_refer", "CODE", "something")
    assert columns_of(headers, wanted, STANDARD) == {
        "Shoulder No.": "collar_number",
        "plan_refer": "plan_reference",
        "CODE": "code",
    }
    assert plain_header(" Valid-From ") == "valid_from"


def test_a_columns_own_name_wins_over_an_alias() -> None:
    assert columns_of(("team", "team_code"), ("team_code",), STANDARD) == {"team_code": "team_code"}


@pytest.mark.parametrize(
    "text", ["2026-03-31", "31/03/2026", "2026-03-31T00:00:00", "2026-03-31T00:00:00.000Z"]
)
def test_days(text: str) -> None:
    assert str(parse_day(text)) == "2026-03-31"


@pytest.mark.parametrize(
    "text",
    [
        "1774915200",
        "2026-3-31",
        "03/31/2026",
        "2026-02-30",
        "2026-03-31T10:00:00",
        "1066-10-14",
        "٢٠٢٦-٠٣-٣١",
    ],
)
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several messages, one meaning
        parse_day(text)


class Place(RowModel):
    code: PlaceCode
    name: Text200
    valid_from: Day


def test_faults_are_told_by_row_and_column_without_the_value() -> None:
    table = read_csv(b"code,name,valid_from,secret\nA-1,One,2026-01-01,x\nnot a code,,Smith,y\n")
    rows, findings = validated(table, Place, STANDARD)
    assert [row.values.code for row in rows] == ["A-1"]
    assert [(one.row, one.column, one.code) for one in findings if one.severity is Severity.ERROR] == [
        (2, "code", "value"),
        (2, "name", "missing"),
        (2, "valid_from", "value"),
    ]
    assert [(one.row, one.code) for one in findings if one.severity is Severity.WARNING] == [
        (None, "column-unknown")
    ]
    told = " ".join(one.detail for one in findings)
    assert not any(word in told for word in ("Smith", "not a code", "secret"))


def test_a_missing_column_is_one_error() -> None:
    rows, findings = validated(read_csv(b"code,name\nA,B\nC,D\n"), Place, STANDARD)
    assert rows == []
    assert [(one.row, one.column, one.code) for one in findings] == [(None, "valid_from", "column-missing")]
