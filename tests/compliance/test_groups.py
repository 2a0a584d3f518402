"""Compliance by every grouping over HTTP, held against slow loops."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, update
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.models import PatrolAssessment
from app.schedule.windows import WindowState
from tests.compliance import by_hand
from tests.compliance.small_force import SCOPES
from tests.compliance.test_officers import allow
from tests.compliance.test_window_compliance import keep, result, window
from tests.compliance.wide_force import WideForce, wide_force
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import hour_inside
from tests.people import change

SERGEANT, SOUTHERN, COMMANDER, PLANNER, AUDITOR = "4111", "4112", "4121", "4131", "4133"
PATH = "/v1/compliance/groups"
OF_WINDOWS = (
    "force", "lpa", "sector", "neighbourhood", "ward", "area", "team", "hotspot", "category", "week", "month",
    "quarter",
)  # fmt: skip
OF_PATROLS = ("programme", "operation", "funding", "rank", "kind")
OF_PEOPLE = {"rank", "kind"}
PAIRS = (
    ("lpa", "month"),
    ("hotspot", "week"),
    ("team", "category"),
    ("rank", "week"),
    ("programme", "funding"),
)
# Around the night the clocks go forward; around the one they go back; over the end of a year with 53 weeks.
STORIES = [(1, date(2026, 3, 23), 14), (2, date(2026, 10, 19), 12), (3, date(2026, 12, 24), 17)]


def asked(api: Api, collar: str, force: WideForce, /, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, PATH, **{**force.period, "limit": 500, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(params=STORIES, ids=["spring", "autumn", "week 53"])
def force(api: Api, request: pytest.FixtureRequest) -> WideForce:
    made = wide_force(*request.param)
    keep(api, *made.rows())
    api.clock.at = made.now
    return made


@pytest.fixture
def spring(api: Api) -> WideForce:
    made = wide_force(*STORIES[0])
    keep(api, *made.rows())
    api.clock.at = made.now
    return made


def told_of_windows(row: dict[str, Any]) -> dict[str, Any]:
    names = ("denominator", "kept", "kept_by_decision", "provisional", "verified_minutes", "required_minutes")
    return {name: row[name] for name in names} | {
        "by_status": {each["status"]: each["windows"] for each in row["by_status"] if each["windows"]},
        "reasons": {each["code"]: each["windows"] for each in row["by_reason"]},
        "decisions": {each["code"]: each["windows"] for each in row["by_decision"]},
    }


def check(api: Api, force: WideForce, collar: str, by: tuple[str, ...]) -> None:
    """Holds an answer against the loops, row by row and in all."""
    params = {"group_by": by[0]} | ({"then_by": by[1]} if len(by) > 1 else {})
    found = asked(api, collar, force, **params)
    rows = {tuple(key["code"] for key in row["keys"]): row for row in found["items"]}
    assert len(rows) == len(found["items"])
    of_windows = not set(by) & set(OF_PATROLS)
    windows, slices = by_hand.windows_seen(force, collar), by_hand.told_to_all(force, collar, force.slices)
    visits = by_hand.told_to_all(force, collar, force.visits, days_before=1)
    of_places = bool({"hotspot", "category"} & set(by))
    expected_windows, expected_time = defaultdict(list), defaultdict(list)
    for each in windows if of_windows else []:
        expected_windows[tuple(by_hand.window_key(force, one, each) for one in by)].append(each)
    for each in slices:
        if (each.hotspot_id is not None) is of_places:
            expected_time[tuple(by_hand.time_key(force, one, each) for one in by)].append(each)
    expected_visits = by_hand.visits_say(force, visits, by)
    expected_blocks = by_hand.blocks_say(force, collar, by) if of_windows else {}
    assert {*expected_windows, *expected_time, *expected_visits, *expected_blocks} <= set(rows)
    for key, row in rows.items():
        if of_windows:
            assert told_of_windows(row["windows"]) == by_hand.windows_say(force, expected_windows[key]), key
            assert row["one_in_three"] == expected_blocks.get(key, by_hand.NO_BLOCKS), key
        else:
            assert (row["windows"], row["one_in_three"]) == (None, None)
        assert row["officer_minutes"] == by_hand.minutes_say(expected_time[key]), key
        assert row["visits"] == expected_visits.get(key, by_hand.NO_VISITS), key
    totals = found["totals"]
    if of_windows:
        assert told_of_windows(totals["windows"]) == by_hand.windows_say(force, windows)
        assert totals["one_in_three"] == by_hand.blocks_say(force, collar, ()).get((), by_hand.NO_BLOCKS)
    once = [each for each in slices if each.hotspot_id is None]
    assert totals["officer_minutes"] == by_hand.minutes_say(once)
    assert totals["visits"] == by_hand.visits_say(force, visits, ()).get((), by_hand.NO_VISITS)


def test_every_grouping_is_what_slow_loops_find(
    api: Api, force: WideForce, asked_before: bool, request: pytest.FixtureRequest
) -> None:
    """Each grouping in each story; on PostgreSQL, unless everything is asked for, in one of the stories."""
    allow(api, "FORCE")
    stories = len(STORIES) if asked_before else 1
    turn = STORIES.index(request.node.callspec.params["force"]) % stories
    for by in (*OF_WINDOWS, *OF_PATROLS)[turn::stories]:
        check(api, force, COMMANDER if by in OF_PEOPLE else PLANNER, (by,))
    for pair in PAIRS[turn::stories]:
        check(api, force, COMMANDER if OF_PEOPLE.intersection(pair) else AUDITOR, pair)


def test_each_sees_their_own_part_by_every_grouping(api: Api, spring: WideForce) -> None:
    allow(api, "FORCE")
    for collar in SCOPES:
        of_people = () if collar in (PLANNER, AUDITOR) else ("rank",)
        for by in ("lpa", "team", "hotspot", "month", "programme", *of_people):
            check(api, spring, collar, (by,))
    assert asked(api, "7101", spring, group_by="team")["totals"]["windows"]["denominator"] == 0


def test_the_weeks_of_a_year_that_has_53(api: Api) -> None:
    made = wide_force(3, date(2026, 12, 24), 17)
    keep(api, *made.rows())
    api.clock.at = made.now
    items = asked(api, PLANNER, made, group_by="week")["items"]
    assert [row["keys"][0]["code"] for row in items] == ["2026-W52", "2026-W53", "2027-W01"]
    assert items[1]["keys"][0]["name"] == "week from 28 December 2026"
    quarters = asked(api, PLANNER, made, group_by="quarter")["items"]
    assert [row["keys"][0]["name"] for row in quarters] == [
        "October to December 2026",
        "January to March 2027",
    ]


def test_ranks_of_few_officers_are_told_together(api: Api, spring: WideForce) -> None:
    """Three people, one of them a PCSO and one a sergeant for half the time: no rank of theirs is told by itself, to
    nobody who is shown no single officers, and neither is it by week."""
    for allowed in ((), ("FORCE",)):
        allow(api, *allowed)
        for params in ({"group_by": "rank"}, {"group_by": "kind"}, {"group_by": "rank", "then_by": "week"}):
            found = asked(api, PLANNER, spring, **params)
            assert {row["keys"][0]["code"] for row in found["items"]} == {"few_officers"}, params
            assert "fewer than three officers" in " ".join(found["notes"])
            if len(params) == 1:
                (row,) = found["items"]
                assert (row["officer_minutes"], row["visits"]) == (
                    found["totals"]["officer_minutes"],
                    found["totals"]["visits"],
                )
    allow(api)
    told = asked(api, COMMANDER, spring, group_by="rank")["items"]
    assert [row["keys"][0]["code"] for row in told] == ["few_officers"]
    answer = api.get(PLANNER, PATH, **spring.period, group_by="rank", format="csv")
    assert [row.split(",")[0] for row in answer.text.splitlines()[1:]] == ["few_officers"]


def test_rows_lead_to_what_they_count(api: Api, spring: WideForce) -> None:
    for by in ("lpa", "team", "hotspot", "category", "week"):
        for row in asked(api, COMMANDER, spring, group_by=by)["items"]:
            if row["keys"][0]["code"] is None:
                assert row["links"] == {"windows": None, "hotspots": None}
                continue
            answer = api.client.get(row["links"]["windows"], headers=api.as_officer(COMMANDER))
            totals = answer.json()["totals"]
            assert totals["denominator"] == row["windows"]["denominator"], row["keys"]
            assert totals["by_status"] == row["windows"]["by_status"]
            if by != "hotspot":
                inner = api.client.get(row["links"]["hotspots"], headers=api.as_officer(COMMANDER)).json()
                assert inner["totals"]["windows"] == row["windows"], row["keys"]


def test_a_very_area_leads_nowhere(api: Api, spring: WideForce) -> None:
    """No filter asks for an area without what lies below it."""
    found = asked(api, PLANNER, spring, group_by="area")
    assert {each for row in found["items"] for each in row["links"].values()} == {None}
    assert "of that very area" in " ".join(found["notes"])


def test_pages_neither_skip_nor_repeat_and_totals_are_of_all(api: Api, spring: WideForce) -> None:
    for params in ({"group_by": "hotspot", "then_by": "week"}, {"group_by": "operation"}):
        whole = asked(api, PLANNER, spring, **params)
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = asked(api, PLANNER, spring, **{**params, "limit": 2, **cursor})
            assert page["totals"] == whole["totals"]
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert found == whole["items"]


def test_the_file_says_what_the_answer_says(api: Api, spring: WideForce) -> None:
    for params in ({"group_by": "lpa", "then_by": "month"}, {"group_by": "funding"}):
        answer = api.get(PLANNER, PATH, **{**spring.period, **params, "format": "csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
        items = asked(api, PLANNER, spring, **params)["items"]
        assert len(rows) == len(items) > 1
        for row, item in zip(rows, items, strict=True):
            for key in item["keys"]:
                assert row[key["group_by"]] == (key["code"] or "")
                assert row[f"{key['group_by']}_name"] == key["name"]
            windows, blocks = item["windows"], item["one_in_three"]
            assert row["denominator"] == (str(windows["denominator"]) if windows else "")
            assert row["windows_compliant"] == (str(windows["kept"]) if windows else "")
            assert row["blocks_due"] == (str(blocks["due"]) if blocks else "")
            assert int(row["verified_officer_minutes"]) == item["officer_minutes"]["verified"]
            assert int(row["visits"]) == item["visits"]["visits"]
            gap = item["visits"]["median_gap_minutes"]
            assert row["median_gap_minutes"] == ("" if gap is None else str(gap))


def test_more_rows_cost_no_more_statements(api: Api, spring: WideForce) -> None:
    statements: list[str] = []
    engine = api.client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    counts = set()
    for limit in (1, 500):
        statements.clear()
        asked(api, PLANNER, spring, group_by="hotspot", then_by="week", limit=limit)
        counts.add(sum("SELECT" in each and "audit" not in each for each in statements))
    assert len(counts) == 1 and max(counts) <= 16


def test_what_cannot_be_told_is_said(api: Api, spring: WideForce) -> None:
    allow(api, "FORCE")
    ranks = asked(api, COMMANDER, spring, group_by="rank")
    assert "Windows have no rank" in " ".join(ranks["notes"])
    assert [row["keys"][0]["name"] for row in ranks["items"]][-1] == "no rank on record for the day"
    hotspots = asked(api, PLANNER, spring, group_by="hotspot")
    assert "do not add up where hotspots overlap" in " ".join(hotspots["notes"])
    teams = asked(api, PLANNER, spring, group_by="team", hotspot_kind="TGP_ASB")
    assert teams["totals"]["officer_minutes"] is None
    assert all(row["officer_minutes"] is None for row in teams["items"])
    # Two teams in one hotspot at once are a visit of each, and one of all.
    by_team = asked(api, PLANNER, spring, group_by="team")
    assert sum(row["visits"]["visits"] for row in by_team["items"]) > by_team["totals"]["visits"]["visits"]
    assert "may come to more than the total" in " ".join(by_team["notes"])
    assert ranks["hours_provisional_from"] == (api.clock.at - timedelta(days=1)).date().isoformat()
    assert ranks["rule_versions"]


def test_rules_of_before_are_told_where_a_patrol_was_judged_by_them(api: Api) -> None:
    hour_inside(api, "4101", "p0", "phone-0", 0, 40)
    api.clock.forward(days=2)
    period = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-04T00:00:00Z", "group_by": "lpa"}
    (in_force,) = api.get(PLANNER, PATH, **period).json()["rule_versions"]
    change(
        api.url,
        lambda session: session.execute(update(PatrolAssessment).values(policy_version="rules of before")),
    )
    assert api.get(PLANNER, PATH, **period).json()["rule_versions"] == sorted([in_force, "rules of before"])
    earlier = {**period, "from": "2026-02-24T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
    assert api.get(PLANNER, PATH, **earlier).json()["rule_versions"] == [in_force]


def test_a_hotspot_and_its_row_are_filtered_alike(api: Api, spring: WideForce) -> None:
    whole = asked(api, PLANNER, spring, group_by="hotspot")["items"]
    for row in whole:
        one = asked(api, PLANNER, spring, group_by="hotspot", hotspot_id=row["keys"][0]["id"])
        assert one["items"] == [row]
        assert one["totals"] == {name: row[name] for name in one["totals"]}


def test_each_look_is_logged_with_what_it_named(api: Api, spring: WideForce) -> None:
    items = asked(api, SERGEANT, spring, group_by="team", then_by="week")["items"]
    engine = open_engine(api.url)
    with reading(engine) as session:
        logged = session.exec(select(AuditEvent).where(AuditEvent.operation == "compliance.groups")).all()
    engine.dispose()
    teams = {UUID(row["keys"][0]["id"]) for row in items}
    assert [each.subjects for each in logged] == [
        {
            "group-by": ["team", "week"],
            "period": list(spring.period.values()),
            "team": sorted(str(each) for each in teams),
        }
    ]
    assert named("NORTH-1") in teams


def test_bad_questions_are_refused(api: Api) -> None:
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    ages = {"from": "2001-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z"}
    assert api.get(PLANNER, PATH, **span).status_code == 422
    assert api.get(PLANNER, PATH, **span, group_by="colour").status_code == 422
    twice = api.get(PLANNER, PATH, **span, group_by="lpa", then_by="lpa")
    assert twice.json()["errors"][0]["code"] == "twice"
    long = api.get(PLANNER, PATH, **ages, group_by="week")
    assert long.json()["errors"][0]["code"] == "too-many"
    wrong = api.get(PLANNER, PATH, **span, group_by="lpa", cursor="bm8")
    assert wrong.json()["errors"][0]["code"] == "cursor"
    assert api.get("4101", PATH, **span, group_by="lpa").status_code == 403


def test_a_block_counts_where_its_first_window_was_wherever_it_was_moved_to(api: Api) -> None:
    """Two blocks of one hotspot: the first kept on the Monday it was moved to, the second cancelled."""
    sunday = datetime(2026, 3, 8, 19, tzinfo=UTC)
    drawn: dict[str, Any] = {"schedule_id": named("drawn"), "block_first_day": date(2026, 3, 6)}
    following: dict[str, Any] = {"schedule_id": named("drawn"), "block_first_day": date(2026, 3, 9)}
    keep(
        api,
        window("stead", sunday + timedelta(days=1), **drawn),
        window("moved", sunday, state=WindowState.MOVED, moved_to_id=named("stead"), **drawn),
        result("stead", "compliant", 3_600_000, 3_600_000, 3_600_000),
        window("off", sunday + timedelta(days=3), state=WindowState.CANCELLED, **following),
    )
    api.clock.at = datetime(2026, 3, 20, tzinfo=UTC)

    def weeks(first: str, last: str) -> dict[str, tuple[int, int]]:
        span = {"from": f"{first}T00:00:00Z", "to": f"{last}T00:00:00Z"}
        items = api.get(PLANNER, PATH, **span, group_by="week", hotspot_id=str(named("TGP-1"))).json()[
            "items"
        ]
        return {
            row["keys"][0]["code"]: (row["one_in_three"]["due"], row["one_in_three"]["kept"]) for row in items
        }

    assert weeks("2026-03-06", "2026-03-16") == {"2026-W10": (1, 1), "2026-W11": (1, 0)}
    assert weeks("2026-03-06", "2026-03-09") == {"2026-W10": (1, 1)}
    assert weeks("2026-03-09", "2026-03-16") == {"2026-W11": (1, 0)}
