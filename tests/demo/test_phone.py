"""The reference phone against a server that is away, slow or strict: nothing is lost, nothing is new twice."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest

from app.clock import to_ms
from demo.clients.changes import follow
from demo.clients.facts import Item, JsonObject, amended, check_in, check_out, fix_batch
from demo.clients.fixes import Fix
from demo.clients.phone import FIRST_WAIT_S, MOST_ITEMS, MOST_ROUNDS, Phone, chunks, clock_that_is
from demo.clients.queue import Queue
from demo.ids import named_uuid7, uuid7

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOON_MS = to_ms(NOON)
DEVICE = named_uuid7(0, "a phone")
PATROL = named_uuid7(1, "a patrol")
OFFICER, COLLEAGUE = named_uuid7(2, "an officer"), named_uuid7(2, "a colleague")
HERE = Fix(1_795_000_000_000, 52.48, -1.9, 6.0)
FACTS: JsonObject = {"programme": "TGP_SCHEDULED", "uniform_state": "UNIFORM", "mode": "FOOT"}
BEGINS = check_in(PATROL, DEVICE, HERE.at_ms, HERE, {})
BATCH = fix_batch(PATROL, named_uuid7(2, "batch"), DEVICE, 0, (HERE,))
ENDS = check_out(PATROL, HERE.at_ms, HERE)


@dataclass
class Street:
    """A phone, the answers it will get in turn (the last one for good), what it sent and how long it waited."""

    answers: list[httpx.Response | Exception]
    sent: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    token: Callable[[], str | None] = lambda: "token"

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def phone(self, queue: Queue, now: Callable[[], datetime] = lambda: NOON) -> Phone:
        http = httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://beatcheck.test")
        return Phone(http, self.token, queue, now=now, sleep=self.waits.append, random=Random(1))

    def bodies(self) -> list[Any]:
        return [
            json.loads(gzip.decompress(each.content) if "Content-Encoding" in each.headers else each.content)
            for each in self.sent
        ]


@pytest.fixture
def queue() -> Iterator[Queue]:
    with closing(Queue()) as queue:
        yield queue


def ok(status: int = 201, **content: object) -> httpx.Response:
    return httpx.Response(status, json=content or {"id": "…"})


def synced(*results: dict[str, object], **more: object) -> httpx.Response:
    return httpx.Response(200, json={"results": results, "patrols": [], **more})


def outcome(name: str, status: int, code: str | None = None, **more: object) -> dict[str, object]:
    problem = None if code is None else {"code": code, "detail": "Why."}
    return {"outcome": name, "status": status, "problem": problem, **more}


CREATED, REPLAYED = outcome("created", 201), outcome("replayed", 200)


def problem(status: int, code: str, retryable: bool, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(
        status, json={"code": code, "detail": "Why.", "retryable": retryable}, headers=headers
    )


def items_of(queue: Queue) -> list[Item]:
    return [each.item for each in queue.waiting()]


def test_one_fact_goes_by_its_own_address_and_many_in_one_request(queue: Queue) -> None:
    street = Street([ok(), synced(CREATED, CREATED)])
    phone = street.phone(queue)
    queue.keep([BEGINS])
    assert phone.send()
    queue.keep([BATCH, ENDS])
    assert phone.send()
    assert [(each.method, each.url.path) for each in street.sent] == [
        ("PUT", f"/v1/patrols/{PATROL}"),
        ("POST", "/v1/sync"),
    ]
    assert [item["kind"] for item in street.bodies()[1]["items"]] == ["fix-batch", "check-out"]
    assert street.bodies()[1]["items"][0]["patrol_id"] == str(PATROL)
    assert phone.tally.created == 3


def test_a_lost_answer_is_asked_for_again_with_the_same_content(queue: Queue) -> None:
    lost: list[httpx.Response | Exception] = [
        httpx.ReadTimeout("lost"),
        httpx.Response(200, content=b'{"results": [{"outco'),
        synced(REPLAYED, REPLAYED),
    ]
    street = Street(lost)
    phone = street.phone(queue)
    queue.keep([BEGINS, ENDS])
    assert phone.send()
    assert [body == street.bodies()[0] for body in street.bodies()] == [True] * 3
    assert (phone.tally.replayed, phone.tally.failed_tries, len(queue)) == (2, 2, 0)


def test_a_server_that_asks_for_patience_gets_it_and_a_little_more(queue: Queue) -> None:
    street = Street([problem(503, "unavailable", True, {"Retry-After": "7"}), ok()])
    queue.keep([ENDS])
    assert street.phone(queue).send()
    assert 7.0 <= street.waits[0] <= 7.0 + FIRST_WAIT_S


def test_tries_are_bounded_and_spread_and_what_is_left_stays_in_order(queue: Queue) -> None:
    street = Street([httpx.ConnectError("no signal")])
    queue.keep([BEGINS, ENDS])
    assert not street.phone(queue).send()
    assert items_of(queue) == [BEGINS, ENDS]
    assert len(street.sent) == MOST_ROUNDS
    assert all(0 <= wait <= FIRST_WAIT_S * 2**number for number, wait in enumerate(street.waits))
    assert len(set(street.waits)) == len(street.waits) == MOST_ROUNDS - 1


def test_what_is_deferred_waits_and_the_rest_is_done_with(queue: Queue) -> None:
    street = Street([synced(outcome("deferred", 409, "parent-unknown"), CREATED), synced(CREATED)])
    queue.keep([BATCH, ENDS])
    assert street.phone(queue).send()
    assert [len(body["items"]) for body in street.bodies()] == [2, 1]


def test_a_refused_fact_is_kept_with_its_reason_and_holds_nothing_up(queue: Queue) -> None:
    street = Street([synced(outcome("conflict", 409, "conflict"), CREATED)])
    phone = street.phone(queue)
    queue.keep([ENDS, BEGINS])
    assert phone.send()
    [kept] = queue.refused()
    assert (kept.path, kept.status, kept.code) == (ENDS.path, 409, "conflict")
    assert json.loads(str(kept.content)) == ENDS.content
    assert phone.tally.created == 1


def test_what_the_server_holds_itself_is_shown_and_no_longer_kept_here(queue: Queue) -> None:
    rejected = outcome("rejected", 422, "invalid", quarantine_id="q1")
    aside = outcome("quarantined", 202, reason="uploaded-by-another", quarantine_id="q2")
    phone = Street([synced(rejected, aside)]).phone(queue)
    queue.keep([BEGINS, ENDS])
    assert phone.send()
    assert [(each.quarantine_id, each.content) for each in queue.refused()] == [("q1", None), ("q2", None)]
    assert [each.code for each in queue.refused()] == ["invalid", "uploaded-by-another"]
    assert phone.tally.aside == 1


def test_a_fix_refused_inside_an_accepted_batch_is_kept_too(queue: Queue) -> None:
    fault = {"index": 3, "code": "latitude", "detail": "Too far north."}
    queue.keep([BATCH])
    assert Street([ok(rejected=[fault])]).phone(queue).send()
    assert [kept.path for kept in queue.refused()] == [f"{BATCH.path}#/fixes/3"]


def test_a_proxy_error_never_loses_a_fact(queue: Queue) -> None:
    street = Street([httpx.Response(502, text="<html>proxy</html>"), synced(CREATED)])
    queue.keep([ENDS])
    assert street.phone(queue).send()


def test_an_expired_token_keeps_the_queue_until_there_is_another(queue: Queue) -> None:
    tokens = ["old"]
    street = Street([problem(401, "not-authenticated", False), synced(CREATED, CREATED)])
    street.token = lambda: tokens[0]
    phone = street.phone(queue)
    queue.keep([BEGINS, ENDS])
    assert not phone.send()
    assert (len(street.sent), street.waits) == (1, []), "the same token is not tried again"
    tokens[0] = "new"
    assert phone.send()
    assert street.sent[1].headers["Authorization"] == "Bearer new"


def test_a_request_that_is_refused_whole_is_halved_down_to_the_one_that_spoils_it(queue: Queue) -> None:
    poison = check_in(named_uuid7(3, "poison"), DEVICE, HERE.at_ms, None, {"operation": "\ud83d"})

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            return problem(400, "malformed", False) if str(poison.id) in request.url.path else ok()
        body = request.content
        if "Content-Encoding" in request.headers:
            body = gzip.decompress(body)
        items = json.loads(body)["items"]
        if any(item["id"] == str(poison.id) for item in items):
            return problem(400, "malformed", False)
        return synced(*[CREATED for _ in items])

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://beatcheck.test")
    phone = Phone(http, lambda: "token", queue, now=lambda: NOON, sleep=lambda _: None, random=Random(1))
    good = [check_out(named_uuid7(number, "good"), HERE.at_ms) for number in range(9)]
    queue.keep([*good[:4], poison, *good[4:]])
    assert phone.send()
    assert [(kept.id, kept.code) for kept in queue.refused()] == [(str(poison.id), "malformed")]
    assert phone.tally.created == 9


def test_an_id_that_is_taken_is_made_anew_in_everything_that_names_it(queue: Queue) -> None:
    search = Item("activity", named_uuid7(4, "search"), {"patrol_id": str(PATROL)})
    taken = outcome("conflict", 409, "id-taken")
    deferred = outcome("deferred", 409, "parent-unknown")
    street = Street([synced(taken, deferred, deferred, deferred), synced(CREATED, CREATED, CREATED, CREATED)])
    queue.keep([BEGINS, BATCH, search, ENDS])
    assert street.phone(queue).send()
    first, second = street.bodies()
    assert str(PATROL) not in json.dumps(second)
    fresh = second["items"][0]["id"]
    assert second["items"][1]["patrol_id"] == second["items"][2]["content"]["patrol_id"] == fresh
    assert second["items"][3]["id"] == fresh
    assert first["items"][1]["id"] == second["items"][1]["id"]


def test_what_says_something_of_a_fact_never_overtakes_it(queue: Queue) -> None:
    search = Item("activity", named_uuid7(4, "search"), {})
    back = Item("activity-void", search.id, {"reason": "Twice."})
    street = Street([problem(409, "parent-unknown", True), synced(CREATED), ok()])
    queue.keep([search, back])
    assert street.phone(queue).send()
    assert [each.url.path for each in street.sent] == [search.path, "/v1/sync", back.path]
    assert len(street.bodies()[1]["items"]) == 1


def test_an_amendment_is_a_fact_of_its_own(queue: Queue) -> None:
    search = Item("activity", named_uuid7(4, "search"), {"kind": "STOP_SEARCH", "reference": "SS/1"})
    better = amended(search, 1, "Wrong number.", reference="SS/2")
    street = Street([ok(), ok(200)])
    queue.keep([search, better, better])
    assert street.phone(queue).send()
    assert [each.headers.get("If-Match") for each in street.sent] == [None, '"1"']
    assert street.bodies()[1]["reference"] == "SS/2"
    assert better.as_sync()["if_match"] == '"1"'


def test_large_bodies_are_compressed_and_the_clock_at_the_try_is_told(queue: Queue) -> None:
    street = Street([ok()])
    phone = street.phone(queue, clock_that_is(420, lambda: NOON))
    queue.keep([fix_batch(PATROL, named_uuid7(2, "batch"), DEVICE, 4, (HERE,) * 100)])
    assert phone.send()
    [request] = street.sent
    assert request.headers["Sent-At"] == "2026-11-20T12:07:00Z"
    assert request.headers["Content-Encoding"] == "gzip"
    content = json.loads(gzip.decompress(request.content))
    assert (content["sequence"], len(content["fixes"])) == (4, 100)
    assert content["fixes"][0]["lat"] == HERE.lat


def test_requests_are_no_larger_than_the_server_takes(queue: Queue) -> None:
    queue.keep(
        fix_batch(PATROL, named_uuid7(number, "b"), DEVICE, number, (HERE,) * (1000 if number < 40 else 1))
        for number in range(1100)
    )
    found = list(chunks(queue.waiting()))
    assert [each for chunk in found for each in chunk] == queue.waiting()
    for chunk in found:
        raw = json.dumps([each.item.content for each in chunk])
        assert len(chunk) <= MOST_ITEMS and len(raw) < 2**20 and raw.count(":") <= 100_000


@dataclass
class Watch:
    """A phone's clock."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


