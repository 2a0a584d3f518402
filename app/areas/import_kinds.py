"""Hangs areas, teams, hotspots and officers on the import mechanism: load, decide, and hand the plan to the writers.

Officers are here rather than with identity because a person's team is part of the row, and teams are places'.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine
from sqlmodel import Session

from app.areas import held as stored, queries, service
from app.areas.importing import (
    AreaRow,
    HeldPlace,
    HotspotRow,
    PlaceChange,
    PlaceRow,
    TeamRow,
    plan_place,
    shared_police_uk_ids,
    tree_findings,
)
from app.areas.kinds import PrioritySource
from app.areas.priorities import PriorityRow, priorities_by_area, renewed
from app.areas.priority_queries import latest_priority_day, priorities_held
from app.clock import london_day
from app.database.session import reading as opened
from app.geo.validity import (
    Fault,
    OutlineLimits,
    as_multipolygon,
    overlaps,
    place_fault,
    same_outline,
    shape_fault,
    size_faults,
)
from app.identity import queries as people
from app.identity.importing import OfficerRow, PeopleOptions, plan_people
from app.identity.permissions import Permission
from app.identity.service import write_person
from app.imports.bringing import bring_in
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity, any_errors
from app.imports.mechanism import (
    Applied,
    Brought,
    Importing,
    ImportKind,
    ImportRefused,
    Progress,
    Proposal,
    ReadAs,
    as_a_whole,
)
from app.imports.rows import Row, repeated, validated
from app.imports.tables import SourceFile, SourceTable

R = TypeVar("R", bound=PlaceRow)
HOTSPOT_LIMITS = OutlineLimits()


@dataclass(frozen=True, slots=True)
class _Planned:
    """What a file of places comes to, before it is known whether it may be applied."""

    changes: list[PlaceChange[AreaRow]] | list[PlaceChange[TeamRow]] | list[PlaceChange[HotspotRow]]
    findings: list[Finding]
    unchanged: int

    def proposal(self, apply: Callable[[Session], Applied]) -> Proposal:
        ordered = sorted(self.findings, key=lambda one: (one.row or 0, one.column or ""))
        return Proposal(tuple(ordered), tuple(one.planned for one in self.changes), self.unchanged, apply)


def _plan(
    rows: Sequence[Row[R]], held: Mapping[str, HeldPlace], outlines: Mapping[int, MultiPolygon]
) -> tuple[list[PlaceChange[R]], list[Finding], int]:
    changes: list[PlaceChange[R]] = []
    findings: list[Finding] = []
    for row in rows:
        planned = plan_place(row, held.get(row.values.code), outlines.get(row.number))
        if isinstance(planned, Finding):
            findings.append(planned)
        elif planned is not None:
            changes.append(planned)
    return changes, findings, len(rows) - len(changes) - len(findings)


def _force(importing: Importing) -> UUID:
    if importing.force_id is None:
        raise ValueError("only areas may be imported before there is a force")
    return importing.force_id


def _outlines(
    rows: Sequence[Row[R]], table: SourceTable, faults: Callable[[BaseGeometry], list[Fault]]
) -> tuple[dict[int, MultiPolygon], list[Finding]]:
    """The sound outlines by row number, and what is wrong with the others."""
    if table.spatial and table.crs is None:
        return {}, [
            Finding(
                None,
                "geometry",
                "crs-missing",
                "The file does not say which coordinate system it is in: a Shapefile needs its .prj part.",
            )
        ]
    sound: dict[int, MultiPolygon] = {}
    findings: list[Finding] = []
    for row in rows:
        if row.geometry is None:
            continue
        fault = shape_fault(row.geometry)
        found = [fault] if fault else faults(row.geometry)
        for one in found:
            severity = Severity.ERROR if one.fatal else Severity.WARNING
            findings.append(Finding(row.number, "geometry", one.code, one.detail, severity))
        if isinstance(row.geometry, Polygon | MultiPolygon) and not any(one.fatal for one in found):
            sound[row.number] = as_multipolygon(row.geometry)
    return sound, findings


def propose_areas(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of areas: the tree must hold together, outlines are versions."""
    rows, findings = validated(table, AreaRow, importing.profile)
    findings += repeated(rows, lambda values: values.code, "code")
    held: dict[str, HeldPlace] = {}
    force_code = importing.force_code
    if importing.force_id is not None:
        held = stored.areas_held(session, importing.force_id)
        force_code = next(code for code, place in held.items() if place.id == importing.force_id)

    def faults(geometry: BaseGeometry) -> list[Fault]:
        fault = place_fault(geometry, None)
        return [fault] if fault else []

    outlines, more = _outlines(rows, table, faults)
    findings += [*more, *tree_findings(rows, held, force_code), *shared_police_uk_ids(rows, held)]
    changes, faulty, unchanged = _plan(rows, held, outlines)
    source = table.crs or "no geometry"

    def apply(session: Session) -> Applied:
        force_id, touched = service.write_areas(session, importing.force_id, changes, source, importing.now)
        return Applied(force_id, {"area": touched})

    return _Planned(changes, findings + faulty, unchanged).proposal(apply)


