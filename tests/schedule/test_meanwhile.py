"""What was planned since a draw stands in its way where it takes a team's time or the last room of a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from app.schedule.draw_inputs import Commitment
from app.schedule.meanwhile import Booked, double_booked, in_the_way
from tests.conftest import named
from tests.schedule.draws import FIRST, hotspot, inputs

NIGHT = FIRST.toordinal() * 1440


def window(team: str, begin: float, end: float, day: date = FIRST, area: str = "north") -> Commitment:
    """Hours of the first day; past 24 is the next morning."""
    return Commitment(team, area, day, NIGHT + round(begin * 60), NIGHT + round(end * 60))


MINE = [window("t", 19, 21), window("t", 23, 25), window("u", 19, 21)]


@pytest.mark.parametrize(
    ("came", "stands_in_the_way"),
    [
        (window("t", 20, 22), True),
        (window("t", 21, 23), False),
        (window("t", 24.5, 26, FIRST + timedelta(days=1)), True),
        (window("t", 25, 27, FIRST + timedelta(days=1)), False),
        (window("v", 19, 21), False),
    ],
)
def test_a_team_has_its_time_once(came: Commitment, stands_in_the_way: bool) -> None:
    given = inputs([hotspot("h")])
    assert in_the_way(given, MINE, [came]) is stands_in_the_way
    assert not in_the_way(inputs([hotspot("h")], standing=(came,)), MINE, [came])


def test_time_to_travel_counts() -> None:
    assert in_the_way(inputs([hotspot("h")], travel_minutes=15), MINE, [window("t", 21, 23)])


def test_a_day_takes_what_it_can_take() -> None:
    came = window("v", 10, 12)
    assert in_the_way(inputs([hotspot("h")], capacity={"north": 3}), MINE, [came])
    assert not in_the_way(inputs([hotspot("h")], capacity={"north": 4}), MINE, [came])
    stood = window("w", 10, 12)
    known = inputs([hotspot("h")], capacity={"north": 4}, standing=(stood,))
    assert in_the_way(known, MINE, [stood, came])
    # Full without the plan having any part in it.
    elsewhere = window("v", 10, 12, area="south")
    assert not in_the_way(inputs([hotspot("h")], capacity={"south": 0}), MINE, [elsewhere])


def test_two_places_at_once_are_of_one_team_and_count_the_way() -> None:
    def booked(name: str, team: str, begin: float) -> Booked:
        at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=begin)
        return Booked(named(name), named(team), at, at + timedelta(hours=2))

    made = [booked("made", "t", 19)]
    others = [booked("before", "t", 17), booked("other", "u", 19), booked("within", "t", 20)]
    assert double_booked(made, others, 0) == [(named("made"), named("within"), named("t"))]
    found = double_booked(made, others, 15)
    assert [other for _, other, _ in found] == [named("before"), named("within")]


_AT = datetime(2026, 12, 1, tzinfo=UTC)
_WINDOWS = st.lists(
    st.tuples(st.sampled_from("tu"), st.integers(0, 96), st.integers(1, 24)).map(
        lambda one: (named(one[0]), _AT + timedelta(hours=one[1]), _AT + timedelta(hours=one[1] + one[2]))
    ),
    max_size=12,
)


@given(made=_WINDOWS, others=_WINDOWS, travel_minutes=st.sampled_from([0, 15, 60, 240]))
def test_two_places_are_what_comparing_each_two_finds(
    made: list[tuple[UUID, datetime, datetime]],
    others: list[tuple[UUID, datetime, datetime]],
    travel_minutes: int,
) -> None:
    mine = [Booked(named(f"made {at}"), *one) for at, one in enumerate(made)]
    theirs = [Booked(named(f"other {at}"), *one) for at, one in enumerate(others)]
    gap = timedelta(minutes=travel_minutes)
    expected = [
        (one.id, other.id, one.team_id)
        for one in sorted(mine, key=lambda each: (each.starts_at, each.id))
        for other in sorted(theirs, key=lambda each: (each.starts_at, each.id))
        if one.team_id == other.team_id
        and one.starts_at < other.ends_at + gap
        and other.starts_at < one.ends_at + gap
    ]
    assert double_booked(mine, theirs, travel_minutes) == expected


def test_the_windows_of_a_large_force_are_gone_through_once() -> None:
    """Sorted and compared anew for each window made, many thousands take seconds of a transaction that others wait
    for."""

    def booked(team: int, number: int) -> Booked:
        at = _AT + timedelta(days=number)
        return Booked(named(f"{team} {number}"), named(str(team)), at, at + timedelta(hours=2))

    def others() -> Iterator[Booked]:
        for team in range(30):
            yield from (booked(team, number) for number in range(200))

    made = [Booked(named("a"), *_when(booked(3, 7))), Booked(named("b"), *_when(booked(4, 9)))]
    found = double_booked(made, others(), 15)
    assert [(one, other) for one, other, _ in found] == [
        (named("a"), named("3 7")), (named("b"), named("4 9")),
    ]  # fmt: skip


def _when(one: Booked) -> tuple[UUID, datetime, datetime]:
    return one.team_id, one.starts_at, one.ends_at
