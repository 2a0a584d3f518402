"""Stores a large file in pieces where one transaction keeps all others waiting, so that whoever waits to write, a phone
or a signed message, waits for one piece and not for the file.

The whole file is compared before anything is written: with a fault it is refused, and nothing was. Then it is kept,
with what is needed to read it, until its last row is stored; what it brings anew is shown to nobody before that
(`queries.all_there`). A run that is stopped goes on with the next tick, or the next file of its kind, from its first
row: rows that are held change nothing. What comes of a row is decided when it is stored, after whatever was said of it
meanwhile. What rows are read by is older: officers and places are read when storing begins, and what phones recorded
without a reference once for each month of the file, when its first row comes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from app.database.one_writer import alone, writes_alone
from app.database.session import reading, transaction
from app.imports import queries
from app.imports.findings import Finding, Severity, Tally
from app.imports.mechanism import (
    MOST_TOLD,
    Applied,
    Brought,
    Compared,
    Importing,
    ImportKind,
    ImportRefused,
    Progress,
    Touched,
    findings_told,
    recorded,
    report_of,
)
from app.imports.models import ImportRun, ImportUnderWay
from app.imports.packing import packed, unpacked
from app.imports.problems import another_under_way
from app.imports.schemas import ImportReport
from app.imports.tables import SourceFile
from app.rest.problem_documents import log_unexpected

# What others wait for at the most: some sixty milliseconds of work.
ROWS_A_PIECE = 200
# A file of no more rows is stored in one transaction, a fifth of a second.
MOST_IN_ONE = 500
_LOCK = "importing"
_IMPORTING = TypeAdapter(Importing)


class NotStored(Exception):
    """Accepted files that could not be stored; what each failed with is in the log."""


class _Stopped(Exception):
    """Whoever stores is to end."""


def needed(engine: Engine, kind: ImportKind, source: SourceFile) -> bool:
    """Whether storing a file at once would keep others waiting."""
    return writes_alone(engine) and kind.rows_at_once is not None and len(source.table.rows) > MOST_IN_ONE


def compare(
    session: Session, kind: ImportKind, importing: Importing, source: SourceFile, progress: Progress
) -> Compared:
    """What a file would change; nothing is written."""
    compared = Compared(kind, importing)
    comparing = kind.begin(session, importing)
    for part in source.table.parts(kind.rows_at_once):
        compared.add(comparing.part(session, part), len(part.rows))
        progress(len(part.rows))
    if comparing.rest is not None and not compared.refused:
        compared.add(comparing.rest(session), 0)
        progress(0)
    return compared


def applied_before(
    kind: ImportKind, newest: ImportRun | None, source: SourceFile, label: str
) -> Brought | None:
    """The answer to a file that is the newest of its kind already, read the same way."""
    if newest is None or kind.afresh or (newest.file_sha256, newest.profile) != (source.sha256, label):
        return None
    before = ImportReport.model_validate_json(json.dumps({**newest.report, "repeated": True}))
    return Brought(before, [Finding(**one.model_dump()) for one in before.findings])


def bring_in(
    engine: Engine, kind: ImportKind, importing: Importing, source: SourceFile, progress: Progress
) -> Brought:
    """Applies a large file, as `bringing.bring_in` does. Of every row `progress` hears half when it was compared."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    halves = _Halves(progress)
    with alone(engine, _LOCK) as mine:
        if not mine:
            raise another_under_way()
        with reading(engine) as session:
            applied = queries.runs_applied(session, force_id)
            importing = kind.reading(session, importing)
            label = importing.options.label(importing.profile)
            newest = queries.newest_run(session, force_id, kind.name)
            before = applied_before(kind, newest, source, label)
            if before is not None:
                return before
            compared = compare(session, kind, importing, source, halves)
        report = report_of(kind, label, source, compared.tally)
        if compared.refused:
            raise ImportRefused(report, compared.tally.findings)
        importing = replace(importing, run_id=uuid4())
        _accept(engine, kind, importing, source, report, compared, applied)
        return _store(engine, kind, importing, source, halves)


