"""Reads of people by their sign-in and collar number."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.clock import in_force
from app.identity.models import Device, Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import Caller, Role
from app.identity.ranks import order_of


def caller_for(
    session: Session, issuer: str, subject: str, day: date, token_roles: frozenset[str] | None
) -> Caller | None:
    """The person behind a verified token as our record has them on a day; None for strangers, leavers, suspended.

    Where the issuer sends roles, a role counts only when the token and our record agree on it.
    """
    officer = session.exec(
        select(Officer)
        .join(OfficerIdentity, col(OfficerIdentity.officer_id) == col(Officer.id))
        .where(OfficerIdentity.issuer == issuer, OfficerIdentity.subject == subject)
    ).first()
    if officer is None or officer.suspended or not in_force(officer.valid_from, officer.valid_to, day):
        return None
    held = session.exec(select(RoleHeld).where(RoleHeld.officer_id == officer.id)).all()
    roles = frozenset(Role(row.role) for row in held if in_force(row.valid_from, row.valid_to, day))
    if token_roles is not None:
        roles = frozenset(role for role in roles if role.value in token_roles)
    rank = rank_on(session, officer.id, day)
    return Caller(
        officer.id,
        officer.force_id,
        officer.collar_number,
        officer.kind,
        roles,
        order_of(rank) if rank else 0,
    )


def rank_on(session: Session, officer_id: UUID, day: date) -> str | None:
    """The rank code an officer held on a day, acting ranks included."""
    return session.exec(
        select(RankHeld.rank)
        .where(
            RankHeld.officer_id == officer_id,
            col(RankHeld.valid_from) <= day,
            or_(col(RankHeld.valid_to).is_(None), col(RankHeld.valid_to) > day),
        )
        .order_by(col(RankHeld.valid_from).desc())
    ).first()


def officer_by_collar(session: Session, force_id: UUID, collar_number: str, day: date) -> Officer | None:
    """Who carried a collar number in a force on a day; numbers are reused over the years."""
    found = session.exec(
        select(Officer)
        .where(Officer.force_id == force_id, Officer.collar_number == collar_number)
        .order_by(col(Officer.valid_from).desc())
    ).all()
    return next((row for row in found if in_force(row.valid_from, row.valid_to, day)), None)


def collar_numbers(session: Session, officer_ids: set[UUID]) -> dict[UUID, str]:
    """Collar numbers of officers by id."""
    if not officer_ids:
        return {}
    rows = session.exec(
        select(Officer.id, Officer.collar_number).where(col(Officer.id).in_(officer_ids))
    ).all()
    return dict(rows)


def device(session: Session, device_id: UUID) -> Device | None:
    return session.get(Device, device_id)
