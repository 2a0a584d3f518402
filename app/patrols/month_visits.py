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
_OF_TEAMS = ("team_id", "area_id", "hotspot_id")
_OF_PATROLS = ("programme", "operation", "funding")


def united_visits(session: Session, force_id: UUID, days: Sequence[date]) -> Iterator[dict[str, Any]]:
    """The rows of `month_visits` of a month that has these days, or of one day."""
    said = (*_OF_TEAMS, *_OF_PATROLS)
    rows = session.connection().execute(
        select(
            *(col(getattr(Visit, name)) for name in said), col(Visit.entered_ms), col(Visit.left_ms)
        ).where(col(Visit.force_id) == force_id, col(Visit.day) >= days[0], col(Visit.day) <= days[-1])
    )
    of_patrols: defaultdict[tuple[Any, ...], list[Interval]] = defaultdict(list)
    of_teams: defaultdict[tuple[Any, ...], list[Interval]] = defaultdict(list)
    for *key, entered_ms, left_ms in rows:
        of_patrols[tuple(key)].append((entered_ms, left_ms))
        of_teams[tuple(key[: len(_OF_TEAMS)])].append((entered_ms, left_ms))
    for found, names in ((of_teams, _OF_TEAMS), (of_patrols, said)):
        for number, (told, visits) in enumerate(found.items()):
            united = unite(visits)
            yield {
                "force_id": force_id,
                "month": days[0],
                "of_patrols": names is said,
                "number": number,
                **dict.fromkeys(_OF_PATROLS),
                **dict(zip(names, told, strict=True)),
                "entered_ms": instants(entered for entered, _left in united),
                "left_ms": instants(left for _entered, left in united),
            }


def instants(found: Iterator[int]) -> str:
    """Instants as text, thousands to a row: `1761955200000,1761962400000`."""
    return ",".join(map(str, found))
