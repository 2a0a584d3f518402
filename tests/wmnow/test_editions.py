"""Which of two things the tracker said of a record stands: the later one, by its version's number or its time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.wmnow.editions import Edition
from app.wmnow.fetching import FetchedPage
from app.wmnow.records import SourceRecord, Step
from demo.wmnow import message
from tests.conftest import Api
from tests.databases import Databases
from tests.imports.test_routes import codes
from tests.wmnow.test_files import ROW, bring, counts
from tests.wmnow.test_messages import Sender
from tests.wmnow.test_storing import NOON, held, record, store
from tests.wmnow.tracker import Asking, asking, item

LATER = [
    ("28/11/2026 10:00", "05/12/2026 09:00"),
    ("9", "10"),
    ("0009", "10"),
    ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.500Z"),
    ("2026-11-20T10:00:00+01:00", "2026-11-20T09:30:00Z"),
    ("2026-11-20 10:00", "20/11/2026 10:01"),
    ("9" * 18, "1" + "0" * 18),
]


@pytest.fixture
def sender(api: Api) -> Iterator[Sender]:
    found = Sender(api)
    yield found
    found.engine.dispose()


@pytest.fixture
def feed(api: Api, databases: Databases) -> Iterator[Asking]:
    with asking(api.url, api.clock, databases.served(api.url)) as found:
        yield found


def row(version: str, people: int) -> dict[str, str]:
    return ROW | {"Last modified": version, "Number of people": str(people)}


@pytest.mark.parametrize(("earlier", "later"), LATER)
def test_a_later_correction_is_taken_and_an_earlier_one_is_not(api: Api, earlier: str, later: str) -> None:
    bring(api, row(earlier, 1))
    assert counts(bring(api, row(later, 2)))["changed"] == 1
    late = bring(api, row(earlier, 3))
    assert (counts(late)["unchanged"], [code for _, code, _ in codes(late)]) == (1, ["stale"])
    assert held(api.url)["T-1"].people_reached == 2


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("v9", "v10"), ("\u00b2", "\u00b9"), ("Friday", "Monday"), ("25/10/2026 01:50", "25/10/2026 01:10")],
)
def test_what_is_neither_a_number_nor_a_time_is_told_and_keeps_nothing_out(
    api: Api, earlier: str, later: str
) -> None:
    other = {"Reference": "T-2"}
    first = bring(api, row(earlier, 1), row(earlier, 1) | other)
    assert [code for _, code, _ in codes(first)] == ["version-unread"], "once a file"
    assert counts(bring(api, row(later, 2), row(later, 1) | other))["changed"] == 1
    one = held(api.url)["T-1"]
    assert (one.people_reached, one.source_version, one.source_changed_at) == (2, None, None)


def test_the_latest_number_and_time_are_told_of_a_record(api: Api) -> None:
    bring(api, row("007", 1))
    bring(api, row("05/07/2026 09:00", 2))
    told = api.get("4111", f"/v1/wmnow/records/{held(api.url)['T-1'].id}").json()
    assert (told["source_version"], told["source_changed_at"]) == ("7", "2026-07-05T08:00:00Z")
    assert [code for _, code, _ in codes(bring(api, row("6", 3)))] == ["stale"]


def pulled(feed: Asking, meanwhile: Callable[[FetchedPage], FetchedPage]) -> None:
    """A run, with what happens to each page between its coming and its being kept."""
    with feed.client() as client:
        fetched = client.page
        client.page = lambda asked: meanwhile(fetched(asked))  # type: ignore[method-assign]
        feed.pull_from(client)


def deleted(at: Any = None, number: int | None = None) -> SourceRecord:
    return replace(record("1", deleted=True), edition=Edition(number, at))


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (Edition(7), Step.STALE),
        (Edition(7, NOON), Step.STALE),
        (Edition(8, NOON), Step.STALE),
        (Edition(None, NOON), Step.STALE),
        (Edition(None, NOON + timedelta(seconds=5)), Step.STALE),
        (Edition(8), Step.CHANGED),
        (Edition(7, NOON + timedelta(seconds=6)), Step.CHANGED),
        (Edition(), Step.CHANGED),
    ],
)
def test_what_is_gone_stands_again_only_by_something_later(
    force_url: str, after: Edition, wanted: Step
) -> None:
    """Deleted by a message that bore a time alone, five seconds after the version that was held."""
    store(force_url, [record("1", "7"), deleted(NOON + timedelta(seconds=5))])
    assert held(force_url)["1"].deleted_at is not None
    assert store(force_url, [replace(record("1"), edition=after)]).steps == {wanted: 1}


def test_a_page_that_was_asked_for_before_a_deletion_does_not_undo_it(feed: Asking, sender: Sender) -> None:
    feed.tracker.put(item(1))
    feed.pull()
    feed.clock.forward(minutes=5)

    def overtaken(page: FetchedPage) -> FetchedPage:
        feed.clock.forward(seconds=1)
        gone = {"source_record_id": "E-1", "deleted": True}
        sender.send(message(gone, feed.clock.at), "msg_gone")
        sender.read()
        return page

    pulled(feed, overtaken)
    assert sender.outcomes() == {"msg_gone": "deleted"}
    assert feed.runs()[-1].rows == 1
    assert feed.held()["E-1"].deleted_at is not None


@pytest.mark.parametrize("kind", ["engagement.upserted", "engagement.deleted"])
@pytest.mark.parametrize("says", [{"deleted": True}, {"deleted": False}, {}])
def test_gone_is_what_either_the_message_or_its_item_says_is_gone(
    sender: Sender, kind: str, says: dict[str, bool]
) -> None:
    sender.tell("msg_1", 1)
    sender.read()
    sender.api.clock.forward(seconds=1)
    body = message(item(1, people_reached=5), sender.api.clock.at).decode()
    told = body.replace("engagement.upserted", kind)
    if says:
        told = told.replace('"data": {', '"data": {"deleted": ' + str(says["deleted"]).lower() + ", ")
    sender.send(told.encode(), "msg_2")
    sender.read()
    gone = kind == "engagement.deleted" or says == {"deleted": True}
    assert (sender.held()["E-1"].deleted_at is not None) is gone


def test_a_version_that_an_item_cannot_be_ordered_by_is_told_of_the_run(feed: Asking) -> None:
    def named_otherwise(page: FetchedPage) -> FetchedPage:
        items = [
            {**one, "source_version": f"v{one['people_reached']}", "updated_at": None} for one in page.items
        ]
        return replace(page, items=tuple(items))

    for people in (9, 10):
        feed.tracker.put(item(1, people_reached=people))
        pulled(feed, named_otherwise)
        assert feed.runs()[-1].dropped_fields == ["recorded_by.name", "source_version"]
        feed.clock.forward(minutes=1)
    one = feed.held()["E-1"]
    assert (one.people_reached, one.source_version, one.version) == (10, None, 2)


def test_a_message_of_no_time_of_ours_is_unreadable(sender: Sender) -> None:
    for number, at in enumerate(("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00")):
        body = '{"type": "engagement.upserted", "timestamp": "' + at + '", "data": {"source_record_id": "1"}}'
        sender.send(body.encode(), f"msg_{number}")
    assert sender.read() == 2
    assert set(sender.outcomes().values()) == {"unreadable"}


def test_a_message_from_a_clock_that_is_ahead_shuts_nothing_out(sender: Sender) -> None:
    for number, ahead in enumerate((timedelta(hours=1), timedelta(0)), 1):
        sender.api.clock.forward(minutes=1)
        sender.send(message(item(1, people_reached=number), sender.api.clock.at + ahead), f"msg_{number}")
        sender.read()
    assert sender.outcomes() == {"msg_1": "new", "msg_2": "changed"}
    assert sender.held()["E-1"].people_reached == 2
