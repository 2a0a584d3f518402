"""What all that officers log has in common, whichever slice it is of: whose patrol it belongs to, when it happened on
our clock, which team's it was, in which hotspots the phone said it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, func, select as select_rows, true
from sqlmodel import Session, col

from app.areas.models import Team
from app.areas.queries import HOTSPOTS_HOLDING, TEAM_ID_ON, TeamOnDay
from app.clock import london_day
from app.facts.problems import parent_unknown
from app.facts.service import Provenance
from app.identity.models import Officer
from app.patrols.lifecycle import PatrolSpan, lies_ahead, on_our_clock
from app.patrols.models import AutoClosing, CheckOut, CrewMember, Patrol, PatrolVoid
from app.patrols.schemas import Position

IN_THE_FUTURE, OUTSIDE_PATROL = "in_the_future", "outside_patrol"
# Whenever it is read: a patrol may be taken back at any time.
PATROL_TAKEN_BACK = "patrol_taken_back"


@dataclass(frozen=True, slots=True)
class Occurred:
    """When something was: as the phone said, and on the server's clock; `skew_ms` is the phone's. `ahead` says that it
    was told as later than it arrived, whatever the phone said of its clock."""

    said_at: datetime
    at: datetime
    skew_ms: int | None
    ahead: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a logged fact belongs. `hotspots` (id as text, name) is None when the phone sent no position; `besides` is
    what was asked besides, None for an officer whom nobody knows."""

    occurred: Occurred
    patrol: PatrolSpan | None
    team: TeamOnDay | None
    position: Position | None
    hotspots: Mapping[str, str] | None
    besides: Row[Any] | None

    @property
    def flags(self) -> list[str]:
        """That it was told as later than it arrived, or not during its patrol as far as that is known."""
        outside = self.patrol is not None and not self.patrol.covers(self.occurred.at)
        return [*[IN_THE_FUTURE] * self.occurred.ahead, *[OUTSIDE_PATROL] * outside]

    @property
    def columns(self) -> dict[str, Any]:
        """As every table of logged facts holds it."""
        here = self.position
        return {
            "team_id": self.team.team_id if self.team else None,
            "area_id": self.team.area_id if self.team else None,
            "occurred_said_at": self.occurred.said_at,
            "occurred_at": self.occurred.at,
            "skew_ms": self.occurred.skew_ms,
            "longitude": here.lon if here else None,
            "latitude": here.lat if here else None,
            "accuracy_m": here.accuracy_m if here else None,
            "hotspot_ids": list(self.hotspots) if self.hotspots is not None else None,
        }


def around(*besides: ColumnElement[Any]) -> Select[Any]:
    """The statement that places a fact. `besides` are further columns of `Officer`, who is the one that logged it, or
    that ask by `force_id`, `officer_id` and `day`. To be built once: everything that is logged asks."""
    crew = exists().where(
        col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == bindparam("officer_id")
    )
    return (
        select_rows(
            col(Team.id).label("team_id"),
            col(Team.area_id),
            col(Patrol.force_id),
            col(Patrol.captured_by),
            col(Patrol.started_at),
            func.coalesce(col(CheckOut.ended_at), col(AutoClosing.ended_at)).label("ended_at"),
            col(PatrolVoid.id).label("voided"),
            crew.label("crew"),
            HOTSPOTS_HOLDING.c.id.label("hotspot_id"),
            HOTSPOTS_HOLDING.c.name.label("hotspot_name"),
            *besides,
        )
        .select_from(Officer)
        .outerjoin(Team, col(Team.id) == TEAM_ID_ON)
        .outerjoin(Patrol, col(Patrol.id) == bindparam("patrol_id"))
        .outerjoin(CheckOut, col(CheckOut.id) == col(Patrol.id))
        .outerjoin(AutoClosing, col(AutoClosing.patrol_id) == col(Patrol.id))
        .outerjoin(PatrolVoid, col(PatrolVoid.id) == col(Patrol.id))
        .outerjoin(HOTSPOTS_HOLDING, true())
        .where(col(Officer.id) == bindparam("officer_id"))
        .order_by(HOTSPOTS_HOLDING.c.id)
    )


@dataclass(frozen=True, slots=True)
class Besides:
    """What else to look up while placing a fact: a statement made by `around`, and its own parameters."""

    statement: Select[Any]
    values: Mapping[str, Any] = field(default_factory=dict)


_NOTHING = Besides(around())


def place(
    session: Session,
    force_id: UUID,
    said_at: datetime,
    patrol_id: UUID | None,
    position: Position | None,
    origin: Provenance,
    before: Occurred | None = None,
    besides: Besides | None = None,
) -> Placed:
    """Looks up where a fact belongs, in one statement, and what is asked besides. `before` is when the one was
    that it corrects. Raises `parent-unknown` for a patrol that has not arrived, and for one on which its officer was
    neither lead nor crew."""
    occurred = occurred_at(said_at, origin, before)
    asking = besides or _NOTHING
    asked = {
        "force_id": force_id, "officer_id": origin.captured_by, "patrol_id": patrol_id,
        "day": london_day(occurred.at), "lon": position and position.lon, "lat": position and position.lat,
        **asking.values,
    }  # fmt: skip
    # A row for each hotspot, or one without; none for an officer whom nobody knows.
    rows = session.connection().execute(asking.statement, asked).all()
    first = rows[0] if rows else None
    return Placed(
        occurred,
        _patrol_of(first, force_id, patrol_id, origin.captured_by),
        TeamOnDay(first.team_id, first.area_id) if first is not None and first.team_id else None,
        position,
        {str(row.hotspot_id): row.hotspot_name for row in rows if row.hotspot_id} if position else None,
        first,
    )


def occurred_at(said_at: datetime, origin: Provenance, before: Occurred | None = None) -> Occurred:
    """When something was; `before` is when the record was that it corrects."""
    if before is not None and said_at == before.said_at:
        # A correction comes from another phone or another day: what it leaves as it was stays as it was.
        return before
    at, skew_ms = on_our_clock(said_at, origin.skew_ms, origin.received_at)
    return Occurred(said_at, at, skew_ms, lies_ahead(said_at, origin.skew_ms, origin.received_at))


def _patrol_of(
    row: Row[Any] | None, force_id: UUID, patrol_id: UUID | None, officer_id: UUID
) -> PatrolSpan | None:
    if patrol_id is None:
        return None
    if row is None or row.started_at is None:
        raise parent_unknown()
    if row.force_id != force_id or not (row.captured_by == officer_id or row.crew):
        problem = parent_unknown()
        problem.denial = "patrol-of-another"
        raise problem
    return PatrolSpan(row.started_at, row.ended_at, row.voided is not None)
