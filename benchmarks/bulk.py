"""Writes rows by the hundred thousand into a migrated database, as the application would have stored them.

Values pass through the same column types, so that a row written here cannot be told from one written by a use case.
What makes it fast is left out of the database while it fills, not out of the rows: secondary indexes are made at the
end, foreign keys are not looked up unless `checked`, and SQLite does not wait for the disk. Not for data of any worth.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import JSON, Engine, Table as CoreTable, inspect, text
from sqlmodel import Session

from app.database.engine import let_go_of_journal, open_engine
from app.database.model import Table
from app.database.statistics import keep_statistics
from app.tables import METADATA

ROWS_AT_ONCE = 4000
Row = Mapping[str, Any]
# One value as the driver takes it, by its place in the row.
_Encoders = Sequence[tuple[int, Callable[[Any], Any]]]


class Bulk:
    """Rows on their way into the database at `url`, a few thousand of each table at most in memory.

    JSON columns are given as text, codes as text, everything else as Python has it. What a row leaves out is null.
    `checked` looks up every foreign key, as the application does.
    """

    def __init__(self, url: str, tables: Sequence[type[Table]], *, checked: bool = False) -> None:
        self.engine: Engine = open_engine(url, 1)
        self.checked = checked
        given = {inspect(each).local_table.name for each in tables}
        # In the order their foreign keys ask for.
        self.tables = [table for table in METADATA.sorted_tables if table.name in given]
        self._columns = {table.name: [column.name for column in table.columns] for table in self.tables}
        self._encoders = {table.name: self._encoders_of(table) for table in self.tables}
        self._waiting: dict[str, list[list[Any]]] = {table.name: [] for table in self.tables}
        self.written = 0

    @property
    def on_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _encoders_of(self, table: CoreTable) -> _Encoders:
        if not self.on_sqlite:
            return []  # COPY takes ids, instants and days as they are
        found = []
        for place, column in enumerate(table.columns):
            encode = column.type.dialect_impl(self.engine.dialect).bind_processor(self.engine.dialect)
            if encode is not None and not isinstance(column.type, JSON):
                found.append((place, encode))
        return found

    def add(self, table: str, row: Row) -> None:
        """One row; written with the others of its table before long."""
        waiting = self._waiting[table]
        waiting.append([row.get(name) for name in self._columns[table]])
        if len(waiting) >= ROWS_AT_ONCE:
            self.flush()

    def add_few(self, rows: Sequence[Table]) -> None:
        """Rows of small tables, through the application's own session, in order."""
        with Session(self.engine) as session:
            session.execute(text("PRAGMA foreign_keys=ON" if self.on_sqlite else "SET statement_timeout = 0"))
            for row in rows:
                session.add(row)
                session.flush()
            session.commit()

    def flush(self) -> None:
        """Writes what waits, in one transaction."""
        with self._driver() as connection:
            for table in self.tables:
                waiting, self._waiting[table.name] = self._waiting[table.name], []
                if not waiting:
                    continue
                for row in waiting:
                    for place, encode in self._encoders[table.name]:
                        row[place] = encode(row[place])
                self.written += len(waiting)
                names = self._columns[table.name]
                if isinstance(connection, sqlite3.Connection):
                    _insert(connection, table.name, names, waiting)
                else:
                    _copy(connection, table.name, names, waiting)

    @contextmanager
    def _driver(self) -> Iterator["sqlite3.Connection | psycopg.Connection[Any]"]:
        with self.engine.connect() as borrowed:
            raw = borrowed.connection.driver_connection
            if isinstance(raw, sqlite3.Connection):
                borrowed.commit()
                raw.execute(f"PRAGMA foreign_keys={'ON' if self.checked else 'OFF'}")
                raw.execute("PRAGMA synchronous=OFF")
                raw.execute("PRAGMA cache_size=-200000")
                raw.execute("BEGIN")
                yield raw
                raw.execute("COMMIT")
            else:
                connection = cast("psycopg.Connection[Any]", raw)
                connection.execute("SET statement_timeout = 0")
                if not self.checked:
                    # Needs a superuser, as the throw-away server's is.
                    connection.execute("SET session_replication_role = replica")
                yield connection
                connection.commit()

    def without_indexes(self) -> None:
        """Drops the secondary indexes of the tables to be filled; `with_indexes` makes them again."""
        self._each_index("drop")

    def with_indexes(self) -> None:
        """Makes the indexes the models name, and the statistics a database keeps of its tables by itself."""
        self._each_index("create")
        self.with_statistics()

    def with_statistics(self) -> None:
        if self.on_sqlite:
            keep_statistics(self.engine)
        else:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SET statement_timeout = 0"))
                connection.execute(text("VACUUM ANALYZE"))
        let_go_of_journal(self.engine)

    def _each_index(self, what: str) -> None:
        with self.engine.begin() as connection:
            if not self.on_sqlite:
                connection.execute(text("SET statement_timeout = 0"))
            for table in self.tables:
                for index in sorted(table.indexes, key=lambda each: str(each.name)):
                    getattr(index, what)(connection, checkfirst=True)

    def close(self) -> None:
        self.flush()
        self.engine.dispose()


def _insert(
    connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    marks = ", ".join("?" * len(names))
    columns = ", ".join(f'"{name}"' for name in names)
    connection.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)  # noqa: S608


def _copy(
    connection: "psycopg.Connection[Any]", table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
