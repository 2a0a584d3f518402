"""Puts further people and changes of people into a test's force, as an import would."""

from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID, uuid5

from sqlmodel import Session

from app.areas.models import Membership
from app.database.engine import open_engine
from app.database.session import transaction
from app.identity.models import Officer, OfficerIdentity, RankHeld, RoleHeld
from app.identity.permissions import OfficerKind, Role
from tests.conftest import ISSUER, LONG_AGO, named


def change(url: str, what: Callable[[Session], object]) -> None:
    """Changes rows in a transaction of its own, as another process would."""
    engine = open_engine(url, 1)
    with transaction(engine) as session:
        what(session)
    engine.dispose()


def join(
    url: str, collar: str, roles: tuple[Role, ...], team: str | None = None, force: str = "FORCE"
) -> UUID:
    """Somebody new, since long ago; answers the officer's id."""
    person = named(collar)

    def add(session: Session) -> None:
        session.add(
            Officer(
                id=person,
                force_id=named(force),
                collar_number=collar,
                kind=OfficerKind.STAFF,
                valid_from=LONG_AGO,
            )
        )
        session.flush()
        session.add(OfficerIdentity(issuer=ISSUER, subject=f"demo|{collar}", officer_id=person))
        session.add(RankHeld(id=uuid5(person, "rank"), officer_id=person, rank="STAFF", valid_from=LONG_AGO))
        for role in roles:
            session.add(RoleHeld(id=uuid5(person, role), officer_id=person, role=role, valid_from=LONG_AGO))
        if team is not None:
            session.add(
                Membership(id=uuid5(person, "m"), officer_id=person, team_id=named(team), valid_from=LONG_AGO)
            )

    change(url, add)
    return person


def join_all(url: str, collars: Iterable[str], team: str) -> None:
    """Constables of the small force who patrol, all at once."""
    constable = OfficerKind.CONSTABLE

    def add(session: Session) -> None:
        people = {collar: named(collar) for collar in collars}
        for collar, person in people.items():
            session.add(
                Officer(
                    id=person, force_id=named("FORCE"), collar_number=collar, kind=constable, valid_from=LONG_AGO
                )
            )  # fmt: skip
        session.flush()
        for collar, person in people.items():
            session.add(OfficerIdentity(issuer=ISSUER, subject=f"demo|{collar}", officer_id=person))
            session.add(RankHeld(id=uuid5(person, "rank"), officer_id=person, rank="PC", valid_from=LONG_AGO))
            session.add(
                RoleHeld(id=uuid5(person, "role"), officer_id=person, role=Role.OFFICER, valid_from=LONG_AGO)
            )
            session.add(
                Membership(id=uuid5(person, "m"), officer_id=person, team_id=named(team), valid_from=LONG_AGO)
            )

    change(url, add)


def end_role(session: Session, collar: str, role: Role, day: date) -> None:
    """The role ends: `day` is the first day without it."""
    row = session.get_one(RoleHeld, uuid5(named(collar), role))
    row.valid_to = day
    session.add(row)


def suspend(session: Session, collar: str) -> None:
    """They may not sign in from now on, whatever the days say."""
    officer = session.get_one(Officer, named(collar))
    officer.suspended = True
    session.add(officer)
