"""Decides how our engagements are written in the tracker's own columns: which field stands in which column is data of
the force's mapping, and words are the tracker's where the mapping knows them. Pure."""

from collections.abc import Mapping as MappingOf, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.clock import LONDON
from app.reference.codes import Lists
from app.spreadsheet import Cell
from app.wmnow.mapping import CODE_LISTS, Mapping
from app.wmnow.tracker_times import time_pattern

# What can stand in a column.
OUT_FIELDS = (
    "reference", "occurred_at", "occurred_on", "occurred_time", "ended_at", "recorded_at", "collar_number", "lpa",
    "sector", "neighbourhood", "team", "latitude", "longitude", "engagement_type", "method", "priority_groups",
    "topics", "groups_reached", "people_reached", "planned", "published", "patrol_ref", "engagement_ref", "empty",
)  # fmt: skip
_TIMES = ("occurred_at", "ended_at", "recorded_at")
_USUAL_TIME = "dd/mm/yyyy HH:MM"


@dataclass(frozen=True, slots=True)
class Place:
    """A team or area by its code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class OurEngagement:
    """An engagement of ours as the tracker may want it."""

    engagement_ref: UUID
    occurred_at: datetime
    recorded_at: datetime
    collar_number: str
    engagement_type: str
    ended_at: datetime | None = None
    reference: str | None = None
    lpa: Place | None = None
    sector: Place | None = None
    neighbourhood: Place | None = None
    team: Place | None = None
    position: tuple[float, float] | None = None
    method: str | None = None
    priority_groups: Sequence[str] = ()
    topics: Sequence[str] = ()
    groups_reached: Sequence[tuple[str, int | None]] = ()
    people_reached: int | None = None
    planned: bool | None = None
    published: bool | None = None
    patrol_ref: UUID | None = None


def cells(one: OurEngagement, mapping: Mapping, lists: Lists) -> list[Cell]:
    """The cells of one row, in the layout's order."""
    words = _Words(mapping, lists)
    said: MappingOf[str, Cell] = {
        "reference": one.reference,
        "occurred_on": _local(one.occurred_at, "dd/mm/yyyy HH:MM").partition(" ")[0],
        "occurred_time": f"{one.occurred_at.astimezone(LONDON):%H:%M}",
        **{name: _local(getattr(one, name), _spelling(mapping)) for name in _TIMES},
        "collar_number": one.collar_number,
        "lpa": words.place("lpa_ref", one.lpa),
        "sector": words.place("sector_ref", one.sector),
        "neighbourhood": words.place("neighbourhood_ref", one.neighbourhood),
        "team": words.place("team_ref", one.team),
        "latitude": _degrees(one.position, 1),
        "longitude": _degrees(one.position, 0),
        "engagement_type": words.code("engagement_type", one.engagement_type),
        "method": None if one.method is None else words.code("method", one.method),
        "priority_groups": words.several(
            [words.code("priority_group", each) for each in one.priority_groups]
        ),
        "topics": words.several([words.code("topics", each) for each in one.topics]),
        "groups_reached": words.several([words.group(*each) for each in one.groups_reached]),
        "people_reached": one.people_reached,
        "planned": one.planned,
        "published": one.published,
        "patrol_ref": None if one.patrol_ref is None else str(one.patrol_ref),
        "engagement_ref": str(one.engagement_ref),
        "empty": None,
    }
    return [said[column.field] for column in mapping.layout]


def _spelling(mapping: Mapping) -> str:
    return mapping.times[0] if mapping.times else _USUAL_TIME


def _local(at: datetime | None, spelling: str) -> str:
    """An instant on London's clocks: 2026-07-01T12:00Z is `01/07/2026 13:00`. Of none, nothing."""
    return "" if at is None else at.astimezone(LONDON).strftime(time_pattern(spelling))


def _degrees(position: tuple[float, float] | None, part: int) -> Decimal | None:
    return None if position is None else Decimal(str(round(position[part], 6)))


@dataclass(frozen=True, slots=True)
class _Words:
    mapping: Mapping
    lists: Lists

    def code(self, of: str, code: str) -> str:
        """The tracker's word for a code, else our list's label, else the code. A label that would not be read back as
        this code is not used."""
        own = self.mapping.words.get(of, {}).get(code)
        label = self.lists.get(CODE_LISTS[of], {}).get(code)
        if own is not None or label is None:
            return own or code
        splits = any(each in label.label for each in self.mapping.separators)
        return code if splits or self.mapping.code(of, label.label) != code else label.label

    def group(self, code: str, people: int | None) -> str:
        """A group with its count. A word that would be read as a count of its own gives way to the code."""
        word = self.code("groups_reached", code)
        word = code if any(each in word for each in ":=(") else word
        return word if people is None else f"{word}={people}"

    def place(self, of: str, place: Place | None) -> str | None:
        return None if place is None else self.mapping.words.get(of, {}).get(place.code, place.name)

    def several(self, words: Sequence[str]) -> str:
        return f"{self.mapping.separators[0]} ".join(words)
