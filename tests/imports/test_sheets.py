"""XLSX workbooks: values as they stand, and small files that would not stay small are refused."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from app.imports import sheets, tables
from app.imports.files import read_file
from app.imports.tables import FileRefused, SourceTable, TooManyRows


def workbook(*rows: Sequence[object], **options: object) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, options) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        minute = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(place, column, cell, minute)
                elif isinstance(cell, date):
                    sheet.write_datetime(place, column, cell, day)
                else:
                    sheet.write(place, column, cell)
    return packed.getvalue()


def repacked(raw: bytes, **parts: bytes | None) -> bytes:
    """A workbook with some of its parts exchanged or added; `sheet1` is the first sheet."""
    named = {
        "sheet1": "xl/worksheets/sheet1.xml",
        "texts": "xl/sharedStrings.xml",
        "macros": "xl/vbaProject.bin",
    }
    changed: Mapping[str, bytes | None] = {named[name]: content for name, content in parts.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *changed]):
            content = changed.get(name) or old.read(name)
            new.writestr(name, content)
    return packed.getvalue()


def part(raw: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read(name)


def read(raw: bytes, tmp_path: Path) -> SourceTable:
    return read_file(raw, tmp_path).table


def test_values_are_those_a_csv_file_would_hold(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 2, 17, 5, 59, 900_000, tzinfo=UTC).replace(tzinfo=None)
    raw = workbook(
        ["Reference", "When", "day", "people", "share", "planned", "sum", "empty"],
        [" TR-1 ", moment, date(2026, 3, 2), 14, 1.5, True, "=1+1", ""],
        ["", "", "", "", "", "", "", ""],
        ["TR-2"],
    )
    table = read(raw, tmp_path)
    assert table.headers == ("Reference", "When", "day", "people", "share", "planned", "sum", "empty")
    first, second = table.rows
    # A formula is what it last came to; xlsxwriter leaves that at 0.
    assert list(first.values.values()) == [
        "TR-1", "2026-03-02 17:06:00", "2026-03-02", "14", "1.5", "true", "0", None,
    ]  # fmt: skip
    assert (second.number, second.values["Reference"], second.values["people"]) == (2, "TR-2", None)


def test_rows_may_be_gone_through_again(tmp_path: Path) -> None:
    table = read(workbook(["code"], *([f"A-{number}"] for number in range(7))), tmp_path)
    assert [len(each.rows) for each in table.parts(3)] == [3, 3, 1]
    assert [row.values["code"] for row in table.rows] == [row.values["code"] for row in table.rows]


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    raw = workbook(["code"], ["A"])
    for bad in (
        raw[:-30],
        repacked(raw, macros=b"x"),
        repacked(raw, sheet1=b"<worksheet><sheetData>"),
        repacked(raw, sheet1=part(raw, "xl/worksheets/sheet1.xml").replace(b'r="A1"', b'r="&#65;1"')),
        workbook(["code", "Code"], ["A", "B"]),
        workbook([]),
        workbook(["code"], ["x" * (tables.MAX_CELL + 1)]),
    ):
        with pytest.raises(FileRefused):
            read(bad, tmp_path)


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    raw = workbook(["code"], ["A"])
    sheet = part(raw, "xl/worksheets/sheet1.xml")
    bomb = repacked(raw, sheet1=sheet.replace(b"</sheetData>", b" " * 40_000_000 + b"</sheetData>"))
    assert len(bomb) < 100_000
    with pytest.raises(TooManyRows, match="200 times"):
        read(bomb, tmp_path)


def test_the_size_a_part_claims_is_not_believed() -> None:
    raw = workbook(["code"], ["A"])
    sheet = part(raw, "xl/worksheets/sheet1.xml")
    bomb = bytearray(
        repacked(raw, sheet1=sheet.replace(b"</sheetData>", b" " * 40_000_000 + b"</sheetData>"))
    )
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        told = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    while (at := bomb.find(told)) >= 0:
        bomb[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(TooManyRows):
        sheets.read_workbook(bytes(bomb))


def test_one_far_cell_does_not_make_room_for_all_before_it(tmp_path: Path) -> None:
    raw = workbook(["code"], ["A"])
    sheet = part(raw, "xl/worksheets/sheet1.xml")
    far = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    with pytest.raises(TooManyRows, match="cells"):
        read(repacked(raw, sheet1=far), tmp_path)


def test_one_long_text_in_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_MAX_TEXT", 50_000)
    raw = workbook(["code"], *(["x" * 1_000] for _ in range(60)))
    with pytest.raises(TooManyRows, match="long texts"):
        read(raw, tmp_path)


def test_more_rows_than_a_file_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 2)
    assert len(read(workbook(["code"], ["A"], ["B"]), tmp_path).rows) == 2
    with pytest.raises(TooManyRows):
        read(workbook(["code"], ["A"], ["B"], ["C"]), tmp_path)


def test_more_bytes_than_a_file_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.imports.files.MAX_READ_BYTES", 10)
    with pytest.raises(TooManyRows):
        read_file(b"code,name\nA,B\n", tmp_path)
