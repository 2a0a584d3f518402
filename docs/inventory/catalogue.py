"""What every table and column holds about whom, and what may be done with its rows: two files, held against the models.

A new table is a line in tables.csv, a new column a line in columns.csv; what is missing is said in full. A line for the
table `*` speaks for columns that mean the same wherever they stand; a table's own line goes before it.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.identity.permissions import ROLE_PERMISSIONS, Permission, Role
from app.tables import METADATA

HERE = Path(__file__).parent
EVERYWHERE = "*"
# Whoever asks whom: the service itself reads such rows, no answer shows them.
NOBODY = "nobody"
# What the role that erases may do with a table as a whole; besides, it may change the columns that are named.
KEEPER_WORDS = {"read": "SELECT", "add": "INSERT", "delete": "DELETE"}
RETENTION = {
    "raw positions", "kept aside", "alerts", "open patrols", "results", "plan", "people", "places", "log", "told",
    "messages",
}  # fmt: skip


class Rights(StrEnum):
    """What the service may do with a table's rows once they are there."""

    LOG = "log"  # nothing
    FACT = "fact"  # set the marks named; a mark that is a key only serves to lock a row
    DATED = "dated"  # end them, and change what is named
    QUEUE = "queue"  # take them out; others than the service put them in
    REPLACED = "replaced"  # anything: what is computed, and lists that are written anew


class Kind(StrEnum):
    """What a column says about a person."""

    NO = "no"
    KEY = "key"
    PERSON = "person"
    LOCATION = "location"
    FREE_TEXT = "free text"


@dataclass(frozen=True, slots=True)
class TableNote:
    """One line of tables.csv."""

    table: str
    rights: str
    updates: tuple[str, ...]
    keeper: tuple[str, ...]
    about: str
    purpose: str
    source: str
    seen_by: tuple[str, ...]
    retention: str

    def roles(self) -> list[str]:
        """The roles that hold one of the permissions by which these rows are seen."""
        return [
            role.value
            for role in Role
            if any(permission.value in self.seen_by for permission in ROLE_PERMISSIONS[role])
        ]


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """One line of columns.csv."""

    table: str
    column: str
    kind: str
    meaning: str


def _lines(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@cache
def tables() -> dict[str, TableNote]:
    """What is noted of each table."""
    return {
        row["table"]: TableNote(
            row["table"], row["class"], tuple(row["updates"].split()),
            tuple(row["keeper"].split()), row["about"], row["purpose"], row["source"],
            tuple(row["seen_by"].split()), row["retention"],
        )
        for row in _lines("tables.csv")
    }  # fmt: skip


@cache
def columns() -> dict[tuple[str, str], ColumnNote]:
    """What is noted of each column, and of each that means the same everywhere."""
    return {
        (row["table"], row["column"]): ColumnNote(row["table"], row["column"], row["kind"], row["meaning"])
        for row in _lines("columns.csv")
    }


def noted(table: str, column: str) -> ColumnNote | None:
    """The line that speaks for this column."""
    return columns().get((table, column)) or columns().get((EVERYWHERE, column))


def gaps() -> Iterator[str]:
    """Everything in which the two files and the models differ, each with what to add or remove where."""
    yield from _repeated("tables.csv", "table")
    yield from _repeated("columns.csv", "table", "column")
    yield from _table_gaps()
    yield from _column_gaps()


def _repeated(name: str, *key: str) -> Iterator[str]:
    """What stands twice in a file, of which one line would be read past in silence."""
    found = Counter(tuple(row[part] for part in key) for row in _lines(name))
    yield from (
        f"docs/inventory/{name}: {', '.join(each)} stands {times} times"
        for each, times in found.items()
        if times > 1
    )


def _table_gaps() -> Iterator[str]:
    seen_by = {permission.value for permission in Permission} | {NOBODY}
    for name in sorted(METADATA.tables.keys() - tables().keys()):
        yield (
            f"add to docs/inventory/tables.csv a line for the table: {name},"
            f"<{'|'.join(Rights)}>,<columns that may be updated>,<what purge does>,<about whom>,<purpose>,<source>,"
            f"<permissions that show it, or {NOBODY}>,<{'|'.join(sorted(RETENTION))}>"
        )
    for name, note in tables().items():
        if name not in METADATA.tables:
            yield f"remove from docs/inventory/tables.csv: there is no table {name}"
            continue
        known = {column.name for column in METADATA.tables[name].columns}
        for where, found, allowed in (
            ("class", {note.rights}, set(Rights)),
            ("updates", set(note.updates), known),
            ("keeper", set(note.keeper), known | KEEPER_WORDS.keys()),
            ("seen_by", set(note.seen_by), seen_by),
            ("retention", {note.retention}, RETENTION),
        ):
            if not found <= allowed:
                wrong = sorted(found - allowed)
                yield f"docs/inventory/tables.csv, {name}, {where}: {wrong} is none of {sorted(allowed)}"
        if not (note.about and note.purpose and note.source and note.seen_by):
            yield f"docs/inventory/tables.csv, {name}: about, purpose, source and seen_by are wanted"


def _column_gaps() -> Iterator[str]:
    real = {(name, column.name) for name, table in METADATA.tables.items() for column in table.columns}
    for table, column in sorted(real):
        if noted(table, column) is None:
            yield (
                f"add to docs/inventory/columns.csv a line for the column: {table},{column},"
                f"<{'|'.join(Kind)}>,<what it says>"
            )
    for (table, column), note in columns().items():
        names = {one for _, one in real} if table == EVERYWHERE else {c for t, c in real if t == table}
        if column not in names:
            yield f"remove from docs/inventory/columns.csv: there is no column {table}.{column}"
        if note.kind not in set(Kind) or not note.meaning:
            yield f"docs/inventory/columns.csv, {table}.{column}: kind is one of {sorted(Kind)}, meaning is wanted"
