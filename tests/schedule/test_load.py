"""How windows fall on people: nights, weekends, runs of days, clashes; and who is told."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from app.database.engine import open_engine
from app.database.session import reading
from app.identity.permissions import Caller, OfficerKind, Role
from app.schedule.crews import Answer, Span
from app.schedule.load import Duty, load_of, longest_run, touches_night
from app.schedule.load_answers import read_load
from app.schedule.load_schemas import LoadBy
from tests.conftest import Api, named
from tests.schedule.test_crew_journey import (
    AUDITOR,
    COLLEAGUE,
    COMMANDER,
    OFFICER,
    PLANNER,
    SERGEANT,
    SOUTHERN_SERGEANT,
    SOUTHERNER,
    answer,
    publish,
)

PERIOD = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-16T00:00:00Z"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "night"),
    [
        ("2026-03-02T21:00+00:00", "2026-03-02T23:00+00:00", False),
        ("2026-03-02T21:00+00:00", "2026-03-02T23:00:01+00:00", True),
        ("2026-03-03T05:59:59+00:00", "2026-03-03T08:00+00:00", True),
        ("2026-03-03T06:00+00:00", "2026-03-03T08:00+00:00", False),
        ("2026-03-03T00:30+00:00", "2026-03-03T02:30+00:00", True),
        # Summer time: 23:00 on London's clocks is 22:00 UTC.
        ("2026-06-02T20:00+00:00", "2026-06-02T22:30+00:00", True),
        ("2026-06-02T20:00+00:00", "2026-06-02T22:00+00:00", False),
        # The mornings after both changes: 06:00 is 05:00 UTC in March, 06:00 UTC in October.
        ("2026-03-29T05:00+00:00", "2026-03-29T07:00+00:00", False),
        ("2026-10-25T05:30+00:00", "2026-10-25T07:30+00:00", True),
        ("2026-03-02T07:00+00:00", "2026-03-03T07:00+00:00", True),
    ],
)
def test_nights(starts_at: str, ends_at: str, night: bool) -> None:
    assert touches_night(at(starts_at), at(ends_at)) is night


def test_days_on_end() -> None:
    march = [date(2026, 3, day) for day in (5, 1, 3, 2, 2)]
    assert (longest_run(march), longest_run([]), longest_run(march[:1])) == (3, 0, 1)
    assert longest_run([date(2026, 2, 28), date(2026, 3, 1)]) == 2


def test_a_load_adds_up() -> None:
    def duty(starts_at: str, hours: float, *answers: Answer, is_named: bool = True) -> Duty:
        begin = at(starts_at)
        span = Span(named(starts_at), begin, begin + timedelta(hours=hours))
        return Duty(span, 3600, is_named, frozenset(answers))

    # Saturday, the Sunday on which the clocks go forward (23:30 UTC on Saturday is Saturday still), Monday.
    duties = [
        duty("2026-03-28T19:00+00:00", 2, Answer.ACCEPTED, Answer.DECLINED),
        duty("2026-03-28T20:30+00:00", 2, is_named=False),
        duty("2026-03-28T23:30+00:00", 2, Answer.DECLINED),
        duty("2026-03-28T23:30:01+00:00", 0.5),
        duty("2026-03-29T22:59+00:00", 2, Answer.ACCEPTED),
        duty("2026-03-29T23:00+00:00", 1, Answer.ACCEPTED),
    ]
    found = load_of(duties)
    assert (found.windows, found.tasked_ms, found.required_ms) == (6, 34_200_000, 6 * 3_600_000)
    # 23:00 UTC on the 29th is midnight in London, so it is Monday's.
    assert (found.days, found.weekend_windows, found.most_on_one_day, found.consecutive_days) == (3, 5, 4, 3)
    assert (found.nights, found.unassigned) == (4, 1)
    assert (found.accepted, found.declined, found.unanswered) == (3, 2, 2)
    assert len(found.clashes) == 3
    assert load_of([]).most_on_one_day == 0


def rows(api: Api, collar: str, **asked: object) -> dict[str, dict[str, Any]]:
    found = api.get(collar, "/v1/tasking-load", **{**PERIOD, **asked})
    assert found.status_code == 200, found.text
    return {row["code"]: row for row in found.json()["rows"]}


def windows(api: Api) -> None:
    """WINDOW-1 on 2 March is the whole team's, as is a night that 4101 declines; the others are by name."""
    by_name = {"officer_ids": [str(named(OFFICER))]}
    publish(api, "given out", "2026-03-03T00:30:00Z")
    publish(api, "evening", "2026-03-03T19:00:00Z", **by_name)
    publish(api, "weekend", "2026-03-07T19:00:00Z", officer_ids=[str(named(OFFICER)), str(named(COLLEAGUE))])
    publish(api, "draft", "2026-03-08T19:00:00Z", **by_name, state="PLANNED")
    south = {"team_id": str(named("SOUTH-1")), "hotspot_id": str(named("TGP-2"))}
    publish(api, "lent", "2026-03-03T20:00:00Z", **south, **by_name)
    publish(api, "gone", "2026-03-04T20:00:00Z", **by_name)
    api.put(PLANNER, f"/v1/tasking-windows/{named('gone')}/cancel", {"reason": "March route changed."})
    assert answer(api, OFFICER, "DECLINED", reason_code="LEAVE").status_code == 201


