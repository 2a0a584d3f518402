"""Reads of destinations and subscriptions: what an administrator is shown, and who hears of what, which nobody is
shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select

from app.areas.models import Area, AreaAncestor
from app.areas.scope import RowOwners, visible
from app.clock import london_day
from app.identity.permissions import Caller, Permission
from app.telling.models import Destination, DestinationSecret, Subscription, ToldOccasion

KEY, URL = "key", "url"
# Far longer than anything is looked for that was not told yet.
REMEMBERED = timedelta(days=7)


def _gate(
    caller: Caller, now: datetime, table: type[Destination] | type[Subscription]
) -> ColumnElement[bool]:
    owners = RowOwners(force_id=col(table.force_id))
    return visible(caller, london_day(now), owners, Permission.TELLING_READ)


def destinations_seen(session: Session, caller: Caller, now: datetime) -> list[Destination]:
    """Every destination of the caller's force, by name."""
    wanted = select(Destination).where(_gate(caller, now, Destination))
    return list(session.exec(wanted.order_by(col(Destination.name), col(Destination.id))).all())


def destination_locked(
    session: Session, caller: Caller, destination_id: UUID, now: datetime
) -> Destination | None:
    """One destination of the caller's force, held until the transaction ends."""
    wanted = select(Destination).where(_gate(caller, now, Destination), col(Destination.id) == destination_id)
    rows = wanted.with_for_update().execution_options(populate_existing=True)
    return session.exec(rows).first()


def subscriptions_seen(session: Session, caller: Caller, now: datetime) -> list[Subscription]:
    """Every subscription of the caller's force, oldest first."""
    wanted = select(Subscription).where(_gate(caller, now, Subscription))
    ordered = wanted.order_by(col(Subscription.received_at), col(Subscription.id))
    return list(session.exec(ordered).all())


def subscription_locked(
    session: Session, caller: Caller, subscription_id: UUID, now: datetime
) -> Subscription | None:
    """One subscription of the caller's force, held until the transaction ends."""
    wanted = select(Subscription).where(
        _gate(caller, now, Subscription), col(Subscription.id) == subscription_id
    )
    rows = wanted.with_for_update().execution_options(populate_existing=True)
    return session.exec(rows).first()


def keys_of(
    session: Session, destination_ids: Collection[UUID], now: datetime
) -> dict[UUID, list[DestinationSecret]]:
    """The keys that sign for some destinations now, newest first."""
    found: dict[UUID, list[DestinationSecret]] = {each: [] for each in destination_ids}
    rows = session.exec(
        select(DestinationSecret)
        .where(
            col(DestinationSecret.destination_id).in_(destination_ids),
            DestinationSecret.use == KEY,
            or_(col(DestinationSecret.until_at).is_(None), col(DestinationSecret.until_at) > now),
        )
        .order_by(col(DestinationSecret.number).desc())
    )
    for row in rows:
        found[row.destination_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Door:
    """What is needed to deliver to a destination."""

    destination: Destination
    url: str | None
    keys: Sequence[str]


def secrets_given(session: Session, destination_id: UUID) -> int:
    """How many secrets a destination was given so far."""
    rows = select(func.max(DestinationSecret.number)).where(
        DestinationSecret.destination_id == destination_id
    )
    return session.exec(rows).one() or 0


def door(session: Session, destination_id: UUID, now: datetime) -> Door | None:
    """How a destination that stands is reached; None when it was taken back."""
    destination = session.get(Destination, destination_id)
    if destination is None or destination.voided_at is not None:
        return None
    url = session.exec(
        select(DestinationSecret.value)
        .where(DestinationSecret.destination_id == destination_id, DestinationSecret.use == URL)
        .order_by(col(DestinationSecret.number).desc())
        .limit(1)
    ).first()
    keys = keys_of(session, [destination_id], now)[destination_id]
    return Door(destination, url, [each.value for each in keys])


def names_of(session: Session, force_id: UUID, destination_ids: Collection[UUID]) -> dict[UUID, str]:
    """What some destinations of a force are called."""
    rows = session.exec(
        select(Destination.id, Destination.name).where(
            Destination.force_id == force_id, col(Destination.id).in_(destination_ids)
        )
    )
    return dict(rows.all())


def area_of_force(session: Session, force_id: UUID, area_id: UUID) -> Area | None:
    """An area, if it is the force's."""
    return session.exec(select(Area).where(Area.force_id == force_id, Area.id == area_id)).first()


def standing_subscriptions(session: Session, force_id: UUID, day: date) -> list[Subscription]:
    """The subscriptions of a force that hold on a day."""
    wanted = select(Subscription).where(
        Subscription.force_id == force_id,
        col(Subscription.voided_at).is_(None),
        col(Subscription.valid_from) <= day,
        or_(col(Subscription.valid_to).is_(None), col(Subscription.valid_to) > day),
    )
    return list(session.exec(wanted.order_by(col(Subscription.id))).all())


def areas_above(session: Session, area_id: UUID) -> set[UUID]:
    """An area and every area above it."""
    return set(session.exec(select(AreaAncestor.ancestor_id).where(AreaAncestor.area_id == area_id)).all())


def destinations_of(
    session: Session, subscription: Subscription, above: Collection[UUID]
) -> list[Destination]:
    """Where a subscription's messages go that tell of an area, by all areas above it: its destination, or those of its
    role that are there or above."""
    standing = (
        Destination.force_id == subscription.force_id,
        col(Destination.voided_at).is_(None),
    )
    if subscription.destination_id is not None:
        chosen = col(Destination.id) == subscription.destination_id
    else:
        chosen = and_(col(Destination.role) == subscription.role, col(Destination.area_id).in_(above))
    rows = select(Destination).where(*standing, chosen).order_by(col(Destination.id))
    return list(session.exec(rows).all())


def told_before(session: Session, destination_id: UUID, occasion_ids: Collection[UUID]) -> set[UUID]:
    """Of which of some occasions a destination was told."""
    rows = session.exec(
        select(ToldOccasion.occasion_id).where(
            ToldOccasion.destination_id == destination_id, col(ToldOccasion.occasion_id).in_(occasion_ids)
        )
    )
    return set(rows.all())


def long_ago(now: datetime) -> ColumnElement[bool]:
    """The condition that a destination was told of something so long ago that it will not be found out again."""
    return col(ToldOccasion.told_at) < now - REMEMBERED


def told_long_ago(session: Session, now: datetime) -> bool:
    """Whether there is anything to forget."""
    return session.exec(select(ToldOccasion.occasion_id).where(long_ago(now)).limit(1)).first() is not None
