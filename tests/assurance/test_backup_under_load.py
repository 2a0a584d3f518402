"""A backup taken while phones write holds every fact acknowledged before it began, and serves in an empty place."""

from collections.abc import Callable
from pathlib import Path

from tests.assurance.conftest import Identity
from tests.assurance.evidence import forgotten_by_the_api, look, lost
from tests.assurance.phones import Caller, Ledger, Load
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.test_crashes import wait_for_answers
from tests.databases import Databases

DRILLS = 10
ANSWERS_BETWEEN = 25


def run(warm: WarmServer, environment: dict[str, str], output: Path, *arguments: str) -> str:
    """A command of ours to its end; what it printed."""
    status = warm.command(list(arguments), environment, output).wait()
    assert status == 0, output.read_text()
    return output.read_text()


def test_every_acknowledged_fact_is_in_a_backup_taken_under_load(
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    databases: Databases,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    environment = identity.environment(force_url)
    server = warm.serve(environment, log)
    before: list[list[str]] = []
    drills = trials(DRILLS)
    with (
        Ledger(tmp_path / "ledger") as ledger,
        Load(server.url, identity.token, ledger, "backup") as load,
    ):
        for number in range(drills):
            wait_for_answers(ledger, ANSWERS_BETWEEN)
            acknowledged = ledger.facts()
            run(
                warm,
                environment,
                tmp_path / f"backup-{number}.log",
                "backup",
                str(tmp_path / f"backup-{number}"),
            )
            before.append([fact.path for fact in acknowledged])
            written_meanwhile = len(ledger.facts()) - len(acknowledged)
        load.stop()
    server.stop()
    assert_no_faults(log)
    assert not ledger.dishonest
    for number, paths in enumerate(before):
        place = databases.empty()
        there = identity.environment(place)
        [backup] = (tmp_path / f"backup-{number}").iterdir()
        printed = run(warm, there, tmp_path / f"restore-{number}.log", "restore", str(backup))
        assert "Restored" in printed
        facts = [fact for fact in ledger.facts() if fact.path in set(paths)]
        assert lost(place, facts) == []
        assert look(place).half_written() == []
        if number == drills - 1:
            restored = warm.serve(there, log)
            with Caller(restored.url, identity.token) as caller:
                assert forgotten_by_the_api(caller, facts) == []
            restored.stop()
            assert_no_faults(log)
    figures(
        "backups",
        drills=drills,
        acknowledged_before=len(before[-1]),
        written_during=written_meanwhile,
        lost=0,
    )
