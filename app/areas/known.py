"""Answers for a whole file what is asked of the database for one record: whose team an officer was on a day, which
hotspots and which area hold a point. Everything of a force, with its days, read beforehand. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.areas.kinds import AreaKind
from app.clock import in_force

_SMALLEST_FIRST = {kind: number for number, kind in enumerate(reversed(AreaKind))}


@dataclass(frozen=True, slots=True)
class Belonging:
    """An officer's time in a team; `area_id` is the team's."""

    team_id: UUID
    area_id: UUID
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Outline:
    """One version of a place's outline, from its day until the place's next version; `place_from` and `place_to` are
    the days of the place itself, `kind` is an area's."""

    place_id: UUID
    name: str
    geometry: BaseGeometry
    valid_from: date
    place_from: date
    place_to: date | None
    kind: AreaKind | None = None


class Outlines:
    """Outlines of many places and days, to be asked for many points at once."""

    def __init__(self, outlines: Sequence[Outline]) -> None:
        self._outlines = outlines
        self._days: dict[UUID, list[date]] = {}
        for one in outlines:
            self._days.setdefault(one.place_id, []).append(one.valid_from)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        shapely.prepare([one.geometry for one in self._outlines])
        return shapely.STRtree([one.geometry for one in self._outlines])

    def holding(self, points: Sequence[tuple[float, float]], days: Sequence[date]) -> list[list[Outline]]:
        """For each point (longitude, latitude) the outlines in force on its day that hold it, the edge included."""
        found: list[list[Outline]] = [[] for _ in points]
        if not points or not self._outlines:
            return found
        asked, held = self._tree.query(shapely.points(np.asarray(points)), predicate="intersects")
        for place, number in zip(asked.tolist(), held.tolist(), strict=True):
            if self._in_force(self._outlines[number], days[place]):
                found[place].append(self._outlines[number])
        return found

    def smallest_holding(
        self, points: Sequence[tuple[float, float]], days: Sequence[date]
    ) -> list[UUID | None]:
        """Of areas' outlines, the smallest area that holds each point on its day."""
        return [
            smallest((one.kind, one.place_id) for one in held if one.kind is not None)
            for held in self.holding(points, days)
        ]

    def _in_force(self, one: Outline, day: date) -> bool:
        newest = max((each for each in self._days[one.place_id] if each <= day), default=None)
        return newest == one.valid_from and in_force(one.place_from, one.place_to, day)


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """A force's memberships by officer, and the outlines of its hotspots and areas."""

    belongings: Mapping[UUID, Sequence[Belonging]]
    hotspots: Outlines
    areas: Outlines

    def team_on(self, officer_id: UUID, day: date) -> Belonging | None:
        """The team an officer belonged to on a day: the one that began last, where there are several."""
        held = [
            one for one in self.belongings.get(officer_id, ()) if in_force(one.valid_from, one.valid_to, day)
        ]
        return max(held, key=lambda one: one.valid_from, default=None)

    def areas_holding(self, points: Sequence[tuple[float, float]], days: Sequence[date]) -> list[UUID | None]:
        """The smallest area that holds each point on its day."""
        return self.areas.smallest_holding(points, days)


def smallest(areas: Iterable[tuple[AreaKind, UUID]]) -> UUID | None:
    """Of the areas that hold a point the ward, else the neighbourhood, and so on up; None of none."""
    ranked = [(_SMALLEST_FIRST[kind], area_id) for kind, area_id in areas]
    return min(ranked)[1] if ranked else None
