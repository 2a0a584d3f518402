"""Engagements on their way to other systems: in the transaction that records them, without whom or where."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.audit.models import Action
from app.outbox.dispatching import Round
from tests.audit.test_events import events
from tests.conftest import Api, named
from tests.engagements.test_engagement_story import CORRECTED, PATH, SURGERY, correct
from tests.imports.test_routes import send
from tests.outbox.receiver import Receiver, receiving, status
from tests.outbox.test_signing import verified
from tests.rest.test_transactions import let_commits_fail
from tests.telling.stories import (
    ADMIN,
    KEY,
    PROGRAM,
    deliver,
    made,
    messages,
    subscribe,
    subscription,
    webhook,
)

BOTH = ["engagement.upserted", "engagement.voided"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def told(api: Api, receiver: Receiver) -> list[dict[str, Any]]:
    """What came after a round, each with its right signature."""
    deliver(api)
    found = receiver.all()
    assert all(verified(each.headers, each.body, KEY) for each in found)
    return [json.loads(each.body) for each in found]


def test_what_is_recorded_corrected_and_taken_back_is_told_without_whom_or_where(
    api: Api, receiver: Receiver
) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", BOTH, "hook")
    assert api.put("4101", PATH, SURGERY).status_code == 201
    assert api.put("4101", PATH, SURGERY).status_code == 200
    (first,) = told(api, receiver)
    assert (first["type"], first["timestamp"]) == ("engagement.upserted", "2026-03-02T18:30:00Z")
    data = first["data"]
    assert data == {
        "id": str(named("surgery")), "revision": 1, "counted_as": "engagement", "engagement_type": "BEAT_SURGERY",
        "method": "FACE", "occurred_at": "2026-03-02T17:00:00Z", "minutes": 60, "planned": True, "published": True,
        "people_reached": 14, "reach_band": None, "priority_groups": ["OLDER_65", "RESIDENTS"],
        "issues": ["ASB", "VEHICLES"], "team_id": str(named("NORTH-1")), "area_id": str(named("NORTH")),
        "place_area_id": data["place_area_id"], "patrol_id": None,
    }  # fmt: skip
    said = json.dumps(first)
    for hidden in ("4101", "4102", str(named("4101")), "RACE_ASIAN", "52.483", "-1.895", "ENG-0042"):
        assert hidden not in said
    assert correct(api, 1, CORRECTED).status_code == 200
    assert correct(api, 1, CORRECTED).status_code == 200
    (second,) = told(api, receiver)
    assert (second["data"]["revision"], second["data"]["people_reached"]) == (2, 17)
    for _ in range(2):
        api.put("4101", f"{PATH}/void", {"reason": "Typed by mistake."})
    (last,) = told(api, receiver)
    assert last == {
        "type": "engagement.voided",
        "timestamp": "2026-03-02T18:30:00Z",
        "data": {"id": str(named("surgery")), "revision": 2},
    }


def test_an_officer_is_named_to_a_system_that_is_marked_for_it_and_it_is_logged(
    api: Api, receiver: Receiver
) -> None:
    webhook(api, "hook", receiver, officers_named=True)
    subscribe(api, "s", BOTH, "hook")
    assert api.put("4101", PATH, SURGERY).status_code == 201
    (event,) = told(api, receiver)
    assert event["data"]["officer"] == "4101"
    (disclosed,) = [each for each in events(api) if each.action is Action.DISCLOSE]
    assert disclosed.operation == "engagement:tell"
    assert disclosed.subjects == {
        "engagement": [str(named("surgery"))],
        "officer": [str(named("4101"))],
        "destination": [str(named("hook"))],
    }
    # Nor does whoever lists messages learn of it.
    assert "4101" not in api.get(PROGRAM, "/v1/outbox").text


def test_an_area_hears_of_its_own_engagements_and_each_system_once(api: Api, receiver: Receiver) -> None:
    with receiving() as southern:
        webhook(api, "south", southern)
        webhook(api, "north", receiver)
        subscribe(api, "s", BOTH, "south", area_id=str(named("SOUTH")))
        subscribe(api, "n", BOTH, "north", area_id=str(named("NORTH")))
        subscribe(api, "all", BOTH, "north")
        assert api.put("4101", PATH, SURGERY).status_code == 201
        assert len(told(api, receiver)) == 1
        assert southern.all() == []


def test_what_a_file_brought_is_not_told_back(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", BOTH, "hook")
    file = (
        "reference,collar_number,occurred_at,engagement_type\n"
        "ENG-0007,4101,2026-03-01T10:00:00Z,BEAT_SURGERY\n"
    )
    answer = send(api, ADMIN, "engagements", file.encode())
    assert answer.status_code == 200, answer.text
    assert len(api.get("4111", "/v1/engagements").json()["items"]) == 1
    assert messages(api) == []


def test_people_are_not_told_of_single_records(api: Api) -> None:
    made(
        api,
        "mailbox",
        channel="email",
        mailbox="a@force.example",
        area_id=str(named("NORTH")),
        role="SUPERVISOR",
    )
    assert subscription(api, "s", BOTH, "mailbox").status_code == 422
    subscribe(api, "role", BOTH, role="SUPERVISOR")
    assert api.put("4101", PATH, SURGERY).status_code == 201
    assert messages(api) == []


def test_neither_record_nor_message_is_there_without_the_other(api: Api, receiver: Receiver) -> None:
    webhook(api, "hook", receiver)
    subscribe(api, "s", BOTH, "hook")
    let_commits_fail(api.url, "outbox_messages")
    assert api.put("4101", PATH, SURGERY).status_code >= 500
    assert messages(api) == []
    assert api.get("4101", PATH).status_code == 404


def test_rule_18_other_systems_are_told_through_an_outbox_with_keys_and_dead_letters(
    api: Api, receiver: Receiver
) -> None:
    """Under one key however often it is sent; and what cannot be delivered is there to be looked at and sent again."""
    webhook(api, "hook", receiver)
    subscribe(api, "s", BOTH, "hook")
    receiver.usual = status(503)
    assert api.put("4101", PATH, SURGERY).status_code == 201
    assert api.put("4101", PATH, SURGERY).status_code == 200
    (message,) = messages(api)
    assert receiver.all() == [], "the officer's phone does not wait for another system"
    for _ in range(10):
        assert deliver(api) == Round(failed=1)
        api.clock.forward(days=1)
    assert set(receiver.ids()) == {message["id"]}
    (dead,) = messages(api, state="dead")
    assert (dead["id"], dead["last_error"]) == (message["id"], "status-503")
    receiver.usual = status(200)
    assert api.put(ADMIN, f"/v1/outbox/{dead['id']}/replay", {}).status_code == 200
    assert deliver(api) == Round(delivered=1)
    assert receiver.ids() == [message["id"]]
