"""A simulated power cut: only what was synced is still there, and everything acknowledged must be.

Killing a process proves little, because the kernel keeps what was written but not synced: SQLite with all syncing off
passes such a test. Here the real server runs with a library that keeps a shadow of its data directory, made of synced
files alone. At the cut everything is killed and the server starts again on the shadow. The same is done with SQLite
told to sync less: unless that loses rows, the test could not have seen a loss and is void.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.assurance.conftest import Identity
from tests.assurance.evidence import assert_kept, lost
from tests.assurance.phones import Caller, Ledger, Load
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.test_crashes import wait_for_answers
from tests.conftest import seed
from tests.databases import Databases
from tests.postgres import roomy_directory

SOURCE = Path(__file__).with_name("fsync_shadow.c")
MOST_ANSWERS_BEFORE_A_CUT = 40


@pytest.fixture(scope="module")
def shadowed(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[WarmServer]:
    """Starts servers whose syncs are shadowed. Skipped without a C compiler, but not when the proof was asked for."""
    if databases.kind != "sqlite":
        pytest.skip("the shadow is of SQLite's files")
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if os.environ.get("CI") or request.config.getoption("--assurance") == "full":
            pytest.fail("NO C COMPILER: durability through a power cut was not proven")
        pytest.skip("NO C COMPILER: durability through a power cut was not tested (apt-get install gcc)")
    library = tmp_path_factory.mktemp("shadow") / "fsync_shadow.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl", "-pthread"],
        check=True,
    )
    with WarmServer(library) as warm:
        yield warm


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut left: the shadow's database, and what had been acknowledged."""

    shadow: str
    ledger: Ledger

    def lost(self) -> list[str]:
        return lost(self.shadow, self.ledger.facts())


@dataclass(frozen=True, slots=True)
class Machine:
    """Where power is cut: a server on a fresh small force, its data directory, the shadow of that."""

    warm: WarmServer
    identity: Identity
    databases: Databases
    home: Path

    def cut(self, name: str, random: Random, weaken: str | None = None) -> Cut:
        """Lets phones play, cuts the power, answers what is left."""
        data, shadow, log = self.home / name / "data", self.home / name / "shadow", self.home / f"{name}.log"
        data.mkdir(parents=True)
        template = self.databases.migrated()
        seed(template)
        shutil.copyfile(template.removeprefix("sqlite:///"), data / "beatcheck.db")
        self.databases.drop(template)
        shutil.copytree(data, shadow)
        environment = self.identity.environment(
            f"sqlite:///{data / 'beatcheck.db'}", unsafe_durability=str(weaken is not None).lower()
        ) | {"FSYNC_SHADOW_DATA": str(data), "FSYNC_SHADOW_COPY": str(shadow)}
        server = self.warm.serve(environment, log, weaken=weaken)
        with (
            Ledger(self.home / f"{name}.ledger") as ledger,
            Load(server.url, self.identity.token, ledger, name) as load,
        ):
            wait_for_answers(ledger, random.randint(5, MOST_ANSWERS_BEFORE_A_CUT))
            load.stop_soon()
            server.kill()
        assert_no_faults(log)
        shutil.rmtree(data)
        return Cut(f"sqlite:///{shadow / 'beatcheck.db'}", ledger)


@pytest.fixture
def machine(shadowed: WarmServer, identity: Identity, databases: Databases) -> Iterator[Machine]:
    # In memory when there is room: it is the calls to sync that count here, not how long a disk takes over them.
    with tempfile.TemporaryDirectory(prefix="beatcheck-cut-", dir=roomy_directory()) as home:
        yield Machine(shadowed, identity, databases, Path(home))


def test_a_power_cut_loses_nothing_acknowledged(
    machine: Machine,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    cuts, acknowledged, random = trials(40), 0, Random(2)
    for number in range(cuts):
        cut = machine.cut(f"cut-{number}", random)
        path = cut.shadow.removeprefix("sqlite:///")
        log = machine.home / "again.log"
        server = machine.warm.serve(machine.identity.environment(cut.shadow), log)
        with Caller(server.url, machine.identity.token) as caller:
            assert_kept(cut.shadow, cut.ledger, caller)
        server.stop()
        assert_no_faults(log)
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()
        acknowledged += len(cut.ledger.acknowledged)
    figures("power cuts", cuts=cuts, acknowledged=acknowledged, lost=0, doubled=0)


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_power_cut_test_can_fail(
    machine: Machine, synchronous: str, trials: Callable[[int], int], figures: Callable[..., None]
) -> None:
    cuts, random = trials(10), Random(3)
    losing, gone = 0, 0
    for number in range(cuts):
        missing = machine.cut(f"weak-{number}", random, synchronous).lost()
        losing += bool(missing)
        gone += len(missing)
    figures(f"power cuts, calibration with synchronous={synchronous}", cuts=cuts, losing=losing, lost=gone)
    assert losing == cuts, "SQLite synced less and nothing was lost: the power cut test proves nothing"
