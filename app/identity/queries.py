"""Reads of people by their sign-in and collar number."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, column, or_, select as select_columns, table
from sqlmodel import Session, col, select

from app.clock import in_force
from app.identity.models import Device, Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import Caller, OfficerKind, Role
from app.identity.ranks import order_of
from app.identity.spells import Person, RankValue, Spell, role_spells

# A force is the root of the area tree, which stands above this slice: named here as foreign keys name it.
_AREAS = table("areas", column("id", Uuid()), column("code"))


def caller_for(
    session: Session,
    issuer: str,
    subject: str,
    day: date,
    token_roles: frozenset[str] | None,
    only_force: str | None = None,
) -> Caller | None:
    """The person behind a verified token as our record has them on a day; None for strangers, leavers, suspended.

    Where the issuer sends roles, a role counts only when the token and our record agree on it, in capitals or not.
    `only_force` is the code of the one force an issuer may speak for.
    """
    held, ranked = _held_on(RoleHeld, day), _held_on(RankHeld, day)
    query = (
        # The rank held last comes first; every row says the same of the person.
        select_columns(Officer, col(RoleHeld.role), col(RankHeld.rank))
        .join(OfficerIdentity, col(OfficerIdentity.officer_id) == col(Officer.id))
        .outerjoin(RoleHeld, held)
        .outerjoin(RankHeld, ranked)
        .where(col(OfficerIdentity.issuer) == issuer, col(OfficerIdentity.subject) == subject)
        .order_by(col(RankHeld.valid_from).desc())
    )
    if only_force is not None:
        query = query.where(
            col(Officer.force_id).in_(select_columns(_AREAS.c.id).where(_AREAS.c.code == only_force))
        )
    found = session.execute(query).all()
    if not found:
        return None
    officer, _, rank = found[0]
    if officer.suspended or not in_force(officer.valid_from, officer.valid_to, day):
        return None
    roles = frozenset(Role(role) for _, role, _ in found if role is not None)
    if token_roles is not None:
        sent = {role.upper() for role in token_roles}
        roles = frozenset(role for role in roles if role.value in sent)
    return Caller(
        officer.id,
        officer.force_id,
        officer.collar_number,
        officer.kind,
        roles,
        order_of(rank) if rank else 0,
    )


def _held_on(held: type[RoleHeld] | type[RankHeld], day: date) -> ColumnElement[bool]:
    """What an officer holds on a day."""
    return and_(
        col(held.officer_id) == col(Officer.id),
        col(held.valid_from) <= day,
        or_(col(held.valid_to).is_(None), col(held.valid_to) > day),
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


def is_of_force(session: Session, officer_id: UUID, force_id: UUID) -> bool:
    """Whether somebody is or was an officer of a force."""
    officer = session.get(Officer, officer_id)
    return officer is not None and officer.force_id == force_id


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


def devices_known(
    session: Session, officer_id: UUID, device_ids: Sequence[UUID], before: datetime
) -> set[UUID]:
    """Which of some phones were known as an officer's before an instant."""
    if not device_ids:
        return set()
    known = select(Device.id).where(Device.officer_id == officer_id, col(Device.first_seen_at) < before)
    return set(session.exec(known.where(col(Device.id).in_(device_ids))).all())


