"""The one way files come in: what a kind of file is, how it is compared part by part, what is written down of a run.

Each kind hangs itself on by an `ImportKind`: a function that compares a table with what is stored and proposes.
`bringing` tries and applies files with it; the same rows in another file are «unchanged».
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import Subjects, changed
from app.database.session import afterwards
from app.identity.permissions import Permission
from app.imports.files import read_file
from app.imports.findings import Finding, PlannedChange, Tally
from app.imports.models import ImportRun
from app.imports.profiles import STANDARD, Profile
from app.imports.schemas import (
    ChangeResponse,
    FindingResponse,
    ImportCounts,
    ImportReport,
)
from app.imports.tables import SourceFile, SourceTable

MOST_TOLD = 1_000
_MOST_NAMED = 5_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a sender may say beside the file; each kind uses those that concern it.

    `default_issuer` fills an empty `issuer`; `effective_from` dates changes whose row gives no later day;
    `complete_list` says that whoever is missing from the file has left, or is missing at its source. `mapping` names
    how the file is read, where that is kept by the force. `only_good_rows`: rows with faults are left out and kept for
    a report, the others applied.
    """

    default_issuer: str | None = None
    effective_from: date | None = None
    complete_list: bool = False
    mapping: str | None = None
    only_good_rows: bool = False

    def label(self, profile: Profile) -> str:
        """Profile and options as a run records them; the same file with other options is another import."""
        if self == ImportOptions():
            return profile.label
        told = json.dumps(asdict(self), default=str, sort_keys=True)
        return f"{profile.label}+{hashlib.sha256(told.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a file is to be read: what its sender said beside it, and the layout."""

    options: ImportOptions = ImportOptions()
    profile: Profile = STANDARD
    # To be tried and laid before a second person; and whether its kind takes one.
    propose: bool = False
    two_persons: bool = False


