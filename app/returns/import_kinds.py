"""Hangs recorded hours and reporting schemes on the import mechanism: load, decide, and hand the plan to the writer."""

from sqlmodel import Session

from app.clock import london_day
from app.identity.permissions import Permission
from app.imports.findings import Finding
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable
from app.returns import queries, service
from app.returns.importing import HourRow, plan_hours
from app.returns.scheming import SchemeRow, plan_schemes


def propose_hours(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of hours that others recorded."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, HourRow, importing.profile)
    findings += repeated(rows, lambda values: (values.channel, values.reference), "reference")
    keys = [(row.values.channel, row.values.reference) for row in rows]
    known = queries.known_codes(session, force_id, london_day(importing.now))
    plan = plan_hours(rows, known, queries.records_held(session, force_id, keys))

    def apply(session: Session) -> Applied:
        written = service.write_records(session, force_id, plan.changes, importing.officer_id, importing.now)
        officers = {change.recorded.officer_id for change in plan.changes} - {None}
        return Applied(force_id, {"recorded_hours": written, "officer": [one for one in officers if one]})

    planned = tuple(change.planned for change in plan.changes)
    return Proposal(_ordered([*findings, *plan.findings]), planned, plan.unchanged, apply)


def propose_schemes(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of reporting schemes."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, SchemeRow, importing.profile)
    findings += repeated(rows, lambda values: values.code, "code")
    held = queries.schemes_held(session, force_id)
    plan = plan_schemes(rows, held, queries.closed_by_code(session, force_id))

    def apply(session: Session) -> Applied:
        return Applied(
            force_id, {"scheme": service.write_schemes(session, force_id, plan.changes, importing.now)}
        )

    planned = tuple(change.planned for change in plan.changes)
    return Proposal(_ordered([*findings, *plan.findings]), planned, plan.unchanged, apply)


def _ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.row or 0, one.column or "")))


HOURS = ImportKind("hours", Permission.IMPORTS_HOURS, about_people=True, begin=as_a_whole(propose_hours))
SCHEMES = ImportKind(
    "schemes", Permission.IMPORTS_HOURS, about_people=False, begin=as_a_whole(propose_schemes)
)
KINDS = (HOURS, SCHEMES)
