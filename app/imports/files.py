"""Decides what a file is by its bytes and reads it: CSV, or one of the GIS formats."""

import hashlib
from pathlib import Path

from app.imports.tables import FileRefused, SourceFile, read_csv
from app.imports.vectors import read_vector


def read_file(raw: bytes, directory: Path) -> SourceFile:
    """Reads a file of any format we know. Raises FileRefused; TooManyRows beyond the limits."""
    if not raw:
        raise FileRefused("The file is empty.")
    table = read_vector(raw, directory)
    return SourceFile(read_csv(raw) if table is None else table, hashlib.sha256(raw).hexdigest())
