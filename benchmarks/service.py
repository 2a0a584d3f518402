"""A real server in a process of its own, on a throw-away database with a small force, and load that costs little.

Requests are built before the clock starts and sent over kept-open connections by one event loop, so that what is
measured is the server.
"""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import uvicorn

from demo.issuer import create_issuer
from demo.signing import CLIENT_ID, DemoPerson, new_key
from tests.conftest import TRUSTED, seed
from tests.databases import migrate

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Service:
    """Where the server listens, its process and a token for an officer of the small force; and for others of it, by
    their collar numbers."""

    port: int
    pid: int
    token: str
    token_of: Callable[[str], str]


@contextmanager
def serving(database_url: str, application: str = "app.cli:application") -> Iterator[Service]:
    """The service on this empty database, until the block ends."""
    migrate(database_url)
    issuer_port, port = free_port(), free_port()
    base = f"http://127.0.0.1:{issuer_port}"
    seed(database_url, base)
    issuer = create_issuer(base, [], key=new_key())
    issuer_server = uvicorn.Server(uvicorn.Config(issuer, port=issuer_port, log_level="error"))
    thread = threading.Thread(target=issuer_server.run, daemon=True)
    thread.start()
    environment = {
        **os.environ,
        "BEATCHECK_PROFILE": "development",
        "BEATCHECK_DATABASE_URL": database_url,
        "BEATCHECK_TRUSTED_ISSUERS": f"[{TRUSTED.model_copy(update={'issuer': base}).model_dump_json()}]",
        "BEATCHECK_LOG_LEVEL": "WARNING",
        "BEATCHECK_TICK_SECONDS": "0",
    }
    command = [
        sys.executable, "-m", "uvicorn", application, "--factory", "--port", str(port),
        "--no-access-log", "--no-server-header", "--log-level", "warning",
    ]  # fmt: skip
    while not issuer_server.started:
        time.sleep(0.01)
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait(port, process)

        def token_of(collar: str) -> str:
            token: str = issuer.state.signer.access_token(DemoPerson(f"demo|{collar}", collar), CLIENT_ID)[0]
            return token

        yield Service(port, process.pid, token_of("4101"), token_of)
    finally:
        process.terminate()
        process.wait(30)
        issuer_server.should_exit = True
        thread.join()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/livez").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far: what a request costs, whatever else the machine is doing."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def request(method: str, path: str, token: str, body: bytes) -> bytes:
    """One HTTP/1.1 request as bytes."""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass(frozen=True)
class Load:
    """What a run of requests took: seconds in all, and seconds of each request, in no order."""

    seconds: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        return sorted(self.latencies)[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def send(port: int, lanes: Sequence[Sequence[bytes]], pace: float | None = None) -> Load:
    """Sends each lane's requests one after the other over a connection of its own, all lanes at once.

    `pace` is requests a second over all lanes together, for latency at a given load; None sends as fast as answers
    come. RuntimeError when anything but 201 is answered.
    """
    return asyncio.run(_send(port, lanes, pace))


async def _send(port: int, lanes: Sequence[Sequence[bytes]], pace: float | None) -> Load:
    latencies: list[float] = []
    started = time.perf_counter()

    async def lane(number: int, requests: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for index, payload in enumerate(requests):
            if pace is not None:
                due = started + (index * len(lanes) + number) / pace
                await asyncio.sleep(max(due - time.perf_counter(), 0))
            sent = time.perf_counter()
            writer.write(payload)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            latencies.append(time.perf_counter() - sent)
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(f"{head.splitlines()[0]!r} {answer[:300]!r}")
        writer.close()

    await asyncio.gather(*(lane(number, requests) for number, requests in enumerate(lanes)))
    return Load(time.perf_counter() - started, latencies)
