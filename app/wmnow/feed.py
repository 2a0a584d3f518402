"""Pulls a tracker's changes, page by page, each page durable with the place it came from before the next is asked for.

One puller at a time has a feed, by a lease that lapses when its process dies; whoever lost it writes nothing more. A
run that was killed anywhere goes on from its last durable page. What needs a person (the tracker's clock went back,
rows vanished, its cursor goes round) stops the feed until somebody says go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

import httpx2 as httpx
import structlog
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from app.database.model import insert_if_absent
from app.database.session import reading, transaction
from app.settings import WmnowFeedSettings
from app.wmnow import feed_queries as queries, feeding, service
from app.wmnow.fetching import FetchedPage, NotFetched, TrackerClient
from app.wmnow.items import NotRead, left_out, read_item
from app.wmnow.mapping import Mapping
from app.wmnow.models import RunState, TrackerChannel, WmnowFeed, WmnowRun
from app.wmnow.pulling import (
    LONGEST_PAUSE_SECONDS,
    MOST_ATTEMPTS,
    Standing,
    after,
    next_try,
    pause,
    question,
    stop,
)
from app.wmnow.records import SourceRecord
from app.wmnow.rejecting import Rejection, record_rejections

LEASE = timedelta(minutes=5)
# A run that would never end gives others their turn; the next goes on where it stopped.
MOST_PAGES = 2_000
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What a pull takes from outside itself: the time, how to wait, and chance in [0, 1)."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a run ended; `state` None: nothing was due, or somebody else has the feed."""

    state: RunState | None
    problem: str | None = None
    pages: int = 0
    rows: int = 0


class _LeaseLost(Exception):
    """Somebody else has the feed now: what this run was about to write is theirs to read again."""


def pull(
    engine: Engine,
    force_id: UUID,
    name: str,
    client: TrackerClient,
    around: Around,
    progress: Callable[[int, int], None] = lambda _pages, _rows: None,
    *,
    even_if_not_due: bool = False,
) -> Pulled:
    """One run of a feed, to its end or to its first trouble. `progress` is told pages and rows so far."""
    puller = uuid4()
    begun = _begin(engine, force_id, name, puller, around.now(), even_if_not_due)
    if begun is None:
        return Pulled(None)
    run_id, standing = begun
    pages = rows = 0
    try:
        while pages < MOST_PAGES:
            page = _fetched(client, standing, around)
            trouble = stop(standing, page.told)
            if trouble is not None:
                _end(engine, force_id, name, puller, run_id, RunState.STOPPED, trouble, around, None)
                return Pulled(RunState.STOPPED, trouble, pages, rows)
            read = _read(engine, force_id, page, rows, around.now())
            standing = after(standing, page.told)
            _keep(engine, force_id, name, puller, run_id, standing, read, around.now())
            pages, rows = pages + 1, rows + len(page.items)
            progress(pages, rows)
            if not page.told.has_more:
                break
    except NotFetched as trouble:
        _log.warning("wmnow_pull_failed", problem=trouble.code)
        _end(
            engine, force_id, name, puller, run_id, RunState.FAILED, trouble.code, around, trouble.retry_after
        )
        return Pulled(RunState.FAILED, trouble.code, pages, rows)
    except _LeaseLost:
        _log.warning("wmnow_pull_overtaken")
        return Pulled(None, "overtaken", pages, rows)
    _end(engine, force_id, name, puller, run_id, RunState.DONE, None, around, None)
    return Pulled(RunState.DONE, None, pages, rows)


def _begin(
    engine: Engine, force_id: UUID, name: str, puller: UUID, now: datetime, even_if_not_due: bool
) -> tuple[UUID, Standing] | None:
    """Takes the feed, and ends the run of whoever had it and died; None where nothing is to be done."""
    feed_id = queries.feed_id(force_id, name)
    with transaction(engine) as session:
        insert_if_absent(
            session, WmnowFeed, {"id": feed_id, "force_id": force_id, "name": name, "changed_at": now}
        )
        feed = queries.feed_for_update(session, feed_id)
        held = feed.claimed_until is not None and feed.claimed_until > now
        waits = feed.retry_at is not None and feed.retry_at > now and not even_if_not_due
        if held or waits or feed.stopped_because is not None:
            return None
        feeding.end_left_runs(session, feed_id, now)
        run_id = uuid4()
        session.add(
            WmnowRun(id=run_id, force_id=force_id, feed_id=feed_id, started_at=now, state=RunState.RUNNING)
        )
        feed.claimed_by, feed.claimed_until, feed.changed_at = puller, now + LEASE, now
        session.add(feed)
        session.flush()
        return run_id, Standing(
            feed.updated_since, feed.cursor, feed.begun_watermark, feed.watermark, feed.total
        )


