"""Draws near what teams can do: a plan wherever there is one, and a refusal that is proven.

Two independent judges: trying every day, team and start of small draws, and draws made the other way round, from a plan
that fills teams to a known part.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from random import Random

import pytest

from app.schedule.draw_inputs import DONE, DrawInputs, HotspotInputs
from app.schedule.packing import Effort
from app.schedule.plan import Plan, Proof, Short, Shortfall
from app.schedule.problems import cannot_be_met
from app.schedule.randomisation import draw
from app.schedule.sweep import Kind, Stretch, Sweep
from tests.schedule.draws import FIRST, days, evenings, hotspot, inputs, plan, seed, span

ALIGNED = FIRST.toordinal() % 3
HOURS = (
    "16:00-19:00",
    "18:00-22:00",
    "18:00-20:30",
    "19:30-23:00",
    "20:00-00:00",
    "22:00-02:00",
    "00:00-03:00",
)
Try = tuple[int, str, int]


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def small(chance: Random) -> DrawInputs:
    """One block of three days: a few hotspots with hours, days and teams of their own."""
    teams = ("t0", "t1")[: chance.choice((1, 1, 2))]
    hotspots = [
        hotspot(
            f"h{number}",
            phase=ALIGNED,
            teams=tuple(chance.sample(teams, chance.randint(1, len(teams)))),
            hours=(span(chance.choice(HOURS)),),
            blackouts=frozenset(chance.sample(days(3), chance.choice((0, 0, 1, 1, 2)))),
        )
        for number in range(chance.randint(3, 7))
    ]
    room = {"north": chance.randint(1, 3)} if chance.random() < 0.3 else {}
    return inputs(
        hotspots, last_day=FIRST + timedelta(days=2), travel_minutes=chance.choice((0, 15, 30)), capacity=room
    )


def every_try(asked: DrawInputs, one: HotspotInputs) -> list[Try]:
    """Day, team and minute of every window a hotspot could have, half-hour by half-hour."""
    # London is on UTC in December.
    hours = one.hours[0]
    until = hours.to_minute + (1440 if hours.to_minute <= hours.from_minute else 0)
    found = []
    for at, day in enumerate(days(3)):
        for half in range(48):
            begin = half * 30
            inside = any(
                hours.from_minute <= begin + turn and begin + turn + 120 <= until for turn in (0, 1440)
            )
            if inside and day not in one.blackouts:
                found += [(at, team, at * 1440 + begin) for team in one.teams]
    return found


def can_be(asked: DrawInputs, tries: Sequence[Sequence[Try]], so_far: tuple[Try, ...] = ()) -> bool:
    """Whether there is a plan, by trying everything."""
    if not tries:
        return True
    apart = 120 + asked.travel_minutes
    fewest = min(range(len(tries)), key=lambda at: len(tries[at]))
    for one in tries[fewest]:
        chosen = (*so_far, one)
        room = asked.capacity.get("north", 99) - sum(each[0] == one[0] for each in chosen)
        left = [
            [
                each
                for each in others
                if not (each[1] == one[1] and abs(each[2] - one[2]) < apart)
                and (room > 0 or each[0] != one[0])
            ]
            for at, others in enumerate(tries)
            if at != fewest
        ]
        if room >= 0 and all(left) and can_be(asked, left, chosen):
            return True
    return False


def test_small_draws_are_refused_exactly_where_trying_everything_finds_nothing() -> None:
    seen: Counter[bool] = Counter()
    for number in range(400):
        asked = small(Random(number))
        possible = can_be(asked, [every_try(asked, one) for one in asked.hotspots])
        found = draw(asked, seed(number))
        assert isinstance(found, Plan) == possible, number
        seen[possible] += 1
        if isinstance(found, Shortfall):
            assert found.certain, number
        else:
            assert kept(asked, found)
    assert min(seen[True], seen[False]) >= 40


def kept(asked: DrawInputs, found: Plan) -> bool:
    """Whether no team is in two places and no area's day too full."""
    apart = (120 + asked.travel_minutes) * 60_000
    clashes = sum(
        one.team == other.team and abs(one.starts_at_ms - other.starts_at_ms) < apart
        for one, other in combinations(found.windows, 2)
    )
    fullest = max(Counter(window.day for window in found.windows).values(), default=0)
    return clashes == 0 and fullest <= asked.capacity.get("north", 99)


def planted(chance: Random, full: float, own_hours: bool, length: int = 15) -> DrawInputs:
    """A draw made from a plan: each hotspot has a turn of four in the evening of one of the teams, on its block's first
    day, and hours around it. So there is a plan, and `full` of what teams can do is taken."""
    teams = [f"t{number}" for number in range(chance.randint(1, 3))]
    gap = chance.choice((0, 30))
    turns = [(day, team, turn) for day in range(3) for team in teams for turn in range(4)]
    chance.shuffle(turns)
    hotspots = []
    for number, (day, team, turn) in enumerate(turns[: round(len(turns) * full)]):
        begin = 1020 + turn * (120 + gap)
        earliest, latest = 1020, 1020 + 480 + 3 * gap
        mine = teams
        if own_hours:
            earliest = max(earliest, begin - 30 * chance.randint(0, 5))
            latest = min(latest, begin + 120 + 30 * chance.randint(0, 5))
            mine = sorted({team, *chance.sample(teams, chance.randint(1, len(teams)))})
        chance.shuffle(mine)
        hotspots.append(
            hotspot(
                f"h{number:03}",
                teams=tuple(mine),
                hours=(span(f"{clock(earliest)}-{clock(latest)}"),),
                weights=evenings(),
                phase=(ALIGNED + day) % 3,
                history=DONE if day else None,
            )
        )
    return inputs(hotspots, last_day=FIRST + timedelta(days=length - 1), travel_minutes=gap)


