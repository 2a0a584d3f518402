"""Erases what the tracker's records hold of places and in words once it was kept long enough. What kind each was, when,
by which team, and how many were reached stays, so that no count of engagements changes.

Whether it may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, update
from sqlmodel import Session, col, select

from app.wmnow.models import WmnowRecord, WmnowVersion

_NOWHERE = {"longitude": None, "latitude": None}
# What stands in the tracker's own words.
_SAID = (
    "collar_number", "team_ref", "lpa_ref", "sector_ref", "neighbourhood_ref", "patrol_ref", "engagement_ref",
)  # fmt: skip


def due(
    session: Session,
    force_id: UUID,
    cutoff: datetime,
    after: UUID | None,
    limit: int,
    *,
    places: bool,
) -> list[WmnowRecord]:
    """A page of the records whose words, or with `places` whose position, the rule lets go, by id, after one. Counted
    from when a record came first: the tracker tells the same again and again."""
    held = _placed() if places else col(WmnowRecord.erased_at).is_(None)
    query = select(WmnowRecord).where(
        WmnowRecord.force_id == force_id,
        col(WmnowRecord.first_received_at) < cutoff,
        col(WmnowRecord.occurred_at).is_not(None),
        held,
    )
    if after is not None:
        query = query.where(col(WmnowRecord.id) > after)
    return list(session.exec(query.order_by(col(WmnowRecord.id)).limit(limit)).all())


def _placed() -> ColumnElement[bool]:
    """Whether anything that was ever said of a record has a position: what stands may have none any more."""
    before = exists().where(
        col(WmnowVersion.record_id) == col(WmnowRecord.id),
        col(WmnowVersion.content)["position"].as_string().is_not(None),
    )
    return or_(col(WmnowRecord.longitude).is_not(None), before)


def taken(session: Session, record_ids: Sequence[UUID]) -> list[WmnowRecord]:
    """Some records, held for erasing; those being written this very moment are left out, for the next run."""
    query = select(WmnowRecord).where(col(WmnowRecord.id).in_(record_ids)).order_by(col(WmnowRecord.id))
    held = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(session.exec(held).all())


def erase_places(session: Session, records: Sequence[WmnowRecord]) -> None:
    """Erases where some records, whose rows are held, were; in which area stays."""
    ids = [row.id for row in records]
    connection = session.connection()
    connection.execute(update(WmnowRecord).where(col(WmnowRecord.id).in_(ids)).values(_NOWHERE))
    for row in session.exec(select(WmnowVersion).where(col(WmnowVersion.record_id).in_(ids))).all():
        if "position" in row.content:
            without = {name: value for name, value in row.content.items() if name != "position"}
            connection.execute(
                update(WmnowVersion)
                .where(col(WmnowVersion.record_id) == row.record_id, col(WmnowVersion.version) == row.version)
                .values(content=without)
            )


def erase_records(session: Session, records: Sequence[WmnowRecord], now: datetime) -> None:
    """Erases positions, and everything that was said in the tracker's words, of some records whose rows are held; what
    comes of the same record later is left alone."""
    ids = [row.id for row in records]
    connection = session.connection()
    gone: dict[str, Any] = {**_NOWHERE, **dict.fromkeys(_SAID), "unknown_codes": [], "erased_at": now}
    connection.execute(update(WmnowRecord).where(col(WmnowRecord.id).in_(ids)).values(gone))
    connection.execute(update(WmnowVersion).where(col(WmnowVersion.record_id).in_(ids)).values(content={}))
