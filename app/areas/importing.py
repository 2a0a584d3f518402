"""Decides what a file of areas, teams or hotspots changes: compares its rows with what is held, and checks the tree.

Nothing is overwritten: another name, kind or place in the tree is a new version, another outline a new boundary from
its own day. A row is compared with the version in force on its `valid_from`, so that an old file brought in again finds
its own versions and changes nothing.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import Field
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from app.areas.kinds import AreaKind, HotspotKind, TeamKind, may_stand_above
from app.geo.validity import same_outline
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, PlaceCode, Row, RowModel, Text100, Text200, Text2000

# Ids of data.police.uk are opaque and their case counts; what could not stand in an address there is none.
PoliceUkId = Annotated[str, Field(pattern=r"^(-|[A-Za-z0-9][A-Za-z0-9 _.:'&-]{0,63})$")]
NO_POLICE_UK_ID = "-"


class PlaceRow(RowModel, ABC):
    """What every place's row has."""

    code: PlaceCode
    name: Text200
    kind: AreaKind | TeamKind | HotspotKind
    valid_from: Day
    valid_to: Day | None = None

    @property
    @abstractmethod
    def above(self) -> str | None:
        """Code of the area it belongs to."""

    @property
    def briefing(self) -> "BriefingText | None":
        """What officers are told about it; hotspots only."""
        return None

    @property
    def police_uk(self) -> str | None:
        """What data.police.uk calls it; None leaves what is held, `-` says that it has no such id. Areas only."""
        return None


class AreaRow(PlaceRow):
    kind: AreaKind
    parent_code: PlaceCode | None = None
    police_uk_id: PoliceUkId | None = None

    @property
    def above(self) -> str | None:
        return self.parent_code

    @property
    def police_uk(self) -> str | None:
        return self.police_uk_id


class TeamRow(PlaceRow):
    kind: TeamKind
    area_code: PlaceCode

    @property
    def above(self) -> str | None:
        return self.area_code


class HotspotRow(PlaceRow):
    kind: HotspotKind
    area_code: PlaceCode
    why_here: Text2000
    owner: Text200
    plan_reference: Text100 | None = None
    review_on: Day | None = None

    @property
    def above(self) -> str | None:
        return self.area_code

    @property
    def briefing(self) -> "BriefingText | None":
        return BriefingText(self.why_here, self.owner, self.plan_reference, self.review_on)


@dataclass(frozen=True, slots=True)
class BriefingText:
    why_here: str
    owner: str
    plan_reference: str | None
    review_on: date | None


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version of a place as stored: what it was called, what kind it was, the code of the area above it."""

    valid_from: date
    name: str
    kind: str
    above: str | None
    police_uk_id: str | None = None


@dataclass(frozen=True, slots=True)
class HeldOutline:
    valid_from: date
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place as stored, its versions, outlines and briefings oldest first; one version at least."""

    id: UUID
    code: str
    valid_to: date | None
    versions: tuple[HeldVersion, ...]
    outlines: tuple[HeldOutline, ...] = ()
    briefings: tuple[BriefingText, ...] = ()

    @property
    def newest_day(self) -> date:
        """The first day of whatever of it began last."""
        return max([one.valid_from for one in self.versions] + [one.valid_from for one in self.outlines])


R = TypeVar("R", bound=PlaceRow)


@dataclass(frozen=True, slots=True)
class PlaceChange(Generic[R]):
    """What one row changes. `held` is None for a new place; `outline` and `briefing` are None when they stay."""

    row: Row[R]
    held: HeldPlace | None
    fields: tuple[str, ...]
    new_version: bool
    outline: MultiPolygon | None
    briefing: BriefingText | None

    @property
    def planned(self) -> PlannedChange:
        action = ChangeAction.NEW if self.held is None else ChangeAction.CHANGED
        if self.held is not None and self.fields == ("valid_to",) and self.row.values.valid_to is not None:
            action = ChangeAction.ENDED
        return PlannedChange(action, self.row.values.code, self.row.number, self.fields)