def test_a_shift_is_captured_without_signal_and_survives_the_app(tmp_path: Path) -> None:
    watch, street = Watch(), Street([httpx.ConnectError("no signal")])
    with closing(Queue(tmp_path / "queue")) as queue:
        phone = street.phone(queue, watch)
        phone.sign_in(OFFICER)
        patrol_id = phone.start(FACTS, HERE)
        device_id = phone.device_id
        for second in range(0, 300, 10):
            phone.locate(Fix(NOON_MS + 1000 * second, 52.48, -1.9, 6.0))
        phone.record("activity", {"kind": "STOP_SEARCH"})
    # The app is killed here: whatever was not on disk is gone.
    watch.at += timedelta(seconds=330)
    with closing(Queue(tmp_path / "queue")) as queue:
        phone = street.phone(queue, watch)
        assert (phone.patrol_id, phone.device_id) == (patrol_id, device_id)
        phone.locate(Fix(NOON_MS + 330_000, 52.48, -1.9, 6.0))
        phone.finish(HERE, reason="ARREST_MADE")
        found = items_of(queue)
        assert [each.kind for each in found] == [
            "check-in", "fix-batch", "fix-batch", "activity", "fix-batch", "check-out",
        ]  # fmt: skip
        batches = [each.content for each in found if each.kind == "fix-batch"]
        assert [each["sequence"] for each in batches] == [0, 1, 2]
        times = [fix["recorded_at"] for each in batches for fix in each["fixes"]]  # type: ignore[attr-defined]
        assert len(times) == len(set(times)) == 11
        assert {each.content["captured_by"] for each in found} == {str(OFFICER)}
        assert all(each.id.version == 7 for each in found)
        assert found[-1].content["reason"] == "ARREST_MADE"
        assert not phone.wants_position(NOON_MS + 400_000)


