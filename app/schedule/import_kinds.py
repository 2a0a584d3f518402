"""Hangs tasking windows and offences on the import mechanism: load, decide, and hand the plan to the writers."""

from sqlmodel import Session

from app.areas.queries import area_outline
from app.identity.permissions import Permission
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.rows import repeated, validated
from app.imports.tables import SourceTable
from app.schedule import offence_queries, offences, queries, service
from app.schedule.crew_telling import tell_teams
from app.schedule.importing import WindowRow, plan_windows
from app.schedule.offence_importing import OffenceRow, plan_offences
from app.schedule.windows import WindowState


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
        told = [each.plan for each in plan.changes if each.plan.state is not WindowState.PLANNED]
        named = {officer_id for each in told for officer_id in each.officer_ids}
        tell_teams(session, {each.team_id for each in told}, named, importing.now)
        windows = [change.window_id for change in plan.changes]
        return Applied(force_id, {"window": windows, "officer": officers})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), tuple(one.planned for one in plan.changes), plan.unchanged, apply)


def propose_offences(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of offences. The log names the run and not every offence: they are about nobody, and may be 50,000."""
    force_id = importing.force_id
    if force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    rows, findings = validated(table, OffenceRow, importing.profile)
    findings += repeated(rows, lambda values: values.reference, "reference")
    held = offence_queries.offences_held(session, force_id, [row.values.reference for row in rows])
    codes = offence_queries.hotspot_codes(session, force_id)
    plan = plan_offences(rows, codes, held, area_outline(session, force_id), importing.now)

    def apply(session: Session) -> Applied:
        offences.write_imported(session, force_id, plan.changes, importing.now)
        return Applied(force_id, {})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), tuple(one.planned for one in plan.changes), plan.unchanged, apply)


TASKING_WINDOWS = ImportKind(
    "tasking-windows", Permission.WINDOWS_IMPORT, about_people=True, begin=as_a_whole(propose_windows)
)
OFFENCES = ImportKind(
    "offences", Permission.IMPORTS_OFFENCES, about_people=False, begin=as_a_whole(propose_offences)
)
KINDS = (TASKING_WINDOWS, OFFENCES)
