"""Reads of areas, teams, hotspots, boundaries and briefings."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.areas.kinds import AreaKind, HotspotKind
from app.areas.models import (
    Area,
    AreaAncestor,
    AreaBoundary,
    Briefing,
    Hotspot,
    HotspotBoundary,
    Membership,
    Team,
)
from app.areas.scope import RowOwners, visible
from app.database.paging import latest_first
from app.database.spatial import holds, intersects
from app.identity.models import Device, Officer
from app.identity.permissions import Caller, Permission

P = TypeVar("P", Area, Team, Hotspot)


@dataclass(frozen=True, slots=True)
class TeamOnDay:
    team_id: UUID
    area_id: UUID


# Of `officer_id` on `day`, as a value. Built once, as what follows: every check-in asks.
TEAM_ID_ON = (
    select_rows(col(Membership.team_id))
    .where(
        col(Membership.officer_id) == bindparam("officer_id"),
        col(Membership.valid_from) <= bindparam("day"),
        or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > bindparam("day")),
    )
    .order_by(col(Membership.valid_from).desc())
    .limit(1)
    .scalar_subquery()
)
_TEAM_ON = select_rows(col(Team.id), col(Team.area_id)).where(col(Team.id) == TEAM_ID_ON)


def team_on(session: Session, officer_id: UUID, day: date) -> TeamOnDay | None:
    """The team an officer belonged to on a day, and that team's area."""
    row = session.connection().execute(_TEAM_ON, {"officer_id": officer_id, "day": day}).first()
    return TeamOnDay(row.id, row.area_id) if row else None


def boundary_in_force(session: Session, hotspot_id: UUID, day: date) -> HotspotBoundary | None:
    """A hotspot's outline on a day: the latest version that had begun."""
    return session.exec(
        select(HotspotBoundary)
        .where(HotspotBoundary.hotspot_id == hotspot_id, col(HotspotBoundary.valid_from) <= day)
        .order_by(col(HotspotBoundary.valid_from).desc())
    ).first()


# Outlines by version: a version is never edited, so what was read once holds for good.
_OUTLINES: OrderedDict[UUID, MultiPolygon] = OrderedDict()
_MOST_OUTLINES = 1000


def boundary_outline(session: Session, boundary_id: UUID) -> MultiPolygon:
    """The outline of one boundary version that exists."""
    if (known := _OUTLINES.get(boundary_id)) is not None:
        return known
    row = session.exec(select(HotspotBoundary).where(HotspotBoundary.id == boundary_id)).one()
    outline = _OUTLINES[boundary_id] = cast(MultiPolygon, row.geometry)
    while len(_OUTLINES) > _MOST_OUTLINES:
        _OUTLINES.popitem(last=False)
    return outline


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
    query = (
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
    )
    return list(session.exec(query).all())


_LATER: Any = aliased(HotspotBoundary)
# The hotspots of `force_id` whose outline in force on `day` holds the point `lon`, `lat`; to be joined.
HOTSPOTS_HOLDING = (
    select_rows(col(Hotspot.id), col(Hotspot.name))
    .join(HotspotBoundary, col(Hotspot.id) == col(HotspotBoundary.hotspot_id))
    .where(
        col(Hotspot.force_id) == bindparam("force_id"),
        or_(col(Hotspot.valid_to).is_(None), col(Hotspot.valid_to) > bindparam("day")),
        col(HotspotBoundary.valid_from) <= bindparam("day"),
        ~exists().where(
            _LATER.hotspot_id == col(Hotspot.id),
            _LATER.valid_from <= bindparam("day"),
            _LATER.valid_from > col(HotspotBoundary.valid_from),
        ),
        holds(col(HotspotBoundary.geometry), bindparam("lon"), bindparam("lat")),
    )
    .subquery()
)


def area_outline(session: Session, area_id: UUID) -> BaseGeometry | None:
    """The newest outline of an area, a force among them."""
    newest = col(AreaBoundary.valid_from).desc()
    boundary = session.exec(
        select(AreaBoundary).where(AreaBoundary.area_id == area_id).order_by(newest)
    ).first()
    return boundary.geometry if boundary else None


def _after(
    statement: SelectOfScalar[P], code: Any, row_id: Any, after: tuple[str, UUID] | None, limit: int
) -> SelectOfScalar[P]:
    if after is not None:
        statement = statement.where(or_(code > after[0], and_(code == after[0], row_id > after[1])))
    return statement.order_by(code, row_id).limit(limit)


