"""What every table shares: constraint names that migrations can rely on, and inserts that never look first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
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


def _insert(session: Session, table: type[Table]) -> "postgresql.Insert | sqlite.Insert":
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_if_absent(session: Session, table: type[Table], values: Mapping[str, Any]) -> bool:
    """Inserts a row unless its key is taken; true when it went in.

    Six callers at once give one row: the database decides, so there is no moment between looking and inserting.
    """
    key = next(iter(inspect(table).primary_key))
    statement = _insert(session, table).values(**values).on_conflict_do_nothing().returning(key)
    return session.connection().execute(statement).first() is not None


def insert_or_replace(session: Session, table: type[Table], key: str, values: Mapping[str, Any]) -> None:
    """Inserts a row or, when its key is taken, replaces the other columns: for derived rows only, never for facts."""
    statement: Insert = (
        _insert(session, table)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[key], set_={name: value for name, value in values.items() if name != key}
        )
    )
    session.connection().execute(statement)
