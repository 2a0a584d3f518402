"""Zip archives as they are sent: whatever is wrong with one, the file is refused and says so. Pure."""

import struct
import zipfile
import zlib
from io import BytesIO

from app.imports.tables import FileRefused

DAMAGED = "The file is no zip archive, or one that is damaged, encrypted or packed in a way we do not read."
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library has been seen to raise over archives that somebody damaged.
_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def open_archive(raw: bytes) -> zipfile.ZipFile:
    """The archive, to be closed by the caller. Raises FileRefused."""
    try:
        return zipfile.ZipFile(BytesIO(raw))
    except _FAULTS:
        raise FileRefused(DAMAGED) from None


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """A part of the archive, so many bytes of it at most. Raises FileRefused."""
    if member.compress_type not in _READ:
        raise FileRefused(DAMAGED)
    try:
        with archive.open(member) as packed:
            return packed.read(most)
    except _FAULTS:
        raise FileRefused(DAMAGED) from None
