"""Lets transactions that work on the same things go one after the other, without locking rows others need."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session


def take_turns(session: Session, ids: Iterable[UUID]) -> None:
    """Waits until no other transaction has a turn at any of these, and has it until this one ends.

    Taken in one order, so that two who want the same things never wait for each other; take everything in one call.
    SQLite has one writer anyway.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    for key in sorted({_key(each) for each in ids}):
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def let_in(session: Session, turn: UUID) -> None:
    """Keeps whoever takes this turn waiting until this transaction ends, and waits for whoever has it; others who are
    let in do not wait for each other."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(_key(turn))))


def take_turn_if_free(session: Session, turn: UUID) -> bool:
    """Has a turn until the transaction ends, unless another has it now: for work that need not be done twice."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_key(turn)))).scalar_one())


def _key(turn: UUID) -> int:
    # PostgreSQL knows a turn by 64 bits: two ids that share them wait for each other needlessly, no more.
    return int.from_bytes(turn.bytes[8:], signed=True)
