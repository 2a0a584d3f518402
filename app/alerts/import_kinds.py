"""Hangs alert rules on the import mechanism: load, decide, and hand the plan to the writer."""

from sqlmodel import Session

from app.alerts import queries, service
from app.alerts.importing import RuleRow, plan_rules
from app.clock import london_day
from app.identity.permissions import Permission
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable


def propose_rules(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of rules, each from its day."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, RuleRow, importing.profile)
    findings += repeated(rows, lambda values: (values.valid_from, values.kind), "kind")
    plan = plan_rules(rows, queries.rules_held(session, force_id), london_day(importing.now))

    def apply(session: Session) -> Applied:
        written = [service.write_rule(session, force_id, one, importing.now) for one in plan.rules]
        return Applied(force_id, {"alert_rule": written})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), plan.changes, plan.unchanged, apply)


ALERT_RULES = ImportKind(
    "alert-rules", Permission.IMPORTS_REFERENCE, about_people=False, begin=as_a_whole(propose_rules)
)
KINDS = (ALERT_RULES,)
