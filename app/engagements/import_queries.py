"""What a file of engagements is compared with."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.areas.held import known_places
from app.engagements.import_writing import Surroundings
from app.engagements.importing import HeldEngagement, PhoneRecord
from app.engagements.models import Engagement
from app.engagements.reach import EngagementFlag
from app.engagements.recording import IMPORT, LISTS, PHONE
from app.engagements.versions import content
from app.reference.queries import lists_over_time
from app.schedule.queries import force_held

_IDS_A_STATEMENT = 500
_AROUND = timedelta(hours=1)


def surroundings(session: Session, force_id: UUID) -> Surroundings:
    """What a file's rows are read by, for the whole of it."""
    return Surroundings(
        force_held(session, force_id).officers,
        known_places(session, force_id),
        lists_over_time(session, force_id, LISTS),
    )


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
            found[row.reference or ""] = HeldEngagement(
                row.id,
                row.revision,
                row.source == PHONE,
                row.captured_by,
                # What was let go is not brought back by the force's next file.
                row.voided_at is not None or row.erased_at is not None,
                EngagementFlag.MISSING_IN_SOURCE in row.flags,
                _comparable(said[row.id]),
            )
    return found


def _comparable(said: Mapping[str, Any]) -> dict[str, Any]:
    """Content in the order a row of a file is read in, whatever order it came out of the database in."""
    told = {name: value for name, value in said.items() if name != "recorded_at"}
    for name in ("officers", "priority_groups", "issues"):
        if name in told:
            told[name] = sorted(told[name])
    if "minority_groups" in told:
        told["minority_groups"] = sorted(told["minority_groups"], key=lambda each: str(each["group"]))
    return told


def absent(
    session: Session, force_id: UUID, first: datetime, last: datetime, references: Container[object]
) -> dict[UUID, str]:
    """Imported engagements of a time that a file of all of them does not hold, by id, with what they are known by."""
    rows = session.execute(
        select(col(Engagement.id), col(Engagement.reference))
        .where(
            Engagement.force_id == force_id,
            Engagement.source == IMPORT,
            col(Engagement.voided_at).is_(None),
            col(Engagement.erased_at).is_(None),
            col(Engagement.occurred_at) >= first,
            col(Engagement.occurred_at) <= last,
        )
        .order_by(col(Engagement.occurred_at), col(Engagement.id))
    )
    return {each: reference for each, reference in rows if reference and reference not in references}


class ByPhone:
    """What phones recorded without a reference, by officer: read month by month as a file's rows come to them."""

    def __init__(self, force_id: UUID) -> None:
        self._force_id = force_id
        self._months: set[tuple[int, int]] = set()
        self.records: defaultdict[UUID, list[PhoneRecord]] = defaultdict(list)

    def reach(self, session: Session, times: Iterable[datetime]) -> None:
        """Reads the months of some times and of an hour around each."""
        around = {month_of(at + shift) for at in times for shift in (-_AROUND, _AROUND)}
        for year, month in sorted(around - self._months):
            begin = datetime(year, month, 1, tzinfo=UTC)
            end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
            rows = session.execute(
                select(
                    col(Engagement.captured_by), col(Engagement.engagement_type), col(Engagement.occurred_at)
                ).where(
                    Engagement.force_id == self._force_id,
                    Engagement.source == PHONE,
                    col(Engagement.reference).is_(None),
                    col(Engagement.voided_at).is_(None),
                    col(Engagement.occurred_at) >= begin,
                    col(Engagement.occurred_at) < end,
                )
            )
            for officer_id, kind, at in rows:
                self.records[officer_id].append(PhoneRecord(kind, at))
        self._months |= around


def month_of(at: datetime) -> tuple[int, int]:
    """Year and month in UTC."""
    return at.year, at.month
