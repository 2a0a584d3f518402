"""The one way files come in: read, checked against the database, told (dry run) or applied whole (commit).

Each kind hangs itself on by an `ImportKind`: a function that compares a table with what is stored and proposes. A
proposal with one error is not applied at all, because half a file is a state nobody asked for. The newest file sent
again changes nothing and answers with its first report; an older one is compared afresh, because what came between
may have undone it; the same rows in another file are «unchanged».
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import Subjects, changed, consulted
from app.identity.permissions import Caller, Permission, requires
from app.imports import queries
from app.imports.files import read_file
from app.imports.findings import ENDS, STARTS, Finding, PlannedChange, Severity, any_errors
from app.imports.models import ImportRun
from app.imports.problems import import_refused, unreadable
from app.imports.profiles import STANDARD, Profile
from app.imports.schemas import (
    ChangeResponse,
    FindingResponse,
    ImportCounts,
    ImportPage,
    ImportReport,
    ImportSummary,
)
from app.imports.tables import FileRefused, SourceFile, SourceTable
from app.rest.pagination import decode_cursor, encode_cursor

_MOST_FINDINGS = 1_000
_MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a sender may say beside the file; each kind uses those that concern it.

    `default_issuer` fills an empty `issuer`; `effective_from` dates changes whose row gives no later day;
    `complete_list` says that whoever is missing from the file has left.
    """

    default_issuer: str | None = None
    effective_from: date | None = None
    complete_list: bool = False

    def label(self, profile: Profile) -> str:
        """Profile and options as a run records them; the same file with other options is another import."""
        if self == ImportOptions():
            return profile.label
        told = json.dumps(asdict(self), default=str, sort_keys=True)
        return f"{profile.label}+{hashlib.sha256(told.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Importing:
    """Who brings a file in, into which force, and when. `force_id` is None only while the force itself is being made.

    `officer_id` is None for the command line, which is whoever may write the database anyway; only there may
    `force_code` name a force that the file is to make.
    """

    force_id: UUID | None
    officer_id: UUID | None
    now: datetime
    options: ImportOptions = ImportOptions()
    profile: Profile = STANDARD
    force_code: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying touched, for the audit log; `force_id` is the force it was, made just now perhaps."""

    force_id: UUID
    subjects: Subjects


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a kind makes of a table: findings, changes, and the function that carries them out."""

    findings: tuple[Finding, ...]
    changes: tuple[PlannedChange, ...]
    unchanged: int
    apply: Callable[[Session], Applied]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of file: its name in the address, who may bring it in, how it is read, and how it is compared with what
    is stored.

    `afresh` kinds are compared each time, the newest file sent again included, because other kinds change what they
    look at. `read_folder` is for the command line, where a kind may come as a folder.
    """

    name: str
    permission: Permission
    about_people: bool
    propose: Callable[[Session, Importing, SourceTable], Proposal]
    read: Callable[[bytes, Path], SourceFile] = read_file
    read_folder: Callable[[Path], SourceFile] | None = None
    afresh: bool = False


def read_upload(kind: ImportKind, raw: bytes, directory: Path) -> SourceFile:
    """Reads a sent file before any transaction begins. Raises `unreadable-file`, and `too-large` beyond the limits."""
    try:
        return kind.read(raw, directory)
    except FileRefused as refused:
        raise unreadable(refused) from None


def import_use_case(
    kind: ImportKind,
) -> Callable[[Session, Caller, SourceFile, ImportOptions, datetime, bool], ImportReport]:
    """The use case of one kind, with that kind's permission on it."""

    @requires(kind.permission)
    def import_file(
        session: Session,
        caller: Caller,
        source: SourceFile,
        options: ImportOptions,
        now: datetime,
        dry_run: bool,
    ) -> ImportReport:
        importing = Importing(caller.force_id, caller.officer_id, now, options)
        return bring_in(session, kind, importing, source, dry_run=dry_run)

    return import_file


def bring_in(
    session: Session, kind: ImportKind, importing: Importing, source: SourceFile, *, dry_run: bool
) -> ImportReport:
    """Proposes and, unless it is a dry run, applies one file. Raises `import-refused` when it has an error.

    Called directly only by the command line; everybody else comes through `import_use_case`.
    """
    label = importing.options.label(importing.profile)
    if dry_run:
        return _tried(session, kind, importing, source, label)
    newest = None
    if importing.force_id is not None:
        # Before anything is read, so that equal files at once are applied once and answered alike.
        queries.hold_force(session, importing.force_id)
        newest = queries.newest_run(session, importing.force_id, kind.name)
    same = newest is not None and (newest.file_sha256, newest.profile) == (source.sha256, label)
    if newest is not None and same and not kind.afresh:
        return ImportReport.model_validate_json(json.dumps({**newest.report, "repeated": True}))
    proposal = kind.propose(session, importing, source.table)
    report = _report(kind, label, source, proposal)
    if any_errors(proposal.findings):
        raise import_refused(proposal.findings)
    applied = proposal.apply(session)
    run = ImportRun(
        id=uuid4(),
        force_id=applied.force_id,
        kind=kind.name,
        number=1 if newest is None else newest.number + 1,
        file_sha256=source.sha256,
        profile=label,
        imported_by=importing.officer_id,
        imported_at=importing.now,
        report={},
    )
    report = report.model_copy(update={"run_id": run.id, "dry_run": False, "applied": True})
    run.report = report.model_dump(mode="json")
    session.add(run)
    session.flush()
    subjects = {"import_run": [run.id], **applied.subjects}
    _audit(session, kind, importing, applied.force_id, subjects, Action.ALTER, "commit")
    return report


def _tried(
    session: Session, kind: ImportKind, importing: Importing, source: SourceFile, label: str
) -> ImportReport:
    report = _report(kind, label, source, kind.propose(session, importing, source.table))
    if kind.about_people and importing.force_id is not None:
        # A dry run shows who joins, moves and leaves: that is a look at people, and is logged as one.
        _audit(session, kind, importing, importing.force_id, {}, Action.CONSULT, "dry-run")
    return report


def _audit(
    session: Session,
    kind: ImportKind,
    importing: Importing,
    force_id: UUID,
    subjects: Subjects,
    action: Action,
    step: str,
) -> None:
    changed(
        session,
        f"imports.{kind.name}.{step}",
        importing.now,
        subjects,
        actor_id=importing.officer_id,
        force_id=force_id,
        action=action,
    )


def _report(kind: ImportKind, label: str, source: SourceFile, proposal: Proposal) -> ImportReport:
    findings, changes = proposal.findings, proposal.changes
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    new = sum(change.action in STARTS for change in changes)
    ended = sum(change.action in ENDS for change in changes)
    return ImportReport(
        run_id=None,
        kind=kind.name,
        profile=label,
        file_sha256=source.sha256,
        dry_run=True,
        applied=False,
        repeated=False,
        counts=ImportCounts(
            rows=len(source.table.rows),
            new=new,
            changed=len(changes) - new - ended,
            ended=ended,
            unchanged=proposal.unchanged,
            errors=errors,
            warnings=len(findings) - errors,
        ),
        findings=[FindingResponse.model_validate(asdict(one)) for one in findings[:_MOST_FINDINGS]],
        changes=[
            ChangeResponse.model_validate({**asdict(one), "fields": list(one.fields)})
            for one in changes[:_MOST_CHANGES]
        ],
    )


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
