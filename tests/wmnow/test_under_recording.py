"""Presence in hotspots beside engagements on record: the rule by itself, every sum against loops, and the page."""

import csv
import re
from collections import defaultdict
from datetime import timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from app.engagements.models import EngagementOfficer
from app.wmnow.scatter import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Dot, scatter, ticks
from app.wmnow.under_recording import Bounds, TeamPresence, bounds, named as is_named, rate
from tests.audit.test_events import Log
from tests.compliance.small_force import SCOPES, TEAMS
from tests.compliance.test_window_compliance import keep
from tests.compliance.wide_force import wide_force
from tests.conftest import Api, named
from tests.wmnow import both_systems as loops
from tests.wmnow.both_systems import TEAM_NAMES, BothSystems, both_systems
from tests.wmnow.test_reconciliation import STORIES

PATH = "/v1/wmnow/under-recording"
PLANNER, SERGEANT, COMMANDER = "4131", "4111", "4121"
HOUR = 3_600_000
COUNTS = ("ours", "tracker", "linked", "hotspot_contacts")


def team(hours: float, engagements: int, patrols: int = 10) -> TeamPresence:
    return TeamPresence(int(hours * HOUR), patrols, engagements)


def test_the_worked_values_of_the_rule() -> None:
    teams = [team(10, 8), team(20, 6), team(30, 6), team(40, 1)]
    against = bounds(teams)
    assert against == Bounds(4, 20 * HOUR, 2.0, 0.25)
    assert [is_named(each, against) for each in teams] == [False, False, False, True]
    assert rate(3, 0) is None


@pytest.mark.parametrize(
    ("last", "others"),
    [
        pytest.param(team(40, 1, patrols=9), [team(10, 8), team(20, 6), team(30, 6)], id="too few patrols"),
        pytest.param(team(9, 0), [team(10, 8), team(20, 6), team(30, 6)], id="presence below the median"),
        pytest.param(team(40, 1), [team(10, 8), team(20, 6)], id="too few teams"),
        pytest.param(team(40, 4), [team(10, 1), team(20, 2), team(30, 3)], id="all alike"),
        pytest.param(team(40, 9), [team(10, 1), team(20, 1), team(30, 1)], id="not in the lowest quarter"),
        pytest.param(team(0, 0), [team(10, 8), team(20, 6), team(30, 6)], id="no presence"),
    ],
)  # fmt: skip
def test_who_is_not_named(last: TeamPresence, others: list[TeamPresence]) -> None:
    assert not is_named(last, bounds([*others, last]))


