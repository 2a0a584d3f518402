"""Rows out of XLSX workbooks: the values as they stand on the first sheet; no formula is worked out, no macro is run.

The archive is inflated once, counting, before the reader of workbooks sees it: a small file can unpack to gigabytes,
name a cell in the last of a million rows, or repeat one long text in every cell, and the reader would make room for all
that.
"""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from app.imports.archives import open_archive
from app.imports.tables import (
    MAX_CELL,
    MAX_ROWS,
    FileRefused,
    SourceRow,
    SourceTable,
    TooManyRows,
    check_headers,
    given,
)

MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
_MAX_MEMBERS = 200
# Cells of the rectangle that holds all cells, filled or not; and what their texts may come to.
_MAX_CELLS = 8_000_000
_MAX_TEXT = 1024**3
_PIECE = 1024 * 1024
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"']*)["']""")
_CELL = re.compile(rb"([A-Z]{0,3})(\d{1,7})")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_TEXT = re.compile(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_DAMAGED = "The workbook is damaged, encrypted or packed in a way we do not read."
_TOO_LARGE = f"A workbook may unpack to {MAX_UNPACKED} bytes, {MAX_RATIO} times its size at most."

Value = int | float | str | bool | time | date | datetime | timedelta


def is_workbook(raw: bytes) -> bool:
    """Whether a zip archive is an XLSX workbook by what it holds. Raises FileRefused."""
    with open_archive(raw) as archive:
        return "xl/workbook.xml" in archive.namelist()


class SheetRows(Collection[SourceRow]):
    """The rows of one sheet below its header row, those without any value left out. Raises FileRefused."""

    def __init__(self, sheet: CalamineSheet) -> None:
        self._sheet = sheet
        self.headers = tuple(_text(cell) or "" for cell in next(sheet.iter_rows(), []))
        check_headers(self.headers)
        self._count = 0
        for _ in self:
            self._count += 1
            if self._count > MAX_ROWS:
                raise TooManyRows(f"A file may have {MAX_ROWS} rows.")

    def __iter__(self) -> Iterator[SourceRow]:
        rows = self._sheet.iter_rows()
        next(rows)
        number = 0
        for cells in rows:
            values = [_text(cell) for cell in cells]
            if any(values):
                number += 1
                yield SourceRow(number, dict(zip(self.headers, values, strict=True)))

    def __len__(self) -> int:
        return self._count

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)


def read_workbook(raw: bytes) -> SourceTable:
    """The first visible sheet of a workbook. Raises FileRefused; TooManyRows beyond the limits."""
    _check(raw)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(raw))
        if not book.sheet_names:
            raise FileRefused("The workbook has no sheet.")
        rows = SheetRows(book.get_sheet_by_index(0))
    except (CalamineError, StopIteration):
        raise FileRefused(_DAMAGED) from None
    except OverflowError:
        raise FileRefused("A cell holds a time beyond the year 9999, or a span of time too long.") from None
    except BaseException as fault:
        # The reader panics over some values, and a panic is no Exception that anybody else would answer.
        if type(fault).__name__ != "PanicException":
            raise
        raise FileRefused(_DAMAGED) from None
    return SourceTable(rows.headers, rows)


def _text(value: Value) -> str | None:
    """A cell as the text a CSV file would hold: 41.0 is `41`, 2 March 2026 17:00 is `2026-03-02 17:00:00`.

    Spreadsheets keep times as parts of a day, so seconds are rounded.
    """
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise FileRefused(f"A cell may hold {MAX_CELL} characters.")
        return given(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return str((value + timedelta(milliseconds=500)).replace(microsecond=0))
    return str(value)


def _check(raw: bytes) -> None:
    """Refuses an archive that would not stay small. Raises FileRefused."""
    with open_archive(raw) as archive:
        members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise FileRefused(f"A workbook may hold {_MAX_MEMBERS} parts.")
    if any(one.filename.lower().endswith("vbaproject.bin") for one in members):
        raise FileRefused("The workbook holds macros: save it as .xlsx without them.")
    total, shared, longest = 0, 0, 0
    for member in members:
        sheet = "/worksheets/" in member.filename
        texts = member.filename.endswith("sharedStrings.xml")
        last_row, last_column, rest = 0, 0, b""
        for piece in _inflated(raw, member):
            total += len(piece)
            if total > min(MAX_UNPACKED, max(len(raw) * MAX_RATIO, _PIECE)):
                raise TooManyRows(_TOO_LARGE)
            if sheet:
                # A place that stands across two pieces is found with the second.
                text = rest + piece
                row, column = _furthest(text)
                last_row, last_column = max(last_row, row), max(last_column, column)
                shared += len(_SHARED.findall(piece))
                rest = text[-64:]
            elif texts:
                rest += piece
        if last_row * last_column > _MAX_CELLS:
            raise TooManyRows(f"A sheet may reach over {_MAX_CELLS} cells, filled or not.")
        if texts:
            longest = max(map(len, _TEXT.findall(rest)), default=0)
    if shared * longest > _MAX_TEXT:
        raise TooManyRows("The workbook repeats long texts too often: save the sheet as CSV.")


def _inflated(raw: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part unpacks to, piece by piece, whatever the archive says of its size."""
    # The part begins after its own header, whose last two lengths need not be those of the directory.
    begin = member.header_offset + 30
    begin += sum(int.from_bytes(raw[begin - at : begin - at + 2], "little") for at in (4, 2))
    packed = raw[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if member.compress_type != zipfile.ZIP_DEFLATED or member.flag_bits & 1:
        raise FileRefused(_DAMAGED)
    inflating = zlib.decompressobj(wbits=-15)
    try:
        while packed and not inflating.eof:
            yield inflating.decompress(packed, _PIECE)
            packed = inflating.unconsumed_tail
    except zlib.error:
        raise FileRefused(_DAMAGED) from None


def _furthest(text: bytes) -> tuple[int, int]:
    """The last row and column among the places named in a piece of a sheet."""
    row, column = 0, 0
    for place in set(_PLACE.findall(text)):
        match = _CELL.fullmatch(place)
        if match is None:
            raise FileRefused(_DAMAGED)
        row = max(row, int(match[2]))
        letters = 0
        for letter in match[1]:
            letters = letters * 26 + letter - 64
        column = max(column, letters)
    return row, column
