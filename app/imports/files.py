"""Decides what a file is by its bytes and reads it: CSV, or one of the GIS formats."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.imports.tables import FileRefused, SourceTable, read_csv
from app.imports.vectors import read_vector

MAX_FILE_BYTES = 20 * 1024 * 1024
# What a sender may call the file; the bytes decide all the same.
MEDIA_TYPES = (
    "text/csv",
    "application/geo+json",
    "application/json",
    "application/geopackage+sqlite3",
    "application/vnd.google-earth.kml+xml",
    "application/zip",
    "application/octet-stream",
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its table, and the SHA-256 (hex) by which it is known again."""

    table: SourceTable
    sha256: str


def read_file(raw: bytes, directory: Path) -> SourceFile:
    """Reads a file of any format we know. Raises FileRefused; TooManyRows beyond the limits."""
    if not raw:
        raise FileRefused("The file is empty.")
    table = read_vector(raw, directory)
    return SourceFile(read_csv(raw) if table is None else table, hashlib.sha256(raw).hexdigest())
