"""Rows out of a CSV file, whatever a spreadsheet made of it: UTF-8 or Windows-1252, comma, semicolon or tab.

Every value becomes text without surrounding space, and an empty cell is «not given», so that the same rows in another
spelling, column order or line ending are the same rows.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELL = 20_000


class FileRefused(Exception):
    """The file cannot be read as a table; the reason is in our words and holds nothing of the file."""


class TooManyRows(FileRefused):
    """The file has more rows than one import takes."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its number from 1, its values by header, and its geometry in WGS84 if it has one."""

    number: int
    values: Mapping[str, str | None]
    geometry: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class SourceTable:
    """What was in a file. `crs` names the coordinate system the geometries came in, None when the file does not say.

    `spatial` is true for formats that carry geometries.
    """

    headers: tuple[str, ...]
    rows: tuple[SourceRow, ...]
    spatial: bool = False
    crs: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its table, and the SHA-256 (hex) by which it is known again."""

    table: SourceTable
    sha256: str


def given(text: str) -> str | None:
    """A cell's text without surrounding space; None when nothing is left."""
    return text.strip() or None


def decoded(raw: bytes) -> str:
    """The text of a file: UTF-8 with or without a byte-order mark, else Windows-1252.

    `b"\\xef\\xbb\\xbfa"` and `b"a"` are `a`; `b"caf\\xe9"` is `café`. Raises FileRefused for UTF-16 and for NUL bytes.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise FileRefused("The file is not text in UTF-8 or Windows-1252.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        raise FileRefused("The file is not text in UTF-8 or Windows-1252.") from None


def read_csv(raw: bytes) -> SourceTable:
    """The rows of a CSV file with a header row, lines without any value left out. Raises FileRefused."""
    text = decoded(raw).lstrip("\r\n")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        headers = tuple(cell.strip() for cell in next(reader, []))
        _check_headers(headers)
        rows: list[SourceRow] = []
        for cells in reader:
            values = [given(cell) for cell in cells]
            if not any(values):
                continue
            if len(rows) == MAX_ROWS:
                raise TooManyRows(f"A file may have {MAX_ROWS} rows.")
            if len(cells) != len(headers):
                raise FileRefused(
                    f"Row {len(rows) + 1} has {len(cells)} cells where the header has {len(headers)}."
                )
            rows.append(SourceRow(len(rows) + 1, dict(zip(headers, values, strict=True))))
    except csv.Error:
        raise FileRefused(
            "The file is not well-formed CSV: a quote is not closed, or a cell is too long."
        ) from None
    return SourceTable(headers, tuple(rows))


def _check_headers(headers: tuple[str, ...]) -> None:
    if not any(headers):
        raise FileRefused("The file has no header row.")
    if len(headers) > MAX_COLUMNS:
        raise FileRefused(f"A file may have {MAX_COLUMNS} columns.")
    named = [header.lower() for header in headers if header]
    if len(set(named)) != len(named):
        raise FileRefused("Two columns have the same header.")
