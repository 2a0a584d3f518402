"""Keeps what could not be taken of a file, a pull or a message: where it stood and what was wrong, not what it said."""

from collections.abc import Iterable, Mapping as MappingOf, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlmodel import Session

from app.database.model import insert_absent_rows
from app.wmnow import feed_queries as queries
from app.wmnow.items import NotRead
from app.wmnow.models import TrackerChannel, WmnowRejected
from app.wmnow.placing import Meanings

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row or item that could not be taken: what is wrong by column, in our words, and never what it said.
    `unread_id` is what it is known by where it bears no id that may be kept."""

    number: int
    faults: Sequence[MappingOf[str, str | None]]
    unread_id: str
    source_record_id: str | None = None
    occurred_at: datetime | None = None
    area_id: UUID | None = None

    @property
    def known_by(self) -> str:
        return self.source_record_id or self.unread_id


def not_taken(one: NotRead, meanings: Meanings) -> Rejection:
    """What is kept of an item that could not be taken."""
    area_id = None if one.occurred_at is None else meanings.area_of(one.places, one.occurred_at)
    return Rejection(one.number, one.faults, one.unread_id, one.source_record_id, one.occurred_at, area_id)


def not_told_before(session: Session, force_id: UUID, rejected: Sequence[Rejection]) -> Sequence[Rejection]:
    """Those of some that were not rejected for the same when they came last: a pull reads the latest anew each time."""
    if not rejected:
        return rejected
    before = queries.rejected_and_not_heard_of_since(session, force_id, {one.known_by for one in rejected})
    return [one for one in rejected if before.get(one.known_by) != [dict(fault) for fault in one.faults]]


def record_rejections(
    session: Session,
    force_id: UUID,
    rejected: Iterable[Rejection],
    *,
    channel: TrackerChannel,
    run_id: UUID,
    now: datetime,
) -> int:
    """Keeps what could not be taken, for its report; how many. A run's numbers are each told once."""
    count = 0
    left = iter(rejected)
    while some := list(islice(left, _AT_ONCE)):
        rows = [
            {
                "run_id": run_id,
                "number": one.number,
                "force_id": force_id,
                "channel": channel,
                "source_record_id": one.known_by,
                "occurred_at": one.occurred_at,
                "area_id": one.area_id,
                "faults": [dict(fault) for fault in one.faults],
                "received_at": now,
            }
            for one in some
        ]
        # A file that was stopped begins again from its first row.
        insert_absent_rows(session, WmnowRejected, rows)
        count += len(rows)
    return count
