"""What a file of engagements is compared with."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.areas.held import known_places
from app.areas.known import KnownPlaces
from app.engagements.importing import PhoneRecord
from app.engagements.models import Engagement
from app.engagements.recording import COUNTED_ONCE, LISTS
from app.engagements.versions import content
from app.facts.counting_once import IMPORT, PHONE, on_record
from app.imports.by_reference import OnRecord
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


def known(session: Session, force_id: UUID, references: Sequence[str]) -> OnRecord:
    """What is stored under some references, in the words a row of a file is read in."""
    return on_record(session, COUNTED_ONCE, force_id, references, _said)


def _said(session: Session, rows: Sequence[Engagement]) -> dict[UUID, Mapping[str, Any]]:
    return {row_id: _comparable(said) for row_id, said in content(session, rows).items()}


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
