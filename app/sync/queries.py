"""Reads of what is kept aside, through a gate of its own: one's own, and by the team of its officer on a day."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, not_, or_, select as select_rows
from sqlmodel import Session, col, select

from app.areas.models import Membership
from app.areas.scope import RowOwners, visible
from app.database.paging import latest_first
from app.facts.models import AsideReason, QuarantineCorrection, QuarantinedFact
from app.identity.permissions import Caller, Permission
from app.patrols.models import Patrol


def _quarantine_gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    """The gate for what is kept aside: by the team its officer belongs to on a day; to read, also by whoever captured
    or sent it."""
    team = (
        select(col(Membership.team_id))
        .where(
            col(Membership.officer_id) == col(QuarantinedFact.captured_by),
            col(Membership.valid_from) <= day,
            or_(col(Membership.valid_to).is_(None), col(Membership.valid_to) > day),
        )
        .order_by(col(Membership.valid_from).desc())
        .limit(1)
        .scalar_subquery()
    )
    owners = RowOwners(force_id=col(QuarantinedFact.force_id), team_id=team)
    own: list[ColumnElement[bool]] = []
    if permission is not Permission.QUARANTINE_RELEASE:
        own = [
            col(QuarantinedFact.captured_by) == caller.officer_id,
            col(QuarantinedFact.uploaded_by) == caller.officer_id,
        ]
    return visible(caller, day, owners, permission, also=own)


def quarantined_seen(
    session: Session,
    caller: Caller,
    day: date,
    released: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[QuarantinedFact]:
    """A page of what is kept aside, or was and is released, as far as the caller may see it; latest first."""
    marked = col(QuarantinedFact.released_at).is_not(None)
    query = select(QuarantinedFact).where(
        _quarantine_gate(caller, day, Permission.QUARANTINE_READ), marked if released else not_(marked)
    )
    page = latest_first(query, col(QuarantinedFact.received_at), col(QuarantinedFact.id), after, limit)
    return list(session.exec(page).all())


def quarantined_one(session: Session, caller: Caller, fact_id: UUID, day: date) -> QuarantinedFact | None:
    """One fact that is kept aside, if the caller may see it."""
    gate = _quarantine_gate(caller, day, Permission.QUARANTINE_READ)
    return session.exec(select(QuarantinedFact).where(QuarantinedFact.id == fact_id, gate)).first()


def quarantined_locked(
    session: Session, caller: Caller, fact_id: UUID, day: date, permission: Permission
) -> QuarantinedFact | None:
    """One fact that is kept aside, for changing, if the caller may see it; two at once change it one by one."""
    return session.exec(
        select(QuarantinedFact)
        .where(QuarantinedFact.id == fact_id, _quarantine_gate(caller, day, permission))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def corrections_of(session: Session, fact_ids: Collection[UUID]) -> dict[UUID, list[QuarantineCorrection]]:
    """What each fact that is kept aside should have said, the first correction first; none for one without."""
    found: dict[UUID, list[QuarantineCorrection]] = {}
    if fact_ids:
        rows = session.exec(
            select(QuarantineCorrection)
            .where(col(QuarantineCorrection.fact_id).in_(fact_ids))
            .order_by(col(QuarantineCorrection.fact_id), col(QuarantineCorrection.number))
        )
        for row in rows.all():
            found.setdefault(row.fact_id, []).append(row)
    return found


def why_parent_is_aside(session: Session, patrol_id: UUID, officer_id: UUID) -> AsideReason | None:
    """Why a patrol of somebody will not come by itself: its check-in was refused, or waits for release; else None."""
    reasons = session.exec(
        select(QuarantinedFact.reason).where(
            or_(col(QuarantinedFact.id) == patrol_id, col(QuarantinedFact.recorded_as) == patrol_id),
            QuarantinedFact.kind == "check-in",
            QuarantinedFact.captured_by == officer_id,
            col(QuarantinedFact.released_at).is_(None),
        )
    ).all()
    if not reasons:
        return None
    refused = all(reason == AsideReason.INVALID for reason in reasons)
    return AsideReason.PARENT_REFUSED if refused else AsideReason.PARENT_ASIDE


def waiting_of(session: Session, officer_id: UUID) -> int:
    """How many facts that were not valid are held of what somebody sent."""
    count = select_rows(func.count()).where(
        col(QuarantinedFact.uploaded_by) == officer_id,
        col(QuarantinedFact.reason) == AsideReason.INVALID.value,
        col(QuarantinedFact.released_at).is_(None),
    )
    return int(session.execute(count).scalar_one())


def invalid_of(session: Session, fact_ids: Collection[UUID], officer_id: UUID) -> Sequence[QuarantinedFact]:
    """What somebody sent under some ids and was not valid, as far as nobody has settled it."""
    if not fact_ids:
        return []
    return session.exec(
        select(QuarantinedFact).where(
            col(QuarantinedFact.recorded_as).in_(fact_ids),
            QuarantinedFact.uploaded_by == officer_id,
            QuarantinedFact.reason == AsideReason.INVALID.value,
            col(QuarantinedFact.released_at).is_(None),
        )
    ).all()


def orphans(session: Session, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Facts kept aside only for want of a patrol that is here now: each with its patrol, the longest waiting first."""
    found = session.execute(
        select_rows(col(QuarantinedFact.id), col(QuarantinedFact.parent_id))
        .join(Patrol, col(Patrol.id) == col(QuarantinedFact.parent_id))
        .where(*_waits_for_its_patrol(), col(Patrol.captured_by) == col(QuarantinedFact.captured_by))
        .order_by(col(QuarantinedFact.received_at), col(QuarantinedFact.id))
        .limit(limit)
    )
    return [(fact_id, patrol_id) for fact_id, patrol_id in found]


def orphans_of(session: Session, patrol_ids: Collection[UUID]) -> Sequence[QuarantinedFact]:
    """The facts kept aside only for want of some patrols, held for writing, in the order they came."""
    if not patrol_ids:
        return []
    return session.exec(
        select(QuarantinedFact)
        .where(*_waits_for_its_patrol(), col(QuarantinedFact.parent_id).in_(patrol_ids))
        .order_by(col(QuarantinedFact.received_at), col(QuarantinedFact.id))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _waits_for_its_patrol() -> tuple[ColumnElement[bool], ...]:
    return (
        col(QuarantinedFact.reason).in_([AsideReason.PARENT_REFUSED.value, AsideReason.PARENT_ASIDE.value]),
        col(QuarantinedFact.released_at).is_(None),
        col(QuarantinedFact.body) != b"",
        # What somebody else sent needs a release of its own.
        col(QuarantinedFact.captured_by) == col(QuarantinedFact.uploaded_by),
    )
