"""Signed messages of the tracker: believed by their signature alone, kept once, read afterwards."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app.database.engine import open_engine
from app.database.session import reading, transaction
from app.wmnow import inbox
from app.wmnow.models import TrackerChannel, WmnowInbox, WmnowRecord, WmnowVersion
from demo.wmnow import message, signed
from tests.conftest import TRACKER_SECRET, Api
from tests.wmnow.tracker import item

OTHER_SECRET = "whsec_" + "QUFB" * 8
THERE = "/v1/wmnow/webhooks/FORCE"


@pytest.fixture
def sender(api: Api) -> Iterator["Sender"]:
    found = Sender(api)
    yield found
    found.engine.dispose()


class Sender:
    """The tracker's side of the messages, and what came of them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.engine = open_engine(api.url)

    def send(
        self,
        body: bytes,
        webhook_id: str,
        *,
        secret: str = TRACKER_SECRET,
        at: datetime | None = None,
        there: str = THERE,
        **headers: str,
    ) -> httpx.Response:
        told = signed(secret, webhook_id, at or self.api.clock.at, body)
        return self.api.client.post(there, content=body, headers={**told, **headers})

    def tell(self, webhook_id: str, number: int, **more: Any) -> httpx.Response:
        return self.send(message(item(number, **more), self.api.clock.at), webhook_id)

    def read(self) -> int:
        return inbox.drain(self.engine, self.api.clock.at)

    def held(self) -> dict[str, WmnowRecord]:
        with reading(self.engine) as session:
            return {row.source_record_id: row for row in session.exec(select(WmnowRecord)).all()}

    def outcomes(self) -> dict[str, str | None]:
        with reading(self.engine) as session:
            return {row.webhook_id: row.outcome for row in session.exec(select(WmnowInbox)).all()}


def test_a_message_is_kept_answered_and_read_afterwards(sender: Sender) -> None:
    answer = sender.tell("msg_1", 1, member_email="left out")
    assert (answer.status_code, answer.json()) == (202, {"kept": True})
    assert sender.held() == {}
    shown = sender.api.get("4134", "/v1/wmnow/messages", outcome="waiting").json()["items"]
    assert [one["webhook_id"] for one in shown] == ["msg_1"]

    assert sender.read() == 1
    assert sender.held()["E-1"].people_reached == 1
    assert sender.outcomes() == {"msg_1": "new"}
    with reading(sender.engine) as session:
        version = session.exec(select(WmnowVersion)).one()
        kept = session.exec(select(WmnowInbox)).one()
    assert (version.channel, version.run_id) == (TrackerChannel.WEBHOOK, kept.id)
    assert kept.body is None, "what it said is not kept a second time"
    assert "left out" not in json.dumps(version.content)


def test_the_same_message_twice_is_one(sender: Sender) -> None:
    assert sender.tell("msg_1", 1).json() == {"kept": True}
    assert sender.tell("msg_1", 1).json() == {"kept": False}
    sender.read()
    assert sender.tell("msg_1", 1).status_code == 202
    assert sender.read() == 0


def test_an_older_version_that_comes_late_changes_nothing(sender: Sender) -> None:
    sender.tell("msg_2", 1, source_version="2", people_reached=20)
    sender.api.clock.forward(seconds=1)
    sender.tell("msg_1", 1, source_version="1", people_reached=10)
    sender.read()
    assert sender.held()["E-1"].people_reached == 20
    assert sender.outcomes() == {"msg_2": "new", "msg_1": "stale"}


def test_without_versions_the_time_of_the_message_tells_which_is_later(sender: Sender) -> None:
    later = message(item(1, people_reached=20), sender.api.clock.at)
    earlier = message(item(1, people_reached=10), sender.api.clock.at - timedelta(seconds=30))
    sender.send(later, "msg_2")
    sender.send(earlier, "msg_1")
    sender.read()
    assert sender.held()["E-1"].people_reached == 20


def test_a_deletion_leaves_a_tombstone(sender: Sender) -> None:
    sender.tell("msg_1", 1, source_version="1")
    sender.tell("msg_2", 1, source_version="2", deleted=True)
    sender.read()
    assert sender.held()["E-1"].deleted_at is not None


def test_both_secrets_of_a_change_are_believed_and_several_signatures_may_come(sender: Sender) -> None:
    body = message(item(1), sender.api.clock.at)
    good = signed(TRACKER_SECRET, "msg_1", sender.api.clock.at, body)["webhook-signature"]
    other = signed(OTHER_SECRET, "msg_1", sender.api.clock.at, body)["webhook-signature"]
    headers: dict[str, Any] = {"webhook-signature": f"{other} v2,abc {good}"}
    answer = sender.send(body, "msg_1", **headers)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"secret": OTHER_SECRET}, id="another secret"),
        pytest.param({"webhook-signature": "v1,AAAA"}, id="a short signature"),
        pytest.param({"webhook-signature": "v1,not base64!"}, id="no base64"),
        pytest.param({"webhook-signature": b"v1,\xe9\xe9\xe9\xe9"}, id="no text"),
        pytest.param({"webhook-signature": ""}, id="no signature"),
        pytest.param({"webhook-timestamp": "soon"}, id="no time"),
        pytest.param({"webhook-timestamp": "99999999999999999999"}, id="a time too long"),
        pytest.param({"webhook-id": "msg_2"}, id="another id"),
        pytest.param({"webhook-id": "a.b"}, id="an id with a dot"),
        pytest.param({"there": "/v1/wmnow/webhooks/OTHER"}, id="a force without secrets"),
        pytest.param({"there": "/v1/wmnow/webhooks/NOWHERE"}, id="no force"),
    ],
)
def test_what_is_not_signed_is_refused_alike_and_not_kept(sender: Sender, spoil: dict[str, Any]) -> None:
    answer = sender.send(message(item(1), sender.api.clock.at), "msg_1", **spoil)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-refused")
    assert answer.json()["detail"] == "The message was not kept."
    assert sender.outcomes() == {}


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_messages_older_or_newer_than_five_minutes_are_refused(
    sender: Sender, seconds: int, status: int
) -> None:
    at = sender.api.clock.at + timedelta(seconds=seconds)
    assert sender.send(message(item(1), at), "msg_1", at=at).status_code == status


