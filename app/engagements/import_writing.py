"""Writes what a file of engagements changes, many at once: what one record asks the database for is read once a file.

A row of a file and a phone's record end as the same columns (`recording.put_together`).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from sqlmodel import Session

from app.areas.known import Outline
from app.areas.queries import TeamOnDay
from app.clock import london_day
from app.engagements import import_queries, recording
from app.engagements.import_queries import Surroundings
from app.engagements.models import Engagement
from app.engagements.reach import EngagementFlag
from app.engagements.recording import Named, Read
from app.engagements.schemas import EngagementRequest
from app.engagements.versions import content
from app.facts.amending import Amendment
from app.facts.counting_once import IMPORT, MAYBE_TWICE, lift, settle, take_back_for_good
from app.facts.service import NewFact, Provenance, record_many
from app.imports.by_reference import Change
from app.patrols.logged import Placed, occurred_at
from app.schedule.importing import Coded, held_on

_CANCELLED = "Cancelled in the force's own system."
_CORRECTED = "Corrected in the force's own system."
_IDS_A_STATEMENT = 500
_BODIES = TypeAdapter(list[EngagementRequest])


def read_many(
    force_id: UUID, bodies: Sequence[EngagementRequest], origins: Sequence[Provenance], around: Surroundings
) -> list[Read]:
    """Engagements of a file with everything they name looked up, as `recording.read_engagement` does for one."""
    occurred = [occurred_at(body.occurred_at, origin) for body, origin in zip(bodies, origins, strict=True)]
    placed = [number for number, body in enumerate(bodies) if body.position is not None]
    points = [(each.lon, each.lat) for body in bodies if (each := body.position) is not None]
    spots = around.places.hotspots.holding(points, [london_day(occurred[number].at) for number in placed])
    areas = around.places.areas_holding(points, [london_day(bodies[number].occurred_at) for number in placed])
    spots_of, area_of = dict(zip(placed, spots, strict=True)), dict(zip(placed, areas, strict=True))
    found = []
    for number, (body, origin) in enumerate(zip(bodies, origins, strict=True)):
        day = london_day(occurred[number].at)
        belonging = around.places.team_on(origin.captured_by, day)
        team = TeamOnDay(belonging.team_id, belonging.area_id) if belonging else None
        hotspots = _names(spots_of[number]) if number in spots_of else None
        named = Named(
            Placed(occurred[number], None, team, body.position, hotspots, None),
            around.lists.on(day),
            *_colleagues(body, origin, around.officers),
            area_of.get(number) or body.area_id,
            body.recorded_at or occurred[number].at,
        )
        found.append(recording.put_together(force_id, body, named, IMPORT))
    return found


def _names(outlines: Sequence[Outline]) -> dict[str, str]:
    return {str(each.place_id): each.name for each in sorted(outlines, key=lambda each: each.place_id)}


def _colleagues(body: EngagementRequest, origin: Provenance, officers: Coded) -> tuple[list[UUID], list[str]]:
    day = london_day(body.occurred_at)
    found: dict[UUID, None] = {}
    unknown = []
    for collar in dict.fromkeys(body.officers):
        officer = held_on(officers, collar, day)
        if officer is None:
            unknown.append(collar)
        elif officer.id != origin.captured_by:
            found[officer.id] = None
    return list(found), unknown


def stored_as(force_id: UUID, change: Change) -> UUID:
    """The id of the engagement that a row makes or corrects."""
    return change.held.id if change.held is not None else uuid5(force_id, f"engagement {change.reference}")


def write_imported(
    session: Session,
    force_id: UUID,
    changes: Sequence[Change],
    imported_by: UUID | None,
    now: datetime,
    around: Surroundings,
) -> None:
    """Carries out what a part of a file changes. The import logs it. Who imported is null for the
    command line, and then nobody but the officer stands as sender."""
    bodies = _BODIES.validate_json(json.dumps([change.content for change in changes]))
    origins = [
        Provenance(change.officer_id, imported_by or change.officer_id, now, None) for change in changes
    ]
    made = list(zip(changes, read_many(force_id, bodies, origins, around), origins, strict=True))
    for change, read, _ in made:
        if change.derived:
            read.row["flags"] = sorted({*read.row["flags"], EngagementFlag.ID_DERIVED.value})
    new = [
        (stored_as(force_id, change), change, read, origin)
        for change, read, origin in made
        if change.held is None
    ]
    for _, change, read, _ in new:
        if change.maybe_twice:
            read.row["flags"] = sorted({*read.row["flags"], MAYBE_TWICE})
    facts = [NewFact(each, read.content, origin, read.row) for each, _, read, origin in new]
    created = record_many(session, Engagement, facts)
    recording.store_parts(session, {each: read for each, _, read, _ in new if each in created})
    beside = {each: origin for each, change, _, origin in new if change.beside and each in created}
    for row in import_queries.held_to_change(session, list(beside)) if beside else ():
        settle(session, recording.COUNTED_ONCE, row, beside[row.id].uploaded_by, now)
    known = [(change, read, origin) for change, read, origin in made if change.held is not None]
    _correct(session, known, now)


def mark_missing(session: Session, engagement_ids: Sequence[UUID], missing: bool) -> None:
    """Says of imported engagements that the force's own system no longer has them, or has them again. They count as
    before: whether one was a mistake is for somebody to find out."""
    flag = EngagementFlag.MISSING_IN_SOURCE.value
    for start in range(0, len(engagement_ids), _IDS_A_STATEMENT):
        ids = engagement_ids[start : start + _IDS_A_STATEMENT]
        for row in import_queries.held_to_change(session, ids):
            flags = {*row.flags} - {flag} | ({flag} if missing else set())
            row.flags = sorted(flags)
        session.flush()


def _correct(session: Session, known: Sequence[tuple[Change, Read, Provenance]], now: datetime) -> None:
    """Makes new versions of what is stored, or takes it back."""
    ids = [change.held.id for change, _, _ in known if change.held is not None]
    if not ids:
        return
    rows = {row.id: row for row in import_queries.held_to_change(session, ids)}
    before = content(session, list(rows.values()))
    corrected = {}
    for engagement_id, (change, read, origin) in zip(ids, known, strict=True):
        row = rows[engagement_id]
        if change.void:
            take_back_for_good(session, row, origin.uploaded_by, _CANCELLED, now)
            continue
        # What gave way is corrected like any other, and gives way again.
        lift(row)
        amendment = Amendment(origin.uploaded_by, _CORRECTED, read.content, now)
        revision = change.held.revision if change.held is not None else None
        if recording.revise(session, row, read, revision, amendment, before[row.id]):
            corrected[row.id] = read
        if change.beside:
            settle(session, recording.COUNTED_ONCE, row, origin.uploaded_by, now)
    recording.replace_parts(session, corrected)
