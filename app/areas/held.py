"""Reads what is held of a force for an import to be compared with: places with every version, and memberships."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from app.areas.importing import BriefingText, HeldOutline, HeldPlace, HeldVersion
from app.areas.kinds import AreaKind
from app.areas.known import Belonging, KnownPlaces, Outline, Outlines
from app.areas.models import (
    Area,
    AreaAncestor,
    AreaBoundary,
    Briefing,
    Hotspot,
    HotspotBoundary,
    Membership,
    PlaceVersion,
    Team,
)
from app.identity.spells import Spell


def forces(session: Session) -> list[Area]:
    """The roots of the area tree, by code."""
    return list(session.exec(select(Area).where(Area.kind == AreaKind.FORCE).order_by(col(Area.code))).all())


def area_codes(session: Session, force_id: UUID) -> dict[UUID, str]:
    """Codes of a force's areas by id."""
    return dict(session.exec(select(Area.id, Area.code).where(Area.force_id == force_id)).all())


def parents(session: Session, force_id: UUID) -> dict[UUID, UUID | None]:
    """The area above each area of a force."""
    return dict(session.exec(select(Area.id, Area.parent_id).where(Area.force_id == force_id)).all())


def closure_held(session: Session, force_id: UUID) -> set[tuple[UUID, UUID]]:
    """Every pair of an area and an area above it, as stored for a force."""
    rows = session.exec(
        select(AreaAncestor.area_id, AreaAncestor.ancestor_id)
        .join(Area, col(Area.id) == col(AreaAncestor.area_id))
        .where(Area.force_id == force_id)
    ).all()
    return {(area, ancestor) for area, ancestor in rows}


def areas_held(session: Session, force_id: UUID) -> dict[str, HeldPlace]:
    """A force's areas by code, with versions and outlines."""
    rows = session.exec(select(Area).where(Area.force_id == force_id)).all()
    outlines: defaultdict[UUID, list[HeldOutline]] = defaultdict(list)
    for boundary in session.exec(
        select(AreaBoundary)
        .join(Area, col(Area.id) == col(AreaBoundary.area_id))
        .where(Area.force_id == force_id)
        .order_by(col(AreaBoundary.valid_from))
    ).all():
        outlines[boundary.area_id].append(HeldOutline(boundary.valid_from, boundary.geometry))
    return _held(session, force_id, rows, outlines, {})


def teams_held(session: Session, force_id: UUID) -> dict[str, HeldPlace]:
    """A force's teams by code, with versions."""
    rows = session.exec(select(Team).where(Team.force_id == force_id)).all()
    return _held(session, force_id, rows, {}, {})


def hotspots_held(session: Session, force_id: UUID) -> dict[str, HeldPlace]:
    """A force's hotspots by code, with versions, outlines and briefings."""
    rows = session.exec(select(Hotspot).where(Hotspot.force_id == force_id)).all()
    outlines: defaultdict[UUID, list[HeldOutline]] = defaultdict(list)
    briefings: defaultdict[UUID, list[BriefingText]] = defaultdict(list)
    for boundary in session.exec(
        select(HotspotBoundary)
        .join(Hotspot, col(Hotspot.id) == col(HotspotBoundary.hotspot_id))
        .where(Hotspot.force_id == force_id)
        .order_by(col(HotspotBoundary.version))
    ).all():
        outlines[boundary.hotspot_id].append(HeldOutline(boundary.valid_from, boundary.geometry))
    for briefing in session.exec(
        select(Briefing)
        .join(Hotspot, col(Hotspot.id) == col(Briefing.hotspot_id))
        .where(Hotspot.force_id == force_id)
        .order_by(col(Briefing.version))
    ).all():
        briefings[briefing.hotspot_id].append(
            BriefingText(briefing.why_here, briefing.owner, briefing.plan_reference, briefing.review_on)
        )
    return _held(session, force_id, rows, outlines, briefings)


def _held(
    session: Session,
    force_id: UUID,
    rows: Sequence[Area | Team | Hotspot],
    outlines: dict[UUID, list[HeldOutline]],
    briefings: dict[UUID, list[BriefingText]],
) -> dict[str, HeldPlace]:
    codes = area_codes(session, force_id)
    versions: defaultdict[UUID, list[HeldVersion]] = defaultdict(list)
    places = {row.id for row in rows}
    for version in session.exec(select(PlaceVersion).order_by(col(PlaceVersion.version))).all():
        if version.place_id in places:
            above = codes[version.area_id] if version.area_id else None
            versions[version.place_id].append(
                HeldVersion(version.valid_from, version.name, version.kind, above, version.police_uk_id)
            )
    held = {}
    for row in rows:
        above_id = row.parent_id if isinstance(row, Area) else row.area_id
        now = HeldVersion(
            row.valid_from,
            row.name,
            row.kind.value,
            codes[above_id] if above_id else None,
            row.police_uk_id if isinstance(row, Area) else None,
        )
        held[row.code] = HeldPlace(
            row.id,
            row.code,
            row.valid_to,
            # A place that was not imported has no versions but its own row.
            tuple(versions[row.id]) or (now,),
            tuple(outlines.get(row.id, ())),
            tuple(briefings.get(row.id, ())),
        )
    return held


def memberships_held(session: Session, force_id: UUID) -> dict[UUID, list[Spell[str]]]:
    """The teams (by code) of everybody in a force over time, oldest first."""
    found: defaultdict[UUID, list[Spell[str]]] = defaultdict(list)
    rows = session.exec(
        select(Membership, Team.code)
        .join(Team, col(Team.id) == col(Membership.team_id))
        .where(Team.force_id == force_id)
        .order_by(col(Membership.valid_from))
    ).all()
    for membership, code in rows:
        found[membership.officer_id].append(
            Spell(code, membership.valid_from, membership.valid_to, membership.id)
        )
    return found


def known_places(session: Session, force_id: UUID) -> KnownPlaces:
    """Everything a file of records is placed by."""
    belongings: defaultdict[UUID, list[Belonging]] = defaultdict(list)
    members = select(Membership, Team.area_id).join(Team, col(Team.id) == col(Membership.team_id))
    for row, area_id in session.exec(members.where(Team.force_id == force_id)).all():
        belongings[row.officer_id].append(Belonging(row.team_id, area_id, row.valid_from, row.valid_to))
    spots = select(HotspotBoundary, Hotspot).join(Hotspot, col(Hotspot.id) == col(HotspotBoundary.hotspot_id))
    return KnownPlaces(
        belongings,
        Outlines(
            [
                # A hotspot is there from its first outline on.
                Outline(spot.id, spot.name, row.geometry, row.valid_from, row.valid_from, spot.valid_to)
                for row, spot in session.exec(
                    spots.where(Hotspot.force_id == force_id).order_by(col(Hotspot.id))
                ).all()
            ]
        ),
        area_outlines(session, force_id),
    )


def area_outlines(session: Session, force_id: UUID) -> Outlines:
    """Every version of the outlines of a force's areas."""
    grounds = select(AreaBoundary, Area).join(Area, col(Area.id) == col(AreaBoundary.area_id))
    return Outlines(
        [
            Outline(
                area.id, area.name, row.geometry, row.valid_from, area.valid_from, area.valid_to, area.kind
            )
            for row, area in session.exec(grounds.where(Area.force_id == force_id)).all()
        ]
    )
