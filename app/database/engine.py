"""Opens the database with settings that keep what we acknowledge, and reads them back before serving.

SQLite: WAL with `synchronous=FULL` (the default journal and WAL with NORMAL both lose acknowledged rows in a power
cut), foreign keys on, an explicit BEGIN that is IMMEDIATE for writes. PostgreSQL: fsync, full_page_writes and
synchronous_commit must be on, and no statement may hang for ever.
"""

import sqlite3
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from psycopg import Error
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from app.database.one_writer import WriterQueue
from app.database.spatial import sqlite_functions

_WRITES = "beatcheck_writes"
_HAS_TURN = "beatcheck_has_turn"
# How long SQLite's writer is waited for.
_PATIENCE_SECONDS = 10.0
_LAST_USED = "beatcheck_last_used"
# A connection that answered this lately is taken to be alive. When it is not, one call is told to come again.
_TRUSTED_SECONDS = 1.0
_NETWORK_FILESYSTEMS = (
    "nfs",
    "nfs4",
    "cifs",
    "smb",
    "smb3",
    "smbfs",
    "fuse.sshfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
)
_POSTGRES_OPTIONS = " ".join(
    (
        "-c statement_timeout=15000",
        "-c lock_timeout=4000",
        "-c idle_in_transaction_session_timeout=15000",
        "-c timezone=UTC",
    )
)


def open_engine(url: str, pool_size: int = 10) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; other databases are refused (ValueError)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, pool_size)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed, pool_size)
    raise ValueError("BEATCHECK_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")


@lru_cache(maxsize=8)
def for_writing(engine: Engine) -> Engine:
    """The same pool, whose transactions take the write lock at once (SQLite), so that they never fail half way."""
    return engine.execution_options(**{_WRITES: True})


@lru_cache(maxsize=8)
def for_reading(engine: Engine) -> Engine:
    """The same pool, whose transactions PostgreSQL lets read only, and shows one moment: an answer is put together of
    several statements, and months are added up between them."""
    if engine.dialect.name != "postgresql":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _name_savepoints_alike(engine: Engine) -> None:
    """SQLAlchemy names each savepoint anew, so that its statements are put together and parsed anew, twice for each
    fact of a queue. One name is enough for all: the last that was begun is the first that ends, and is gone then.
    """

    def doing(*statements: str) -> Callable[[Connection, str], None]:
        def tell(connection: Connection, _name: str) -> None:
            for statement in statements:
                connection.exec_driver_sql(statement)

        return tell

    for method, statements in (
        ("do_savepoint", ["SAVEPOINT nested"]),
        ("do_release_savepoint", ["RELEASE SAVEPOINT nested"]),
        ("do_rollback_to_savepoint", ["ROLLBACK TO SAVEPOINT nested", "RELEASE SAVEPOINT nested"]),
    ):
        setattr(engine.dialect, method, doing(*statements))


def _open_postgresql(url: URL, pool_size: int) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=4,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 5},
    )
    # GeoAlchemy2 listens to every statement of every engine, and does something for other databases than ours only.
    engine._has_events = False
    _name_savepoints_alike(engine)

    @event.listens_for(engine, "checkin")
    def note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_LAST_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask_if_alive(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        # The pool's own question costs a round trip with every request.
        last_used = record.info.get(_LAST_USED)
        if last_used is None or time.monotonic() - last_used < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Error as error:
            raise InvalidatePoolError from error

    return engine


def _open_sqlite(url: str, pool_size: int) -> Engine:
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path/to/beatcheck.db")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=10, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - narrows the driver's type
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={_PATIENCE_SECONDS * 1000:.0f}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten in the file, not only unlisted.
        connection.execute("PRAGMA secure_delete=ON")
        for name, (arguments, function) in sqlite_functions().items():
            connection.create_function(name, arguments, function, deterministic=True)

    _begin_in_turn(engine)
    _name_savepoints_alike(engine)
    return engine


def _begin_in_turn(engine: Engine) -> None:
    """Begins SQLite's transactions: those that write one after the other, in the order in which they came."""
    writers = WriterQueue()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get(_HAS_TURN, False) and not writers.take(_PATIENCE_SECONDS):
            busy = sqlite3.OperationalError("database is locked")
            raise OperationalError("BEGIN IMMEDIATE", None, busy)
        connection.info[_HAS_TURN] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def let_go(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        # Not at the commit: it is told of before it is done. Whatever becomes of a transaction, its connection is
        # handed back.
        if record.info.pop(_HAS_TURN, False):
            writers.let_go()


def unsafe_settings(engine: Engine) -> list[str]:
    """What in the running database's own settings could lose an acknowledged record; empty when nothing does."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return _unsafe_sqlite(connection) + _unsafe_filesystem(engine)
        wanted = ("fsync", "full_page_writes", "synchronous_commit")
        found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in wanted}
        return [f"PostgreSQL {name} is off" for name, value in found.items() if value == "off"]


def _unsafe_sqlite(connection: Connection) -> list[str]:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    return [
        f"SQLite {name} is {found[name]}, not {value}"
        for name, value in wanted.items()
        if found[name] != value
    ]


def _unsafe_filesystem(engine: Engine) -> list[str]:
    mounts = Path("/proc/mounts")
    if not mounts.exists() or not engine.url.database:
        return []
    folder = str(Path(engine.url.database).resolve().parent)
    best, kind = "", ""
    for line in mounts.read_text().splitlines():
        _device, where, filesystem = line.split(" ")[:3]
        inside = folder == where or folder.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= len(best):
            best, kind = where, filesystem
    return [f"SQLite on a network filesystem ({kind}) is not durable"] if kind in _NETWORK_FILESYSTEMS else []


def let_go_of_journal(engine: Engine) -> bool:
    """Empties SQLite's journal, which holds what was erased until it is written over; false when somebody is reading
    it. True on PostgreSQL, whose journal is not ours."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return bool(connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0] == 0)
