"""The log holds: what is sealed cannot be changed unnoticed, nothing is skipped, and what is erased lawfully may go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import Executable, Select, Text, cast, delete, insert, literal_column, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from app.audit import chain, queries, sealing, verification
from app.audit.inspection import inspect_in
from app.audit.models import Action, AuditEntry, AuditEvent, AuditSeal, AuditSubject, AuditUnsealed
from app.audit.service import erase
from app.audit.verification import Fault
from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import abandon, open_session, reading, transaction
from tests.audit.logs import SmallLog, entry_ids, fill, log_event
from tests.audit.tampering import ENTRIES, EVENTS, TAMPERS, cut_tail, edit_event, rewrite, without_triggers
from tests.conftest import named
from tests.databases import migrate

CASES = 1000
Trials = Callable[[int], int]


def test_a_sealed_log_holds(log: SmallLog) -> None:
    fill(log, 4, 5)
    log.forward(3600)
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.events, verdict.tally.seals) == ([], 20, 4)
    assert (verdict.checkpoints, verdict.unsealed) == (4, 0)
    with reading(log.engine) as session:
        head = queries.last_seal(session)
        assert head is not None and (head.number, head.count, head.total) == (4, 5, 20)
        assert not queries.anything_waits(session)


def test_a_thousand_changes_by_whoever_owns_the_database_are_all_found(
    log: SmallLog, trials: Trials, asked_before: bool
) -> None:
    """All thousand on SQLite; on PostgreSQL, where each takes longer, as many as are asked for, each kind at least."""
    cases = CASES if log.engine.dialect.name == "sqlite" else trials(CASES)
    if asked_before:
        cases = 2 * len(TAMPERS)
    fill(log, 4, 4)
    log.forward(3600)
    fill(log, 1, 1)
    log.forward(90)
    with transaction(log.engine) as session:
        without_triggers(session)
    chance, missed = Random(2026), []
    for number in range(cases):
        tamper = TAMPERS[number % len(TAMPERS)]
        session = open_session(log.engine, writes=True)
        try:
            what = tamper(session, chance)
            if inspect_in(session, log.at, log.checkpoints).holds:
                missed.append(f"{tamper.__name__}: {what}")
        finally:
            abandon(session)
    assert not missed
    assert log.verdict().holds


def test_the_first_altered_event_is_named(log: SmallLog) -> None:
    fill(log, 3, 6)
    with transaction(log.engine) as session:
        without_triggers(session)
    held = entry_ids(log.engine)
    with transaction(log.engine) as session:
        for victim in (held[14], held[9]):
            session.execute(update(AuditEvent).where(EVENTS.id == victim).values(reason="Something else."))
        session.execute(delete(AuditEvent).where(EVENTS.id == held[16]))
    verdict = log.verdict()
    assert [(one.fault, one.event_id) for one in verdict.findings] == [
        (Fault.ALTERED, held[9]), (Fault.ALTERED, held[14]), (Fault.MISSING, held[16]),
    ]  # fmt: skip
    assert verdict.findings[0].seal_number == 2


def test_an_event_dated_back_is_found_out_once_it_is_sealed(log: SmallLog) -> None:
    """A made-up event comes in like any other, and says that it happened when its seal was long made."""
    fill(log, 2, 2)
    log.forward(3600)
    fill(log, 1, 1)
    for hours in (-1, 1):
        with transaction(log.engine) as session:
            log_event(session, log.at + timedelta(hours=hours))
        assert log.keeper.run() == 1
    assert [(one.fault, one.seal_number) for one in log.verdict().findings] == [
        (Fault.INSERTED, 4), (Fault.INSERTED, 5),
    ]  # fmt: skip


def test_what_waited_while_nothing_was_sealed_is_no_finding(
    log: SmallLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (chain, sealing, verification):
        monkeypatch.setattr(module, "MOST_IN_A_SEAL", 3)
    fill(log, 1, 1)
    for _ in range(8):
        with transaction(log.engine) as session:
            log_event(session, log.forward(300))
    assert log.keeper.run() == 8
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.seals) == ([], 4)


@pytest.mark.parametrize("change", ["erased_at", "operation", "order"])
def test_the_mark_of_an_erasure_is_bound_to_its_record(log: SmallLog, change: str) -> None:
    fill(log, 2, 4)
    held = entry_ids(log.engine)
    with transaction(log.engine) as session:
        erase(session, held[2:4], log.at, actor_id=None, force_id=named("FORCE"), reason="Policy.")
    log.keeper.run()
    assert log.verdict().holds
    with transaction(log.engine) as session:
        without_triggers(session)
        if change == "erased_at":
            later = log.at + timedelta(days=300)
            session.execute(update(AuditEntry).where(ENTRIES.event_id == held[2]).values(erased_at=later))
        elif change == "operation":
            record = EVENTS.action == Action.ERASE
            session.execute(update(AuditEvent).where(record).values(operation="retention:erase"))
        else:
            session.execute(update(AuditEntry).where(ENTRIES.event_id == held[2]).values(seal_number=9))
    assert Fault.ERASED_UNLAWFULLY in {one.fault for one in log.verdict().findings}


def test_text_that_is_none_names_its_event(log: SmallLog) -> None:
    """Only SQLite takes it."""
    if log.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL checks text")
    fill(log, 3, 4)
    victim = entry_ids(log.engine)[6]
    with transaction(log.engine) as session:
        without_triggers(session)
        unreadable = cast(literal_column("x'ff'"), Text)
        session.execute(update(AuditEvent).where(EVENTS.id == victim).values(reason=unreadable))
    assert [(one.fault, one.seal_number, one.event_id) for one in log.verdict().findings] == [
        (Fault.ALTERED, 2, victim)
    ]


def test_a_file_without_checkpoints_is_a_finding(log: SmallLog) -> None:
    fill(log, 3, 2)
    lines = log.sink.read_text().splitlines()
    for content, faults in (
        ("", [Fault.CUT]),
        ("nothing", [Fault.CUT]),
        ("\n".join((lines[0][:20], lines[1][:20], lines[2])), [Fault.FORGED]),
        ("\n".join((lines[0][:20], *lines[1:])), []),
    ):
        log.sink.write_text(content)
        assert [one.fault for one in log.verdict().findings] == faults


def test_only_a_checkpoint_finds_a_cut_end_and_a_chain_made_anew(log: SmallLog) -> None:
    fill(log, 4, 3)
    log.forward(3600)
    with transaction(log.engine) as session:
        without_triggers(session)
    for tamper, fault in ((cut_tail, Fault.CUT), (rewrite, Fault.ALTERED)):
        session = open_session(log.engine, writes=True)
        # The seeds whose choice leaves nothing behind: events gone with their seals, every later seal made anew.
        seed = next(seed for seed in range(100) if inspect_after(session, tamper, Random(seed), log))
        abandon(session)
        session = open_session(log.engine, writes=True)
        tamper(session, Random(seed))
        found = inspect_in(session, log.at, log.checkpoints)
        assert found.findings[0].fault is fault, seed
        abandon(session)


def inspect_after(
    session: Session, tamper: Callable[[Session, Random], str], chance: Random, log: SmallLog
) -> bool:
    """Whether the log holds without checkpoints after this."""
    with session.begin_nested() as attempt:
        tamper(session, chance)
        holds = inspect_in(session, log.at).holds
        attempt.rollback()
    return holds


def test_an_old_backup_is_found_out(log: SmallLog) -> None:
    """Restored, and then gone on with: the next seal bears a number that another had."""
    fill(log, 3, 2)
    with transaction(log.engine) as session:
        without_triggers(session)
        session.execute(delete(AuditSeal).where(col(AuditSeal.number) == 3))
        late = select(col(AuditEntry.event_id)).where(col(AuditEntry.seal_number) == 3)
        session.execute(delete(AuditEvent).where(col(AuditEvent.id).in_(late)))
        session.execute(delete(AuditSubject).where(col(AuditSubject.event_id).in_(late)))
        session.execute(delete(AuditEntry).where(col(AuditEntry.seal_number) == 3))
    assert [(one.fault, one.seal_number) for one in log.verdict().findings] == [(Fault.CUT, 3)]
    with transaction(log.engine) as session:
        log_event(session, log.at)
        session.execute(insert(AuditUnsealed).from_select(["event_id", "queued_at"], _not_sealed()))
    assert log.keeper.run() == 1
    assert [(one.fault, one.seal_number) for one in log.verdict().findings] == [(Fault.ALTERED, 3)]


def _not_sealed() -> Select[UUID, datetime]:
    return select(col(AuditEvent.id), col(AuditEvent.at)).where(
        col(AuditEvent.id).not_in(select(col(AuditEntry.event_id)))
    )


def test_a_forged_checkpoint_is_named_and_a_torn_line_is_not_one(log: SmallLog) -> None:
    fill(log, 2, 2)
    first, second = log.sink.read_text().splitlines()
    log.sink.write_text("\n".join((first.replace('"events":2', '"events":1'), second[:40], second)))
    verdict = log.verdict()
    assert [(one.fault, one.seal_number) for one in verdict.findings] == [(Fault.FORGED, 1)]
    assert (verdict.checkpoints, verdict.unreadable_checkpoints) == (1, 1)
    fill(log, 1, 1)
    # What was cut short is ended before the next line, which therefore stands.
    assert len(log.sink.read_text().splitlines()) == 4
    assert log.verdict().checkpoints == 2


def test_a_log_of_another_database_is_not_this_one(log: SmallLog, tmp_path: Path) -> None:
    fill(log, 2, 2)
    (tmp_path / "other").mkdir()
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate(url)
    engine = open_engine(url, 1)
    other = SmallLog(engine, tmp_path / "other")
    fill(other, 2, 2)
    assert other.verdict().holds
    sink, _ = log.checkpoints
    other.sink.write_text(sink.read_text())
    assert {one.fault for one in other.verdict().findings} == {Fault.FORGED}
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEvent).values(reason="no"),
        delete(AuditEvent),
        update(AuditSeal).values(total=0),
        delete(AuditSeal),
        update(AuditEntry).values(commitment=b"no"),
        update(AuditEntry).values(salt=None),
        update(AuditEntry).values(
            position=col(AuditEntry.position) + 100, erased_at=col(AuditEntry.at), salt=None
        ),
        delete(AuditEntry),
        delete(AuditUnsealed),
        delete(AuditSubject),
        update(AuditSubject).values(kind="other"),
        update(AuditUnsealed).values(event_id=named("other")),
    ],
)
def test_the_log_is_only_added_to(log: SmallLog, change: Executable) -> None:
    fill(log, 1, 1)
    with transaction(log.engine) as session:
        log_event(session, log.at)
    with pytest.raises(DBAPIError, match="only added to"), transaction(log.engine) as session:
        session.execute(change)
    assert log.verdict().holds


def test_truncating_is_refused_too(log: SmallLog) -> None:
    fill(log, 1, 1)
    if log.engine.dialect.name == "sqlite":
        pytest.skip("SQLite knows no TRUNCATE")
    for table in ("audit_events", "audit_entries", "audit_seals", "audit_unsealed", "audit_subjects"):
        with pytest.raises(DBAPIError, match="only added to"), transaction(log.engine) as session:
            session.connection().exec_driver_sql(f"TRUNCATE {table}")


def test_what_is_erased_lawfully_leaves_the_chain_whole(log: SmallLog) -> None:
    fill(log, 5, 20)
    held = entry_ids(log.engine)
    with transaction(log.engine) as session:
        log_event(session, log.at)  # not sealed yet: it cannot be erased
        waiting = session.execute(select(col(AuditUnsealed.event_id))).scalar_one()
        gone = [*held[10:80], waiting]
        count = erase(
            session, gone, log.at, actor_id=named("4134"), force_id=named("FORCE"), reason="Policy."
        )
    assert count == 70
    verdict = log.verdict()
    assert (verdict.findings, verdict.tally.erased, verdict.tally.events) == ([], 70, 100)
    log.keeper.run()
    log.forward(3600)
    assert log.verdict().holds
    with reading(log.engine) as session:
        kept = set(session.execute(select(col(AuditEvent.id))).scalars())
        assert not kept & set(held[10:80])
        assert waiting in kept
        assert not session.execute(
            select(col(AuditSubject.event_id)).where(col(AuditSubject.event_id).in_(held[10:80]))
        ).all()
        record = session.execute(
            select(AuditEvent).where(col(AuditEvent.action) == Action.ERASE)
        ).scalar_one()
        assert sorted(record.subjects["audit-event"]) == sorted(str(one) for one in held[10:80])
    with transaction(log.engine) as session:
        # Again there is nothing to erase, and the record of an erasure stays.
        again = erase(
            session, [*held[10:80], record.id], log.at, actor_id=None, force_id=None, reason="Policy."
        )
    assert again == 0


def test_what_waits_longer_than_a_minute_is_a_finding(log: SmallLog) -> None:
    fill(log, 1, 2)
    with transaction(log.engine) as session:
        # It says that it happened long ago; what counts is how long it has been here.
        log_event(session, log.at - timedelta(minutes=5))
    log.at = utc_now() + timedelta(seconds=55)
    assert (log.verdict().unsealed, log.verdict().holds) == (1, True)
    log.forward(7)
    assert [one.fault for one in log.verdict().findings] == [Fault.UNSEALED]
    log.keeper.run()
    assert log.verdict().holds


def trouble_of(log: SmallLog) -> str:
    return log.keeper.trouble or ""


def test_a_sink_that_fails_is_told_and_tried_again(log: SmallLog) -> None:
    fill(log, 1, 1)
    kept = log.sink.read_text()
    log.sink.unlink()
    log.sink.mkdir()
    with transaction(log.engine) as session:
        log_event(session, log.at)
    assert log.keeper.run() == 1
    assert "checkpoints" in trouble_of(log)
    log.sink.rmdir()
    log.sink.write_text(kept)
    assert log.keeper.run() == 0
    assert not trouble_of(log)
    assert len(log.sink.read_text().splitlines()) == 2
    assert log.keeper.run() == 0
    assert len(log.sink.read_text().splitlines()) == 2


def test_one_edit_of_each_kind_is_enough_to_fail(log: SmallLog) -> None:
    """The random test can fail: an untouched log holds, and so does one whose edit is undone."""
    fill(log, 1, 3)
    with transaction(log.engine) as session:
        without_triggers(session)
        what = edit_event(session, Random(1))
    assert not log.verdict().holds, what
