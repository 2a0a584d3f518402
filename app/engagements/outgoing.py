"""Tells other systems of an engagement, in the transaction that records it. What a file brought is not told: whoever
sent the file has it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.engagements.models import Engagement, TickOf
from app.telling.notices import engagements_heard_of, tell_engagement
from app.telling.wording import EngagementTold


def tell_of(session: Session, row: Engagement, ticks: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Tells of an engagement as it now stands; of groups and issues which were ticked, of minority groups nothing."""
    if not engagements_heard_of(session, row.force_id, now):
        return
    told = EngagementTold(
        id=row.id,
        revision=row.revision,
        counted_as=row.counted_as,
        engagement_type=row.engagement_type,
        method=row.method,
        occurred_at=row.occurred_at,
        minutes=row.minutes,
        planned=row.planned,
        published=row.published,
        people_reached=row.people_reached,
        reach_band=row.reach_band,
        priority_groups=_ticked(ticks, TickOf.PRIORITY_GROUP),
        issues=_ticked(ticks, TickOf.ISSUE),
        team_id=row.team_id,
        area_id=row.area_id,
        place_area_id=row.place_area_id,
        patrol_id=row.patrol_id,
    )
    tell_engagement(session, row.force_id, told, row.captured_by, now)


def _ticked(ticks: Sequence[Mapping[str, Any]], of: TickOf) -> tuple[str, ...]:
    return tuple(sorted(tick["code"] for tick in ticks if tick["of"] is of))
