"""A phone's queue on disk: what was captured is there whatever happens to the app, until the server has it.

One SQLite file, synced at every commit, so that killing the app at any instant loses nothing it had told the officer.
A real phone encrypts the file. In memory (path None) it is for phones that nobody switches off.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from demo.clients.facts import Item, JsonObject, fix_batch
from demo.clients.fixes import Fix

_TABLES = """
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, parent TEXT, content TEXT NOT NULL,
    if_match TEXT NOT NULL, captured_by TEXT, tries INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, id, if_match));
CREATE TABLE IF NOT EXISTS refused (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL,
    content TEXT, status INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, quarantine_id TEXT);
CREATE TABLE IF NOT EXISTS sequences (patrol_id TEXT PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fixes (
    at_ms INTEGER PRIMARY KEY, lat REAL NOT NULL, lon REAL NOT NULL, accuracy_m REAL NOT NULL);
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fact in the queue; `tries` is how often it was sent in vain."""

    number: int
    item: Item
    tries: int


@dataclass(frozen=True, slots=True)
class Refused:
    """What the server will not take, or took only in part, with its reason, for the officer to see.

    `content` is kept while only the phone has it: with `quarantine_id` the server holds it, and it is corrected there.
    """

    kind: str
    id: str
    path: str
    status: int
    code: str
    detail: str
    quarantine_id: str | None = None
    content: str | None = None


class Queue:
    """What one phone has captured and not got rid of, in the order of capture."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)

    def close(self) -> None:
        self._file.close()

    @contextmanager
    def _whole(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, and on disk."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield self._file
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    def keep(self, items: Iterable[Item], /, **state: object) -> None:
        """Puts facts at the end, together with what the phone must remember of it; one that waits already stays."""
        with self._whole() as file:
            _insert(file, items)
            _remember(file, state)

    def waiting(self, most: int = 10_000) -> list[Waiting]:
        """What is to be sent, in the order of capture."""
        rows = self._file.execute(
            "SELECT number, kind, id, content, parent, if_match, captured_by, tries FROM items ORDER BY number LIMIT ?",
            (most,),
        )
        return [Waiting(row[0], _item(row), row[7]) for row in rows]

    def __len__(self) -> int:
        found: int = self._file.execute("SELECT count(*) FROM items").fetchone()[0]
        return found

    def settle(
        self, done: Sequence[int], tried: Sequence[int], refused: Sequence[Refused], **state: object
    ) -> None:
        """What one answer means for the queue: at once, so that killed in between nothing is settled by half."""
        with self._whole() as file:
            file.executemany("DELETE FROM items WHERE number = ?", [(number,) for number in done])
            file.executemany(
                "UPDATE items SET tries = tries + 1 WHERE number = ?", [(number,) for number in tried]
            )
            file.executemany(
                "INSERT INTO refused (kind, id, path, status, code, detail, quarantine_id, content)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (one.kind, one.id, one.path, one.status, one.code, one.detail, one.quarantine_id, one.content)
                    for one in refused
                ],
            )  # fmt: skip
            _remember(file, state)

    def rename(self, old: UUID, new: UUID) -> None:
        """Another officer has this id already: everything that names it names the new one."""
        with self._whole() as file:
            for column in ("id", "parent", "content"):
                file.execute(
                    f"UPDATE items SET {column} = replace({column}, ?, ?)",  # noqa: S608 - our own columns
                    (str(old), str(new)),
                )
            file.execute("UPDATE sequences SET patrol_id = ? WHERE patrol_id = ?", (str(new), str(old)))
            file.execute("UPDATE state SET value = replace(value, ?, ?)", (str(old), str(new)))

    def refused(self) -> list[Refused]:
        """Everything to be shown to somebody, the oldest first."""
        rows = self._file.execute(
            "SELECT kind, id, path, status, code, detail, quarantine_id, content FROM refused ORDER BY number"
        )
        return [Refused(*row) for row in rows]

    def add_fix(self, fix: Fix) -> None:
        """A position of the patrol that goes on, until its batch is closed."""
        with self._whole() as file:
            file.execute(
                "INSERT OR IGNORE INTO fixes VALUES (?, ?, ?, ?)",
                (fix.at_ms, fix.lat, fix.lon, fix.accuracy_m),
            )

    def close_batch(
        self,
        patrol_id: UUID,
        batch_id: UUID,
        device_id: UUID,
        mine: Callable[[Item], Item],
        also: Sequence[Item] = (),
        /,
        **state: object,
    ) -> None:
        """Makes a batch of the positions taken since the last one, with the next sequence; then what comes `also`.

        `mine` says whose facts these are."""
        with self._whole() as file:
            fixes = tuple(Fix(*row) for row in file.execute("SELECT * FROM fixes ORDER BY at_ms"))
            if fixes:
                sequence = _next_sequence(file, patrol_id)
                _insert(file, [mine(fix_batch(patrol_id, batch_id, device_id, sequence, fixes))])
                file.execute("DELETE FROM fixes")
            _insert(file, also)
            _remember(file, state)

    def oldest_fix_ms(self) -> int | None:
        found: int | None = self._file.execute("SELECT min(at_ms) FROM fixes").fetchone()[0]
        return found

    def newest_fix_ms(self) -> int | None:
        found: int | None = self._file.execute("SELECT max(at_ms) FROM fixes").fetchone()[0]
        return found

    def recall(self, name: str) -> object:
        """What was remembered under a name; None when nothing was."""
        row = self._file.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])


def _insert(file: sqlite3.Connection, items: Iterable[Item]) -> None:
    file.executemany(
        "INSERT INTO items (kind, id, parent, content, if_match, captured_by) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, id, if_match) DO NOTHING",
        [
            (
                item.kind,
                str(item.id),
                None if item.parent is None else str(item.parent),
                json.dumps(item.content, separators=(",", ":")),
                item.if_match or "",
                None if item.captured_by is None else str(item.captured_by),
            )
            for item in items
        ],
    )


def _remember(file: sqlite3.Connection, state: JsonObject) -> None:
    file.executemany(
        "INSERT OR REPLACE INTO state VALUES (?, ?)",
        [(name, json.dumps(value)) for name, value in state.items()],
    )


def _next_sequence(file: sqlite3.Connection, patrol_id: UUID) -> int:
    file.execute(
        "INSERT INTO sequences VALUES (?, 1) ON CONFLICT (patrol_id) DO UPDATE SET next = next + 1",
        (str(patrol_id),),
    )
    found: int = file.execute("SELECT next FROM sequences WHERE patrol_id = ?", (str(patrol_id),)).fetchone()[
        0
    ]
    return found - 1


def _item(row: Sequence[str]) -> Item:
    _, kind, fact_id, content, parent, if_match, captured_by, *_ = row
    return Item(
        kind,
        UUID(fact_id),
        json.loads(content),
        UUID(parent) if parent else None,
        if_match or None,
        UUID(captured_by) if captured_by else None,
    )
