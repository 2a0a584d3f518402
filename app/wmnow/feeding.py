"""The use cases of feeds and messages, and the rows they write beside the tracker's records."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed, consulted
from app.identity.permissions import Caller, Permission, requires
from app.problems import not_found
from app.rest.pagination import decode_cursor, encode_cursor
from app.wmnow import feed_queries as queries
from app.wmnow.feed_schemas import (
    FeedList,
    FeedResponse,
    GoOnRequest,
    RunPage,
    RunResponse,
    TrackerMessage,
    TrackerMessagePage,
)
from app.wmnow.feed_words import in_words
from app.wmnow.inbox import FAILED
from app.wmnow.models import RunState, WmnowFeed, WmnowInbox, WmnowRun
from app.wmnow.problems import feed_runs, message_not_failed
from app.wmnow.records import Step
from app.wmnow.service import Stored

_MOST_NAMES = 40
_COUNTED = ("rows", "rejected", "new", "changed", "deleted", "unchanged", "stale")
# Put together once: others wait meanwhile.
_ADD_ITEMS = (
    update(WmnowRun)
    .where(col(WmnowRun.id) == bindparam("run"))
    .values({name: getattr(WmnowRun, name) + bindparam(f"more_{name}") for name in _COUNTED})
)


def end_left_runs(session: Session, feed_id: UUID, now: datetime) -> None:
    """Ends the runs of whoever had a feed and died."""
    session.connection().execute(
        update(WmnowRun)
        .where(col(WmnowRun.feed_id) == feed_id, col(WmnowRun.state) == RunState.RUNNING)
        .values(state=RunState.FAILED, problem="left", ended_at=now)
    )


def count_items(session: Session, run_id: UUID, stored: Stored, items: int, refused: int) -> None:
    """Adds what some items of a page brought to their run."""
    added: dict[str, int] = {
        "rows": items,
        "rejected": refused,
        "new": stored[Step.NEW],
        "changed": stored[Step.CHANGED],
        "deleted": stored[Step.DELETED],
        "unchanged": stored[Step.UNCHANGED] + stored[Step.STALE] + stored[Step.ERASED],
        "stale": stored[Step.STALE],
    }
    session.connection().execute(
        _ADD_ITEMS, {"run": run_id, **{f"more_{name}": count for name, count in added.items()}}
    )


def count_page(session: Session, run_id: UUID, dropped: Collection[str]) -> None:
    """Adds a page to its run, and the names of what was left out of its items."""
    run = queries.run_for_update(session, run_id)
    run.pages += 1
    run.dropped_fields = sorted({*run.dropped_fields, *dropped})[:_MOST_NAMES]
    session.add(run)


@requires(Permission.WMNOW_MANAGE)
def list_feeds(session: Session, caller: Caller, now: datetime) -> FeedList:
    """The force's feeds, and how many messages wait."""
    found = queries.feeds(session, caller.force_id)
    consulted(session, "wmnow.feeds.list", now, {}, actor_id=caller.officer_id, force_id=caller.force_id)
    return FeedList(
        items=[_feed(one, now) for one in found],
        messages_waiting=queries.count_waiting(session, caller.force_id),
    )


@requires(Permission.WMNOW_MANAGE)
def list_runs(session: Session, caller: Caller, now: datetime, cursor: str | None, limit: int) -> RunPage:
    """The force's runs, latest first."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.runs(session, caller.force_id, after, limit + 1)
    consulted(session, "wmnow.runs.list", now, {}, actor_id=caller.officer_id, force_id=caller.force_id)
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else encode_cursor(last.started_at, last.id)
    return RunPage(items=[_run(one) for one in rows[:limit]], next_cursor=following)


@requires(Permission.WMNOW_MANAGE)
def go_on(
    session: Session, caller: Caller, feed_id: UUID, request: GoOnRequest, now: datetime
) -> FeedResponse:
    """Has a feed that is not being read at this moment go on at once and from the beginning, whether it is stopped,
    waits for its next try, or counts anew since a backup was restored: what the tracker says then stands, by whatever
    version; what is held already is unchanged by it. 404, 409 `feed-runs`."""
    feed = queries.feed_of(session, caller.force_id, feed_id)
    if feed is None:
        raise not_found()
    if feed.claimed_until is not None and feed.claimed_until > now:
        raise feed_runs()
    # Whoever had it and is not heard of writes nothing more.
    feed.claimed_by = feed.claimed_until = None
    end_left_runs(session, feed.id, now)
    feed.stopped_because = feed.stopped_at = feed.retry_at = None
    feed.cursor = feed.updated_since = feed.begun_watermark = feed.watermark = feed.total = None
    feed.anew_since = feed.changed_at = now
    session.add(feed)
    changed(
        session, "wmnow.feed.go-on", now, {"wmnow_feed": [feed.id]},
        actor_id=caller.officer_id, force_id=caller.force_id, action=Action.ALTER, reason=request.reason,
    )  # fmt: skip
    return _feed(feed, now)


@requires(Permission.WMNOW_MANAGE)
def list_messages(
    session: Session, caller: Caller, now: datetime, outcome: str | None, cursor: str | None, limit: int
) -> TrackerMessagePage:
    """The force's messages of the last week, latest first."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.messages(session, caller.force_id, outcome, after, limit + 1)
    consulted(session, "wmnow.messages.list", now, {}, actor_id=caller.officer_id, force_id=caller.force_id)
    last = rows[limit - 1] if len(rows) > limit else None
    following = None if last is None else encode_cursor(last.received_at, last.id)
    return TrackerMessagePage(items=[_message(one) for one in rows[:limit]], next_cursor=following)


@requires(Permission.WMNOW_MANAGE)
def read_again(session: Session, caller: Caller, message_id: UUID, now: datetime) -> TrackerMessage:
    """Has a message that failed read again. 404; 409 `message-not-failed` for one that was read, or waits."""
    one = queries.message(session, caller.force_id, message_id)
    if one is None:
        raise not_found()
    if one.outcome != FAILED or one.body is None:
        raise message_not_failed()
    one.done_at, one.outcome, one.attempts = None, None, 0
    session.add(one)
    changed(
        session, "wmnow.message.read-again", now, {"wmnow_message": [one.id]},
        actor_id=caller.officer_id, force_id=caller.force_id, action=Action.ALTER,
    )  # fmt: skip
    return _message(one)


def _feed(feed: WmnowFeed, now: datetime) -> FeedResponse:
    return FeedResponse(
        id=feed.id,
        name=feed.name,
        running=feed.claimed_until is not None and feed.claimed_until > now,
        watermark=feed.watermark,
        stopped_because=feed.stopped_because,
        stopped_words=in_words(feed.stopped_because),
        stopped_at=feed.stopped_at,
        retry_at=feed.retry_at,
        changed_at=feed.changed_at,
    )


def _run(run: WmnowRun) -> RunResponse:
    return RunResponse(
        id=run.id,
        feed_id=run.feed_id,
        started_at=run.started_at,
        ended_at=run.ended_at,
        state=run.state,
        problem=run.problem,
        problem_words=in_words(run.problem),
        pages=run.pages,
        rows=run.rows,
        new=run.new,
        changed=run.changed,
        unchanged=run.unchanged,
        stale=run.stale,
        deleted=run.deleted,
        rejected=run.rejected,
        dropped_fields=run.dropped_fields,
    )


def _message(one: WmnowInbox) -> TrackerMessage:
    return TrackerMessage(
        id=one.id,
        webhook_id=one.webhook_id,
        received_at=one.received_at,
        done_at=one.done_at,
        outcome=one.outcome,
        attempts=one.attempts,
    )
