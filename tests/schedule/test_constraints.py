"""Constraints of the draw: capacity, teams, hours, blackouts; a plan where there is one, else the whole shortfall."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from time import process_time

from hypothesis import given, settings, strategies as st

from app.schedule.draw_inputs import DONE, OPEN, Commitment, DrawInputs
from app.schedule.plan import Plan, Shortfall
from app.schedule.randomisation import block_days, draw
from app.schedule.slots import PEAK
from tests.schedule.draws import FIRST, crowded, days, evenings, hotspot, inputs, plan, seed, span

WEEK = {"last_day": FIRST + timedelta(days=8)}


def short(given: DrawInputs, number: int = 1) -> Shortfall:
    found = draw(given, seed(number))
    assert isinstance(found, Shortfall)
    return found


def in_two_places(found: Plan, gap_minutes: int) -> int:
    """How often a team has two windows nearer than the gap: every pair compared."""
    gap = gap_minutes * 60_000
    return sum(
        one.team == other.team
        and one.starts_at_ms < other.ends_at_ms + gap
        and other.starts_at_ms < one.ends_at_ms + gap
        for at, one in enumerate(found.windows)
        for other in found.windows[at + 1 :]
    )


def test_no_area_has_more_windows_a_day_than_it_can_take() -> None:
    for number in range(20):
        found = plan(crowded(), number)
        assert max(Counter(window.day for window in found.windows).values()) <= 5


def test_a_day_with_less_room_has_fewer() -> None:
    rush = replace(crowded(), capacity_on={"north": {date(2026, 12, 12): 1}})
    for number in range(10):
        assert sum(window.day == date(2026, 12, 12) for window in plan(rush, number).windows) <= 1


def test_no_team_is_in_two_places_or_without_time_to_travel() -> None:
    for number in range(20):
        assert in_two_places(plan(crowded(), number), 30) == 0
    # The rule is what does it: without shared teams' time counted there would be clashes.
    alone = [plan(replace(crowded(), hotspots=(one,), capacity={})).windows for one in crowded().hotspots]
    together = Plan(tuple(window for windows in alone for window in windows), (), (), {})
    assert in_two_places(together, 30) > 20


def test_windows_that_stand_already_take_their_teams_time_and_their_areas_room() -> None:
    one = hotspot("h", hours=(span("18:00-20:00"),), teams=("t",))
    whole_day = [
        Commitment("t", "north", day, minute(day, 12), minute(day, 23)) for day in days(9) if day.day % 3
    ]
    found = plan(inputs([replace(one, phase=FIRST.toordinal() % 3)], standing=tuple(whole_day), **WEEK))
    assert [window.day.day % 3 for window in found.windows] == [0, 0, 0]
    full = replace(inputs([one], **WEEK), capacity={"north": 1}, standing=tuple(whole_day))
    assert all(window.day.day % 3 == 0 for window in plan(full).windows)


def minute(day: date, hour: int) -> int:
    return (day - date(1970, 1, 1)).days * 1440 + hour * 60


def test_windows_keep_to_hours_hand_overs_and_days() -> None:
    one = hotspot("h", hours=(span("16:00-02:00"),), blackouts=frozenset({date(2026, 12, 5)}))
    asked = inputs([one], handovers=(span("21:45-22:15"),), blackouts=frozenset({date(2026, 12, 25)}))
    for number in range(60):
        for window in plan(asked, number).windows:
            assert window.day not in (date(2026, 12, 5), date(2026, 12, 25))
            begin = window.starts_at_ms // 60_000 % 1440
            assert begin in {0, 960, 990, 1020, 1050, 1080, 1110, 1140, 1170, 1350, 1380, 1410}


def test_a_plan_is_found_where_days_allow_exactly_one() -> None:
    # Nine blocks in nine days of room for one: a perfect matching, whatever the wishes.
    phase = FIRST.toordinal() % 3
    three = [hotspot(f"h{number}", phase=phase) for number in range(3)]
    tight = inputs(three, capacity={"north": 1}, **WEEK)
    for number in range(50):
        found = plan(tight, number)
        assert sorted(window.day for window in found.windows) == days(9)


def test_what_is_short_is_told_whole_and_nothing_is_dropped() -> None:
    phase = FIRST.toordinal() % 3
    four = [hotspot(f"h{number}", phase=phase) for number in range(4)]
    tight = inputs(four, capacity={"north": 1}, **WEEK)
    told = short(tight)
    # Four windows, three days of room for one: one is short in each of three blocks.
    assert Counter(each.block for each in told.blocks) == {FIRST + timedelta(days=at): 1 for at in (0, 3, 6)}
    assert {(each.constraint, each.short) for each in told.blocks} == {("capacity", 1)}
    none = [
        replace(hotspot("a"), blackouts=frozenset(days(3)), phase=phase),
        replace(hotspot("b"), hours=(span("18:00-19:00"),), phase=phase),
        replace(hotspot("c"), teams=(), phase=phase),
    ]
    causes = Counter((each.hotspot_id, each.constraint) for each in short(inputs(none, **WEEK)).blocks)
    assert causes == {("a", "blackout"): 1, ("b", "hours"): 3, ("c", "teams"): 3}


def test_a_team_without_time_is_short_by_exactly_what_it_cannot_do() -> None:
    phase = FIRST.toordinal() % 3
    many = [
        hotspot(f"h{number}", teams=("t",), hours=(span("18:00-22:00"),), phase=phase) for number in range(7)
    ]
    # Two windows an evening, six in a block, seven due.
    told = short(inputs(many, **WEEK))
    assert {each.constraint for each in told.blocks} == {"team"}
    assert Counter(each.block for each in told.blocks) == {FIRST + timedelta(days=at): 1 for at in (0, 3, 6)}
    for number in range(10):
        assert in_two_places(plan(inputs(many[:6], **WEEK), number), 0) == 0


def test_another_team_goes_where_the_home_team_cannot() -> None:
    phase = FIRST.toordinal() % 3
    hours = (span("18:00-20:00"),)
    two = [
        hotspot(
            f"h{number}", teams=("home", "away"), hours=hours, blackouts=frozenset(days(3)[1:]), phase=phase
        )
        for number in range(2)
    ]
    found = plan(inputs(two, last_day=FIRST + timedelta(days=2)))
    assert sorted(window.team for window in found.windows) == ["away", "home"]
    away = next(window for window in found.windows if window.team == "away")
    assert away.displaced is not None
    assert (away.displaced.constraint, away.displaced.wished_team) == ("team", "home")


def test_blocks_without_a_free_day_can_be_excused() -> None:
    away = hotspot("h", blackouts=frozenset(days(3)), phase=FIRST.toordinal() % 3)
    found = plan(inputs([away], excuse_blackouts=True, **WEEK))
    assert found.excused == (("h", FIRST),)
    assert len(found.windows) == 2


def test_a_block_begun_before_is_taken_up_as_it_was_left() -> None:
    phase = (FIRST - timedelta(days=1)).toordinal() % 3
    block = FIRST - timedelta(days=1)
    done = plan(inputs([hotspot("h", phase=phase, history=DONE)], **WEEK))
    assert block not in {window.block for window in done.windows}
    for carried in block_days(block)[1:]:
        found = plan(inputs([hotspot("h", phase=phase, history=carried)], **WEEK))
        assert found.windows[0].day == carried
    opened = Counter(
        plan(inputs([hotspot("h", phase=phase, history=OPEN)], **WEEK), number).windows[0].day
        for number in range(200)
    )
    assert set(opened) == set(block_days(block)[1:])
    assert abs(opened[FIRST] - 100) < 32


def test_a_day_handed_on_gives_way_only_to_a_constraint_and_says_so() -> None:
    phase = (FIRST - timedelta(days=1)).toordinal() % 3
    closed = hotspot("h", phase=phase, history=FIRST, blackouts=frozenset({FIRST}))
    first = plan(inputs([closed], **WEEK)).windows[0]
    assert first.day == FIRST + timedelta(days=1)
    assert first.displaced is not None
    assert (first.displaced.constraint, first.displaced.wished_day) == ("blackout", FIRST)


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, 10_000),
    hotspots=st.integers(1, 9),
    teams=st.integers(1, 3),
    room=st.integers(1, 5),
    alignment=st.sampled_from([0, 5, 10, PEAK]),
    length=st.integers(1, 12),
)
def test_every_plan_keeps_every_constraint(
    number: int, hotspots: int, teams: int, room: int, alignment: int | str, length: int
) -> None:
    shared = tuple(f"t{each}" for each in range(teams))
    asked = inputs(
        [
            hotspot(
                f"h{each}", teams=shared[each % teams :], weights=evenings(), hours=(span("17:00-23:00"),)
            )
            for each in range(hotspots)
        ],
        capacity={"north": room},
        alignment=alignment,
        travel_minutes=15,
        last_day=FIRST + timedelta(days=length - 1),
    )
    found = draw(asked, seed(number))
    if isinstance(found, Shortfall):
        assert found.blocks
        assert len({(each.hotspot_id, each.block) for each in found.blocks}) == len(found.blocks)
        return
    assert in_two_places(found, 15) == 0
    assert max(Counter(window.day for window in found.windows).values(), default=0) <= room
    due = {(window.hotspot_id, window.block) for window in found.windows}
    drawn_outside = {(each.hotspot_id, each.block) for each in found.outside}
    assert len(due) == len(found.windows)
    assert not due & drawn_outside
    for one in asked.hotspots:
        blocks = {block for name, block in due | drawn_outside if name == one.id}
        covered = {day for block in blocks for day in block_days(block)}
        assert {FIRST + timedelta(days=at) for at in range(length)} <= covered


def test_far_too_few_teams_are_told_soon() -> None:
    """28 hotspots a day for 4 teams that can do 16: minutes went by while everybody asked everybody to make way."""
    teams = tuple(f"t{number}" for number in range(4))
    many = [hotspot(f"h{number:02}", teams=teams, hours=(span("18:00-02:00"),)) for number in range(84)]
    before = process_time()
    found = short(inputs(many, last_day=FIRST + timedelta(days=5)))
    assert {each.constraint for each in found.blocks} == {"team"}
    assert process_time() - before < 5
