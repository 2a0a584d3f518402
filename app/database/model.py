"""What every table shares: constraint names that migrations can rely on, and inserts that never look first."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Executable, bindparam, func, inspect, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import manager_of_class
from sqlmodel import Session, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of every table model; rows only, never a request or an answer."""


Table.metadata.naming_convention = NAMING
T = TypeVar("T", bound=Table)


def as_stored(table: type[T], values: Mapping[str, Any]) -> T:
    """A row that was just stored, to be read from, without asking the database: as it would come back, provided that
    the values are of the columns' own types. What is left out is None. It belongs to no session."""
    row = manager_of_class(table).new_instance()
    # As rows are loaded. The model's own constructor sets every column in turn, which costs half a millisecond.
    row.__dict__.update({**dict.fromkeys(table.model_fields), **values})
    assert isinstance(row, table)  # noqa: S101 - the manager is the table's own
    return row


@cache
def _insert_if_absent(dialect: str, table: type[Table]) -> Executable:
    # Told by how many rows went in: reading a row back costs a tenth of the insert.
    return _insert(dialect, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def _insert_or_replace(dialect: str, table: type[Table], key: str, names: tuple[str, ...]) -> Executable:
    insert = _insert(dialect, table)
    changed = {name: insert.excluded[name] for name in names if name != key}
    return insert.on_conflict_do_update(index_elements=[key], set_=changed)


def _insert(dialect: str, table: type[Table]) -> "postgresql.Insert | sqlite.Insert":
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_if_absent(session: Session, table: type[Table], values: Mapping[str, Any]) -> bool:
    """Inserts a row unless its key is taken; true when it went in.

    Six callers at once give one row: the database decides, so there is no moment between looking and inserting.
    """
    connection = session.connection()
    statement = _insert_if_absent(connection.dialect.name, table)
    return connection.execute(statement, values).rowcount > 0


def insert_absent_rows(session: Session, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for several rows that have the same columns."""
    connection = session.connection()
    connection.execute(_insert_if_absent(connection.dialect.name, table), rows)


def keys_among(
    session: Session, column: Any, values: Sequence[Any], *conditions: ColumnElement[bool]
) -> list[Any]:
    """Keys of the rows whose column holds one of many values, found value by value through the column's index.

    PostgreSQL has no statistics of rows that the same transaction wrote: given a list, it goes through all of them each
    time, which makes an import's time grow with the square of its rows. A subquery for each value leaves no choice.
    """
    key = next(iter(column.class_.__table__.primary_key))
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        rows = select(key).where(column.in_(values), *conditions)
    else:
        array = bindparam("values_among", list(values), type_=postgresql.ARRAY(column.type))
        asked = func.unnest(array).table_valued("value", name="asked").render_derived()
        held = select(key).where(column == asked.c.value, *conditions).offset(0).lateral("held")
        rows = select(held.c[key.name]).select_from(asked.join(held, true()))
    return list(connection.execute(rows).scalars())


def insert_absent(session: Session, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Inserts those of many rows whose key is not taken, row after row in one go; the keys that went in.

    All rows name the same columns. Raises IntegrityError when somebody else takes a key in the same moment.
    """
    connection = session.connection()
    key = next(iter(inspect(table).primary_key))
    names = [row[key.name] for row in rows]
    taken = set(keys_among(session, getattr(table, key.name), names))
    absent = [row for row in rows if row[key.name] not in taken]
    if absent:
        # Nothing is asked back: one statement with a thousand rows costs more to put together than a thousand inserts.
        connection.execute(_insert(connection.dialect.name, table), absent)
    return {row[key.name] for row in absent}


def insert_or_replace(session: Session, table: type[Table], key: str, values: Mapping[str, Any]) -> None:
    """Inserts a row or, when its key is taken, replaces the other columns: for derived rows only, never for facts."""
    connection = session.connection()
    connection.execute(_insert_or_replace(connection.dialect.name, table, key, tuple(values)), values)
