"""SIGKILL at random instants, while phones play patrols and send everything again until it is acknowledged."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.assurance.conftest import Identity
from tests.assurance.evidence import assert_kept, look
from tests.assurance.phones import Caller, Ledger, Load
from tests.assurance.running import WarmServer, assert_no_faults
from tests.assurance.waiting import wait_until
from tests.postgres import free_port

MOST_ANSWERS_IN_A_LIFE = 25
LONGEST_PAUSE_SECONDS = 0.03
ANSWER_SECONDS = 30.0


def wait_for_answers(ledger: Ledger, more: int) -> None:
    """Returns once so many more facts were acknowledged."""
    wanted = len(ledger.acknowledged) + more
    wait_until(
        lambda: len(ledger.acknowledged) >= wanted,
        ANSWER_SECONDS,
        lambda: f"{ledger.broken} broken, {ledger.dishonest[:3]}",
    )


def test_kills_at_random_instants_lose_and_double_nothing_acknowledged(
    warm: WarmServer,
    identity: Identity,
    force_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    kills, random, port = trials(40), Random(1), free_port()
    environment = identity.environment(force_url)
    server = warm.serve(environment, log, port=port)
    with Ledger(tmp_path / "ledger") as ledger:
        with Load(server.url, identity.token, ledger, "kill") as load:
            for number in range(kills):
                # Counted in answers, so that a slow machine sees as much work between two kills as a fast one.
                wait_for_answers(ledger, random.randint(1, MOST_ANSWERS_IN_A_LIFE))
                load.wait(random.uniform(0, LONGEST_PAUSE_SECONDS))
                if number == kills - 1:
                    load.stop_soon()
                server.kill()
                assert look(force_url).half_written() == []
                if number < kills - 1:
                    server = warm.serve(environment, log, port=port)
        server = warm.serve(environment, log, port=port)
        with Caller(server.url, identity.token) as caller:
            assert_kept(force_url, ledger, caller)
        server.stop()
        assert_no_faults(log)
        assert ledger.broken > 0
        figures(
            "kills", kills=kills, acknowledged=len(ledger.acknowledged), cut=ledger.broken, lost=0, doubled=0
        )