def _unknown_areas(rows: Sequence[Row[R]], known: Mapping[str, UUID]) -> list[Finding]:
    return [
        Finding(row.number, "area_code", "area-unknown", "No such area.")
        for row in rows
        if row.values.above not in known
    ]


def propose_teams(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of teams."""
    force_id = _force(importing)
    areas = {code: area_id for area_id, code in stored.area_codes(session, force_id).items()}
    rows, findings = validated(table, TeamRow, importing.profile)
    findings += repeated(rows, lambda values: values.code, "code") + _unknown_areas(rows, areas)
    changes, faulty, unchanged = _plan(rows, stored.teams_held(session, force_id), {})

    def apply(session: Session) -> Applied:
        touched = service.write_teams(session, force_id, changes, areas, importing.now)
        return Applied(force_id, {"team": touched})

    return _Planned(changes, findings + faulty, unchanged).proposal(apply)


def propose_hotspots(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of hotspots: every outline is examined, none is mended."""
    force_id = _force(importing)
    areas = {code: area_id for area_id, code in stored.area_codes(session, force_id).items()}
    held = stored.hotspots_held(session, force_id)
    force = queries.area_outline(session, force_id)
    rows, findings = validated(table, HotspotRow, importing.profile)
    findings += repeated(rows, lambda values: values.code, "code") + _unknown_areas(rows, areas)

    def faults(geometry: BaseGeometry) -> list[Fault]:
        fault = place_fault(geometry, force)
        if fault is not None and fault.fatal:
            return [fault]
        return [*([fault] if fault else []), *size_faults(geometry, HOTSPOT_LIMITS)]

    outlines, more = _outlines(rows, table, faults)
    findings += more
    findings += [
        Finding(row.number, "geometry", "geometry-missing", "A new hotspot needs an outline.")
        for row in rows
        if row.geometry is None and row.values.code not in held
    ]
    changes, faulty, unchanged = _plan(rows, held, outlines)
    findings += _shared_ground(changes, held)

    def apply(session: Session) -> Applied:
        crs = table.crs or ""
        touched = service.write_hotspots(session, force_id, changes, areas, crs, importing.now)
        return Applied(force_id, {"hotspot": touched})

    return _Planned(changes, findings + faulty, unchanged).proposal(apply)


def _shared_ground(
    changes: Sequence[PlaceChange[HotspotRow]], held: Mapping[str, HeldPlace]
) -> list[Finding]:
    """Remarks on new outlines that overlap another hotspot's, the file's others and those held included."""
    drawn = [(one.row.values.code, one.outline, one.row.number) for one in changes if one.outline is not None]
    redrawn = {code for code, _, _ in drawn}
    standing = [
        (code, place.outlines[-1].geometry, None)
        for code, place in sorted(held.items())
        if code not in redrawn and place.outlines and place.valid_to is None
    ]
    everything: list[tuple[str, BaseGeometry, int | None]] = [*drawn, *standing]
    found = []
    for overlap in overlaps([outline for _, outline, _ in everything]):
        code, outline, number = everything[overlap.one]
        other_code, other, other_number = everything[overlap.other]
        if number is None:
            continue
        same = same_outline(outline, other)
        told = (
            "Has the same outline as" if same else f"Shares {100 * overlap.share:.0f} % of the smaller with"
        )
        kind = "same-outline" if same else "overlap"
        found.append(Finding(number, "geometry", kind, f"{told} {other_code}.", Severity.WARNING))
        if other_number is not None:
            found.append(Finding(other_number, "geometry", kind, f"{told} {code}.", Severity.WARNING))
    return found


def propose_officers(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of people: joiners, movers, changes of rank and roles, leavers."""
    force_id = _force(importing)
    options = importing.options
    rows, findings = validated(table, OfficerRow, importing.profile)
    findings += repeated(rows, lambda values: (values.collar_number, values.valid_from), "collar_number")
    memberships = stored.memberships_held(session, force_id)
    held = [
        replace(person, teams=tuple(memberships.get(person.id, ())) if person.id else ())
        for person in people.people_held(session, force_id)
    ]
    issuers = {row.values.issuer or options.default_issuer or "" for row in rows}
    teams = {code: place.id for code, place in stored.teams_held(session, force_id).items()}
    complete = options.complete_list and not any_errors(findings)
    plan = plan_people(
        rows,
        held,
        people.sign_ins_elsewhere(session, force_id, issuers),
        frozenset(teams),
        importing.officer_id,
        PeopleOptions(london_day(importing.now), options.default_issuer, options.effective_from, complete),
    )

    def apply(session: Session) -> Applied:
        touched = []
        for change in plan.changes:
            officer_id = write_person(session, force_id, change)
            service.write_memberships(session, officer_id, change, teams)
            touched.append(officer_id)
        return Applied(force_id, {"officer": touched})

    ordered = sorted([*findings, *plan.findings], key=lambda one: (one.row or 0, one.column or ""))
    return Proposal(tuple(ordered), tuple(one.planned for one in plan.changes), plan.unchanged, apply)


def propose_priorities(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """A file of a force's own priorities: of each area it names, all of them from the day it is effective."""
    force_id = _force(importing)
    day = importing.options.effective_from or london_day(importing.now)
    areas = {code: area_id for area_id, code in stored.area_codes(session, force_id).items()}
    rows, findings = validated(table, PriorityRow, importing.profile)
    wanted, faults = priorities_by_area(rows)
    first = {row.values.area_code: row.number for row in reversed(rows)}
    findings += faults + [
        Finding(first[code], "area_code", "area-unknown", "No such area.")
        for code in wanted
        if code not in areas
    ]
    latest = latest_priority_day(session, force_id, PrioritySource.FORCE)
    if latest is not None and day < latest:
        told = f"Priorities of {latest} are held already: give effective_from on or after that day."
        findings.append(Finding(None, None, "older-than-current", told))
    held = priorities_held(session, force_id, PrioritySource.FORCE)
    renewals = {
        code: renewed(several, held.get(areas[code], {})) for code, several in wanted.items() if code in areas
    }
    changed = [code for code, renewal in renewals.items() if renewal]

    def apply(session: Session) -> Applied:
        by_id = {areas[code]: renewals[code] for code in changed}
        touched = service.write_priorities(session, force_id, by_id, PrioritySource.FORCE, day, importing.now)
        return Applied(force_id, {"area": touched})

    ordered = sorted(findings, key=lambda one: (one.row or 0, one.column or ""))
    changes = [PlannedChange(ChangeAction.CHANGED, code, first[code], ("priorities",)) for code in changed]
    return Proposal(tuple(ordered), tuple(changes), len(renewals) - len(changes), apply)


class ForceNotChosen(Exception):
    """The command line must say which force; the reason is in the message."""


def import_from_console(
    engine: Engine,
    kind: ImportKind,
    source: SourceFile,
    reading: ReadAs,
    force_code: str | None,
    now: datetime,
    *,
    dry_run: bool,
    progress: Progress = lambda _rows: None,
) -> Brought:
    """Brings a file in for whoever runs the command, who may write the database anyway; `progress` hears of rows done.

    With faults in the file the report of the dry run is answered and nothing is applied. Only here may `areas` make a
    force: when there is none yet, or when `force_code` names one that is not there. Raises ForceNotChosen.
    """
    try:
        with opened(engine) as session:
            held = {force.code: force.id for force in stored.forces(session)}
        if force_code is None and len(held) > 1:
            raise ForceNotChosen(f"there are several forces; choose one: {', '.join(held)}")
        force_id = held.get(force_code) if force_code else next(iter(held.values()), None)
        if force_id is None and kind is not AREAS:
            raise ForceNotChosen("there is no such force; import a file of areas first")
        importing = Importing(force_id, None, now, reading.options, reading.profile, force_code)
        return bring_in(engine, kind, importing, source, dry_run=dry_run, progress=progress)
    except ImportRefused as refused:
        return Brought(refused.report, refused.findings)


AREAS = ImportKind("areas", Permission.IMPORTS_PLACES, about_people=False, begin=as_a_whole(propose_areas))
TEAMS = ImportKind("teams", Permission.IMPORTS_PLACES, about_people=False, begin=as_a_whole(propose_teams))
HOTSPOTS = ImportKind(
    "hotspots", Permission.IMPORTS_PLACES, about_people=False, begin=as_a_whole(propose_hotspots)
)
OFFICERS = ImportKind(
    "officers", Permission.IMPORTS_PEOPLE, about_people=True, begin=as_a_whole(propose_officers)
)
PRIORITIES = ImportKind(
    "priorities", Permission.IMPORTS_PLACES, about_people=False, begin=as_a_whole(propose_priorities)
)
KINDS = (AREAS, TEAMS, HOTSPOTS, OFFICERS, PRIORITIES)
