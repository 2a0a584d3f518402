"""Reads of areas, teams, hotspots, boundaries and briefings."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, HotspotBoundary, Membership, Team
from app.database.spatial import intersects


@dataclass(frozen=True, slots=True)
class TeamOnDay:
    team_id: UUID
    area_id: UUID


def team_on(session: Session, officer_id: UUID, day: date) -> TeamOnDay | None:
    """The team an officer belonged to on a day, and that team's area."""
    row = session.exec(
        select(col(Team.id), col(Team.area_id))
        .join(Membership, col(Membership.team_id) == col(Team.id))
        .where(
            Membership.officer_id == officer_id,
            col(Membership.valid_from) <= day,
            or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > day),
        )
        .order_by(col(Membership.valid_from).desc())
    ).first()
    return TeamOnDay(*row) if row else None


def boundary_in_force(session: Session, hotspot_id: UUID, day: date) -> HotspotBoundary | None:
    """A hotspot's outline on a day: the latest version that had begun."""
    return session.exec(
        select(HotspotBoundary)
        .where(HotspotBoundary.hotspot_id == hotspot_id, col(HotspotBoundary.valid_from) <= day)
        .order_by(col(HotspotBoundary.valid_from).desc())
    ).first()


def boundaries_touched(
    session: Session, force_id: UUID, day: date, track: BaseGeometry
) -> list[HotspotBoundary]:
    """The outlines in force on a day that a track touches, each hotspot once, in a stable order."""
    latest = (
        select(col(HotspotBoundary.hotspot_id), func.max(col(HotspotBoundary.valid_from)).label("valid_from"))
        .where(col(HotspotBoundary.valid_from) <= day)
        .group_by(col(HotspotBoundary.hotspot_id))
        .subquery()
    )
    rows = session.exec(
        select(HotspotBoundary)
        .join(Hotspot, col(Hotspot.id) == col(HotspotBoundary.hotspot_id))
        .join(
            latest,
            (latest.c.hotspot_id == col(HotspotBoundary.hotspot_id))
            & (latest.c.valid_from == col(HotspotBoundary.valid_from)),
        )
        .where(
            Hotspot.force_id == force_id,
            or_(col(Hotspot.valid_to).is_(None), col(Hotspot.valid_to) > day),
            intersects(col(HotspotBoundary.geometry), track),
        )
        .order_by(col(HotspotBoundary.hotspot_id))
    ).all()
    return list(rows)
