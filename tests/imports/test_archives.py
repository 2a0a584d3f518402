"""Archives and cells that somebody damaged: the file is refused, whatever the readers beneath stumble over."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from app.imports.files import read_file
from app.imports.tables import FileRefused, SourceFile
from app.policeuk.recorded import read_archive
from tests.conftest import Api

DIRECTORY, END = b"PK\x01\x02", b"PK\x05\x06"


def archive(packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """What every reader of archives would look into."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as written:
        for name in ("layer.shp", "leicestershire__neighbourhoods.json"):
            written.writestr(name, b"[1, 2, 3]" * 200)
    return packed.getvalue()


def damaged_content(raw: bytes) -> bytes:
    """The packed bytes of both parts are others."""
    changed = bytearray(raw)
    with zipfile.ZipFile(io.BytesIO(raw)) as read:
        for one in read.infolist():
            begin = one.header_offset + 30 + len(one.filename)
            changed[begin : begin + one.compress_size] = b"\xff" * one.compress_size
    return bytes(changed)


def newer(raw: bytes) -> bytes:
    """Its directory asks for version 9.9 of the format."""
    begin = raw.index(DIRECTORY) + 6
    return raw[:begin] + struct.pack("<H", 99) + raw[begin + 2 :]


def unreadable_name(raw: bytes) -> bytes:
    """A name is said to be UTF-8, and is none."""
    begin = raw.index(DIRECTORY)
    flagged = raw[: begin + 8] + struct.pack("<H", 0x800) + raw[begin + 10 :]
    return flagged[: begin + 46] + b"\xff" + flagged[begin + 47 :]


def elsewhere(raw: bytes) -> bytes:
    """Its directory is said to be where it is not."""
    begin = raw.index(END) + 16
    (said,) = struct.unpack("<L", raw[begin : begin + 4])
    return raw[:begin] + struct.pack("<L", said + 40) + raw[begin + 4 :]


DAMAGES: dict[str, Callable[[], bytes]] = {
    "content": lambda: damaged_content(archive()),
    "content packed otherwise": lambda: damaged_content(archive(zipfile.ZIP_BZIP2)),
    "version": lambda: newer(archive()),
    "name": lambda: unreadable_name(archive()),
    "place": lambda: elsewhere(archive()),
}
READERS: dict[str, Callable[[bytes, Path], SourceFile]] = {"places": read_file, "police-uk": read_archive}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_archive_is_refused(damage: str, reader: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="zip archive"):
        READERS[reader](DAMAGES[damage](), tmp_path)


@pytest.mark.parametrize("properties", [["a"], "a", 1, True])
def test_properties_that_are_none(properties: object, tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": properties, "geometry": None}
    raw = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    with pytest.raises(FileRefused):
        read_file(raw, tmp_path)


@pytest.mark.parametrize(
    ("number", "form"), [(2958465.9999999, "dd/mm/yyyy hh:mm"), (1e12, "[h]:mm:ss"), (-1e12, "[h]:mm:ss")]
)
def test_times_beyond_all_calendars(number: float, form: str, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "occurred_at")
        sheet.write(1, 0, number, book.add_format({"num_format": form}))
    with pytest.raises(FileRefused):
        read_file(packed.getvalue(), tmp_path)


def test_the_sender_is_told(api: Api) -> None:
    headers = api.as_officer("4131", **{"Content-Type": "application/zip"})
    answer = api.client.post("/v1/imports/hotspots", content=DAMAGES["version"](), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
