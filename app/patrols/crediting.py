"""Writes the hours of the officers on a patrol, and what they hold on patrols about the same time.

An officer's slices depend on all their patrols that overlap, so they are written by officer: whoever writes takes a
turn at each officer of the patrol, then reads what stands. The last to have its turn sees everything, so the order in
which patrols are judged changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, and_, delete, insert, or_, select, union
from sqlmodel import Session, col

from app.clock import to_ms
from app.database.turns import take_turns
from app.patrols import queries, review_queries
from app.patrols.hours import DeclaredPatrol, HotspotTime, OwnPatrol, Slice, officer_hours
from app.patrols.models import CreditedSlice, CrewMember, Patrol, PatrolAssessment, PatrolVoid
from app.patrols.month_hours import mark_due
from app.patrols.review_queries import Accepted
from app.schedule.models import TaskingWindow
from app.tracks.intervals import Interval, clip, total_ms, unite

# For how long a phone on a patrol that has no end yet stands in the way of a declaration; a shift is shorter.
_OPEN_FOR = timedelta(hours=24)
# What each slice says of its patrol: whose it is, and what the check-in says of it.
_SAID = (
    "force_id", "team_id", "area_id", "programme", "operation", "uniform_state", "mode", "funding", "cost_code",
)  # fmt: skip
# What a patrol comes to that its officer took back: it credits nobody and stands in nobody's way.
_VOIDED: Mapping[str, Any] = {"heard": (), "hotspots": ()}


@dataclass(frozen=True, slots=True)
class _Window:
    """The window a patrol was judged for."""

    id: UUID
    hotspot_id: UUID
    starts_ms: int
    ends_ms: int

    def within(self, each: Slice) -> int:
        """How much of some time lies in the window, at its hotspot, in milliseconds; nothing of declared time, which
        is never credited towards a window."""
        if each.hotspot_id != self.hotspot_id or each.grade == "declared":
            return 0
        return total_ms(clip(each.intervals, self.starts_ms, self.ends_ms))


@dataclass(frozen=True, slots=True)
class _Part:
    """A patrol an officer was on, their own or a colleague's, with its standing result; None while it is open."""

    patrol_id: UUID
    captured_by: UUID
    said: Mapping[str, Any]
    started_at: datetime
    ended_at: datetime
    declared_from_at: datetime | None
    declared_to_at: datetime | None
    result: Mapping[str, Any] | None
    accepted: Accepted | None
    window: _Window | None

    @property
    def spoken(self) -> Sequence[Interval]:
        if self.result is None:
            return [(to_ms(self.started_at), to_ms(self.ended_at))]
        graded = (time for each in self.hotspots for time in (each.verified, each.probable))
        return unite(_intervals(self.result["heard"]), *graded)

    @property
    def hotspots(self) -> Sequence[HotspotTime]:
        if self.result is None:
            return ()
        accepted = self.accepted.within(self.result) if self.accepted else {}
        return [
            HotspotTime(
                hotspot_id := UUID(each["hotspot_id"]),
                _intervals(each["verified"]),
                _intervals(each["probable"]),
                accepted.get(hotspot_id, ()),
            )
            for each in self.result["hotspots"]
        ]


def _intervals(plain: Sequence[Sequence[int]]) -> list[Interval]:
    return [(start, end) for start, end in plain]


def write_hours(session: Session, patrol: Patrol, ended_at: datetime) -> None:
    """Writes the hours of all on a patrol whose result has changed. `ended_at` is its latest end, before or after."""
    crew = queries.crews_of(session, [patrol.id])[patrol.id]
    officers = {patrol.captured_by, *(member.officer_id for member in crew)}
    take_turns(session, officers)
    # As long as the patrol was open it may have kept others from being credited.
    until = max(ended_at, patrol.started_at + _OPEN_FOR)
    days: set[tuple[UUID, date]] = set()
    for officer_id in sorted(officers):
        changed = _parts(session, officer_id, patrol.started_at, until)
        first = min(part.started_at for part in changed)
        last = max(part.ended_at for part in changed)
        around = _parts(session, officer_id, first, last)
        days |= _replace(session, officer_id, changed, _hours(officer_id, around))
    mark_due(session, days)


def _hours(officer_id: UUID, parts: Sequence[_Part]) -> dict[UUID, list[Slice]]:
    own = [
        OwnPatrol(part.patrol_id, to_ms(part.started_at), part.hotspots, part.spoken)
        for part in parts
        if part.captured_by == officer_id
    ]
    declared_on = [
        DeclaredPatrol(
            part.patrol_id,
            to_ms(part.started_at),
            part.hotspots,
            to_ms(part.declared_from_at) if part.declared_from_at else None,
            to_ms(part.declared_to_at) if part.declared_to_at else None,
        )
        for part in parts
        if part.captured_by != officer_id
    ]
    return officer_hours(officer_id, own, declared_on)


