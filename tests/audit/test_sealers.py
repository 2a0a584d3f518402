"""Whoever seals, at once, late, or killed on the way: one chain, without gaps or doubles."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Engine, select, text
from sqlmodel import col

from app.audit import chain, sealing, verification
from app.audit.models import AuditEvent
from app.audit.sealing import seal_some, seal_waiting
from app.audit.verification import Fault
from app.database.engine import open_engine
from app.database.session import finish, open_session, reading, transaction
from tests.audit.logs import SmallLog, entry_ids, ids, log_event
from tests.audit.tampering import without_triggers
from tests.databases import migration_config


def test_a_late_commit_is_in_a_later_seal(log: SmallLog) -> None:
    """On SQLite writers take turns, so that nothing can be late there."""
    if log.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    early = open_session(log.engine, writes=True)
    log_event(early, log.at)
    with transaction(log.engine) as session:
        log_event(session, log.forward(1))
    assert log.keeper.run() == 1
    finish(early)
    assert log.keeper.run() == 1
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.seals, verdict.tally.events) == ([], 2, 2)


def test_many_sealers_make_one_chain(log: SmallLog) -> None:
    """Five threads log, three seal meanwhile."""
    problems: list[BaseException] = []
    done = threading.Event()

    def watch(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                problems.append(error)
                raise

        return run

    def write() -> None:
        for _ in range(30):
            with transaction(log.engine) as session:
                log_event(session, log.at)

    def seal() -> None:
        while not done.is_set():
            with transaction(log.engine) as session:
                seal_some(session, log.at, 7)

    writers = [threading.Thread(target=watch(write)) for _ in range(2)]
    sealers = [threading.Thread(target=watch(seal)) for _ in range(3)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    assert not problems
    seal_waiting(log.engine, log.now)
    verdict = log.verdict(compared=False)
    assert (verdict.findings, verdict.tally.events, verdict.unsealed) == ([], 60, 0)


SEALER = """
import sys
from app.audit.sealing import seal_some, seal_waiting
from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import open_session, transaction
engine = open_engine(sys.argv[1], 1)
print("ready", flush=True)
if sys.argv[2] == "stop in the middle":
    session = open_session(engine, writes=True)
    print(seal_some(session, utc_now(), 3), flush=True)
sys.stdin.readline()
for _ in range(20):
    with transaction(engine) as session:
        seal_some(session, utc_now(), 3)
"""


def sealer(log: SmallLog, how: str) -> "subprocess.Popen[str]":
    url = log.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", SEALER, url, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip


def test_two_processes_make_one_chain_and_one_killed_leaves_nothing(log: SmallLog) -> None:
    with transaction(log.engine) as session:
        for _ in range(90):
            log_event(session, log.at)
    pair = [sealer(log, "go on") for _ in range(2)]
    killed = sealer(log, "stop in the middle")
    assert killed.stdout is not None
    assert [killed.stdout.readline() for _ in range(2)] == ["ready\n", "3\n"]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert entry_ids(log.engine) == []
    for process in pair:
        process.communicate("\n")
    assert [process.returncode for process in pair] == [0, 0]
    verdict = log.verdict(compared=False)
    assert (verdict.findings, verdict.tally.events, verdict.tally.seals, verdict.unsealed) == ([], 90, 30, 0)


def test_a_long_log_from_before_there_were_seals_is_sealed_in_chunks(
    empty_engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those before come first, alone in their seals, whatever is logged meanwhile; a few at a time."""
    for module in (chain, sealing, verification):
        monkeypatch.setattr(module, "MOST_IN_A_SEAL", 3)
    monkeypatch.setattr(sealing, "MOST_EARLIER_SEALS_AT_ONCE", 2)
    config = migration_config(empty_engine_url)
    command.upgrade(config, "20261122")
    engine = open_engine(empty_engine_url, 2)
    log = SmallLog(engine, tmp_path)
    with transaction(engine) as session:
        for number in range(10):
            # Some at one moment, so that chunks end between them.
            log_event(session, log.at - timedelta(days=90) + timedelta(days=number // 4))
    earlier = event_ids(engine)
    command.upgrade(config, "head")
    with transaction(engine) as session:
        log_event(session, log.at)
        assert seal_some(session, log.at) == 0
    assert [log.keeper.run() for _ in range(4)] == [6, 5, 0, 0]
    assert set(entry_ids(engine)[:10]) == earlier
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.events, verdict.unsealed) == ([], 11, 0)
    with transaction(engine) as session:
        without_triggers(session)
        log_event(session, log.at - timedelta(days=90))
    # What comes in past the queue later is no earlier event.
    assert log.keeper.run() == 0
    assert [one.fault for one in log.verdict().findings] == [Fault.INSERTED]
    engine.dispose()


def event_ids(engine: Engine) -> set[UUID]:
    with reading(engine) as session:
        return set(session.execute(select(col(AuditEvent.id))).scalars())


def test_a_log_from_before_there_were_seals_is_sealed_as_it_stands(
    empty_engine_url: str, tmp_path: Path
) -> None:
    config = migration_config(empty_engine_url)
    command.upgrade(config, "20261122")
    engine = open_engine(empty_engine_url, 2)
    log = SmallLog(engine, tmp_path)
    with transaction(engine) as session:
        for _ in range(30):
            log_event(session, log.forward(1))
    log.forward(timedelta(days=30).total_seconds())
    command.upgrade(config, "head")
    found = log.verdict(compared=False)
    assert ([one.fault for one in found.findings], found.unsealed) == ([Fault.UNSEALED], 30)
    assert log.keeper.run() == 30
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.events) == ([], 30)
    # Taken back and made again: a new chain, which the checkpoints of the old one do not fit.
    command.downgrade(config, "20261122")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_events")).scalar_one() == 30
    command.upgrade(config, "head")
    assert seal_waiting(engine, log.now) == 30
    assert log.verdict(compared=False).holds
    assert ids(log.verdict()) == [None]
    engine.dispose()
