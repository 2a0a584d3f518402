"""Reads of the tracker's records, and of what their words stand for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping as MappingOf, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select as select_rows
from sqlmodel import Session, col, select

from app.areas.kinds import AreaKind
from app.areas.models import Area, Membership, PlaceVersion, Team
from app.database.model import keys_among
from app.identity.models import Officer
from app.reference.queries import built_in_lists, labels_of, own_codes
from app.wmnow.editions import Edition
from app.wmnow.mapping import CODE_LISTS, Mapping, from_content, with_labels
from app.wmnow.models import WmnowFeed, WmnowMapping, WmnowRecord, WmnowVersion
from app.wmnow.records import Held
from app.wmnow.resolving import Dated, Known, Resolved, words_of
from app.wmnow.standard import STANDARD

_AREA_KINDS = {
    "lpa_ref": (AreaKind.LPA,),
    "sector_ref": (AreaKind.SECTOR,),
    # Forces call the smallest place either.
    "neighbourhood_ref": (AreaKind.NEIGHBOURHOOD, AreaKind.WARD),
}
_ALWAYS = ((date.min, None),)
_PLACED = ("officer_id", "team_id", "area_id", "precision", "unknown_codes", "place_area_id")


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record as stored: what decides what comes of the next, and what its words were taken for."""

    held: Held
    resolved: Resolved


def anew_since(session: Session, force_id: UUID) -> datetime | None:
    """Since when a force's tracker counts its versions anew, whichever way it says them; None where it never did."""
    latest = select_rows(func.max(col(WmnowFeed.anew_since))).where(col(WmnowFeed.force_id) == force_id)
    found: datetime | None = session.execute(latest).scalar_one()
    return found


def held(session: Session, record_ids: Collection[UUID], *, lock: bool = True) -> dict[UUID, HeldRecord]:
    """The stored records among some ids; unless `lock` is false, locked in their order until the transaction ends."""
    columns = [
        getattr(WmnowRecord, name)
        for name in (
            "id",
            "version",
            "source_version",
            "source_changed_at",
            "content_hash",
            "meaning_hash",
            "deleted_at",
            "erased_at",
            "last_received_at",
            *_PLACED,
        )
    ]
    there = keys_among(session, col(WmnowRecord.id), list(set(record_ids)))
    if not there:
        return {}
    query = select_rows(*columns).where(col(WmnowRecord.id).in_(there)).order_by(col(WmnowRecord.id))
    rows = session.connection().execute(query.with_for_update() if lock else query)
    return {
        row.id: HeldRecord(
            Held(
                row.id,
                row.version,
                Edition(
                    None if row.source_version is None else int(row.source_version), row.source_changed_at
                ),
                row.content_hash,
                row.meaning_hash,
                row.deleted_at is not None,
                row.erased_at is not None,
                row.last_received_at,
            ),
            Resolved(
                row.officer_id,
                row.team_id,
                row.area_id,
                row.precision,
                tuple(row.unknown_codes),
                row.place_area_id,
            ),
        )
        for row in rows
    }


def known(session: Session, force_id: UUID, collars: Iterable[str]) -> Known:
    """What a force's words mean over time, of the people those with some collar numbers."""
    teams, areas, team_areas = _places(session, force_id)
    officers, memberships = _people(session, force_id, set(collars))
    return Known(officers, memberships, teams, areas, team_areas, _codes(session, force_id))


def with_people(session: Session, force_id: UUID, of: Known, collars: Iterable[str]) -> Known:
    """The same words, with the people of other collar numbers besides."""
    officers, memberships = _people(session, force_id, set(collars))
    return Known(
        {**of.officers, **officers}, {**of.memberships, **memberships}, of.teams, of.areas, of.team_areas,
        of.codes,
    )  # fmt: skip


def _people(
    session: Session, force_id: UUID, collars: set[str]
) -> tuple[dict[str, list[Dated]], dict[UUID, list[Dated]]]:
    officers: defaultdict[str, list[Dated]] = defaultdict(list)
    memberships: defaultdict[UUID, list[Dated]] = defaultdict(list)
    if not collars:
        return officers, memberships
    mine = (col(Officer.force_id) == force_id, col(Officer.collar_number).in_(sorted(collars)))
    for row in session.execute(
        select_rows(
            col(Officer.collar_number), col(Officer.id), col(Officer.valid_from), col(Officer.valid_to)
        ).where(*mine)
    ):
        officers[row[0]].append(Dated(*row[1:]))
    for officer_id, team_id, first, last in session.execute(
        select_rows(
            col(Membership.officer_id),
            col(Membership.team_id),
            col(Membership.valid_from),
            col(Membership.valid_to),
        )
        .join(Officer, col(Officer.id) == col(Membership.officer_id))
        .where(*mine)
    ):
        memberships[officer_id].append(Dated(team_id, first, last, team_id))
    return officers, memberships


