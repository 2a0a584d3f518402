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
from app.audit.chain import ERASURE
from app.audit.checkpoints import Checkpoint, is_genuine, lines_of, read_line
from app.audit.verification import Entry, Fault, Finding, Tally, misfiled, verify
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
    entries = _counted(session, verdict, progress)
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
        except queries.CANNOT_BE_READ as error:
            queries.reraise_unless_unreadable(error)
            _name_unreadable(session, verdict)
    return verdict


def _name_unreadable(session: Session, verdict: Verdict) -> None:
    found = list(islice(queries.unreadable_events(session), _FINDINGS_KEPT))
    for number, event_id in found:
        verdict.add(Finding(Fault.ALTERED, "cannot be read", number, event_id))
    if not found:
        verdict.add(Finding(Fault.ALTERED, f"a row after event {verdict.tally.events} cannot be read"))


def _counted(session: Session, verdict: Verdict, progress: Progress) -> Iterator[Entry]:
    """Every entry; on the way, whether its event can be found by what it names."""
    filed = groupby(queries.subjects(session), key=lambda row: row[:2])
    place, rows = next(filed, (None, iter(())))
    for entry in queries.entries(session):
        yield entry
        found = set()
        if place == (entry.seal_number, entry.position):
            found = {(row[2], row[3]) for row in rows}
            place, rows = next(filed, (None, iter(())))
        finding = misfiled(entry, found)
        if finding is not None:
            verdict.add(finding)
        if verdict.tally.events % 10_000 == 0:
            progress(verdict.tally.events)


def _erasures(session: Session) -> Iterator[Finding]:
    """Erased events which no record of an erasure names that was made at that moment and sealed after them."""
    for erasure_id, group in groupby(queries.erased(session), key=lambda row: row[1]):
        found = queries.erasure(session, erasure_id) if erasure_id is not None else None
        record, sealed_in = found or (None, None)
        named = set(record.subjects.get("audit-event", ())) if record is not None else set()
        for event_id, _, number, erased_at in group:
            if record is None or record.operation != ERASURE or str(event_id) not in named:
                yield Finding(Fault.ERASED_UNLAWFULLY, "no ERASE event names it", number, event_id)
            elif record.at != erased_at or (sealed_in is not None and sealed_in <= number):
                yield Finding(Fault.ERASED_UNLAWFULLY, "its ERASE event is of another time", number, event_id)


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
    for event_id in queries.subjects_of_nothing(session):
        yield Finding(Fault.INSERTED, "is searched for, and no seal holds it", event_id=event_id)
    for event_id in queries.waiting_in_vain(session):
        yield Finding(Fault.MISSING, "waited for its seal and is gone", event_id=event_id)


def _recent(at: datetime, now: datetime) -> bool:
    return now - UNSEALED_AT_MOST <= at <= now + UNSEALED_AT_MOST


def _against(session: Session, path: Path, key: Ed25519PublicKey, verdict: Verdict) -> Iterator[Finding]:
    """Whether the log still is what each checkpoint says it was."""
    log, forged = queries.log_name(session), False
    lines = iter(lines_of(path))
    while some := list(islice(lines, _TOGETHER)):
        genuine = []
        for line in some:
            read = read_line(line)
            if read is None:
                verdict.unreadable_checkpoints += 1
            elif not is_genuine(*read, key):
                forged = True
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
    if verdict.unreadable_checkpoints > 1:
        # A crash cuts one line short. After another one, begin a new file and keep the old one.
        detail = f"{verdict.unreadable_checkpoints} lines of the file of checkpoints cannot be read"
        yield Finding(Fault.FORGED, detail)
    if verdict.checkpoints == 0 and not forged:
        yield Finding(Fault.CUT, "the file of checkpoints holds none that can be read")