def _on(table: type[Area] | type[Team] | type[Hotspot] | type[Officer], day: date) -> ColumnElement[bool]:
    return and_(col(table.valid_from) <= day, or_(col(table.valid_to).is_(None), col(table.valid_to) > day))


def areas(
    session: Session,
    force_id: UUID,
    day: date,
    kind: AreaKind | None,
    parent_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Area]:
    """A force's areas in force on a day, by code."""
    statement = select(Area).where(Area.force_id == force_id, _on(Area, day))
    if kind is not None:
        statement = statement.where(Area.kind == kind)
    if parent_id is not None:
        statement = statement.where(Area.parent_id == parent_id)
    return list(session.exec(_after(statement, col(Area.code), col(Area.id), after, limit)).all())


def area(session: Session, force_id: UUID, area_id: UUID) -> Area | None:
    return session.exec(select(Area).where(Area.id == area_id, Area.force_id == force_id)).first()


def areas_above(session: Session, area_id: UUID) -> list[Area]:
    """The areas above an area, in no order."""
    above = select(AreaAncestor.ancestor_id).where(AreaAncestor.area_id == area_id)
    return list(session.exec(select(Area).where(col(Area.id).in_(above), Area.id != area_id)).all())


def teams(
    session: Session,
    force_id: UUID,
    day: date,
    area_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Team]:
    """A force's teams on a day, of an area and everything below it, by code."""
    statement = select(Team).where(Team.force_id == force_id, _on(Team, day))
    if area_id is not None:
        statement = statement.where(col(Team.area_id).in_(_below(area_id)))
    return list(session.exec(_after(statement, col(Team.code), col(Team.id), after, limit)).all())


def _below(area_id: UUID) -> SelectOfScalar[UUID]:
    return select(AreaAncestor.area_id).where(AreaAncestor.ancestor_id == area_id)


def hotspots(
    session: Session,
    force_id: UUID,
    day: date,
    area_id: UUID | None,
    kind: HotspotKind | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Hotspot]:
    """A force's hotspots in force on a day, of an area and everything below it, by code."""
    statement = select(Hotspot).where(Hotspot.force_id == force_id, _on(Hotspot, day))
    if area_id is not None:
        statement = statement.where(col(Hotspot.area_id).in_(_below(area_id)))
    if kind is not None:
        statement = statement.where(Hotspot.kind == kind)
    return list(session.exec(_after(statement, col(Hotspot.code), col(Hotspot.id), after, limit)).all())


def hotspot(session: Session, force_id: UUID, hotspot_id: UUID) -> Hotspot | None:
    return session.exec(select(Hotspot).where(Hotspot.id == hotspot_id, Hotspot.force_id == force_id)).first()


def hotspot_names(session: Session, hotspot_ids: Collection[UUID]) -> dict[str, str]:
    """What some hotspots are called, by their ids as text."""
    if not hotspot_ids:
        return {}
    rows = session.exec(select(Hotspot.id, Hotspot.name).where(col(Hotspot.id).in_(hotspot_ids)))
    return {str(hotspot_id): name for hotspot_id, name in rows.all()}


def boundaries(session: Session, hotspot_id: UUID) -> list[HotspotBoundary]:
    """Every version of a hotspot's outline, oldest first."""
    return list(
        session.exec(
            select(HotspotBoundary)
            .where(HotspotBoundary.hotspot_id == hotspot_id)
            .order_by(col(HotspotBoundary.version))
        ).all()
    )


def newest_briefing(session: Session, hotspot_id: UUID) -> Briefing | None:
    return session.exec(
        select(Briefing).where(Briefing.hotspot_id == hotspot_id).order_by(col(Briefing.version).desc())
    ).first()


def hotspots_by_id(session: Session, hotspot_ids: Collection[UUID]) -> dict[UUID, Hotspot]:
    if not hotspot_ids:
        return {}
    rows = session.exec(select(Hotspot).where(col(Hotspot.id).in_(hotspot_ids))).all()
    return {row.id: row for row in rows}


def boundaries_of(session: Session, hotspot_ids: Collection[UUID]) -> dict[UUID, list[HotspotBoundary]]:
    """Every version of some hotspots' outlines, the latest first."""
    found: defaultdict[UUID, list[HotspotBoundary]] = defaultdict(list)
    if hotspot_ids:
        rows = session.exec(
            select(HotspotBoundary)
            .where(col(HotspotBoundary.hotspot_id).in_(hotspot_ids))
            .order_by(col(HotspotBoundary.valid_from).desc())
        ).all()
        for row in rows:
            found[row.hotspot_id].append(row)
    return found


