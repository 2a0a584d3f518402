"""Reads of our engagements for the tracker: which a caller may hand out, and what stands in their rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select as select_rows
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind
from app.areas.models import Area, AreaAncestor, Team
from app.areas.scope import RowOwners, visible
from app.clock import london_day
from app.engagements.models import Engagement, TickOf
from app.engagements.queries import came_at, ticks_of
from app.engagements.recording import ENGAGEMENT
from app.facts.counting_once import IMPORT
from app.identity.permissions import Caller, Permission
from app.identity.queries import collar_numbers
from app.imports.queries import all_there
from app.wmnow.layouts import OurEngagement, Place
from app.wmnow.link_queries import linked_pairs
from app.wmnow.models import WmnowRecord


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Which engagements are wanted. `only_new` leaves out those the tracker has: linked with a record of it, named by
    one, or brought in from the force's own system."""

    from_at: datetime
    to_at: datetime
    area_id: UUID | None = None
    team_id: UUID | None = None
    only_new: bool = False
    mapping: str | None = None


def engagements_for(
    session: Session, caller: Caller, wanted: ExportFilter, now: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """The engagements that stand, with who led each, in the order they were. Contacts on a hotspot patrol are none."""
    row = Engagement
    owners = RowOwners(
        force_id=col(row.force_id), team_id=col(row.team_id), area_id=col(row.area_id), came_at=came_at()
    )
    held = [
        visible(caller, london_day(now), owners, Permission.WMNOW_EXPORT),
        col(row.occurred_at) >= wanted.from_at,
        col(row.occurred_at) < wanted.to_at,
        col(row.voided_at).is_(None),
        col(row.counted_as) == ENGAGEMENT,
    ]
    if wanted.team_id is not None:
        held.append(col(row.team_id) == wanted.team_id)
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == wanted.area_id)
        held.append(col(row.area_id).in_(below))
    if wanted.only_new:
        held += [col(row.source) != IMPORT, ~_linked(caller.force_id), ~_named()]
    ordered = (
        select_rows(col(row.id), col(row.captured_by))
        .where(*held)
        .order_by(col(row.occurred_at), col(row.id))
        .limit(limit)
    )
    return [(engagement_id, person) for engagement_id, person in session.execute(ordered)]


def _linked(force_id: UUID) -> ColumnElement[bool]:
    """Whether it stands linked with a record that is there still."""
    return col(Engagement.id).in_(select_rows(linked_pairs(force_id).c.engagement_id))


def _named() -> ColumnElement[bool]:
    return exists().where(
        col(WmnowRecord.force_id) == col(Engagement.force_id),
        col(WmnowRecord.engagement_ref) == col(Engagement.id),
        col(WmnowRecord.deleted_at).is_(None),
        all_there(col(WmnowRecord.first_received_at)),
    )


def described(session: Session, engagement_ids: Sequence[UUID]) -> list[OurEngagement]:
    """Some engagements as the tracker may want them, in the order of the ids."""
    rows = session.exec(select(Engagement).where(col(Engagement.id).in_(engagement_ids))).all()
    by_id = {row.id: row for row in rows}
    ticks = ticks_of(session, list(by_id))
    collars = collar_numbers(session, {row.captured_by for row in rows})
    teams = _teams(session, {row.team_id for row in rows if row.team_id is not None})
    places = _places(session, {row.place_area_id or row.area_id for row in rows})
    found = []
    for row in (by_id[each] for each in engagement_ids if each in by_id):
        ticked = ticks[row.id]
        above = places.get(row.place_area_id or row.area_id, {})
        found.append(
            OurEngagement(
                engagement_ref=row.id,
                occurred_at=row.occurred_at,
                recorded_at=row.recorded_at,
                collar_number=collars[row.captured_by],
                engagement_type=row.engagement_type,
                ended_at=None if row.minutes is None else row.occurred_at + timedelta(minutes=row.minutes),
                reference=row.reference,
                lpa=above.get(AreaKind.LPA),
                sector=above.get(AreaKind.SECTOR),
                neighbourhood=above.get(AreaKind.WARD) or above.get(AreaKind.NEIGHBOURHOOD),
                team=None if row.team_id is None else teams[row.team_id],
                position=None
                if row.longitude is None or row.latitude is None
                else (row.longitude, row.latitude),
                method=row.method,
                priority_groups=[each.code for each in ticked if each.of is TickOf.PRIORITY_GROUP],
                topics=[each.code for each in ticked if each.of is TickOf.ISSUE],
                groups_reached=[
                    (each.code, each.people) for each in ticked if each.of is TickOf.MINORITY_GROUP
                ],
                people_reached=row.people_reached,
                planned=row.planned,
                published=row.published,
                patrol_ref=row.patrol_id,
            )
        )
    return found


def _teams(session: Session, team_ids: Collection[UUID]) -> dict[UUID, Place]:
    rows = session.exec(select(Team).where(col(Team.id).in_(team_ids))).all()
    return {row.id: Place(row.code, row.name) for row in rows}


def _places(session: Session, area_ids: Collection[UUID | None]) -> dict[UUID | None, dict[AreaKind, Place]]:
    """Each area with those above it, by kind."""
    rows = session.exec(
        select(AreaAncestor.area_id, Area)
        .join(Area, col(Area.id) == col(AreaAncestor.ancestor_id))
        .where(col(AreaAncestor.area_id).in_([each for each in area_ids if each is not None]))
    ).all()
    found: dict[UUID | None, dict[AreaKind, Place]] = {}
    for area_id, above in rows:
        found.setdefault(area_id, {})[above.kind] = Place(above.code, above.name)
    return found
