"""Hangs engagements on the import mechanism: those of the force's own tracker, by file."""

from sqlmodel import Session

from app.engagements import import_queries
from app.engagements.import_writing import write_imported
from app.engagements.importing import EngagementRow, plan_engagements
from app.identity.permissions import Permission
from app.imports.rows import repeated, validated
from app.imports.service import Applied, Importing, ImportKind, Proposal, Propose
from app.imports.tables import SourceTable
from app.schedule.queries import areas_coded

ROWS_AT_ONCE = 1_000


def compare_engagements(session: Session, importing: Importing) -> Propose:
    """A file of engagements, compared part by part."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    around = import_queries.surroundings(session, force_id)
    areas = areas_coded(session, force_id)
    phones = import_queries.ByPhone(force_id)
    references: dict[object, int] = {}

    def propose(table: SourceTable) -> Proposal:
        rows, findings = validated(table, EngagementRow, importing.profile)
        findings += repeated(rows, lambda values: values.reference, "reference", references)
        held = import_queries.held(session, force_id, [row.values.reference for row in rows])
        phones.reach(session, [row.values.occurred_at.earliest for row in rows])
        plan = plan_engagements(rows, around.officers, areas, held, phones.records)

        def apply(session: Session) -> Applied:
            written = write_imported(
                session, force_id, plan.changes, importing.officer_id, importing.now, around
            )
            people = {change.officer_id for change in plan.changes}
            return Applied(force_id, {"engagement": written, "officer": people})

        ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
        planned = tuple(change.planned for change in plan.changes)
        return Proposal(tuple(ordered), planned, plan.unchanged, apply)

    return propose


ENGAGEMENTS = ImportKind(
    "engagements",
    Permission.IMPORTS_ENGAGEMENTS,
    about_people=True,
    begin=compare_engagements,
    rows_at_once=ROWS_AT_ONCE,
)
KINDS = (ENGAGEMENTS,)