@pytest.mark.parametrize("seed", range(20))
def test_more_engagements_never_have_a_team_named(seed: int) -> None:
    """Against the same bounds: recording more is never punished, nor is being there less."""
    chance = Random(seed)
    teams = [team(chance.uniform(1, 90), chance.randrange(30), chance.randrange(8, 40)) for _ in range(12)]
    against = bounds(teams)
    assert sum(is_named(each, against) for each in teams) <= max(1, against.teams // 4 + 1)
    for each in teams:
        if not is_named(each, against):
            more = TeamPresence(each.presence_ms, each.patrols, each.engagements + 1)
            assert not is_named(more, against)


@pytest.mark.parametrize(
    ("most", "wanted"),
    [(0, [0, 1]), (6, [0, 1, 2, 3, 4, 5, 6]), (7, [0, 2, 4, 6, 8]), (25, [0, 5, 10, 15, 20, 25])],
)
def test_ticks_are_round_and_reach_the_most(most: float, wanted: list[float]) -> None:
    assert ticks(most) == wanted


def crowd(chance: Random, teams: int) -> list[Dot]:
    """Two thirds of the teams in the lowest tenth of both axes, as when a few do most."""
    many = 2 * teams // 3
    small = [Dot(f"TEAM-{n:02}", chance.uniform(0, 8), chance.randrange(6), "compared") for n in range(many)]
    return small + [
        Dot(f"TEAM-{n:02}", chance.uniform(0, 80), chance.randrange(60), "named") for n in range(many, teams)
    ]


def month(chance: Random, teams: int) -> list[Dot]:
    """The most near the origin, fewer and fewer further out."""
    return [
        Dot(f"TEAM-{n:02}", abs(chance.gauss(12, 14)), int(abs(chance.gauss(6, 8))), "compared")
        for n in range(teams)
    ]


@pytest.mark.parametrize("teams", [25, 45, 60])
@pytest.mark.parametrize(("spread", "share"), [(crowd, 1.0), (month, 0.25)])
@pytest.mark.parametrize("seed", range(3))
def test_every_code_can_be_read_also_near_the_origin(
    spread: Any, share: float, seed: int, teams: int
) -> None:
    dots = spread(Random(seed), teams)
    drawn = scatter(dots, 4.0)
    codes = [
        (one.text_x, one.text_y - 9, one.text_x + 7.6 * len(one.code), one.text_y + 2) for one in drawn.marks
    ]
    marks = [(one.x - 4, one.y - 4, one.x + 4, one.y + 4) for one in drawn.marks]
    lines = [(number, (one.x, one.y, *one.lead)) for number, one in enumerate(drawn.marks) if one.lead]
    crossed = 0
    for number, one in enumerate(codes):
        assert one[0] >= LEFT and one[1] >= 0 and one[2] <= WIDTH and one[3] <= BOTTOM + 2
        assert not any(overlap(one, other) for other in (*codes[:number], *marks))
        crossed += any(through(line, one) for of, line in lines if of != number)
    assert crossed <= share * teams, "a line behind a code is the exception where there is room"
    assert all(LEFT <= one.x <= RIGHT and TOP <= one.y <= BOTTOM for one in drawn.marks)
    assert [one.code for one in drawn.marks] == [one.code for one in dots]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """By more than rounding."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 0.2
        and min(one[3], other[3]) - max(one[1], other[1]) > 0.2
    )


def through(line: tuple[float, ...], box: tuple[float, ...]) -> bool:
    """Tried point by point."""
    steps = [number / 200 for number in range(201)]
    points = [(line[0] + (line[2] - line[0]) * each, line[1] + (line[3] - line[1]) * each) for each in steps]
    return any(box[0] + 0.2 < x < box[2] - 0.2 and box[1] + 0.2 < y < box[3] - 0.2 for x, y in points)


@pytest.fixture(params=STORIES, ids=["spring", "autumn", "week 53"])
def both(api: Api, request: pytest.FixtureRequest) -> BothSystems:
    return _kept(api, request.param)


@pytest.fixture
def spring(api: Api) -> BothSystems:
    return _kept(api, STORIES[0])


def _kept(api: Api, story: Any) -> BothSystems:
    made = both_systems(story[0], wide_force(*story))
    keep(api, *made.force.rows(), *made.rows())
    api.clock.at = made.force.now
    return made


def asked(api: Api, collar: str, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, PATH, **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def presence(both: BothSystems) -> dict[UUID | None, dict[str, Any]]:
    found: defaultdict[UUID | None, dict[str, Any]] = defaultdict(
        lambda: {"ms": 0, "patrols": set(), "officers": set()}
    )
    for each in loops.present(both):
        row = found[each.team_id]
        row["ms"] += each.credited_ms
        row["patrols"].add(each.patrol_id)
        row["officers"].add(each.officer_id)
    return found


@pytest.mark.parametrize("collar", ["4111", "4121", "4131", "4133"])
def test_every_sum_is_that_of_the_loops(api: Api, both: BothSystems, collar: str) -> None:
    told = asked(api, collar, **both.force.period)
    there, counts = presence(both), loops.counted(both, PLANNER, lambda each: each.team_id)
    recorded = loops.on_record(both)
    whole = len(SCOPES[collar][0]) == len(TEAMS)
    rows = {row["team"]["code"]: row for row in told["rows"]}
    shown = {name for name in TEAMS if loops.sees(collar, named(name), named(TEAMS[name]))}
    assert set(rows) == shown | ({None} if whole else set())
    everybody: set[UUID] = set()
    of_rows_told: set[UUID] = set()
    for code, row in rows.items():
        team_id = named(code) if code else None
        found, counted = there[team_id], counts.get(team_id, {})
        everybody |= found["officers"]
        assert {name: row[name] for name in COUNTS} == {name: counted.get(name, 0) for name in COUNTS}
        assert row["engagements"] == counted.get("total", 0)
        assert (row["presence_minutes"], row["patrols"], row["officers"]) == (
            found["ms"] // 60_000, len(found["patrols"]), len(found["officers"]),
        )  # fmt: skip
        without = len(found["officers"] - recorded) if len(found["officers"]) >= 3 else None
        of_rows_told |= found["officers"] if without is not None else set()
        assert row["officers_without_record"] == without
        rated = round(counted.get("total", 0) * 10 * HOUR / found["ms"], 2) if found["ms"] else None
        assert row["per_ten_hours"] == rated
    assert (
        told["totals"]["presence_minutes"]
        == sum(there[named(code) if code else None]["ms"] for code in rows) // 60_000
    )
    told_of = len(everybody) >= 3 and not 0 < len(everybody - of_rows_told) < 3
    without = len(everybody - recorded) if told_of else None
    assert told["totals"]["officers_without_record"] == without


def test_teams_are_held_against_the_whole_force_whoever_asks(api: Api, both: BothSystems) -> None:
    there, counts = presence(both), loops.counted(both, PLANNER, lambda each: each.team_id)
    held = []
    for name in TEAMS:
        found = there[named(name)]
        if len(found["patrols"]) >= 10:
            held.append(
                (counts.get(named(name), {}).get("total", 0) * 10 * HOUR / found["ms"], found["ms"], name)
            )
    rates, times = sorted(one for one, _, _ in held), sorted(ms for _, ms, _ in held)
    median, quarter = rates[(len(held) - 1) // 2], rates[(len(held) + 3) // 4 - 1]
    wanted = {
        name
        for one, ms, name in held
        if ms >= times[(len(held) - 1) // 2] and one <= quarter and one < median
    }
    assert len(held) == 4
    for collar in (PLANNER, COMMANDER, SERGEANT):
        told = asked(api, collar, **both.force.period)
        assert (told["teams_compared"], told["median_per_ten_hours"]) == (4, round(median, 2))
        rows = {row["team"]["code"] for row in told["rows"] if row["named"]}
        assert rows == {name for name in wanted if loops.sees(collar, named(name), named(TEAMS[name]))}


def test_the_file_and_the_page_say_the_same(api: Api, spring: BothSystems) -> None:
    told = asked(api, PLANNER, **spring.force.period)
    file = api.get(PLANNER, PATH, format="csv", **spring.force.period).text.removeprefix("\ufeff")
    lines = list(csv.DictReader(StringIO(file)))
    for line, row in zip(lines, [*told["rows"], told["totals"]], strict=True):
        assert (line["presence_minutes"], line["engagements"]) == (
            str(row["presence_minutes"]), str(row["engagements"]),
        )  # fmt: skip
        rated = row["per_ten_hours"]
        assert line["per_ten_hours"] == ("" if rated is None else f"{rated}")
    page = api.get(PLANNER, PATH, format="html", **spring.force.period).text
    drawing = re.search("<svg.*</svg>", page, re.DOTALL)
    assert drawing is not None
    for name in TEAMS:
        assert re.search(f">{name}</text>", drawing[0])
    assert "recording habits" in page and "Sandwell" in page and told["rule"][:40] in page
    sergeant = api.get(SERGEANT, PATH, format="html", **spring.force.period).text
    assert "NORTH-1" in sergeant and "SOUTH-1" not in sergeant


def test_days_are_told_whole(api: Api, spring: BothSystems) -> None:
    begins = spring.force.begins
    inside = {
        "from": (begins + timedelta(hours=7)).isoformat().replace("+00:00", "Z"),
        "to": (spring.force.ends - timedelta(hours=7)).isoformat().replace("+00:00", "Z"),
    }
    assert asked(api, PLANNER, **inside)["rows"] == asked(api, PLANNER, **spring.force.period)["rows"]


def test_more_rows_cost_no_more_statements(api: Api, spring: BothSystems) -> None:
    statements: list[str] = []
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = set()
    for collar in (SERGEANT, PLANNER):
        statements.clear()
        asked(api, collar, **spring.force.period)
        counts.add(sum("SELECT" in each and "audit" not in each for each in statements))
    assert len(counts) == 1 and max(counts) <= 16


def test_looking_is_logged_with_the_teams_and_nobody_is_named(api: Api, spring: BothSystems) -> None:
    answer = Log(api)
    (looked,) = answer.of(found := api.get(PLANNER, PATH, **spring.force.period))
    assert looked.operation == "wmnow.under-recording"
    assert all(collar not in found.text for collar in ("5001", "5002", "5003"))
    assert all(str(named(collar)) not in found.text for collar in ("5001", "5002", "5003"))
    assert api.get("4101", PATH).status_code == 403


def test_teams_of_another_force_are_nowhere(api: Api, spring: BothSystems) -> None:
    assert set(TEAM_NAMES) >= {
        UUID(row["team"]["id"]) for row in asked(api, PLANNER)["rows"] if row["team"]["id"]
    }


@pytest.mark.parametrize(
    ("took_part", "in_tracker", "left"),
    [(False, False, 2), (True, False, 1), (False, True, 1), (True, True, 0)],
)
def test_who_took_part_or_is_known_from_the_tracker_is_on_record(
    api: Api, took_part: bool, in_tracker: bool, left: int
) -> None:
    """5001 leads all that is ours; 5002 may have taken part, 5003 may stand in the tracker."""
    made = both_systems(STORIES[0][0], wide_force(*STORIES[0]))
    standing = [
        one for one in made.engagements if one.voided_at is None and loops.within(made.force, one.occurred_at)
    ]
    for one in made.engagements:
        one.captured_by = named("5001")
    for record in made.records:
        record.officer_id = None
    theirs = [
        one for one in made.records if one.deleted_at is None and loops.within(made.force, one.occurred_at)
    ]
    gone = next(
        one
        for one in made.records
        if one.deleted_at is not None and loops.within(made.force, one.occurred_at)
    )
    gone.officer_id = named("5003")
    theirs[0].officer_id = named("5003") if in_tracker else None
    voided = next(
        one
        for one in made.engagements
        if one.voided_at is not None and loops.within(made.force, one.occurred_at)
    )
    made.took_part = [
        EngagementOfficer(engagement_id=one.id, officer_id=named("5002"))
        for one in (voided, *([standing[0]] if took_part else []))
    ]
    keep(api, *made.force.rows(), *made.rows())
    api.clock.at = made.force.now
    told = asked(api, PLANNER, **made.force.period)["totals"]
    assert (told["officers"], told["officers_without_record"]) == (3, left)


@pytest.mark.parametrize(("few", "left"), [(2, None), (3, 4)])
def test_the_total_does_not_tell_what_a_row_keeps(api: Api, few: int, left: int | None) -> None:
    """Of five officers of one team one has nothing on record; so have all of the other team, two or three."""
    made = both_systems(STORIES[0][0], wide_force(*STORIES[0]))
    many, others = ("5001", "5002", "5003", "4101", "4102"), ("4103", "4111", "4112")[:few]
    people = {named("NORTH-1"): many, named("SOUTH-1"): others}
    made.force.slices = [one for one in made.force.slices if one.team_id in people]
    patrols: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for each in made.force.slices:
        assert each.team_id is not None
        of_team = patrols[each.team_id]
        if each.patrol_id not in of_team:
            of_team.append(each.patrol_id)
        collars = people[each.team_id]
        each.officer_id = named(collars[of_team.index(each.patrol_id) % len(collars)])
    for number, one in enumerate(made.engagements):
        one.captured_by = named(many[number % 4])
    made.took_part = []
    for record in made.records:
        record.officer_id = None
    keep(api, *made.force.rows(), *made.rows())
    api.clock.at = made.force.now
    told = asked(api, PLANNER, **made.force.period)
    rows = {row["team"]["code"]: (row["officers"], row["officers_without_record"]) for row in told["rows"]}
    assert rows["NORTH-1"] == (5, 1)
    assert rows["SOUTH-1"] == (few, None if few < 3 else 3)
    assert (told["totals"]["officers"], told["totals"]["officers_without_record"]) == (5 + few, left)
    file = api.get(PLANNER, PATH, format="csv", **made.force.period).text
    assert file.count("not told") == sum(one is None for _, one in rows.values()) + (left is None)
