"""Slow and greedy callers do not starve honest ones, with the example proxy in front and without; an honest phone on
two kilobytes a second finishes, and whoever stalls is gone soon."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from time import monotonic
from typing import Any

import httpx2 as httpx
import pytest

from app.problems import TOO_LARGE, TOO_SLOW, UNAVAILABLE
from tests.assurance.conftest import Identity
from tests.assurance.phones import LONG_PAST, Fact, batch, check_in
from tests.assurance.proxy import Proxy, running_proxy
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.slow_senders import PHONE_BYTES_PER_SECOND, Crowd, Place, Staller, head, slow_phone
from tests.assurance.waiting import wait_until
from tests.postgres import free_port

# Patience with senders is no matter of the database.
pytestmark = pytest.mark.once

HONEST = 20
CALLS_EACH = 10
GENEROUS_SECONDS = 2.0
WORST_RATIO = 6.0
# Headers may take their whole patience after the connection's own.
LATEST = 2.5
LOG_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where callers go, how patient it is, and the proxy if there is one."""

    place: Place
    url: str
    patience: int
    proxy: Proxy | None


@pytest.fixture
def patience(trials: Callable[[int], int]) -> int:
    """Seconds: as shipped (20) at full length, else short, because everything below scales with it."""
    return max(3, trials(20))


@contextmanager
def _served(
    way: str, warm: WarmServer, environment: dict[str, str], log: Path, home: Path, patience: int
) -> Iterator[Served]:
    with ExitStack() as stack:
        service = warm.serve(environment, log)
        stack.callback(service.stop)
        if way == "directly":
            yield Served(Place(service.port), service.url, patience, None)
            return
        proxy = stack.enter_context(running_proxy(service.port, home, patience))
        yield Served(Place(proxy.port, proxy.trust), proxy.url, patience, proxy)


def _p95_of_honest(served: Served, token: str, name: str) -> float:
    """Seconds within which nineteen of twenty calls of honest phones are answered, all of them well."""
    trust = served.proxy.trust if served.proxy else True

    def calls(number: int) -> list[float]:
        found = []
        with httpx.Client(base_url=served.url, verify=trust, timeout=20) as http:
            http.headers["Authorization"] = f"Bearer {token}"
            http.headers["Content-Type"] = "application/json"
            for turn in range(CALLS_EACH):
                one = check_in(f"{name}-{number}-{turn}", "4101", LONG_PAST + timedelta(hours=number))
                began = monotonic()
                assert http.put(one.path, content=one.body).status_code == 201
                found.append(monotonic() - began)
        return found

    with ThreadPoolExecutor(HONEST) as pool:
        times = [each for found in pool.map(calls, range(HONEST)) for each in found]
    return quantiles(times, n=20)[-1]