def people_held(session: Session, force_id: UUID) -> list[Person]:
    """Everybody a force has or had, with sign-ins, ranks and roles over time; teams are the areas slice's to add."""
    officers = session.exec(select(Officer).where(Officer.force_id == force_id)).all()
    subjects: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    ranks: defaultdict[UUID, list[Spell[RankValue]]] = defaultdict(list)
    roles: defaultdict[UUID, list[tuple[Role, date, date | None]]] = defaultdict(list)
    of_force = select(Officer.id).where(Officer.force_id == force_id)
    for identity in session.exec(
        select(OfficerIdentity).where(col(OfficerIdentity.officer_id).in_(of_force))
    ).all():
        subjects[identity.officer_id][identity.issuer] = identity.subject
    for rank in session.exec(
        select(RankHeld)
        .where(col(RankHeld.officer_id).in_(of_force))
        .order_by(col(RankHeld.officer_id), col(RankHeld.valid_from))
    ).all():
        value = RankValue(rank.rank, rank.acting)
        ranks[rank.officer_id].append(Spell(value, rank.valid_from, rank.valid_to, rank.id))
    for role in session.exec(
        select(RoleHeld)
        .where(col(RoleHeld.officer_id).in_(of_force))
        .order_by(col(RoleHeld.officer_id), col(RoleHeld.valid_from))
    ).all():
        roles[role.officer_id].append((Role(role.role), role.valid_from, role.valid_to))
    return [
        Person(
            collar_number=officer.collar_number,
            kind=OfficerKind(officer.kind),
            valid_from=officer.valid_from,
            valid_to=officer.valid_to,
            id=officer.id,
            subjects=subjects[officer.id],
            ranks=tuple(ranks[officer.id]),
            roles=role_spells(roles[officer.id]),
            suspended=officer.suspended,
        )
        for officer in officers
    ]


def sign_ins_elsewhere(session: Session, force_id: UUID, issuers: set[str]) -> frozenset[tuple[str, str]]:
    """Sign-ins at some issuers that belong to people of other forces."""
    rows = session.exec(
        select(OfficerIdentity.issuer, OfficerIdentity.subject)
        .join(Officer, col(Officer.id) == col(OfficerIdentity.officer_id))
        .where(Officer.force_id != force_id, col(OfficerIdentity.issuer).in_(issuers))
    ).all()
    return frozenset((issuer, subject) for issuer, subject in rows)


def role_row_ids(session: Session, officer_id: UUID) -> dict[tuple[Role, date], UUID]:
    """The rows of roles somebody holds or held, by role and first day."""
    rows = session.exec(select(RoleHeld).where(RoleHeld.officer_id == officer_id)).all()
    return {(Role(row.role), row.valid_from): row.id for row in rows}


def ranks_over_time(session: Session, officer_id: UUID) -> list[RankHeld]:
    """Every rank somebody held, oldest first."""
    return list(
        session.exec(
            select(RankHeld).where(RankHeld.officer_id == officer_id).order_by(col(RankHeld.valid_from))
        ).all()
    )


def roles_over_time(session: Session, officer_id: UUID) -> list[RoleHeld]:
    """Every role somebody held, oldest first."""
    return list(
        session.exec(
            select(RoleHeld)
            .where(RoleHeld.officer_id == officer_id)
            .order_by(col(RoleHeld.valid_from), col(RoleHeld.role))
        ).all()
    )


def ranks_on(session: Session, officer_ids: set[UUID], day: date) -> dict[UUID, RankHeld]:
    """The rank each officer holds on a day."""
    rows = session.exec(select(RankHeld).where(col(RankHeld.officer_id).in_(officer_ids))).all()
    return {row.officer_id: row for row in rows if in_force(row.valid_from, row.valid_to, day)}


def latest_ranks(session: Session, officer_ids: set[UUID], day: date) -> dict[UUID, RankHeld]:
    """The rank each officer holds on a day, or held last before it."""
    rows = session.exec(
        select(RankHeld)
        .where(col(RankHeld.officer_id).in_(officer_ids), col(RankHeld.valid_from) <= day)
        .order_by(col(RankHeld.valid_from))
    ).all()
    return {row.officer_id: row for row in rows}


def roles_on(session: Session, officer_ids: set[UUID], day: date) -> dict[UUID, list[Role]]:
    """The roles each officer holds on a day, in order."""
    found: defaultdict[UUID, list[Role]] = defaultdict(list)
    rows = session.exec(
        select(RoleHeld).where(col(RoleHeld.officer_id).in_(officer_ids)).order_by(col(RoleHeld.role))
    ).all()
    for row in rows:
        if in_force(row.valid_from, row.valid_to, day):
            found[row.officer_id].append(Role(row.role))
    return found
