"""Reads of events and publication packs."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from app.areas.models import Area, AreaAncestor
from app.areas.scope import RowOwners, my_areas, visible
from app.identity.permissions import Caller, Permission
from app.policeuk.deciding import Step
from app.policeuk.models import NeighbourhoodEvent, PublicationDecision, PublicationPack
from app.policeuk.reading import Event


def events_held(session: Session, force_id: UUID) -> dict[UUID, dict[UUID, Event]]:
    """The events of a force that are still announced, by area and row."""
    found: defaultdict[UUID, dict[UUID, Event]] = defaultdict(dict)
    rows = session.exec(
        select(NeighbourhoodEvent).where(
            NeighbourhoodEvent.force_id == force_id, col(NeighbourhoodEvent.valid_to).is_(None)
        )
    ).all()
    for row in rows:
        found[row.area_id][row.id] = Event(
            row.title, row.kind, row.description, row.address, row.starts_at, row.ends_at
        )
    return found


def latest_event_day(session: Session, force_id: UUID) -> date | None:
    """The last day on which an event was first or last announced."""
    days = session.execute(
        select(
            func.max(col(NeighbourhoodEvent.valid_from)), func.max(col(NeighbourhoodEvent.valid_to))
        ).where(NeighbourhoodEvent.force_id == force_id)
    ).one()
    return max((day for day in days if day is not None), default=None)


def next_events(
    session: Session, area_id: UUID, now: datetime, day: date, most: int
) -> list[NeighbourhoodEvent]:
    """What is announced for an area and has not begun, the next first."""
    return list(
        session.exec(
            select(NeighbourhoodEvent)
            .where(
                NeighbourhoodEvent.area_id == area_id,
                col(NeighbourhoodEvent.starts_at) >= now,
                col(NeighbourhoodEvent.valid_from) <= day,
                or_(col(NeighbourhoodEvent.valid_to).is_(None), col(NeighbourhoodEvent.valid_to) > day),
            )
            .order_by(col(NeighbourhoodEvent.starts_at), col(NeighbourhoodEvent.title))
            .limit(most)
        ).all()
    )


def _gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    owners = RowOwners(force_id=col(PublicationPack.force_id), area_id=col(PublicationPack.area_id))
    also = [col(PublicationPack.area_id).in_(my_areas(caller.officer_id, day))]
    return visible(caller, day, owners, permission, also=also)


def pack_seen(
    session: Session, caller: Caller, pack_id: UUID, day: date, permission: Permission
) -> PublicationPack | None:
    """A pack of an area that is the caller's to tell of."""
    return session.exec(
        select(PublicationPack).where(PublicationPack.id == pack_id, _gate(caller, day, permission))
    ).first()


def packs_seen(
    session: Session,
    caller: Caller,
    day: date,
    area_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[PublicationPack]:
    """A page of packs, latest first."""
    at, row_id = col(PublicationPack.received_at), col(PublicationPack.id)
    # What they say is long, and no line of the list tells of it.
    without_content = defer(PublicationPack.content)  # type: ignore[arg-type]
    query = select(PublicationPack).where(_gate(caller, day, Permission.PACKS_READ)).options(without_content)
    if area_id is not None:
        query = query.where(PublicationPack.area_id == area_id)
    if after is not None:
        query = query.where(or_(at < after[0], and_(at == after[0], row_id < after[1])))
    return list(session.exec(query.order_by(at.desc(), row_id.desc()).limit(limit)).all())


def decisions_of(session: Session, pack_ids: Collection[UUID]) -> dict[UUID, list[PublicationDecision]]:
    """What was decided about some packs, oldest first."""
    found: defaultdict[UUID, list[PublicationDecision]] = defaultdict(list)
    rows = session.exec(
        select(PublicationDecision)
        .where(col(PublicationDecision.pack_id).in_(pack_ids))
        .order_by(col(PublicationDecision.number))
    ).all()
    for row in rows:
        found[row.pack_id].append(row)
    return found


def published_last(session: Session, area_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The pack of each area that was said to be on the website last, whatever became of it."""
    rows = session.execute(
        select(PublicationPack.area_id, PublicationPack.id)
        .join(PublicationDecision, col(PublicationDecision.pack_id) == col(PublicationPack.id))
        .where(col(PublicationPack.area_id).in_(area_ids), PublicationDecision.step == Step.PUBLISHED)
        .order_by(col(PublicationDecision.received_at), col(PublicationDecision.id))
    ).all()
    return {row.area_id: row.id for row in rows}


def published_across(session: Session, pack: PublicationPack) -> tuple[date, date] | None:
    """The days of a pack of the same area, or of one above or below it, that was published, whatever became of it, and
    shares some days with this one and not all."""
    above = select(col(AreaAncestor.ancestor_id)).where(AreaAncestor.area_id == pack.area_id)
    below = select(col(AreaAncestor.area_id)).where(AreaAncestor.ancestor_id == pack.area_id)
    other = PublicationPack
    row = session.execute(
        select(col(other.from_day), col(other.to_day))
        .join(PublicationDecision, col(PublicationDecision.pack_id) == col(other.id))
        .where(
            PublicationDecision.step == Step.PUBLISHED,
            or_(col(other.area_id).in_(above), col(other.area_id).in_(below)),
            col(other.from_day) <= pack.to_day,
            col(other.to_day) >= pack.from_day,
            or_(col(other.from_day) != pack.from_day, col(other.to_day) != pack.to_day),
        )
        .order_by(col(other.from_day), col(other.to_day))
        .limit(1)
    ).first()
    return (row.from_day, row.to_day) if row is not None else None


def areas_by_id(session: Session, area_ids: Collection[UUID]) -> dict[UUID, Area]:
    rows = session.exec(select(Area).where(col(Area.id).in_(area_ids))).all()
    return {row.id: row for row in rows}
