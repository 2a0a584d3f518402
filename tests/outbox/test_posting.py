"""One request to somebody else's web server: to the machine that was checked, not followed anywhere, in its time."""

import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event

import pytest

from app.outbox.addresses import Allowed
from app.outbox.attempts import Failure, Outcome
from app.outbox.posting import Poster, Resolve
from tests.outbox.certificates import Authority
from tests.outbox.receiver import (
    Behaviour,
    Receiver,
    drip,
    endless,
    hang_up,
    receiving,
    say_nothing,
    status,
)

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
HERE = Allowed(
    ("127.0.0.1", "hooks.force.example"), (ip_network("127.0.0.0/8"), ip_network("::1/128")), plain=True
)


def post(url: str, allowed: Allowed = HERE, seconds: float = 5.0) -> Outcome:
    return Poster(allowed, seconds=seconds).post(url, b'{"a":1}', {"webhook-id": "1"}, NOW)


def answering(*addresses: str) -> Resolve:
    """A name service that says these addresses of every name."""

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def test_a_request_arrives_whole_and_any_2xx_is_taken() -> None:
    with receiving([status(200), status(202), status(204)]) as receiver:
        assert [post(receiver.url) for _ in range(3)] == [None] * 3
        first, *_ = receiver.all()
    assert first.path == "/hook?sig=SECRET-SIG"
    assert first.body == b'{"a":1}'
    assert first.headers["content-type"] == "application/json"
    assert first.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert first.headers["user-agent"] == "Beatcheck"


@pytest.mark.parametrize(
    ("behaviour", "failure"),
    [
        (status(500), Failure("status-500")),
        (status(401), Failure("status-401")),
        (status(429, Retry_After="120"), Failure("status-429", timedelta(minutes=2))),
        (
            status(503, Retry_After="Mon, 02 Mar 2026 19:01:00 GMT"),
            Failure("status-503", timedelta(minutes=1)),
        ),
        (status(410), Failure("gone", for_good=True)),
        (status(304), Failure("redirected")),
        (hang_up, Failure("connection-lost")),
        (say_nothing, Failure("timeout")),
        (drip, Failure("timeout")),
    ],
)
def test_what_is_not_taken_is_told_by_a_code(behaviour: Behaviour, failure: Failure) -> None:
    with receiving([behaviour]) as receiver:
        assert post(receiver.url, seconds=0.5) == failure


def test_a_name_service_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go, over = Event(), Event()

    def silent(*_asked: object, **_also: object) -> list[object]:
        let_go.wait(20)
        over.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert post("http://hooks.force.example:9/hook", seconds=0.2) == Failure("timeout")
    assert not over.is_set()
    let_go.set()
    assert over.wait(20)


def test_a_name_that_cannot_be_asked_for() -> None:
    host = "a" * 64 + ".force.example"
    assert post(f"http://{host}/", Allowed(("*.force.example",), plain=True)) == Failure("name-unknown")


def test_nobody_is_followed_anywhere() -> None:
    with receiving() as elsewhere, receiving([status(307, Location=elsewhere.url)]) as receiver:
        assert post(receiver.url) == Failure("redirected")
        assert elsewhere.all() == []
        assert len(receiver.all()) == 1


def test_an_answer_without_end_is_not_read() -> None:
    begun = time.process_time()
    with receiving([endless]) as receiver:
        assert post(receiver.url) is None
    assert time.process_time() - begun < 2


def test_a_host_that_is_not_listed_hears_nothing() -> None:
    with receiving() as receiver:
        other = Allowed(("hooks.force.example",), HERE.networks, plain=True)
        assert post(receiver.url, other) == Failure("host-not-allowed")
        no_desk = Allowed(HERE.hosts, HERE.networks)
        assert post(receiver.url, no_desk) == Failure("not-https")
        assert post("http://127.0.0.1:1/a b") == Failure("no-web-address", for_good=True)
        assert receiver.all() == []


def test_a_listed_name_that_stands_for_a_machine_of_ours_hears_nothing() -> None:
    """DNS may say anything: also one good address beside one of ours."""
    with receiving() as receiver:
        url = f"http://hooks.force.example:{receiver.port}/"
        listed = Allowed(("hooks.force.example",), (), plain=True)
        for addresses in (
            ["127.0.0.1"],
            ["8.8.8.8", "127.0.0.1"],
            ["::ffff:127.0.0.1"],
            ["169.254.169.254"],
            [],
        ):
            poster = Poster(listed, seconds=5, resolve=answering(*addresses))
            assert poster.post(url, b"{}", {}, NOW) == Failure("address-refused"), addresses
        assert receiver.all() == []


def test_the_machine_that_was_checked_is_the_one_connected_to() -> None:
    """The name is looked up once: whoever answers otherwise the second time is not asked a second time."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.99"]

    with receiving() as receiver:
        poster = Poster(HERE, seconds=5, resolve=resolve)
        assert poster.post(f"http://hooks.force.example:{receiver.port}/x", b"{}", {}, NOW) is None
        (got,) = receiver.all()
    assert asked == ["hooks.force.example"]
    assert got.headers["host"] == f"hooks.force.example:{receiver.port}"


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with receiving() as receiver:
        poster = Poster(HERE, seconds=5, resolve=answering("127.0.0.2", "127.0.0.1"))
        with socket.socket() as taken:
            taken.bind(("127.0.0.2", receiver.port))
            assert poster.post(f"http://hooks.force.example:{receiver.port}/x", b"{}", {}, NOW) is None


def test_nobody_there_and_no_such_name() -> None:
    with receiving() as receiver:
        gone = receiver.url
    assert post(gone) == Failure("connection")

    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    poster = Poster(HERE, seconds=5, resolve=unknown)
    assert poster.post("http://hooks.force.example/", b"{}", {}, NOW) == Failure("name-unknown")


def test_a_certificate_must_be_of_the_name_that_was_asked_for(tmp_path: Path) -> None:
    """Although the connection goes to an address: the name is what was listed."""
    authority = Authority(tmp_path)

    def ask(receiver: Receiver, host: str, poster: Poster) -> Outcome:
        return poster.post(f"https://{host}:{receiver.port}/x", b"{}", {}, NOW)

    own = Poster(HERE, seconds=5, resolve=answering("127.0.0.1"), trust=authority.trust())
    with receiving(context=authority.serving("hooks.force.example")) as receiver:
        assert ask(receiver, "hooks.force.example", own) is None
        assert ask(receiver, "127.0.0.1", own) == Failure("tls")
        usual = Poster(HERE, seconds=5, resolve=answering("127.0.0.1"))
        assert ask(receiver, "hooks.force.example", usual) == Failure("tls")
        assert len(receiver.all()) == 1


def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up once more, and connect to whatever it found."""
    with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(receiver.url) is None
        assert (len(receiver.all()), proxy.all()) == (1, [])
