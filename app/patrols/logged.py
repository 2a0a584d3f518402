"""What all that officers log has in common, whichever slice it is of: whose patrol it belongs to, when it happened on
our clock, which team's it was, in which hotspots the phone said it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shapely import Point
from sqlmodel import Session

from app.areas.queries import boundaries_touched, team_on
from app.clock import london_day
from app.facts.problems import parent_unknown
from app.facts.service import Provenance
from app.patrols import queries
from app.patrols.lifecycle import on_our_clock
from app.patrols.models import Patrol
from app.patrols.schemas import Position

IN_THE_FUTURE, OUTSIDE_PATROL = "in_the_future", "outside_patrol"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a logged fact belongs. `hotspot_ids` is None when the phone sent no position; `flags` says that it was
    told as later than it arrived, or not during its patrol."""

    team_id: UUID | None
    area_id: UUID | None
    occurred_at: datetime
    skew_ms: int | None
    hotspot_ids: list[str] | None
    flags: Sequence[str]


def place(
    session: Session,
    force_id: UUID,
    said_at: datetime,
    patrol_id: UUID | None,
    position: Position | None,
    origin: Provenance,
) -> Placed:
    """Looks up where a fact belongs. Raises `parent-unknown` for a patrol that has not arrived, and for one on which
    its officer was neither lead nor crew."""
    occurred_at, skew_ms = on_our_clock(said_at, origin.skew_ms, origin.received_at)
    patrol = _patrol_of(session, force_id, patrol_id, origin.captured_by)
    day = london_day(occurred_at)
    team = team_on(session, origin.captured_by, day)
    flags = [IN_THE_FUTURE] if said_at > origin.received_at and occurred_at < said_at else []
    if patrol is not None and _outside(session, patrol, occurred_at):
        flags.append(OUTSIDE_PATROL)
    hotspots = None
    if position is not None:
        touched = boundaries_touched(session, force_id, day, Point(position.lon, position.lat))
        hotspots = [str(each.hotspot_id) for each in touched]
    return Placed(
        team.team_id if team else None, team.area_id if team else None, occurred_at, skew_ms, hotspots, flags
    )


def _patrol_of(session: Session, force_id: UUID, patrol_id: UUID | None, captured_by: UUID) -> Patrol | None:
    if patrol_id is None:
        return None
    patrol = session.get(Patrol, patrol_id)
    if patrol is None:
        raise parent_unknown()
    on_it = patrol.captured_by == captured_by or any(
        member.officer_id == captured_by for member in queries.crews_of(session, [patrol_id])[patrol_id]
    )
    if patrol.force_id != force_id or not on_it:
        problem = parent_unknown()
        problem.denial = "patrol-of-another"
        raise problem
    return patrol


def _outside(session: Session, patrol: Patrol, occurred_at: datetime) -> bool:
    end = queries.ends_of(session, [patrol.id]).get(patrol.id)
    return occurred_at < patrol.started_at or (end is not None and occurred_at > end.ended_at)
