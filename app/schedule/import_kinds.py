"""Hangs tasking windows on the import mechanism: load, decide, and hand the plan to the writers."""

from sqlmodel import Session

from app.identity.permissions import Permission
from app.imports.rows import repeated, validated
from app.imports.service import Applied, Importing, ImportKind, Proposal
from app.imports.tables import SourceTable
from app.schedule import queries, service
from app.schedule.importing import WindowRow, plan_windows


def propose_windows(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of tasking windows."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, WindowRow, importing.profile)
    findings += repeated(rows, lambda values: values.id, "id")
    held = queries.windows_held(session, force_id, [row.values.id for row in rows])
    plan = plan_windows(rows, queries.force_held(session, force_id), held, importing.now)

    def apply(session: Session) -> Applied:
        for change in plan.changes:
            service.write_imported(session, force_id, change, importing.officer_id, importing.now)
        officers = {officer_id for change in plan.changes for officer_id in change.plan.officer_ids}
        windows = [change.window_id for change in plan.changes]
        return Applied(force_id, {"window": windows, "officer": officers})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), tuple(one.planned for one in plan.changes), plan.unchanged, apply)


TASKING_WINDOWS = ImportKind(
    "tasking-windows", Permission.WINDOWS_IMPORT, about_people=True, propose=propose_windows
)
KINDS = (TASKING_WINDOWS,)
