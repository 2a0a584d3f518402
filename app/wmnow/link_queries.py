"""Reads of what may be linked and what is: records of the tracker and engagements of ours, both through the gate."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select as select_rows
from sqlmodel import Session, col, select

from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.engagements.models import Engagement, EngagementOfficer
from app.engagements.recording import ENGAGEMENT
from app.identity.models import Officer
from app.identity.permissions import Caller, Permission
from app.wmnow.likeness import Ours, Theirs
from app.wmnow.link_schemas import SuggestionFilter
from app.wmnow.models import LinkDecision, WmnowLink, WmnowRecord

_DECIDE = Permission.WMNOW_DECIDE
# Our id may stand on a record that tells another time: an officer may type it days later.
_REF_SPAN = timedelta(days=31)


def _record_gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    owners = RowOwners(
        force_id=col(WmnowRecord.force_id), team_id=col(WmnowRecord.team_id), area_id=col(WmnowRecord.area_id)
    )
    return visible(caller, day, owners, permission)


def engagement_gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for engagements that are counted or linked without anybody: what a caller answers for."""
    owners = RowOwners(
        force_id=col(Engagement.force_id), team_id=col(Engagement.team_id), area_id=col(Engagement.area_id)
    )
    return visible(caller, day, owners, permission)


def record_to_decide(session: Session, caller: Caller, record_id: UUID, day: date) -> WmnowRecord | None:
    """A record that a caller may link, locked until the transaction ends."""
    return session.exec(
        select(WmnowRecord)
        .where(WmnowRecord.id == record_id, _record_gate(caller, day, _DECIDE))
        .with_for_update()
    ).first()


def engagement_to_decide(
    session: Session, caller: Caller, engagement_id: UUID, day: date
) -> Engagement | None:
    """An engagement that a caller may link; one that was taken back is not there to be linked."""
    return session.exec(
        select(Engagement).where(
            Engagement.id == engagement_id,
            col(Engagement.voided_at).is_(None),
            engagement_gate(caller, day, _DECIDE),
        )
    ).first()


def latest_number(session: Session, record_id: UUID, engagement_id: UUID) -> int:
    """How many decisions there are on a pair."""
    found = session.exec(
        select(func.max(WmnowLink.number)).where(
            WmnowLink.record_id == record_id, WmnowLink.engagement_id == engagement_id
        )
    ).one()
    return found or 0


def standing_links(session: Session, force_id: UUID) -> Sequence[tuple[UUID, UUID, LinkDecision]]:
    """What was decided last on each pair of a force: record, engagement, decision."""
    rows = session.execute(_standing(force_id))
    return [(record_id, engagement_id, decision) for record_id, engagement_id, decision in rows]


def _standing(force_id: UUID) -> Select[UUID, UUID, LinkDecision]:
    latest = (
        select_rows(
            col(WmnowLink.record_id).label("record_id"),
            col(WmnowLink.engagement_id).label("engagement_id"),
            func.max(col(WmnowLink.number)).label("number"),
        )
        .where(col(WmnowLink.force_id) == force_id)
        .group_by(col(WmnowLink.record_id), col(WmnowLink.engagement_id))
        .subquery()
    )
    return select_rows(col(WmnowLink.record_id), col(WmnowLink.engagement_id), col(WmnowLink.decision)).join(
        latest,
        and_(
            latest.c.record_id == col(WmnowLink.record_id),
            latest.c.engagement_id == col(WmnowLink.engagement_id),
            latest.c.number == col(WmnowLink.number),
        ),
    )


def linked_pairs(force_id: UUID) -> Subquery:
    """The pairs of a force that are the same as decisions stand, both of which still count: `record_id` and
    `engagement_id`. It shows nothing by itself."""
    return (
        _standing(force_id)
        .join(WmnowRecord, col(WmnowRecord.id) == col(WmnowLink.record_id))
        .join(Engagement, col(Engagement.id) == col(WmnowLink.engagement_id))
        .where(
            col(WmnowLink.decision) == LinkDecision.LINKED,
            col(WmnowRecord.deleted_at).is_(None),
            col(Engagement.voided_at).is_(None),
            col(Engagement.counted_as) == ENGAGEMENT,
        )
        .subquery()
    )


