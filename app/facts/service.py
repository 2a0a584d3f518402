"""The one flow behind every `PUT` of a phone: insert or recognise, never look first.

First time: the row goes in. Same id, same content, same officer: the same answer again. Same id, other content: a
conflict. Same id, another officer: `id-taken`, without a word about what it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from app.database.model import insert_absent
from app.database.together import Rows, insert_together
from app.facts.feed import FeedChange, FeedKind, tell
from app.facts.models import (
    AsideReason,
    Basis,
    FactColumns,
    QuarantineCorrection,
    QuarantinedFact,
    ReassessCause,
)
from app.facts.problems import conflict, id_taken
from app.problems import FieldError


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a fact reached us: who captured it, who sent it, the server's clock and the phone's."""

    captured_by: UUID
    uploaded_by: UUID
    received_at: datetime
    sent_at: datetime | None

    @property
    def skew_ms(self) -> int | None:
        """Server clock minus phone clock, in milliseconds; positive when the phone is behind. None when untold."""
        if self.sent_at is None:
            return None
        return round((self.received_at - self.sent_at).total_seconds() * 1000)

    def columns(self, fact_id: UUID, content: bytes) -> dict[str, Any]:
        """As every table of facts holds it (`FactColumns`)."""
        return {
            "id": fact_id,
            "content_hash": content,
            "captured_by": self.captured_by,
            "uploaded_by": self.uploaded_by,
            "received_at": self.received_at,
            "sent_at": self.sent_at,
        }


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to store: its id, the hash of its content, how it came, and the columns of its own table."""

    id: UUID
    content: bytes
    origin: Provenance
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a fact."""

    created: bool
    quarantined: bool = False


def record(
    session: Session,
    table: type[FactColumns],
    fact_id: UUID,
    content: bytes,
    origin: Provenance,
    row: Mapping[str, Any],
    besides: Sequence[Rows] = (),
) -> bool:
    """Stores a fact, and `besides` with it; true when it is new. False when it is a replay, and nothing was stored.
    Raises `conflict` and `id-taken`."""
    created = insert_together(session, table, {**origin.columns(fact_id, content), **row}, besides)
    if not created:
        recognise(session, table, fact_id, content, origin.captured_by)
    return created


def record_many(session: Session, table: type[FactColumns], facts: Sequence[NewFact]) -> set[UUID]:
    """Stores many facts with few statements; the ids of the new ones, the others are replays. Raises as `record`."""
    created = insert_absent(
        session, table, [{**fact.origin.columns(fact.id, fact.content), **fact.row} for fact in facts]
    )
    for fact in facts:
        if fact.id not in created:
            recognise(session, table, fact.id, fact.content, fact.origin.captured_by)
    return created


def recognise(
    session: Session, table: type[FactColumns], fact_id: UUID, content: bytes, captured_by: UUID
) -> None:
    """Passes when the row under this id is this officer's and says the same; raises `id-taken` or `conflict`."""
    columns = table.__table__.c  # type: ignore[attr-defined]  # SQLModel does not type it
    held = session.execute(
        select(columns.content_hash, columns.captured_by).where(columns.id == fact_id)
    ).one()
    if held.captured_by != captured_by:
        raise id_taken()
    if held.content_hash != content:
        raise conflict()


def quarantine(
    session: Session,
    force_id: UUID,
    kind: str,
    fact_id: UUID,
    parent_id: UUID | None,
    content: bytes,
    origin: Provenance,
    body: bytes,
    *,
    reason: AsideReason = AsideReason.UPLOADED_BY_ANOTHER,
    recorded_as: UUID | None = None,
    faults: Sequence[FieldError] = (),
) -> bool:
    """Keeps a fact that cannot be recorded as it came; true when it is new. `recorded_as` is the id the fact itself
    bears, where it is kept under another; `faults` are what was wrong with it."""
    created = record(
        session,
        QuarantinedFact,
        fact_id,
        content,
        origin,
        {
            "force_id": force_id,
            "kind": kind,
            "parent_id": parent_id,
            "reason": reason.value,
            "body": body,
            "recorded_as": recorded_as,
            "faults": [asdict(fault) for fault in faults] or None,
        },
    )
    if created:
        _tell(session, {origin.captured_by}, FeedChange.KEPT_ASIDE, fact_id, origin.received_at)
    return created


def _tell(session: Session, officers: set[UUID], change: FeedChange, aside_id: UUID, now: datetime) -> None:
    tell(session, officers, FeedKind.QUARANTINE, change, aside_id, now)


def mark_sent_again(session: Session, facts: Sequence[QuarantinedFact], by: UUID, now: datetime) -> None:
    """Says of facts that were kept because they were not valid that they came another time and were."""
    for fact in facts:
        fact.released_at, fact.released_by, fact.released_as = now, by, "sent-again"
        session.add(fact)
    session.flush()


def correct(
    session: Session, fact: QuarantinedFact, number: int, body: bytes, by: UUID, reason: str, now: datetime
) -> None:
    """Keeps what a fact that was kept aside should have said; what it said stays."""
    session.connection().execute(
        insert(QuarantineCorrection).values(
            fact_id=fact.id, number=number, body=body, corrected_by=by, corrected_at=now, reason=reason
        )
    )
    _tell(session, {fact.captured_by, fact.uploaded_by}, FeedChange.CORRECTED, fact.id, now)


def mark_released(
    session: Session, fact: QuarantinedFact, by: UUID, reason: str, released_as: str, now: datetime
) -> None:
    """Says of a fact that was kept aside by whom, why and as what it was released; its content stays."""
    fact.released_at = now
    fact.released_by = by
    fact.release_reason = reason
    fact.released_as = released_as
    session.add(fact)
    session.flush()
    _tell(session, {fact.captured_by, fact.uploaded_by}, FeedChange.RELEASED, fact.id, now)


def erase_body(session: Session, fact_ids: Sequence[UUID]) -> None:
    """Erases what some facts that were kept aside said. Each stays, with its hash, so that a phone that sends it again
    is told that it is kept."""
    session.connection().execute(
        update(QuarantinedFact).where(col(QuarantinedFact.id).in_(fact_ids)).values(body=b"")
    )
    session.connection().execute(
        update(QuarantineCorrection).where(col(QuarantineCorrection.fact_id).in_(fact_ids)).values(body=b"")
    )


def basis_changed(
    session: Session,
    force_id: UUID,
    basis: Basis,
    from_day: date,
    now: datetime,
    *,
    until_day: date | None = None,
    hotspot_id: UUID | None = None,
    detail: str | None = None,
) -> None:
    """Tells those who judge that something they judged by is another from a day on, in the transaction that changes
    it. What follows is theirs to find out."""
    session.execute(
        insert(ReassessCause).values(
            id=uuid4(),
            force_id=force_id,
            basis=basis,
            hotspot_id=hotspot_id,
            from_day=from_day,
            until_day=until_day,
            detail=detail,
            marked_at=now,
        )
    )
