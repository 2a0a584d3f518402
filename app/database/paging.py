"""Pages of rows by their time, the latest first: from a place on, so that no row is skipped or told twice."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import Mapped

S = TypeVar("S", bound=Select[*tuple[Any, ...]])


def latest_first(
    query: S, at: Mapped[datetime], row_id: Mapped[UUID], after: tuple[datetime, UUID] | None, limit: int
) -> S:
    """So many rows of a query after a place, by time and id, the latest first."""
    if after is not None:
        query = query.where(or_(at < after[0], and_(at == after[0], row_id < after[1])))
    return query.order_by(at.desc(), row_id.desc()).limit(limit)
