"""Which hotspots, areas and teams a caller gets a row of: those in their scope, windows or not, and whatever else they
may see something of. What they may see nothing of has no row, so that not even a nought is told of it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select as select_rows
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.areas.models import Area, AreaAncestor, Hotspot, Team
from app.areas.scope import RowOwners, my_areas, visible
from app.compliance.places import Asked, Place, days_of
from app.identity.permissions import Permission

_TABLES: Mapping[Place, type[Hotspot] | type[Area] | type[Team]] = {
    Place.HOTSPOT: Hotspot,
    Place.AREA: Area,
    Place.TEAM: Team,
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place as it is called today. `area_id` is the area of a hotspot or team, the parent of an area."""

    id: UUID
    code: str
    name: str
    kind: str
    area_id: UUID | None


def place_rows(
    session: Session,
    asked: Asked,
    place: Place,
    seen: Collection[UUID],
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[PlaceRow]:
    """A page of places by code: those in the caller's scope, and those of which they see something."""
    table = _TABLES[place]
    row_id, code = col(table.id), col(table.code)
    upper = col(Area.parent_id) if place is Place.AREA else col(_TABLES[place].area_id)  # type: ignore[union-attr]
    query = select_rows(row_id, code, col(table.name), col(table.kind), upper).where(
        col(table.force_id) == asked.caller.force_id,
        or_(in_scope(asked, place), row_id.in_(seen)),
    )
    if place is Place.AREA:
        query = query.where(*_areas_asked(asked))
    if after is not None:
        query = query.where(or_(code > after[0], and_(code == after[0], row_id > after[1])))
    rows = session.execute(query.order_by(code, row_id).limit(limit)).all()
    return [PlaceRow(*row) for row in rows]


def areas_above(session: Session, area_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Each of some areas with itself and all above it."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = session.execute(
        select_rows(col(AreaAncestor.area_id), col(AreaAncestor.ancestor_id)).where(
            col(AreaAncestor.area_id).in_(area_ids)
        )
    ).all()
    for area_id, above in rows:
        found[area_id].add(above)
    return found


def areas_with_rows(session: Session, asked: Asked, area_ids: Collection[UUID]) -> set[UUID]:
    """Those of some areas that may have a row by the filters that choose areas."""
    rows = session.exec(select(Area.id).where(col(Area.id).in_(area_ids), *_areas_asked(asked))).all()
    return set(rows)


def in_scope(asked: Asked, place: Place) -> ColumnElement[bool]:
    """Places in force in the period that are the caller's by scope, as far as the filters are about places."""
    table, wanted = _TABLES[place], asked.wanted
    of_hotspots = wanted.hotspot_id is not None or wanted.hotspot_kind is not None
    if (place is not Place.TEAM and wanted.team_id is not None) or (
        place is not Place.HOTSPOT and of_hotspots
    ):
        # Nobody's record says which hotspots are a team's: only its windows and patrols do.
        return false()
    first, last = days_of(*asked.period)
    found = [
        _gate(asked, place),
        col(table.valid_from) <= last,
        or_(col(table.valid_to).is_(None), col(table.valid_to) > first),
    ]
    if place is Place.HOTSPOT:
        found += hotspots_asked(asked)
    if place is Place.TEAM:
        if wanted.team_id is not None:
            found.append(col(Team.id) == wanted.team_id)
        if wanted.area_id is not None:
            found.append(col(Team.area_id).in_(below(wanted.area_id)))
    return and_(*found)


def _gate(asked: Asked, place: Place) -> ColumnElement[bool]:
    """Teams by the ordinary scope; hotspots and areas by where the caller's teams belong."""
    caller, day = asked.caller, asked.day
    if place is Place.TEAM:
        owners = RowOwners(force_id=col(Team.force_id), team_id=col(Team.id), area_id=col(Team.area_id))
        return visible(caller, day, owners, Permission.COMPLIANCE_READ)
    table, area_id = (Hotspot, col(Hotspot.area_id)) if place is Place.HOTSPOT else (Area, col(Area.id))
    owners = RowOwners(force_id=col(table.force_id), area_id=area_id)
    also = [area_id.in_(my_areas(caller.officer_id, day))]
    return visible(caller, day, owners, Permission.COMPLIANCE_READ, also=also)


def hotspots_asked(asked: Asked) -> list[ColumnElement[bool]]:
    """The filters about hotspots themselves."""
    wanted = asked.wanted
    found = []
    if wanted.hotspot_id is not None:
        found.append(col(Hotspot.id) == wanted.hotspot_id)
    if wanted.hotspot_kind is not None:
        found.append(col(Hotspot.kind) == wanted.hotspot_kind)
    if wanted.area_id is not None:
        found.append(col(Hotspot.area_id).in_(below(wanted.area_id)))
    return found


def _areas_asked(asked: Asked) -> list[ColumnElement[bool]]:
    """The filters that choose which areas have a row, whatever windows there are."""
    found = []
    if asked.area_kind is not None:
        found.append(col(Area.kind) == asked.area_kind)
    if asked.parent_id is not None:
        found.append(col(Area.parent_id) == asked.parent_id)
    if asked.wanted.area_id is not None:
        found.append(col(Area.id).in_(below(asked.wanted.area_id)))
    return found


def below(area_id: UUID) -> SelectOfScalar[UUID]:
    """An area and everything below it, as a subquery."""
    return select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == area_id)