@dataclass(frozen=True, slots=True)
class Importing:
    """Who brings a file in, into which force, and when. `force_id` is None only while the force itself is being made.

    `officer_id` is None for the command line, which is whoever may write the database anyway; only there may
    `force_code` name a force that the file is to make. `run_id` is what the run will be recorded under, None for a dry
    run.
    """

    force_id: UUID | None
    officer_id: UUID | None
    now: datetime
    options: ImportOptions = ImportOptions()
    profile: Profile = STANDARD
    force_code: str | None = None
    proposed_by: UUID | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying touched, for the audit log; `force_id` is the force it was, made just now perhaps; `as_of`
    the day of what the file says, where its kind has one."""

    force_id: UUID
    subjects: Subjects
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a kind makes of a table: findings, changes, and the function that carries them out. `subjects` is what that
    touches, as far as it can be told before."""

    findings: tuple[Finding, ...]
    changes: tuple[PlannedChange, ...]
    unchanged: int
    apply: Callable[[Session], Applied]
    subjects: Subjects = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparing:
    """How one file is compared: `part` takes its parts in order, each perhaps in another session; `rest`, where there
    is one, comes after the last and proposes what follows from what the file leaves out. `look_round` reads what many
    rows are read by, so that nobody waits for that with the first of them."""

    part: Callable[[Session, SourceTable], Proposal]
    rest: Callable[[Session], Proposal] | None = None
    look_round: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Brought:
    """A report, every finding of the file where the report tells of the first, and whether a file that was only tried
    would be refused."""

    report: ImportReport
    findings: Sequence[Finding]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of file: its name in the address, who may bring it in, how it is read, and how it is compared with what
    is stored.

    `begin` is called once for a file and answers with what compares its parts, in order. `rows_at_once` is None where
    rows hang together, as areas in a tree: then the one part is the whole file. `afresh` kinds are compared each time,
    the newest file sent again included, because other kinds change what they look at. `read_folder` is for the command
    line, where a kind may come as a folder.
    `profile` says how the file is read where that is kept by the force. `takes_good_rows`: whether its rows stand for
    themselves, so that those without faults may be applied alone when the sender says so; what is proposed then leaves
    the others out.
    """

    name: str
    permission: Permission
    about_people: bool
    begin: Callable[[Session, Importing], Comparing]
    rows_at_once: int | None = None
    read: Callable[[bytes, Path], SourceFile] = read_file
    read_folder: Callable[[Path], SourceFile] | None = None
    afresh: bool = False
    profile: Callable[[Session, Importing], Profile] | None = None
    takes_good_rows: bool = False
    # The columns that are read: nothing else of a file is kept while it is being stored in pieces.
    fields: tuple[str, ...] = ()
    # Once a file is durable, in a transaction of its own: what it and whoever reported meanwhile did not see.
    afterwards: Callable[[Session, UUID, datetime], None] | None = None

    def reading(self, session: Session, importing: Importing) -> Importing:
        """The same, with the layout that the force keeps for this kind."""
        return (
            importing
            if self.profile is None
            else replace(importing, profile=self.profile(session, importing))
        )


def as_a_whole(
    propose: Callable[[Session, Importing, SourceTable], Proposal],
) -> Callable[[Session, Importing], Comparing]:
    """The `begin` of a kind that compares a file as a whole."""

    def begin(_session: Session, importing: Importing) -> Comparing:
        return Comparing(lambda session, table: propose(session, importing, table))

    return begin


class ImportRefused(Exception):
    """A file that was to be applied has errors; the transaction it was read in is to be undone."""

    def __init__(self, report: ImportReport, findings: Sequence[Finding]) -> None:
        super().__init__(f"{report.counts.errors} faults")
        self.report = report
        self.findings = findings


class Touched:
    """What the parts of a file touch."""

    def __init__(self) -> None:
        self.force_id: UUID | None = None
        self.as_of: date | None = None
        self.subjects: defaultdict[str, set[UUID | str]] = defaultdict(set)

    def add(self, applied: Applied) -> None:
        """Adds what applying a part touched."""
        self.force_id = applied.force_id
        self.as_of = applied.as_of
        self.name(applied.subjects)

    def name(self, subjects: Subjects) -> None:
        """Adds what a part touches."""
        for name, ids in subjects.items():
            # What will not be named need not be kept either.
            if name == "officer" or len(self.subjects[name]) <= _MOST_NAMED:
                self.subjects[name].update(ids)


class Compared:
    """What the parts of a file come to, one after the other, and what they touch."""

    def __init__(self, kind: ImportKind, importing: Importing) -> None:
        self.tally, self.touched = Tally(), Touched()
        self._only_good = kind.takes_good_rows and importing.options.only_good_rows

    @property
    def refused(self) -> bool:
        """Whether the file may not be applied: one error is enough, unless only good rows are asked for."""
        return bool(self.tally.errors_of_the_file if self._only_good else self.tally.errors)

    def add(self, proposal: Proposal, rows: int) -> None:
        """Counts a part with so many rows."""
        self.tally.add(rows, proposal.findings, proposal.changes, proposal.unchanged)
        self.touched.name(proposal.subjects)


def recorded(
    session: Session,
    kind: ImportKind,
    importing: Importing,
    report: ImportReport,
    applied: Touched,
    number: int,
) -> ImportReport:
    """Writes down that a file was applied."""
    if applied.force_id is None or importing.run_id is None:
        raise ValueError("a file without parts, or a dry run")
    run = ImportRun(
        id=importing.run_id,
        force_id=applied.force_id,
        kind=kind.name,
        number=number,
        file_sha256=report.file_sha256,
        profile=report.profile,
        imported_by=importing.officer_id,
        imported_at=importing.now,
        as_of=applied.as_of,
        report={},
    )
    said = {"run_id": run.id, "dry_run": False, "applied": True, "proposed_by": importing.proposed_by}
    report = report.model_copy(update=said)
    run.report = report.model_dump(mode="json")
    session.add(run)
    session.flush()
    if (work := kind.afterwards) is not None:
        force_id, now = applied.force_id, importing.now
        afterwards(session, lambda own: work(own, force_id, now))
    # Of very many only the people are named: the rest is found by the run, whose time they bear.
    named = {
        name: ids for name, ids in applied.subjects.items() if name == "officer" or len(ids) <= _MOST_NAMED
    }
    log_step(
        session, kind, importing, applied.force_id, {"import_run": [run.id], **named}, Action.ALTER, "commit"
    )
    return report


def log_step(
    session: Session,
    kind: ImportKind,
    importing: Importing,
    force_id: UUID,
    subjects: Subjects,
    action: Action,
    step: str,
) -> None:
    """Logs what was done with a file of a kind."""
    changed(
        session,
        f"imports.{kind.name}.{step}",
        importing.now,
        subjects,
        actor_id=importing.officer_id,
        force_id=force_id,
        action=action,
    )


def findings_told(findings: Iterable[Finding]) -> list[FindingResponse]:
    """The first findings, as a report tells them."""
    return [
        FindingResponse(
            row=one.row, column=one.column, code=one.code, detail=one.detail, severity=one.severity
        )
        for one in islice(findings, MOST_TOLD)
    ]


def report_of(kind: ImportKind, label: str, source: SourceFile, tally: Tally) -> ImportReport:
    """The report of a file that was compared, as of a dry run."""
    return ImportReport(
        run_id=None,
        kind=kind.name,
        profile=label,
        file_sha256=source.sha256,
        dry_run=True,
        applied=False,
        repeated=False,
        counts=ImportCounts(
            rows=tally.rows,
            new=tally.new,
            changed=tally.changed,
            ended=tally.ended,
            unchanged=tally.unchanged,
            errors=tally.errors,
            warnings=tally.warnings,
            missing=tally.missing,
        ),
        findings=findings_told(tally.findings),
        changes=[
            ChangeResponse(
                action=one.action,
                key=one.key,
                row=one.row,
                fields=list(one.fields),
                before=one.before,
                after=one.after,
            )
            for one in tally.changes
        ],
    )
