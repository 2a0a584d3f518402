"""Makes a page of a pull durable: where one transaction keeps all others waiting in pieces, each a transaction of its
own, so that whoever waits to write, a signed message above all, waits for one piece and not for a page.

Where the feed goes on is written with the last piece. Killed before it, the next run asks for the page again, and the
pieces that are held change nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Engine, bindparam, update
from sqlmodel import Session, col

from app.database.one_writer import writes_alone
from app.database.session import reading, transaction
from app.wmnow import feed_queries as queries, feeding
from app.wmnow.fetching import FetchedPage
from app.wmnow.items import NotRead, left_out, read_item
from app.wmnow.mapping import Mapping
from app.wmnow.models import TrackerChannel, WmnowFeed
from app.wmnow.placing import Meanings
from app.wmnow.pulling import Standing
from app.wmnow.records import SourceRecord
from app.wmnow.rejecting import Rejection, not_taken, not_told_before, record_rejections
from app.wmnow.resolving import Resolved
from app.wmnow.service import Origin, store_resolved

LEASE = timedelta(minutes=5)
# Some three milliseconds of work.
ITEMS_A_PIECE = 10
# Put together once: others wait meanwhile.
_HOLD = (
    update(WmnowFeed)
    .where(col(WmnowFeed.id) == bindparam("feed"), col(WmnowFeed.claimed_by) == bindparam("puller"))
    .values(claimed_until=bindparam("until"), changed_at=bindparam("now"))
)


class LeaseLost(Exception):
    """Somebody else has the feed now: what this run was about to write is theirs to read again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A feed that is this puller's for now, and the run it is read in."""

    engine: Engine
    force_id: UUID
    feed_id: UUID
    puller: UUID
    run_id: UUID
    anew_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page's items, each as a record with what its words stand for or as what is wrong with it; the mapping they
    were read by, and the names of what was left out of them."""

    items: Sequence[tuple[SourceRecord, Resolved] | Rejection]
    mapping: Mapping
    dropped: frozenset[str]


def read_page(claim: Claim, page: FetchedPage, before: int, now: datetime) -> ReadPage:
    """Reads a page's items, numbered after those of the run before, and looks their words up. Nobody waits for it."""
    with reading(claim.engine) as session:
        mapping = queries.mapping_now(session, claim.force_id, now)
        read = [read_item(item, mapping, number) for number, item in enumerate(page.items, before + 1)]
        records = [one for one in read if not isinstance(one, NotRead)]
        meanings = Meanings(session, claim.force_id, mapping)
        resolved = iter(meanings.of(records))
        items = [
            not_taken(one, meanings) if isinstance(one, NotRead) else (one, next(resolved)) for one in read
        ]
    return ReadPage(
        items,
        mapping,
        frozenset(name for item in page.items for name in left_out(item)),
    )


def keep(
    claim: Claim,
    page: ReadPage,
    reached: Standing,
    now: datetime,
    patiently: Callable[[Callable[[], None]], None],
) -> None:
    """Makes a page durable, and with its last piece where the feed stands after it; `patiently` does each. Raises
    LeaseLost."""
    size = ITEMS_A_PIECE if writes_alone(claim.engine) else len(page.items) or 1
    pieces = [page.items[start : start + size] for start in range(0, len(page.items), size)] or [()]
    for piece in pieces[:-1]:
        patiently(partial(_keep_piece, claim, piece, page, None, now))
    patiently(partial(_keep_piece, claim, pieces[-1], page, reached, now))


def _keep_piece(
    claim: Claim,
    piece: Sequence[tuple[SourceRecord, Resolved] | Rejection],
    page: ReadPage,
    reached: Standing | None,
    now: datetime,
) -> None:
    """Makes a piece durable; with the last one the page is counted, and `reached` is where the feed stands."""
    with transaction(claim.engine) as session:
        _hold_lease(session, claim, reached, now)
        _store(session, claim, piece, page.mapping, now)
        if reached is not None:
            feeding.count_page(session, claim.run_id, page.dropped)


def _store(
    session: Session,
    claim: Claim,
    piece: Sequence[tuple[SourceRecord, Resolved] | Rejection],
    mapping: Mapping,
    now: datetime,
) -> None:
    origin = Origin(TrackerChannel.PULL, claim.run_id, mapping, now, claim.anew_since)
    good = [one for one in piece if not isinstance(one, Rejection)]
    refused = [one for one in piece if isinstance(one, Rejection)]
    stored = store_resolved(session, claim.force_id, good, origin)
    told = not_told_before(session, claim.force_id, refused)
    record_rejections(
        session, claim.force_id, told, channel=TrackerChannel.PULL, run_id=claim.run_id, now=now
    )
    feeding.count_items(session, claim.run_id, stored, len(piece), len(refused))


def _hold_lease(session: Session, claim: Claim, reached: Standing | None, now: datetime) -> None:
    said = {"feed": claim.feed_id, "puller": claim.puller, "until": now + LEASE, "now": now}
    if reached is None:
        done = session.connection().execute(_HOLD, said)
    else:
        stands = {
            "updated_since": reached.updated_since,
            "cursor": reached.cursor,
            "begun_watermark": reached.begun,
            "watermark": reached.watermark,
            "total": reached.total,
        }
        done = session.connection().execute(_HOLD.values(**stands), said)
    if done.rowcount == 0:
        raise LeaseLost
