"""Reads of import runs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from app.imports.models import ImportRun


def earlier_run(
    session: Session, force_id: UUID, kind: str, file_sha256: str, profile: str
) -> ImportRun | None:
    """The run in which this very file was applied, read the same way."""
    return session.exec(
        select(ImportRun).where(
            ImportRun.force_id == force_id,
            ImportRun.kind == kind,
            ImportRun.file_sha256 == file_sha256,
            ImportRun.profile == profile,
        )
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
