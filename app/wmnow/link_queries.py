"""Reads of what may be linked and what is: records of the tracker and engagements of ours, both through the gate."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select as select_rows, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.engagements.models import Engagement, EngagementOfficer
from app.engagements.queries import came_at
from app.engagements.recording import ENGAGEMENT
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.wmnow.likeness import NEAR_IN_TIME, Ours, Theirs
from app.wmnow.link_schemas import SuggestionFilter
from app.wmnow.models import LinkDecision, WmnowLink, WmnowRecord

_DECIDE = Permission.WMNOW_DECIDE


def _record_gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    owners = RowOwners(
        force_id=col(WmnowRecord.force_id), team_id=col(WmnowRecord.team_id), area_id=col(WmnowRecord.area_id),
        came_at=col(WmnowRecord.first_received_at),
    )  # fmt: skip
    return visible(caller, day, owners, permission)


def engagement_gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for engagements that are counted or linked without anybody: what a caller answers for."""
    owners = RowOwners(
        force_id=col(Engagement.force_id), team_id=col(Engagement.team_id), area_id=col(Engagement.area_id),
        came_at=came_at(),
    )  # fmt: skip
    return visible(caller, day, owners, permission)


def hold_records(session: Session, caller: Caller, record_ids: Collection[UUID], day: date) -> None:
    """Locks those of some records that a caller may link until the transaction ends, in the order in which whoever
    stores them does."""
    mine = (col(WmnowRecord.id).in_(record_ids), _record_gate(caller, day, _DECIDE))
    session.exec(select(WmnowRecord.id).where(*mine).order_by(col(WmnowRecord.id)).with_for_update()).all()


def record_to_decide(session: Session, caller: Caller, record_id: UUID, day: date) -> WmnowRecord | None:
    """A record that a caller may link."""
    return session.exec(
        select(WmnowRecord).where(WmnowRecord.id == record_id, _record_gate(caller, day, _DECIDE))
    ).first()


def engagement_to_decide(
    session: Session, caller: Caller, engagement_id: UUID, day: date, *, voided_too: bool
) -> Engagement | None:
    """An engagement that a caller may decide on; one that was taken back only where it is asked for."""
    query = select(Engagement).where(Engagement.id == engagement_id, engagement_gate(caller, day, _DECIDE))
    if not voided_too:
        query = query.where(col(Engagement.voided_at).is_(None))
    return session.exec(query).first()


def latest_number(session: Session, record_id: UUID, engagement_id: UUID) -> int:
    """How many decisions there are on a pair."""
    found = session.exec(
        select(func.max(WmnowLink.number)).where(
            WmnowLink.record_id == record_id, WmnowLink.engagement_id == engagement_id
        )
    ).one()
    return found or 0


def _last_said() -> Select[UUID, UUID]:
    """Record and engagement of each pair, beside the decision that was made last on it."""
    later = aliased(WmnowLink)
    overtaken = exists().where(
        col(later.record_id) == col(WmnowLink.record_id),
        col(later.engagement_id) == col(WmnowLink.engagement_id),
        col(later.number) > col(WmnowLink.number),
    )
    return select_rows(col(WmnowLink.record_id), col(WmnowLink.engagement_id)).where(~overtaken)


def linked_pairs(force_id: UUID) -> Subquery:
    """The pairs of a force that are the same as decisions stand, both of which still count: `record_id` and
    `engagement_id`, each in one pair. It shows nothing by itself.

    What comes back when its other half was linked anew meanwhile stands alone: the later word goes before.
    """
    latest_first = (col(WmnowLink.decided_at).desc(), col(WmnowLink.id).desc())

    def place(among: Any) -> ColumnElement[int]:
        return func.row_number().over(partition_by=among, order_by=latest_first)

    standing = (
        _last_said()
        .add_columns(
            place(col(WmnowLink.record_id)).label("of_record"),
            place(col(WmnowLink.engagement_id)).label("of_engagement"),
        )
        .join(WmnowRecord, col(WmnowRecord.id) == col(WmnowLink.record_id))
        .join(Engagement, col(Engagement.id) == col(WmnowLink.engagement_id))
        .where(
            col(WmnowLink.force_id) == force_id,
            col(WmnowLink.decision) == LinkDecision.LINKED,
            col(WmnowRecord.deleted_at).is_(None),
            *_counts(),
        )
        .subquery()
    )
    return (
        select_rows(standing.c.record_id, standing.c.engagement_id)
        .where(standing.c.of_record == 1, standing.c.of_engagement == 1)
        .subquery()
    )


def _counts() -> tuple[ColumnElement[bool], ...]:
    return col(Engagement.voided_at).is_(None), col(Engagement.counted_as) == ENGAGEMENT


def linked_otherwise(session: Session, force_id: UUID, record_id: UUID, engagement_id: UUID) -> bool:
    """Whether a record or an engagement stands linked, but not with each other."""
    pairs = linked_pairs(force_id).c
    one, other = pairs.record_id == record_id, pairs.engagement_id == engagement_id
    found = session.execute(select_rows(pairs.record_id).where(or_(one, other), ~and_(one, other)).limit(1))
    return found.first() is not None