def _fetched(client: TrackerClient, standing: Standing, around: Around) -> FetchedPage:
    """The next page, with patience for what passes. Raises NotFetched for what does not, or not soon."""
    asked = dict(question(standing))
    for attempt in range(1, MOST_ATTEMPTS + 1):
        try:
            return client.page(asked)
        except NotFetched as trouble:
            wait = pause(attempt, trouble.retry_after, around.chance())
            if not trouble.again or attempt == MOST_ATTEMPTS or wait > LONGEST_PAUSE_SECONDS:
                raise
            if trouble.code == "page-too-large":
                asked["limit"] = str(max(int(asked["limit"]) // 4, 1))
            around.sleep(wait)
    raise AssertionError("an attempt answers or raises")


@dataclass(frozen=True, slots=True)
class _Read:
    """A page's items read by a mapping, and the names of what was left out of them."""

    mapping: Mapping
    items: list[SourceRecord | NotRead]
    dropped: frozenset[str]


def _read(engine: Engine, force_id: UUID, page: FetchedPage, before: int, now: datetime) -> _Read:
    """Reads a page's items, numbered after those of the run before; nobody waits for it."""
    with reading(engine) as session:
        mapping = queries.mapping_now(session, force_id, now)
    return _Read(
        mapping,
        [read_item(item, mapping, number) for number, item in enumerate(page.items, before + 1)],
        frozenset(name for item in page.items for name in left_out(item)),
    )


def _keep(
    engine: Engine,
    force_id: UUID,
    name: str,
    puller: UUID,
    run_id: UUID,
    reached: Standing,
    read: _Read,
    now: datetime,
) -> None:
    """Makes a page durable together with where the feed stands after it."""
    with transaction(engine) as session:
        _hold_lease(session, queries.feed_id(force_id, name), puller, now, reached)
        run = queries.run_for_update(session, run_id)
        stored = service.store_records(
            session,
            force_id,
            [one for one in read.items if not isinstance(one, NotRead)],
            channel=TrackerChannel.PULL,
            run_id=run_id,
            mapping=read.mapping,
            now=now,
        )
        refused = [
            Rejection(one.number, one.faults, one.source_record_id)
            for one in read.items
            if isinstance(one, NotRead)
        ]
        record_rejections(session, force_id, refused, channel=TrackerChannel.PULL, run_id=run_id, now=now)
        feeding.count_page(session, run, stored, len(read.items), len(refused), read.dropped)


def _hold_lease(session: Session, feed_id: UUID, puller: UUID, now: datetime, reached: Standing) -> None:
    done = session.connection().execute(
        update(WmnowFeed)
        .where(col(WmnowFeed.id) == feed_id, col(WmnowFeed.claimed_by) == puller)
        .values(
            claimed_until=now + LEASE,
            updated_since=reached.updated_since,
            cursor=reached.cursor,
            begun_watermark=reached.begun,
            watermark=reached.watermark,
            total=reached.total,
            changed_at=now,
        )
    )
    if done.rowcount == 0:
        raise _LeaseLost


def _end(
    engine: Engine,
    force_id: UUID,
    name: str,
    puller: UUID,
    run_id: UUID,
    state: RunState,
    problem: str | None,
    around: Around,
    retry_after: float | None,
) -> None:
    """Writes how the run ended, and when the next may begin; lets the feed go."""
    now = around.now()
    feed_id = queries.feed_id(force_id, name)
    with transaction(engine) as session:
        feed = queries.feed_for_update(session, feed_id)
        if feed.claimed_by != puller:
            return
        run = queries.run_for_update(session, run_id)
        run.state, run.problem, run.ended_at = state, problem, now
        session.add(run)
        session.flush()
        feed.claimed_by = feed.claimed_until = feed.retry_at = None
        feed.changed_at = now
        if state is RunState.STOPPED:
            feed.stopped_because, feed.stopped_at = problem, now
        elif state is RunState.FAILED:
            failed = queries.failed_in_a_row(session, feed_id)
            feed.retry_at = next_try(now, failed, retry_after, around.chance())
        session.add(feed)


def pull_feed(
    engine: Engine,
    feed: WmnowFeedSettings,
    http: httpx.Client,
    around: Around,
    progress: Callable[[int, int], None] = lambda _pages, _rows: None,
    *,
    even_if_not_due: bool = False,
) -> Pulled:
    """One run of a feed as settings name it."""
    with reading(engine) as session:
        force_id = queries.force_by_code(session, feed.force_code)
    if force_id is None:
        return Pulled(RunState.FAILED, "force-unknown")
    client = TrackerClient(feed, http, around.now, monotonic)
    return pull(engine, force_id, feed.name, client, around, progress, even_if_not_due=even_if_not_due)
