"""What counts as what, where it stands, and what residents are not shown."""

from datetime import date
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest

from app.public_summary.counting import (
    COUNTED,
    Place,
    Record,
    bars,
    counts_as,
    last_month,
    months_of,
    of_several,
    on_the_sheet,
    standing_in,
    told,
)
from app.reference.queries import built_in_lists
from app.suppression import FEWEST

WARDS = [UUID(int=number) for number in range(1, 4)]


def test_what_counts_as_what() -> None:
    lists = built_in_lists()

    def of(kind: str, code: str | None, *, weapon: bool = False) -> tuple[str, ...]:
        return counts_as(kind, code, weapon=weapon, lists=lists)

    assert of("STOP_SEARCH", "NFA") == ("searches",)
    assert of("STOP_SEARCH", "ARREST", weapon=True) == ("searches", "weapons")
    assert of("STOP_SEARCH", "NOT_SEARCHED") == ()
    assert of("ARREST", "CUSTODY") == ("arrests",)
    assert of("REFERRAL", "PREVENT") == ("referrals",)
    assert of("INTELLIGENCE", "DRUGS") == ()
    assert of("OUTCOME", "WEAPON_SEIZED") == ("weapons",)
    assert of("OUTCOME", "WEAPON_SWEEP") == ()
    assert of("OUTCOME", "CPN") == ("asb",)
    assert of("OUTCOME", "ALC_SEIZED") == ("seizures",)
    assert of("OUTCOME", "FIRST_AID") == ("help",)
    assert of("OUTCOME", "FROM_TOMORROW") == ()


def test_where_it_stands() -> None:
    places = [Place(WARDS[0], frozenset(WARDS[:1])), Place(WARDS[1], frozenset(WARDS[1:]))]
    assert standing_in(places, [WARDS[2]]) == WARDS[1]
    assert standing_in(places, [None, UUID(int=9), WARDS[0], WARDS[1]]) == WARDS[0]
    assert standing_in(places, [UUID(int=9)]) is None


def many(**numbers: tuple[int, ...]) -> list[Record]:
    areas = [*WARDS, None]
    return [
        Record((name,), areas[place])
        for name, found in numbers.items()
        for place, number in enumerate(found)
        for _ in range(number)
    ]


def test_a_neighbour_is_left_out_where_it_would_tell() -> None:
    records = many(searches=(3, 9, 20, 0), arrests=(3, 9, 20, 7), help=(0, 6, 7, 0))
    shown = [told(records, each, WARDS) for each in WARDS]
    assert [each["searches"] for each in shown] == [None, None, 20]
    # Seven elsewhere, whom nobody is told of by themselves, hide the three.
    assert [each["arrests"] for each in shown] == [None, 9, 20]
    assert [each["help"] for each in shown] == [0, 6, 7]
    assert [each["weapons"] for each in shown] == [0, 0, 0]


def test_no_ward_follows_from_the_others_and_the_area_above() -> None:
    random = Random(4)
    for _ in range(300):
        numbers = tuple(random.choice([0, random.randrange(8), random.randrange(40)]) for _ in range(4))
        records = many(searches=numbers)
        shown = [told(records, each, WARDS)["searches"] for each in WARDS]
        above = sum(numbers)
        for number, found in zip(numbers, shown, strict=False):
            assert found in (number, None)
            assert not 0 < number < FEWEST or found is None
        left = above - sum(each for each in shown if each is not None)
        if above >= FEWEST and None in shown:
            # What is left is of the wards left out and of elsewhere, and never fewer than five.
            assert left >= FEWEST


def test_the_month_before() -> None:
    assert last_month(date(2026, 3, 1)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert last_month(date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), 1),
        (date(2028, 2, 1), date(2028, 2, 29), 1),
        (date(2025, 12, 1), date(2026, 2, 28), 3),
        (date(2025, 4, 1), date(2026, 3, 31), 12),
        (date(2026, 2, 1), date(2026, 2, 27), None),
        (date(2026, 2, 2), date(2026, 3, 1), None),
        (date(2026, 1, 31), date(2026, 2, 28), None),
    ],
)
def test_whole_months(first: date, last: date, months: int | None) -> None:
    found = months_of(first, last)
    assert (None if found is None else len(found)) == months
    if found is not None:
        assert (found[0][0], found[-1][1]) == (first, last)
        assert all((then - before).days == 1 for (_, before), (then, _) in pairwise(found))


def test_what_several_months_tell_follows_from_what_each_tells() -> None:
    """So no two answers, whatever their months, tell together what one of them leaves out."""
    random = Random(7)
    for _ in range(200):
        months = [random.choice([None, 0, random.randrange(5, 40)]) for _ in range(random.randrange(1, 13))]
        found = of_several([{"arrests": each} for each in months])["arrests"]
        shown = [each for each in months if each is not None]
        assert found == (sum(shown) if len(shown) == len(months) else None)


def test_as_many_promises_as_the_sheet_holds() -> None:
    assert on_the_sheet([("x" * 300, "y" * 300)] * 6) == 2
    assert on_the_sheet([("x" * 60, "y" * 60)] * 12) == 8
    assert on_the_sheet([("x" * 200, "y" * 100)] * 4) == 3
    assert on_the_sheet([]) == 0


def test_bars() -> None:
    drawn = bars({"searches": 20, "arrests": None, "help": 0, "asb": 5})
    assert [(each.label, each.number, each.width, each.y) for each in drawn] == [
        (COUNTED["searches"], 20, 250, 0),
        (COUNTED["asb"], 5, 62, 22),
    ]
