"""Decides what a file is by its bytes and reads it: CSV, XLSX, or one of the GIS formats."""

import hashlib
from pathlib import Path

from app.imports.profiles import Profile, read_profiles
from app.imports.sheets import is_workbook, read_workbook
from app.imports.tables import MAX_READ_BYTES, FileRefused, SourceFile, TooManyRows, read_csv
from app.imports.vectors import read_vector


def profiles_from(path: Path | None) -> tuple[Profile, ...]:
    """The mapping profiles of a force's configuration. Raises OSError and ValueError, which say what is wrong."""
    return () if path is None else read_profiles(path.read_bytes())


def read_file(raw: bytes, directory: Path) -> SourceFile:
    """Reads a file of any format we know. Raises FileRefused; TooManyRows beyond the limits."""
    if not raw:
        raise FileRefused("The file is empty.")
    if len(raw) > MAX_READ_BYTES:
        raise TooManyRows(f"A file may have {MAX_READ_BYTES} bytes.")
    sha256 = hashlib.sha256(raw).hexdigest()
    if raw.startswith(b"PK\x03\x04") and is_workbook(raw):
        return SourceFile(read_workbook(raw), sha256)
    table = read_vector(raw, directory)
    return SourceFile(read_csv(raw) if table is None else table, sha256)
