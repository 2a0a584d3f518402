"""Which rows a grouping has, what they are called and in which order: places in the caller's scope and every period,
even where nothing happened, and whatever else something happened under.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from app.areas.models import Area, Hotspot, Team
from app.compliance.few_officers import FEW_OFFICERS
from app.compliance.grouping import AREA_KINDS, PERIODS, By, GroupBy, periods
from app.compliance.place_rows import place_rows
from app.compliance.places import Asked, Place, days_of
from app.compliance.queries import Key
from app.identity.models import Officer
from app.reference.codes import in_words
from app.reference.queries import labels_of

_LISTS = {
    GroupBy.CATEGORY: "hotspot_kinds",
    GroupBy.PROGRAMME: "programmes",
    GroupBy.FUNDING: "funding",
    GroupBy.RANK: "ranks",
    GroupBy.KIND: "officer_kinds",
}
_PLACES = {
    **dict.fromkeys((GroupBy.AREA, *AREA_KINDS), Place.AREA),
    GroupBy.TEAM: Place.TEAM,
    GroupBy.HOTSPOT: Place.HOTSPOT,
}
_TABLES: Mapping[Place, type[Area] | type[Team] | type[Hotspot]] = {
    Place.AREA: Area,
    Place.TEAM: Team,
    Place.HOTSPOT: Hotspot,
}
_WITHOUT = {
    GroupBy.OPERATION: "no operation named",
    GroupBy.RANK: "no rank on record for the day",
    GroupBy.TEAM: "no team",
    GroupBy.AREA: "no area",
    **{kind: f"in no {kind}" for kind in AREA_KINDS},
}
_FEW = {
    GroupBy.RANK: "ranks told together, for few officers hold them",
    GroupBy.KIND: "kinds of person told together, for few officers are of them",
}
# Rows of a caller's places are few; more than this is a mistake.
_MOST_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class Called:
    """What a key is called. `code` None is what has none; `order` is where it stands among its like."""

    id: UUID | None
    code: str | None
    name: str
    order: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    key: Key
    called: tuple[Called, ...]

    @property
    def order(self) -> list[str]:
        return [each.order for each in self.called]


def group_rows(session: Session, asked: Asked, by: By, seen: Iterable[Key]) -> list[GroupRow]:
    """All rows of a grouping in order."""
    keys = set(seen)
    if len(by) == 1:
        keys |= {(each,) for each in _anyway(session, asked, by[0])}
    names = [_names(session, asked, each, {key[number] for key in keys}) for number, each in enumerate(by)]
    rows = [GroupRow(key, tuple(names[number][part] for number, part in enumerate(key))) for key in keys]
    return sorted(rows, key=lambda row: row.order)


def _anyway(session: Session, asked: Asked, by: GroupBy) -> list[UUID | str]:
    """Keys that have a row even with nothing to tell."""
    if by in PERIODS:
        return [each.code for each in periods(by, *days_of(*asked.period))]
    place = _PLACES.get(by)
    if place is None:
        return []
    of_kind = replace(asked, area_kind=AREA_KINDS.get(by))
    return [row.id for row in place_rows(session, of_kind, place, (), None, _MOST_PLACES)]


def _names(
    session: Session, asked: Asked, by: GroupBy, keys: Collection[UUID | str | None]
) -> dict[object, Called]:
    without = Called(None, None, _WITHOUT.get(by, "none"), "\uffff")
    if by in PERIODS:
        called = [
            Called(None, each.code, each.name, each.code) for each in periods(by, *days_of(*asked.period))
        ]
        return {each.code: each for each in called}
    if by in _LISTS:
        labels = labels_of(session, asked.caller.force_id, [_LISTS[by]], asked.day)[_LISTS[by]]
        places = {code: number for number, code in enumerate(labels)}
        few = Called(None, FEW_OFFICERS, _FEW[by], "~") if by in _FEW else without
        named: dict[object, Called] = {
            code: Called(None, code, in_words(labels, code), f"{places.get(code, len(places)):05}{code}")
            for code in keys
            if isinstance(code, str)
        }
        return named | {None: without, FEW_OFFICERS: few}
    if by is GroupBy.OPERATION:
        return {None: without} | {
            name: Called(None, name, name, name) for name in keys if isinstance(name, str)
        }
    ids = [each for each in keys if isinstance(each, UUID)]
    found: dict[object, Called] = {None: without}
    for row_id, code, name in _identified(session, by, ids):
        found[row_id] = Called(row_id, code, name, f"{code} {row_id}")
    return found


def _identified(session: Session, by: GroupBy, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    if by is GroupBy.OFFICER:
        collar = col(Officer.collar_number)
        people = select_rows(col(Officer.id), collar).where(col(Officer.id).in_(ids))
        return [(row_id, number, number) for row_id, number in session.execute(people)]
    table = _TABLES[_PLACES[by]]
    named = select_rows(col(table.id), col(table.code), col(table.name)).where(col(table.id).in_(ids))
    return [(row_id, code, name) for row_id, code, name in session.execute(named)]
