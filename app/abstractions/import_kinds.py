"""Hangs abstractions and what areas are held against on the import mechanism."""

from sqlmodel import Session

from app.abstractions import import_queries, service
from app.abstractions.importing import AbstractionRow, ObjectiveRow, plan_abstractions, plan_objectives
from app.abstractions.recording import COUNTED_ONCE, settle_beside_files
from app.abstractions.versions import content
from app.facts.counting_once import on_record
from app.identity.permissions import Permission
from app.imports.findings import Finding
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable
from app.schedule.queries import areas_coded, force_held


def propose_abstractions(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of abstractions."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, AbstractionRow, importing.profile)
    findings += repeated(rows, lambda values: values.reference, "reference")
    references = [row.values.reference for row in rows]
    known = on_record(session, COUNTED_ONCE, force_id, references, content)
    times = [row.values.starts_at.earliest for row in rows]
    times += [row.values.ends_at.latest for row in rows if row.values.ends_at]
    reported = import_queries.reported_here(session, force_id, times)
    officers = force_held(session, force_id).officers
    plan = plan_abstractions(rows, officers, areas_coded(session, force_id), known, reported)

    def apply(session: Session) -> Applied:
        written = service.write_imported(session, force_id, plan.changes, importing.officer_id, importing.now)
        people = {change.officer_id for change in plan.changes}
        return Applied(force_id, {"abstraction": written, "officer": people})

    planned = tuple(change.planned for change in plan.changes)
    return Proposal(_ordered([*findings, *plan.findings]), planned, plan.unchanged, apply)


def propose_objectives(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of what areas are held against."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, ObjectiveRow, importing.profile)
    findings += repeated(rows, lambda values: (values.area_code, values.valid_from), "area_code")
    held = import_queries.objectives(session, force_id)
    changes, faults, unchanged = plan_objectives(rows, areas_coded(session, force_id), held)

    def apply(session: Session) -> Applied:
        return Applied(force_id, {"objective": service.write_objectives(session, force_id, changes)})

    planned = tuple(change.planned for change in changes)
    return Proposal(_ordered([*findings, *faults]), planned, unchanged, apply)


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.row or 0, one.column or "")))


ABSTRACTIONS = ImportKind(
    "abstractions",
    Permission.IMPORTS_ABSTRACTIONS,
    about_people=True,
    begin=as_a_whole(propose_abstractions),
    afterwards=settle_beside_files,
)
OBJECTIVES = ImportKind(
    "abstraction-objectives",
    Permission.IMPORTS_ABSTRACTIONS,
    about_people=False,
    begin=as_a_whole(propose_objectives),
)
KINDS = (ABSTRACTIONS, OBJECTIVES)
