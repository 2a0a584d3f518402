"""Where messages may go, through HTTP: what opens a destination is taken and never shown, keys change without a gap."""

import json
from typing import Any

import pytest

from app.audit.models import Action
from app.identity.permissions import Role
from tests.audit.test_events import Log, events
from tests.conftest import Api, named
from tests.outbox.receiver import receiving, status
from tests.outbox.test_signing import verified
from tests.people import join
from tests.telling.stories import (
    ADMIN,
    KEY,
    OTHER_KEY,
    deliver,
    destination,
    made,
    messages,
    subscribe,
    subscription,
    webhook,
)

TEAMS_URL = "https://t1.09.environment.api.powerplatform.com:443/powerautomate/x/triggers/run?sig=SECRET-SIG"
SECRETS = ("SECRET-SIG", KEY, OTHER_KEY, KEY.removeprefix("whsec_"))


def test_what_opens_a_destination_is_never_shown_again(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    log = Log(api)
    with receiving([status(500)]) as receiver:
        first = destination(api, "hook", channel="webhook", url=receiver.url, key=KEY)
        assert first.status_code == 201, first.text
        (event,) = log.of(first)
        assert (event.action, event.operation) == (Action.ALTER, "destination:make")
        again = destination(api, "hook", channel="webhook", url=receiver.url, key=KEY)
        assert (again.status_code, again.json()) == (200, first.json())
        other = destination(api, "hook", channel="webhook", url=receiver.url, key=OTHER_KEY)
        assert other.json()["code"] == "conflict"
        made(api, "channel", channel="teams", url=TEAMS_URL)
        listed = api.get(ADMIN, "/v1/destinations")
        assert [(one["name"], one["host"], len(one["keys"])) for one in listed.json()["items"]] == [
            ("channel", "t1.09.environment.api.powerplatform.com", 0),
            ("hook", "127.0.0.1", 1),
        ]
        tried = api.put(ADMIN, f"/v1/destinations/{named('hook')}/tests/{named('m')}", {})
        deliver(api)
        answers = [first, again, other, listed, tried, api.get(ADMIN, "/v1/outbox")]
    said = "".join(one.text + str(one.headers) for one in answers)
    said += json.dumps([event.subjects for event in events(api)]) + "".join(capfd.readouterr())
    assert "message_not_delivered" in said
    for secret in SECRETS:
        assert secret not in said


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"channel": "webhook", "url": "https://evil.example/", "key": KEY}, "/url"),
        ({"channel": "webhook", "url": "https://169.254.169.254/latest", "key": KEY}, "/url"),
        ({"channel": "webhook", "url": "ftp://127.0.0.1/SECRET-SIG", "key": KEY}, "/url"),
        ({"channel": "webhook", "url": "https://hooks.force.example/", "key": "whsec_SECRET-SIG"}, "/key"),
        ({"channel": "webhook", "url": "https://hooks.force.example/"}, ""),
        ({"channel": "teams", "url": TEAMS_URL, "key": KEY}, ""),
        ({"channel": "teams", "mailbox": "a@force.example"}, ""),
        ({"channel": "email", "mailbox": "a@elsewhere.example"}, "/mailbox"),
        ({"channel": "email", "mailbox": "a@force.example, b@force.example"}, "/mailbox"),
        ({"channel": "email", "mailbox": "a@force.example\nBcc: b@force.example"}, "/mailbox"),
        ({"channel": "email", "mailbox": "a@force.example", "officers_named": True}, ""),
        ({"channel": "email", "mailbox": "a@force.example", "role": "SUPERVISOR"}, ""),
        (
            {"channel": "email", "mailbox": "a@force.example", "role": "SUPERVISOR", "area_id": str(named("OTHER"))},
            "/area_id",
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_a_destination(api: Api, body: dict[str, Any], pointer: str) -> None:
    answer = destination(api, "wrong", **body)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "SECRET-SIG" not in answer.text


def test_a_key_is_replaced_without_a_gap_and_at_once_when_it_is_known(api: Api) -> None:
    with receiving() as receiver:
        path = webhook(api, "hook", receiver)

        def arrives(number: int) -> tuple[bool, bool, int]:
            """Whether the next message is signed by the first and the second key, and how many signatures it has."""
            assert api.put(ADMIN, f"{path}/tests/{named(f'm{number}')}", {}).status_code == 200
            assert deliver(api).delivered == 1
            (got,) = receiver.all()
            told = got.headers, got.body
            signatures = len(got.headers["webhook-signature"].split(" "))
            return verified(*told, KEY), verified(*told, OTHER_KEY), signatures

        assert arrives(1) == (True, False, 1)
        until = {"key": OTHER_KEY, "older_until": "2026-03-03T18:30:00Z"}
        changed = api.put(ADMIN, f"{path}/secrets/{named('second')}", until)
        assert changed.status_code == 201, changed.text
        keys = changed.json()["keys"]
        assert [key["until"] for key in keys] == [None, "2026-03-03T18:30:00Z"]
        assert arrives(2) == (True, True, 2)
        assert api.put(ADMIN, f"{path}/secrets/{named('second')}", until).status_code == 200
        api.clock.forward(days=1)
        assert arrives(3) == (False, True, 1)
        # Known to others: the older ones end now.
        now = {"key": KEY, "older_until": "2026-03-03T18:30:00Z"}
        assert api.put(ADMIN, f"{path}/secrets/{named('third')}", now).status_code == 201
        assert arrives(4) == (True, False, 1)


def test_a_new_address_is_used_from_the_next_attempt_on(api: Api) -> None:
    with receiving() as old, receiving() as new:
        path = webhook(api, "hook", old)
        moved = api.put(ADMIN, f"{path}/secrets/{named('moved')}", {"url": new.url})
        assert moved.status_code == 201, moved.text
        api.put(ADMIN, f"{path}/tests/{named('m')}", {})
        assert deliver(api).delivered == 1
        assert (len(old.all()), len(new.all())) == (0, 1)
        away = api.put(ADMIN, f"{path}/secrets/{named('away')}", {"url": "https://evil.example/"})
        assert away.status_code == 422
    for body in (
        {},
        {"url": TEAMS_URL, "key": KEY},
        {"key": KEY},
        {"url": TEAMS_URL, "older_until": "2026-03-03T18:30:00Z"},
    ):
        assert api.put(ADMIN, f"{path}/secrets/{named('x')}", body).status_code == 422, body


def test_a_mailbox_has_no_secrets_and_a_channel_no_key(api: Api) -> None:
    mailbox = made(api, "mailbox", channel="email", mailbox="a@force.example")
    channel = made(api, "channel", channel="teams", url=TEAMS_URL)
    key = {"key": KEY, "older_until": "2026-03-03T18:30:00Z"}
    for path in (mailbox, channel):
        assert api.put(ADMIN, f"{path}/secrets/{named('x')}", key).status_code == 422
    assert api.put(ADMIN, f"{mailbox}/secrets/{named('y')}", {"url": TEAMS_URL}).status_code == 422
    assert api.put(ADMIN, f"{channel}/secrets/{named('z')}", {"url": TEAMS_URL}).status_code == 201


def test_an_id_that_another_message_bears_is_taken(api: Api) -> None:
    with receiving() as receiver:
        hook, other = webhook(api, "hook", receiver), webhook(api, "other", receiver)
        path = f"tests/{named('m')}"
        assert api.put(ADMIN, f"{hook}/{path}", {}).status_code == 200
        assert api.put(ADMIN, f"{hook}/{path}", {}).status_code == 200
        taken = api.put(ADMIN, f"{other}/{path}", {})
        assert (taken.status_code, taken.json()["code"]) == (409, "id-taken")
        assert "127.0.0.1" not in taken.text
        assert deliver(api).delivered == 1


def test_a_destination_that_was_taken_back_gets_nothing_more(api: Api) -> None:
    with receiving() as receiver:
        path = webhook(api, "hook", receiver)
        subscribe(api, "s", ["alert.no_check_in"], "hook")
        api.put(ADMIN, f"{path}/tests/{named('m')}", {})
        gone = api.put(ADMIN, f"{path}/void", {"reason": "Replaced."})
        assert (gone.status_code, gone.json()["keys"]) == (200, []), gone.text
        assert api.put(ADMIN, f"{path}/void", {"reason": "Once more."}).json()["void_reason"] == "Replaced."
        assert deliver(api).failed == 1
        assert receiver.all() == []
    (message,) = messages(api, state="dead")
    assert (message["last_error"], message["destination_name"]) == ("destination-gone", "hook")
    later = {"key": OTHER_KEY, "older_until": "2026-03-03T18:30:00Z"}
    assert api.put(ADMIN, f"{path}/secrets/{named('x')}", later).json()["code"] == "telling-voided"
    assert api.put(ADMIN, f"{path}/tests/{named('m2')}", {}).json()["code"] == "telling-voided"
    assert subscription(api, "s2", ["alert.no_check_in"], "hook").json()["code"] == "telling-voided"


def test_another_force_sees_and_changes_nothing(api: Api) -> None:
    join(api.url, "7134", (Role.ADMIN,), force="OTHER")
    with receiving() as receiver:
        path = webhook(api, "hook", receiver)
        own = subscribe(api, "s", ["alert.no_check_in"], "hook")
        api.put(ADMIN, f"{path}/tests/{named('m')}", {})
        for listed in ("/v1/destinations", "/v1/subscriptions", "/v1/outbox"):
            assert api.get("7134", listed).json()["items"] == []
        reason = {"reason": "Not mine."}
        for address, body in (
            (f"{path}/void", reason),
            (f"{own}/void", reason),
            (f"{path}/tests/{named('m2')}", {}),
            (f"{path}/secrets/{named('x')}", {"url": receiver.url}),
            (f"/v1/outbox/{named('m')}/replay", {}),
        ):
            assert api.put("7134", address, body).status_code == 404, address
        theirs = {
            "area_id": str(named("OTHER")), "topics": ["alert.no_check_in"], "valid_from": "2026-03-01",
            "destination_id": str(named("hook")),
        }  # fmt: skip
        refused = api.put("7134", f"/v1/subscriptions/{named('t')}", theirs)
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/destination_id"]
        assert deliver(api).delivered == 1


@pytest.mark.parametrize(
    "change",
    [
        {"topics": ["digest.daily"]},
        {"digest_at": "07:00"},
        {"topics": ["telling.test"]},
        {"topics": ["alert.no_check_in", "alert.no_check_in"]},
        {"topics": []},
        {"topics": ["alert.anything"]},
        {"quiet_from": "22:00"},
        {"quiet_from": "24:00", "quiet_until": "06:00"},
        {"valid_to": "2026-03-01"},
        {"role": "SUPERVISOR"},
        {"area_id": str(named("OTHER"))},
        {"topics": ["engagement.upserted"]},
    ],
)
def test_what_may_not_be_subscribed_to(api: Api, change: dict[str, Any]) -> None:
    made(api, "mailbox", channel="email", mailbox="a@force.example")
    body = {"topics": ["alert.no_check_in"], **change}
    answer = subscription(api, "s", body.pop("topics"), "mailbox", **body)
    assert answer.status_code == 422, answer.text
    assert api.get(ADMIN, "/v1/subscriptions").json()["items"] == []