def in_force_on(dated: Sequence[HeldVersion | HeldOutline], day: date) -> int:
    """The place in an oldest-first list of what is in force on a day; 0 when the day is before all of them."""
    return max((place for place, one in enumerate(dated) if one.valid_from <= day), default=0)


def plan_place(
    row: Row[R], held: HeldPlace | None, outline: MultiPolygon | None
) -> PlaceChange[R] | Finding | None:
    """What a good row changes; None when it says what is held; a Finding when it may not be applied.

    `outline` is the row's outline, None when the file brings none.
    """
    values = row.values
    if values.valid_to is not None and values.valid_to <= values.valid_from:
        return Finding(row.number, "valid_to", "ends-before-start", "Must be later than valid_from.")
    if held is None:
        return PlaceChange(row, None, (), new_version=True, outline=outline, briefing=values.briefing)
    renamed = _differing(values, held)
    redrawn = outline is not None and _redrawn(outline, held, values.valid_from)
    rebriefed = values.briefing is not None and _rebriefed(values.briefing, held, values.valid_from)
    ends = _ending_changes(values, held)
    fields = (
        *renamed,
        *(("outline",) if redrawn else ()),
        *(("briefing",) if rebriefed else ()),
        *(("valid_to",) if ends else ()),
    )
    if not fields:
        return _left_ended(row, held)
    if values.valid_from < held.newest_day:
        return Finding(
            row.number,
            "valid_from",
            "older-than-current",
            f"Differs ({', '.join(fields)}) from what is held since {held.newest_day}: give the change a later day.",
        )
    if redrawn and held.outlines and values.valid_from <= held.outlines[-1].valid_from:
        return Finding(
            row.number,
            "valid_from",
            "outline-in-force",
            "Another outline is in force from this very day and is not overwritten: give the new one a later day.",
        )
    return PlaceChange(
        row,
        held,
        fields,
        new_version=bool(renamed),
        outline=outline if redrawn else None,
        briefing=values.briefing if rebriefed else None,
    )


def _differing(values: PlaceRow, held: HeldPlace) -> tuple[str, ...]:
    version = held.versions[in_force_on(held.versions, values.valid_from)]
    pairs = (
        ("name", values.name, version.name),
        ("kind", values.kind.value, version.kind),
        ("area", values.above, version.above),
    )
    changed = [name for name, wanted, found in pairs if wanted != found]
    if police_uk_id_after(values, version) != version.police_uk_id:
        changed.append("police_uk_id")
    return tuple(changed)


def police_uk_id_after(values: PlaceRow, before: HeldVersion | None) -> str | None:
    """What data.police.uk calls a place once a row is applied: the row's, `-` for none, else what it was."""
    if values.police_uk is None:
        return before.police_uk_id if before else None
    return None if values.police_uk == NO_POLICE_UK_ID else values.police_uk


def _redrawn(outline: MultiPolygon, held: HeldPlace, day: date) -> bool:
    if not held.outlines:
        return True
    return not same_outline(outline, held.outlines[in_force_on(held.outlines, day)].geometry)


def _rebriefed(briefing: BriefingText, held: HeldPlace, day: date) -> bool:
    # Briefings have versions but no days: an old file may repeat an old one, a current file must say the newest.
    known = held.briefings if day < held.newest_day else held.briefings[-1:]
    return briefing not in known


def _ending_changes(values: PlaceRow, held: HeldPlace) -> bool:
    if values.valid_to is None:
        return held.valid_to is not None and values.valid_from >= held.valid_to
    return values.valid_to != held.valid_to


def _left_ended(row: Row[R], held: HeldPlace) -> Finding | None:
    if held.valid_to is None or row.values.valid_to is not None:
        return None
    return Finding(
        row.number,
        "valid_to",
        "has-ended",
        f"Ended on {held.valid_to} and stays so. To bring it back give valid_from on or after that day.",
        Severity.WARNING,
    )


