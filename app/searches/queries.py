"""Reads of searches: those of a caller's scope for monitoring, and a month of a force for publication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select
from sqlmodel import Session, col

from app.activities.codes import NOT_SEARCHED, ActivityKind, DetailLevel
from app.activities.models import Activity, StopSearch
from app.areas.models import AreaAncestor
from app.areas.scope import RowOwners, visible
from app.areas.tallies import place_key
from app.identity.permissions import Caller, Permission
from app.patrols.models import Patrol
from app.searches.monitoring import CODES, Searched, SearchesBy


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which searches are asked for: of whole months of London, as instants and as their first and last day."""

    from_at: datetime
    to_at: datetime
    days: tuple[date, date]
    team_id: UUID | None = None
    area_id: UUID | None = None


def searches_seen(
    session: Session, caller: Caller, day: date, by: SearchesBy, wanted: SearchFilter
) -> list[Searched]:
    """The searches of the caller's scope, each with what a grouping by place or time puts it under."""
    activity, search = Activity, StopSearch
    rows = (
        select(
            col(activity.level), col(activity.occurred_at), col(activity.outcome_code), col(activity.video_used),
            col(activity.flags), col(search.legislation_code), col(search.object_code),
            col(search.outcome_linked_to_object), col(search.self_defined_ethnicity),
            col(search.officer_defined_ethnicity), col(search.gender), col(search.age), col(search.clothing_removed),
            col(search.gowisely), col(search.vehicle_unattended), col(activity.area_id), col(activity.team_id),
        )
        .join(search, col(search.activity_id) == col(activity.id))
        .where(_gate(caller, day, Permission.SEARCHES_MONITOR), *_conditions(wanted))
        .subquery()
    )  # fmt: skip
    said = [column for column in rows.c if column.key not in ("area_id", "team_id")]
    if by in CODES:
        return [Searched(*row) for row in session.execute(select(*said))]
    source, key = place_key(rows, rows, by.value, caller.force_id, wanted.days)
    return [Searched(*row) for row in session.execute(select(*said, key).select_from(source))]


def _gate(caller: Caller, day: date, permission: Permission) -> ColumnElement[bool]:
    owners = RowOwners(
        force_id=col(Activity.force_id), team_id=col(Activity.team_id), area_id=col(Activity.area_id)
    )
    return visible(caller, day, owners, permission)


def _conditions(wanted: SearchFilter) -> list[ColumnElement[bool]]:
    found = [
        col(Activity.kind) == literal(ActivityKind.STOP_SEARCH.value),
        col(Activity.voided_at).is_(None),
        col(Activity.occurred_at) >= wanted.from_at,
        col(Activity.occurred_at) < wanted.to_at,
        # Not «is distinct from»: an outcome nobody gave is no reason not to count.
        col(Activity.outcome_code).is_(None) | (col(Activity.outcome_code) != NOT_SEARCHED),
    ]
    if wanted.team_id is not None:
        found.append(col(Activity.team_id) == wanted.team_id)
    if wanted.area_id is not None:
        below = select(col(AreaAncestor.area_id)).where(col(AreaAncestor.ancestor_id) == wanted.area_id)
        found.append(col(Activity.area_id).in_(below))
    return found


def records_of_force(
    session: Session, caller: Caller, day: date, wanted: SearchFilter
) -> list[tuple[Activity, StopSearch]]:
    """The records of searches that a force publishes of a period, in the order of their time."""
    query = (
        select(Activity, StopSearch)
        .join(StopSearch, col(StopSearch.activity_id) == col(Activity.id))
        .where(
            _gate(caller, day, Permission.SEARCHES_EXPORT),
            *_conditions(wanted),
            col(Activity.level) == DetailLevel.RECORD.value,
        )
        .order_by(col(Activity.occurred_at), col(Activity.id))
    )
    return [(activity, search) for activity, search in session.execute(query)]


def operations_of(session: Session, patrol_ids: Sequence[UUID]) -> Mapping[UUID, str | None]:
    """The operation that each of some patrols was part of."""
    found: dict[UUID, str | None] = {}
    for first in range(0, len(patrol_ids), 1000):
        rows = select(col(Patrol.id), col(Patrol.operation)).where(
            col(Patrol.id).in_(patrol_ids[first : first + 1000])
        )
        found.update({row[0]: row[1] for row in session.execute(rows)})
    return found
