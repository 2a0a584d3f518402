"""Hangs code lists on the import mechanism: a force changes its words itself."""

from sqlmodel import Session

from app.identity.permissions import Permission
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable
from app.reference import queries, service
from app.reference.importing import CodeRow, plan_codes


def propose_codes(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of codes and their words."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, CodeRow, importing.profile)
    findings += repeated(rows, lambda values: values.key, "code")
    plan = plan_codes(rows, queries.own_codes(session, force_id))

    def apply(session: Session) -> Applied:
        touched = [service.write_code(session, force_id, change) for change in plan.changes]
        return Applied(force_id, {"reference_code": touched})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), tuple(one.planned for one in plan.changes), plan.unchanged, apply)


REFERENCE = ImportKind(
    "reference", Permission.IMPORTS_REFERENCE, about_people=False, begin=as_a_whole(propose_codes)
)
KINDS = (REFERENCE,)
