"""How a fact is corrected: a new revision with a reason, the content before it kept whole; or it is taken back.

The row holds what stands now. `content_hash` stays that of the first version, so that a phone that never heard the
answer to its first try is told what it wants to know, whatever was corrected since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.facts.models import AmendableColumns, FactRevision
from app.facts.problems import voided_before
from app.rest.preconditions import require_revision

F = TypeVar("F", bound=AmendableColumns)


@dataclass(frozen=True, slots=True)
class Amendment:
    """Who corrects a fact and why. `content` is the hash of what it is to say, reason included."""

    by: UUID
    reason: str
    content: bytes
    at: datetime


def locked(session: Session, table: type[F], fact_id: UUID) -> F | None:
    """The row of a fact, held until the transaction ends; whether the caller may see it is theirs to find out."""
    rows = select(table).where(col(table.id) == fact_id).with_for_update()
    return session.exec(rows.execution_options(populate_existing=True)).first()


def amend(
    session: Session,
    row: AmendableColumns,
    kind: str,
    expected: int | None,
    amendment: Amendment,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> bool:
    """Makes a revision of a fact whose row is held: `before` is its content until now, `after` the columns that change.

    False for a replay: the revision that stands was made by this very amendment. 428 without `expected`, 412 when the
    fact is at another revision, 409 when it was taken back.
    """
    if (
        expected == row.revision - 1
        and row.amendment_hash == amendment.content
        and row.amended_by == amendment.by
    ):
        return False
    require_revision(expected, row.revision)
    if row.voided_at is not None:
        raise voided_before()
    session.connection().execute(
        insert(FactRevision).values(
            fact_id=row.id,
            revision=row.revision,
            force_id=row.force_id,
            kind=kind,
            content=dict(before),
            made_by=row.amended_by or row.captured_by,
            made_at=row.amended_at or row.received_at,
            reason=row.amendment_reason,
            superseded_at=amendment.at,
        )
    )
    for name, value in after.items():
        setattr(row, name, value)
    row.revision += 1
    row.amended_at, row.amended_by = amendment.at, amendment.by
    row.amendment_reason, row.amendment_hash = amendment.reason, amendment.content
    session.add(row)
    session.flush()
    return True


def take_back(session: Session, row: AmendableColumns, by: UUID, reason: str, now: datetime) -> bool:
    """Marks a fact whose row is held as a mistake: it stays and counts nowhere. False when it was taken back before,
    whoever did and why: the first reason stands."""
    if row.voided_at is not None:
        return False
    row.voided_at, row.voided_by, row.void_reason = now, by, reason
    session.add(row)
    session.flush()
    return True


@dataclass(frozen=True, slots=True)
class Version:
    """What a fact said at a revision, who said so (None: nobody is on record any more), when and why (None: the first
    time), and until when it stood."""

    revision: int
    content: Mapping[str, Any]
    made_by: UUID | None
    made_at: datetime
    reason: str | None
    superseded_at: datetime | None


def versions_of(session: Session, row: AmendableColumns, content: Mapping[str, Any]) -> list[Version]:
    """Every version of a fact, the first one first; `content` is that of the last, which stands."""
    rows = select(FactRevision).where(FactRevision.fact_id == row.id).order_by(col(FactRevision.revision))
    before = [
        Version(each.revision, each.content, each.made_by, each.made_at, each.reason, each.superseded_at)
        for each in session.exec(rows).all()
    ]
    made_by, made_at = row.amended_by or row.captured_by, row.amended_at or row.received_at
    return [*before, Version(row.revision, content, made_by, made_at, row.amendment_reason, None)]
