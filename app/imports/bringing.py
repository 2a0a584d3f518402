"""Brings one file in: read, checked against the database, told (dry run) or applied whole (commit).

A file is applied in one transaction: one error anywhere undoes it, because half a file is a state nobody asked for, and
a run that is killed has left nothing. Where that would keep all others waiting for long, a large file whose rows stand
for themselves is stored in pieces (`pieces`). The newest file sent again changes nothing and answers with its first
report; an older one is compared afresh, because what came between may have undone it.
"""

from dataclasses import replace
from uuid import uuid4

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.database.session import reading, transaction
from app.imports import pieces, queries
from app.imports.mechanism import (
    Brought,
    Compared,
    Importing,
    ImportKind,
    ImportRefused,
    Progress,
    log_step,
    recorded,
    report_of,
)
from app.imports.problems import another_under_way
from app.imports.tables import MAX_ROWS_AT_ONCE, SourceFile, TooManyRows


def bring_in(
    engine: Engine,
    kind: ImportKind,
    importing: Importing,
    source: SourceFile,
    *,
    dry_run: bool,
    progress: Progress = lambda _rows: None,
) -> Brought:
    """Proposes and, unless it is a dry run, applies one file, telling `progress` of every part how many rows it had.
    A dry run keeps nobody waiting. Raises ImportRefused when the file has an error, TooManyRows, and `unavailable`
    while another file is being stored in pieces, or when one was applied while this one was compared to be so stored.

    Called directly only by the command line; everybody else comes through `import_use_case`.
    """
    if kind.rows_at_once is None and len(source.table.rows) > MAX_ROWS_AT_ONCE:
        raise TooManyRows(f"A file of {kind.name} may have {MAX_ROWS_AT_ONCE} rows.")
    if dry_run:
        return _try(engine, kind, importing, source, progress)
    if importing.force_id is not None:
        try:
            pieces.go_on(engine, {kind.name: kind}, importing.force_id)
        except pieces.NotStored:
            raise another_under_way() from None
    if pieces.needed(engine, kind, source):
        return pieces.bring_in(engine, kind, importing, source, progress)
    with transaction(engine) as session:
        return _apply(session, kind, importing, source, progress)


def _try(
    engine: Engine, kind: ImportKind, importing: Importing, source: SourceFile, progress: Progress
) -> Brought:
    with reading(engine) as session:
        importing = kind.reading(session, importing)
        compared = pieces.compare(session, kind, importing, source, progress)
    if kind.about_people and importing.force_id is not None:
        # A dry run shows who joins, moves and leaves: that is a look at people, and is logged as one.
        with transaction(engine) as session:
            log_step(session, kind, importing, importing.force_id, {}, Action.CONSULT, "dry-run")
    label = importing.options.label(importing.profile)
    report = report_of(kind, label, source, compared.tally)
    return Brought(report, compared.tally.findings, compared.refused)


def _apply(
    session: Session, kind: ImportKind, importing: Importing, source: SourceFile, progress: Progress
) -> Brought:
    newest = None
    if importing.force_id is not None:
        # Before anything is read, so that equal files at once are applied once and answered alike.
        queries.hold_force(session, importing.force_id)
        if queries.under_way(session, importing.force_id):
            raise another_under_way()
        newest = queries.newest_run(session, importing.force_id, kind.name)
    importing = replace(kind.reading(session, importing), run_id=uuid4())
    label = importing.options.label(importing.profile)
    before = pieces.applied_before(kind, newest, source, label)
    if before is not None:
        return before
    compared = Compared(kind, importing)
    comparing = kind.begin(session, importing)
    for part in source.table.parts(kind.rows_at_once):
        proposal = comparing.part(session, part)
        compared.add(proposal, len(part.rows))
        if not compared.refused:
            compared.touched.add(proposal.apply(session))
        progress(len(part.rows))
    if comparing.rest is not None and not compared.refused:
        proposal = comparing.rest(session)
        compared.add(proposal, 0)
        compared.touched.add(proposal.apply(session))
        progress(0)
    report = report_of(kind, label, source, compared.tally)
    if compared.refused:
        raise ImportRefused(report, compared.tally.findings)
    number = 1 if newest is None else newest.number + 1
    report = recorded(session, kind, importing, report, compared.touched, number)
    return Brought(report, compared.tally.findings)
