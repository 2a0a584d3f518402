"""Reads of import runs."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, column, func, or_, select as select_columns, table
from sqlmodel import Session, col, select

from app.imports.models import ImportProposal, ImportRun, ImportUnderWay

# By name: areas stand above imports in the house.
_AREAS = table("areas", column("id", Uuid()))


def hold_force(session: Session, force_id: UUID) -> None:
    """Makes other imports into this force wait until the transaction ends (SQLite has one writer anyway).

    Rows that refer to the force still go in: a check-in never waits for an import.
    """
    session.connection().execute(
        select_columns(_AREAS.c.id).where(_AREAS.c.id == force_id).with_for_update(key_share=True)
    ).one()
    # What was read before the wait may have changed during it.
    session.expire_all()


def newest_run(session: Session, force_id: UUID, kind: str) -> ImportRun | None:
    """The run of a kind that was applied last, however its file was read."""
    return session.exec(
        select(ImportRun)
        .where(ImportRun.force_id == force_id, ImportRun.kind == kind)
        .order_by(col(ImportRun.number).desc())
        .limit(1)
    ).first()


def under_way(session: Session, force_id: UUID) -> bool:
    """Whether a file of a force is being stored in pieces, or was stopped before its last."""
    there = select(ImportUnderWay.run_id).where(ImportUnderWay.force_id == force_id)
    return session.exec(there).first() is not None


def runs_applied(session: Session, force_id: UUID) -> dict[str, int]:
    """The number of the newest run of every kind: what has been applied to a force so far."""
    newest = select_columns(col(ImportRun.kind), func.max(col(ImportRun.number)).label("newest"))
    rows = session.execute(newest.where(col(ImportRun.force_id) == force_id).group_by(col(ImportRun.kind)))
    return {row.kind: row.newest for row in rows}


def not_all_stored(session: Session, kinds: Collection[str], force_id: UUID | None) -> list[UUID]:
    """The runs of some kinds whose rows are not all stored, of a force or of all, the oldest first. Whether somebody is
    at it only they know who try."""
    of_these = select(ImportUnderWay.run_id).where(col(ImportUnderWay.kind).in_(kinds))
    if force_id is not None:
        of_these = of_these.where(ImportUnderWay.force_id == force_id)
    return list(session.exec(of_these.order_by(col(ImportUnderWay.imported_at))).all())


def all_there(came_at: Any) -> ColumnElement[bool]:
    """The condition that a row is of no file whose rows are not all there yet: none of them is shown before. `came_at`
    is when it came, as rows of a file bear it; null for those that came otherwise."""
    brought = select_columns(col(ImportUnderWay.imported_at))
    return or_(came_at.is_(None), came_at.not_in(brought))


def newest_day(session: Session, force_id: UUID, kind: str) -> date | None:
    """The last day that what was brought in of a kind is of, whether or not it changed anything."""
    days = select_columns(func.max(col(ImportRun.as_of)))
    of_these = days.where(col(ImportRun.force_id) == force_id, col(ImportRun.kind) == kind)
    newest: date | None = session.execute(of_these).scalar_one()
    return newest


def proposal_of_another(
    session: Session,
    force_id: UUID,
    kind: str,
    file_sha256: str,
    profile: str,
    officer_id: UUID,
    since: datetime,
) -> ImportProposal | None:
    """The newest proposal of a file, read in one way, that somebody else has made since an instant."""
    return session.exec(
        select(ImportProposal)
        .where(
            ImportProposal.force_id == force_id,
            ImportProposal.kind == kind,
            ImportProposal.file_sha256 == file_sha256,
            ImportProposal.profile == profile,
            ImportProposal.proposed_by != officer_id,
            col(ImportProposal.proposed_at) >= since,
        )
        .order_by(col(ImportProposal.proposed_at).desc(), col(ImportProposal.id))
        .limit(1)
    ).first()


def runs(
    session: Session, force_id: UUID, kinds: frozenset[str], before: tuple[datetime, UUID] | None, limit: int
) -> list[ImportRun]:
    """A force's runs of some kinds, newest first, from after a place in that order."""
    statement = select(ImportRun).where(ImportRun.force_id == force_id, col(ImportRun.kind).in_(kinds))
    if before is not None:
        at, run_id = before
        statement = statement.where(
            or_(
                col(ImportRun.imported_at) < at,
                and_(col(ImportRun.imported_at) == at, col(ImportRun.id) < run_id),
            )
        )
    return list(
        session.exec(
            statement.order_by(col(ImportRun.imported_at).desc(), col(ImportRun.id).desc()).limit(limit)
        ).all()
    )
