"""What a file of engagements is compared with."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.areas.held import known_places
from app.areas.known import KnownPlaces
from app.database.model import keys_among
from app.engagements.importing import HeldEngagement, PhoneRecord
from app.engagements.models import Engagement
from app.engagements.reach import EngagementFlag
from app.engagements.recording import IMPORT, LISTS, PHONE
from app.engagements.versions import content
from app.reference.codes import ListsOverTime
from app.reference.queries import lists_over_time
from app.schedule.importing import Coded
from app.schedule.queries import force_held

_AROUND = timedelta(hours=1)
Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rows of a force's files are read by: officers by collar number, places, lists, each with its days."""

    officers: Coded
    places: KnownPlaces
    lists: ListsOverTime


def surroundings(session: Session, force_id: UUID) -> Surroundings:
    """What a file's rows are read by, for the whole of it."""
    return Surroundings(
        force_held(session, force_id).officers,
        known_places(session, force_id),
        lists_over_time(session, force_id, LISTS),
    )


def held(session: Session, force_id: UUID, references: Sequence[str]) -> dict[str, HeldEngagement]:
    """What is stored under the references of a part of a file; what an officer took back on the phone is not in the
    way."""
    found: dict[str, HeldEngagement] = {}
    ids = keys_among(session, col(Engagement.reference), references, col(Engagement.force_id) == force_id)
    if not ids:
        return found
    rows = session.exec(
        select(Engagement).where(col(Engagement.id).in_(ids)).order_by(col(Engagement.received_at))
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


def held_to_change(session: Session, engagement_ids: Sequence[UUID]) -> list[Engagement]:
    """Some engagements that exist, held until the transaction ends, in the order of their ids."""
    rows = select(Engagement).where(col(Engagement.id).in_(engagement_ids)).order_by(col(Engagement.id))
    return list(session.exec(rows.with_for_update().execution_options(populate_existing=True)).all())


def by_phone(session: Session, force_id: UUID, month: Month) -> list[tuple[UUID, PhoneRecord]]:
    """What phones recorded without a reference in a month (UTC), with whose it is."""
    year, number = month
    begin = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    rows = session.execute(
        select(
            col(Engagement.captured_by), col(Engagement.engagement_type), col(Engagement.occurred_at)
        ).where(
            Engagement.force_id == force_id,
            Engagement.source == PHONE,
            col(Engagement.reference).is_(None),
            col(Engagement.voided_at).is_(None),
            col(Engagement.occurred_at) >= begin,
            col(Engagement.occurred_at) < end,
        )
    )
    return [(officer_id, PhoneRecord(kind, at)) for officer_id, kind, at in rows]


def months_around(times: Iterable[datetime]) -> set[Month]:
    """The months (UTC) of some times and of an hour around each."""
    return {((at + shift).year, (at + shift).month) for at in times for shift in (-_AROUND, _AROUND)}
