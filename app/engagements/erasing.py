"""Erases what engagements hold of places and in words once it was kept long enough. What kind it was, when, by which
team, and how many were reached stays, so that no count of a team changes; so does the force's own reference.

Whether it may go is decided above, by the rules and holds of `app.retention`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, select

from app.clock import rfc3339
from app.engagements.models import Engagement, EngagementAction, EngagementOfficer
from app.facts.erasing import NOWHERE, due_page
from app.facts.models import FactRevision

_UNSAID = {"amendment_reason": None, "void_reason": None}


def due(
    session: Session,
    force_id: UUID,
    cutoff: datetime,
    after: UUID | None,
    limit: int,
    *,
    places: bool,
) -> list[Engagement]:
    """A page of the engagements whose record, or with `places` whose position, the rule lets go, by id, after one."""
    held: ColumnElement[bool] = (
        col(Engagement.longitude).is_not(None) if places else col(Engagement.erased_at).is_(None)
    )
    return due_page(session, Engagement, force_id, cutoff, after, limit, held)


def erase_records(session: Session, engagements: Sequence[Engagement], now: datetime) -> None:
    """Erases positions, words and who else took part of some engagements whose rows are held, revisions and promises
    too."""
    ids = [row.id for row in engagements]
    connection = session.connection()
    gone: dict[str, Any] = {**NOWHERE, **_UNSAID, "officers_unknown": None, "erased_at": now}
    connection.execute(update(Engagement).where(col(Engagement.id).in_(ids)).values(gone))
    connection.execute(delete(EngagementOfficer).where(col(EngagementOfficer.engagement_id).in_(ids)))
    of_these = select(EngagementAction.id).where(col(EngagementAction.engagement_id).in_(ids))
    promises = list(session.exec(of_these).all())
    unsaid: dict[str, Any] = {**_UNSAID, "you_said": "", "we_did": None}
    connection.execute(
        update(EngagementAction).where(col(EngagementAction.engagement_id).in_(ids)).values(unsaid)
    )
    _erase_revisions(session, promises, {})
    for row in engagements:
        said = {"occurred_at": rfc3339(row.occurred_said_at), "engagement_type": row.engagement_type}
        _erase_revisions(session, [row.id], said)


def _erase_revisions(session: Session, fact_ids: Sequence[UUID], said: dict[str, Any]) -> None:
    revisions = update(FactRevision).where(col(FactRevision.fact_id).in_(fact_ids))
    session.connection().execute(revisions.values(content=said, reason=None))


def took_part(session: Session, engagements: Sequence[Engagement]) -> dict[UUID, frozenset[UUID]]:
    """Everybody each engagement is of, for holds on officers."""
    found = {row.id: {row.captured_by} for row in engagements}
    rows = select(EngagementOfficer).where(col(EngagementOfficer.engagement_id).in_(list(found)))
    for row in session.exec(rows).all():
        found[row.engagement_id].add(row.officer_id)
    return {each: frozenset(people) for each, people in found.items()}
