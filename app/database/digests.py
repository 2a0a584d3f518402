"""What a database holds, table by table: rows counted, and a digest that does not depend on their order.

A row's digest is SHA-256 over its values; a table's is the sum of its rows' modulo 2^256. So rows are read once, as
they come, and only a number is kept. The same rows give the same digest in any database of the same kind.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg
from psycopg import sql

_BITS = 256
# PostGIS brings this table with it; its rows are not ours.
_NOT_OURS = {"spatial_ref_sys"}
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TableDigest:
    """How many rows a table holds, and the sum of their hashes in hexadecimal."""

    rows: int
    digest: str


def _sum_of(rows: Iterable[bytes]) -> TableDigest:
    count, total = 0, 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256(row).digest())
    return TableDigest(count, f"{total % 2**_BITS:064x}")


def sqlite_digests(connection: sqlite3.Connection, told: Told) -> dict[str, TableDigest]:
    """The digests of every table of an SQLite database; `told` hears the name of each before it is read."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    found = {}
    for (name,) in names:
        told(name)
        quoted = name.replace('"', '""')
        with closing(connection.execute(f'SELECT * FROM "{quoted}"')) as cursor:  # noqa: S608 - a table's own name
            found[name] = _sum_of(_spelled(row) for row in cursor)
    return found


def _spelled(row: tuple[object, ...]) -> bytes:
    """A row's values, each with its kind and length before it: 1 and '1' and b'1' differ, and so do ab|c and a|bc."""
    parts = []
    for value in row:
        content = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        parts.append(f"{type(value).__name__}:{len(content)}:".encode() + content)
    return b"".join(parts)


def postgres_digests(
    connection: psycopg.Connection[tuple[object, ...]], told: Told
) -> dict[str, TableDigest]:
    """The digests of every table of the schema `public`, in the connection's own snapshot."""
    for setting in (
        "SET LOCAL timezone = 'UTC'",
        "SET LOCAL bytea_output = 'hex'",
        "SET LOCAL datestyle = 'ISO'",
    ):
        connection.execute(setting)
    found = {}
    for name in postgres_tables(connection):
        told(name)
        found[name] = _sum_of(_copied(connection, name))
    return found


def postgres_tables(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """The tables of the schema `public` that are ours, by name."""
    rows = connection.execute(
        "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    ).fetchall()
    return [str(name) for (name,) in rows if name not in _NOT_OURS]


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Iterator[bytes]:
    statement = sql.SQL("COPY public.{} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        # The server sends a message a row, so nothing has to be cut at line ends.
        for row in copy:
            yield bytes(row)
