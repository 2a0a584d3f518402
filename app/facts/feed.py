"""Tells officers that something about them has changed, for their phones to fetch.

`tell` writes in the transaction that makes the change: it is told if and only if it happened. What is told is where to
look, never what is there: the phone reads the record itself, through the gate and in the log.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache
from uuid import UUID, uuid4

from sqlalchemy import Insert, delete, insert, update
from sqlmodel import Session, col

from app.database.commits import transaction_number
from app.facts.models import FeedEntry, FeedState


class FeedKind(StrEnum):
    """What has changed."""

    PATROL = "patrol"
    WINDOW = "window"
    # All windows of somebody, or too many to name.
    TASKING = "tasking"
    EXPLANATION = "explanation"
    QUARANTINE = "quarantine"
    ACTIVITY = "activity"
    ENGAGEMENT = "engagement"
    ABSTRACTION = "abstraction"


class FeedChange(StrEnum):
    """What happened to it."""

    RECORDED = "recorded"
    AMENDED = "amended"
    VOIDED = "voided"
    JUDGED = "judged"
    DECIDED = "decided"
    LINKED = "linked"
    ANSWERED = "answered"
    TASKED = "tasked"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    MOVED = "moved"
    KEPT_ASIDE = "kept_aside"
    CORRECTED = "corrected"
    RELEASED = "released"


def tell(
    session: Session,
    officer_ids: Iterable[UUID],
    kind: FeedKind,
    change: FeedChange,
    subject_id: UUID | None,
    now: datetime,
    *,
    patrol_id: UUID | None = None,
    starts_at: datetime | None = None,
) -> None:
    """Tells some officers that a record changed. `patrol_id` is the patrol it belongs to; `starts_at` is when a window
    begins, so that it is not named before its crew may know of it."""
    rows = [
        {
            "officer_id": officer_id,
            "kind": kind.value,
            "change": change.value,
            "subject_id": subject_id,
            "patrol_id": patrol_id,
            "starts_at": starts_at,
            "told_at": now,
        }
        for officer_id in sorted(set(officer_ids))
    ]
    if rows:
        # Nothing is asked back: on a busy evening this is one more small insert.
        connection = session.connection()
        connection.execute(_telling(connection.dialect.name), rows)


@cache
def _telling(dialect: str) -> Insert:
    return insert(FeedEntry).values(commit_number=transaction_number(dialect))


def renew(session: Session) -> None:
    """Begins another feed, in a database that was restored: every cursor given out before is told to start again."""
    connection = session.connection()
    # The numbers of transactions begin anew in another cluster: what was told before has no place among them.
    connection.execute(delete(FeedEntry))
    connection.execute(update(FeedState).values(epoch=uuid4(), forgotten_commit=0, forgotten_number=0))


def forget(session: Session, through: tuple[int, int], before: datetime) -> int:
    """Drops what was told before an instant, and remembers how far, so that who comes with an older place is told to
    start again; how many rows."""
    gone = session.connection().execute(
        delete(FeedEntry).where(col(FeedEntry.told_at) < before),
        execution_options={"preserve_rowcount": True},
    )
    session.connection().execute(
        update(FeedState).values(forgotten_commit=through[0], forgotten_number=through[1])
    )
    return gone.rowcount
