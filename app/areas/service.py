"""Writes places and memberships as an import decided, and revokes phones.

The newest version of a place stands in its own row under an id that never changes; every version, the first included,
stands in `place_versions`. Ids are made here, not derived from codes: a code may name another place some day.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.areas import held as stored, queries
from app.areas.answers import describe_device
from app.areas.importing import (
    AreaRow,
    HeldVersion,
    HotspotRow,
    PlaceChange,
    PlaceRow,
    TeamRow,
    closure,
    police_uk_id_after,
)
from app.areas.kinds import AreaKind, PrioritySource
from app.areas.models import (
    Area,
    AreaAncestor,
    AreaBoundary,
    AreaPriority,
    Briefing,
    Hotspot,
    HotspotBoundary,
    Membership,
    PlaceVersion,
    Team,
)
from app.areas.priorities import Priority, Renewal
from app.areas.schemas import DeviceResponse
from app.audit.service import changed
from app.clock import london_day
from app.database.model import insert_if_absent
from app.facts.models import Basis
from app.facts.service import basis_changed
from app.geo.validity import area_m2
from app.identity import service as people
from app.identity.importing import PersonChange
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight

R = TypeVar("R", bound=PlaceRow)


def write_areas(
    session: Session,
    force_id: UUID | None,
    changes: Sequence[PlaceChange[AreaRow]],
    source: str,
    now: datetime,
) -> tuple[UUID, list[UUID]]:
    """Writes areas, larger kinds first, and the closure of the tree; answers the force and the areas touched."""
    kinds = list(AreaKind)
    ids: dict[str, UUID] = {}
    if force_id is not None:
        ids = {code: area_id for area_id, code in stored.area_codes(session, force_id).items()}
    touched = []
    for change in sorted(changes, key=lambda one: kinds.index(one.row.values.kind)):
        values = change.row.values
        area_id = ids.setdefault(values.code, uuid4())
        if values.kind is AreaKind.FORCE and force_id is None:
            force_id = area_id
        if force_id is None:
            raise ValueError("the force comes before its areas")
        parent_id = ids[values.parent_code] if values.parent_code else None
        known_as = police_uk_id_after(values, change.held.versions[-1] if change.held else None)
        columns = {
            "name": values.name,
            "kind": values.kind,
            "parent_id": parent_id,
            "police_uk_id": known_as,
        }
        _write_place(session, Area, change, area_id, force_id, columns, values.parent_code, ids, now)
        if change.outline is not None:
            session.execute(
                insert(AreaBoundary).values(
                    id=uuid4(),
                    area_id=area_id,
                    geometry=change.outline,
                    valid_from=values.valid_from,
                    source=source,
                )
            )
        touched.append(area_id)
    if force_id is None:
        raise ValueError("no force was made and none was there")
    _write_closure(session, force_id)
    return force_id, touched


def _write_closure(session: Session, force_id: UUID) -> None:
    wanted = closure(stored.parents(session, force_id))
    held = stored.closure_held(session, force_id)
    for area_id, ancestor_id in held - wanted:
        session.execute(
            delete(AreaAncestor).where(
                col(AreaAncestor.area_id) == area_id, col(AreaAncestor.ancestor_id) == ancestor_id
            )
        )
    missing = [{"area_id": area, "ancestor_id": ancestor} for area, ancestor in sorted(wanted - held)]
    if missing:
        session.execute(insert(AreaAncestor), missing)


def write_priorities(
    session: Session,
    force_id: UUID,
    changes: Mapping[UUID, Renewal[Priority]],
    source: PrioritySource,
    day: date,
    now: datetime,
) -> list[UUID]:
    """Begins and ends priorities by area, as of a day; answers the areas touched."""
    for area_id, change in changes.items():
        if change.end:
            session.execute(
                update(AreaPriority).where(col(AreaPriority.id).in_(change.end)).values(valid_to=day)
            )
        rows = [
            {
                "id": uuid4(),
                "force_id": force_id,
                "area_id": area_id,
                "source": source,
                "issue": priority.issue,
                "issue_at": priority.issue_at,
                "action": priority.action,
                "action_at": priority.action_at,
                "valid_from": day,
                "recorded_at": now,
            }
            for priority in change.begin
        ]
        if rows:
            session.execute(insert(AreaPriority), rows)
    return [area_id for area_id, change in changes.items() if change]


def write_teams(
    session: Session,
    force_id: UUID,
    changes: Sequence[PlaceChange[TeamRow]],
    areas: Mapping[str, UUID],
    now: datetime,
) -> list[UUID]:
    """Writes teams; answers those touched."""
    touched = []
    for change in changes:
        values = change.row.values
        team_id = change.held.id if change.held else uuid4()
        area_id = areas[values.area_code]
        columns = {"name": values.name, "kind": values.kind, "area_id": area_id}
        _write_place(session, Team, change, team_id, force_id, columns, values.area_code, areas, now)
        touched.append(team_id)
    return touched


def write_hotspots(
    session: Session,
    force_id: UUID,
    changes: Sequence[PlaceChange[HotspotRow]],
    areas: Mapping[str, UUID],
    source_crs: str,
    now: datetime,
) -> list[UUID]:
    """Writes hotspots with new outlines and briefings as further versions; answers those touched."""
    touched = []
    for change in changes:
        values = change.row.values
        hotspot_id = change.held.id if change.held else uuid4()
        area_id = areas[values.area_code]
        columns = {"name": values.name, "kind": values.kind, "area_id": area_id}
        _write_place(session, Hotspot, change, hotspot_id, force_id, columns, values.area_code, areas, now)
        if change.outline is not None:
            version = len(change.held.outlines) + 1 if change.held else 1
            session.execute(
                insert(HotspotBoundary).values(
                    id=uuid4(),
                    hotspot_id=hotspot_id,
                    version=version,
                    geometry=change.outline,
                    area_m2=area_m2(change.outline),
                    source_crs=source_crs,
                    valid_from=values.valid_from,
                    imported_at=now,
                )
            )
            basis_changed(
                session, force_id, Basis.BOUNDARY, values.valid_from, now,
                hotspot_id=hotspot_id, detail=str(version),
            )  # fmt: skip
        _tell_end(session, force_id, hotspot_id, change, now)
        if change.briefing is not None:
            session.execute(
                insert(Briefing).values(
                    id=uuid4(),
                    hotspot_id=hotspot_id,
                    version=len(change.held.briefings) + 1 if change.held else 1,
                    why_here=values.why_here,
                    owner=values.owner,
                    plan_reference=values.plan_reference,
                    review_on=values.review_on,
                    written_at=now,
                )
            )
        touched.append(hotspot_id)
    return touched


def _tell_end(
    session: Session, force_id: UUID, hotspot_id: UUID, change: PlaceChange[HotspotRow], now: datetime
) -> None:
    """A hotspot that ends, or does not end after all, counts on other days than it did: those between both ends."""
    if change.held is None or "valid_to" not in change.fields:
        return
    ends = [end for end in (change.held.valid_to, change.row.values.valid_to) if end is not None]
    basis_changed(
        session, force_id, Basis.HOTSPOT_END, min(ends), now,
        until_day=max(ends) if len(ends) == 2 else None, hotspot_id=hotspot_id,
    )  # fmt: skip


def _write_place(
    session: Session,
    table: type[Area] | type[Team] | type[Hotspot],
    change: PlaceChange[R],
    place_id: UUID,
    force_id: UUID,
    columns: Mapping[str, object],
    above: str | None,
    areas: Mapping[str, UUID],
    now: datetime,
) -> None:
    values = change.row.values
    if change.held is None:
        session.execute(
            insert(table).values(
                id=place_id,
                force_id=force_id,
                code=values.code,
                valid_from=values.valid_from,
                valid_to=values.valid_to,
                **columns,
            )
        )
    elif change.new_version or "valid_to" in change.fields:
        ends = {"valid_to": values.valid_to} if "valid_to" in change.fields else {}
        session.execute(update(table).where(col(table.id) == place_id).values(**columns, **ends))
    if not change.new_version:
        return
    # What a place was goes in too, unless it is there: one that was not imported has no versions yet.
    versions = [*(change.held.versions if change.held else ())]
    known_as = police_uk_id_after(values, versions[-1] if versions else None)
    versions.append(HeldVersion(values.valid_from, values.name, values.kind.value, above, known_as))
    for number, version in enumerate(versions, 1):
        row = {
            "place_id": place_id,
            "version": number,
            "name": version.name,
            "kind": version.kind,
            "area_id": areas[version.above] if version.above else None,
            "valid_from": version.valid_from,
            "police_uk_id": version.police_uk_id,
            "recorded_at": now,
        }
        insert_if_absent(session, PlaceVersion, row)


def write_memberships(
    session: Session, officer_id: UUID, change: PersonChange, teams: Mapping[str, UUID]
) -> None:
    """Ends and begins a person's memberships as the plan has them."""
    before = change.before.teams if change.before else ()
    ends: dict[UUID, date | None] = {spell.id: spell.valid_to for spell in before if spell.id is not None}
    for spell in change.after.teams:
        if spell.id is None:
            session.execute(
                insert(Membership).values(
                    id=uuid4(),
                    officer_id=officer_id,
                    team_id=teams[spell.value],
                    valid_from=spell.valid_from,
                    valid_to=spell.valid_to,
                )
            )
        elif ends[spell.id] != spell.valid_to:
            session.execute(
                update(Membership).where(col(Membership.id) == spell.id).values(valid_to=spell.valid_to)
            )


@requires(Permission.DEVICES_REVOKE)
def revoke_device(
    session: Session, caller: Caller, device_id: UUID, reason: str, now: datetime
) -> DeviceResponse:
    """Takes a phone's word from it: what it uploads from now on is kept, and asks for review."""
    day, may = london_day(now), Permission.DEVICES_REVOKE
    if not queries.visible_devices(session, caller, day, None, 1, permission=may, device_id=device_id):
        raise out_of_sight("devices.revoke")
    done = people.revoke(session, device_id, caller.officer_id, reason, now)
    [(row, collar_number)] = queries.visible_devices(
        session, caller, day, None, 1, permission=may, device_id=device_id
    )
    if done:
        changed(
            session,
            "devices.revoke",
            now,
            {"device": [device_id], "officer": [row.officer_id]},
            actor_id=caller.officer_id,
            force_id=caller.force_id,
            reason=reason,
        )
    return describe_device(row, collar_number)
