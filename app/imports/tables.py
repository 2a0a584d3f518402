"""Rows out of a CSV file, whatever a spreadsheet made of it: UTF-8 or Windows-1252, comma, semicolon or tab.

Every value becomes text without surrounding space, and an empty cell is «not given», so that the same rows in another
spelling, column order or line ending are the same rows.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import dropwhile, islice

from shapely.geometry.base import BaseGeometry

# As sent, and as read: a file may come packed.
MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_READ_BYTES = 5 * MAX_FILE_BYTES
# Of kinds that are brought in part by part, and of those that are compared as a whole.
MAX_ROWS = 250_000
MAX_ROWS_AT_ONCE = 50_000
MAX_COLUMNS = 200
MAX_CELL = 20_000
_HEADER_LOOKED_AT = 64 * 1024


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
    """What was in a file, or a part of it. `rows` may be gone through again and again; how they are kept is the
    reader's affair. `crs` names the coordinate system the geometries came in, None when the file does not say.

    `spatial` is true for formats that carry geometries.
    """

    headers: tuple[str, ...]
    rows: Collection[SourceRow]
    spatial: bool = False
    crs: str | None = None

    def parts(self, rows_at_once: int | None) -> Iterator["SourceTable"]:
        """The table in parts of so many rows, in order; the whole of it for None, and when it has no rows."""
        if rows_at_once is None or not self.rows:
            yield self
            return
        rows = iter(self.rows)
        while part := tuple(islice(rows, rows_at_once)):
            yield replace(self, rows=part)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its table, and the SHA-256 (hex) by which it is known again."""

    table: SourceTable
    sha256: str


def given(text: str) -> str | None:
    """A cell's text without surrounding space; None when nothing is left."""
    return text.strip() or None


def encoding_of(raw: bytes) -> str:
    """How a file's text is encoded: UTF-8 with or without a byte-order mark, else Windows-1252.

    `b"caf\\xe9"` is `cp1252`. Raises FileRefused for UTF-16 and for NUL bytes.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        raise FileRefused("The file is not text in UTF-8 or Windows-1252.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise FileRefused("The file is not text in UTF-8 or Windows-1252.")


class CsvRows(Collection[SourceRow]):
    """The rows of a CSV file, parsed whenever somebody goes through them: what stays in memory is the file's bytes.

    Making it reads the file once from end to end, so that later nothing is refused. Raises FileRefused.
    """

    def __init__(self, raw: bytes) -> None:
        self._encoding = encoding_of(raw)
        self._raw = raw
        start = self._text().read(_HEADER_LOOKED_AT).lstrip("\r\n")
        self._delimiter = max(",;\t", key=start.partition("\n")[0].count)
        csv.field_size_limit(MAX_CELL)
        reader = self._reader()
        try:
            self.headers = tuple(cell.strip() for cell in next(reader, []))
            check_headers(self.headers)
            self._count = sum(1 for _ in self._checked(reader))
        except csv.Error:
            raise FileRefused(
                "The file is not well-formed CSV: a quote is not closed, or a cell is too long."
            ) from None

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.BytesIO(self._raw), self._encoding, newline="")

    def _reader(self) -> Iterator[list[str]]:
        text = self._text()
        lines = dropwhile(lambda line: not line.strip("\r\n"), text)
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _checked(self, reader: Iterator[list[str]]) -> Iterator[list[str]]:
        """The lines that say anything."""
        number, width = 0, len(self.headers)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            if number > MAX_ROWS:
                raise TooManyRows(f"A file may have {MAX_ROWS} rows.")
            if len(cells) != width:
                raise FileRefused(f"Row {number} has {len(cells)} cells where the header has {width}.")
            yield cells

    def __iter__(self) -> Iterator[SourceRow]:
        reader = self._reader()
        next(reader)
        for number, cells in enumerate(self._checked(reader), 1):
            yield SourceRow(number, dict(zip(self.headers, map(given, cells), strict=True)))

    def __len__(self) -> int:
        return self._count

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)


def read_csv(raw: bytes) -> SourceTable:
    """The rows of a CSV file with a header row, lines without any value left out. Raises FileRefused."""
    rows = CsvRows(raw)
    return SourceTable(rows.headers, rows)


def check_headers(headers: tuple[str, ...]) -> None:
    """Raises FileRefused for a header row that names no columns, too many, or one twice."""
    if not any(headers):
        raise FileRefused("The file has no header row.")
    if len(headers) > MAX_COLUMNS:
        raise FileRefused(f"A file may have {MAX_COLUMNS} columns.")
    named = [header.lower() for header in headers if header]
    if len(set(named)) != len(named):
        raise FileRefused("Two columns have the same header.")
