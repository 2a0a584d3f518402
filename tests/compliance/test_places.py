"""What an answer by place says beside its numbers: days, notes, where rows lead."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from app.areas.kinds import HotspotKind
from app.compliance.places import (
    OfficerTime,
    Place,
    days_of,
    hours_tellable,
    links,
    notes,
    rolled_up,
    total_tellable,
)
from app.identity.permissions import Role
from app.schedule.windows import WindowFilter

ONE, OTHER = UUID(int=1), UUID(int=2)
MARCH = WindowFilter(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("from_at", "to_at", "first", "last"),
    [
        ("2026-03-02T00:00Z", "2026-03-09T00:00Z", date(2026, 3, 2), date(2026, 3, 8)),
        ("2026-03-02T00:00Z", "2026-03-09T00:01Z", date(2026, 3, 2), date(2026, 3, 9)),
        # London is an hour ahead: midnight there is 23:00 here.
        ("2026-03-29T23:00Z", "2026-03-30T23:00Z", date(2026, 3, 30), date(2026, 3, 30)),
        ("2026-03-29T22:59Z", "2026-03-30T23:01Z", date(2026, 3, 29), date(2026, 3, 31)),
    ],
)
def test_hours_are_of_the_london_days_a_period_reaches_into(
    from_at: str, to_at: str, first: date, last: date
) -> None:
    assert days_of(datetime.fromisoformat(from_at), datetime.fromisoformat(to_at)) == (first, last)


def test_officer_time_is_kept_apart_by_grade() -> None:
    found = OfficerTime.of([("verified", 5), ("declared", 2), ("verified", 1)])
    assert found == OfficerTime(verified=6, probable=0, declared=2)


def test_time_is_told_only_where_overlaps_count_once() -> None:
    kind = WindowFilter(hotspot_kind=HotspotKind.TGP_ASB)
    one = WindowFilter(hotspot_id=ONE, area_id=OTHER)
    area = WindowFilter(area_id=ONE)
    one_of_kind = WindowFilter(hotspot_id=ONE, hotspot_kind=HotspotKind.TGP_ASB)
    assert [hours_tellable(place, kind) for place in Place] == [True, False, False]
    assert [total_tellable(place, kind) for place in Place] == [False, False, False]
    assert [total_tellable(place, area) for place in Place] == [False, True, True]
    assert [total_tellable(place, one) for place in Place] == [True, True, True]
    assert [total_tellable(place, one_of_kind) for place in Place] == [True, False, False]
    assert any("left out" in note for note in notes(Place.HOTSPOT, area, [Role.PLANNER]))
    assert any("by category" in note for note in notes(Place.TEAM, kind, [Role.PLANNER]))


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ([Role.SUPERVISOR], "Counts the windows and patrols of the teams you belong to today only."),
        ([Role.COMMANDER], "Counts what lies in the areas of the teams you belong to today only."),
        ([Role.PLANNER], None),
        ([Role.SUPERVISOR, Role.AUDITOR], None),
    ],
)
def test_who_sees_a_part_is_told_so(roles: list[Role], said: str | None) -> None:
    first = notes(Place.TEAM, MARCH, roles)[0]
    assert (first == said) is (said is not None)


def test_a_row_leads_to_its_windows_with_the_same_filters() -> None:
    wanted = WindowFilter(MARCH.from_at, MARCH.to_at, team_id=OTHER, area_id=OTHER)
    found = links(Place.HOTSPOT, ONE, wanted)
    assert list(found) == ["windows"]
    split = urlsplit(found["windows"])
    assert split.path == "/v1/compliance/windows"
    assert parse_qs(split.query) == {
        "from": ["2026-03-02T00:00:00Z"],
        "to": ["2026-03-09T00:00:00Z"],
        "area_id": [str(OTHER)],
        "team_id": [str(OTHER)],
        "hotspot_id": [str(ONE)],
    }
    area = links(Place.AREA, ONE, wanted)
    assert "parent_id=" in area["areas"] and "area_id=" not in area["areas"]
    assert all(f"area_id={ONE}" in area[name] for name in ("windows", "teams", "hotspots"))


def test_what_stands_under_an_area_stands_under_those_above_it() -> None:
    force, lpa, ward = UUID(int=3), UUID(int=4), UUID(int=5)
    above = {ward: {ward, lpa, force}, lpa: {lpa, force}}
    found = rolled_up({ward: ["a"], lpa: ["b", "c"]}, above)
    assert {area: sorted(each) for area, each in found.items()} == {
        ward: ["a"],
        lpa: ["a", "b", "c"],
        force: ["a", "b", "c"],
    }