@pytest.mark.parametrize(
    ("full", "own_hours"),
    [(0.7, False), (0.8, False), (0.9, False), (1.0, False), (0.7, True), (0.8, True), (0.9, True)],
)
def test_a_draw_with_a_plan_is_never_refused_however_full_teams_are(full: float, own_hours: bool) -> None:
    for number in range(8):
        asked = planted(Random(number), full, own_hours)
        found = draw(asked, seed(number))
        assert isinstance(found, Plan), (number, found)
        assert kept(asked, found)


def test_a_plan_that_moves_others_is_the_same_again() -> None:
    asked = planted(Random(5), 0.9, own_hours=True)
    assert draw(asked, seed(5)) == draw(asked, seed(5))


def test_days_stay_uniform_where_every_team_is_full() -> None:
    # Six hotspots, one team, two windows an evening: every place of a block is taken, whoever has it.
    six = [
        hotspot(f"h{number}", teams=("t",), hours=(span("18:00-22:00"),), phase=ALIGNED)
        for number in range(6)
    ]
    asked = inputs(six, last_day=FIRST + timedelta(days=2))
    counts: Counter[tuple[str, date]] = Counter()
    for number in range(300):
        counts.update((window.hotspot_id, window.day) for window in plan(asked, number).windows)
    assert len(counts) == 18
    # Binomial(300, 1/3): 37 are 4.5 deviations.
    assert all(abs(count - 100) < 37 for count in counts.values())


def test_a_refusal_says_where_how_many_are_due_and_how_many_can_be() -> None:
    seven = [
        hotspot(f"h{number}", teams=("t",), hours=(span("18:00-22:00"),), phase=ALIGNED)
        for number in range(7)
    ]
    told = draw(inputs(seven, last_day=FIRST + timedelta(days=2)), seed(1))
    assert isinstance(told, Shortfall)
    last = FIRST + timedelta(days=2)
    assert [one.proof for one in told.blocks] == [Proof(("north",), ("t",), FIRST, last, 7, 6)]
    problem = cannot_be_met(told, {"north": "N-LPA", "t": "N1", told.blocks[0].hotspot_id: "TGP-1"})
    assert problem.detail == "1 window cannot be planned, whatever is moved."
    assert problem.errors[0].detail == (
        "TGP-1, block from 2026-12-01: no team has time; 1 short (7 windows of N-LPA are due from 2026-12-01 to "
        "2026-12-03, at most 6 can be planned with N1)"
    )


def test_full_days_of_an_area_are_proven_too() -> None:
    four = [hotspot(f"h{number}", phase=ALIGNED) for number in range(4)]
    told = draw(inputs(four, capacity={"north": 1}, last_day=FIRST + timedelta(days=2)), seed(1))
    assert isinstance(told, Shortfall)
    assert [one.proof for one in told.blocks] == [
        Proof(("north",), (), FIRST, FIRST + timedelta(days=2), 4, 3)
    ]


def test_what_counting_does_not_show_is_proven_by_searching_all_of_it() -> None:
    # The team can do two an evening, but these two cannot both be among them: each must be at the evening's middle.
    two = [
        hotspot(
            f"h{number}",
            teams=("t",),
            hours=(span("19:00-21:00"),),
            phase=ALIGNED,
            blackouts=frozenset(days(3)[1:]),
        )
        for number in range(2)
    ]
    wide = hotspot("h2", teams=("t",), hours=(span("17:00-23:00"),), phase=ALIGNED)
    told = draw(inputs([*two, wide], last_day=FIRST + timedelta(days=2)), seed(1))
    assert isinstance(told, Shortfall)
    assert told.certain
    proof = told.blocks[0].proof
    assert proof is not None
    assert (proof.due - proof.most, len(told.blocks)) == (1, 1)


def test_a_search_that_was_given_up_proves_nothing_and_says_so() -> None:
    starts = tuple(range(0, 480, 30))
    kinds = tuple(Kind("north", frozenset({"t"}), ((FIRST, starts[number:]),)) for number in range(4))
    usable = {(number, "t", FIRST): kind.starts[0][1] for number, kind in enumerate(kinds)}
    asked = Stretch((FIRST,), ("t",), kinds, (1, 1, 1, 1), 120, usable, {}, {})
    spent, enough = Effort(5), Effort(5_000)
    assert Sweep(asked, spent).find() is None
    assert not spent.whole
    assert len(Sweep(asked, enough).find() or ()) == 4
    assert enough.whole
    told = Shortfall((Short("h", FIRST, "team", 1),))
    assert not told.certain
    problem = cannot_be_met(told, {})
    assert problem.detail == "No place was found for 1 window. There may be one: the search was given up."
    assert "no team was found that has time" in problem.errors[0].detail
    # Where one is proven, no more than that is said of the others.
    short = Short("h", FIRST, "hours", 1)
    both = cannot_be_met(Shortfall((short, *told.blocks, *told.blocks)), {})
    assert both.detail == "1 window cannot be planned, whatever is moved. No place was found for 2 more."


def test_a_day_with_too_little_room_and_time_together_is_proven() -> None:
    # Either limit alone leaves a plan: teams can do 2 an evening, the area takes 1 on two days and 3 on the third.
    five = [
        hotspot(f"h{number}", teams=("t",), hours=(span("18:00-22:00"),), phase=ALIGNED)
        for number in range(5)
    ]
    third = FIRST + timedelta(days=2)
    tight = inputs(five, capacity={"north": 1}, capacity_on={"north": {third: 3}}, last_day=third)
    told = draw(tight, seed(2))
    assert isinstance(told, Shortfall)
    assert told.certain
