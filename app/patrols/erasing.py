"""Erases where a patrol was: its fixes, its line, the positions of its check-in and check-out. What was made of them,
and that they once were here, stays.

Whether they may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.clock import london_day
from app.database.model import insert_if_absent
from app.identity.permissions import Caller
from app.patrols.models import CheckOut, Patrol, PatrolErasure, PatrolLine
from app.patrols.result_schemas import PositionsErased
from app.reference.codes import in_words
from app.reference.queries import labels
from app.tracks.queries import raw_fixes
from app.tracks.service import erase_fixes

_NOWHERE = {"longitude": None, "latitude": None, "accuracy_m": None}


@dataclass(frozen=True, slots=True)
class ErasureRule:
    """The rule under which positions are erased: kept for so many days, since a day; no day is the built-in rule."""

    days: int
    valid_from: date | None


def erasure_of(session: Session, patrol_id: UUID) -> PatrolErasure | None:
    """That the positions of a patrol were erased, and when; None while it has them."""
    return session.get(PatrolErasure, patrol_id)


def erase_positions(session: Session, patrol_ids: Sequence[UUID], rule: ErasureRule, now: datetime) -> None:
    """Erases the positions of some patrols, whose rows the caller holds, and notes it; once more is no change."""
    held = raw_fixes(session, patrol_ids)
    erase_fixes(session, patrol_ids)
    connection = session.connection()
    connection.execute(delete(PatrolLine).where(col(PatrolLine.patrol_id).in_(patrol_ids)))
    connection.execute(update(Patrol).where(col(Patrol.id).in_(patrol_ids)).values(_NOWHERE))
    connection.execute(update(CheckOut).where(col(CheckOut.id).in_(patrol_ids)).values(_NOWHERE))
    for patrol_id in patrol_ids:
        batches, fixes = held.get(patrol_id, (0, 0))
        first = insert_if_absent(
            session,
            PatrolErasure,
            {
                "patrol_id": patrol_id,
                "erased_at": now,
                "rule_days": rule.days,
                "rule_valid_from": rule.valid_from,
                "batches": batches,
                "fixes": fixes,
                "late_facts": 0,
                "late_waiting": False,
            },
        )
        if not first:
            connection.execute(
                update(PatrolErasure)
                .where(col(PatrolErasure.patrol_id) == patrol_id)
                .values(
                    late_waiting=False,
                    batches=col(PatrolErasure.batches) + batches,
                    fixes=col(PatrolErasure.fixes) + fixes,
                )
            )


def note_late(session: Session, patrol_id: UUID) -> None:
    """Notes that a fact came for a patrol whose positions are erased: it counts for nothing and waits to be erased."""
    session.connection().execute(
        update(PatrolErasure)
        .where(col(PatrolErasure.patrol_id) == patrol_id)
        .values(late_facts=col(PatrolErasure.late_facts) + 1, late_waiting=True)
    )


def as_told(session: Session, caller: Caller, patrol_id: UUID, now: datetime) -> PositionsErased | None:
    """What a result says of its positions once they are erased; None while they are here."""
    row = erasure_of(session, patrol_id)
    if row is None:
        return None
    words = labels(session, caller.force_id, "retention", london_day(now))
    return PositionsErased(
        erased_at=row.erased_at,
        rule_days=row.rule_days,
        in_words=in_words(words, "positions_erased"),
        late_facts=row.late_facts,
    )
