"""Alerts and digests on their way to people and systems, through HTTP and real servers that take them or do not."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from app.alerts.notifying import TOPICS
from app.alerts.rules import AlertKind
from app.database.engine import open_engine
from app.housekeeping import raise_alerts, tell_alerts
from tests.alerts.test_ticks import busy
from tests.alerts.ticks import at, tick
from tests.audit.test_events import events
from tests.compliance.test_window_compliance import window
from tests.conftest import Api, named
from tests.outbox.post_office import PostOffice, post_office
from tests.outbox.receiver import Receiver, hang_up, receiving, say_nothing, status
from tests.outbox.test_signing import verified
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.people import change
from tests.telling.stories import ADMIN, KEY, PROGRAM, deliver, made, messages, subscribe, webhook
from tests.tracks.test_policies import bring

NO_CHECK_IN = ["alert.no_check_in"]
PEOPLE = ("4101", "4102", "4111", "TGP-1", "Hotspot")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


def mailing(office: PostOffice) -> dict[str, Any]:
    """The settings that lead to a mail server of a test's."""
    return {
        "mail_host": "127.0.0.1", "mail_port": office.port, "mail_security": "none",
        "mail_from": "beatcheck@force.example",
    }  # fmt: skip


def event_of(receiver: Receiver) -> dict[str, Any]:
    (got,) = receiver.all()
    assert verified(got.headers, got.body, KEY)
    found: dict[str, Any] = json.loads(got.body)
    return found


def test_what_has_lasted_is_told_once_to_a_system_a_channel_and_a_mailbox(
    api: Api, receiver: Receiver, office: PostOffice
) -> None:
    webhook(api, "hook", receiver)
    made(api, "mailbox", channel="email", mailbox="north.sergeants@force.example")
    for name in ("hook", "mailbox"):
        subscribe(api, f"to {name}", NO_CHECK_IN, name)
    change(api.url, lambda session: session.add_all([window(f"w{number}", START) for number in range(2)]))
    # Nobody is named for them: whoever leads is told at once.
    at(api, 19)
    assert messages(api) == []
    at(api, 20)
    assert deliver(api, **mailing(office)).delivered == 2
    event = event_of(receiver)
    assert event == {
        "type": "alert.no_check_in",
        "timestamp": "2026-03-02T19:20:00Z",
        "data": {
            "area_id": str(named("NORTH")),
            "area_code": "NORTH",
            "counts": [{"topic": "alert.no_check_in", "count": 3}],
            "text": "Area NORTH: nobody has checked in: 3",
            "link": "https://beatcheck.force.example/v1/alerts/digest?format=html",
        },
    }
    (mail,) = office.mails
    assert (mail["To"], mail["Subject"]) == (
        "north.sergeants@force.example",
        "Beatcheck: Area NORTH: nobody has checked in: 3",
    )
    body = mail.get_content()
    assert "https://beatcheck.force.example/v1/alerts/digest?format=html" in body
    for person in PEOPLE:
        assert person not in body + json.dumps(event)
    for minute in (21, 40, 60):
        at(api, minute)
        assert deliver(api, **mailing(office)).delivered == 0
    assert {(each["state"], each["attempts"]) for each in messages(api)} == {("delivered", 1)}


def test_a_teams_channel_gets_a_card(api: Api, receiver: Receiver) -> None:
    made(api, "channel", channel="teams", url=receiver.url)
    subscribe(api, "s", NO_CHECK_IN, "channel")
    at(api, 20)
    assert deliver(api).delivered == 1
    (got,) = receiver.all()
    card = json.loads(got.body)["attachments"][0]["content"]
    assert card["body"][0]["inlines"][0]["text"] == "Area NORTH: nobody has checked in: 1"
    assert "webhook-signature" not in got.headers


def test_an_officers_own_alert_is_not_told_before_it_has_lasted(api: Api, receiver: Receiver) -> None:
    """A phone that is silent for a while is its officer's; after 30 minutes more it is told, without saying whose."""
    webhook(api, "hook", receiver)
    subscribe(api, "s", ["alert.silent_phone"], "hook")
    api.clock.at = START
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    at(api, 16)
    assert [each["kind"] for each in api.get("4101", "/v1/alerts", open="true").json()["items"]] == [
        "SILENT_PHONE"
    ]
    at(api, 45)
    assert messages(api) == []
    at(api, 46)
    assert deliver(api).delivered == 1
    event = event_of(receiver)
    assert event["data"]["counts"] == [{"topic": "alert.silent_phone", "count": 1}]
    assert "4101" not in json.dumps(event) and str(named("4101")) not in json.dumps(event)
    assert str(named("patrol-1")) not in json.dumps(event)


