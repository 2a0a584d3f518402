"""Reads of the tracker's records for people, each through the gate."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select as select_rows
from sqlmodel import Session, col, select

from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.clock import london_day
from app.identity.permissions import Caller, Permission
from app.imports.models import ImportRun
from app.imports.queries import all_there
from app.wmnow.models import WmnowMapping, WmnowRecord, WmnowRejected, WmnowVersion
from app.wmnow.schemas import RecordFilter


def may_see(caller: Caller, day: date, permission: Permission = Permission.WMNOW_READ) -> ColumnElement[bool]:
    """The gate for the tracker's records: the ordinary scope by team, area and officer of the day."""
    owners = RowOwners(
        force_id=col(WmnowRecord.force_id),
        team_id=col(WmnowRecord.team_id),
        area_id=col(WmnowRecord.area_id),
        officer_id=col(WmnowRecord.officer_id),
        came_at=col(WmnowRecord.first_received_at),
    )
    return visible(caller, day, owners, permission)


def answers_for(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for what is counted without anybody: what a caller answers for."""
    owners = RowOwners(
        force_id=col(WmnowRecord.force_id), team_id=col(WmnowRecord.team_id), area_id=col(WmnowRecord.area_id),
        came_at=col(WmnowRecord.first_received_at),
    )  # fmt: skip
    return visible(caller, day, owners, Permission.WMNOW_REPORT)


def record_seen(session: Session, caller: Caller, record_id: UUID, now: datetime) -> WmnowRecord | None:
    """A record if the caller may see it."""
    gate = may_see(caller, london_day(now))
    return session.exec(select(WmnowRecord).where(WmnowRecord.id == record_id, gate)).first()


def records_seen(
    session: Session,
    caller: Caller,
    wanted: RecordFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
    now: datetime,
) -> list[WmnowRecord]:
    """A page of records, latest first. What came as a deletion only has no time and is in no page."""
    query = select(WmnowRecord).where(may_see(caller, london_day(now)), *conditions(wanted))
    if after is not None:
        at, row_id = after
        earlier = and_(col(WmnowRecord.occurred_at) == at, col(WmnowRecord.id) < row_id)
        query = query.where(or_(col(WmnowRecord.occurred_at) < at, earlier))
    ordered = query.order_by(col(WmnowRecord.occurred_at).desc(), col(WmnowRecord.id).desc()).limit(limit)
    return list(session.exec(ordered).all())


def conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    """What a filter says of `WmnowRecord`."""
    row = WmnowRecord
    found: list[ColumnElement[bool] | None] = [
        col(row.occurred_at).is_not(None),
        col(row.deleted_at).is_not(None) if wanted.deleted else col(row.deleted_at).is_(None),
        col(row.occurred_at) >= wanted.from_at if wanted.from_at else None,
        col(row.occurred_at) < wanted.to_at if wanted.to_at else None,
        col(row.team_id) == wanted.team_id if wanted.team_id else None,
        col(row.officer_id) == wanted.officer_id if wanted.officer_id else None,
        col(row.engagement_type) == wanted.engagement_type if wanted.engagement_type else None,
        _within(wanted.area_id) if wanted.area_id else None,
        _of_run(wanted.run_id) if wanted.run_id else None,
        None if wanted.missing is None else _missing(wanted.missing),
    ]
    return [each for each in found if each is not None]


def _within(area_id: UUID) -> ColumnElement[bool]:
    below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == area_id)
    return col(WmnowRecord.area_id).in_(below)


def _of_run(run_id: UUID) -> ColumnElement[bool]:
    came = select(WmnowVersion.record_id).where(col(WmnowVersion.run_id) == run_id)
    return col(WmnowRecord.id).in_(came)


def _missing(missing: bool) -> ColumnElement[bool]:
    return (
        col(WmnowRecord.missing_since).is_not(None) if missing else col(WmnowRecord.missing_since).is_(None)
    )


def versions_of(session: Session, record_id: UUID) -> list[tuple[WmnowVersion, str | None]]:
    """Everything the tracker said of a record, oldest first, with the SHA-256 of the file where it came by one."""
    rows = session.exec(
        select(WmnowVersion, ImportRun.file_sha256)
        .outerjoin(ImportRun, col(ImportRun.id) == col(WmnowVersion.run_id))
        .where(WmnowVersion.record_id == record_id)
        .order_by(col(WmnowVersion.version))
    ).all()
    return [(version, sha256) for version, sha256 in rows]


def records_counted(
    session: Session, caller: Caller, from_at: datetime, to_at: datetime, now: datetime
) -> int:
    """How many records there are of a time."""
    counted = select(func.count()).select_from(WmnowRecord).where(*_of_time(caller, from_at, to_at, now))
    return session.exec(counted).one()


def unknown_words(
    session: Session, caller: Caller, from_at: datetime, to_at: datetime, now: datetime
) -> Sequence[tuple[list[str], datetime]]:
    """What nothing is known by in records of a time, each with when it was."""
    rows = session.execute(
        select_rows(col(WmnowRecord.unknown_codes), col(WmnowRecord.occurred_at)).where(
            *_of_time(caller, from_at, to_at, now), cast(col(WmnowRecord.unknown_codes), String) != "[]"
        )
    )
    return [(words, at) for words, at in rows]


def _of_time(caller: Caller, from_at: datetime, to_at: datetime, now: datetime) -> list[ColumnElement[bool]]:
    return [answers_for(caller, london_day(now)), *conditions(RecordFilter(from_at, to_at))]


def rejected_rows(
    session: Session,
    force_id: UUID,
    run_id: UUID | None,
    after: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[WmnowRejected]:
    """Rows that could not be taken, the latest run first, in their order."""
    row = WmnowRejected
    query = select(row).where(row.force_id == force_id, all_there(col(row.received_at)))
    if run_id is not None:
        query = query.where(row.run_id == run_id)
    if after is not None:
        at, last_run, number = after
        query = query.where(
            or_(
                col(row.received_at) < at,
                and_(col(row.received_at) == at, col(row.run_id) > last_run),
                and_(col(row.received_at) == at, col(row.run_id) == last_run, col(row.number) > number),
            )
        )
    ordered = query.order_by(col(row.received_at).desc(), col(row.run_id), col(row.number)).limit(limit)
    return list(session.exec(ordered).all())


def newest_mappings(session: Session, force_id: UUID) -> list[WmnowMapping]:
    """The newest version of each of a force's own mappings, by name."""
    rows = session.exec(
        select(WmnowMapping)
        .where(WmnowMapping.force_id == force_id)
        .order_by(col(WmnowMapping.name), col(WmnowMapping.version))
    ).all()
    return list({row.name: row for row in rows}.values())


def mapping_version(session: Session, force_id: UUID, name: str, version: int) -> WmnowMapping | None:
    """One version of a mapping of a force's own."""
    return session.exec(
        select(WmnowMapping).where(
            WmnowMapping.force_id == force_id, WmnowMapping.name == name, WmnowMapping.version == version
        )
    ).first()
