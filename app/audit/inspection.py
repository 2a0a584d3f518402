"""Verifies the whole log as it stands at one moment: chain, erasures, what waits for its seal, checkpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine
from sqlmodel import Session

from app.audit import queries
from app.audit.checkpoints import Checkpoint, is_genuine, lines_of, read_line
from app.audit.verification import Entry, Fault, Finding, Tally, verify
from app.database.session import snapshot

UNSEALED_AT_MOST = timedelta(seconds=60)
_FINDINGS_KEPT = 100
_TOGETHER = 500
Progress = Callable[[int], None]


@dataclass(slots=True)
class Verdict:
    """What was found. `findings` are the first hundred in order, `found` how many there were."""

    tally: Tally = field(default_factory=Tally)
    unsealed: int = 0
    checkpoints: int = 0
    unreadable_checkpoints: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.found == 0

    def add(self, finding: Finding) -> None:
        self.found += 1
        if len(self.findings) < _FINDINGS_KEPT:
            self.findings.append(finding)


def inspect(
    engine: Engine,
    now: datetime,
    checkpoints: tuple[Path, Ed25519PublicKey] | None = None,
    progress: Progress = lambda _events: None,
) -> Verdict:
    """Goes through the log in one reading transaction, whatever is written meanwhile. OSError for a file of
    checkpoints that cannot be read."""
    with snapshot(engine) as session:
        return inspect_in(session, now, checkpoints, progress)


def inspect_in(
    session: Session,
    now: datetime,
    checkpoints: tuple[Path, Ed25519PublicKey] | None = None,
    progress: Progress = lambda _events: None,
) -> Verdict:
    """The same, of what one transaction sees."""
    verdict = Verdict()
    entries = _counted(queries.entries(session), verdict.tally, progress)
    parts = [
        verify(queries.seals(session), entries, verdict.tally),
        _erasures(session),
        _outside(session, now, verdict),
    ]
    if checkpoints is not None:
        parts.append(_against(session, *checkpoints, verdict))
    for part in parts:
        try:
            for finding in part:
                verdict.add(finding)
        except (ValueError, LookupError, TypeError, AttributeError):
            # Only somebody at the database itself can have put there what no column of ours can say.
            verdict.add(Finding(Fault.ALTERED, f"a row after event {verdict.tally.events} cannot be read"))
    return verdict


def _counted(entries: Iterator[Entry], tally: Tally, progress: Progress) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        if tally.events % 10_000 == 0:
            progress(tally.events)


def _erasures(session: Session) -> Iterator[Finding]:
    """Erased events which no ERASE event names."""
    for erasure_id, group in groupby(queries.erased(session), key=lambda row: row[1]):
        record = queries.erasure(session, erasure_id) if erasure_id is not None else None
        named = set(record.subjects.get("audit-event", ())) if record is not None else set()
        for event_id, _, number in group:
            if str(event_id) not in named:
                yield Finding(Fault.ERASED_UNLAWFULLY, "no ERASE event names it", number, event_id)


def _outside(session: Session, now: datetime, verdict: Verdict) -> Iterator[Finding]:
    """Events no seal holds: those that wait are counted, and may wait a minute; others were put there."""
    earlier = queries.earlier_wait_since(session)
    for event_id, queued_at in queries.outside_seals(session):
        if queued_at is None and earlier is None:
            yield Finding(Fault.INSERTED, "no seal holds it, and it waits for none", event_id=event_id)
            continue
        verdict.unsealed += 1
        if queued_at is not None and not _recent(queued_at, now):
            yield Finding(Fault.UNSEALED, "has waited for its seal for over 60 s", event_id=event_id)
    head = queries.last_seal(session)
    if earlier is not None and not _recent(max(earlier, head.sealed_at if head else earlier), now):
        yield Finding(Fault.UNSEALED, "events from before there were seals wait for over 60 s")
    for event_id in queries.waiting_in_vain(session):
        yield Finding(Fault.MISSING, "waited for its seal and is gone", event_id=event_id)


def _recent(at: datetime, now: datetime) -> bool:
    return now - UNSEALED_AT_MOST <= at <= now + UNSEALED_AT_MOST


def _against(session: Session, path: Path, key: Ed25519PublicKey, verdict: Verdict) -> Iterator[Finding]:
    """Whether the log still is what each checkpoint says it was."""
    log = queries.log_name(session)
    lines = iter(lines_of(path))
    while some := list(islice(lines, _TOGETHER)):
        genuine = []
        for line in some:
            read = read_line(line)
            if read is None:
                verdict.unreadable_checkpoints += 1
            elif not is_genuine(*read, key):
                yield Finding(Fault.FORGED, "a checkpoint is not signed by this key", read[0].seal)
            else:
                genuine.append(read[0])
        verdict.checkpoints += len(genuine)
        seals = queries.seals_numbered(session, {one.seal for one in genuine})
        for one in genuine:
            seal = seals.get(one.seal)
            said = Checkpoint(
                log.hex() if log else "",
                one.seal,
                seal.seal_hash.hex() if seal else "",
                seal.total if seal else 0,
                one.at,
            )
            if seal is None:
                detail = f"the checkpoint of {one.at} counts {one.events} events up to this seal, which is not there"
                yield Finding(Fault.CUT, detail, one.seal)
            elif said != one:
                yield Finding(Fault.ALTERED, f"is not what the checkpoint of {one.at} says", one.seal)
