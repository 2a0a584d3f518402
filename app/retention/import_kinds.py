"""Hangs retention rules on the import mechanism: load, decide, and hand the plan to the writer."""

from sqlmodel import Session

from app.clock import london_day
from app.identity.permissions import Permission
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable
from app.retention import queries, service
from app.retention.rules import RuleRow, plan_rules


def propose_rules(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of rules, each from its day."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, RuleRow, importing.profile)
    findings += repeated(rows, lambda values: (values.valid_from, values.record_class), "record_class")
    plan = plan_rules(rows, queries.rules_held(session, force_id), london_day(importing.now))

    def apply(session: Session) -> Applied:
        written = [service.write_rule(session, force_id, one, importing.now) for one in plan.rules]
        return Applied(force_id, {"retention_rule": written})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), plan.changes, plan.unchanged, apply)


RETENTION = ImportKind(
    "retention", Permission.IMPORTS_REFERENCE, about_people=False, begin=as_a_whole(propose_rules)
)
KINDS = (RETENTION,)
