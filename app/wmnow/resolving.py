"""Decides which of our officers, teams and places a record of the tracker speaks of, on the day it speaks of. Pure.

A name that stands for two teams on a day stands for none: a person says which, in the mapping.
"""

from collections.abc import Mapping as MappingOf, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.clock import in_force, london_day
from app.wmnow.mapping import CODE_LISTS, PLACE_FIELDS, Mapping, plain
from app.wmnow.records import Precision

# From the smallest: a record is told under the smallest area it names.
_AREA_FIELDS = ("neighbourhood_ref", "sector_ref", "lpa_ref")


@dataclass(frozen=True, slots=True)
class Dated:
    """Something from a day until another: an officer, a team, an area. `of` is an officer's team, a team's area."""

    id: UUID
    valid_from: date
    valid_to: date | None
    of: UUID | None = None


Named = MappingOf[str, Sequence[Dated]]


def the_one(named: Named, word: str, day: date) -> Dated | None:
    """What a word stands for on a day; None where nothing or more than one thing does.

    >>> one, two = (Dated(UUID(int=n), date(2026, 1, 1), None) for n in (1, 2))
    >>> the_one({"a": [one]}, "a", date(2026, 5, 1)) == one, the_one({"a": [one, two]}, "a", date(2026, 5, 1))
    (True, None)
    """
    found = {each.id: each for each in named.get(word, ()) if in_force(each.valid_from, each.valid_to, day)}
    return next(iter(found.values())) if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Known:
    """What a force's words mean over time. `areas` is by field of the record; words as `plain` spells them, save
    collar numbers. `memberships` is by officer. `codes` is by list: code to the spells it holds."""

    officers: Named
    memberships: MappingOf[UUID, Sequence[Dated]]
    teams: Named
    areas: MappingOf[str, Named]
    team_areas: MappingOf[UUID, UUID]
    codes: MappingOf[str, MappingOf[str, Sequence[tuple[date, date | None]]]]

    def has_code(self, of: str, code: str, day: date) -> bool:
        spells = self.codes.get(CODE_LISTS[of], {}).get(code, ())
        return any(in_force(first, last, day) for first, last in spells)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a record's words stand for, and which of them nothing is known by."""

    officer_id: UUID | None
    team_id: UUID | None
    area_id: UUID | None
    precision: Precision
    unknown: tuple[str, ...]
    place_area_id: UUID | None = None

    def placed(self, area_id: UUID | None) -> "Resolved":
        return replace(self, place_area_id=area_id)


NOBODY = Resolved(None, None, None, Precision.NONE, ())


def resolve(content: MappingOf[str, Any], occurred_at: datetime, known: Known, mapping: Mapping) -> Resolved:
    """Officer, team and area of a record on its London day. A team that is not named, or by no name we know, is the
    officer's own of that day; an area that is not named is the team's."""
    day = london_day(occurred_at)
    collar = content.get("collar_number")
    officer = the_one(known.officers, collar, day) if collar else None
    unknown = _unknown_codes(content, known, day)
    found: dict[str, Dated] = {}
    for of in PLACE_FIELDS:
        said = content.get(of)
        if said is None:
            continue
        names = known.teams if of == "team_ref" else known.areas[of]
        one = the_one(names, mapping.place(of, said), day)
        if one is None:
            unknown.append(f"{of}:{said}")
        else:
            found[of] = one
    team_id = found["team_ref"].id if "team_ref" in found else _own_team(officer, known, day)
    area = next((found[of].id for of in _AREA_FIELDS if of in found), None)
    if area is None and team_id is not None:
        area = known.team_areas.get(team_id)
    precision = _precision(content)
    return Resolved(officer.id if officer else None, team_id, area, precision, tuple(unknown))


def _own_team(officer: Dated | None, known: Known, day: date) -> UUID | None:
    held = known.memberships.get(officer.id, ()) if officer else ()
    now = [each for each in held if in_force(each.valid_from, each.valid_to, day)]
    return max(now, key=lambda each: each.valid_from).of if now else None


def _unknown_codes(content: MappingOf[str, Any], known: Known, day: date) -> list[str]:
    found = []
    for of in CODE_LISTS:
        said = content.get(of)
        codes = [said] if isinstance(said, str) else [_code(each) for each in said or ()]
        found += [f"{of}:{code}" for code in codes if not known.has_code(of, code, day)]
    return found


def _code(one: Any) -> str:
    return str(one["group"]) if isinstance(one, dict) else str(one)


def _precision(content: MappingOf[str, Any]) -> Precision:
    if "position" in content:
        return Precision.EXACT
    if content.get("by_postcode"):
        return Precision.POSTCODE
    return Precision.NEIGHBOURHOOD if "neighbourhood_ref" in content else Precision.NONE


def words_of(*names: str) -> set[str]:
    """A place's code and names as records may spell them."""
    return {word for word in (plain(name) for name in names) if word}
