"""What a file of engagements is compared with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from app.engagements.importing import HeldEngagement, PhoneRecord
from app.engagements.models import Engagement
from app.engagements.recording import PHONE
from app.engagements.versions import content
from app.schedule.importing import Coded
from app.schedule.queries import areas_coded, force_held

_IDS_A_STATEMENT = 500
_AROUND = timedelta(hours=1)


def coded(session: Session, force_id: UUID) -> tuple[Coded, Coded]:
    """A force's officers by collar number and areas by code, over time."""
    return force_held(session, force_id).officers, areas_coded(session, force_id)


def held(session: Session, force_id: UUID, references: Sequence[str]) -> dict[str, HeldEngagement]:
    """What is stored under some references; what an officer took back on the phone is not in the way."""
    found: dict[str, HeldEngagement] = {}
    for start in range(0, len(references), _IDS_A_STATEMENT):
        rows = session.exec(
            select(Engagement)
            .where(
                Engagement.force_id == force_id,
                col(Engagement.reference).in_(references[start : start + _IDS_A_STATEMENT]),
            )
            .order_by(col(Engagement.received_at))
        ).all()
        standing = [row for row in rows if row.source != PHONE or row.voided_at is None]
        said = content(session, standing)
        for row in standing:
            told = {name: value for name, value in said[row.id].items() if name != "recorded_at"}
            found[row.reference or ""] = HeldEngagement(
                row.id,
                row.revision,
                row.source == PHONE,
                row.captured_by,
                # What was let go is not brought back by the force's next file.
                row.voided_at is not None or row.erased_at is not None,
                told,
            )
    return found


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
