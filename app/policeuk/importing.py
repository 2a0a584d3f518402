"""What answers of data.police.uk change in the area tree, compared with the areas that carry a `police_uk_id`. Pure.

An id is a link that somebody made: areas are never matched by a name that merely looks alike, which is told instead. A
neighbourhood that nothing here resembles becomes an area; one that is no longer published stays, and is told. An answer
that could not be used leaves what is held of its part as it is.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import TypeAdapter, ValidationError
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from app.areas.importing import (
    NO_POLICE_UK_ID,
    AreaRow,
    HeldPlace,
    PlaceChange,
    PoliceUkId,
    ancestor_codes,
    plan_place,
)
from app.areas.kinds import AreaKind
from app.areas.priorities import Priority
from app.imports.findings import Finding, Severity
from app.imports.rows import PlaceCode, Row
from app.policeuk.outlines import Remark, outline_of
from app.policeuk.reading import PARTS, AnswerRefused, Event, Listed, boundary, events, priorities

_ID: TypeAdapter[str] = TypeAdapter(PoliceUkId)
_CODE: TypeAdapter[str] = TypeAdapter(PlaceCode)
# A new neighbourhood belongs to the sector, else the local policing area, that holds half of it or more.
_HOLDS = 0.5
# An outline that has so little in common with the one before is rather another place than another line.
_SAME_PLACE = 0.3


@dataclass(frozen=True, slots=True)
class Answers:
    """What came for one entry of the list: the answers by part, why one did not come; row 1 is the first."""

    row: int
    listed: Listed | None
    parts: Mapping[str, bytes]
    faults: Mapping[str, Remark]


@dataclass(frozen=True, slots=True)
class Tree:
    """What is held of a force."""

    force: HeldPlace
    areas: Mapping[str, HeldPlace]
    hotspots: Mapping[str, HeldPlace]

    @property
    def parents(self) -> dict[str, str | None]:
        return {code: place.versions[-1].above for code, place in self.areas.items()}

    @property
    def outline(self) -> BaseGeometry | None:
        return self.force.outlines[-1].geometry if self.force.outlines else None


@dataclass(slots=True)
class Neighbourhood:
    """What becomes of one neighbourhood: the code of its area, what of the area changes, what is said of it now.

    `priorities` and `events` are None where no answer could be used.
    """

    row: int
    code: str
    change: PlaceChange[AreaRow] | None = None
    priorities: Sequence[Priority] | None = None
    events: Sequence[Event] | None = None


@dataclass(slots=True)
class Plan:
    neighbourhoods: list[Neighbourhood] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, row: int | None, column: str | None, remark: Remark) -> None:
        self.findings.append(Finding(row, column, remark.code, remark.detail, Severity.WARNING))


def plan_neighbourhoods(answers: Sequence[Answers], tree: Tree, day: date) -> Plan:
    """What each entry of the list comes to as of the day the answers were fetched on."""
    plan = Plan()
    linked = {
        place.versions[-1].police_uk_id: place for place in tree.areas.values() if place is not tree.force
    }
    by_case = Counter(key.lower() for key in linked if key is not None)
    seen: set[str] = set()
    for each in answers:
        named = _named(plan, each, seen)
        if named is None:
            continue
        place = linked.get(named.id)
        outline = _outline(plan, each, tree)
        found = (
            _known(plan, each.row, named, place, outline, day)
            if place is not None
            else _new(plan, each.row, named, tree, outline, day, case_differs=by_case[named.id.lower()] > 0)
        )
        if found is not None:
            _say(plan, each, found)
            _tell_hotspots(plan, found, tree, outline)
            plan.neighbourhoods.append(found)
    for key, place in sorted((key, place) for key, place in linked.items() if key is not None):
        if key not in seen and place.valid_to is None:
            told = f"{place.code} is no longer published. It stays until a file of areas ends it."
            plan.tell(None, "id", Remark("vanished", told))
    return plan


def _named(plan: Plan, each: Answers, seen: set[str]) -> Listed | None:
    """The entry where it can be used: named, under an id that may stand in an address, not listed before."""
    if each.listed is None:
        plan.tell(each.row, None, Remark("entry", "The entry has no id or no name and was left out."))
        return None
    listed = each.listed
    if not usable_id(listed.id):
        plan.tell(each.row, "id", Remark("id", "The id is none that can stand in an address; left out."))
        return None
    if listed.id in seen:
        plan.tell(each.row, "id", Remark("repeated", "The id stands in the list before; left out."))
        return None
    if listed.id.lower() in {one.lower() for one in seen}:
        told = "The id differs from one before only in its case; they are taken for two."
        plan.tell(each.row, "id", Remark("case", told))
    seen.add(listed.id)
    return listed


def usable_id(police_uk_id: str) -> bool:
    """Whether an id may be asked for and kept: `NC04` and `bromsgrove-north` may, `a/b`, `..` and `-` may not."""
    try:
        return _ID.validate_python(police_uk_id) != NO_POLICE_UK_ID
    except ValidationError:
        return False


def _outline(plan: Plan, each: Answers, tree: Tree) -> MultiPolygon | None:
    raw = _part(plan, each, "boundary")
    if raw is None:
        return None
    try:
        points = boundary(raw)
    except AnswerRefused as refused:
        plan.tell(each.row, "boundary", refused.remark)
        return None
    outline, remarks = outline_of(points, tree.outline)
    for remark in remarks:
        plan.tell(each.row, "boundary", remark)
    return outline


def _part(plan: Plan, each: Answers, part: str) -> bytes | None:
    raw = each.parts.get(part)
    if raw is None:
        missing = Remark("missing", "There is no answer; what is held stays.")
        plan.tell(each.row, part, each.faults.get(part, missing))
    return raw


def _known(
    plan: Plan, row: int, named: Listed, place: HeldPlace, outline: MultiPolygon | None, day: date
) -> Neighbourhood | None:
    """An area that carries the id: its name and outline follow, its kind and place in the tree are the force's."""
    if place.valid_to is not None:
        told = f"{place.code} carries this id and has ended; nothing of it was changed."
        plan.tell(row, "id", Remark("has-ended", told))
        return None
    version = place.versions[-1]
    if outline is not None and place.outlines:
        before = place.outlines[-1].geometry
        common = outline.intersection(before).area / max(outline.area, before.area)
        if common < _SAME_PLACE:
            told = f"The outline has only {100 * common:.0f} % in common with the one before."
            plan.tell(row, "boundary", Remark("moved", told))
    wanted = _area_row(place.code, named.name, version.kind, version.above, day, None)
    planned = plan_place(Row(row, wanted, outline), place, outline)
    if isinstance(planned, Finding):
        # An older answer, or the second outline of a day: what is held stays, and the rest is applied.
        plan.tell(row, planned.column, Remark(planned.code, planned.detail))
        planned = None
    return Neighbourhood(row, place.code, planned)