def linked_with(session: Session, subject_id: UUID) -> set[UUID]:
    """What a record, or an engagement, is linked with as decisions stand."""
    rows = session.exec(
        select(WmnowLink)
        .where(or_(col(WmnowLink.record_id) == subject_id, col(WmnowLink.engagement_id) == subject_id))
        .order_by(col(WmnowLink.number))
    ).all()
    last = {(row.record_id, row.engagement_id): row.decision for row in rows}
    return {
        engagement_id if record_id == subject_id else record_id
        for (record_id, engagement_id), decision in last.items()
        if decision is LinkDecision.LINKED
    }


def records(session: Session, caller: Caller, day: date, wanted: SuggestionFilter) -> list[WmnowRecord]:
    """The records of a time that a caller may link, those that were deleted left out."""
    query = select(WmnowRecord).where(
        _record_gate(caller, day, _DECIDE),
        col(WmnowRecord.deleted_at).is_(None),
        col(WmnowRecord.occurred_at) >= wanted.from_at,
        col(WmnowRecord.occurred_at) < wanted.to_at,
    )
    if wanted.team_id is not None:
        query = query.where(col(WmnowRecord.team_id) == wanted.team_id)
    if wanted.area_id is not None:
        below = select(AreaAncestor.area_id).where(col(AreaAncestor.ancestor_id) == wanted.area_id)
        query = query.where(col(WmnowRecord.area_id).in_(below))
    return list(session.exec(query.order_by(col(WmnowRecord.occurred_at), col(WmnowRecord.id))).all())


def engagements_near(
    session: Session, caller: Caller, day: date, from_at: datetime, to_at: datetime
) -> list[Engagement]:
    """The engagements that a caller may link with records of a time."""
    return list(
        session.exec(
            select(Engagement).where(
                engagement_gate(caller, day, _DECIDE),
                col(Engagement.voided_at).is_(None),
                col(Engagement.counted_as) == ENGAGEMENT,
                col(Engagement.occurred_at) >= from_at - _REF_SPAN,
                col(Engagement.occurred_at) < to_at + _REF_SPAN,
            )
        ).all()
    )


def colleagues(session: Session, engagement_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Who took part in each engagement besides its leader."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = session.exec(
        select(EngagementOfficer).where(col(EngagementOfficer.engagement_id).in_(engagement_ids))
    ).all()
    for row in rows:
        found[row.engagement_id].add(row.officer_id)
    return found


def link_held(session: Session, link_id: UUID) -> bool:
    """Whether there is a decision of an id."""
    return session.exec(select(WmnowLink.id).where(WmnowLink.id == link_id)).first() is not None


def collars(session: Session, officer_ids: Collection[UUID]) -> dict[UUID, str]:
    """The collar numbers of officers."""
    rows = session.exec(select(Officer).where(col(Officer.id).in_(officer_ids))).all()
    return {row.id: row.collar_number for row in rows}


def theirs_of(row: WmnowRecord) -> Theirs:
    """A record as likeness looks at it."""
    if row.occurred_at is None or row.engagement_type is None:
        raise ValueError("a record that says neither when nor what is not compared")
    return Theirs(
        row.id,
        row.officer_id,
        row.occurred_at,
        row.engagement_type,
        _position(row.longitude, row.latitude),
        row.engagement_ref,
    )


def ours_of(row: Engagement, took_part: set[UUID]) -> Ours:
    """An engagement as likeness looks at it."""
    people = frozenset({row.captured_by, *took_part})
    position = _position(row.longitude, row.latitude)
    return Ours(row.id, people, row.occurred_at, row.engagement_type, position)


def _position(longitude: float | None, latitude: float | None) -> tuple[float, float] | None:
    return None if longitude is None or latitude is None else (longitude, latitude)
