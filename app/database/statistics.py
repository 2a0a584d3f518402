"""Statistics by which SQLite chooses indexes: PostgreSQL keeps its own, SQLite only when told.

Without them SQLite takes a whole force for ten rows, and goes through it where an index would find what is asked.
"""

from sqlalchemy import Connection, Engine, text

from app.database.engine import for_writing

# Tables that grow with use; of fewer rows no choice matters.
_GROWING = ("patrols", "credited_slices", "tasking_windows")
_MATTERS_FROM = 1000
# Statistics are of shares, so that they hold until a table has become so many times as large.
_HOLD_UNTIL = 2


def keep_statistics(engine: Engine) -> int:
    """Makes SQLite's statistics anew where a table has outgrown them; 1 if it did. Takes a second for a large force,
    in which others wait to write."""
    if engine.dialect.name != "sqlite":
        return 0
    with engine.connect() as connection:
        due = any(_outgrown(connection, table) for table in _GROWING)
    if not due:
        return 0
    with for_writing(engine).begin() as connection:
        connection.execute(text("ANALYZE"))
    return 1


def _outgrown(connection: Connection, table: str) -> bool:
    most = max(_MATTERS_FROM, _HOLD_UNTIL * _rows_then(connection, table))
    # First by the last row's number, for counting goes through all; rows written anew have higher ones.
    if (connection.execute(text(f"SELECT max(rowid) FROM {table}")).scalar() or 0) < most:  # noqa: S608
        return False
    return bool(connection.execute(text(f"SELECT count(*) >= {most} FROM {table}")).scalar())  # noqa: S608


def _rows_then(connection: Connection, table: str) -> int:
    """How many rows a table had when its statistics were made; 0 without any."""
    held = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")).scalar()
    if held is None:
        return 0
    found = connection.execute(text("SELECT stat FROM sqlite_stat1 WHERE tbl = :table"), {"table": table})
    # The first number is that of rows, except in indexes of some rows only.
    return max((int(stat.split()[0]) for stat in found.scalars()), default=0)
