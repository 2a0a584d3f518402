"""Where a patrol was when something happened on it, by its track: for records whose phone sent no position.

Asked whenever such a record is read and stored nowhere, so that a batch which comes late moves what is told. Whether
the reader may know is decided by whoever asks, with the record. Where positions were erased nothing is told but that;
which hotspot it was in, its result says still.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from app.areas.queries import boundaries_touched
from app.clock import london_day, to_ms
from app.patrols import judging, queries, review_queries
from app.patrols.models import Patrol, PatrolAssessment, PatrolErasure
from app.patrols.queries import PatrolEnd
from app.tracks.facts import PatrolFacts
from app.tracks.fixes import label
from app.tracks.policy import Policy
from app.tracks.positions import Position, Track, position_at, tracks_of
from app.tracks.queries import Reported, fixes_of_patrols, policy_in_force

# How many patrols one statement names.
_AT_ONCE = 1000

# What happened: on which patrol, and when, on the server's clock.
Moment = tuple[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a patrol was at an instant. `position` is None where its track does not say, `erased` where it no longer
    can. `hotspot_ids` are those it was in by its result; by their outlines of the day while it has none."""

    position: Position | None
    hotspot_ids: tuple[UUID, ...]
    erased: bool = False

    @property
    def source(self) -> str | None:
        """What a record says its place is from."""
        return "track" if self.position is not None else None


_NOWHERE = Whereabouts(None, ())


def whereabouts(session: Session, moments: Sequence[Moment]) -> list[Whereabouts]:
    """Where some patrols were when something happened, in the order asked; a patrol nobody has recorded was nowhere.

    Each patrol's batches are opened once, however much happened on it, in a fixed number of statements but for the days
    and forces of patrols that are open.
    """
    patrols = review_queries.patrols_by_id(session, {patrol_id for patrol_id, _ in moments})
    ids = list(patrols)
    ends, erased = queries.ends_of(session, ids), _erased(session, ids)
    judged = _judged(session, ids)
    tracks, near_ms = _tracks(session, [each for each in patrols.values() if each.id not in erased], ends)
    places = {
        moment: position_at(tracks[moment[0]], to_ms(moment[1]), near_ms[moment[0]])
        for moment in set(moments)
        if moment[0] in tracks
    }
    by_outline = _by_outline(session, patrols, judged, places)
    return [
        Whereabouts(
            places.get(moment),
            _in_result(judged.get(moment[0]), moment[1]) or by_outline.get(moment, ()),
            moment[0] in erased,
        )
        if moment[0] in patrols
        else _NOWHERE
        for moment in moments
    ]


def hotspots_by_result(session: Session, moments: Sequence[Moment]) -> list[tuple[UUID, ...]]:
    """The hotspots some patrols were in when something happened, in the order asked: by their results alone, without
    opening a fix, for reports of many records. Nothing while a patrol is open."""
    judged = _judged(session, {patrol_id for patrol_id, _ in moments})
    return [_in_result(judged.get(patrol_id), at) for patrol_id, at in moments]


def hotspots_at(
    session: Session, force_id: UUID, day: date, points: Sequence[tuple[float, float]]
) -> list[tuple[UUID, ...]]:
    """The hotspots of a force that hold each of some points (longitude, latitude), by the outlines in force on a day; a
    point on the line is inside. One statement."""
    if not points:
        return []
    rows = boundaries_touched(session, force_id, day, shapely.MultiPoint(points))
    return [
        tuple(row.hotspot_id for row in rows if shapely.intersects_xy(row.geometry, lon, lat))
        for lon, lat in points
    ]


@dataclass(frozen=True, slots=True)
class _Judged:
    """From when until when a patrol was judged, and its hotspots as the result has them."""

    started_at: datetime
    ended_at: datetime
    hotspots: Sequence[Mapping[str, Any]]

    def covers(self, at: datetime) -> bool:
        return self.started_at <= at < self.ended_at


def _judged(session: Session, patrol_ids: Iterable[UUID]) -> dict[UUID, _Judged]:
    found = {}
    wanted = sorted(patrol_ids)
    for first in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select_rows(
                col(PatrolAssessment.patrol_id),
                col(PatrolAssessment.started_at),
                col(PatrolAssessment.ended_at),
                col(PatrolAssessment.result)["hotspots"],
            ).where(
                col(PatrolAssessment.patrol_id).in_(wanted[first : first + _AT_ONCE]),
                col(PatrolAssessment.superseded_at).is_(None),
            )
        )
        found.update({row[0]: _Judged(*row[1:]) for row in rows})
    return found


def _in_result(judged: _Judged | None, at: datetime) -> tuple[UUID, ...]:
    if judged is None:
        return ()
    at_ms = to_ms(at)
    return tuple(
        UUID(each["hotspot_id"])
        for each in judged.hotspots
        if any(start <= at_ms < end for grade in ("verified", "probable") for start, end in each[grade])
    )


def _erased(session: Session, patrol_ids: Sequence[UUID]) -> set[UUID]:
    rows = select_rows(col(PatrolErasure.patrol_id)).where(col(PatrolErasure.patrol_id).in_(patrol_ids))
    return set(session.execute(rows).scalars())


def _tracks(
    session: Session, patrols: Sequence[Patrol], ends: Mapping[UUID, PatrolEnd]
) -> tuple[dict[UUID, tuple[Track, ...]], dict[UUID, int]]:
    """The used fixes of some patrols, and how near one must be to tell where its patrol was."""
    reported = fixes_of_patrols(
        session, {each.id: judging.positions_of(each, ends.get(each.id)) for each in patrols}
    )
    policies: dict[tuple[UUID, date], Policy] = {}
    tracks, near_ms = {}, {}
    for each in patrols:
        day = (each.force_id, london_day(each.started_at))
        if day not in policies:
            policies[day] = policy_in_force(session, *day)
        tracks[each.id] = _used(each, ends.get(each.id), reported[each.id], policies[day])
        near_ms[each.id] = policies[day].max_gap_seconds * 1000
    return tracks, near_ms


def _used(patrol: Patrol, end: PatrolEnd | None, reported: Reported, policy: Policy) -> tuple[Track, ...]:
    if not len(reported.fixes):
        return ()
    facts = PatrolFacts(
        checked_in_ms=to_ms(patrol.started_at),
        checked_out_ms=to_ms(end.ended_at) if end is not None else None,
        mode=patrol.mode.value,
    )
    return tracks_of(reported.fixes, label(reported.fixes, facts, policy), policy.accuracy_limit_m)


def _by_outline(
    session: Session,
    patrols: Mapping[UUID, Patrol],
    judged: Mapping[UUID, _Judged],
    places: Mapping[Moment, Position | None],
) -> dict[Moment, tuple[UUID, ...]]:
    """The hotspots of what no result speaks of: patrols that are open, and what was before or after a patrol."""
    by_day: dict[tuple[UUID, date], dict[Moment, tuple[float, float]]] = {}
    for moment, place in places.items():
        patrol_id, at = moment
        if place is not None and not (patrol_id in judged and judged[patrol_id].covers(at)):
            day = (patrols[patrol_id].force_id, london_day(at))
            by_day.setdefault(day, {})[moment] = (place.lon, place.lat)
    return {
        moment: hotspots
        for (force_id, day), points in by_day.items()
        for moment, hotspots in zip(
            points, hotspots_at(session, force_id, day, list(points.values())), strict=True
        )
    }
