"""Packs the rows of a file that is kept until it is stored."""

import json
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.imports.profiles import Profile, columns_of
from app.imports.tables import SourceRow, SourceTable


def packed(table: SourceTable, fields: tuple[str, ...], profile: Profile) -> bytes:
    """The columns of a file that are read, row by row, compressed."""
    columns = columns_of(table.headers, fields, profile)
    headers = [header for header in table.headers if header in columns]
    packer = zlib.compressobj(1)
    found = [packer.compress(json.dumps(headers).encode())]
    for row in table.rows:
        said = [row.number, *(row.values.get(header) for header in headers)]
        found.append(packer.compress(b"\n" + json.dumps(said).encode()))
    return b"".join([*found, packer.flush()])


def unpacked(content: bytes) -> SourceTable:
    """The table that was packed."""
    headers, *_ = (raw := zlib.decompress(content)).split(b"\n", 1)
    rows = _KeptRows(raw, tuple(json.loads(headers)))
    return SourceTable(rows.headers, rows)


@dataclass(frozen=True, slots=True)
class _KeptRows(Collection[SourceRow]):
    """The rows that were packed, read whenever somebody goes through them."""

    raw: bytes
    headers: tuple[str, ...]

    def __iter__(self) -> Iterator[SourceRow]:
        for line in self.raw.split(b"\n")[1:]:
            number, *values = json.loads(line)
            yield SourceRow(number, dict(zip(self.headers, values, strict=True)))

    def __len__(self) -> int:
        return self.raw.count(b"\n")

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)
