"""A hundred phones over a bad link, one connection in five cut: in the end exactly their own records, none lost, none
doubled. Some phones are killed in the middle of their queue, some restored from an old copy.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.assurance.conftest import Identity
from tests.assurance.cutting_proxy import BadLink, Fate
from tests.assurance.evidence import look
from tests.assurance.phone_process import Order, play
from tests.assurance.running import ROOT, WarmServer, assert_no_faults
from tests.assurance.shift import Shift, collar_of
from tests.assurance.shift_rows import differences
from tests.conftest import named
from tests.databases import Databases
from tests.people import join_all

AT_ONCE = 25
KILLS = 3
LONGEST_BEFORE_KILL_S = 1.5
RESTORED_AFTER_STEPS = 4


def _restored(order: Order) -> bool:
    """The app is installed again, with its queue as it was backed up after a few steps: all of it goes out again."""
    copy = Path(f"{order.queue}.backup")
    play(replace(order, stop_after=RESTORED_AFTER_STEPS))
    shutil.copy(order.queue, copy)
    whole = play(order)
    shutil.copy(copy, order.queue)
    return whole and play(order)


def _killed(order: Order) -> bool:
    """The phone is killed a few times, wherever it is, and started again."""
    random = Random(order.number)
    command = [sys.executable, "-m", "tests.assurance.phone_process", order.as_json()]
    for left in reversed(range(KILLS + 1)):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            if left:
                try:
                    process.wait(random.uniform(0, LONGEST_BEFORE_KILL_S))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
            else:
                return process.wait() == 0
    return False


def _way(number: int, killed: int, restored: int) -> Callable[[Order], bool]:
    if number < killed:
        return _killed
    return _restored if number < killed + restored else play


def test_phones_over_a_bad_link_end_with_exactly_their_own_records(
    warm: WarmServer,
    identity: Identity,
    databases: Databases,
    force_url: str,
    tmp_path: Path,
    log: Path,
    trials: Callable[[int], int],
    figures: Callable[..., None],
) -> None:
    window_id = named("WINDOW-1")
    phones, killed, restored = trials(100), trials(10), trials(10)
    join_all(force_url, [collar_of(number) for number in range(phones)], "NORTH-1")
    server = warm.serve(identity.environment(force_url), log)
    link = BadLink(server.port, seed=5)
    with link.running(), ThreadPoolExecutor(AT_ONCE) as pool:
        url = f"http://127.0.0.1:{link.port}"
        orders = [
            Order(
                number,
                url,
                identity.token(collar_of(number)),
                str(tmp_path / f"{number}.queue"),
                str(window_id),
            )
            for number in range(phones)
        ]
        ended = list(pool.map(lambda order: _way(order.number, killed, restored)(order), orders))
    server.stop()
    assert_no_faults(log)
    assert ended == [True] * phones
    captured = {collar_of(number): Shift(number, window_id).items() for number in range(phones)}
    assert differences(force_url, captured) == []
    assert look(force_url).half_written() == []
    connections = link.fates.total()
    cut = link.fates[Fate.CUT_ASKING] + link.fates[Fate.CUT_ANSWERING]
    assert cut >= connections / 10
    facts = sum(len(items) for items in captured.values())
    figures(
        "phones over a bad link", phones=phones, facts=facts, connections=connections, cut=cut,
        truncated=link.fates[Fate.TRUNCATED], twice=link.fates[Fate.TWICE], killed=killed * KILLS,
        restored=restored, lost=0, doubled=0,
    )  # fmt: skip
