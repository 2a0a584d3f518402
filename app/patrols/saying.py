"""Who says what officers log, of whom, and what the log is told of it: alike for engagements and abstractions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session

from app.audit.models import Action
from app.audit.service import changed
from app.facts.amending import locked
from app.facts.models import AmendableColumns
from app.facts.problems import not_come_yet
from app.facts.service import Provenance
from app.identity.permissions import Caller
from app.identity.queries import is_of_force
from app.patrols.problems import unknown_reference
from app.rest.sent import Sent

F = TypeVar("F", bound=AmendableColumns)


def origin_of(session: Session, caller: Caller, captured_by: UUID | None, sent: Sent) -> Provenance:
    """How something reached us: captured by whoever is named, else by the caller; 422 for nobody of the force."""
    captured_by = captured_by or caller.officer_id
    if captured_by != caller.officer_id and not is_of_force(session, captured_by, caller.force_id):
        raise unknown_reference("/captured_by", "officer")
    return Provenance(captured_by, caller.officer_id, sent.now, sent.sent_at)


def own(session: Session, caller: Caller, table: type[F], fact_id: UUID, captured_by: UUID, denial: str) -> F:
    """A record, held, if it is of whoever is said to have made it and the caller may speak for them; else as one that
    has not come, `denial` for the log."""
    row = locked(session, table, fact_id)
    if row is None:
        raise not_come_yet()
    theirs = row.captured_by == captured_by and caller.may_record_for(captured_by)
    if row.force_id != caller.force_id or not theirs:
        raise not_come_yet(denial)
    return row


def log_said(
    session: Session,
    caller: Caller,
    operation: str,
    now: datetime,
    subjects: Mapping[str, Sequence[UUID]],
    created: bool,
) -> None:
    """Has the log told that something was recorded, or sent once more."""
    changed(
        session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.COLLECT if created else Action.CONSULT,
    )  # fmt: skip


def log_altered(
    session: Session,
    caller: Caller,
    operation: str,
    now: datetime,
    subjects: Mapping[str, Sequence[UUID]],
    made: bool,
    reason: str | None,
) -> None:
    """Has the log told that something was corrected, taken back or decided on and why, or that this was sent again."""
    changed(
        session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.ALTER if made else Action.CONSULT, reason=reason if made else None,
    )  # fmt: skip
