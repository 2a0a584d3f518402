"""Stores a large file in pieces where one transaction keeps all others waiting, so that whoever waits to write, a phone
or a signed message, waits for one piece and not for the file.

The whole file is compared before anything is written: with a fault it is refused, and nothing was. Then it is kept,
with what is needed to read it, until its last row is stored; what it brings anew is shown to nobody before that
(`queries.all_there`). A run that is stopped goes on with the next tick, or the next file of its kind, from its first
row: rows that are held change nothing. What comes of a row is decided when it is stored, after whatever was said
meanwhile.
"""

import json
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import Engine, delete
from sqlmodel import Session, col

from app.database.one_writer import alone, writes_alone
from app.database.session import reading, transaction
from app.imports import queries
from app.imports.findings import Finding
from app.imports.mechanism import (
    Applied,
    Brought,
    Compared,
    Importing,
    ImportKind,
    ImportRefused,
    Progress,
    Touched,
    recorded,
    report_of,
)
from app.imports.models import ImportRun, ImportUnderWay
from app.imports.problems import another_under_way
from app.imports.profiles import columns_of
from app.imports.schemas import ImportReport
from app.imports.tables import SourceFile, SourceRow, SourceTable

# What others wait for at the most: some sixty milliseconds of work.
ROWS_A_PIECE = 200
# A file of no more rows is stored in one transaction, a fifth of a second.
MOST_IN_ONE = 500
_LOCK = "importing"
_IMPORTING = TypeAdapter(Importing)


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
        _accept(engine, kind, importing, source, report, compared)
        return _store(engine, kind, importing, source, halves)


def go_on(engine: Engine, kinds: Mapping[str, ImportKind]) -> int:
    """Stores what was stopped before its last row, of some kinds; how many files. Nothing where somebody is at it."""
    if not writes_alone(engine):
        return 0
    with reading(engine) as session:
        if not queries.not_all_stored(session, kinds):
            return 0
    done = 0
    with alone(engine, _LOCK) as mine:
        if not mine:
            return 0
        with reading(engine) as session:
            waiting = [
                session.get_one(ImportUnderWay, each) for each in queries.not_all_stored(session, kinds)
            ]
        for one in waiting:
            table = _unpacked(one.content)
            importing = _IMPORTING.validate_json(json.dumps(one.importing))
            report = ImportReport.model_validate_json(json.dumps(one.report))
            source = SourceFile(table, report.file_sha256)
            _store(engine, kinds[one.kind], importing, source, lambda _rows: None, report)
            done += 1
    return done


def _accept(
    engine: Engine,
    kind: ImportKind,
    importing: Importing,
    source: SourceFile,
    report: ImportReport,
    compared: Compared,
) -> None:
    """Keeps a file until it is stored: from now on it is stored whole, whatever happens."""
    content = _packed(source.table, kind, importing)
    subjects = {name: sorted(map(str, ids)) for name, ids in compared.touched.subjects.items()}
    with transaction(engine) as session:
        # One of another kind was stopped, and waits for the tick.
        if (
            importing.force_id is None
            or importing.run_id is None
            or queries.under_way(session, importing.force_id)
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
    report = accepted or report_of(kind, label, source, compared.tally)
    with transaction(engine) as session:
        if rest is not None:
            compared.touched.add(rest.apply(session))
        report = _over(session, kind, importing, report, compared)
    return Brought(report, compared.tally.findings)


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


def _packed(table: SourceTable, kind: ImportKind, importing: Importing) -> bytes:
    """The columns of a file that are read, row by row, compressed."""
    columns = columns_of(table.headers, kind.fields, importing.profile)
    headers = [header for header in table.headers if header in columns]
    packer = zlib.compressobj(1)
    found = [packer.compress(json.dumps(headers).encode())]
    for row in table.rows:
        said = [row.number, *(row.values.get(header) for header in headers)]
        found.append(packer.compress(b"\n" + json.dumps(said).encode()))
    return b"".join([*found, packer.flush()])


def _unpacked(content: bytes) -> SourceTable:
    headers, *_ = (raw := zlib.decompress(content)).split(b"\n", 1)
    rows = _KeptRows(raw, tuple(json.loads(headers)))
    return SourceTable(rows.headers, rows)


@dataclass(frozen=True, slots=True)
class _KeptRows(Collection[SourceRow]):
    """The rows that were packed, read whenever somebody goes through them."""

    raw: bytes
    headers: tuple[str, ...]

    def __iter__(self) -> Iterator[SourceRow]:
        for line in self.raw.split(b"\n")[1:]:
            number, *values = json.loads(line)
            yield SourceRow(number, dict(zip(self.headers, values, strict=True)))

    def __len__(self) -> int:
        return self.raw.count(b"\n")

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)