def test_one_changed_byte_is_seen(sender: Sender) -> None:
    body = message(item(1), sender.api.clock.at)
    told = signed(TRACKER_SECRET, "msg_1", sender.api.clock.at, body)
    answer = sender.api.client.post(THERE, content=body.replace(b"E-1", b"E-2"), headers=told)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", "unreadable"),
        (b"[]", "unreadable"),
        (b'{"type": "engagement.upserted"', "unreadable"),
        (b'{"type": "engagement.upserted", "timestamp": "2026-03-02T18:30:00Z", "data": []}', "unreadable"),
        (b'{"type": "member.joined", "timestamp": "2026-03-02T18:30:00Z", "data": {}}', "unknown-type"),
        (b'{"type": "engagement.upserted", "timestamp": "2026-03-02T18:30:00Z", "data": {}}', "rejected"),
        (b"\xff\xfe\x00", "unreadable"),
    ],
)
def test_signed_rubbish_is_told_and_keeps_nobody_waiting(sender: Sender, body: bytes, outcome: str) -> None:
    assert sender.send(body, "msg_bad").status_code == 202
    sender.tell("msg_good", 1)
    assert sender.read() == 2
    assert sender.outcomes() == {"msg_bad": outcome, "msg_good": "new"}


def test_a_body_too_large_is_refused_before_it_is_read(sender: Sender) -> None:
    answer = sender.send(b"x" * 300_000, "msg_1")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_one_that_cannot_be_stored_waits_alone_and_can_be_read_again(sender: Sender) -> None:
    sender.tell("msg_poison", 666)
    sender.tell("msg_good", 1)
    full = [True]

    @event.listens_for(sender.engine, "before_cursor_execute")
    def refuse(_conn: object, _cursor: object, _sql: object, parameters: object, *_: object) -> None:
        if full[0] and "E-666" in str(parameters):
            raise OSError("no room")

    for _ in range(inbox.MOST_ATTEMPTS):
        sender.read()
    assert sender.outcomes() == {"msg_poison": "failed", "msg_good": "new"}
    assert sender.read() == 0
    assert inbox.forget(sender.engine, sender.api.clock.at + timedelta(days=89)) == 1, "the good one"
    full[0] = False
    failed = sender.api.get("4134", "/v1/wmnow/messages", outcome="failed").json()["items"][0]
    there = f"/v1/wmnow/messages/{failed['id']}/read-again"
    assert sender.api.post("4111", there, {}).status_code == 403
    assert sender.api.post("4134", there, {}).status_code == 200
    assert sender.api.post("4134", there, {}).status_code == 409
    assert sender.read() == 1
    assert sender.held().keys() == {"E-666", "E-1"}


def test_a_busy_database_is_no_message_s_fault(sender: Sender) -> None:
    """A file of minutes keeps all others waiting, however often it is tried meanwhile."""
    for number in range(3):
        sender.tell(f"msg_{number}", number)
    busy = [True]

    @event.listens_for(sender.engine, "before_cursor_execute")
    def refuse(_conn: object, _cursor: object, sql: str, *_: object) -> None:
        if busy[0] and "INSERT INTO wmnow_versions" in sql:
            raise OperationalError("INSERT", None, Exception("locked"))

    for _ in range(inbox.MOST_ATTEMPTS + 1):
        with pytest.raises(OperationalError):
            sender.read()
    assert set(sender.outcomes().values()) == {None}
    busy[0] = False
    assert sender.read() == 3
    assert set(sender.outcomes().values()) == {"new"}


def test_one_that_could_not_be_stored_is_let_go_in_the_end(sender: Sender) -> None:
    sender.tell("msg_1", 1)
    with transaction(sender.engine) as session:
        session.connection().execute(update(WmnowInbox).values(outcome="failed", done_at=sender.api.clock.at))
    assert inbox.forget(sender.engine, sender.api.clock.at + timedelta(days=89)) == 0
    assert inbox.forget(sender.engine, sender.api.clock.at + timedelta(days=91)) == 1


def test_what_was_done_a_week_ago_is_forgotten(sender: Sender) -> None:
    sender.tell("msg_1", 1)
    sender.read()
    assert inbox.forget(sender.engine, sender.api.clock.at + timedelta(days=6)) == 0
    assert inbox.forget(sender.engine, sender.api.clock.at + timedelta(days=8)) == 1
    assert sender.held().keys() == {"E-1"}


def test_messages_of_one_force_are_not_another_s_to_see(sender: Sender) -> None:
    sender.tell("msg_1", 1)
    sender.read()
    with reading(sender.engine) as session:
        row = session.exec(select(WmnowInbox)).one()
    assert isinstance(row.force_id, UUID)
    assert sender.api.get("7101", "/v1/wmnow/messages").status_code == 403
