"""Reads of what officers are to be told, in the order it was made durable."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select as select_rows
from sqlmodel import Session, col, select

from app.database.commits import NO_NUMBER, settled_below
from app.facts.models import FeedEntry, FeedState

# A place in the feed: a transaction's number and a row's in it.
Place = tuple[int, int]


def feed_state(session: Session) -> FeedState:
    """Which feed this is and how far it was forgotten; it has one row."""
    return session.exec(select(FeedState)).one()


def feed_end(session: Session) -> Place:
    """The place after all that is settled: whatever is told from now on comes after it, and nothing before it."""
    settled = settled_below(session)
    if settled is not None:
        return settled, 0
    highest = session.execute(select_rows(func.max(col(FeedEntry.number)))).scalar_one() or 0
    state = feed_state(session)
    return NO_NUMBER, max(highest, state.forgotten_number)


def feed_of(session: Session, officer_id: UUID, after: Place, end: Place, limit: int) -> list[FeedEntry]:
    """What somebody is told between two places, in order."""
    commit, number = col(FeedEntry.commit_number), col(FeedEntry.number)
    query = select(FeedEntry).where(
        FeedEntry.officer_id == officer_id,
        or_(commit > after[0], and_(commit == after[0], number > after[1])),
        or_(commit < end[0], and_(commit == end[0], number <= end[1])),
    )
    return list(session.exec(query.order_by(commit, number).limit(limit)).all())


def last_told_before(session: Session, at: datetime) -> Place | None:
    """The furthest place of what was told before an instant; None when there is nothing."""
    commit, number = col(FeedEntry.commit_number), col(FeedEntry.number)
    row = session.execute(
        select_rows(commit, number)
        .where(col(FeedEntry.told_at) < at)
        .order_by(commit.desc(), number.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None