def _places(
    session: Session, force_id: UUID
) -> tuple[dict[str, list[Dated]], dict[str, dict[str, list[Dated]]], dict[UUID, UUID]]:
    teams = session.exec(select(Team).where(Team.force_id == force_id)).all()
    areas = session.exec(select(Area).where(Area.force_id == force_id)).all()
    earlier = _earlier_names(session, {row.id for row in teams} | {row.id for row in areas})
    by_field: dict[str, dict[str, list[Dated]]] = {}
    for of, kinds in _AREA_KINDS.items():
        by_field[of] = _named([row for row in areas if row.kind in kinds], earlier)
    return _named(teams, earlier), by_field, {row.id: row.area_id for row in teams}


def _earlier_names(session: Session, place_ids: Collection[UUID]) -> dict[UUID, list[tuple[date, str]]]:
    found: defaultdict[UUID, list[tuple[date, str]]] = defaultdict(list)
    rows = session.execute(
        select_rows(col(PlaceVersion.place_id), col(PlaceVersion.valid_from), col(PlaceVersion.name))
        .where(col(PlaceVersion.place_id).in_(place_ids))
        .order_by(col(PlaceVersion.version))
    )
    for place_id, first, name in rows:
        found[place_id].append((first, name))
    return found


def _named(
    places: Sequence[Team | Area], earlier: MappingOf[UUID, Sequence[tuple[date, str]]]
) -> dict[str, list[Dated]]:
    """Places by their codes and by what they were called from when until when."""
    found: defaultdict[str, list[Dated]] = defaultdict(list)
    for place in places:
        for word in words_of(place.code):
            found[word].append(Dated(place.id, place.valid_from, place.valid_to))
        spells = earlier.get(place.id) or [(place.valid_from, place.name)]
        ends = [first for first, _ in spells[1:]] + [place.valid_to]
        for (first, name), last in zip(spells, ends, strict=True):
            for word in words_of(name):
                found[word].append(Dated(place.id, first, last))
    return found


def _codes(session: Session, force_id: UUID) -> dict[str, dict[str, list[tuple[date, date | None]]]]:
    found: dict[str, dict[str, list[tuple[date, date | None]]]] = {
        name: {code: list(_ALWAYS) for code in built_in_lists().get(name, {})} for name in CODE_LISTS.values()
    }
    for (name, code, first), label in own_codes(session, force_id).items():
        if name in found:
            found[name].setdefault(code, []).append((first, label.valid_to))
    return found


def contents(session: Session, record_ids: Sequence[UUID]) -> dict[UUID, MappingOf[str, Any]]:
    """What stands of some records, as it was said."""
    rows = session.execute(
        select_rows(col(WmnowVersion.record_id), col(WmnowVersion.content))
        .join(
            WmnowRecord,
            and_(
                col(WmnowRecord.id) == col(WmnowVersion.record_id),
                col(WmnowRecord.version) == col(WmnowVersion.version),
            ),
        )
        .where(col(WmnowRecord.id).in_(record_ids))
    )
    return {row.record_id: row.content for row in rows}


def absent(
    session: Session,
    force_id: UUID,
    source_system: str,
    span: tuple[datetime, datetime],
    seen: Collection[UUID],
) -> dict[UUID, str]:
    """Records of a time, the last instant included, that are none of those seen, not gone and not marked as missing
    before; with the tracker's ids."""
    rows = session.execute(
        select_rows(col(WmnowRecord.id), col(WmnowRecord.source_record_id)).where(
            col(WmnowRecord.force_id) == force_id,
            col(WmnowRecord.source_system) == source_system,
            col(WmnowRecord.occurred_at).between(*span),
            col(WmnowRecord.deleted_at).is_(None),
            col(WmnowRecord.missing_since).is_(None),
        )
    )
    return {row_id: source_id for row_id, source_id in rows if row_id not in seen}


def mapping(
    session: Session, force_id: UUID, name: str, day: date, version: int | None = None
) -> Mapping | None:
    """The newest version of a mapping, or another, with what our lists call their codes on a day; None where there is
    none."""
    stored = newest_mapping(session, force_id, name, version)
    if stored is not None:
        found = from_content(stored.name, stored.version, stored.content)
    elif name == STANDARD.name:
        found = STANDARD
    else:
        return None
    return with_labels(found, labels_of(session, force_id, list(CODE_LISTS.values()), day))


def newest_mapping(
    session: Session, force_id: UUID, name: str, version: int | None = None
) -> WmnowMapping | None:
    """The force's own newest version of a mapping, or another version of it."""
    mine = [WmnowMapping.force_id == force_id, WmnowMapping.name == name]
    if version is not None:
        mine.append(WmnowMapping.version == version)
    return session.exec(
        select(WmnowMapping).where(*mine).order_by(col(WmnowMapping.version).desc()).limit(1)
    ).first()
