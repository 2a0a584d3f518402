"""Reads of what is kept aside, through a gate of its own: by the team its officer belongs to on a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlmodel import Session, col, select

from app.areas.models import Membership
from app.areas.scope import RowOwners, visible
from app.facts.models import QuarantinedFact
from app.identity.permissions import Caller, Permission


def _quarantine_gate(caller: Caller, day: date) -> ColumnElement[bool]:
    """The gate for what is kept aside: by the team its officer belongs to on a day."""
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
    return visible(caller, day, owners, Permission.QUARANTINE_RELEASE)


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
    query = select(QuarantinedFact).where(_quarantine_gate(caller, day), marked if released else not_(marked))
    received, row_id = col(QuarantinedFact.received_at), col(QuarantinedFact.id)
    if after is not None:
        query = query.where(or_(received < after[0], and_(received == after[0], row_id < after[1])))
    return list(session.exec(query.order_by(received.desc(), row_id.desc()).limit(limit)).all())


def quarantined_locked(session: Session, caller: Caller, fact_id: UUID, day: date) -> QuarantinedFact | None:
    """One fact that is kept aside, for releasing, if the caller may see it; two at once are released one by one."""
    return session.exec(
        select(QuarantinedFact)
        .where(QuarantinedFact.id == fact_id, _quarantine_gate(caller, day))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
