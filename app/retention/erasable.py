"""The records of slices below that the rules let go: what is due of each, how holds look at it, how it is erased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlmodel import Session

from app.abstractions import erasing as abstractions
from app.abstractions.models import Abstraction
from app.activities import erasing as activities
from app.activities.codes import ActivityKind
from app.activities.models import Activity
from app.engagements import erasing as engagements
from app.engagements.models import Engagement
from app.retention.holding import Kept
from app.retention.rules import RecordClass

# A row that is due, taken for erasing, and how holds look at it.
Waiting = tuple[Any, Kept]


class Due(Protocol):
    """A page of what is due before a cutoff, by id, after one."""

    def __call__(
        self,
        session: Session,
        force_id: UUID,
        cutoff: datetime,
        after: UUID | None,
        limit: int,
        *,
        taken: bool,
    ) -> list[Waiting]: ...


@dataclass(frozen=True, slots=True)
class Erasable:
    """What is erased by one rule: `subject` names it in the log, `counted` in the report."""

    record_class: RecordClass
    subject: str
    counted: str
    due: Due
    erase: Callable[[Session, Sequence[Any], datetime], None]


def _hotspots(hotspot_ids: Sequence[str] | None) -> frozenset[UUID] | None:
    return None if hotspot_ids is None else frozenset(UUID(each) for each in hotspot_ids)


def _activities(record_class: RecordClass, kind: ActivityKind | None) -> Erasable:
    """Activities of a kind; None stands for the places of those whose place is no part of the record."""

    def due(
        session: Session,
        force_id: UUID,
        cutoff: datetime,
        after: UUID | None,
        limit: int,
        *,
        taken: bool,
    ) -> list[Waiting]:
        rows = activities.due(session, force_id, kind, cutoff, after, limit, taken=taken)
        return [(row, _kept(row, frozenset({row.captured_by}))) for row in rows]

    def erase(session: Session, rows: Sequence[Activity], now: datetime) -> None:
        if kind is None:
            activities.erase_places(session, rows)
        else:
            activities.erase_records(session, kind, rows, now)

    counted = "activity_places" if kind is None else "activities"
    return Erasable(record_class, "activity", counted, due, erase)


def _engagements(record_class: RecordClass, *, places: bool) -> Erasable:
    def due(
        session: Session,
        force_id: UUID,
        cutoff: datetime,
        after: UUID | None,
        limit: int,
        *,
        taken: bool,
    ) -> list[Waiting]:
        rows = engagements.due(session, force_id, cutoff, after, limit, places=places, taken=taken)
        people = engagements.took_part(session, rows)
        return [(row, _kept(row, people[row.id])) for row in rows]

    def erase(session: Session, rows: Sequence[Engagement], now: datetime) -> None:
        if places:
            engagements.erase_places(session, rows)
        else:
            engagements.erase_records(session, rows, now)

    counted = "engagement_places" if places else "engagements"
    return Erasable(record_class, "engagement", counted, due, erase)


def _kept(row: Activity | Engagement, people: frozenset[UUID]) -> Kept:
    return Kept(row.patrol_id or row.id, people, row.occurred_at, row.occurred_at, _hotspots(row.hotspot_ids))


def _abstractions_due(
    session: Session, force_id: UUID, cutoff: datetime, after: UUID | None, limit: int, *, taken: bool
) -> list[Waiting]:
    rows = abstractions.due(session, force_id, cutoff, after, limit, taken=taken)
    return [(row, _of_an_abstraction(row)) for row in rows]


def _of_an_abstraction(row: Abstraction) -> Kept:
    people = frozenset(each for each in (row.officer_id, row.captured_by, row.authorised_by) if each)
    # One that nobody ended may have gone on until somebody asks.
    return Kept(row.id, people, row.starts_at, row.ends_at or datetime.max.replace(tzinfo=UTC))


ERASABLE = (
    _activities(RecordClass.ACTIVITY_PLACES, None),
    _activities(RecordClass.SEARCHES, ActivityKind.STOP_SEARCH),
    _activities(RecordClass.ARRESTS, ActivityKind.ARREST),
    _activities(RecordClass.INTELLIGENCE, ActivityKind.INTELLIGENCE),
    _activities(RecordClass.REFERRALS, ActivityKind.REFERRAL),
    _activities(RecordClass.OUTCOMES, ActivityKind.OUTCOME),
    _engagements(RecordClass.ACTIVITY_PLACES, places=True),
    _engagements(RecordClass.ENGAGEMENTS, places=False),
    Erasable(
        RecordClass.ABSTRACTIONS, "abstraction", "abstractions", _abstractions_due, abstractions.erase_people
    ),
)