def test_an_area_hears_of_itself_and_a_role_of_its_own_area(api: Api, receiver: Receiver) -> None:
    for area in ("NORTH", "SOUTH"):
        webhook(api, area, receiver, area_id=str(named(area)), role="SUPERVISOR")
    subscribe(api, "supervisors", NO_CHECK_IN, role="SUPERVISOR")
    with receiving() as southern:
        webhook(api, "other", southern)
        subscribe(api, "south only", NO_CHECK_IN, "other", area_id=str(named("SOUTH")))
        at(api, 20)
        assert deliver(api).delivered == 1
        assert [each["destination_name"] for each in messages(api)] == ["NORTH"]
        assert event_of(receiver)["data"]["area_code"] == "NORTH"
        assert southern.all() == []


def test_two_subscriptions_to_one_destination_are_one_message(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "force", NO_CHECK_IN, "hook")
    subscribe(api, "north", NO_CHECK_IN, "hook", area_id=str(named("NORTH")))
    at(api, 20)
    assert deliver(api).delivered == 1


@pytest.mark.parametrize("quiet", ["first", "second"])
def test_of_two_subscriptions_the_one_that_is_not_quiet_is_kept_to(
    api: Api, receiver: Receiver, quiet: str
) -> None:
    """Who wants to hear of the north at once, and of the force not by night, hears of the north at once."""
    webhook(api, "hook", receiver)
    hours = {"quiet_from": "17:00", "quiet_until": "06:30"}
    both = [*NO_CHECK_IN, "engagement.upserted"]
    for name in ("first", "second"):
        subscribe(api, name, both, "hook", **(hours if name == quiet else {}))
        api.clock.forward(seconds=1)
    surgery = {"occurred_at": "2026-03-02T18:00:00Z", "engagement_type": "BEAT_SURGERY"}
    assert api.put("4101", f"/v1/engagements/{named('one')}", surgery).status_code == 201
    assert deliver(api).delivered == 1
    at(api, 20)
    assert deliver(api).delivered == 1
    assert {each["state"] for each in messages(api)} == {"delivered"}


def test_what_was_so_before_anybody_subscribed_and_what_is_over_is_not_told(
    api: Api, receiver: Receiver
) -> None:
    webhook(api, "hook", receiver)
    at(api, 30)
    api.clock.forward(minutes=1)
    subscribe(api, "late", NO_CHECK_IN, "hook")
    assert tick(api) == 0 and messages(api) == []
    ended = subscribe(api, "ended", NO_CHECK_IN, "hook", valid_from="2026-02-01", valid_to="2026-03-02")
    change(api.url, lambda session: session.add(window("w2", START + timedelta(minutes=30))))
    at(api, 40)
    voided = api.put(ADMIN, f"/v1/subscriptions/{named('late')}/void", {"reason": "Too much."})
    assert voided.json()["void_reason"] == "Too much."
    assert api.put(ADMIN, f"{ended}/void", {"reason": "Over."}).status_code == 200
    at(api, 50)
    assert messages(api) == []


