"""Hangs answers of data.police.uk on the import mechanism: areas, outlines, priorities and events of neighbourhoods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.areas import held, priority_queries, service as areas
from app.areas.importing import HeldPlace
from app.areas.kinds import PrioritySource
from app.areas.priorities import Priority, Renewal, renewed
from app.clock import london_day
from app.identity.permissions import Permission
from app.imports import queries as imports
from app.imports.findings import ChangeAction, Finding, PlannedChange
from app.imports.mechanism import Applied, Importing, ImportKind, Proposal, as_a_whole
from app.imports.tables import SourceTable
from app.policeuk import queries, service
from app.policeuk.importing import Neighbourhood, Plan, Tree, plan_neighbourhoods
from app.policeuk.reading import Event
from app.policeuk.recorded import RecordedAnswers, read_archive, read_folder

SOURCE = "data.police.uk"
KIND = "police-uk"


@dataclass(frozen=True, slots=True)
class _Said:
    """What begins and ends in each area, by its code: an area that is new has no id yet."""

    priorities: dict[str, Renewal[Priority]]
    events: dict[str, Renewal[Event]]

    def fields(self, code: str) -> tuple[str, ...]:
        return (
            *(("priorities",) if self.priorities.get(code) else ()),
            *(("events",) if self.events.get(code) else ()),
        )


def propose_police_uk(session: Session, importing: Importing, table: SourceTable) -> Proposal:
    """Answers about one force's neighbourhoods, as of the day they were fetched."""
    if importing.force_id is None or not isinstance(table, RecordedAnswers):
        raise TypeError("answers of data.police.uk are read by their own reader, for a force that is there")
    force_id = importing.force_id
    day = table.fetched_on or importing.options.effective_from or london_day(importing.now)
    held_areas = held.areas_held(session, force_id)
    force = next(place for place in held_areas.values() if place.id == force_id)
    refused = _refused(session, force_id, force, table.police_force, day, london_day(importing.now))
    if refused is not None:
        return Proposal((refused,), (), 0, lambda _session: Applied(force_id, {}))
    tree = Tree(force, held_areas, held.hotspots_held(session, force_id))
    plan = plan_neighbourhoods(table.answers, tree, day)
    said = _said(session, force_id, plan, held_areas)
    changes = [
        change for one in plan.neighbourhoods if (change := _planned(one, said, held_areas)) is not None
    ]

    def apply(session: Session) -> Applied:
        drawn = [one.change for one in plan.neighbourhoods if one.change is not None]
        _, touched = areas.write_areas(session, force_id, drawn, f"{SOURCE} {day}", importing.now)
        ids = {code: area_id for area_id, code in held.area_codes(session, force_id).items()}
        begun = areas.write_priorities(
            session, force_id, {ids[code]: one for code, one in said.priorities.items()},
            PrioritySource.POLICE_UK, day, importing.now,
        )  # fmt: skip
        service.write_events(
            session, force_id, {ids[code]: one for code, one in said.events.items()}, day, importing.now
        )
        announced = [ids[code] for code, one in said.events.items() if one]
        return Applied(force_id, {"area": sorted({*touched, *begun, *announced})}, day)

    ordered = sorted(plan.findings, key=lambda one: (one.row or 0, one.column or "", one.code))
    return Proposal(tuple(ordered), tuple(changes), len(plan.neighbourhoods) - len(changes), apply)


def _refused(
    session: Session, force_id: UUID, force: HeldPlace, police_force: str, day: date, today: date
) -> Finding | None:
    """Why none of the answers may be applied: another force's, older than what is held, or of a day to come."""
    known_as = force.versions[-1].police_uk_id
    if known_as is None:
        told = "The force has no police_uk_id. Give it one in a file of areas, so that no other force's is taken."
        return Finding(None, "force", "force-not-linked", told)
    if known_as != police_force:
        return Finding(
            None, "force", "another-force", f"The answers are not about {known_as}, which this force is."
        )
    latest = max(
        (
            one
            for one in (
                priority_queries.latest_priority_day(session, force_id, PrioritySource.POLICE_UK),
                queries.latest_event_day(session, force_id),
                # Answers that changed nothing left no other trace.
                imports.newest_day(session, force_id, KIND),
            )
            if one is not None
        ),
        default=None,
    )
    if latest is not None and day < latest:
        return Finding(None, None, "older-than-current", f"Newer answers, of {latest}, are held already.")
    if day > today:
        return Finding(None, None, "not-yet", "The answers bear a day that is still to come.")
    return None


def _said(session: Session, force_id: UUID, plan: Plan, held_areas: Mapping[str, HeldPlace]) -> _Said:
    priorities = priority_queries.priorities_held(session, force_id, PrioritySource.POLICE_UK)
    events = queries.events_held(session, force_id)
    said = _Said({}, {})
    for one in plan.neighbourhoods:
        area_id = held_areas[one.code].id if one.code in held_areas else None
        if one.priorities is not None:
            said.priorities[one.code] = renewed(
                one.priorities, priorities.get(area_id, {}) if area_id else {}
            )
        if one.events is not None:
            said.events[one.code] = renewed(one.events, events.get(area_id, {}) if area_id else {})
    return said


def _planned(one: Neighbourhood, said: _Said, held_areas: Mapping[str, HeldPlace]) -> PlannedChange | None:
    """What changes of a neighbourhood, in one line; a new name beside the old one."""
    fields = said.fields(one.code)
    if one.change is None:
        return PlannedChange(ChangeAction.CHANGED, one.code, one.row, fields) if fields else None
    planned = replace(one.change.planned, fields=(*one.change.planned.fields, *fields))
    if "name" not in planned.fields:
        return planned
    before = held_areas[one.code].versions[-1].name
    return replace(planned, before=before, after=one.change.row.values.name)


POLICE_UK = ImportKind(
    KIND,
    Permission.IMPORTS_PLACES,
    about_people=False,
    begin=as_a_whole(propose_police_uk),
    read=read_archive,
    read_folder=read_folder,
    # A file of areas may have given an id since.
    afresh=True,
)
KINDS = (POLICE_UK,)