def test_teams_with_and_without_names(api: Api) -> None:
    windows(api)
    (north,) = rows(api, SERGEANT).values()
    assert (north["code"], north["windows"], north["unassigned"]) == ("NORTH-1", 4, 2)
    assert (north["tasked_minutes"], north["required_minutes"]) == (480, 240)
    assert (north["days"], north["nights"], north["weekend_windows"]) == (3, 1, 1)
    assert (north["most_on_one_day"], north["consecutive_days"]) == (2, 2)
    assert (north["accepted"], north["declined"], north["unanswered"], north["clashes"]) == (0, 1, 3, [])
    assert {code: row["windows"] for code, row in rows(api, PLANNER).items()} == {"NORTH-1": 4, "SOUTH-1": 1}
    assert {code: row["windows"] for code, row in rows(api, SOUTHERN_SERGEANT).items()} == {"SOUTH-1": 1}
    assert set(rows(api, AUDITOR, team_id=str(named("SOUTH-1")))) == {"SOUTH-1"}
    assert rows(api, SERGEANT, team_id=str(named("SOUTH-1"))) == {}


def test_officers_by_name_wherever_they_are_sent(api: Api) -> None:
    windows(api)
    people = rows(api, SERGEANT, by="officer")
    assert {code: row["windows"] for code, row in people.items()} == {
        OFFICER: 3, COLLEAGUE: 1, SERGEANT: 0, COMMANDER: 0,
    }  # fmt: skip
    # The evening in the south overlaps the one in the north: that it does is told, not which it is.
    assert people[OFFICER]["clashes"] == [{"window_ids": [str(named("evening")), None]}]
    commander = rows(api, COMMANDER, by="officer")
    assert commander[OFFICER]["clashes"] == people[OFFICER]["clashes"]
    assert set(rows(api, SOUTHERN_SERGEANT, by="officer")) == {SOUTHERNER, SOUTHERN_SERGEANT}
    for collar in (PLANNER, AUDITOR):
        assert api.get(collar, "/v1/tasking-load", by="officer").status_code == 403


def test_the_file_says_the_same(api: Api) -> None:
    windows(api)
    answered = api.get(SERGEANT, "/v1/tasking-load", **PERIOD, by="officer", format="csv")
    assert answered.headers["content-type"].startswith("text/csv")
    header, *lines = answered.text.removeprefix("\ufeff").splitlines()
    named_rows = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    told = {row["code"]: row for row in named_rows}
    assert (told[OFFICER]["windows"], told[OFFICER]["clashes"]) == ("3", "1")
    assert told[OFFICER]["clashing_windows"] == f"{named('evening')}+not shown"


def test_a_period_is_one(api: Api) -> None:
    for wrong in ({"from": PERIOD["to"], "to": PERIOD["from"]}, {**PERIOD, "to": "2027-03-04T00:00:00Z"}):
        assert api.get(PLANNER, "/v1/tasking-load", **wrong).status_code == 422
    usual = api.get(PLANNER, "/v1/tasking-load").json()
    assert (usual["from_at"], usual["to_at"]) == ("2026-03-02T00:00:00Z", "2026-03-30T00:00:00Z")


@pytest.mark.parametrize("by", list(LoadBy))
def test_statements_do_not_grow_with_windows(api: Api, by: LoadBy) -> None:
    def statements() -> int:
        caller = Caller(
            named(COMMANDER), named("FORCE"), COMMANDER, OfficerKind.CONSTABLE, frozenset({Role.COMMANDER})
        )
        engine = open_engine(api.url, 1)
        seen: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
        with reading(engine) as session:
            read_load(session, caller, by, at(PERIOD["from"]), at(PERIOD["to"]), None, api.clock.at)
        engine.dispose()
        return sum(statement.lstrip().upper().startswith("SELECT") for statement in seen)

    windows(api)
    few = statements()
    for number in range(12):
        publish(api, f"more {number}", f"2026-03-{5 + number // 2:02}T{10 + number}:00:00Z")
    assert statements() == few
