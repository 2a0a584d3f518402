"""A rolling restart: whoever is being served is served, all others are turned away, the process is gone soon."""

import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from tests.assurance.conftest import Identity
from tests.assurance.evidence import assert_kept, look
from tests.assurance.phones import LONG_PAST, Caller, Fact, Ledger, Load, check_in
from tests.assurance.running import (
    READY_SECONDS,
    WarmServer,
    assert_no_faults,
    command,
    wait_until_ready,
)
from tests.assurance.test_crashes import wait_for_answers
from tests.assurance.waiting import wait_until
from tests.databases import Databases
from tests.postgres import free_port

PROMISED_SECONDS = 30.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _begin(port: int, token: str, sent: Fact) -> socket.socket:
    """A request whose body the server has asked for, and so has accepted, but not been given."""
    line = socket.create_connection(("127.0.0.1", port), timeout=PROMISED_SECONDS)
    line.sendall(
        f"PUT {sent.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent.body)}\r\nExpect: 100-continue\r\n\r\n".encode()
    )
    assert line.recv(len(CONTINUE)) == CONTINUE
    return line


def _turned_away(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def test_requests_begun_before_a_stop_are_finished(
    warm: WarmServer, identity: Identity, force_url: str, log: Path
) -> None:
    served = warm.serve(identity.environment(force_url), log)
    token = identity.token("4101")
    facts = [check_in(f"begun-{number}", "4101", LONG_PAST) for number in range(8)]
    with ExitStack() as stack:
        lines = [stack.enter_context(_begin(served.port, token, one)) for one in facts]
        served.ask_to_stop()
        wait_until(lambda: _turned_away(served.port), PROMISED_SECONDS, lambda: "the server still listens")
        for line, one in zip(lines, facts, strict=True):
            line.sendall(one.body)
        answers = [line.makefile("rb").read() for line in lines]
    asked = monotonic()
    served.wait()
    assert monotonic() - asked < PROMISED_SECONDS
    assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 201 Created"] * len(facts)
    assert all(answer.endswith(b"}") for answer in answers)
    assert len(look(force_url).patrols) == len(facts)
    assert_no_faults(log)


def test_stopping_under_load_breaks_nothing_that_was_accepted(
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    stops, longest, port = trials(30), 0.0, free_port()
    environment = identity.environment(force_url)
    with Ledger(tmp_path / "ledger") as ledger:
        for number in range(stops):
            served = warm.serve(environment, log, port=port)
            with Load(served.url, identity.token, ledger, f"stop-{number}") as load:
                wait_for_answers(ledger, 20)
                asked = monotonic()
                served.ask_to_stop()
                served.wait()
                longest = max(longest, monotonic() - asked)
                load.stop()
            # What is stored without having been acknowledged was accepted, and its answer broken off.
            assert look(force_url).facts() == len(ledger.acknowledged)
        served = warm.serve(environment, log, port=port)
        with Caller(served.url, identity.token) as caller:
            assert_kept(force_url, ledger, caller)
        served.stop()
        assert longest < PROMISED_SECONDS
        figures(
            "stops under load", stops=stops, acknowledged=len(ledger.acknowledged), broken=0,
            longest_seconds=round(longest, 2),
        )  # fmt: skip
    assert_no_faults(log)


def test_the_command_as_operators_start_it_serves_and_stops(
    databases: Databases, identity: Identity, force_url: str, tmp_path: Path, log: Path
) -> None:
    port = free_port()
    workers = "2" if databases.kind == "postgres" else "1"  # as its help advises
    arguments = ("serve", "--port", str(port), "--workers", workers)
    with (
        command(identity.environment(force_url), log, *arguments) as process,
        Ledger(tmp_path / "l") as ledger,
    ):
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, log, alive=lambda: process.poll() is None)
        with Load(url, identity.token, ledger, "command") as load:
            wait_for_answers(ledger, 40)
            process.send_signal(signal.SIGTERM)
            # How soon is held above, by processes that have nothing to import.
            process.wait(READY_SECONDS)
            load.stop()
    assert look(force_url).facts() == len(ledger.acknowledged)
    assert look(force_url).half_written() == []
    assert not ledger.dishonest
    assert_no_faults(log)