def go_on(
    engine: Engine,
    kinds: Mapping[str, ImportKind],
    force_id: UUID | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Stores what was stopped before its last row, of some kinds, of one force or of all; how many files. Nothing where
    somebody is at it. `stopped` is asked after every piece. Raises NotStored when all others are stored."""
    if not writes_alone(engine):
        return 0
    with reading(engine) as session:
        if not queries.not_all_stored(session, kinds, force_id):
            return 0

    def unless_stopped(_rows: int) -> None:
        if stopped():
            raise _Stopped

    done = failed = 0
    with alone(engine, _LOCK) as mine:
        if not mine:
            return 0
        with reading(engine) as session:
            waiting = queries.not_all_stored(session, kinds, force_id)
        for run_id in waiting:
            try:
                unless_stopped(0)
                _store_kept(engine, kinds, run_id, unless_stopped)
                done += 1
            except _Stopped:
                break
            except Exception as error:
                # One file that cannot be stored must not keep those of other forces waiting.
                log_unexpected(error)
                failed += 1
    if failed:
        raise NotStored(f"{failed} files")
    return done


def _store_kept(engine: Engine, kinds: Mapping[str, ImportKind], run_id: UUID, progress: Progress) -> None:
    with reading(engine) as session:
        kept = session.get_one(ImportUnderWay, run_id)
    importing = _IMPORTING.validate_json(json.dumps(kept.importing))
    report = ImportReport.model_validate_json(json.dumps(kept.report))
    source = SourceFile(unpacked(kept.content), report.file_sha256)
    _store(engine, kinds[kept.kind], importing, source, progress, report)


def _accept(
    engine: Engine,
    kind: ImportKind,
    importing: Importing,
    source: SourceFile,
    report: ImportReport,
    compared: Compared,
    applied: Mapping[str, int],
) -> None:
    """Keeps a file until it is stored: from now on it is stored whole, whatever happens, and no other of its force is
    let in. `applied` is what had been when it was compared: its rows may be faulty after any file since."""
    content = packed(source.table, kind.fields, importing.profile)
    subjects = {name: sorted(map(str, ids)) for name, ids in compared.touched.subjects.items()}
    with transaction(engine) as session:
        # One of another kind may have been stopped, and wait for the tick.
        if (
            importing.force_id is None
            or importing.run_id is None
            or queries.under_way(session, importing.force_id)
            or queries.runs_applied(session, importing.force_id) != applied
        ):
            raise another_under_way()
        session.add(
            ImportUnderWay(
                run_id=importing.run_id, force_id=importing.force_id, kind=kind.name, imported_at=importing.now,
                importing=_IMPORTING.dump_python(importing, mode="json"), report=report.model_dump(mode="json"),
                subjects=subjects, content=content,
            )
        )  # fmt: skip


def _store(
    engine: Engine,
    kind: ImportKind,
    importing: Importing,
    source: SourceFile,
    progress: Progress,
    accepted: ImportReport | None = None,
) -> Brought:
    """Stores an accepted file from its first row. `accepted` is the report of one that was stopped: of rows that are
    held already nothing else tells what became of them."""
    compared = Compared(kind, importing)
    with reading(engine) as session:
        comparing = kind.begin(session, importing)
        comparing.look_round()
    for part in source.table.parts(ROWS_A_PIECE):
        with transaction(engine) as session:
            proposal = comparing.part(session, part)
            compared.add(proposal, len(part.rows))
            compared.touched.add(proposal.apply(session))
        progress(len(part.rows))
    rest = None
    if comparing.rest is not None:
        with reading(engine) as session:
            rest = comparing.rest(session)
        compared.add(rest, 0)
    label = importing.options.label(importing.profile)
    report = report_of(kind, label, source, compared.tally)
    if accepted is not None:
        report = _with_faults(accepted, compared.tally)
    with transaction(engine) as session:
        if rest is not None:
            compared.touched.add(rest.apply(session))
        report = _over(session, kind, importing, report, compared)
    return Brought(report, compared.tally.findings)


def _with_faults(report: ImportReport, tally: Tally) -> ImportReport:
    """The report of a file that was stopped, with the faults found when it was stored: what a row names may be gone
    since it was accepted, and the row is then left out."""
    remarks = [one for one in report.findings if one.severity is not Severity.ERROR]
    faults = findings_told(one for one in tally.findings if one.severity is Severity.ERROR)
    told = sorted([*faults, *remarks], key=lambda one: (one.row or 0, one.column or ""))
    counts = report.counts.model_copy(update={"errors": tally.errors})
    return report.model_copy(update={"counts": counts, "findings": told[:MOST_TOLD]})


def _over(
    session: Session, kind: ImportKind, importing: Importing, report: ImportReport, compared: Compared
) -> ImportReport:
    """Records the run, and lets go of the file: from now on all of it is shown."""
    if importing.force_id is None or importing.run_id is None:
        raise ValueError("not accepted")
    kept = session.get_one(ImportUnderWay, importing.run_id)
    touched = Touched()
    touched.add(Applied(importing.force_id, kept.subjects, compared.touched.as_of))
    touched.name({name: map(str, ids) for name, ids in compared.touched.subjects.items()})
    session.connection().execute(delete(ImportUnderWay).where(col(ImportUnderWay.run_id) == importing.run_id))
    newest = queries.newest_run(session, importing.force_id, kind.name)
    return recorded(session, kind, importing, report, touched, 1 if newest is None else newest.number + 1)


class _Halves:
    """Tells of every row half when it is compared and half when it is stored: in the end of as many as there are."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._heard = self._told = 0

    def __call__(self, rows: int) -> None:
        self._heard += rows
        more = self._heard // 2 - self._told
        self._told += more
        self._progress(more)
