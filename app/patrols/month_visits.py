"""Unites a month's visits team by team and hotspot by hotspot: what questions of years about visits are read from.

Written with the sums of the same month and as current as they are: `month_hours` says when. Uniting what is united
already comes to the same as uniting every visit, so rows of teams and months are united further by whoever reads them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from app.patrols.visit_models import Visit
from app.tracks.intervals import Interval, unite

# What visits are told apart by: all that compliance may group by or look for, but for people.
SAID = ("team_id", "area_id", "hotspot_id", "programme", "operation", "funding")


def united_visits(session: Session, force_id: UUID, days: Sequence[date]) -> Iterator[dict[str, Any]]:
    """The rows of `month_visits` of a month that has these days, or of one day."""
    rows = session.connection().execute(
        select(
            *(col(getattr(Visit, name)) for name in SAID), col(Visit.entered_ms), col(Visit.left_ms)
        ).where(col(Visit.force_id) == force_id, col(Visit.day) >= days[0], col(Visit.day) <= days[-1])
    )
    found: defaultdict[tuple[Any, ...], list[Interval]] = defaultdict(list)
    for *said, entered_ms, left_ms in rows:
        found[tuple(said)].append((entered_ms, left_ms))
    for number, (key, visits) in enumerate(found.items()):
        united = unite(visits)
        yield {
            "force_id": force_id,
            "month": days[0],
            "number": number,
            **dict(zip(SAID, key, strict=True)),
            "entered_ms": instants(entered for entered, _left in united),
            "left_ms": instants(left for _entered, left in united),
        }


def instants(found: Iterator[int]) -> str:
    """Instants as text, thousands to a row: `1761955200000,1761962400000`."""
    return ",".join(map(str, found))