def test_positions_are_taken_as_the_server_asks_and_never_outside_a_patrol(queue: Queue) -> None:
    watch = Watch()
    advice = {"report_every_seconds": 15, "batch_every_seconds": 60, "stop": False}
    street = Street([ok(advice=advice), ok(advice={**advice, "stop": True})])
    phone = street.phone(queue, watch)
    assert not phone.wants_position(NOON_MS)
    phone.start(FACTS)
    assert phone.advice["report_every_seconds"] == 30
    assert phone.send()
    taken = [
        second for second in range(0, 61, 5) if phone.locate(Fix(NOON_MS + 1000 * second, 52.48, -1.9, 6.0))
    ]
    assert taken == [0, 15, 30, 45, 60]
    assert len(queue) == 1, "the batch was closed after a minute"
    # The patrol was taken back on the officer's other phone.
    assert phone.send()
    assert phone.advice["stop"] is True
    assert not phone.wants_position(NOON_MS + 600_000)


def test_the_words_of_one_officer_wait_while_a_colleague_is_signed_in(queue: Queue) -> None:
    street = Street([synced(CREATED, CREATED), ok()])
    phone = street.phone(queue)
    phone.sign_in(OFFICER)
    phone.start(FACTS)
    said = phone.record("explanation", {"kind": "EXPLANATION", "text": "No signal."}, phone.patrol_id)
    phone.sign_in(COLLEAGUE)
    assert phone.patrol_id is None, "the patrol of the one before ends with the handing over"
    assert not phone.send()
    assert items_of(queue) == [said]
    phone.sign_in(OFFICER)
    assert phone.send()
    assert street.sent[-1].url.path == said.path


