"""Use cases of imports: try a file, lay it before a second person, apply it, list what was brought in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from fastapi.sse import EventSourceResponse
from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import consulted
from app.database.session import reading as opened, transaction
from app.identity.permissions import Caller, Permission, requires
from app.imports import queries
from app.imports.bringing import bring_in
from app.imports.mechanism import (
    Brought,
    Importing,
    ImportKind,
    ImportRefused,
    Progress,
    ReadAs,
    log_step,
)
from app.imports.models import ImportProposal
from app.imports.problems import import_refused, second_person_needed, unreadable
from app.imports.schemas import (
    ImportCounts,
    ImportPage,
    ImportReport,
    ImportSummary,
)
from app.imports.tables import FileRefused, SourceFile
from app.imports.watching import watched
from app.rest.pagination import decode_cursor, encode_cursor

_PROPOSAL_LASTS = timedelta(days=7)
UseCase = Callable[[Engine, Caller, SourceFile, ReadAs, datetime, bool, Progress], Brought]


def read_upload(kind: ImportKind, raw: bytes, directory: Path) -> SourceFile:
    """Reads a sent file before any transaction begins. Raises `unreadable-file`, and `too-large` beyond the limits."""
    try:
        return kind.read(raw, directory)
    except FileRefused as refused:
        raise unreadable(refused) from None


def import_use_case(
    kind: ImportKind,
) -> UseCase:
    """The use case of one kind, with that kind's permission on it; it tells of every part how many rows it had. Its
    transactions are its own: a dry run only reads, and a large file is stored in several."""

    @requires(kind.permission)
    def import_file(
        engine: Engine,
        caller: Caller,
        source: SourceFile,
        reading: ReadAs,
        now: datetime,
        dry_run: bool,
        progress: Progress,
    ) -> Brought:
        importing = Importing(caller.force_id, caller.officer_id, now, reading.options, reading.profile)
        if reading.two_persons and not (dry_run or reading.propose):
            with opened(engine) as session:
                named = kind.reading(session, importing)
                importing = replace(importing, proposed_by=_proposed_by(session, kind, named, source, caller))
        try:
            brought = bring_in(
                engine, kind, importing, source, dry_run=dry_run or reading.propose, progress=progress
            )
        except ImportRefused as refused:
            raise import_refused(refused.findings) from None
        except FileRefused as refused:
            raise unreadable(refused) from None
        if reading.propose and not brought.refused:
            with transaction(engine) as session:
                return _proposed(session, kind, importing, caller, brought)
        return brought

    return import_file


def watched_import(
    engine: Engine,
    request_id: str,
    use_case: UseCase,
    caller: Caller,
    source: SourceFile,
    reading: ReadAs,
    now: datetime,
    *,
    dry_run: bool,
) -> EventSourceResponse:
    """A use case of `import_use_case`, in an answer that tells how far it is."""

    def work(progress: Progress) -> ImportReport:
        return use_case(engine, caller, source, reading, now, dry_run, progress).report

    return watched(request_id, len(source.table.rows), work)


def _proposed_by(
    session: Session, kind: ImportKind, importing: Importing, source: SourceFile, caller: Caller
) -> UUID:
    """Who else has proposed a file. Raises `second-person-needed`."""
    label, since = importing.options.label(importing.profile), importing.now - _PROPOSAL_LASTS
    found = queries.proposal_of_another(
        session, caller.force_id, kind.name, source.sha256, label, caller.officer_id, since
    )
    if found is None:
        raise second_person_needed()
    return found.proposed_by


def _proposed(
    session: Session, kind: ImportKind, importing: Importing, caller: Caller, brought: Brought
) -> Brought:
    """Lays a file that was tried before a second person."""
    proposal = ImportProposal(
        id=uuid4(), force_id=caller.force_id, kind=kind.name, file_sha256=brought.report.file_sha256,
        profile=brought.report.profile, proposed_by=caller.officer_id, proposed_at=importing.now,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    subjects = {"import_proposal": [proposal.id]}
    log_step(session, kind, importing, caller.force_id, subjects, Action.ALTER, "propose")
    return Brought(brought.report.model_copy(update={"proposed": True}), brought.findings)


@requires(Permission.IMPORTS_PLACES)
def list_imports(
    session: Session,
    caller: Caller,
    kinds: Mapping[str, ImportKind],
    now: datetime,
    *,
    cursor: str | None,
    limit: int,
) -> ImportPage:
    """The force's runs of the kinds the caller may bring in, newest first.

    Needs the permission that whoever imports anything has; the kinds shown are those of the caller's own.
    """
    mine = frozenset(name for name, kind in kinds.items() if caller.may(kind.permission))
    before = decode_cursor(cursor) if cursor is not None else None
    rows = queries.runs(session, caller.force_id, mine, before, limit + 1)
    page = rows[:limit]
    people = {row.imported_by for row in page if row.imported_by is not None}
    consulted(
        session,
        "imports.list",
        now,
        {"officer": people},
        actor_id=caller.officer_id,
        force_id=caller.force_id,
    )
    return ImportPage(
        items=[
            ImportSummary(
                id=row.id,
                kind=row.kind,
                profile=row.profile,
                file_sha256=row.file_sha256,
                imported_at=row.imported_at,
                imported_by=row.imported_by,
                counts=ImportCounts.model_validate(row.report["counts"]),
            )
            for row in page
        ],
        next_cursor=encode_cursor(page[-1].imported_at, page[-1].id) if len(rows) > limit else None,
    )