def _stallers(place: Place, token: str, many: int) -> list[Staller]:
    some = check_in("stalled", "4101", LONG_PAST)
    signed_in, stranger = head(some, token, 100_000), head(some, None, 100_000)
    kinds = [
        lambda: Staller(place, b""),
        lambda: Staller(place, b"PUT /v1/patrols/", b"a"),
        lambda: Staller(place, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: 1", b"\r\nX-A: 1"),
        lambda: Staller(place, signed_in),
        lambda: Staller(place, signed_in + some.body[:40], b" "),
        lambda: Staller(place, stranger, b" "),
        lambda: Staller(place, b"\r\n", b"\r\n"),
    ]
    return [kinds[number % len(kinds)]() for number in range(many)]


def _a_long_batch(patience: int) -> Fact:
    """Fixes that take two kilobytes a second twice as long as anybody may be silent."""
    one = batch("slowly", "4101", 0, LONG_PAST, fixes=10)
    wanted = 2 * patience * PHONE_BYTES_PER_SECOND * 10 // len(one.body)
    return batch("slowly", "4101", 0, LONG_PAST, fixes=wanted)


@pytest.mark.parametrize("way", ["directly", "through-nginx"])
def test_stallers_are_gone_soon_and_honest_callers_do_not_notice(
    way: str,
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    log: Path,
    tmp_path: Path,
    patience: int,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    environment = identity.environment(force_url, sender_seconds=str(patience))
    token, many = identity.token("4101"), max(200, trials(1000))
    with _served(way, warm, environment, log, tmp_path / "nginx", patience) as served:
        alone = _p95_of_honest(served, token, f"{way}-alone")
        stallers = _stallers(served.place, token, many)
        opened = check_in("slowly", "4101", LONG_PAST)
        slow = _a_long_batch(patience)
        with Crowd(stallers).stalling():
            beside = _p95_of_honest(served, token, f"{way}-beside")
            assert slow_phone(served.place, opened, token)[0] == b"HTTP/1.1 201 Created"
            status, seconds = slow_phone(served.place, slow, token)
        assert status == b"HTTP/1.1 201 Created"
        assert seconds > 1.5 * patience, "the phone was not slow enough to prove anything"
        longest = max(one.seconds if one.seconds is not None else float("inf") for one in stallers)
        assert longest < LATEST * patience + 2
        assert beside < max(GENEROUS_SECONDS, WORST_RATIO * alone)
    figures(
        f"slow senders {way}", stallers=many, gone_after_seconds=round(longest, 1), patience_seconds=patience,
        honest_p95_ms_alone=round(alone * 1000), honest_p95_ms_beside=round(beside * 1000),
        slow_phone_seconds=round(seconds, 1),
    )  # fmt: skip
    assert_no_faults(log)


def test_the_proxys_own_words_are_the_services(tmp_path: Path) -> None:
    with (
        running_proxy(free_port(), tmp_path / "nginx", 3) as proxy,
        httpx.Client(base_url=proxy.url, verify=proxy.trust) as http,
    ):
        gone = http.get("/v1/time")
        large = http.put("/v1/patrols/a", content=b"x" * 1_048_577)
        bad = http.get("/v1/time", headers={"Host": "a b"})
    assert (gone.status_code, gone.json()["code"], gone.headers["Retry-After"]) == (
        503,
        UNAVAILABLE.code,
        "5",
    )
    assert gone.headers["Strict-Transport-Security"]
    assert (large.status_code, large.json()["code"]) == (413, TOO_LARGE.code)
    assert (bad.status_code, bad.json()["code"]) == (400, "malformed")


def test_the_proxy_logs_no_path_and_passes_headers_on(
    warm: WarmServer, identity: Identity, force_url: str, log: Path, tmp_path: Path
) -> None:
    environment = identity.environment(force_url)
    with _served("through-nginx", warm, environment, log, tmp_path / "nginx", 20) as served:
        proxy = served.proxy
        assert proxy is not None
        token = identity.token("4101")
        with httpx.Client(base_url=served.url, verify=proxy.trust) as http:
            known = http.get("/v1/me?canary=CANARY-4711", headers={"Authorization": f"Bearer {token}"})
            unknown = http.get("/v1/patrols/CANARY-4711", headers={"User-Agent": "CANARY-4711"})
            ready = http.get("/readyz")
        # nginx writes a line once it has sent the answer, so the last answer is here before its line is.
        wait_until(lambda: len(_requests(proxy)) == 3, LOG_SECONDS, proxy.logged)
        logged = proxy.logged()
    assert known.status_code in (200, 422)
    assert unknown.status_code == 401
    assert ready.status_code == 404
    # Once each, from whoever answered.
    assert unknown.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"]
    assert "server" not in unknown.headers or unknown.headers["server"] == "nginx"
    assert unknown.headers["Request-Id"] in logged
    assert "CANARY" not in logged and "127.0.0.1" not in logged
    assert {line["status"] for line in _requests(proxy)} >= {401, 404}


def _requests(proxy: Proxy) -> list[dict[str, Any]]:
    """What it logged of each request, of those it has written to the end."""
    whole = [line for line in proxy.logged().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line) for line in whole if line.startswith("{")]


def test_a_staller_is_told_why(
    warm: WarmServer, identity: Identity, force_url: str, log: Path, patience: int
) -> None:
    environment = identity.environment(force_url, sender_seconds="1")
    service = warm.serve(environment, log)
    place = Place(service.port)
    some = check_in("told", "4101", LONG_PAST)
    one = Staller(place, head(some, identity.token("4101")) + some.body[:40])
    with Crowd([one]).stalling():
        pass
    service.stop()
    first, _, rest = one.answer.partition(b"\r\n")
    assert first == b"HTTP/1.1 408 Request Timeout"
    assert re.search(rb"(?i)connection: close", rest)
    told = json.loads(rest.partition(b"\r\n\r\n")[2])
    assert (told["code"], told["retryable"]) == (TOO_SLOW.code, True)
    assert_no_faults(log)
