"""Rows of several tables that go in together or not at all, with one statement where the database can."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import TextClause, inspect, text
from sqlmodel import Session

from app.database.model import Table, insert_if_absent, insert_rows

# Rows of one table, at least one, all with the same columns.
Rows = tuple[type[Table], Sequence[Mapping[str, Any]]]


def insert_together(
    session: Session, table: type[Table], values: Mapping[str, Any], besides: Sequence[Rows]
) -> bool:
    """Inserts a row unless its key is taken, and with it rows of other tables; true when they went in, false when none
    did. The values are of the columns' own types.

    PostgreSQL is told in one statement: what a request costs are its statements, not what is decided between them.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql" and besides:
        all_rows: list[Rows] = [(table, [values]), *besides]
        statement = _inserts(tuple((each, tuple(rows[0])) for each, rows in all_rows))
        given = {f"rows_{number}": _as_json(rows) for number, (_, rows) in enumerate(all_rows)}
        return connection.execute(statement, given).rowcount > 0
    created = insert_if_absent(session, table, values)
    for other, rows in besides if created else ():
        insert_rows(session, other, rows)
    return created


@cache
def _inserts(shape: tuple[tuple[type[Table], tuple[str, ...]], ...]) -> TextClause:
    """For tables and their columns. A table's rows are one parameter: with one for each column there would be sixty to
    bind, and psycopg would have the statement planned anew whenever others of them are null."""
    first, *others = (_insert(number, table, names) for number, (table, names) in enumerate(shape))
    *among, last = (f"{insert} WHERE EXISTS (SELECT FROM kept)" for insert in others)
    parts = [f"kept AS ({first} ON CONFLICT DO NOTHING RETURNING 1)"]
    parts += [f"besides_{number} AS ({insert})" for number, insert in enumerate(among)]
    return text(f"WITH {', '.join(parts)} {last}")


def _insert(number: int, table: type[Table], names: Iterable[str]) -> str:
    name, columns = inspect(table).local_table.name, ", ".join(f'"{one}"' for one in names)
    rows = f"json_populate_recordset(NULL::{name}, CAST(:rows_{number} AS json))"
    # All of it our own names.
    return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608


def _as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    told = [
        # As PostgreSQL spells bytes.
        {name: "\\x" + value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        for row in rows
    ]
    return to_json(told).decode()
