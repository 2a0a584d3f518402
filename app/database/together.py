"""Many rows with one statement where the database can: of one table, or of several that go in together or not at all.

PostgreSQL is given the rows of a table as one value of JSON. With a value for each column there would be dozens to bind
in each statement, and psycopg would have it parsed and planned anew whenever others of them are null.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Insert, TextClause, insert, inspect, text
from sqlmodel import Session

from app.database.model import Table, insert_if_absent

# Rows of one table, at least one, all with the same columns; the values are of the columns' own types.
Rows = tuple[type[Table], Sequence[Mapping[str, Any]]]
_Shape = tuple[type[Table], tuple[str, ...]]


def insert_rows(session: Session, rows: Rows) -> None:
    """Inserts rows; an error when a key is taken."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_one_table(_shape(rows)), {"rows_0": _as_json(rows)})
    else:
        connection.execute(_row_by_row(rows[0]), rows[1])


def insert_together(
    session: Session, table: type[Table], values: Mapping[str, Any], besides: Sequence[Rows]
) -> bool:
    """Inserts a row unless its key is taken, and with it rows of other tables; true when they went in, false when none
    did.

    On PostgreSQL with one statement: what a request costs are its statements, not what is decided between them.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql" and besides:
        all_rows: list[Rows] = [(table, [values]), *besides]
        statement = _several_tables(tuple([_shape(rows) for rows in all_rows]))
        given = {f"rows_{number}": _as_json(rows) for number, rows in enumerate(all_rows)}
        return connection.execute(statement, given).rowcount > 0
    created = insert_if_absent(session, table, values)
    for rows in besides if created else ():
        insert_rows(session, rows)
    return created


@cache
def _row_by_row(table: type[Table]) -> Insert:
    return insert(table)


@cache
def _one_table(shape: _Shape) -> TextClause:
    return text(_insert(0, shape))


@cache
def _several_tables(shapes: tuple[_Shape, ...]) -> TextClause:
    first, *others = (_insert(number, shape) for number, shape in enumerate(shapes))
    *among, last = (f"{each} WHERE EXISTS (SELECT FROM kept)" for each in others)
    parts = [f"kept AS ({first} ON CONFLICT DO NOTHING RETURNING 1)"]
    parts += [f"besides_{number} AS ({each})" for number, each in enumerate(among)]
    return text(f"WITH {', '.join(parts)} {last}")


def _shape(rows: Rows) -> _Shape:
    return rows[0], tuple(rows[1][0])


def _insert(number: int, shape: _Shape) -> str:
    name, columns = inspect(shape[0]).local_table.name, ", ".join(f'"{one}"' for one in shape[1])
    rows = f"json_populate_recordset(NULL::{name}, CAST(:rows_{number} AS json))"
    # All of it our own names.
    return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608


def _as_json(rows: Rows) -> str:
    told = [
        # As PostgreSQL spells bytes.
        {name: "\\x" + value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        for row in rows[1]
    ]
    return to_json(told).decode()