def _parts(session: Session, officer_id: UUID, from_at: datetime, to_at: datetime) -> list[_Part]:
    """The patrols an officer was on, with a phone or declared, that overlap a time."""
    mine = select(col(Patrol.id)).where(col(Patrol.captured_by) == officer_id)
    declared = select(col(CrewMember.patrol_id)).where(col(CrewMember.officer_id) == officer_id)
    member = and_(col(CrewMember.patrol_id) == col(Patrol.id), col(CrewMember.officer_id) == officer_id)
    standing = and_(
        col(PatrolAssessment.patrol_id) == col(Patrol.id), col(PatrolAssessment.superseded_at).is_(None)
    )
    rows = session.execute(
        select(
            col(Patrol.id),
            col(Patrol.captured_by),
            *(getattr(Patrol, name) for name in _SAID),
            col(Patrol.checked_in_at),
            col(Patrol.started_at),
            col(CrewMember.from_at),
            col(CrewMember.to_at),
            col(PatrolAssessment.ended_at),
            col(PatrolAssessment.result),
            col(PatrolVoid.id).label("voided"),
            col(TaskingWindow.id).label("window_id"),
            col(TaskingWindow.hotspot_id).label("window_hotspot_id"),
            col(TaskingWindow.starts_at).label("window_starts_at"),
            col(TaskingWindow.ends_at).label("window_ends_at"),
        )
        .select_from(Patrol)
        .outerjoin(CrewMember, member)
        .outerjoin(PatrolAssessment, standing)
        .outerjoin(PatrolVoid, col(PatrolVoid.id) == col(Patrol.id))
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(PatrolAssessment.window_id))
        .where(
            col(Patrol.id).in_(union(mine, declared)),
            col(Patrol.started_at) < to_at,
            or_(
                col(PatrolAssessment.ended_at) > from_at,
                # Of no length, or open.
                col(Patrol.started_at) >= from_at,
                and_(col(PatrolAssessment.id).is_(None), col(Patrol.started_at) > from_at - _OPEN_FOR),
            ),
        )
    ).mappings()
    found = list(rows)
    accepted = review_queries.accepted_of(session, [row["id"] for row in found])
    return [_part(row, accepted.get(row["id"])) for row in found]


def _part(row: RowMapping, accepted: Accepted | None) -> _Part:
    # The declared times are the phone's, as the check-in is: what moved that moves them.
    moved = row["started_at"] - row["checked_in_at"]
    from_at, to_at, ended_at = row["from_at"], row["to_at"], row["ended_at"]
    voided = row["voided"] is not None
    return _Part(
        patrol_id=row["id"],
        captured_by=row["captured_by"],
        said={name: row[name] for name in _SAID},
        started_at=row["started_at"],
        ended_at=ended_at if ended_at is not None else row["started_at"] + _OPEN_FOR,
        declared_from_at=from_at + moved if from_at is not None else None,
        declared_to_at=to_at + moved if to_at is not None else None,
        result=_VOIDED if voided else row["result"],
        accepted=None if voided else accepted,
        window=_window(row),
    )


def _window(row: RowMapping) -> _Window | None:
    if row["window_id"] is None:
        return None
    starts_ms, ends_ms = to_ms(row["window_starts_at"]), to_ms(row["window_ends_at"])
    return _Window(row["window_id"], row["window_hotspot_id"], starts_ms, ends_ms)


def _replace(
    session: Session, officer_id: UUID, parts: Sequence[_Part], hours: Mapping[UUID, Sequence[Slice]]
) -> set[tuple[UUID, date]]:
    """Writes an officer's slices of some patrols anew; the forces and days of what went and what came."""
    connection = session.connection()
    gone = connection.execute(
        delete(CreditedSlice)
        .where(
            col(CreditedSlice.officer_id) == officer_id,
            col(CreditedSlice.patrol_id).in_([part.patrol_id for part in parts]),
        )
        .returning(col(CreditedSlice.force_id), col(CreditedSlice.day))
    ).all()
    rows = [
        {
            "id": uuid4(),
            "patrol_id": part.patrol_id,
            **part.said,
            "officer_id": officer_id,
            "hotspot_id": each.hotspot_id,
            "day": each.day,
            "grade": each.grade,
            "credited_ms": each.credited_ms,
            "window_id": part.window.id if part.window is not None else None,
            "window_ms": part.window.within(each) if part.window is not None else 0,
            "intervals": [list(interval) for interval in each.intervals],
        }
        for part in parts
        for each in hours.get(part.patrol_id, ())
    ]
    if rows:
        connection.execute(insert(CreditedSlice), rows)
    return {(force_id, day) for force_id, day in gone} | {(row["force_id"], row["day"]) for row in rows}
