"""Writes people: what an import decided becomes rows. Rows end and begin; only first and last days are filled in.

And their phones: known from the first upload, revoked once and for good.
"""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.database.model import insert_if_absent
from app.identity import queries
from app.identity.importing import PersonChange
from app.identity.models import Device, Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.spells import Person, role_rows


def write_person(session: Session, force_id: UUID, change: PersonChange) -> UUID:
    """Makes one person as the plan has them; answers the person's id.

    Ids are made here, not derived from the collar number: numbers are reused, ids never are.
    """
    before, after = change.before, change.after
    if before is None:
        officer_id = uuid4()
        session.execute(
            insert(Officer).values(
                id=officer_id,
                force_id=force_id,
                collar_number=after.collar_number,
                kind=after.kind,
                valid_from=after.valid_from,
                valid_to=after.valid_to,
                suspended=after.suspended,
            )
        )
    else:
        if before.id is None:
            raise ValueError("a person that is held has an id")
        officer_id = before.id
        session.execute(
            update(Officer)
            .where(col(Officer.id) == officer_id)
            .values(kind=after.kind, valid_to=after.valid_to, suspended=after.suspended)
        )
    _write_sign_ins(session, officer_id, before, after)
    _write_ranks(session, officer_id, before, after)
    _write_roles(session, officer_id, after)
    return officer_id


def _write_sign_ins(session: Session, officer_id: UUID, before: Person | None, after: Person) -> None:
    held = dict(before.subjects) if before else {}
    for issuer, subject in after.subjects.items():
        if held.get(issuer) == subject:
            continue
        # The former sign-in at this issuer ends now: whoever has its token is nobody here from the next call on.
        session.execute(
            delete(OfficerIdentity).where(
                col(OfficerIdentity.officer_id) == officer_id, col(OfficerIdentity.issuer) == issuer
            )
        )
        session.execute(insert(OfficerIdentity).values(issuer=issuer, subject=subject, officer_id=officer_id))


def _write_ranks(session: Session, officer_id: UUID, before: Person | None, after: Person) -> None:
    ends: dict[UUID, date | None] = {
        spell.id: spell.valid_to for spell in (before.ranks if before else ()) if spell.id is not None
    }
    for spell in after.ranks:
        if spell.id is None:
            session.execute(
                insert(RankHeld).values(
                    id=uuid4(),
                    officer_id=officer_id,
                    rank=spell.value.rank,
                    acting=spell.value.acting,
                    valid_from=spell.valid_from,
                    valid_to=spell.valid_to,
                )
            )
        elif ends[spell.id] != spell.valid_to:
            session.execute(
                update(RankHeld).where(col(RankHeld.id) == spell.id).values(valid_to=spell.valid_to)
            )


def _write_roles(session: Session, officer_id: UUID, after: Person) -> None:
    held = queries.role_row_ids(session, officer_id)
    for role, valid_from, valid_to in role_rows(after.roles):
        row_id = held.get((role, valid_from))
        if row_id is None:
            session.execute(
                insert(RoleHeld).values(
                    id=uuid4(), officer_id=officer_id, role=role, valid_from=valid_from, valid_to=valid_to
                )
            )
        else:
            session.execute(update(RoleHeld).where(col(RoleHeld.id) == row_id).values(valid_to=valid_to))


def note_device(session: Session, device_id: UUID, officer_id: UUID, now: datetime) -> None:
    """Keeps a phone that is seen for the first time, and with whom; nothing happens for one that is known."""
    insert_if_absent(session, Device, {"id": device_id, "officer_id": officer_id, "first_seen_at": now})


def revoke(session: Session, device_id: UUID, by: UUID, reason: str, now: datetime) -> bool:
    """Marks a phone as revoked; false when it was before, whose reason then stands."""
    revoked = (
        update(Device)
        .where(col(Device.id) == device_id, col(Device.revoked_at).is_(None))
        .values(revoked_at=now, revoked_by=by, revoked_reason=reason)
        .returning(col(Device.id))
    )
    return session.execute(revoked).first() is not None
