"""Hangs the tracker's exports on the import mechanism: read by a mapping of the force, compared part by part."""

from collections import Counter
from collections.abc import Collection, Mapping as MappingOf, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.clock import london_day
from app.identity.permissions import Permission
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.mechanism import Applied, Comparing, Importing, ImportKind, Proposal
from app.imports.profiles import Profile, columns_of, plain_header
from app.imports.rows import left_out, repeated_keys, validated
from app.imports.tables import SourceRow, SourceTable
from app.wmnow import checking, queries, service
from app.wmnow.mapping import PLACE_FIELDS, WMNOW, Mapping
from app.wmnow.member_data import Dropped, dropped
from app.wmnow.models import TrackerChannel
from app.wmnow.placing import Meanings
from app.wmnow.problems import mapping_unknown
from app.wmnow.records import CHANGES, SourceRecord, Step, record_id, unread_id
from app.wmnow.rejecting import Rejection, record_rejections
from app.wmnow.resolving import Known, resolve
from app.wmnow.row_cells import Cells, when
from app.wmnow.tracker_rows import (
    FIELDS,
    Reader,
    ReadRow,
    TrackerRow,
    faults_of,
    missing_columns,
)

ROWS_AT_ONCE = 1_000
_ACTIONS = {
    Step.NEW: ChangeAction.NEW,
    Step.CHANGED: ChangeAction.CHANGED,
    Step.DELETED: ChangeAction.ENDED,
}  # fmt: skip
_TOLD = {
    Step.STALE: ("stale", "A newer version of it is held: the row changed nothing."),
    Step.ERASED: ("erased", "Was let go under its retention rule, and is not brought back."),
}
_DROPPED = {
    Dropped.MEMBER_DATA: "Column {} may hold data about members of the public; it was dropped.",
    Dropped.FREE_TEXT: "Column {} may hold free text; it was dropped.",
}


def profile_of(mapping: Mapping) -> Profile:
    """The headings a mapping knows its columns by, and those whose columns are dropped whatever they are called."""
    aliases = {of: tuple(map(plain_header, headings)) for of, headings in mapping.headers.items()}
    dropped_too = frozenset(map(plain_header, mapping.member_data))
    return Profile(mapping.name, mapping.version, aliases, dropped=dropped_too)


def _mapping(session: Session, importing: Importing, version: int | None = None) -> Mapping:
    if importing.force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    found = queries.mapping(
        session, importing.force_id, importing.options.mapping or WMNOW, london_day(importing.now), version
    )
    if found is None:
        raise mapping_unknown()
    return found


def _profile(session: Session, importing: Importing) -> Profile:
    return profile_of(_mapping(session, importing))


def compare_records(session: Session, importing: Importing) -> Comparing:
    """A file of the tracker's records, compared part by part."""
    # The version that the run says, though there be a newer one since.
    mapping = _mapping(session, importing, importing.profile.version)
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    if importing.run_id is not None:
        service.wait_to_store(session, force_id)
    comparing = _File(session, force_id, importing, mapping)
    rest = comparing.rest if importing.options.complete_list else None
    return Comparing(comparing.part, rest, comparing.look_round)


