"""Which transactions are over, so that whoever follows changes never passes one that is made durable late.

PostgreSQL gives sequence numbers out before the commit: 7 may be seen while 6 is still on its way, and who goes on from
7 never sees 6. So rows bear the number of their transaction, and only those are read whose number is below that of
every transaction still running: nothing can come among them any more. SQLite has one writer: its row numbers are in
commit order.
"""

from typing import Any

from sqlalchemy import BigInteger, Text, cast, func, select, text
from sqlmodel import Session

# What every row bears on SQLite, where its own number is enough.
NO_NUMBER = 0


def transaction_number(dialect: str) -> Any:
    """The number of the transaction it is inserted in, as a value or an expression."""
    if dialect != "postgresql":
        return NO_NUMBER
    return cast(cast(func.pg_current_xact_id(), Text), BigInteger)


def settled_below(session: Session) -> int | None:
    """Every transaction with a number below this is over, whatever became of it; None on SQLite.

    A statement that is run afterwards sees all that those have committed.
    """
    if session.connection().dialect.name != "postgresql":
        return None
    lowest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
    return int(session.execute(select(lowest)).scalar_one())


def database_identity(session: Session) -> str:
    """Which database this is, as far as its server can tell: a copy put up elsewhere, or rolled back, is another one.

    On PostgreSQL the cluster, its timeline (another after every recovery) and the database in it; empty on SQLite.
    """
    if session.connection().dialect.name != "postgresql":
        return ""
    found = session.execute(
        text(
            "SELECT s.system_identifier, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8), d.oid "
            "FROM pg_control_system() AS s, pg_database AS d WHERE d.datname = current_database()"
        )
    ).one()
    return "/".join(str(part) for part in found)