def records_of(caller: Caller, day: date, wanted: SuggestionFilter) -> list[ColumnElement[bool]]:
    """What says of `WmnowRecord` that it is of a time, stands, and may be linked by a caller."""
    found = [
        _record_gate(caller, day, _DECIDE),
        col(WmnowRecord.deleted_at).is_(None),
        col(WmnowRecord.occurred_at) >= wanted.from_at,
        col(WmnowRecord.occurred_at) < wanted.to_at,
    ]
    if wanted.team_id is not None:
        found.append(col(WmnowRecord.team_id) == wanted.team_id)
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == wanted.area_id)
        found.append(col(WmnowRecord.area_id).in_(below))
    return found


def count_records(session: Session, asked: Sequence[ColumnElement[bool]]) -> int:
    """How many records are asked for, linked ones among them."""
    return session.exec(select(func.count()).select_from(WmnowRecord).where(*asked)).one()


def theirs_unlinked(session: Session, force_id: UUID, asked: Sequence[ColumnElement[bool]]) -> list[Theirs]:
    """The records asked for that are linked with nothing, as likeness looks at them."""
    row = WmnowRecord
    rows = session.execute(
        select_rows(
            col(row.id), col(row.officer_id), col(row.occurred_at), col(row.engagement_type), col(row.longitude),
            col(row.latitude), col(row.engagement_ref),
        ).where(
            *asked,
            col(row.engagement_type).is_not(None),
            col(row.id).not_in(select_rows(linked_pairs(force_id).c.record_id)),
        )
    )  # fmt: skip
    return [
        Theirs(row_id, officer_id, at, kind, _position(longitude, latitude), ref)
        for row_id, officer_id, at, kind, longitude, latitude, ref in rows
        if at is not None and kind is not None
    ]


def ours_unlinked(
    session: Session,
    caller: Caller,
    day: date,
    wanted: SuggestionFilter,
    asked: Sequence[ColumnElement[bool]],
) -> list[Ours]:
    """The engagements linked with nothing that a caller may link with the records asked for, as likeness looks at them:
    those about that time, and those that the records name, whenever they were."""
    row = Engagement
    may = (
        engagement_gate(caller, day, _DECIDE),
        *_counts(),
        col(row.id).not_in(select_rows(linked_pairs(caller.force_id).c.engagement_id)),
    )
    about = select_rows(col(row.id)).where(
        *may,
        col(row.occurred_at) >= wanted.from_at - NEAR_IN_TIME,
        col(row.occurred_at) < wanted.to_at + NEAR_IN_TIME,
    )
    by_name = (
        select_rows(col(row.id))
        .join(WmnowRecord, col(WmnowRecord.engagement_ref) == col(row.id))
        .where(*may, *asked)
    )
    ids = union(about, by_name).subquery()
    took_part: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for engagement_id, officer_id in session.execute(
        select_rows(col(EngagementOfficer.engagement_id), col(EngagementOfficer.officer_id)).join(
            ids, ids.c.id == col(EngagementOfficer.engagement_id)
        )
    ):
        took_part[engagement_id].append(officer_id)
    rows = session.execute(
        select_rows(
            col(row.id), col(row.captured_by), col(row.occurred_at), col(row.engagement_type), col(row.longitude),
            col(row.latitude),
        ).join(ids, ids.c.id == col(row.id))
    )  # fmt: skip
    return [
        Ours(
            row_id, frozenset({leader, *took_part.get(row_id, ())}), at, kind, _position(longitude, latitude)
        )
        for row_id, leader, at, kind, longitude, latitude in rows
    ]


def refused_pairs(session: Session, asked: Sequence[ColumnElement[bool]]) -> set[tuple[UUID, UUID]]:
    """The pairs of the records asked for of which the last word is that they are two."""
    rows = session.execute(
        _last_said()
        .join(WmnowRecord, col(WmnowRecord.id) == col(WmnowLink.record_id))
        .where(*asked, col(WmnowLink.decision) == LinkDecision.REFUSED)
    )
    return {(record_id, engagement_id) for record_id, engagement_id in rows}


def records_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, WmnowRecord]:
    """A few records whose ids a gate has let through."""
    rows = session.exec(select(WmnowRecord).where(col(WmnowRecord.id).in_(ids))).all()
    return {row.id: row for row in rows}


def engagements_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Engagement]:
    """A few engagements whose ids a gate has let through."""
    rows = session.exec(select(Engagement).where(col(Engagement.id).in_(ids))).all()
    return {row.id: row for row in rows}


def link_held(session: Session, link_id: UUID) -> bool:
    """Whether there is a decision of an id."""
    return session.exec(select(WmnowLink.id).where(WmnowLink.id == link_id)).first() is not None


def collars(session: Session, officer_ids: Collection[UUID]) -> dict[UUID, str]:
    """The collar numbers of officers."""
    rows = session.exec(select(Officer).where(col(Officer.id).in_(officer_ids))).all()
    return {row.id: row.collar_number for row in rows}


def _position(longitude: float | None, latitude: float | None) -> tuple[float, float] | None:
    return None if longitude is None or latitude is None else (longitude, latitude)
