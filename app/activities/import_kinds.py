"""Hangs activity rules on the import mechanism: load, decide, and hand the plan to the writer."""

from sqlmodel import Session

from app.activities import day_queries, service
from app.activities.codes import ActivityKind, DetailLevel
from app.activities.rules import Rule, RuleRow, plan_rules
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
    held = [
        Rule(ActivityKind(row.kind), DetailLevel(row.level), row.valid_from)
        for row in day_queries.rules_held(session, force_id)
    ]
    plan = plan_rules(rows, held, london_day(importing.now))

    def apply(session: Session) -> Applied:
        written = [service.write_rule(session, force_id, one, importing.now) for one in plan.rules]
        return Applied(force_id, {"activity_rule": written})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), plan.changes, plan.unchanged, apply)


ACTIVITY_RULES = ImportKind(
    "activity-rules", Permission.IMPORTS_REFERENCE, about_people=False, begin=as_a_whole(propose_rules)
)
KINDS = (ACTIVITY_RULES,)
