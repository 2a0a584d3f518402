"""A pull of the tracker killed at random instants ends with exactly what the tracker holds, nothing twice."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Event

from sqlalchemy import update
from sqlmodel import col, select

from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.wmnow.models import RunState, WmnowFeed, WmnowRecord, WmnowRun, WmnowVersion
from demo.serving import listen, serving
from demo.wmnow import CLIENT_ID, Tracker, create_tracker
from tests.assurance.conftest import Identity
from tests.assurance.running import WarmServer
from tests.assurance.waiting import wait_until
from tests.wmnow.tracker import item

ROWS = 2_500
CHANGED_A_KILL = 40


def let_the_lease_lapse(url: str) -> None:
    """What five minutes do: whoever was killed has the feed no longer."""
    engine = open_engine(url)
    with transaction(engine) as session:
        session.connection().execute(update(WmnowFeed).values(claimed_until=col(WmnowFeed.changed_at)))
    engine.dispose()


def test_killed_at_random_instants_nothing_is_missed_or_doubled(
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    kills, random = trials(200), Random(7)
    tracker = Tracker()
    tracker.put(*(item(n) for n in range(ROWS)))
    bound = listen(0)
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    feed = {
        "force_code": "FORCE", "base_url": base, "token_url": f"{base}/token", "client_id": CLIENT_ID,
        "client_secret": tracker.secret,
    }  # fmt: skip
    environment = identity.environment(force_url, wmnow_feeds=json.dumps([feed]))
    pages = 0
    with serving(create_tracker(tracker), bound):
        for number in range(kills):
            asked = tracker.asked
            puller = warm.command(["wmnow-pull", "--now"], environment, log)
            # From its first page on, a random moment: while it asks, reads, stores or ends.
            wait_until(lambda asked=asked: tracker.asked > asked, 30, log.read_text)  # type: ignore[misc]
            Event().wait(random.uniform(0, 0.4))
            puller.kill()
            pages += tracker.asked - asked
            let_the_lease_lapse(force_url)
            # Meanwhile the tracker goes on.
            tracker.put(*(item(random.randrange(ROWS), people_reached=number) for _ in range(CHANGED_A_KILL)))
            if number % 4 == 0:
                tracker.delete(f"E-{random.randrange(ROWS)}")
        while warm.command(["wmnow-pull", "--now"], environment, log).wait():
            let_the_lease_lapse(force_url)
    engine = open_engine(force_url)
    with reading(engine) as session:
        held = {row.source_record_id: row for row in session.exec(select(WmnowRecord)).all()}
        versions = session.exec(
            select(WmnowVersion).order_by(col(WmnowVersion.record_id), col(WmnowVersion.version))
        ).all()
        last = session.exec(select(WmnowRun).order_by(col(WmnowRun.started_at).desc()).limit(1)).one()
    engine.dispose()
    assert last.state is RunState.DONE
    wanted_rows = {each["source_record_id"]: each for each in tracker.items()}
    missed = [
        name for name, each in wanted_rows.items() if held[name].source_version != each["source_version"]
    ]
    # A version says something else than the one before it, or it was stored twice.
    doubled = [
        one.version
        for before, one in pairwise(versions)
        if (before.record_id, before.content_hash) == (one.record_id, one.content_hash)
    ]
    assert held.keys() == wanted_rows.keys()
    assert (missed, doubled) == ([], [])
    figures(
        "wmnow_pull", kills=kills, pages=pages, rows=len(held), versions=len(versions), missed=0, doubled=0
    )
