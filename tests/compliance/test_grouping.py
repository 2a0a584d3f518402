"""Weeks, months and quarters, and which part of compliance each grouping can tell."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from app.areas.periods import MOST_PERIODS
from app.compliance.dose import Allocation, DayFacts, DoseHotspot, PresentTime, dose_rows, last_day
from app.compliance.group_words import group_links, group_notes
from app.compliance.grouping import Blocks, GroupBy, Visits, by_hotspot, periods, tells_windows
from app.identity.permissions import Role
from app.schedule.windows import WindowFilter
from tests.compliance.test_places import MARCH

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("kind", "first", "last", "codes"),
    [
        (GroupBy.WEEK, date(2026, 12, 31), date(2027, 1, 4), ["2026-W53", "2027-W01"]),
        (GroupBy.WEEK, date(2024, 12, 30), date(2024, 12, 30), ["2025-W01"]),
        (GroupBy.MONTH, date(2026, 1, 31), date(2026, 3, 1), ["2026-01", "2026-02", "2026-03"]),
        (GroupBy.MONTH, date(2026, 12, 1), date(2027, 1, 1), ["2026-12", "2027-01"]),
        (GroupBy.QUARTER, date(2026, 3, 31), date(2026, 10, 1), ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
    ],
)
def test_periods_hold_the_days_asked_for(kind: GroupBy, first: date, last: date, codes: list[str]) -> None:
    assert [each.code for each in periods(kind, first, last)] == codes


@pytest.mark.parametrize("kind", [GroupBy.WEEK, GroupBy.MONTH, GroupBy.QUARTER])
def test_every_day_of_thirty_years_lies_in_one_period_and_none_is_left_between(kind: GroupBy) -> None:
    for year in range(2000, 2030):
        found = periods(kind, date(year, 1, 1), date(year, 12, 31))
        assert found[0].first <= date(year, 1, 1) and found[-1].after > date(year, 12, 31)
        assert all(one.after == other.first for one, other in pairwise(found))
        for each in found:
            if kind is GroupBy.WEEK:
                assert (each.first.weekday(), (each.after - each.first).days) == (0, 7)
                assert each.code == "{}-W{:02}".format(*each.first.isocalendar())


def test_too_many_periods_and_what_is_none_are_refused() -> None:
    assert len(periods(GroupBy.WEEK, DAY, DAY + timedelta(weeks=MOST_PERIODS - 1))) == MOST_PERIODS
    with pytest.raises(ValueError, match="too many"):
        periods(GroupBy.WEEK, DAY, DAY + timedelta(weeks=MOST_PERIODS))
    with pytest.raises(ValueError, match="no period"):
        periods(GroupBy.TEAM, DAY, DAY)


def test_windows_are_told_by_what_windows_have() -> None:
    assert tells_windows([GroupBy.LPA, GroupBy.MONTH])
    assert not tells_windows([GroupBy.RANK])
    assert not tells_windows([GroupBy.TEAM, GroupBy.PROGRAMME])
    assert by_hotspot([GroupBy.WEEK, GroupBy.CATEGORY]) and not by_hotspot([GroupBy.TEAM])


def test_notes_say_what_cannot_be_added_up() -> None:
    told = " ".join(group_notes([GroupBy.CATEGORY], MARCH, [Role.PLANNER]))
    assert (
        "time in two hotspots at once counts twice" in told and "each block of a drawn schedule once" in told
    )
    told = " ".join(group_notes([GroupBy.RANK, GroupBy.PROGRAMME], MARCH, [Role.SUPERVISOR]))
    assert "Windows have no rank" in told and "Windows have no programme" in told and "block" not in told


def test_a_row_of_two_leads_to_what_both_leave() -> None:
    team = UUID(int=7)
    found = group_links([GroupBy.TEAM, GroupBy.WEEK], [team, "2026-W10"], MARCH)
    assert "from=2026-03-02T00%3A00%3A00Z&to=2026-03-09T00%3A00%3A00Z" in found["windows"]
    assert f"team_id={team}" in found["windows"] and "group_by=hotspot" in found["hotspots"]
    assert group_links([GroupBy.TEAM], [None], MARCH) == {}
    assert group_links([GroupBy.RANK], ["PC"], MARCH) == {}
    assert (
        group_links([GroupBy.LPA], [team], WindowFilter(MARCH.from_at, MARCH.to_at, area_id=UUID(int=8)))
        == {}
    )


def test_blocks_add_up_and_visits_have_a_mean() -> None:
    assert Blocks(3, 1, 1, 0) + Blocks(1, 0, 0, 1) == Blocks(4, 1, 1, 1)
    assert Visits(2, 1_500_001).mean_ms == 750_000
    assert Visits().mean_ms is None


def test_a_day_is_told_with_and_without_patrols() -> None:
    place = DoseHotspot(UUID(int=1), "TGP-1", DAY, DAY + timedelta(days=1))
    one, two = UUID(int=11), UUID(int=12)
    time = [
        PresentTime(one, one, True, [(0, 600_000)], unscheduled=False),
        PresentTime(two, two, True, [(300_000, 900_000)], unscheduled=True),
        PresentTime(two, UUID(int=13), False, [(0, 900_000)], unscheduled=True),
    ]
    facts = DayFacts({(place.id, DAY): Allocation.TREATED}, {}, {(place.id, DAY): time}, {})
    first, second = dose_rows([place], facts, DAY + timedelta(days=1))
    assert (first.officer_ms, first.patrol_ms, first.officers) == (1_200_000, 900_000, 3)
    assert (first.allocation, first.unscheduled_patrols, first.provisional) == (Allocation.TREATED, 1, False)
    assert (second.allocation, second.officer_ms, second.provisional) == (Allocation.NONE, 0, True)


def test_today_is_not_told() -> None:
    assert last_day(DAY, DAY) == DAY - timedelta(days=1)
    assert last_day(DAY, DAY - timedelta(days=5)) == DAY - timedelta(days=5)
