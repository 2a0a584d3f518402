"""What a file of abstractions or objectives is compared with."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.abstractions.importing import HeldAbstraction, Objective, ReportedHere
from app.abstractions.models import Abstraction, AbstractionObjective
from app.abstractions.recording import PHONE
from app.abstractions.versions import content

_IDS_A_STATEMENT = 500


def held(session: Session, force_id: UUID, references: Sequence[str]) -> dict[str, HeldAbstraction]:
    """What is stored under some references; what was taken back here is not in the way."""
    found: dict[str, HeldAbstraction] = {}
    for start in range(0, len(references), _IDS_A_STATEMENT):
        rows = session.exec(
            select(Abstraction)
            .where(
                Abstraction.force_id == force_id,
                col(Abstraction.reference).in_(references[start : start + _IDS_A_STATEMENT]),
            )
            .order_by(col(Abstraction.received_at))
        ).all()
        standing = [row for row in rows if row.source != PHONE or row.voided_at is None]
        said = content(session, standing)
        for row in standing:
            told = {name: value for name, value in said[row.id].items() if name != "recorded_at"}
            found[row.reference or ""] = HeldAbstraction(
                row.id,
                row.revision,
                row.source == PHONE,
                # What was let go is not brought back by the force's next file.
                row.voided_at is not None or row.erased_at is not None,
                told,
            )
    return found


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
