"""Pulls a tracker's changes, page by page, each page durable with the place it came from before the next is asked for.

One puller at a time has a feed, by a lease that lapses when its process dies; whoever lost it writes nothing more. A
run that was killed anywhere goes on from its last durable page. What needs a person (the tracker's clock went back,
rows vanished, its cursor goes round) stops the feed until somebody says go on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Engine

from app.database.model import insert_if_absent
from app.database.session import reading, transaction
from app.rest.problem_documents import log_unexpected
from app.settings import WmnowFeedSettings
from app.wmnow import feed_queries as queries, feeding
from app.wmnow.fetching import STOPPING, FetchedPage, NotFetched, TrackerClient
from app.wmnow.inbox import BUSY
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
# Some two minutes at the most, well within the lease.
MOST_TRIES = 8
T = TypeVar("T")
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What a pull takes from outside itself: the time, how to wait, chance in [0, 1), and whether to come to an end."""

    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    chance: Callable[[], float]
    stopping: Callable[[], bool] = lambda: False


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
    begun = patiently(around, lambda: _begin(engine, force_id, name, around.now(), even_if_not_due))
    if begun is None:
        return Pulled(None)
    claim, standing = begun
    run = _Run(claim, client, around, progress)
    try:
        state, problem, retry_after = *run.read(standing), None
    except NotFetched as trouble:
        # Told to end is no failure: the next run goes on where this one was.
        if trouble.code == STOPPING:
            state, problem, retry_after = RunState.DONE, None, None
        else:
            state, problem, retry_after = RunState.FAILED, trouble.code, trouble.retry_after
    except LeaseLost:
        _log.warning("wmnow_pull_overtaken")
        return Pulled(None, "overtaken", run.pages, run.rows)
    except BUSY:
        state, problem, retry_after = RunState.FAILED, "not-stored", None
    except Exception as error:
        # Whatever it was, the feed is let go, and somebody is told when it goes on.
        log_unexpected(error)
        state, problem, retry_after = RunState.FAILED, "unforeseen", None
    if state is RunState.FAILED:
        _log.warning("wmnow_pull_failed", problem=problem)
    patiently(around, lambda: _end(claim, state, problem, around, retry_after))
    return Pulled(state, problem, run.pages, run.rows)


@dataclass
class _Run:
    """A run while it goes on, and how far it is."""

    claim: Claim
    client: TrackerClient
    around: Around
    progress: Callable[[int, int], None]
    pages: int = 0
    rows: int = 0
    _anew: bool = False

    def read(self, standing: Standing) -> tuple[RunState, str | None]:
        """Reads page after page; how it ended. Raises NotFetched, LeaseLost."""
        around = self.around
        while self.pages < MOST_PAGES and not around.stopping():
            page = self._page(standing)
            if page is None:
                standing = replace(standing, cursor=None, begun=None)
                continue
            trouble = stop(standing, page.told)
            if trouble is not None:
                return RunState.STOPPED, trouble
            read = read_page(self.claim, page, self.rows, around.now())
            standing = after(standing, page.told)
            keep(self.claim, read, standing, around.now(), partial(patiently, around))
            self.pages, self.rows = self.pages + 1, self.rows + len(page.items)
            self.progress(self.pages, self.rows)
            if not page.told.has_more:
                break
        return RunState.DONE, None

    def _page(self, standing: Standing) -> FetchedPage | None:
        """The next page; None, once in a run, where the tracker no longer knows the place."""
        try:
            return _fetched(self.client, standing, self.around)
        except NotFetched as trouble:
            if trouble.code != "question-refused" or standing.cursor is None or self._anew:
                raise
            self._anew = True
            return None


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
        return replace(claim, anew_since=feed.anew_since), Standing(
            feed.updated_since, feed.cursor, feed.begun_watermark, feed.watermark, feed.total
        )


def patiently(around: Around, work: Callable[[], T]) -> T:
    """Does what writes, again and again while the database is busy with something longer, such as a plan or a file that
    is compared as a whole."""
    for attempt in range(1, MOST_TRIES):
        try:
            return work()
        except BUSY:
            if around.stopping():
                raise
            around.sleep(min(pause(attempt, None, around.chance()), LONGEST_PAUSE_SECONDS))
    return work()


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
        if state is RunState.FAILED:
            failed = queries.failed_in_a_row(session, feed.id)
            feed.retry_at = next_try(now, failed, retry_after, around.chance())
        elif state is RunState.STOPPED:
            feed.stopped_because, feed.stopped_at = problem, now
        session.add(feed)


def pull_feed(
    engine: Engine,
    feed: WmnowFeedSettings,
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
    with TrackerClient(feed, around.now, monotonic, around.stopping) as client:
        return pull(engine, force_id, feed.name, client, around, progress, even_if_not_due=even_if_not_due)
