"""How `make test` shares the tests out: a pytest plugin for pytest-xdist.

A file stays with one worker. Files that take long come first, so that no core is idle in the end because one was the
last to begin. Those that mostly wait, for servers which start, stall and are killed, come between those that
compute, and there is one worker more than there are cores.
"""

import os
from collections import Counter
from collections.abc import Mapping
from itertools import chain, zip_longest

import pytest

WAITS = "tests/assurance/"
# Longest first; the others by how many tests they have.
LONG = (
    "tests/assurance/test_concurrency.py",
    "tests/assurance/test_wmnow_pull.py",
    "tests/assurance/test_backup_under_load.py",
    "tests/assurance/test_graceful_stop.py",
    "tests/assurance/test_power_cut.py",
    "tests/assurance/test_slow_senders.py",
    "tests/assurance/test_crashes.py",
    "tests/assurance/test_demo_evening.py",
    "tests/compliance/test_month_sums.py",
    "tests/access/test_matrix.py",
    "tests/contract/test_contract.py",
    "tests/demo/test_demo.py",
    "tests/access/test_moves.py",
    "tests/demo/test_months.py",
    "tests/test_bad_input.py",
    "tests/outbox/test_dispatching.py",
    "tests/retention/test_backup.py",
    "tests/patrols/test_reassess_runs.py",
    "tests/compliance/test_groups.py",
    "tests/compliance/test_query_plans.py",
    "tests/retention/test_model.py",
)


def in_turn(tests: Mapping[str, int]) -> list[str]:
    """The order of the files, given how many tests each has: of three, one that waits as long as there are any.

    >>> in_turn({"tests/a.py": 1, "tests/b.py": 9, "tests/assurance/c.py": 1, "tests/contract/test_contract.py": 2})
    ['tests/assurance/c.py', 'tests/contract/test_contract.py', 'tests/b.py', 'tests/a.py']
    """
    ranks = {name: number for number, name in enumerate(LONG)}
    ordered = sorted(tests, key=lambda name: (ranks.get(name, len(LONG)), -tests[name]))
    waiting = [name for name in ordered if name.startswith(WAITS)]
    computing = [name for name in ordered if not name.startswith(WAITS)]
    turns = zip_longest(waiting, computing[::2], computing[1::2])
    return [name for name in chain.from_iterable(turns) if name is not None]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only where `--no-loadscope-reorder` leaves the order to us: tests one after the other run as they stand."""
    if getattr(config.option, "loadscopereorder", True):
        return
    files = [item.nodeid.split("::")[0] for item in items]
    turn = {name: number for number, name in enumerate(in_turn(Counter(files)))}
    items.sort(key=lambda item: turn[item.nodeid.split("::")[0]])
