"""Looks up what the words and points of many records stand for, some of them at a time."""

from collections.abc import Mapping as MappingOf, Sequence
from datetime import date, datetime
from uuid import UUID

from shapely import Point
from sqlmodel import Session

from app.areas.held import area_outlines
from app.areas.known import Outlines
from app.areas.locating import smallest_area_holding
from app.clock import london_day
from app.wmnow import queries
from app.wmnow.mapping import Mapping
from app.wmnow.records import SourceRecord
from app.wmnow.resolving import NOBODY, Known, Resolved, resolve

# So many points are looked up one by one.
_FEW = 20


class Meanings:
    """What records of a force mean by a mapping. Teams, places and codes are read once, people when first they come."""

    def __init__(self, session: Session, force_id: UUID, mapping: Mapping) -> None:
        # Whoever goes through a long file has another one for each piece.
        self.session = session
        self._force_id = force_id
        self.mapping = mapping
        self._known: Known | None = None
        self._collars: set[str] = set()
        self._outlines: Outlines | None = None

    def of(self, records: Sequence[SourceRecord]) -> list[Resolved]:
        """What each of some records stands for."""
        known = self.known(records)
        found = [
            NOBODY if one.occurred_at is None else resolve(one.meant, one.occurred_at, known, self.mapping)
            for one in records
        ]
        placed = [
            (
                number,
                (one.content["position"]["lon"], one.content["position"]["lat"]),
                london_day(one.occurred_at),
            )
            for number, one in enumerate(records)
            if "position" in one.content and one.occurred_at is not None
        ]
        areas = self._holding([at for _, at, _ in placed], [day for *_, day in placed])
        for (number, *_), area_id in zip(placed, areas, strict=True):
            found[number] = found[number].placed(area_id)
        return found

    def known(self, records: Sequence[SourceRecord] = ()) -> Known:
        """What words mean, of the people those whose collar numbers these or earlier records bear."""
        collars = {str(one.content["collar_number"]) for one in records if "collar_number" in one.content}
        if self._known is None:
            self._known = queries.known(self.session, self._force_id, collars)
        elif not collars <= self._collars:
            new = collars - self._collars
            self._known = queries.with_people(self.session, self._force_id, self._known, new)
        self._collars |= collars
        return self._known

    def look_round(self) -> None:
        """Reads everything but people, for many records."""
        self.known()
        self._outlines = area_outlines(self.session, self._force_id)

    def area_of(self, places: MappingOf[str, str], at: datetime) -> UUID | None:
        """The area that words for places and teams stand for at a time."""
        return resolve(places, at, self.known(), self.mapping).area_id

    def _holding(self, points: Sequence[tuple[float, float]], days: Sequence[date]) -> list[UUID | None]:
        """The areas that hold points: one by one where there are few, else with every outline read once."""
        if len(points) <= _FEW and self._outlines is None:
            return [
                smallest_area_holding(self.session, self._force_id, Point(at), day)
                for at, day in zip(points, days, strict=True)
            ]
        if self._outlines is None:
            self._outlines = area_outlines(self.session, self._force_id)
        return self._outlines.smallest_holding(points, days)
