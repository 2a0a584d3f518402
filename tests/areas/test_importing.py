"""What a row of a place changes: compared with the version in force on its day, never overwriting one."""

from datetime import date
from uuid import UUID, uuid5

from hypothesis import given, settings, strategies as st
from shapely.geometry import box

from app.areas.importing import (
    BriefingText,
    HeldOutline,
    HeldPlace,
    HeldVersion,
    HotspotRow,
    PlaceChange,
    ancestor_codes,
    closure,
    in_force_on,
    plan_place,
)
from app.areas.kinds import AreaKind, may_stand_above
from app.geo.validity import as_multipolygon
from app.imports.findings import ChangeAction, Finding
from app.imports.rows import Row

PLACE = UUID(int=1)
JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)
OLD, NEW = as_multipolygon(box(0, 0, 1, 1)), as_multipolygon(box(0, 0, 1, 2))
BRIEFING = BriefingText("Robberies.", "Inspector", None, None)
HELD = HeldPlace(
    PLACE,
    "TGP-1",
    None,
    (HeldVersion(JANUARY, "Old name", "TGP_ASB", "N"), HeldVersion(MARCH, "Name", "TGP_ASB", "N")),
    (HeldOutline(JANUARY, OLD), HeldOutline(MARCH, NEW)),
    (BRIEFING,),
)


def row(day: date, **other: object) -> Row[HotspotRow]:
    values = {
        "code": "TGP-1",
        "name": "Name",
        "kind": "TGP_ASB",
        "area_code": "N",
        "why_here": "Robberies.",
        "owner": "Inspector",
        "valid_from": day.isoformat(),
    }
    return Row(1, HotspotRow.model_validate({**values, **other}), None)


def test_a_row_that_says_what_is_held_changes_nothing() -> None:
    assert plan_place(row(MARCH), HELD, NEW) is None
    assert plan_place(row(MAY), HELD, NEW) is None
    assert plan_place(row(MAY), HELD, None) is None


def test_an_old_row_finds_its_own_version() -> None:
    assert plan_place(row(JANUARY, name="Old name"), HELD, OLD) is None


def test_an_old_row_that_differs_is_refused() -> None:
    planned = plan_place(row(JANUARY, name="Never its name"), HELD, OLD)
    assert isinstance(planned, Finding)
    assert planned.code == "older-than-current"
    assert "Never its name" not in planned.detail


def test_a_later_row_is_a_new_version_of_what_differs_only() -> None:
    renamed = plan_place(row(MAY, name="Newer"), HELD, NEW)
    assert isinstance(renamed, PlaceChange)
    assert (renamed.fields, renamed.new_version, renamed.outline) == (("name",), True, None)
    redrawn = plan_place(row(MAY), HELD, OLD)
    assert isinstance(redrawn, PlaceChange)
    assert (redrawn.fields, redrawn.new_version, redrawn.outline) == (("outline",), False, OLD)


def test_an_end_and_a_return() -> None:
    ended = plan_place(row(MARCH, valid_to="2026-05-01"), HELD, None)
    assert isinstance(ended, PlaceChange)
    assert ended.planned.action is ChangeAction.ENDED
    over = HeldPlace(PLACE, "TGP-1", MAY, HELD.versions, HELD.outlines, HELD.briefings)
    still_listed = plan_place(row(MARCH), over, None)
    assert isinstance(still_listed, Finding)
    assert still_listed.code == "has-ended"
    back = plan_place(row(MAY), over, None)
    assert isinstance(back, PlaceChange)
    assert back.fields == ("valid_to",)


def test_in_force_on_a_day() -> None:
    assert [in_force_on(HELD.outlines, day) for day in (date(2025, 1, 1), JANUARY, MARCH, MAY)] == [
        0,
        0,
        1,
        1,
    ]


def test_ancestors_and_circles() -> None:
    assert ancestor_codes("W", {"W": "L", "L": "F", "F": None}) == ["W", "L", "F"]
    assert ancestor_codes("A", {"A": "B", "B": "A"}) == ["A", "B", "A"]
    assert ancestor_codes("W", {"W": "A", "A": "B", "B": "A"}) == ["W", "A", "B", "A"]


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=30))
@settings(deadline=None)
def test_the_closure_holds_every_step_upwards(choices: list[int]) -> None:
    ids = [uuid5(PLACE, str(number)) for number in range(len(choices) + 1)]
    above: dict[UUID, UUID | None] = {ids[0]: None}
    for number, choice in enumerate(choices, 1):
        above[ids[number]] = ids[choice % number]
    pairs = closure(above)
    for area, parent in above.items():
        mine = {up for down, up in pairs if down == area}
        theirs = {up for down, up in pairs if down == parent}
        assert mine == {area} | theirs


def test_which_area_may_stand_above() -> None:
    assert may_stand_above(AreaKind.LPA, AreaKind.WARD)
    assert not may_stand_above(AreaKind.WARD, AreaKind.LPA)
    assert not may_stand_above(AreaKind.WARD, AreaKind.WARD)