def test_a_night_is_one_message_in_the_morning(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", NO_CHECK_IN, "hook", quiet_from="19:00", quiet_until="06:30")
    at(api, 20)
    change(
        api.url,
        lambda session: session.add_all([window(f"n{n}", START + timedelta(hours=1)) for n in range(2)]),
    )
    at(api, 80)
    at(api, 81)
    (waiting,) = messages(api)
    assert (waiting["state"], waiting["due_at"]) == ("waiting", "2026-03-03T06:30:00Z")
    assert deliver(api).delivered == 0
    api.clock.at = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    assert deliver(api).delivered == 1
    assert event_of(receiver)["data"]["counts"] == [{"topic": "alert.no_check_in", "count": 3}]


def test_a_digest_comes_daily_and_says_also_that_nothing_is_open(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", ["digest.daily"], "hook", digest_at="19:25", area_id=str(named("NORTH")))
    subscribe(api, "noon", ["digest.daily"], "hook", digest_at="12:00")
    at(api, 24)
    assert messages(api) == []
    at(api, 25)
    at(api, 26)
    assert deliver(api).delivered == 1
    assert event_of(receiver)["data"]["counts"] == [{"topic": "alert.no_check_in", "count": 1}]
    # The morning without the service: it comes late, once.
    api.clock.at = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    tick(api)
    tick(api)
    assert deliver(api).delivered == 2
    told = [json.loads(got.body) for got in receiver.all()]
    assert [event["data"]["text"] for event in told if event["data"]["area_code"] == "NORTH"] == [
        "Area NORTH: open now: 0"
    ]


def test_six_machines_at_once_tell_once(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", [*NO_CHECK_IN, "alert.silent_phone", "digest.daily"], "hook", digest_at="20:00")
    change(api.url, busy)
    owner = open_engine(api.url, 2)
    # Alerts are there, and nobody has told of them yet.
    raise_alerts(owner, START + timedelta(minutes=20))
    owner.dispose()
    api.clock.at = START + timedelta(minutes=80)
    now, start = api.clock.at, Barrier(6)

    def one(_: int) -> int:
        mine = open_engine(api.url, 2)
        start.wait()
        told = tell_alerts(mine, now)
        mine.dispose()
        return told

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 3
    assert deliver(api).delivered == 3
    counts = {json.loads(got.body)["type"]: json.loads(got.body)["data"]["counts"] for got in receiver.all()}
    assert counts["alert.no_check_in"] == [{"topic": "alert.no_check_in", "count": 9}]
    assert counts["alert.silent_phone"] == [{"topic": "alert.silent_phone", "count": 4}]
    assert counts["digest.daily"] == [*counts["alert.no_check_in"], *counts["alert.silent_phone"]]


def test_a_receiver_that_misbehaves_gets_it_in_the_end(api: Api, receiver: Receiver) -> None:
    """Slow, broken, too busy, elsewhere, gone: each attempt is one, each says by a code what was wrong."""
    receiver.answers += [
        say_nothing, status(500), status(429, Retry_After="900"), status(302, Location="http://127.0.0.1:1/"), hang_up,
    ]  # fmt: skip
    webhook(api, "hook", receiver)
    subscribe(api, "s", NO_CHECK_IN, "hook")
    at(api, 20)
    seen = []
    for _ in range(5):
        assert deliver(api, deliver_timeout_seconds=0.5).failed == 1
        (message,) = messages(api)
        seen.append((message["last_error"], message["state"]))
        api.clock.at = datetime.fromisoformat(message["due_at"]) - timedelta(seconds=1)
        assert deliver(api).failed == 0
        api.clock.forward(seconds=1)
    assert seen == [
        (code, "waiting") for code in ("timeout", "status-500", "status-429", "redirected", "connection-lost")
    ]
    assert deliver(api).delivered == 1
    (message,) = messages(api)
    assert (message["state"], message["attempts"], message["last_error"]) == ("delivered", 6, None)
    assert len(set(receiver.ids())) == 1


def test_a_dead_letter_is_seen_and_sent_again_by_whoever_may(api: Api, receiver: Receiver) -> None:
    receiver.usual = status(404)
    webhook(api, "hook", receiver)
    subscribe(api, "s", NO_CHECK_IN, "hook")
    at(api, 20)
    for _ in range(10):
        assert deliver(api).failed == 1
        api.clock.forward(days=1)
    (dead,) = messages(api, state="dead")
    assert (dead["attempts"], dead["last_error"], dead["topic"]) == (10, "status-404", "alert.no_check_in")
    assert dead["given_up_at"] is not None
    assert deliver(api).failed == 0
    assert api.get("4111", "/v1/outbox").status_code == 403
    listed = api.get(PROGRAM, "/v1/outbox", state="dead", topic="alert.no_check_in").json()["items"]
    assert listed == [dead]
    first = receiver.ids()[0]
    receiver.usual = status(200)
    again = api.put(PROGRAM, f"/v1/outbox/{dead['id']}/replay", {})
    assert (again.json()["state"], again.json()["attempts"]) == ("waiting", 0), again.text
    assert api.put(PROGRAM, f"/v1/outbox/{dead['id']}/replay", {}).json()["replays"] == 1
    assert deliver(api).delivered == 1
    assert receiver.ids() == [first]
    many = api.post(ADMIN, "/v1/outbox/replays", {"state": "delivered", "topic": "alert.no_check_in"})
    assert many.json() == {"replayed": 1, "most": 1000}
    assert (
        api.post(ADMIN, "/v1/outbox/replays", {"destination_id": str(named("hook"))}).json()["replayed"] == 0
    )
    replays = [event for event in events(api) if event.operation == "message:replay"]
    assert sorted(event.actor_id for event in replays if event.actor_id) == sorted(
        [named(PROGRAM), named(ADMIN)]
    )
    assert all(event.subjects["message"] == [dead["id"]] for event in replays)
    assert deliver(api).delivered == 1


def test_pages_of_messages_show_each_once(api: Api, receiver: Receiver) -> None:
    path = webhook(api, "hook", receiver)
    for number in range(7):
        assert api.put(ADMIN, f"{path}/tests/{named(f'm{number}')}", {}).status_code == 200
        api.clock.forward(minutes=number % 2)
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get(ADMIN, "/v1/outbox", limit=3, **cursor).json()
        found += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(found) == sorted(str(named(f"m{number}")) for number in range(7))


def test_every_kind_of_alert_has_its_topic() -> None:
    assert set(TOPICS) == set(AlertKind) and len(set(TOPICS.values())) == len(TOPICS)


def test_a_held_result_is_not_told(api: Api, receiver: Receiver) -> None:
    """What is its officer's first stays so: an alert of a patrol whose progress is held escalates to nobody."""
    webhook(api, "hook", receiver)
    subscribe(api, "s", ["alert.silent_phone"], "hook")
    assert bring(api, "2026-03-02,officer_first_minutes,600").status_code == 200
    api.clock.at = START
    assert api.put("4101", patrol_path(), check_in()).status_code == 201
    for minute in (16, 46, 90):
        at(api, minute)
    assert messages(api) == []
