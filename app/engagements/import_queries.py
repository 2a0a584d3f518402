"""What a file of engagements is compared with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.engagements.importing import PhoneRecord
from app.engagements.models import Engagement
from app.facts.counting_once import PHONE
from app.schedule.importing import Coded
from app.schedule.queries import areas_coded, force_held

_AROUND = timedelta(hours=1)


def coded(session: Session, force_id: UUID) -> tuple[Coded, Coded]:
    """A force's officers by collar number and areas by code, over time."""
    return force_held(session, force_id).officers, areas_coded(session, force_id)


def without_reference(session: Session, force_id: UUID, times: Sequence[datetime]) -> list[PhoneRecord]:
    """What phones recorded without a reference about the time of a file."""
    if not times:
        return []
    rows = session.execute(
        select(
            col(Engagement.captured_by), col(Engagement.engagement_type), col(Engagement.occurred_at)
        ).where(
            Engagement.force_id == force_id,
            Engagement.source == PHONE,
            col(Engagement.reference).is_(None),
            col(Engagement.voided_at).is_(None),
            col(Engagement.occurred_at) >= min(times) - _AROUND,
            col(Engagement.occurred_at) <= max(times) + _AROUND,
        )
    ).all()
    return [PhoneRecord(*row) for row in rows]
