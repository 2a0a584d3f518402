"""How fast a signed message is answered while the same server pulls, on both databases.

`python -m benchmarks.webhooks`. A stand-in of the tracker holds 30,000 engagements; the server begins to read them as
it starts, and messages are sent to it one after the other, 20 a second, until it has read them all.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx2 as httpx

from app.clock import utc_now
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


def measure(database_url: str) -> Sequence[float]:
    """Seconds of each answer while the pull went on."""
    tracker = Tracker()
    tracker.put(*(item(number) for number in range(ROWS)))
    bound = listen(0)
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    feed = {
        "force_code": "FORCE", "base_url": base, "token_url": f"{base}/token", "client_id": CLIENT_ID,
        "client_secret": tracker.secret,
    }  # fmt: skip
    webhooks = [{"force_code": "FORCE", "secrets": [TRACKER_SECRET]}]
    settings = {
        "BEATCHECK_WMNOW_FEEDS": json.dumps([feed]),
        "BEATCHECK_WMNOW_WEBHOOKS": json.dumps(webhooks),
    }
    found: list[float] = []
    with told(settings), tracker_serving(create_tracker(tracker), bound), serving(database_url) as service:
        there = f"http://127.0.0.1:{service.port}/v1/wmnow/webhooks/FORCE"
        with httpx.Client() as http:
            while tracker.asked * 500 < ROWS and len(found) < MOST:
                body = message(item(ROWS + len(found)), utc_now())
                headers = signed(TRACKER_SECRET, f"msg_{uuid4().hex}", utc_now(), body)
                begun = time.perf_counter()
                answer = http.post(there, content=body, headers=headers)
                found.append(time.perf_counter() - begun)
                if answer.status_code != httpx.codes.ACCEPTED:
                    raise RuntimeError(f"answered {answer.status_code}")
                time.sleep(max(1 / A_SECOND - found[-1], 0))
    return found


def _tell(database: str, found: Sequence[float]) -> None:
    ordered = sorted(found)
    p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 for share in (0.5, 0.99))
    print(
        f"{database}: {len(found)} messages while {ROWS} rows were pulled, "
        f"half within {p50:.1f} ms, 99 of 100 within {p99:.1f} ms (goal 50)"
    )


def run() -> None:
    """Measures both databases and prints them."""
    with TemporaryDirectory() as folder:
        _tell("SQLite", measure(f"sqlite:///{Path(folder) / 'webhooks.db'}"))
    with running_server() as server:
        _tell("PostgreSQL", measure(server.create(f"bench_{uuid4().hex[:8]}")))


if __name__ == "__main__":
    run()
