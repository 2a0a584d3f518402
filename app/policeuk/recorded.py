"""Recorded answers of data.police.uk as files: a folder, or a zip archive of one. Reads files, bounded.

An answer's file is called as its path in the API with `__` for `/`, ids percent-encoded:
`leicestershire__NC04__boundary.json`. `manifest.json`, which the live fetch writes beside them, says when they came and
which did not. Whatever else lies there is not looked at: pages about officers are never read.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from zipfile import ZipInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from app.imports.archives import open_archive, unpacked
from app.imports.tables import FileRefused, SourceFile, SourceRow, SourceTable, TooManyRows
from app.policeuk.importing import Answers, usable_id
from app.policeuk.outlines import Remark
from app.policeuk.reading import (
    MOST_ANSWER_BYTES,
    PARTS,
    AnswerRefused,
    Listed,
    neighbourhood_list,
    refused_by_start,
)

MANIFEST = "manifest.json"
MOST_FILES = 20_000
MOST_UNPACKED = 200 * 1024 * 1024
_LIST = "__neighbourhoods.json"
# Why an answer did not come, in our words: a manifest may be anybody's.
FAULTS = {
    "not-found": "data.police.uk has no such answer.",
    "status": "data.police.uk refused the request.",
    "unreachable": "data.police.uk did not answer, though asked several times.",
    "too-large": f"The answer is larger than {MOST_ANSWER_BYTES} bytes.",
    "too-slow": "The answer took too long to come.",
    "unreadable": "What came was not all of a JSON answer, though asked for several times.",
}


class Manifest(BaseModel):
    """What a fetch says of its folder: whose answers, from when, and which did not come and why (codes of `FAULTS`)."""

    model_config = ConfigDict(extra="forbid")

    police_force: str
    fetched_on: date
    faults: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class RecordedAnswers(SourceTable):
    """A row for each entry of the list of neighbourhoods, with the answers behind it."""

    police_force: str = ""
    fetched_on: date | None = None
    answers: tuple[Answers, ...] = field(default=())


def list_name(police_force: str) -> str:
    """The file of a force's list: `leicestershire__neighbourhoods.json`."""
    return f"{police_force}{_LIST}"


def part_name(police_force: str, police_uk_id: str, part: str) -> str:
    """The file of one answer: `leicestershire__NC04__boundary.json`."""
    return f"{police_force}__{quote(police_uk_id, safe='')}__{part}.json"


def read_folder(folder: Path) -> SourceFile:
    """The answers in a folder. Raises FileRefused when there is no list of one force, or it cannot be read."""
    files = {path.name: path for path in folder.iterdir() if path.suffix == ".json" and path.is_file()}

    def read(name: str) -> bytes:
        with files[name].open("rb") as opened:
            return opened.read(MOST_ANSWER_BYTES + 1)

    return _source(files, read)


def read_archive(raw: bytes, _directory: Path) -> SourceFile:
    """The answers in a zip archive, wherever in it they lie, each once. Raises FileRefused, as for a folder."""
    left = MOST_UNPACKED
    with open_archive(raw) as archive:
        if len(archive.infolist()) > MOST_FILES:
            raise TooManyRows(f"An archive may hold {MOST_FILES} files.")
        files: dict[str, ZipInfo] = {}
        for one in archive.infolist():
            name = PurePosixPath(one.filename).name
            # What lies hidden beside a file is a system's own note of it.
            if name.startswith(".") or not name.endswith(".json"):
                continue
            if name in files:
                raise FileRefused(
                    "A file stands in the archive twice, as of two days: give one day's folder."
                )
            files[name] = one

        def read(name: str) -> bytes:
            nonlocal left
            content = unpacked(archive, files[name], MOST_ANSWER_BYTES + 1)
            left -= len(content)
            if left < 0:
                raise TooManyRows(f"An archive may unpack to {MOST_UNPACKED} bytes.")
            return content

        return _source(files, read)


def _source(files: Mapping[str, object], read: Callable[[str], bytes]) -> SourceFile:
    lists = [name for name in files if name.endswith(_LIST)]
    if len(lists) != 1:
        raise FileRefused(f"There must be one list of one force's neighbourhoods, called <force>{_LIST}.")
    police_force = lists[0].removesuffix(_LIST)
    manifest = _manifest(read(MANIFEST)) if MANIFEST in files else None
    if manifest is not None and manifest.police_force != police_force:
        raise FileRefused(f"{MANIFEST} is about another force than the list of neighbourhoods.")
    raw = read(lists[0])
    digest = hashlib.sha256(raw)
    try:
        listed = neighbourhood_list(raw)
    except AnswerRefused as refused:
        raise FileRefused(f"The list of neighbourhoods: {refused}") from None
    faults = manifest.faults if manifest is not None else {}
    answers = []
    for row, one in enumerate(listed, 1):
        found = _answers(row, one, police_force, files, read, faults)
        for part, content in sorted(found.parts.items()):
            digest.update(f"{row}/{part}/{len(content)}/".encode())
            digest.update(content)
        answers.append(found)
    table = RecordedAnswers(
        ("id", "name", *PARTS),
        tuple(SourceRow(one.row, {"id": one.listed.id if one.listed else None}) for one in answers),
        spatial=True,
        crs="EPSG:4326",
        police_force=police_force,
        fetched_on=manifest.fetched_on if manifest is not None else None,
        answers=tuple(answers),
    )
    return SourceFile(table, digest.hexdigest())


def _manifest(raw: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError:
        raise FileRefused(f"{MANIFEST} is not as the fetch writes it.") from None


def _answers(
    row: int,
    listed: Listed | None,
    police_force: str,
    files: Mapping[str, object],
    read: Callable[[str], bytes],
    faults: Mapping[str, str],
) -> Answers:
    parts: dict[str, bytes] = {}
    why: dict[str, Remark] = {}
    if listed is not None and usable_id(listed.id):
        for part in PARTS:
            name = part_name(police_force, listed.id, part)
            if name in files:
                content = read(name)
                refused = refused_by_start(content)
                if refused is None:
                    parts[part] = content
                else:
                    why[part] = refused.remark
            elif faults.get(name) in FAULTS:
                why[part] = Remark(faults[name], FAULTS[faults[name]])
    return Answers(row, listed, parts, why)
