"""PostgreSQL is killed and started again under load: honest answers, nothing lost, no restart of ours.

The server is this test's own, on its own port, because the tests beside it need theirs.
"""

import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.assurance.conftest import Identity
from tests.assurance.evidence import assert_kept
from tests.assurance.phones import Caller, Ledger, Load
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.test_crashes import wait_for_answers
from tests.assurance.waiting import wait_until
from tests.conftest import seed
from tests.databases import Databases, migrate
from tests.postgres import (
    START_SECONDS,
    PostgresMissing,
    Server,
    find_binaries,
    free_port,
    initdb_command,
    postgres_command,
    roomy_directory,
    start,
    unprivileged_account,
    wait_until_ready,
)

MOST_ANSWERS_BETWEEN = 40
PROMISED_SECONDS = 5.0


class Restartable:
    """A PostgreSQL that is stopped at once, as `pg_ctl stop -m immediate` does, and started again."""

    def __init__(self, home: Path, server: Server) -> None:
        self.server = server
        self._home = home
        self._log = (home / "log").open("wb")
        self._account = unprivileged_account()
        self._binaries = find_binaries()
        self.start()

    def start(self) -> None:
        """Returns once the server answers."""
        command = postgres_command(self._binaries, self._home, self.server.port)
        self._process = start(command, self._log, self._home, self._account)
        wait_until_ready(self.server, self._process, self._home / "log")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_SECONDS)

    def close(self) -> None:
        self.stop()
        self._log.close()


@contextmanager
def own_server() -> Iterator[Restartable]:
    """A fresh cluster, gone afterwards."""
    import os

    account = unprivileged_account()
    server = Server("127.0.0.1", free_port(), "beatcheck", "of-this-test-alone", "postgres", prefix="")
    with tempfile.TemporaryDirectory(prefix="beatcheck-restart-", dir=roomy_directory()) as name:
        home = Path(name)
        password = home / "password"
        password.write_text(server.password)
        if account is not None:
            for path in (home, password):
                os.chown(path, account.pw_uid, account.pw_gid)
        with (home / "initdb").open("wb") as log:
            command = initdb_command(find_binaries(), home, server.user, password)
            assert start(command, log, home, account).wait(START_SECONDS) == 0
        restartable = Restartable(home, server)
        try:
            server.prepare()
            yield restartable
        finally:
            restartable.close()


def _restart(postgres: Restartable, ledger: Ledger) -> float:
    """Seconds from the database's return to the next acknowledgement."""
    refused = ledger.refused
    postgres.stop()
    # Some phones are to find the database away before it comes back.
    wait_until(lambda: ledger.refused >= refused + 3, START_SECONDS, lambda: "nobody was refused")
    postgres.start()
    back = monotonic()
    wait_for_answers(ledger, 1)
    return monotonic() - back


def test_a_database_that_restarts_costs_no_record_and_no_restart_of_ours(
    databases: Databases,
    warm: WarmServer,
    identity: Identity,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    if databases.kind == "sqlite":
        pytest.skip("SQLite is part of the process")
    try:
        find_binaries()
    except PostgresMissing as missing:
        pytest.skip(f"the restart of a database was not tested: {missing}")
    restarts, random, took = trials(30), Random(4), []
    with own_server() as postgres:
        url = postgres.server.create("restarted")
        migrate(url)
        seed(url)
        served = warm.serve(identity.environment(url), log)
        with Ledger(tmp_path / "ledger") as ledger:
            with Load(served.url, identity.token, ledger, "restart") as load:
                for _ in range(restarts):
                    wait_for_answers(ledger, random.randint(1, MOST_ANSWERS_BETWEEN))
                    took.append(_restart(postgres, ledger))
                load.stop()
            with Caller(served.url, identity.token) as caller:
                assert_kept(url, ledger, caller)
        served.stop()
    assert_no_faults(log)
    assert ledger.broken == 0
    figures(
        "database restarts", restarts=restarts, acknowledged=len(ledger.acknowledged), refused=ledger.refused,
        lost=0, doubled=0, longest_recovery_seconds=round(max(took), 2),
    )  # fmt: skip
    assert max(took) < 2 * PROMISED_SECONDS
