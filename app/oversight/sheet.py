"""Events as lines of a file, and what is said of the file: for whoever must show the log to somebody. Pure."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import StringIO
from uuid import UUID

from app.clock import rfc3339
from app.spreadsheet import BYTE_ORDER_MARK, Cell, neutral

COLUMNS = (
    "at",
    "action",
    "operation",
    "actor",
    "actor_id",
    "subjects",
    "reason",
    "request_id",
    "sealed_in",
    "id",
)


class FileFormat(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is shown; `actor` is a collar number, `sealed_in` the number of a seal."""

    id: UUID
    at: datetime
    action: str
    operation: str
    actor_id: UUID | None
    actor: str | None
    request_id: str | None
    reason: str | None
    subjects: Mapping[str, Sequence[str]]
    sealed_in: int | None


def written(lines: Iterable[Line], file_format: FileFormat) -> Iterator[str]:
    """The text of a file, a line at a time; CSV for Excel, with its heading, and no cell that a spreadsheet would
    run."""
    if file_format is FileFormat.JSON_LINES:
        for line in lines:
            told = {**_plain(line), "subjects": line.subjects}
            yield json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
        return
    yield BYTE_ORDER_MARK + _row(COLUMNS)
    for line in lines:
        values: dict[str, Cell] = {**_plain(line), "subjects": in_one_cell(line.subjects)}
        yield _row([neutral(values[name]) for name in COLUMNS])


def in_one_cell(subjects: Mapping[str, Sequence[str]]) -> str:
    """`{"officer": ["b"], "patrol": ["c", "d"]}` is `officer:b patrol:c patrol:d`."""
    return " ".join(f"{kind}:{one}" for kind in sorted(subjects) for one in subjects[kind])


def _plain(line: Line) -> dict[str, Cell]:
    return {
        "id": str(line.id),
        "at": rfc3339(line.at),
        "action": str(line.action),
        "operation": line.operation,
        "actor_id": str(line.actor_id) if line.actor_id else None,
        "actor": line.actor,
        "request_id": line.request_id,
        "reason": line.reason,
        "sealed_in": line.sealed_in,
    }


def _row(cells: Sequence[str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


class Measured:
    """Counts and hashes a file while it is written."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.bytes = 0

    def take(self, text: str) -> bytes:
        data = text.encode()
        self._hash.update(data)
        self.bytes += len(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()
