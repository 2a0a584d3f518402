"""Statements are compiled once per run, not once per test: a pytest plugin.

SQLAlchemy keeps what it compiles with the engine, for its dialect. The service has one engine for as long as it runs;
tests open a new one each, and spent a quarter of their time on compiling the same statements again. Here the engines of
one kind share what was compiled, by the library's own hooks: its registry of dialects, `Dialect.engine_created` and the
execution option `compiled_cache`. What goes to the database and what comes back stays each test's own.
"""

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import CompiledCacheType, Dialect
from sqlalchemy.util import LRUCache

# As many as an engine keeps by itself: some hundreds of kilobytes each.
_STATEMENTS = 500


class _OneForAll(Dialect):
    """A dialect that is equal to every other of its class, and whose engines share their statements."""

    # The library asks each class to say it anew.
    supports_statement_cache = True
    statements: CompiledCacheType

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        super().engine_created(engine)
        engine.update_execution_options(compiled_cache=cls.statements)


class OneSQLite(_OneForAll, SQLiteDialect_pysqlite):
    """SQLite, as Python's own driver speaks to it."""

    supports_statement_cache = True
    statements = LRUCache(_STATEMENTS)


class OnePostgreSQL(_OneForAll, PGDialect_psycopg):
    """PostgreSQL, as psycopg speaks to it."""

    supports_statement_cache = True
    statements = LRUCache(_STATEMENTS)


def pytest_configure() -> None:
    registry.register("sqlite", __name__, OneSQLite.__name__)
    registry.register("postgresql.psycopg", __name__, OnePostgreSQL.__name__)
