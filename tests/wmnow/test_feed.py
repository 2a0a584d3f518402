"""A pull of the tracker ends with exactly what the tracker holds, whatever happens on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.database.one_writer import writes_alone
from app.database.session import reading, transaction
from app.wmnow import feed_queries
from app.wmnow.models import RunState, TrackerChannel, WmnowFeed, WmnowRejected, WmnowVersion
from demo.wmnow import Fault
from tests.conftest import Api, Clock, named
from tests.databases import Databases
from tests.wmnow.tracker import Asking, Killed, asking, item


def test_a_first_pull_takes_everything_page_by_page_and_the_next_takes_what_changed(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(1201)))
    tracked.clock.forward(hours=1)
    first = tracked.pull()
    assert (first.state, first.pages, first.rows) == (RunState.DONE, 3, 1201)
    tracked.assert_same_as_tracker()
    row = tracked.held()["E-7"]
    assert (row.collar_number, row.officer_id, row.team_id, row.people_reached) == (
        "4101", named("4101"), named("NORTH-1"), 7,
    )  # fmt: skip

    tracked.clock.forward(hours=2)
    tracked.tracker.put(item(7, people_reached=70), item(5000))
    tracked.tracker.delete("E-8")
    second = tracked.pull()
    assert (second.state, second.rows) == (RunState.DONE, 3)
    tracked.assert_same_as_tracker()
    assert tracked.held()["E-7"].people_reached == 70
    run = tracked.runs()[-1]
    assert (run.new, run.changed, run.deleted, run.unchanged) == (1, 1, 1, 0)
    with reading(tracked.engine) as session:
        versions = session.exec(
            select(WmnowVersion).where(WmnowVersion.record_id == tracked.held()["E-7"].id)
        ).all()
    assert [(one.version, one.channel) for one in versions] == [
        (1, TrackerChannel.PULL),
        (2, TrackerChannel.PULL),
    ]


def test_what_was_changed_shortly_before_the_watermark_is_read_again_and_changes_nothing(
    tracked: Asking,
) -> None:
    tracked.tracker.put(item(1), item(2))
    tracked.pull()
    tracked.clock.forward(minutes=5)
    again = tracked.pull()
    assert again.rows == 2
    assert (tracked.runs()[-1].unchanged, tracked.runs()[-1].new) == (2, 0)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.SLOW,
        Fault.TOO_MANY_REQUESTS,
        Fault.SERVER_ERROR,
        Fault.UNAUTHORISED,
        Fault.TRUNCATED,
        Fault.NOT_JSON,
        Fault.WRONG_SHAPE,
        Fault.DUPLICATES,
        Fault.REORDERED,
    ],
)
def test_what_passes_is_sat_out(tracked: Asking, fault: Fault) -> None:
    tracked.tracker.put(*(item(n) for n in range(600)))
    # A token that is refused twice is about us.
    tracked.tracker.misbehave(*[fault] * (1 if fault is Fault.UNAUTHORISED else 2))
    assert tracked.pull().state is RunState.DONE
    tracked.assert_same_as_tracker()


def test_a_page_too_large_is_asked_for_in_smaller_ones(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(300)))
    tracked.tracker.misbehave(Fault.HUGE)
    done = tracked.pull()
    assert (done.state, done.rows, done.pages) == (RunState.DONE, 300, 2)
    tracked.assert_same_as_tracker()


def test_patience_ends_and_the_next_run_goes_on_where_it_was(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(1100)))
    tracked.tracker.faults.extend([Fault.SLOW, Fault.SLOW, *[Fault.SERVER_ERROR] * 4])
    failed = tracked.pull()
    assert (failed.state, failed.problem, failed.rows) == (RunState.FAILED, "tracker-failed", 1000)
    assert tracked.waits == [0.375, 0.75, 1.5]
    assert tracked.pull().state is None, "not before its time"
    retry_at = tracked.feed().retry_at
    assert retry_at is not None and retry_at > tracked.clock.at + timedelta(minutes=1)
    tracked.clock.at = retry_at
    done = tracked.pull()
    assert (done.state, done.rows) == (RunState.DONE, 100)
    tracked.assert_same_as_tracker()


def test_a_long_wait_asked_for_ends_the_run_and_is_kept_to(tracked: Asking) -> None:
    tracked.tracker.put(item(1))
    tracked.tracker.retry_after_seconds = 3600
    tracked.tracker.misbehave(Fault.TOO_MANY_REQUESTS)
    assert tracked.pull().problem == "too-many-requests"
    assert tracked.waits == []
    tracked.clock.forward(minutes=59)
    assert tracked.pull().state is None
    tracked.clock.forward(minutes=2)
    assert tracked.pull().state is RunState.DONE


def test_failures_in_a_row_wait_longer_and_longer(tracked: Asking) -> None:
    waited = []
    for _ in range(3):
        tracked.tracker.misbehave(*[Fault.NOT_JSON] * 4)
        assert tracked.pull().problem == "page-unreadable"
        retry_at = tracked.feed().retry_at
        assert retry_at is not None
        waited.append((retry_at - tracked.clock.at).total_seconds())
        tracked.clock.at = retry_at
    assert waited == [67.5, 135.0, 270.0]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault.WATERMARK_BACK, "watermark-backwards"),
        (Fault.TOTAL_SHRANK, "total-shrank"),
        (Fault.SAME_CURSOR, "cursor-repeats"),
    ],
)
def test_what_needs_a_person_stops_the_feed_until_somebody_says_go_on(
    api: Api, databases: Databases, clock: Clock, fault: Fault, problem: str
) -> None:
    with asking(api.url, clock, databases.served(api.url)) as tracked:
        tracked.tracker.put(*(item(n) for n in range(10)))
        if fault is not Fault.SAME_CURSOR:
            tracked.pull()
            tracked.clock.forward(hours=1)
        else:
            tracked.tracker.misbehave(Fault.SAME_CURSOR)
        tracked.tracker.misbehave(fault)
        stopped = tracked.pull()
        assert (stopped.state, stopped.problem) == (RunState.STOPPED, problem)
        tracked.clock.forward(days=2)
        assert tracked.pull(even_if_not_due=True).state is None

        shown = api.get("4134", "/v1/wmnow/feeds").json()["items"][0]
        assert shown["stopped_because"] == problem
        assert "vendor" in shown["stopped_words"]
        there = f"/v1/wmnow/feeds/{shown['id']}/go-on"
        assert api.post("4111", there, {"reason": "I say so."}).status_code == 403
        assert api.post("4134", there, {"reason": "The vendor restored a backup."}).status_code == 200
        tracked.tracker.faults.clear()
        assert tracked.pull().state is RunState.DONE
        tracked.assert_same_as_tracker()
        states = [run["state"] for run in api.get("4134", "/v1/wmnow/runs").json()["items"]]
        assert states[:2] == ["done", "stopped"]


def test_a_redirect_is_not_followed_and_a_wrong_secret_is_not_tried_again(tracked: Asking) -> None:
    tracked.tracker.misbehave(Fault.REDIRECT)
    assert tracked.pull().problem == "redirected"
    tracked.tracker.secret = "another"
    assert tracked.pull(even_if_not_due=True).problem == "not-let-in"
    assert tracked.waits == []


def test_bad_items_are_told_and_the_others_taken(tracked: Asking) -> None:
    bad = [
        {"source_record_id": "B-1", "occurred_at": "yesterday", "engagement_type": "STREET_BRIEF"},
        {"source_record_id": "B-2", "engagement_type": "STREET_BRIEF", "occurred_at": "1999-01-01T00:00:00Z"},
        {"source_record_id": "B-3", "occurred_at": "2026-03-01T10:00:00Z"},
        item(4, location={"type": "Point", "coordinates": [200, 91]}),
        item(5, engagement_type="nul\x00here"),
        item(6, people_reached=-3),
    ]
    within = [{"group": "DISABILITY", "names": ["left out"]}, "no group"]
    tracked.tracker.put(
        *bad,
        item(1),
        item(2, member_email="left out", answers={"q1": "left out"}),
        item(7, groups_reached=within),
    )
    assert tracked.pull().state is RunState.DONE
    assert tracked.held().keys() == {"E-1", "E-2"}
    run = tracked.runs()[0]
    assert (run.rows, run.rejected, run.new) == (9, 7, 2)
    assert run.dropped_fields == ["answers", "groups_reached.names", "member_email", "recorded_by.name"]
    with reading(tracked.engine) as session:
        told = session.exec(select(WmnowRejected)).all()
    assert {one.source_record_id for one in told} == {"B-1", "B-2", "B-3", "E-4", "E-5", "E-6", "E-7"}
    assert not any("yesterday" in str(one.faults) for one in told)


def test_only_one_reads_a_feed_and_who_lost_it_writes_nothing(tracked: Asking) -> None:
    tracked.tracker.put(*(item(n) for n in range(700)))
    with tracked.client() as client:
        fetched = client.page

        def overtaken(asked: dict[str, str]) -> object:
            page = fetched(asked)
            if "cursor" in asked:
                # This process slept past its lease meanwhile, and another took the feed and finished.
                tracked.clock.forward(minutes=6)
                assert tracked.pull().state is RunState.DONE
            return page

        client.page = overtaken  # type: ignore[method-assign, assignment]
        mine = tracked.pull_from(client)
    assert (mine.state, mine.problem) == (None, "overtaken")
    tracked.assert_same_as_tracker()
    assert [(run.state, run.problem) for run in tracked.runs()] == [
        (RunState.FAILED, "left"),
        (RunState.DONE, None),
    ]


def test_killed_at_any_statement_nothing_is_missed_or_doubled(tracked: Asking) -> None:
    """Killed at the first statement, then at the second of what is left, and so on until it comes through."""
    tracked.tracker.put(*(item(n) for n in range(1300)))
    left = [0]

    @event.listens_for(tracked.engine, "before_cursor_execute")
    def kill(*_: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    kills = 0
    while True:
        left[0] = 7 + kills * 5
        try:
            done = tracked.pull()
        except Killed:
            kills += 1
            tracked.clock.forward(minutes=6)
            if kills % 3 == 0:
                left[0] = 1_000_000
                tracked.tracker.put(item(kills, people_reached=kills % 2 * 1000 + kills))
            continue
        break
    left[0] = 1_000_000
    assert done.state is RunState.DONE
    assert kills >= 5
    tracked.assert_same_as_tracker()
    with reading(tracked.engine) as session:
        numbers = [(one.record_id, one.version) for one in session.exec(select(WmnowVersion)).all()]
    assert len(numbers) == len(set(numbers))


def test_a_page_that_keeps_others_waiting_is_made_durable_in_pieces(tracked: Asking) -> None:
    """Killed after its second piece, a page is read again, and what is held of it changes nothing."""
    if not writes_alone(tracked.engine):
        pytest.skip("PostgreSQL lets several write at once")
    tracked.tracker.put(*(item(n) for n in range(90)), {"source_record_id": "B-1"})
    pieces = [0]

    @event.listens_for(tracked.engine, "commit")
    def kill(_connection: object) -> None:
        pieces[0] += bool(tracked.held())
        if pieces[0] == 3:
            raise Killed

    with pytest.raises(Killed):
        tracked.pull()
    held = len(tracked.held())
    assert 0 < held < 90
    (run,) = tracked.runs()
    assert (run.pages, run.rows, run.new, tracked.feed().watermark) == (0, held, held, None)
    pieces[0] = 1_000
    tracked.clock.forward(minutes=6)
    assert tracked.pull().state is RunState.DONE
    assert tracked.held().keys() == {f"E-{n}" for n in range(90)}
    run = tracked.runs()[-1]
    assert (run.pages, run.rows, run.new, run.unchanged, run.rejected) == (1, 91, 90 - held, held, 1)


def test_a_feed_that_has_not_been_seen_is_made_once(tracked: Asking) -> None:
    for _ in range(2):
        tracked.pull()
    with transaction(tracked.engine) as session:
        assert len(session.exec(select(WmnowFeed)).all()) == 1
        assert feed_queries.feed_id(named("FORCE"), "wmnow") == session.exec(select(WmnowFeed)).one().id