def _area_row(
    code: str, name: str, kind: str, above: str | None, day: date, police_uk_id: str | None
) -> AreaRow:
    return AreaRow.model_validate(
        {
            "code": code,
            "name": name,
            "kind": kind,
            "parent_code": above,
            "valid_from": day,
            "police_uk_id": police_uk_id,
        }
    )


def _new(
    plan: Plan,
    row: int,
    named: Listed,
    tree: Tree,
    outline: MultiPolygon | None,
    day: date,
    *,
    case_differs: bool,
) -> Neighbourhood | None:
    """A neighbourhood that no area carries the id of: an area of its own, unless somebody has to decide."""
    doubt = _doubt(named, tree, case_differs=case_differs)
    if doubt is not None:
        plan.tell(row, "id", doubt)
        return None
    above = _above(outline, tree)
    if above is None:
        told = "No sector or local policing area holds it; it stands below the force."
        plan.tell(row, "boundary", Remark("below-force", told))
    wanted = _area_row(
        named.id, named.name, AreaKind.NEIGHBOURHOOD.value, above or tree.force.code, day, named.id
    )
    planned = plan_place(Row(row, wanted, outline), None, outline)
    assert isinstance(planned, PlaceChange)  # noqa: S101 - a row that begins and does not end has no fault
    return Neighbourhood(row, named.id, planned)


def _doubt(named: Listed, tree: Tree, *, case_differs: bool) -> Remark | None:
    write = "Write its id into police_uk_id of a file of areas, beside the area it is."
    if case_differs:
        return Remark("case", f"The id differs from one held only in its case; not made an area. {write}")
    if named.id in tree.areas or _name(named.name) in {
        _name(place.versions[-1].name)
        for place in tree.areas.values()
        if place.valid_to is None and place.versions[-1].police_uk_id is None
    }:
        return Remark("alike", f"An area without an id has this code or name; not made an area. {write}")
    try:
        _CODE.validate_python(named.id)
    except ValidationError:
        return Remark("no-code", f"The id cannot be a code; not made an area. {write}")
    return None


def _name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.casefold().replace("&", "and")).strip()


def _above(outline: MultiPolygon | None, tree: Tree) -> str | None:
    if outline is None:
        return None
    for kind in (AreaKind.SECTOR, AreaKind.LPA):
        held = [
            (place.outlines[-1].geometry.intersection(outline).area / outline.area, place.code)
            for place in tree.areas.values()
            if place.versions[-1].kind == kind.value and place.valid_to is None and place.outlines
        ]
        if held and max(held)[0] >= _HOLDS:
            return max(held)[1]
    return None


def _say(plan: Plan, each: Answers, found: Neighbourhood) -> None:
    """Reads what is said of a neighbourhood now; a part that cannot be used stays None."""
    for part in PARTS[1:]:
        raw = _part(plan, each, part)
        if raw is None:
            continue
        try:
            if part == "priorities":
                found.priorities, remarks = priorities(raw)
            else:
                found.events, remarks = events(raw)
        except AnswerRefused as refused:
            plan.tell(each.row, part, refused.remark)
            continue
        for remark in remarks:
            plan.tell(each.row, part, remark)


def _tell_hotspots(plan: Plan, found: Neighbourhood, tree: Tree, outline: MultiPolygon | None) -> None:
    """Officers are told the priorities of the areas above their hotspot: one that lies inside and stands elsewhere in
    the tree would go without."""
    if outline is None:
        return
    parents = tree.parents
    astray = [
        code
        for code, place in tree.hotspots.items()
        if place.valid_to is None
        and place.outlines
        and outline.contains(place.outlines[-1].geometry.representative_point())
        and found.code not in ancestor_codes(place.versions[-1].above or "", parents)
    ]
    if astray:
        named = ", ".join(sorted(astray)[:5])
        told = f"{len(astray)} of its hotspots stand elsewhere in the area tree ({named}): officers there are not told."
        plan.tell(found.row, "priorities", Remark("hotspots-elsewhere", told))
