"""Pulls a tracker's changes, page by page, each page durable with the place it came from before the next is asked for.

One puller at a time has a feed, by a lease that lapses when its process dies; whoever lost it writes nothing more. A
run that was killed anywhere goes on from its last durable page. What needs a person (the tracker's clock went back,
rows vanished, its cursor goes round) stops the feed until somebody says go on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID, uuid4

import httpx2 as httpx
import structlog
from sqlalchemy import Engine

from app.database.model import insert_if_absent
from app.database.session import reading, transaction
from app.settings import WmnowFeedSettings
from app.telling.notices import Occasion, tell
from app.telling.topics import Topic
from app.wmnow import feed_queries as queries, feeding
from app.wmnow.fetching import FetchedPage, NotFetched, TrackerClient
from app.wmnow.keeping import LEASE, Claim, LeaseLost, keep, read_page
from app.wmnow.models import RunState, WmnowFeed, WmnowRun
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

# A run that would never end gives others their turn; the next goes on where it stopped.
MOST_PAGES = 2_000
# What fails so often in a row somebody is told of.
FAILED_TOLD = 3
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
    begun = _begin(engine, force_id, name, around.now(), even_if_not_due)
    if begun is None:
        return Pulled(None)
    claim, standing = begun
    pages = rows = 0
    try:
        while pages < MOST_PAGES:
            page = _fetched(client, standing, around)
            trouble = stop(standing, page.told)
            if trouble is not None:
                _end(claim, RunState.STOPPED, trouble, around, None)
                return Pulled(RunState.STOPPED, trouble, pages, rows)
            read = read_page(claim, page, rows, around.now())
            standing = after(standing, page.told)
            keep(claim, read, standing, around.now())
            pages, rows = pages + 1, rows + len(page.items)
            progress(pages, rows)
            if not page.told.has_more:
                break
    except NotFetched as trouble:
        _log.warning("wmnow_pull_failed", problem=trouble.code)
        _end(claim, RunState.FAILED, trouble.code, around, trouble.retry_after)
        return Pulled(RunState.FAILED, trouble.code, pages, rows)
    except LeaseLost:
        _log.warning("wmnow_pull_overtaken")
        return Pulled(None, "overtaken", pages, rows)
    _end(claim, RunState.DONE, None, around, None)
    return Pulled(RunState.DONE, None, pages, rows)


def _begin(
    engine: Engine, force_id: UUID, name: str, now: datetime, even_if_not_due: bool
) -> tuple[Claim, Standing] | None:
    """Takes the feed, and ends the run of whoever had it and died; None where nothing is to be done."""
    claim = Claim(engine, force_id, queries.feed_id(force_id, name), puller=uuid4(), run_id=uuid4())
    with transaction(engine) as session:
        insert_if_absent(
            session, WmnowFeed, {"id": claim.feed_id, "force_id": force_id, "name": name, "changed_at": now}
        )
        feed = queries.feed_for_update(session, claim.feed_id)
        held = feed.claimed_until is not None and feed.claimed_until > now
        waits = feed.retry_at is not None and feed.retry_at > now and not even_if_not_due
        if held or waits or feed.stopped_because is not None:
            return None
        feeding.end_left_runs(session, feed.id, now)
        session.add(
            WmnowRun(
                id=claim.run_id, force_id=force_id, feed_id=feed.id, started_at=now, state=RunState.RUNNING
            )
        )
        feed.claimed_by, feed.claimed_until, feed.changed_at = claim.puller, now + LEASE, now
        session.add(feed)
        session.flush()
        return claim, Standing(
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


def _end(
    claim: Claim, state: RunState, problem: str | None, around: Around, retry_after: float | None
) -> None:
    """Writes how the run ended, and when the next may begin; lets the feed go."""
    now = around.now()
    with transaction(claim.engine) as session:
        feed = queries.feed_for_update(session, claim.feed_id)
        if feed.claimed_by != claim.puller:
            return
        run = queries.run_for_update(session, claim.run_id)
        run.state, run.problem, run.ended_at = state, problem, now
        session.add(run)
        session.flush()
        feed.claimed_by = feed.claimed_until = feed.retry_at = None
        feed.changed_at = now
        failed = queries.failed_in_a_row(session, feed.id)
        if state is RunState.STOPPED:
            feed.stopped_because, feed.stopped_at = problem, now
        elif state is RunState.FAILED:
            feed.retry_at = next_try(now, failed, retry_after, around.chance())
        session.add(feed)
        if state is RunState.STOPPED or failed == FAILED_TOLD:
            # Told once, not with every try: a tracker that is down for a night is one message.
            occasion = Occasion(run.id, now)
            tell(session, claim.force_id, None, Topic.WMNOW_FEED, [occasion], "/v1/wmnow/feeds", now)


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
