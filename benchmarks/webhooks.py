"""How fast a signed message is answered while the same server pulls, on both databases.

`python -m benchmarks.webhooks`. A stand-in of the tracker, in a process of its own, holds 30,000 engagements; the
server begins to read them as it starts, and messages are sent to it one after the other, 20 a second, until it has read
them all. Every answer is counted. Then as many are sent while nothing is pulled: what the machine does besides is in
both.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx2 as httpx

from app.clock import utc_now
from app.wmnow.pulling import ITEMS_A_PAGE
from benchmarks.service import serving
from demo.serving import listen, serving as tracker_serving
from demo.wmnow import CLIENT_ID, Tracker, create_tracker, message, signed
from tests.conftest import TRACKER_SECRET
from tests.postgres import running_server
from tests.wmnow.tracker import item

ROWS = 30_000
A_SECOND = 20
MOST = 2_000


@contextmanager
def told(settings: dict[str, str]) -> Iterator[None]:
    """Settings for the server that is started meanwhile."""
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]


def _serve_tracker(
    told: "multiprocessing.Queue[tuple[int, str]]", asked: "Synchronized[int]", done: Event
) -> None:
    """Serves the stand-in until it is told to stop; says where, and how often it was asked for a page."""
    tracker = Tracker()
    tracker.put(*(item(number) for number in range(ROWS)))
    bound = listen(0)
    with tracker_serving(create_tracker(tracker), bound):
        told.put((bound.getsockname()[1], tracker.secret))
        while not done.wait(0.05):
            asked.value = tracker.asked


@contextmanager
def tracker_apart() -> Iterator[tuple[str, str, "Synchronized[int]"]]:
    """The stand-in in a process of its own, so that it holds up neither the server nor the clock: its address, the
    client's secret, and how often it was asked."""
    context = multiprocessing.get_context("spawn")
    told, asked, done = context.Queue(), context.Value("i", 0), context.Event()
    process = context.Process(target=_serve_tracker, args=(told, asked, done))
    process.start()
    try:
        port, secret = told.get(timeout=120)
        yield f"http://127.0.0.1:{port}", secret, asked
    finally:
        done.set()
        process.join(30)


@dataclass(frozen=True)
class Answers:
    """Seconds of each answer while the pull went on, and of as many afterwards; how long the pull took."""

    pulling: Sequence[float]
    quiet: Sequence[float]
    seconds: float


def measure(database_url: str) -> Answers:
    """How messages are answered by a server on this empty database."""
    with tracker_apart() as (base, secret, asked):
        feed = {
            "force_code": "FORCE", "base_url": base, "token_url": f"{base}/token", "client_id": CLIENT_ID,
            "client_secret": secret,
        }  # fmt: skip
        settings = {
            "BEATCHECK_WMNOW_FEEDS": json.dumps([feed]),
            "BEATCHECK_WMNOW_WEBHOOKS": json.dumps([{"force_code": "FORCE", "secrets": [TRACKER_SECRET]}]),
        }
        with told(settings), serving(database_url) as service:
            return _send(service.port, asked)


def _send(port: int, asked: "Synchronized[int]") -> Answers:
    there = f"http://127.0.0.1:{port}/v1/wmnow/webhooks/FORCE"

    def send(number: int) -> float:
        body = message(item(ROWS + number), utc_now())
        headers = signed(TRACKER_SECRET, f"msg_{uuid4().hex}", utc_now(), body)
        begun = time.perf_counter()
        answer = http.post(there, content=body, headers=headers)
        took = time.perf_counter() - begun
        if answer.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(f"answered {answer.status_code}")
        time.sleep(max(1 / A_SECOND - took, 0))
        return took

    pulling: list[float] = []
    started = time.perf_counter()
    with httpx.Client(timeout=60) as http:
        while asked.value * ITEMS_A_PAGE < ROWS and len(pulling) < MOST:
            pulling.append(send(len(pulling)))
        seconds = time.perf_counter() - started
        return Answers(pulling, [send(len(pulling) + number) for number in range(len(pulling))], seconds)


def _tell(database: str, found: Answers) -> None:
    print(
        f"{database}: {len(found.pulling)} messages while {ROWS} rows were pulled in {found.seconds:.0f} s: "
        f"{spread(found.pulling)} (goal: 99 of 100 within 50); as many while nothing was: {spread(found.quiet)}; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def spread(seconds: Sequence[float]) -> str:
    """What half of them and 99 of 100 were within, in milliseconds."""
    ordered = sorted(seconds)
    p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 for share in (0.5, 0.99))
    return f"half within {p50:.1f} ms, 99 of 100 within {p99:.1f} ms"


def run() -> None:
    """Measures both databases and prints them."""
    with TemporaryDirectory() as folder:
        _tell("SQLite", measure(f"sqlite:///{Path(folder) / 'webhooks.db'}"))
    with running_server() as server:
        _tell("PostgreSQL", measure(server.create(f"bench_{uuid4().hex[:8]}")))


if __name__ == "__main__":
    run()
