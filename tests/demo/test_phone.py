"""The reference phone against a server that is away, slow or strict: nothing is lost, nothing is new twice."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import httpx2 as httpx
import pytest

from demo.ids import named_uuid7, uuid7
from demo.phone import MOST_ROUNDS, Phone, clock_that_is
from demo.tracks import Fix

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DEVICE = named_uuid7(0, "a phone")
PATROL = named_uuid7(1, "a patrol")
HERE = Fix(1_795_000_000_000, 52.48, -1.9, 6.0)


@dataclass
class Street:
    """A phone, the answers it will get in turn (the last one for good), what it sent and how long it waited."""

    answers: list[httpx.Response | Exception]
    sent: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def phone(self, now: Callable[[], datetime] = lambda: NOON) -> Phone:
        http = httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://beatcheck.test")
        return Phone(http, DEVICE, lambda: "token", now=now, sleep=self.waits.append, random=Random(1))


def ok(status: int = 201, **content: object) -> httpx.Response:
    return httpx.Response(status, json=content)


def problem(status: int, code: str, retryable: bool, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(
        status, json={"code": code, "detail": "Why.", "retryable": retryable}, headers=headers
    )


def test_a_lost_answer_is_asked_for_again_with_the_same_address_and_body() -> None:
    street = Street([httpx.ReadTimeout("lost"), ok(200)])
    phone = street.phone()
    phone.queue.append(phone.check_out(PATROL, HERE.at_ms, HERE))
    assert phone.send()
    first, second = street.sent
    assert (first.url, first.content) == (second.url, second.content)
    assert (phone.tally.replayed, phone.tally.failed_tries, phone.queue) == (1, 1, [])


def test_a_server_that_asks_for_patience_gets_it() -> None:
    street = Street([problem(503, "unavailable", True, {"Retry-After": "7"}), ok()])
    phone = street.phone()
    phone.queue.append(phone.check_out(PATROL, HERE.at_ms, HERE))
    assert phone.send()
    assert street.waits == [7.0]


def test_tries_are_bounded_and_what_is_left_stays_in_the_queue_in_order() -> None:
    street = Street([httpx.ConnectError("no signal")])
    phone = street.phone()
    items = [phone.check_out(PATROL, at_ms, HERE) for at_ms in (1_795_000_000_000, 1_795_000_001_000)]
    phone.queue += items
    assert not phone.send()
    assert phone.queue == items
    assert len(street.sent) == MOST_ROUNDS
    assert street.waits == sorted(street.waits)


def test_a_batch_ahead_of_its_check_in_waits_while_the_check_in_goes_through() -> None:
    street = Street([problem(409, "parent-unknown", True), ok(), ok()])
    phone = street.phone()
    batch = phone.fix_batch(PATROL, named_uuid7(2, "batch"), 0, (HERE,))
    phone.queue += [batch, phone.check_in(PATROL, HERE.at_ms, HERE, {})]
    assert phone.send()
    paths = [request.url.path for request in street.sent]
    assert paths == [batch.path, f"/v1/patrols/{PATROL}", batch.path]
    assert phone.tally.created == 2


def test_a_refused_fact_is_kept_with_its_reason_and_does_not_hold_up_the_next() -> None:
    street = Street([problem(409, "conflict", False), ok()])
    phone = street.phone()
    phone.queue += [phone.check_out(PATROL, HERE.at_ms, HERE), phone.check_in(PATROL, HERE.at_ms, HERE, {})]
    assert phone.send()
    [kept] = phone.tally.rejected
    assert (kept.path, kept.status, kept.code) == (f"/v1/patrols/{PATROL}/check-out", 409, "conflict")
    assert phone.tally.created == 1


def test_a_fix_refused_inside_an_accepted_batch_is_kept_too() -> None:
    street = Street([ok(rejected=[{"index": 3, "code": "latitude", "detail": "Too far north."}])])
    phone = street.phone()
    batch = phone.fix_batch(PATROL, named_uuid7(2, "batch"), 0, (HERE,))
    phone.queue.append(batch)
    assert phone.send()
    assert [kept.path for kept in phone.tally.rejected] == [f"{batch.path}#/fixes/3"]


@pytest.mark.parametrize(
    "answer", [httpx.Response(502, text="<html>proxy</html>"), problem(401, "not-authenticated", False)]
)
def test_a_proxy_error_or_an_expired_token_never_loses_a_fact(answer: httpx.Response) -> None:
    street = Street([answer, ok()])
    phone = street.phone()
    phone.queue.append(phone.check_out(PATROL, HERE.at_ms, HERE))
    assert phone.send()
    assert phone.tally.created == 1


def test_large_bodies_are_compressed_and_the_clock_at_the_try_is_told() -> None:
    street = Street([ok()])
    phone = street.phone(clock_that_is(420, lambda: NOON))
    phone.queue.append(phone.fix_batch(PATROL, named_uuid7(2, "batch"), 4, (HERE,) * 100))
    assert phone.send()
    [request] = street.sent
    assert request.headers["Sent-At"] == "2026-11-20T12:07:00Z"
    assert request.headers["Content-Encoding"] == "gzip"
    content = json.loads(gzip.decompress(request.content))
    assert (content["sequence"], len(content["fixes"])) == (4, 100)
    assert content["fixes"][0]["lat"] == HERE.lat


def test_a_uuid_of_version_7_sorts_by_time_and_is_built_from_what_is_given() -> None:
    assert str(uuid7(0, bytes(10))) == "00000000-0000-7000-8000-000000000000"
    # The example of RFC 9562, appendix A.6.
    example = uuid7(0x017F22E279B0, bytes.fromhex("0cc318c4dc0c0c07398f"))
    assert example == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    assert uuid7(1, bytes(10)) < uuid7(2, bytes(10))
    with pytest.raises(ValueError, match="ten random bytes"):
        uuid7(0, bytes(9))
