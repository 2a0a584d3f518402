"""How long a signed message and a phone's check-in wait while the same server stores a large file, on both databases.

`python -m benchmarks.waiting`, and with `--kind engagements` a file of the force's own tracker. A hundred thousand rows
are uploaded; until that is answered, messages and check-ins are sent one after the other, ten of each a second, and
every answer is counted, the refused too. Then two hundred of each are sent while nothing is stored.
"""

import argparse
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx2 as httpx
from shapely import Point

from app.clock import rfc3339, utc_now
from benchmarks.imports import KINDS, ROWS, as_csv, rows_of
from benchmarks.service import Service, serving
from benchmarks.webhooks import spread, told
from demo.wmnow import message, signed
from tests.conftest import SQUARE, TRACKER_SECRET
from tests.postgres import running_server
from tests.wmnow.tracker import item

A_SECOND = 10
QUIET = 200
COLLARS = ("4101", "4102", "4103")
MIDDLE = Point((SQUARE[0] + SQUARE[2]) / 2, (SQUARE[1] + SQUARE[3]) / 2)
Send = Callable[[httpx.Client, int], int]


@dataclass(frozen=True)
class Answers:
    """Seconds of each answer by what was sent, while the file was stored and afterwards; how many were refused; and how
    long the file took."""

    storing: Mapping[str, Sequence[float]]
    quiet: Mapping[str, Sequence[float]]
    refused: int
    seconds: float


def measure(database_url: str, kind: str, rows: int) -> Answers:
    """How others are answered by a server that stores a file, on this empty database."""
    webhooks = json.dumps([{"force_code": "FORCE", "secrets": [TRACKER_SECRET]}])
    raw = as_csv(rows_of(COLLARS, [MIDDLE], rows))
    with told({"BEATCHECK_WMNOW_WEBHOOKS": webhooks}), serving(database_url) as service:
        base = f"http://127.0.0.1:{service.port}"
        sends = {"message": _message(base), "check-in": _check_in(base, service)}
        # Whatever a first call takes long for.
        for send in sends.values():
            _go_on(send, _after(5))
        over = threading.Event()
        begun = time.perf_counter()
        with ThreadPoolExecutor(len(sends)) as pool:
            going = {name: pool.submit(_go_on, send, over.is_set) for name, send in sends.items()}
            try:
                _upload(base, service, kind, raw)
            finally:
                over.set()
            seconds = time.perf_counter() - begun
            storing = {name: each.result() for name, each in going.items()}
        quiet = {name: _go_on(send, _after(QUIET))[0] for name, send in sends.items()}
        refused = sum(count for _, count in storing.values())
        return Answers({name: took for name, (took, _) in storing.items()}, quiet, refused, seconds)


def _upload(base: str, service: Service, kind: str, raw: bytes) -> None:
    with httpx.Client(timeout=600) as http:
        answer = http.post(
            f"{base}/v1/imports/{kind}",
            content=raw,
            params={"only_good_rows": True} if kind == KINDS[1] else None,
            headers={"Authorization": f"Bearer {service.token_of('4131')}", "Content-Type": "text/csv"},
        )
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"the file was answered {answer.status_code}: {answer.text[:300]}")


def _go_on(send: Send, over: Callable[[], bool]) -> tuple[list[float], int]:
    """Sends until it is over: how long each answer took, and how many refused."""
    found: list[float] = []
    refused = 0
    with httpx.Client(timeout=60) as http:
        while not over():
            begun = time.perf_counter()
            refused += not httpx.codes.is_success(send(http, len(found)))
            found.append(time.perf_counter() - begun)
            time.sleep(max(1 / A_SECOND - found[-1], 0))
    return found, refused


def _after(times: int) -> Callable[[], bool]:
    left = iter(range(times))
    return lambda: next(left, None) is None


def _message(base: str) -> Send:
    def send(http: httpx.Client, number: int) -> int:
        body = message(item(number), utc_now())
        headers = signed(TRACKER_SECRET, f"msg_{uuid4().hex}", utc_now(), body)
        return http.post(f"{base}/v1/wmnow/webhooks/FORCE", content=body, headers=headers).status_code

    return send


def _check_in(base: str, service: Service) -> Send:
    def send(http: httpx.Client, _number: int) -> int:
        said = {
            "checked_in_at": rfc3339(utc_now()), "device_id": str(uuid4()), "programme": "TGP_SCHEDULED",
            "uniform_state": "HI_VIS_UNIFORM", "mode": "FOOT",
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {service.token}"}
        return http.put(f"{base}/v1/patrols/{uuid4()}", json=said, headers=headers).status_code

    return send


def _tell(database: str, kind: str, rows: int, found: Answers) -> None:
    print(
        f"{database}: {rows} {kind} stored in {found.seconds:.0f} s; {found.refused} refused meanwhile",
        flush=True,
    )
    for name, took in found.storing.items():
        print(
            f"  {len(took)} of {name}: {spread(took)}, the longest {max(took) * 1000:.0f} ms (goal: 99 of 100 within "
            f"500); while nothing was stored: {spread(found.quiet[name])}"
        )
    print(f"  load {os.getloadavg()[0]:.1f}")


def run(kind: str, rows: int, databases: Sequence[str]) -> None:
    """Measures and prints."""
    if "sqlite" in databases:
        with TemporaryDirectory() as folder:
            _tell("SQLite", kind, rows, measure(f"sqlite:///{Path(folder) / 'waiting.db'}", kind, rows))
    if "postgres" in databases:
        with running_server() as server:
            url = server.create(f"bench_{uuid4().hex[:8]}")
            _tell("PostgreSQL", kind, rows, measure(url, kind, rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--database", action="append", choices=("sqlite", "postgres"))
    parser.add_argument("--kind", choices=KINDS, default=KINDS[1])
    chosen = parser.parse_args()
    run(chosen.kind, chosen.rows, chosen.database or ("sqlite", "postgres"))
