"""Whose turn it is: reports of one officer's time away go one after the other, so that the second sees the first and is
flagged beside it."""

from collections.abc import Iterable
from uuid import UUID, uuid5

from sqlmodel import Session

from app.abstractions.schemas import AbstractionRequest
from app.clock import london_day
from app.identity.permissions import Caller
from app.identity.queries import officer_by_collar


def turn_of(officer_id: UUID) -> UUID:
    """The turn that a report of an officer's time away waits for."""
    return uuid5(officer_id, "abstractions")


def turns_of(session: Session, caller: Caller, bodies: Iterable[AbstractionRequest]) -> set[UUID]:
    """The turns that some reports wait for. To be taken in one call, before anything else is held: two requests that
    report the same officers in another order would wait for each other."""
    found = set()
    for body in bodies:
        officer_id = body.captured_by or caller.officer_id
        if body.abstracted_collar_number is not None:
            day = london_day(body.starts_at)
            officer = officer_by_collar(session, caller.force_id, body.abstracted_collar_number, day)
            if officer is None:
                continue
            officer_id = officer.id
        found.add(turn_of(officer_id))
    return found
