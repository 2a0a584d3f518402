"""Transactions: the only place that commits. Everything a request changes becomes durable together, or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.database.engine import for_reading, for_writing

_AFTERWARDS = "beatcheck_afterwards"
_log = structlog.get_logger("beatcheck.database")


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
    for work in session.info.pop(_AFTERWARDS, ()):
        try:
            with transaction(cast(Engine, session.get_bind())) as own:
                work(own)
        except OperationalError as error:
            _log.warning("left_for_later", kind=type(error.orig).__name__)


def afterwards(session: Session, work: Callable[[Session], None]) -> None:
    """Has something done in a transaction of its own, once the session's work is durable: what it and others that ran
    beside it could not see of each other; nothing on SQLite, where nothing runs beside it. It must be nothing that is
    lost when it is not done: where the database cannot do it now, it is left to whoever has it done next."""
    if session.get_bind().dialect.name == "postgresql":
        session.info.setdefault(_AFTERWARDS, []).append(work)


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
    """One reading transaction, which sees one moment; nothing is kept."""
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
    """One reading transaction for as long as it takes: for going through whole tables."""
    session = open_session(engine, writes=False)
    try:
        if engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session
    finally:
        abandon(session)