@dataclass
class _File:
    """One file while it is compared: what is remembered from part to part."""

    session: Session
    force_id: UUID
    importing: Importing
    mapping: Mapping
    _ids: dict[object, int] = field(default_factory=dict)
    _seen: set[UUID] = field(default_factory=set)
    # Of rows of which nothing is taken: the records they are of; of the faulty among them, how many name no record at
    # all, and the ids that were made for want of one.
    _not_taken: set[UUID] = field(default_factory=set)
    _nameless: int = 0
    _made: set[UUID] = field(default_factory=set)
    _warned: set[str] = field(default_factory=set)
    # Faulty rows that bear no id, by what they say: those that are alike are told apart by their order.
    _unread: Counter[str] = field(default_factory=Counter)
    _span: tuple[datetime, datetime] | None = None

    def __post_init__(self) -> None:
        self._reader = Reader(self.mapping, self.importing.now)
        self._meanings = Meanings(self.session, self.force_id, self.mapping)

    def look_round(self) -> None:
        """Reads teams, places, codes and outlines."""
        self._meanings.look_round()

    def part(self, session: Session, table: SourceTable) -> Proposal:
        self.session = self._meanings.session = session
        columns = columns_of(table.headers, FIELDS, self.importing.profile)
        missing = missing_columns(tuple(columns.values()))
        rows, findings = validated(table, TrackerRow, self.importing.profile, self._left_out)
        if missing or (
            not rows and any(each.row is None and each.code == "column-missing" for each in findings)
        ):
            return Proposal((*findings, *missing), (), 0, lambda _session: Applied(self.force_id, {}))
        named = [(row.number, row.values.source_record_id) for row in rows if row.values.source_record_id]
        findings += repeated_keys(named, "source_record_id", self._ids)
        made = self._made_ids(table, columns)
        good: list[ReadRow] = []
        twice = {each.row for each in findings if each.code == "repeated"}
        for row in rows:
            read, told = self._reader.read(row, made.get(row.number))
            findings += told
            if read is not None and row.number not in twice:
                good.append(read)
        rejected = self._rejected(table, columns, findings, made)
        changes, unchanged, told = self._compared(good)
        findings += told
        if self.importing.options.complete_list:
            self._came(good, rejected, set(made.values()))

        def apply(session: Session) -> Applied:
            return self._apply(session, [each.record for each in good], rejected)

        ordered = sorted(findings, key=lambda one: (one.row or 0, one.column or ""))
        return Proposal(tuple(ordered), tuple(changes), unchanged, apply)

    def _left_out(self, place: int, header: str) -> Finding:
        why = dropped(header, self.mapping.member_data)
        if why is None:
            return left_out(place, header)
        return Finding(None, None, why.value, _DROPPED[why].format(place), Severity.WARNING)

    def _compared(self, good: Sequence[ReadRow]) -> tuple[list[PlannedChange], int, list[Finding]]:
        records = [each.record for each in good]
        known = self._meanings.known(records)
        steps = service.compare(self.session, self.force_id, records)
        before = queries.contents(
            self.session,
            [
                record_id(self.force_id, one.source_system, one.source_record_id)
                for one, step in zip(records, steps, strict=True)
                if step is Step.CHANGED
            ],
        )
        changes: list[PlannedChange] = []
        findings: list[Finding] = []
        for one, step in zip(records, steps, strict=True):
            number = one.row_number
            if step in CHANGES:
                row_id = record_id(self.force_id, one.source_system, one.source_record_id)
                differs = _differing(before.get(row_id, {}), one.content) if step is Step.CHANGED else ()
                changes.append(PlannedChange(_ACTIONS[step], one.source_record_id, number, differs))
            if step in _TOLD:
                self._not_taken.add(record_id(self.force_id, one.source_system, one.source_record_id))
                findings.append(Finding(number, "source_record_id", *_TOLD[step], Severity.WARNING))
            findings += self._unknown(one, known)
        return changes, len(records) - len(changes), findings

    def _unknown(self, record: SourceRecord, known: Known) -> list[Finding]:
        """What nothing is known by here, told once a file for each word."""
        if record.occurred_at is None:
            return []
        resolved = resolve(record.meant, record.occurred_at, known, self.mapping)
        words = [(each, each.partition(":")[0], "word-unknown") for each in resolved.unknown]
        collar = record.content.get("collar_number")
        if collar is not None and resolved.officer_id is None:
            words.append((f"collar_number:{collar}", "collar_number", "officer-unknown"))
        found = []
        for word, column, code in words:
            if word not in self._warned:
                self._warned.add(word)
                told = (
                    "Stands for nothing known here on that day; it is kept as it is. Told once for each word."
                )
                found.append(Finding(record.row_number, column, code, told, Severity.WARNING))
        return found

    def _made_ids(self, table: SourceTable, columns: MappingOf[str, str]) -> dict[int, str]:
        """Ids for the rows that bear none, whether they can be taken or not."""
        named = next((header for header, of in columns.items() if of == "source_record_id"), None)
        found = {}
        for row in table.rows:
            if named is None or row.values.get(named) is None:
                made = self._reader.id_for(_cells(row, columns))
                if made is not None:
                    found[row.number] = made
        return found

    def _rejected(
        self,
        table: SourceTable,
        columns: MappingOf[str, str],
        findings: Sequence[Finding],
        made: MappingOf[int, str],
    ) -> list[Rejection]:
        faults: dict[int, list[Finding]] = {}
        for each in findings:
            if each.row is not None and each.severity is Severity.ERROR:
                faults.setdefault(each.row, []).append(each)
        found = []
        for row in table.rows if faults else ():
            if row.number not in faults:
                continue
            cells = _cells(row, columns)
            source_id = checking.usable_id(cells.get("source_record_id") or made.get(row.number))
            at = when(cells, self.mapping.times)
            area_id = None if at is None else self._meanings.area_of(_places_only(cells), at)
            told = faults_of(faults[row.number])
            found.append(Rejection(row.number, told, self._unread_id(cells), source_id, at, area_id))
        return found

    def _unread_id(self, cells: Cells) -> str:
        alike = unread_id(cells)
        self._unread[alike] += 1
        return unread_id([cells, self._unread[alike]])

    def _came(self, good: Sequence[ReadRow], rejected: Sequence[Rejection], made: Collection[str]) -> None:
        """Remembers what a full export has, and of which time it is."""
        named = [each.source_record_id for each in rejected if each.source_record_id is not None]
        faulty = {each: record_id(self.force_id, WMNOW, each) for each in named}
        self._seen |= {record_id(self.force_id, WMNOW, each.record.source_record_id) for each in good}
        self._seen.update(faulty.values())
        self._not_taken.update(faulty.values())
        self._nameless += len(rejected) - len(named)
        self._made |= {faulty[each] for each in named if each in made}
        times = [each.record.occurred_at for each in good if each.record.occurred_at is not None]
        if times:
            first, last = self._span or (times[0], times[0])
            self._span = min(first, *times), max(last, *times)

    def rest(self, session: Session) -> Proposal:
        """What is held of a full export's time, from its first row's to its last's, and is not in it."""
        self.session = session
        absent = (
            {}
            if self._span is None
            else queries.absent(self.session, self.force_id, WMNOW, self._span, self._seen)
        )
        importing = self.importing

        def apply(session: Session) -> Applied:
            if importing.run_id is None:
                raise ValueError("a dry run applies nothing")
            service.take_back_missing(session, self._not_taken)
            service.mark_missing(
                session, self.force_id, list(absent), importing.run_id, importing.now, importing.officer_id
            )
            return Applied(self.force_id, {})

        changes = tuple(PlannedChange(ChangeAction.MISSING, each, None) for each in absent.values())
        return Proposal(self._doubts() if absent else (), changes, 0, apply)

    def _doubts(self) -> tuple[Finding, ...]:
        """Rows with faults that may be of what is told as missing: nothing is held by what they are known by."""
        held = queries.held(self.session, self._made, lock=False)
        unknown = self._nameless + len(self._made - held.keys())
        told = f"{unknown} rows with faults are of no record that is known: what is told as missing may be theirs."
        return (Finding(None, None, "missing-unsure", told, Severity.WARNING),) if unknown else ()

    def _apply(
        self,
        session: Session,
        records: Sequence[SourceRecord],
        rejected: Sequence[Rejection],
    ) -> Applied:
        importing = self.importing
        if importing.run_id is None:
            raise ValueError("a dry run applies nothing")
        service.store_records(
            session, self.force_id, records,
            channel=TrackerChannel.FILE, run_id=importing.run_id, mapping=self.mapping, now=importing.now,
            actor_id=importing.officer_id, meanings=self._meanings,
        )  # fmt: skip
        record_rejections(
            session,
            self.force_id,
            rejected,
            channel=TrackerChannel.FILE,
            run_id=importing.run_id,
            now=importing.now,
        )
        return Applied(self.force_id, {})


def _cells(row: SourceRow, columns: MappingOf[str, str]) -> dict[str, str | None]:
    return {columns[header]: value for header, value in row.values.items() if header in columns}


def _places_only(cells: Cells) -> dict[str, str]:
    return {of: said for of in PLACE_FIELDS if (said := cells.get(of)) is not None and len(said) <= 100}


def _differing(before: MappingOf[str, object], after: MappingOf[str, object]) -> tuple[str, ...]:
    return tuple(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))


RECORDS = ImportKind(
    "wmnow-engagements",
    Permission.WMNOW_IMPORT,
    about_people=True,
    begin=compare_records,
    rows_at_once=ROWS_AT_ONCE,
    profile=_profile,
    takes_good_rows=True,
    fields=FIELDS,
)
KINDS = (RECORDS,)
