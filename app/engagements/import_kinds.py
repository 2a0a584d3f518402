"""Hangs engagements on the import mechanism: those of the force's own tracker, by file."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.engagements import import_queries
from app.engagements.import_writing import mark_missing, stored_as, write_imported
from app.engagements.importing import EngagementRow, PhoneRecord, identified, plan_engagements
from app.engagements.recording import settle_beside_files
from app.identity.permissions import Permission
from app.imports.findings import ChangeAction, PlannedChange
from app.imports.mechanism import Applied, Comparing, Importing, ImportKind, Proposal
from app.imports.rows import repeated_keys, validated
from app.imports.tables import SourceTable
from app.schedule.queries import areas_coded

ROWS_AT_ONCE = 1_000


class _Comparing:
    """One file of engagements: what its rows are read by, and what was seen of it so far."""

    def __init__(self, session: Session, importing: Importing) -> None:
        if importing.force_id is None:
            raise ValueError("only areas may be imported before there is a force")
        self._importing, self._force_id = importing, importing.force_id
        self._around = import_queries.surroundings(session, self._force_id)
        self._areas = areas_coded(session, self._force_id)
        self._months: set[import_queries.Month] = set()
        self._phones: defaultdict[UUID, list[PhoneRecord]] = defaultdict(list)
        self._references: dict[object, int] = {}
        self._alike: dict[str, int] = {}
        self._first: datetime | None = None
        self._last: datetime | None = None

    def part(self, session: Session, table: SourceTable) -> Proposal:
        """Compares the next rows."""
        read, findings = validated(table, EngagementRow, self._importing.profile)
        rows = identified(read, self._alike)
        findings += repeated_keys(
            [(one.row.number, one.reference) for one in rows], "reference", self._references
        )
        known = import_queries.known(session, self._force_id, [one.reference for one in rows])
        times = [row.values.occurred_at.earliest for row in read]
        self._saw(times)
        self._read_phones(session, times)
        plan = plan_engagements(rows, self._around.officers, self._areas, known, self._phones)

        people = {change.officer_id for change in plan.changes}
        written = [stored_as(self._force_id, change) for change in plan.changes]
        subjects = {"engagement": [*written, *plan.found_again], "officer": people}

        def apply(session: Session) -> Applied:
            mark_missing(session, plan.found_again, missing=False)
            write_imported(
                session,
                self._force_id,
                plan.changes,
                self._importing.officer_id,
                self._importing.now,
                self._around,
            )
            return Applied(self._force_id, subjects)

        ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
        planned = tuple(change.planned for change in plan.changes)
        return Proposal(tuple(ordered), planned, plan.unchanged, apply, subjects)

    def _read_phones(self, session: Session, times: Sequence[datetime]) -> None:
        """Reads what phones recorded about these times, month by month as rows come to them."""
        around = import_queries.months_around(times)
        for month in sorted(around - self._months):
            for officer_id, record in import_queries.by_phone(session, self._force_id, month):
                self._phones[officer_id].append(record)
        self._months |= around

    def _saw(self, times: Sequence[datetime]) -> None:
        seen = [*times, *(at for at in (self._first, self._last) if at is not None)]
        self._first, self._last = min(seen, default=None), max(seen, default=None)

    def rest(self, session: Session) -> Proposal:
        """What a full export leaves out of the time it is of."""
        gone: dict[UUID, str] = {}
        if self._first is not None and self._last is not None:
            gone = import_queries.absent(session, self._force_id, self._first, self._last, self._references)

        def apply(session: Session) -> Applied:
            mark_missing(session, list(gone), missing=True)
            return Applied(self._force_id, {"engagement": list(gone)})

        planned = tuple(PlannedChange(ChangeAction.MISSING, reference, None) for reference in gone.values())
        return Proposal((), planned, 0, apply)


def compare_engagements(session: Session, importing: Importing) -> Comparing:
    """A file of engagements, compared part by part; a full export also by what it leaves out."""
    comparing = _Comparing(session, importing)
    return Comparing(comparing.part, comparing.rest if importing.options.complete_list else None)


ENGAGEMENTS = ImportKind(
    "engagements",
    Permission.IMPORTS_ENGAGEMENTS,
    about_people=True,
    begin=compare_engagements,
    rows_at_once=ROWS_AT_ONCE,
    fields=tuple(EngagementRow.model_fields),
    afterwards=settle_beside_files,
)
KINDS = (ENGAGEMENTS,)
