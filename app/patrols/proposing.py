"""Where slices above write which reasons their records propose, in their own transaction.

No permission of its own: whoever may record an arrest or an abstraction may have it propose its reason, and the use
case that records it logs it. Nothing is judged again: a reason is read beside a result, by those who decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.database.model import insert_or_replace
from app.patrols.proposal_models import ReasonProposal
from app.patrols.reasons import ReasonSource, Span


@dataclass(frozen=True, slots=True)
class ProposedBy:
    """The record that proposes a reason. `officer_id` entered it; `received_at` is when it first came."""

    source: ReasonSource
    source_id: UUID
    officer_id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class About:
    """What a reason is about. `officer_id` is whose time it was: who made the arrest, who was sent away.

    With a patrol or a window it concerns those whenever it was; and always the windows that officer was tasked to by
    name, or was on a patrol for, and the span meets.
    """

    officer_id: UUID
    span: Span
    patrol_id: UUID | None = None
    window_id: UUID | None = None


def propose_reason(
    session: Session,
    force_id: UUID,
    by: ProposedBy,
    about: About,
    reason_code: str,
    reference: str | None = None,
) -> None:
    """Has a record propose a reason, in the caller's transaction. Once more with the same record replaces what it
    proposed before, withdrawn or not: after an amendment."""
    insert_or_replace(
        session,
        ReasonProposal,
        "id",
        {
            "id": _id(by.source, by.source_id),
            "force_id": force_id,
            "source": by.source,
            "source_id": by.source_id,
            "officer_id": about.officer_id,
            "proposed_by": by.officer_id,
            "patrol_id": about.patrol_id,
            "window_id": about.window_id,
            "reason_code": reason_code,
            "from_at": about.span.from_at,
            "to_at": about.span.to_at,
            "reference": reference,
            "received_at": by.received_at,
            "withdrawn_at": None,
        },
    )


def withdraw_reason(session: Session, source: ReasonSource, source_id: UUID, now: datetime) -> None:
    """Takes back what a record proposed, because it was voided or says something else now; nothing when it proposed
    nothing. Decisions that were made by it stand."""
    session.connection().execute(
        update(ReasonProposal)
        .where(col(ReasonProposal.id) == _id(source, source_id), col(ReasonProposal.withdrawn_at).is_(None))
        .values(withdrawn_at=now)
    )


def forget_proposals(session: Session, source: ReasonSource, source_ids: Sequence[UUID]) -> None:
    """Drops what some records proposed, because nobody may be known for them any more."""
    ids = [_id(source, each) for each in source_ids]
    session.connection().execute(delete(ReasonProposal).where(col(ReasonProposal.id).in_(ids)))


def _id(source: ReasonSource, source_id: UUID) -> UUID:
    # Phones name records, so two kinds may bear one id.
    return uuid5(source_id, source.value)
