"""What erasing has in common whatever slice a fact is of: holding its rows, and what its versions before said."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from app.facts.models import AmendableColumns, FactRevision

F = TypeVar("F", bound=AmendableColumns)
NOWHERE = {"longitude": None, "latitude": None, "accuracy_m": None}


def due_page(
    session: Session,
    table: type[F],
    force_id: UUID,
    cutoff: datetime,
    after: UUID | None,
    limit: int,
    *still_held: ColumnElement[bool],
) -> list[F]:
    """A page of a force's facts that came before a cut-off and still hold what is to go, by id, after one."""
    query = select(table).where(col(table.force_id) == force_id, col(table.received_at) < cutoff, *still_held)
    if after is not None:
        query = query.where(col(table.id) > after)
    return list(session.exec(query.order_by(col(table.id)).limit(limit)).all())


def taken(session: Session, table: type[F], fact_ids: Sequence[UUID]) -> list[F]:
    """Some facts, held for erasing; those being written this very moment are left out, for the next run."""
    query = select(table).where(col(table.id).in_(fact_ids)).order_by(col(table.id))
    held = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(session.exec(held).all())


def forget_places(session: Session, table: type[F], facts: Sequence[F]) -> None:
    """Erases where some facts, whose rows are held, were, revisions too; in which hotspots and area stays."""
    ids = [row.id for row in facts]
    connection = session.connection()
    connection.execute(update(table).where(col(table.id).in_(ids)).values(NOWHERE))
    for revision in session.exec(select(FactRevision).where(col(FactRevision.fact_id).in_(ids))).all():
        without = {name: value for name, value in revision.content.items() if name != "position"}
        connection.execute(
            update(FactRevision)
            .where(
                col(FactRevision.fact_id) == revision.fact_id, col(FactRevision.revision) == revision.revision
            )
            .values(content=without)
        )
