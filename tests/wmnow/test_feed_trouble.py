"""What a pull meets besides pages: a place that is gone, a busy database, its own faults, an answer without end."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from app.settings import WmnowFeedSettings
from app.wmnow.feed import pull
from app.wmnow.fetching import NotFetched, TrackerClient
from app.wmnow.models import RunState
from demo.wmnow import Fault, Tracker
from tests.conftest import Api, Clock, named
from tests.databases import Databases
from tests.wmnow.test_editions import row
from tests.wmnow.test_files import bring, counts
from tests.wmnow.test_messages import Sender
from tests.wmnow.tracker import Asking, asking, dripping, item


def test_a_place_that_the_tracker_no_longer_knows_is_left_and_the_run_begun_anew(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(1100)))
    tracked.tracker.faults.extend([Fault.SLOW, Fault.CURSOR_GONE])
    done = tracked.pull()
    assert (done.state, done.rows) == (RunState.DONE, 500 + 1100)
    assert tracked.waits == []
    run = tracked.runs()[-1]
    assert (run.new, run.unchanged) == (1100, 500)
    tracked.assert_same_as_tracker()


def test_a_question_that_is_refused_from_the_beginning_too_fails_and_recovers_when_the_tracker_does(
    tracked: Asking,
) -> None:
    tracked.tracker.put(*(item(n) for n in range(1100)))
    tracked.tracker.faults.extend([Fault.SLOW, Fault.CURSOR_GONE, Fault.SLOW, Fault.CURSOR_GONE])
    failed = tracked.pull()
    assert (failed.state, failed.problem) == (RunState.FAILED, "question-refused")
    tracked.tracker.faults.append(Fault.CURSOR_GONE)
    assert tracked.pull(even_if_not_due=True).state is RunState.DONE
    tracked.assert_same_as_tracker()


def test_a_feed_that_failed_can_be_told_to_go_on_at_once(
    api: Api, databases: Databases, clock: Clock
) -> None:
    with asking(api.url, clock, databases.served(api.url)) as tracked:
        tracked.tracker.put(*(item(n) for n in range(600)))
        tracked.tracker.faults.extend([Fault.SLOW, Fault.REDIRECT])
        assert tracked.pull().state is RunState.FAILED
        there = f"/v1/wmnow/feeds/{tracked.feed().id}/go-on"
        assert api.post("4134", there, {"reason": "The address is right now."}).status_code == 200
        assert (tracked.feed().cursor, tracked.feed().retry_at) == (None, None)
        assert (tracked.pull().state, tracked.runs()[-1].rows) == (RunState.DONE, 600)


def test_a_feed_is_told_to_go_on_between_its_runs_and_a_run_of_before_writes_nothing_more(
    api: Api, databases: Databases, clock: Clock
) -> None:
    with asking(api.url, clock, databases.served(api.url)) as tracked:
        tracked.tracker.put(*(item(n) for n in range(1100)))
        said: list[int] = []

        def meanwhile(_pages: int, rows: int) -> None:
            there = f"/v1/wmnow/feeds/{tracked.feed().id}/go-on"
            said.append(api.post("4134", there, {"reason": "It is being read."}).status_code)
            if rows == 1000:
                clock.forward(minutes=6)
                said.append(api.post("4134", there, {"reason": "Nobody heard of it."}).status_code)

        with tracked.client() as client:
            left = pull(tracked.engine, named("FORCE"), "wmnow", client, tracked.around(), meanwhile)
        assert (said, left.problem) == ([409, 409, 200], "overtaken")
        assert (tracked.feed().cursor, tracked.feed().claimed_by) == (None, None)
        assert tracked.pull().rows == 1100
        tracked.assert_same_as_tracker()


def restored(tracked: Asking, *items: dict[str, Any]) -> None:
    """The tracker is as it was in a backup, and counts on from there."""
    fresh = Tracker(now=tracked.clock)
    fresh.put(*items)
    tracked.tracker._held, tracked.tracker._changes = fresh._held, fresh._changes


def test_after_go_on_what_a_restored_tracker_says_stands_though_its_versions_are_lower(
    api: Api, databases: Databases, clock: Clock
) -> None:
    with asking(api.url, clock, databases.served(api.url)) as tracked:
        for people in range(5):
            tracked.tracker.put(*(item(n, people_reached=people) for n in range(4)))
        tracked.tracker.delete("E-3")
        assert tracked.pull().state is RunState.DONE
        assert tracked.held()["E-0"].source_version == "17"

        clock.forward(hours=1)
        restored(tracked, *(item(n, people_reached=50 + n) for n in range(4)))
        tracked.tracker.misbehave(Fault.WATERMARK_BACK)
        assert tracked.pull().state is RunState.STOPPED
        there = f"/v1/wmnow/feeds/{tracked.feed().id}/go-on"
        assert api.post("4134", there, {"reason": "The vendor restored a backup."}).status_code == 200
        clock.forward(minutes=1)
        assert tracked.pull().state is RunState.DONE
        tracked.assert_same_as_tracker()
        assert [tracked.held()[f"E-{n}"].people_reached for n in range(4)] == [50, 51, 52, 53]

        clock.forward(minutes=20)
        tracked.tracker.put(item(0, people_reached=60))
        assert tracked.pull().state is RunState.DONE
        late = item(0, people_reached=1, source_version="4", updated_at="2026-03-01T00:00:00Z")
        sender = Sender(api)
        sender.tell("msg_late", 0, **late)
        assert (sender.read(), sender.outcomes()) == (1, {"msg_late": "stale"})
        sender.engine.dispose()
        tracked.assert_same_as_tracker()


@pytest.mark.parametrize("way", ["message", "file"])
def test_after_go_on_what_is_said_again_by_message_or_file_is_counted_anew_too(
    api: Api, databases: Databases, clock: Clock, way: str
) -> None:
    """The same words at a lower version: what the tracker says next is no older than what was heard before."""
    sender = Sender(api)

    def says(version: int, people: int) -> None:
        clock.forward(minutes=1)
        if way == "file":
            told = row(str(version), people)
            # A dry run says what comes of it.
            assert counts(bring(api, told, dry_run=True)) == counts(bring(api, told))
        else:
            sender.tell(f"msg_{version}", 1, source_version=str(version), people_reached=people)
            assert sender.read() == 1

    with asking(api.url, clock, databases.served(api.url)) as tracked:
        assert tracked.pull().state is RunState.DONE
        says(9, 5)
        there = f"/v1/wmnow/feeds/{tracked.feed().id}/go-on"
        clock.forward(minutes=1)
        assert api.post("4134", there, {"reason": "The vendor restored a backup."}).status_code == 200
        for version, people in ((3, 5), (4, 6), (2, 7)):
            says(version, people)
        [one] = tracked.held().values()
        assert (one.source_version, one.people_reached) == ("4", 6), "and an older one is stale again"
    sender.engine.dispose()


def refuses_to_store(engine: Engine, error: Exception, times: int) -> list[int]:
    """Has the database answer with an error when a version of a record is stored; how often it still will."""
    left = [times]

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO wmnow_versions" in statement and left[0]:
            left[0] -= 1
            raise error

    return left


LOCKED = OperationalError("INSERT", None, Exception("locked"))


def test_a_database_that_is_busy_for_a_while_is_waited_for(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(50)))
    refuses_to_store(tracked.engine, LOCKED, 3)
    assert tracked.pull().state is RunState.DONE
    assert tracked.waits == [0.375, 0.75, 1.5]
    assert (tracked.runs()[-1].rows, tracked.runs()[-1].new) == (50, 50)
    tracked.assert_same_as_tracker()


@pytest.mark.parametrize(("error", "problem"), [(LOCKED, "not-stored"), (ValueError("ours"), "unforeseen")])
def test_what_cannot_be_stored_fails_the_run_and_lets_the_feed_go(
    tracked: Asking, error: Exception, problem: str
) -> None:
    tracked.tracker.put(*(item(n) for n in range(50)))
    left = refuses_to_store(tracked.engine, error, 1_000)
    failed = tracked.pull()
    assert (failed.state, failed.problem) == (RunState.FAILED, problem)
    assert (tracked.feed().claimed_until, tracked.runs()[-1].state) == (None, RunState.FAILED)
    left[0] = 0
    tracked.clock.forward(minutes=2)
    assert tracked.pull().state is RunState.DONE
    tracked.assert_same_as_tracker()


def test_a_run_that_is_told_to_stop_ends_and_the_next_goes_on(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(1100)))
    told = [False]
    around = replace(tracked.around(), stopping=lambda: told[0])

    def stop_after_the_first(_pages: int, _rows: int) -> None:
        told[0] = True

    with tracked.client(stopping=around.stopping) as client:
        stopped = pull(tracked.engine, named("FORCE"), "wmnow", client, around, stop_after_the_first)
        assert (stopped.state, stopped.rows) == (RunState.DONE, 500)
        with pytest.raises(NotFetched, match="stopping"):
            client.page({})
    assert tracked.pull().rows == 600
    tracked.assert_same_as_tracker()


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"]
)
def test_an_answer_that_drips_is_given_up(clock: Clock, head: bytes) -> None:
    """Whether the head or the body: each byte comes well within the time for one read."""
    with dripping(head) as there:
        settings = WmnowFeedSettings(
            force_code="FORCE", base_url=there, token_url=there, client_id="us", client_secret=SecretStr("x" * 9)
        )  # fmt: skip
        client = TrackerClient(settings, clock, lambda: 0.0, seconds=0.3)
        with client, pytest.raises(NotFetched) as told:
            client.page({})
        assert (told.value.code, told.value.again) == ("no-answer-in-time", True)
