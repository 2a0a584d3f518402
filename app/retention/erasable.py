"""What goes row by row, as the purge sees it; and so what officers logged: what is due of it, how holds look at it, how
it is erased."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.abstractions import erasing as abstractions
from app.abstractions.models import Abstraction
from app.activities import erasing as activities
from app.activities.codes import ActivityKind
from app.activities.models import Activity
from app.engagements import erasing as engagements
from app.engagements.models import Engagement
from app.facts.erasing import forget_places, taken
from app.retention.holding import HoldByHand, Kept
from app.retention.rules import RecordClass
from app.wmnow import erasing as wmnow
from app.wmnow.models import WmnowRecord

Due = Callable[[Session, UUID, datetime, UUID | None, int], Sequence[Any]]
KeptOf = Callable[[Session, Sequence[Any], Sequence[HoldByHand]], Mapping[UUID, Sequence[Kept]]]
Erase = Callable[[Session, UUID, Sequence[UUID], datetime], None]


@dataclass(frozen=True, slots=True)
class RowClass:
    """A class of records that goes row by row; `subject` is what the log calls one."""

    record_class: RecordClass
    subject: str
    due: Due
    kept: KeptOf
    erase: Erase


def _activities(record_class: RecordClass, kind: ActivityKind | None) -> RowClass:
    """Activities of a kind; None stands for the places of those whose place is no part of the record."""

    def erase(session: Session, _force_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
        rows = taken(session, Activity, ids)
        if kind is None:
            forget_places(session, Activity, rows)
        else:
            activities.erase_records(session, kind, rows, now)

    return RowClass(
        record_class,
        "activity",
        lambda session, force_id, cutoff, after, limit: activities.due(
            session, force_id, kind, cutoff, after, limit
        ),
        lambda _session, rows, _holds: {row.id: [_kept(row, frozenset({row.captured_by}))] for row in rows},
        erase,
    )


def _engagements(record_class: RecordClass, *, places: bool) -> RowClass:
    def kept(
        session: Session, rows: Sequence[Engagement], _holds: Sequence[HoldByHand]
    ) -> dict[UUID, list[Kept]]:
        people = engagements.took_part(session, rows)
        return {row.id: [_kept(row, people[row.id])] for row in rows}

    def erase(session: Session, _force_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
        rows = taken(session, Engagement, ids)
        if places:
            forget_places(session, Engagement, rows)
        else:
            engagements.erase_records(session, rows, now)

    return RowClass(
        record_class,
        "engagement",
        lambda session, force_id, cutoff, after, limit: engagements.due(
            session, force_id, cutoff, after, limit, places=places
        ),
        kept,
        erase,
    )


def _wmnow(record_class: RecordClass, *, places: bool) -> RowClass:
    def erase(session: Session, _force_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
        rows = wmnow.taken(session, ids)
        if places:
            wmnow.erase_places(session, rows)
        else:
            wmnow.erase_records(session, rows, now)

    return RowClass(
        record_class,
        "wmnow_record",
        lambda session, force_id, cutoff, after, limit: wmnow.due(
            session, force_id, cutoff, after, limit, places=places
        ),
        _kept_wmnow,
        erase,
    )


def _kept_wmnow(
    _session: Session, rows: Sequence[WmnowRecord], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    """Any hotspot may be meant: a record says none."""
    found: dict[UUID, list[Kept]] = {}
    for row in rows:
        people = frozenset({row.officer_id} if row.officer_id else ())
        at = row.occurred_at or row.first_received_at
        found[row.id] = [Kept(row.id, people, at, at, None)]
    return found


def _kept(row: Activity | Engagement, people: frozenset[UUID]) -> Kept:
    """With its patrol, where there is one. Without a position any hotspot may be meant."""
    hotspots = None if row.hotspot_ids is None else frozenset(UUID(each) for each in row.hotspot_ids)
    return Kept(row.patrol_id or row.id, people, row.occurred_at, row.occurred_at, hotspots)


def _kept_abstractions(
    _session: Session, rows: Sequence[Abstraction], _holds: Sequence[HoldByHand]
) -> dict[UUID, list[Kept]]:
    return {
        row.id: [
            Kept(
                row.id,
                frozenset(each for each in (row.officer_id, row.captured_by, row.authorised_by) if each),
                row.starts_at,
                # One that nobody ended may have gone on until somebody asks.
                row.ends_at or datetime.max.replace(tzinfo=UTC),
            )
        ]
        for row in rows
    }


LOGGED_CLASSES = (
    _activities(RecordClass.ACTIVITY_PLACES, None),
    _activities(RecordClass.SEARCHES, ActivityKind.STOP_SEARCH),
    _activities(RecordClass.ARRESTS, ActivityKind.ARREST),
    _activities(RecordClass.INTELLIGENCE, ActivityKind.INTELLIGENCE),
    _activities(RecordClass.REFERRALS, ActivityKind.REFERRAL),
    _activities(RecordClass.OUTCOMES, ActivityKind.OUTCOME),
    _engagements(RecordClass.ACTIVITY_PLACES, places=True),
    _engagements(RecordClass.ENGAGEMENTS, places=False),
    _wmnow(RecordClass.ACTIVITY_PLACES, places=True),
    _wmnow(RecordClass.ENGAGEMENTS, places=False),
    RowClass(
        RecordClass.ABSTRACTIONS,
        "abstraction",
        abstractions.due,
        _kept_abstractions,
        lambda session, _force, ids, now: abstractions.erase_people(
            session, taken(session, Abstraction, ids), now
        ),
    ),
)
