"""Transactions: the only place that commits. Everything a request changes becomes durable together, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlmodel import Session

from app.database.engine import for_reading, for_writing


def open_session(engine: Engine, *, writes: bool) -> Session:
    """A session of one transaction; close it with `finish` or `abandon`, one that only reads with `let_go`."""
    bind = for_writing(engine) if writes else for_reading(engine)
    return Session(bind, expire_on_commit=False, autoflush=False)


def finish(session: Session) -> None:
    """Makes the session's work durable, then lets its connection go. Raises if the database could not."""
    try:
        session.commit()
    except BaseException:
        # SQLite leaves the transaction of a failed COMMIT open, with the write lock in it, and the pool would hand that
        # connection out again: nobody could write any more.
        session.invalidate()
        raise
    finally:
        session.close()


def abandon(session: Session) -> None:
    """Undoes the session's work and lets its connection go."""
    session.close()


def let_go(session: Session) -> None:
    """Ends a reading and lets its connection go; nothing is kept."""
    if session.get_bind().dialect.name == "postgresql":
        # Where nothing can have been written a COMMIT undoes as much. With a ROLLBACK the driver forgets every
        # statement that the connection has prepared, and all that it is asked next is parsed and planned anew.
        finish(session)
    else:
        abandon(session)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One writing transaction: durable when the block ends, undone when it raises."""
    session = open_session(engine, writes=True)
    try:
        yield session
    except BaseException:
        abandon(session)
        raise
    finish(session)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One reading transaction, a single snapshot on SQLite; nothing is kept."""
    session = open_session(engine, writes=False)
    try:
        yield session
    except BaseException:
        abandon(session)
        raise
    let_go(session)


@contextmanager
def trying(engine: Engine) -> Iterator[Session]:
    """One transaction that may take locks, as a real one would, and of which nothing is kept."""
    session = Session(engine, expire_on_commit=False, autoflush=False)
    try:
        yield session
    finally:
        abandon(session)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Session]:
    """One reading transaction that sees one moment, for as long as it takes: for going through whole tables."""
    postgresql = engine.dialect.name == "postgresql"
    seen = engine.execution_options(isolation_level="REPEATABLE READ") if postgresql else engine
    session = open_session(seen, writes=False)
    try:
        if postgresql:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session
    finally:
        abandon(session)
