"""Weeks of a force made up at random, held against loops over the rows that share nothing with the queries; and how
many statements an answer takes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.clock import LONDON
from app.database.engine import open_engine
from app.database.session import transaction
from app.patrols.models import Grade
from app.schedule.models import TaskingWindow
from tests.compliance.small_force import (
    AREA_NAMES,
    NOW,
    SCOPES,
    TEAM_NAMES,
    TEAMS,
    SmallForce,
    made_up,
    status_at,
)
from tests.compliance.test_window_compliance import window
from tests.conftest import Api, named
from tests.people import change

WEEKS = ("2026-W13", "2026-W14")


def _add(api: Api, force: SmallForce) -> None:
    engine = open_engine(api.url, 1)
    with transaction(engine) as session:
        for row in force.rows():
            session.add(row)
            session.flush()
    engine.dispose()
    api.clock.at = NOW


def _week_of(at: datetime) -> str:
    year, number, _ = at.astimezone(LONDON).isocalendar()
    return f"{year}-W{number:02}"


def _windows(force: SmallForce, collar: str, team: str, week: str) -> list[TaskingWindow]:
    teams, areas = SCOPES[collar]
    found = []
    for each in force.windows:
        published = each.state.value == "PUBLISHED" or (each.state.value == "CANCELLED" and each.published_at)
        theirs = TEAM_NAMES[each.team_id] == team
        seen = team in teams or AREA_NAMES[each.area_id] in areas
        if published and theirs and seen and _week_of(each.starts_at) == week:
            found.append(each)
    return sorted(found, key=lambda each: (each.starts_at, each.id))


def _outcome(force: SmallForce, each: TaskingWindow) -> str:
    status = status_at(force, each)
    if status == "compliant":
        return "met"
    if status == "accepted":
        return "met_by_decision"
    if status in ("published", "in_progress"):
        return "open"
    if status == "adjusted":
        enough = force.results[each.id].credited_ms >= force.results[each.id].required_ms
        return "met_by_decision" if enough else "not_met"
    return "cancelled" if status == "cancelled" else "not_met"


def _hours(force: SmallForce, collar: str, team: str, week: str) -> dict[str, int]:
    teams, areas = SCOPES[collar]
    found: Counter[str] = Counter()
    for each in force.slices:
        year, number, _ = each.day.isocalendar()
        mine = each.team_id == named(team) and (team in teams or TEAMS[team] in areas)
        if mine and each.hotspot_id is None and f"{year}-W{number:02}" == week:
            found[each.grade.value] += each.credited_ms
    return {grade.value: found[grade.value] // 60_000 for grade in Grade}


@pytest.mark.parametrize("seed", [1, 2])
def test_weeks_are_what_the_rows_come_to(api: Api, seed: int) -> None:
    force = made_up(seed)
    _add(api, force)
    told = 0
    for collar in ("4111", "4121", "4131"):
        for week in WEEKS:
            for team in TEAMS:
                answer = api.get(collar, f"/v1/weeks/{named(team)}/{week}")
                wanted = _windows(force, collar, team, week)
                if answer.status_code == 404:
                    assert wanted == []
                    continue
                _same(force, answer.json(), wanted)
                hours, counted = answer.json()["hours"]["total"], _hours(force, collar, team, week)
                assert {grade: hours[grade] for grade in counted} == counted
                told += len(wanted)
            _same_lines(api, force, collar, week)
    assert told > 60


def _same(force: SmallForce, answer: dict[str, Any], wanted: list[TaskingWindow]) -> None:
    assert [(each["window_id"], each["outcome"]) for each in answer["windows"]] == [
        (str(each.id), _outcome(force, each)) for each in wanted
    ]
    assert answer["totals"]["denominator"] == len(wanted)
    for each, row in zip(answer["windows"], wanted, strict=True):
        result = force.results.get(row.id)
        assert each["credited_minutes"] == (result.credited_ms // 60_000 if result else 0)


def _same_lines(api: Api, force: SmallForce, collar: str, week: str) -> None:
    for line in api.get(collar, "/v1/weeks", week=week).json()["teams"]:
        wanted = Counter(_outcome(force, each) for each in _windows(force, collar, line["team_code"], week))
        counted = {
            name: line[name] for name in ("met", "met_by_decision", "not_met", "open", "cancelled", "moved")
        }
        assert counted == {name: wanted[name] for name in counted}, line["team_code"]
        assert line["denominator"] == sum(wanted.values())


def test_as_many_statements_for_thirty_windows_as_for_three(api: Api) -> None:
    def statements() -> int:
        counted: list[str] = []

        def note(*args: Any) -> None:
            counted.append(args[2])

        engine = api.client.app.state.engine  # type: ignore[attr-defined]
        event.listen(engine, "before_cursor_execute", note)
        assert api.get("4111", f"/v1/weeks/{named('NORTH-1')}/2026-W10").status_code == 200
        event.remove(engine, "before_cursor_execute", note)
        return len(counted)

    first = datetime(2026, 3, 3, 8, tzinfo=UTC)

    def add(start: int, end: int) -> None:
        rows = [window(f"n{number}", first + timedelta(hours=number)) for number in range(start, end)]

        def put(session: Any) -> None:
            session.add_all(rows)

        change(api.url, put)

    api.clock.at = datetime(2026, 3, 9, 9, tzinfo=UTC)
    add(0, 3)
    few = statements()
    add(3, 30)
    assert statements() == few
    assert few < 60
