"""What a file of abstractions or objectives is compared with."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.abstractions.importing import Objective, ReportedHere
from app.abstractions.models import Abstraction, AbstractionObjective
from app.facts.counting_once import PHONE


def reported_here(session: Session, force_id: UUID, times: Sequence[datetime]) -> list[ReportedHere]:
    """What was reported here without a reference and may overlap the rows of a file."""
    if not times:
        return []
    rows = session.execute(
        select(col(Abstraction.officer_id), col(Abstraction.starts_at), col(Abstraction.ends_at)).where(
            Abstraction.force_id == force_id,
            Abstraction.source == PHONE,
            col(Abstraction.reference).is_(None),
            col(Abstraction.voided_at).is_(None),
            col(Abstraction.starts_at) <= max(times),
            or_(col(Abstraction.ends_at).is_(None), col(Abstraction.ends_at) >= min(times)),
        )
    ).all()
    return [ReportedHere(*row) for row in rows]


def objectives(session: Session, force_id: UUID) -> list[Objective]:
    """Everything a force's areas are or were held against, the latest last."""
    rows = session.exec(
        select(AbstractionObjective)
        .where(AbstractionObjective.force_id == force_id)
        .order_by(col(AbstractionObjective.valid_from))
    ).all()
    return [
        Objective(row.area_id, row.benchmark_from, row.benchmark_to, row.most_hours_a_week, row.valid_from)
        for row in rows
    ]
