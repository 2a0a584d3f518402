"""Compliance officer by officer over HTTP: only where policy allows it, only one's own people, never a league table."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Role
from app.patrols.models import CrewMember, OfficerFirst, PatrolVoid
from app.schedule.models import WindowAssignment
from app.schedule.windows import WindowState
from tests.compliance import by_hand
from tests.compliance.small_force import SCOPES, TEAM_NAMES, TEAMS
from tests.compliance.test_window_compliance import keep
from tests.compliance.wide_force import OFFICERS, WideForce, wide_force
from tests.conftest import Api, named
from tests.people import join

SERGEANT, SOUTHERN, COMMANDER, PLANNER, OFFICER = "4111", "4112", "4121", "4131", "4101"
PATH, GROUPS = "/v1/compliance/officers", "/v1/compliance/groups"


def allow(api: Api, *forces: str) -> None:
    app: Any = api.client.app
    app.state.settings = app.state.settings.model_copy(update={"officer_views": forces})


@pytest.fixture
def force(api: Api) -> WideForce:
    """Made-up people tasked by name with every third window; some patrols are for one, some with a colleague."""
    made = wide_force(5, date(2026, 3, 23), 14)
    tasked, crew = [], []
    for number, each in enumerate(made.windows):
        for collar in sorted(OFFICERS)[: number % 3]:
            tasked.append(WindowAssignment(window_id=each.id, officer_id=named(collar)))
    for number, one in enumerate(made.patrols):
        if number % 2:
            one.window_id = made.windows[number % len(made.windows)].id
        if number % 4 == 0:
            others = [collar for collar in sorted(OFFICERS) if named(collar) != one.captured_by]
            crew.append(CrewMember(patrol_id=one.id, officer_id=named(others[number % len(others)])))
    voided = [
        PatrolVoid(
            id=one.id, content_hash=b"x" * 32, captured_by=one.captured_by, uploaded_by=one.captured_by,
            received_at=one.started_at, reason="A mistake.",
        )
        for one in made.patrols[::11]
    ]  # fmt: skip
    keep(api, *made.rows(), *tasked, *crew, *voided)
    api.clock.at = made.now
    allow(api, "FORCE")
    made.tasked, made.crew, made.voided = tasked, crew, voided  # type: ignore[attr-defined]
    return made


def asked(api: Api, collar: str, force: WideForce, /, path: str = PATH, **params: Any) -> dict[str, Any]:
    answer = api.get(collar, path, **{**force.period, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_loops(force: Any, collar: str) -> dict[str, dict[str, Any]]:
    teams, areas = SCOPES[collar]
    slices = [each for each in by_hand.told_to_all(force, collar, force.slices) if each.hotspot_id is None]
    seen = {each.id: each for each in by_hand.windows_seen(force, collar)}
    gone = {each.id for each in force.voided}
    on: list[tuple[Any, Any]] = []
    for one in force.patrols:
        if one.id not in gone:
            people = {one.captured_by, *(each.officer_id for each in force.crew if each.patrol_id == one.id)}
            on += [(one, person) for person in people]
    came = set()
    windows = {each.id: each for each in force.windows}
    for one, person in on:
        if one.window_id is not None:
            came.add((windows[one.window_id].moved_to_id or one.window_id, person))
    found = {}
    for name in OFFICERS:
        due = [
            each.window_id
            for each in force.tasked
            if each.officer_id == named(name)
            and each.window_id in seen
            and seen[each.window_id].state is WindowState.PUBLISHED
            and seen[each.window_id].starts_at <= force.now
        ]
        mine = [
            one
            for one, person in on
            if person == named(name)
            and force.begins <= one.started_at < force.ends
            and (TEAM_NAMES[one.team_id] in teams or TEAMS[TEAM_NAMES[one.team_id]] in areas)
        ]
        found[name] = {
            "windows_tasked": len(due),
            "windows_attended": sum((window_id, named(name)) in came for window_id in due),
            "patrols": len(mine),
            "officer_minutes": by_hand.minutes_say(each for each in slices if each.officer_id == named(name)),
        }
    return found


def test_rows_are_what_slow_loops_find(api: Api, force: WideForce) -> None:
    for collar in (SERGEANT, SOUTHERN, COMMANDER):
        rows = {row["collar_number"]: row for row in asked(api, collar, force)["items"]}
        expected = by_loops(force, collar)
        assert any(each["windows_attended"] for each in expected.values())
        for name, row in expected.items():
            told = rows.get(name)
            if told is None:
                assert not any((row["windows_tasked"], row["patrols"], *row["officer_minutes"].values()))
            else:
                assert {key: told[key] for key in row} == row, (collar, name)


def test_they_stand_by_collar_number_with_those_who_did_nothing(api: Api, force: WideForce) -> None:
    found = asked(api, SERGEANT, force)
    numbers = [row["collar_number"] for row in found["items"]]
    assert numbers == sorted(numbers)
    assert {"4101", "4102", SERGEANT} <= set(numbers)
    assert "4103" not in numbers
    assert "Not a measure of anybody's work" in found["notes"][0]
    assert api.get(SERGEANT, PATH, **force.period, sort="patrols").status_code == 422
    first = asked(api, SERGEANT, force, limit=2)
    second = asked(api, SERGEANT, force, limit=500, cursor=first["next_cursor"])
    assert first["items"] + second["items"] == found["items"]


def test_it_is_off_unless_the_force_says_so(api: Api, force: WideForce) -> None:
    for allowed in ((), ("OTHER",)):
        allow(api, *allowed)
        for path, params in ((PATH, {}), (GROUPS, {"group_by": "officer"})):
            answer = api.get(SERGEANT, path, **force.period, **params)
            assert answer.status_code == 403
            assert "does not show figures officer by officer" in answer.json()["detail"]
        mine = asked(api, SERGEANT, force, path=f"{PATH}/me")
        assert [row["collar_number"] for row in mine["items"]] == [SERGEANT]
    assert api.get("7101", PATH, **force.period).status_code == 200


def test_planners_and_officers_may_not_even_where_it_is_on(api: Api, force: WideForce) -> None:
    for collar in (PLANNER, OFFICER):
        assert api.get(collar, PATH, **force.period).status_code == 403
        assert api.get(collar, GROUPS, **force.period, group_by="officer").status_code == 403


def test_groups_by_officer_say_the_same(api: Api, force: WideForce) -> None:
    groups = asked(api, COMMANDER, force, path=GROUPS, group_by="officer", limit=500)["items"]
    by_officer = {row["keys"][0]["code"]: row["officer_minutes"] for row in groups}
    expected = by_loops(force, COMMANDER)
    assert by_officer == {
        name: row["officer_minutes"] for name, row in expected.items() if any(row["officer_minutes"].values())
    }


def test_a_second_role_shows_no_more_officers(api: Api, force: WideForce) -> None:
    """A sergeant who also plans: the plan and its totals of the whole force, officers of their own team."""
    join(api.url, "4199", (Role.SUPERVISOR, Role.PLANNER), "NORTH-1")
    for params in ({}, {"then_by": "week"}):
        theirs, sergeants = (
            asked(api, collar, force, path=GROUPS, group_by="officer", limit=500, **params)["items"]
            for collar in ("4199", SERGEANT)
        )
        assert theirs == sergeants
    ranks = asked(api, "4199", force, path=GROUPS, group_by="rank")["items"]
    assert [row["keys"][0]["code"] for row in ranks] == ["few_officers"]


def test_what_an_officer_is_to_see_first_is_told_to_them_alone(api: Api, force: WideForce) -> None:
    """The sergeant's own patrol is held: in their own row at once, in the commander's later."""
    one = force.patrols[1]
    slice_ = next(each for each in force.slices if each.hotspot_id is None)
    fields = {name: getattr(slice_, name) for name in type(slice_).model_fields}
    held = uuid5(one.id, "held")
    fields_of_patrol = {name: getattr(one, name) for name in type(one).model_fields}
    keep(
        api,
        type(one)(**fields_of_patrol | {"id": held, "captured_by": named(SERGEANT), "window_id": None}),
        type(slice_)(
            **fields
            | {
                "id": uuid5(held, "slice"), "patrol_id": held, "officer_id": named(SERGEANT), "credited_ms": 600_000,
                "day": force.first, "grade": "verified", "team_id": named("NORTH-1"), "area_id": named("NORTH"),
            }
        ),
        OfficerFirst(patrol_id=held, until_at=force.now + timedelta(hours=1)),
    )  # fmt: skip

    def verified(collar: str, path: str = PATH) -> int:
        rows = {row["collar_number"]: row for row in asked(api, collar, force, path=path)["items"]}
        return int(rows[SERGEANT]["officer_minutes"]["verified"]) if SERGEANT in rows else 0

    assert (verified(SERGEANT), verified(SERGEANT, f"{PATH}/me"), verified(COMMANDER)) == (10, 10, 0)
    api.clock.forward(hours=2)
    assert verified(COMMANDER) == 10


def test_an_officer_sees_their_own_wherever_it_was(api: Api, force: WideForce) -> None:
    join(api.url, "4199", ())
    mine = asked(api, OFFICER, force, path=f"{PATH}/me")["items"]
    assert [(row["collar_number"], row["patrols"]) for row in mine] == [(OFFICER, 0)]
    assert api.get(PLANNER, f"{PATH}/me", **force.period).status_code == 403


def test_each_look_is_logged_with_the_officers_it_named(api: Api, force: WideForce) -> None:
    rows = asked(api, SERGEANT, force)["items"]
    engine = open_engine(api.url)
    with reading(engine) as session:
        logged = session.exec(select(AuditEvent).where(AuditEvent.operation == "compliance.officers")).all()
    engine.dispose()
    assert [each.subjects["officer"] for each in logged] == [sorted(row["officer_id"] for row in rows)]
    assert Counter(each.actor_id for each in logged) == {named(SERGEANT): 1}
