"""Which area holds a point: what somebody recorded at a place is told under the smallest area it lies in."""

from datetime import date
from uuid import UUID

from shapely import Point
from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from app.areas.known import smallest
from app.areas.models import Area, AreaBoundary
from app.database.spatial import intersects


def smallest_area_holding(session: Session, force_id: UUID, at: Point, day: date) -> UUID | None:
    """The ward that holds a point on a day, else the neighbourhood, and so on up; None where no outline does."""
    latest = (
        select(col(AreaBoundary.area_id), func.max(col(AreaBoundary.valid_from)).label("valid_from"))
        .where(col(AreaBoundary.valid_from) <= day)
        .group_by(col(AreaBoundary.area_id))
        .subquery()
    )
    rows = session.execute(
        select(col(Area.id), col(Area.kind))
        .join(AreaBoundary, col(AreaBoundary.area_id) == col(Area.id))
        .join(
            latest,
            (latest.c.area_id == col(AreaBoundary.area_id))
            & (latest.c.valid_from == col(AreaBoundary.valid_from)),
        )
        .where(
            col(Area.force_id) == force_id,
            col(Area.valid_from) <= day,
            or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day),
            intersects(col(AreaBoundary.geometry), at),
        )
    ).all()
    return smallest((kind, area_id) for area_id, kind in rows)
