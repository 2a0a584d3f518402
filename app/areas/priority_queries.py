"""Reads of areas' priorities, apart from the other reads for size."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind, PrioritySource
from app.areas.models import Area, AreaAncestor, AreaPriority
from app.areas.priorities import Priority

_SMALLEST_FIRST = {kind: number for number, kind in enumerate(reversed(AreaKind))}


def _in_force(day: date) -> ColumnElement[bool]:
    return and_(
        col(AreaPriority.valid_from) <= day,
        or_(col(AreaPriority.valid_to).is_(None), col(AreaPriority.valid_to) > day),
    )


def priorities_of(session: Session, area_id: UUID, day: date) -> list[AreaPriority]:
    """An area's own priorities on a day, the latest issue first."""
    rows = session.exec(select(AreaPriority).where(AreaPriority.area_id == area_id, _in_force(day))).all()
    return sorted(rows, key=_latest_first)


def _latest_first(row: AreaPriority) -> tuple[float, str, str]:
    return (-row.issue_at.timestamp() if row.issue_at else 0.0, row.issue, str(row.id))


@dataclass(frozen=True, slots=True)
class PriorityOfArea:
    priority: AreaPriority
    area: Area


def priorities_above(
    session: Session, area_ids: Collection[UUID], day: date
) -> dict[UUID, list[PriorityOfArea]]:
    """The priorities of each area and of the areas above it on a day: the smallest area first, the latest issue first.

    One statement, whatever the number of areas.
    """
    found: defaultdict[UUID, list[PriorityOfArea]] = defaultdict(list)
    if not area_ids:
        return found
    rows = session.exec(
        select(AreaAncestor.area_id, AreaPriority, Area)
        .join(AreaPriority, col(AreaPriority.area_id) == col(AreaAncestor.ancestor_id))
        .join(Area, col(Area.id) == col(AreaPriority.area_id))
        .where(
            col(AreaAncestor.area_id).in_(area_ids),
            _in_force(day),
            or_(col(Area.valid_to).is_(None), col(Area.valid_to) > day),
        )
    ).all()
    for below, priority, area in rows:
        found[below].append(PriorityOfArea(priority, area))
    for each in found.values():
        each.sort(
            key=lambda one: (_SMALLEST_FIRST[one.area.kind], one.area.code, _latest_first(one.priority))
        )
    return found


def priorities_held(
    session: Session, force_id: UUID, source: PrioritySource
) -> dict[UUID, dict[UUID, Priority]]:
    """The priorities of a force that have not ended, by area and row, of one source."""
    found: defaultdict[UUID, dict[UUID, Priority]] = defaultdict(dict)
    rows = session.exec(
        select(AreaPriority).where(
            AreaPriority.force_id == force_id,
            AreaPriority.source == source,
            col(AreaPriority.valid_to).is_(None),
        )
    ).all()
    for row in rows:
        found[row.area_id][row.id] = Priority(row.issue, row.issue_at, row.action, row.action_at)
    return found


def latest_priority_day(session: Session, force_id: UUID, source: PrioritySource) -> date | None:
    """The last day on which a priority of one source began or ended."""
    return max(
        (
            day
            for day in session.execute(
                select(func.max(col(AreaPriority.valid_from)), func.max(col(AreaPriority.valid_to))).where(
                    AreaPriority.force_id == force_id, AreaPriority.source == source
                )
            ).one()
            if day is not None
        ),
        default=None,
    )