def tree_findings(
    rows: Sequence[Row[AreaRow]], held: Mapping[str, HeldPlace], force_code: str | None
) -> list[Finding]:
    """What is wrong with the area tree as it would be: one force, parents that are known and larger, no circles.

    `force_code` is the code of the force there is or the file is to make; None when the file may make any.
    """
    found = []
    kinds = {code: AreaKind(place.versions[-1].kind) for code, place in held.items()}
    parents = {code: place.versions[-1].above for code, place in held.items()}
    kinds |= {row.values.code: row.values.kind for row in rows}
    parents |= {row.values.code: row.values.parent_code for row in rows}
    forces = [row for row in rows if row.values.kind is AreaKind.FORCE]
    if force_code not in held and not any(
        row.values.code == (force_code or row.values.code) for row in forces
    ):
        found.append(Finding(None, "kind", "no-force", "The file must hold one area of kind FORCE."))
    root = force_code or (forces[0].values.code if forces else None)
    for row in rows:
        fault = _tree_fault(row.values, root, kinds, parents)
        if fault is not None:
            found.append(Finding(row.number, *fault))
    return found


def _tree_fault(
    area: AreaRow, root: str | None, kinds: Mapping[str, AreaKind], parents: Mapping[str, str | None]
) -> tuple[str, str, str] | None:
    if area.kind is AreaKind.FORCE:
        if area.code != root:
            return "kind", "second-force", "There is one force, and this is another."
        return (
            ("parent_code", "parent-of-force", "The force has no area above it.")
            if area.parent_code
            else None
        )
    if area.code == root:
        return "kind", "force-is-force", "The force stays of kind FORCE."
    if area.parent_code is None:
        return "parent_code", "missing", "Must be given."
    if area.parent_code not in kinds:
        return "parent_code", "parent-unknown", "No such area, neither in the file nor held."
    if area.code in ancestor_codes(area.code, parents)[1:]:
        return "parent_code", "circle", "The area would stand above itself."
    if not may_stand_above(kinds[area.parent_code], area.kind):
        return "parent_code", "kind-order", f"An area of kind {area.kind} cannot stand below this one."
    return None


def shared_police_uk_ids(rows: Sequence[Row[AreaRow]], held: Mapping[str, HeldPlace]) -> list[Finding]:
    """An error for every row after which two areas would be the same neighbourhood of data.police.uk."""
    before = {code: place.versions[-1] for code, place in held.items()}
    after = {code: version.police_uk_id for code, version in before.items()}
    after |= {row.values.code: police_uk_id_after(row.values, before.get(row.values.code)) for row in rows}
    holders = Counter(police_uk_id for police_uk_id in after.values() if police_uk_id is not None)
    return [
        Finding(
            row.number,
            "police_uk_id",
            "police-uk-id-taken",
            "Two areas would have this id. Write - where it no longer belongs.",
        )
        for row in rows
        if row.values.police_uk is not None and holders[after[row.values.code] or ""] > 1
    ]


def ancestor_codes(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """An area, its parent and so on up; stops after the area that closes a circle.

    `ancestor_codes("W", {"W": "L", "L": "F", "F": None})` is `["W", "L", "F"]`.
    """
    found = [code]
    above = parents.get(code)
    while above is not None:
        found.append(above)
        if above in found[:-1]:
            break
        above = parents.get(above)
    return found


def closure(parents: Mapping[UUID, UUID | None]) -> set[tuple[UUID, UUID]]:
    """Every area with itself and every area above it: `{W: L, L: None}` gives `{(W, W), (W, L), (L, L)}`."""
    pairs = set()
    for area in parents:
        above: UUID | None = area
        while above is not None:
            pairs.add((area, above))
            above = parents[above]
    return pairs
