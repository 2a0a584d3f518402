"""Starts the real server on a free loopback port, waits until it is ready, and ends it as gently or as badly as asked.

Only process groups that were started here are ever signalled. A server's output goes to a file, and a test that ends
with a traceback in that file has failed.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import httpx2 as httpx

from app.settings import TrustedIssuer
from tests.assurance.waiting import wait_until
from tests.assurance.warm_server import Start, order_to_start, order_to_wait
from tests.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
# Long enough for two workers that import everything on a machine with ten times as much to do as it can: nobody waits
# for it but where something is broken and neither ends nor says so.
READY_SECONDS = 300.0
_OUR_OWN_FAULTS = ("Traceback", '"event": "unexpected"', "Exception in ASGI application")


class DidNotStart(Exception):
    """The server ended or took too long; its output is in the message."""


@dataclass(slots=True)
class Served:
    """A running server or command, leader of its own process group."""

    pid: int
    port: int
    log: Path
    warm: "WarmServer"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL to the whole group, and away."""
        os.killpg(self.pid, signal.SIGKILL)
        self.warm.wait(self.pid)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> int:
        """The exit status, once it has ended."""
        return self.warm.wait(self.pid)

    def stop(self) -> int:
        """SIGTERM, and the exit status once it has ended."""
        self.ask_to_stop()
        return self.wait()


@dataclass(slots=True)
class WarmServer:
    """The process that forks servers. `preload` is a library every server of it runs with."""

    preload: Path | None = None
    alive: dict[int, Served] = field(default_factory=dict)
    _process: "subprocess.Popen[str] | None" = None
    _turn: Lock = field(default_factory=Lock)

    def __enter__(self) -> "WarmServer":
        # One thread per library: a child is forked from it, and two cores are enough to be shared with the tests.
        # What a test that happens to be the first has set for itself is no other test's.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("BEATCHECK_")}
        environment = {**ours, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        if self.preload is not None:
            environment["LD_PRELOAD"] = str(self.preload)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.assurance.warm_server"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        for served in list(self.alive.values()):
            served.kill()
        self._process.communicate(timeout=READY_SECONDS)

    def _obey(self, order: str) -> int:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        with self._turn:
            process.stdin.write(order + "\n")
            process.stdin.flush()
            return int(process.stdout.readline())

    def wait(self, pid: int) -> int:
        self.alive.pop(pid, None)
        return self._obey(order_to_wait(pid))

    def command(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        module: str | None = None,
    ) -> Served:
        """A command of `beatcheck`, or a module as `python -m` runs it, under way; what it answers with is its exit
        status."""
        pid = self._obey(order_to_start(Start(arguments, dict(environment), str(log), module=module)))
        started = Served(pid, 0, log, self)
        self.alive[pid] = started
        return started

    def serve(
        self,
        environment: Mapping[str, str],
        log: Path,
        *,
        port: int | None = None,
        weaken: str | None = None,
    ) -> Served:
        """A ready server. Raises DidNotStart with its output."""
        port = port or free_port()
        arguments = ["serve", "--port", str(port)]
        pid = self._obey(order_to_start(Start(arguments, dict(environment), str(log), weaken)))
        served = Served(pid, port, log, self)
        self.alive[pid] = served
        wait_until_ready(served.url, log)
        return served


def wait_until_ready(url: str, log: Path, alive: Callable[[], bool] = lambda: True) -> None:
    """Returns once `/readyz` says so. Raises DidNotStart with the server's output, at once when it is not `alive`."""
    with httpx.Client(base_url=url, timeout=5) as http:

        def ready() -> bool:
            if not alive() or any(fault in _text(log) for fault in _OUR_OWN_FAULTS):
                raise DidNotStart(_text(log))
            try:
                return http.get("/readyz").is_success
            except httpx.TransportError:
                return False

        wait_until(ready, READY_SECONDS, lambda: f"not ready: {_text(log)}")


def _text(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def assert_no_faults(log: Path) -> None:
    """Nothing in a server's output that only a mistake of ours could have written."""
    lines = _text(log).splitlines()
    faults = [line for line in lines if any(fault in line for fault in _OUR_OWN_FAULTS)]
    assert not faults, "\n".join(lines[-60:])


def environment_for(database_url: str, trusted: TrustedIssuer, **more: str) -> dict[str, str]:
    """The settings of a server under test: everything as shipped but the addresses, and quiet logs."""
    return {
        "BEATCHECK_PROFILE": "development",
        "BEATCHECK_DATABASE_URL": database_url,
        "BEATCHECK_TRUSTED_ISSUERS": json.dumps([trusted.model_dump(mode="json")]),
        "BEATCHECK_TICK_SECONDS": "0",
        "BEATCHECK_LOG_LEVEL": "WARNING",
        **{f"BEATCHECK_{name.upper()}": value for name, value in more.items()},
    }


@contextmanager
def command(
    environment: Mapping[str, str], log: Path, *arguments: str
) -> "Iterator[subprocess.Popen[bytes]]":
    """`python -m app.cli` as an operator starts it, in a group of its own; killed if the block leaves it running."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from app.cli import main; main()", *arguments],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
