"""Hangs engagements on the import mechanism: those of the force's own tracker, by file."""

from sqlmodel import Session

from app.engagements import import_queries, service
from app.engagements.importing import EngagementRow, plan_engagements
from app.engagements.recording import COUNTED_ONCE
from app.engagements.versions import content
from app.facts.counting_once import on_record
from app.identity.permissions import Permission
from app.imports.rows import repeated, validated
from app.imports.service import Applied, Importing, ImportKind, Proposal
from app.imports.tables import SourceTable


def propose_engagements(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of engagements."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, EngagementRow, importing.profile)
    findings += repeated(rows, lambda values: values.reference, "reference")
    officers, areas = import_queries.coded(session, force_id)
    references = [row.values.reference for row in rows]
    known = on_record(session, COUNTED_ONCE, force_id, references, content)
    times = [row.values.occurred_at.earliest for row in rows]
    by_phone = import_queries.without_reference(session, force_id, times)
    plan = plan_engagements(rows, officers, areas, known, by_phone)

    def apply(session: Session) -> Applied:
        written = service.write_imported(session, force_id, plan.changes, importing.officer_id, importing.now)
        people = {change.officer_id for change in plan.changes}
        return Applied(force_id, {"engagement": written, "officer": people})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    planned = tuple(change.planned for change in plan.changes)
    return Proposal(tuple(ordered), planned, plan.unchanged, apply)


ENGAGEMENTS = ImportKind(
    "engagements", Permission.IMPORTS_ENGAGEMENTS, about_people=True, propose=propose_engagements
)
KINDS = (ENGAGEMENTS,)