def boundary_on(versions: Iterable[HotspotBoundary], day: date) -> HotspotBoundary | None:
    """Of a hotspot's outlines, the latest first, the one in force on a day."""
    return next((row for row in versions if row.valid_from <= day), None)


def newest_briefings(session: Session, hotspot_ids: Collection[UUID]) -> dict[UUID, Briefing]:
    """The newest briefing of each hotspot that has one."""
    if not hotspot_ids:
        return {}
    rows = session.exec(
        select(Briefing).where(col(Briefing.hotspot_id).in_(hotspot_ids)).order_by(col(Briefing.version))
    ).all()
    return {row.hotspot_id: row for row in rows}


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """An officer with the team of a day."""

    officer: Officer
    team_id: UUID | None


@dataclass(frozen=True, slots=True)
class OfficerFilter:
    """What of the people is asked for; None leaves a filter out. `left` asks for those no longer here, too."""

    team_id: UUID | None = None
    collar_number: str | None = None
    left: bool = False


def visible_officers(
    session: Session,
    caller: Caller,
    day: date,
    wanted: OfficerFilter,
    after: tuple[str, UUID] | None,
    limit: int,
    officer_id: UUID | None = None,
) -> list[OfficerRow]:
    """The officers a caller may see on a day, by collar number; `officer_id` asks for one of them."""
    owners = RowOwners(
        force_id=col(Officer.force_id),
        team_id=col(Membership.team_id),
        area_id=col(Team.area_id),
        officer_id=col(Officer.id),
    )
    statement = (
        select(Officer, col(Membership.team_id))
        .outerjoin(
            Membership,
            and_(
                col(Membership.officer_id) == col(Officer.id),
                col(Membership.valid_from) <= day,
                or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > day),
            ),
        )
        .outerjoin(Team, col(Team.id) == col(Membership.team_id))
        .where(visible(caller, day, owners, Permission.OFFICERS_READ))
    )
    if officer_id is not None:
        statement = statement.where(Officer.id == officer_id)
    if wanted.team_id is not None:
        statement = statement.where(Membership.team_id == wanted.team_id)
    if wanted.collar_number is not None:
        statement = statement.where(Officer.collar_number == wanted.collar_number)
    if not wanted.left:
        statement = statement.where(
            col(Officer.valid_from) <= day, or_(col(Officer.valid_to).is_(None), col(Officer.valid_to) > day)
        )
    number, row_id = col(Officer.collar_number), col(Officer.id)
    if after is not None:
        statement = statement.where(or_(number > after[0], and_(number == after[0], row_id > after[1])))
    rows = session.exec(statement.order_by(number, row_id).limit(limit)).all()
    return [OfficerRow(officer, team_id) for officer, team_id in rows]


def memberships_over_time(session: Session, officer_id: UUID) -> list[tuple[Membership, str]]:
    """Every team somebody belonged to with its code, oldest first."""
    rows = session.exec(
        select(Membership, Team.code)
        .join(Team, col(Team.id) == col(Membership.team_id))
        .where(Membership.officer_id == officer_id)
        .order_by(col(Membership.valid_from))
    ).all()
    return [(membership, code) for membership, code in rows]


def visible_devices(
    session: Session,
    caller: Caller,
    day: date,
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    permission: Permission = Permission.DEVICES_READ,
    device_id: UUID | None = None,
    officer_id: UUID | None = None,
) -> list[tuple[Device, str]]:
    """The phones a caller may see (or act on, by the permission) with whose they are, latest first; or some of them."""
    owners = RowOwners(force_id=col(Officer.force_id), officer_id=col(Officer.id))
    statement = (
        select(Device, Officer.collar_number)
        .join(Officer, col(Officer.id) == col(Device.officer_id))
        .where(visible(caller, day, owners, permission))
        .execution_options(populate_existing=True)
    )
    if device_id is not None:
        statement = statement.where(Device.id == device_id)
    if officer_id is not None:
        statement = statement.where(Device.officer_id == officer_id)
    rows = session.exec(
        latest_first(statement, col(Device.first_seen_at), col(Device.id), after, limit)
    ).all()
    return [(device, collar_number) for device, collar_number in rows]
