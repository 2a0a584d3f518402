"""Erases of whom abstractions were once they were kept long enough: then they are figures of a team, from when to when,
why and at which level, so that no sum of a team or area changes; the force's own reference stays, so that its next file
does not bring them back. Nobody is on record for them any more.

Whether it may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.abstractions.models import Abstraction, AbstractionDecision
from app.facts.erasing import due_page
from app.facts.models import FactRevision
from app.patrols.proposing import forget_proposals
from app.patrols.reasons import ReasonSource

_NOBODY: dict[str, Any] = dict.fromkeys(
    (
        "captured_by", "uploaded_by", "officer_id", "authorised_by", "authoriser_unknown", "authoriser_rank",
        "amended_by", "amendment_reason", "amendment_hash", "voided_by", "void_reason", "reason_text", "post_role",
        "window_id",
    )
)  # fmt: skip


def due(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int
) -> list[Abstraction]:
    """A page of the abstractions that the rule lets go, by id, after one."""
    held = col(Abstraction.erased_at).is_(None)
    return due_page(session, Abstraction, force_id, cutoff, after, limit, held)


def erase_people(session: Session, abstractions: Sequence[Abstraction], now: datetime) -> None:
    """Erases whom some abstractions, whose rows are held, were of, and what anybody said of them; what they proposed
    goes with them, and decisions that were made by it stand. The hash goes too: whoever guesses what was sent could
    tell by it."""
    ids = [row.id for row in abstractions]
    connection = session.connection()
    gone = {**_NOBODY, "content_hash": b"", "erased_at": now}
    connection.execute(update(Abstraction).where(col(Abstraction.id).in_(ids)).values(gone))
    connection.execute(delete(AbstractionDecision).where(col(AbstractionDecision.abstraction_id).in_(ids)))
    connection.execute(delete(FactRevision).where(col(FactRevision.fact_id).in_(ids)))
    forget_proposals(session, ReasonSource.ABSTRACTION, ids)
