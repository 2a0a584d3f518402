"""Reads of offences, and what they say of hotspots: which offence lies in which hotspot, and the profiles.

An offence belongs to the hotspots whose outline in force on its (first) day holds its point, the line included, and to
the one its row names. Before a hotspot was first drawn its first outline stands: what happened there is why it was
drawn.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from app.areas.models import Hotspot, HotspotBoundary
from app.clock import EPOCH, start_of_london_day, to_ms
from app.schedule.models import Offence
from app.schedule.offence_importing import HeldOffence, OffenceContent
from app.schedule.offence_profile import (
    HotspotProfile,
    Inside,
    Integers,
    OffenceTimes,
    hotspot_profiles,
)

_REFERENCES_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """The offences of a period as arrays; `named` is the place in the list of hotspots that a row names, else -1."""

    times: OffenceTimes
    lon: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    lat: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    named: Integers
    harm_schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profiled:
    """Profiles, the harm schemes met, and how many offences the force has in the period."""

    profiles: dict[UUID, HotspotProfile]
    harm_schemes: tuple[str, ...]
    offences: int


def profiles(
    session: Session,
    force_id: UUID,
    hotspot_ids: Collection[UUID],
    until_day: date,
    days: int = 365,
    use_harm: bool = False,
) -> dict[UUID, HotspotProfile]:
    """The profiles of a force's hotspots from the offences that began in the `days` London days before `until_day`.

    With `use_harm` each offence counts with its harm weight, and those without one are left out. A hotspot that is not
    the force's is not in the answer.
    """
    return profiled(session, force_id, hotspot_ids, until_day, days, use_harm).profiles


def profiled(
    session: Session,
    force_id: UUID,
    hotspot_ids: Collection[UUID],
    until_day: date,
    days: int = 365,
    use_harm: bool = False,
) -> Profiled:
    """`profiles`, and what they rest on."""
    hotspots = session.exec(
        select(Hotspot).where(Hotspot.force_id == force_id).order_by(col(Hotspot.code), col(Hotspot.id))
    ).all()
    recorded = _recorded(
        session, force_id, until_day, days, {hotspot.id: place for place, hotspot in enumerate(hotspots)}
    )
    times = recorded.times
    if not use_harm:
        times = OffenceTimes(times.start_ms, times.end_ms, np.ones(len(times.weight)))
    inside = _inside(session, force_id, recorded, hotspots)
    kinds = [(hotspot.id, hotspot.kind.value) for hotspot in hotspots]
    found = hotspot_profiles(times, inside, kinds, frozenset(hotspot_ids))
    return Profiled(found, recorded.harm_schemes if use_harm else (), len(times.weight))


def _recorded(
    session: Session, force_id: UUID, until_day: date, days: int, places: dict[UUID, int]
) -> Recorded:
    rows = (
        session.connection()
        .execute(
            select_rows(
                col(Offence.starts_at), col(Offence.ends_at), col(Offence.harm_weight), col(Offence.harm_scheme),
                col(Offence.lon), col(Offence.lat), col(Offence.hotspot_id),
            ).where(
                col(Offence.force_id) == force_id,
                col(Offence.starts_at) >= start_of_london_day(until_day - timedelta(days=days)),
                col(Offence.starts_at) < start_of_london_day(until_day),
                col(Offence.superseded_at).is_(None),
                col(Offence.cancelled).is_(False),
            )
            # Sums in one order, so that the same offences give the same weights to the last bit.
            .order_by(col(Offence.starts_at), col(Offence.id))
        )
        .all()
    )  # fmt: skip
    nothing = float("nan")
    return Recorded(
        OffenceTimes(
            np.array([to_ms(row.starts_at) for row in rows], np.int64),
            np.array([to_ms(row.ends_at) for row in rows], np.int64),
            np.array([nothing if row.harm_weight is None else row.harm_weight for row in rows], np.float64),
        ),
        np.array([nothing if row.lon is None else row.lon for row in rows], np.float64),
        np.array([nothing if row.lat is None else row.lat for row in rows], np.float64),
        np.array([places.get(row.hotspot_id, -1) for row in rows], np.int64),
        tuple(sorted({row.harm_scheme for row in rows if row.harm_scheme is not None})),
    )


def _inside(session: Session, force_id: UUID, recorded: Recorded, hotspots: Sequence[Hotspot]) -> Inside:
    """Every pair of an offence and a hotspot it belongs to, once."""
    outlines, owner, first_ms, last_ms = _outlines(session, force_id, hotspots)
    there = np.flatnonzero(~np.isnan(recorded.lon))
    points = shapely.points(recorded.lon[there], recorded.lat[there])
    point, outline = shapely.STRtree(outlines).query(points, predicate="intersects")
    offence = there[point]
    start = recorded.times.start_ms[offence]
    then = (first_ms[outline] <= start) & (start < last_ms[outline])
    named = np.flatnonzero(recorded.named >= 0)
    pairs = np.concatenate([
        np.column_stack([offence[then], owner[outline[then]]]),
        np.column_stack([named, recorded.named[named]]),
    ])  # fmt: skip
    pairs = np.unique(pairs.astype(np.int64), axis=0)
    return Inside(pairs[:, 0], pairs[:, 1])


def _outlines(
    session: Session, force_id: UUID, hotspots: Sequence[Hotspot]
) -> tuple[list[shapely.Geometry], Integers, Integers, Integers]:
    """Every outline with the place of its hotspot and the milliseconds from and to which it stands."""
    versions: defaultdict[UUID, list[HotspotBoundary]] = defaultdict(list)
    for boundary in session.exec(
        select(HotspotBoundary)
        .join(Hotspot, col(Hotspot.id) == col(HotspotBoundary.hotspot_id))
        .where(Hotspot.force_id == force_id)
        .order_by(col(HotspotBoundary.valid_from))
    ).all():
        versions[boundary.hotspot_id].append(boundary)
    for_good = np.iinfo(np.int64).max
    outlines, owner, first, last = [], [], [], []
    for place, hotspot in enumerate(hotspots):
        held = versions[hotspot.id]
        ends = for_good if hotspot.valid_to is None else _begins(hotspot.valid_to)
        begins = [_begins(boundary.valid_from) for boundary in held[1:]]
        for boundary, since, until in zip(held, [to_ms(EPOCH), *begins], [*begins, ends], strict=True):
            outlines.append(boundary.geometry)
            owner.append(place)
            first.append(since)
            last.append(min(until, ends))
    return outlines, np.array(owner, np.int64), np.array(first, np.int64), np.array(last, np.int64)


def _begins(day: date) -> int:
    return to_ms(start_of_london_day(day))


def offences_held(session: Session, force_id: UUID, references: Sequence[str]) -> dict[str, HeldOffence]:
    """Those of a force's offences that are stored under these references, with what earlier versions said."""
    found: dict[str, HeldOffence] = {}
    for start in range(0, len(references), _REFERENCES_A_STATEMENT):
        some = references[start : start + _REFERENCES_A_STATEMENT]
        rows = session.connection().execute(
            select_rows(*Offence.__table__.columns)  # type: ignore[attr-defined]
            .where(col(Offence.force_id) == force_id, col(Offence.reference).in_(some))
            .order_by(col(Offence.reference), col(Offence.version))
        )
        for row in rows:
            before = found.get(row.reference)
            earlier = before.earlier | {before.content} if before is not None else frozenset()
            content = OffenceContent(
                row.category, row.starts_at, row.ends_at, row.lon, row.lat, row.hotspot_id,
                row.harm_weight, row.harm_scheme, row.cancelled,
            )  # fmt: skip
            found[row.reference] = HeldOffence(row.id, row.version, content, earlier)
    return found


def hotspot_codes(session: Session, force_id: UUID) -> dict[str, UUID]:
    """A force's hotspots by code, whenever they stood."""
    return dict(session.exec(select(Hotspot.code, Hotspot.id).where(Hotspot.force_id == force_id)).all())