def page(cursor: str, *changes: dict[str, object], more: bool = False) -> httpx.Response:
    return httpx.Response(200, json={"changes": changes, "next_cursor": cursor, "more": more})


def test_changes_are_followed_from_where_they_were_and_begun_again_when_told(queue: Queue) -> None:
    one: JsonObject = {"kind": "patrol"}
    two: JsonObject = {"kind": "window"}
    street = Street(
        [page("a"), page("b", one, more=True), page("c", two), problem(410, "start-again", False), page("z")]
    )
    phone = street.phone(queue)
    read: list[object] = []
    for _ in range(3):
        follow(phone, lambda: read.append("everything"), read.append)
    assert read == ["everything", one, two, "everything"]
    asked = [each.url.params.get("cursor") for each in street.sent]
    assert asked == [None, "a", "b", "c", None]
    assert queue.recall("cursor") == "z"


def test_a_uuid_of_version_7_sorts_by_time_and_is_built_from_what_is_given() -> None:
    assert str(uuid7(0, bytes(10))) == "00000000-0000-7000-8000-000000000000"
    # The example of RFC 9562, appendix A.6.
    example = uuid7(0x017F22E279B0, bytes.fromhex("0cc318c4dc0c0c07398f"))
    assert example == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    assert uuid7(1, bytes(10)) < uuid7(2, bytes(10))
    with pytest.raises(ValueError, match="ten random bytes"):
        uuid7(0, bytes(9))
