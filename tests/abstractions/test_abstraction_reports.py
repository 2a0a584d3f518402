"""Reports of abstractions against adding up in loops, and areas against what they are held to."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest

from app.abstractions.reporting import change_percent, days_between, hours, hours_a_week
from app.clock import london_day, rfc3339
from tests.compliance.test_officers import allow
from tests.conftest import Api, Clock, named, seed, serving
from tests.imports.test_routes import send

TEAM = {"4101": "NORTH-1", "4102": "NORTH-1", "4103": "SOUTH-1"}
CLASSES = {"CUSTODY": "LOCAL", "FOOTBALL": "CENTRAL", "COURT": "MANDATORY", "OTHER": "OTHER", "LEAVE": None}
SPAN = {"from": "2026-02-02T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
Made = list[tuple[str, dict[str, Any]]]


def made_in_february() -> Made:
    random = Random(8)
    made: Made = []
    for _ in range(40):
        who = random.choice(list(TEAM))
        at = datetime(2026, 2, 2, tzinfo=UTC) + timedelta(minutes=random.randrange(28 * 24 * 60))
        body: dict[str, Any] = {
            "starts_at": rfc3339(at),
            "reason_code": random.choice(list(CLASSES)),
            "authority_level": random.choice(["SGT", "INSP"]),
            "backfilled": random.random() < 0.4,
        }
        if random.random() < 0.9:
            body["ends_at"] = rfc3339(at + timedelta(minutes=random.randrange(15, 600)))
        if random.random() < 0.8:
            body["authorising_collar_number"] = random.choice(["4111", "4112"])
        made.append((who, body))
    return made


def month_of_abstractions(url: str) -> None:
    seed(url)
    with serving(url, Clock(NOW)) as api:
        for number, (who, body) in enumerate(made_in_february()):
            answer = api.put(who, f"/v1/abstractions/{named(f'away {number}')}", body)
            assert answer.status_code == 201, answer.text


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return month_of_abstractions if "month" in request.fixturenames else seed


@pytest.fixture
def month() -> Made:
    """What the database is filled with for whoever asks."""
    return made_in_february()


def ms(body: dict[str, Any]) -> int:
    ends = datetime.fromisoformat(body["ends_at"]) if "ends_at" in body else NOW
    return (ends - datetime.fromisoformat(body["starts_at"])) // timedelta(milliseconds=1)


def sums(made: Made) -> dict[str, Any]:
    counted = [body for _who, body in made if body["reason_code"] != "LEAVE"]

    def of(name: str) -> float:
        return hours(sum(ms(body) for body in counted if CLASSES[body["reason_code"]] == name))

    return {
        "recorded": len(made),
        "counted": len(counted),
        "hours": hours(sum(map(ms, counted))),
        "local_hours": of("LOCAL"),
        "central_hours": of("CENTRAL"),
        "mandatory_hours": of("MANDATORY"),
        "backfilled": sum(body["backfilled"] for body in counted),
        "going_on": sum("ends_at" not in body for body in counted),
        "confirmed": 0,
        "disputed": 0,
    }


def key_of(by: str, who: str, body: dict[str, Any]) -> str:
    at = datetime.fromisoformat(body["starts_at"])
    year, week, _ = london_day(at).isocalendar()
    found: dict[str, str] = {
        "force": "FORCE",
        "lpa": TEAM[who].removesuffix("-1"),
        "team": TEAM[who],
        "type": body["reason_code"],
        "class": CLASSES[body["reason_code"]] or "NOT_AVAILABLE",
        "level": body["authority_level"],
        "week": f"{year}-W{week:02}",
    }
    return found[by]


def test_every_grouping_is_what_loops_add_up(api: Api, month: Made) -> None:
    for by in ("force", "lpa", "team", "type", "class", "level", "week"):
        told = api.get("4131", "/v1/abstractions/report", group_by=by, **SPAN).json()
        expected: defaultdict[str, Made] = defaultdict(list)
        for who, body in month:
            expected[key_of(by, who, body)].append((who, body))
        rows = {row["key"]["code"]: row for row in told["rows"]}
        assert set(expected) <= set(rows), by
        for code, row in rows.items():
            assert {name: row[name] for name in sums([])} == sums(expected[code]), (by, code)
        assert {name: told["totals"][name] for name in sums([])} == sums(month)
        assert (told["days"], told["policies"]) == (28, ["DEFAULT-1"])


def test_by_officer_of_whoever_was_sent_or_whoever_sent_them(api: Api, month: Made) -> None:
    north = [pair for pair in month if TEAM[pair[0]] == "NORTH-1"]
    for person in ("abstracted", "authorising"):
        told = api.get("4121", "/v1/abstractions/report", group_by="officer", person=person, **SPAN).json()
        expected: defaultdict[str | None, Made] = defaultdict(list)
        for who, body in north:
            name = who if person == "abstracted" else body.get("authorising_collar_number")
            expected[name].append((who, body))
        rows = {row["key"]["code"]: row for row in told["rows"]}
        assert {code: row["hours"] for code, row in rows.items()} == {
            code: sums(made)["hours"] for code, made in expected.items()
        }
    assert api.get("4131", "/v1/abstractions/report", group_by="officer", **SPAN).status_code == 403
    allow(api)
    assert api.get("4121", "/v1/abstractions/report", group_by="officer", **SPAN).status_code == 403


def test_rows_lead_to_what_they_count_and_files_say_the_same(api: Api, month: Made) -> None:
    for by in ("lpa", "team", "officer", "type", "class", "level", "week", "month"):
        for row in api.get("4121", "/v1/abstractions/report", group_by=by, **SPAN).json()["rows"]:
            listed = api.client.get(row["links"]["abstractions"], headers=api.as_officer("4121")).json()[
                "items"
            ]
            assert len(listed) == row["recorded"], (by, row["key"])
    told = api.get("4121", "/v1/abstractions/report", group_by="team", **SPAN).json()
    [row] = told["rows"]
    file = api.get("4121", "/v1/abstractions/report", group_by="team", format="csv", **SPAN)
    rows = list(csv.DictReader(StringIO(file.text.removeprefix("\ufeff"))))
    assert [float(each["hours"]) for each in rows] == [row["hours"], told["totals"]["hours"]]


def test_rows_of_a_narrowed_question_lead_to_what_they_count_or_nowhere(api: Api, month: Made) -> None:
    narrowed = {
        "type": {"reason_code": "CUSTODY"},
        "class": {"reason_class": "LOCAL"},
        "level": {"authority_level": "SGT"},
        "force": {"area_id": str(named("NORTH"))},
        "lpa": {"area_id": str(named("FORCE"))},
    }
    for by, filters in narrowed.items():
        rows = api.get("4121", "/v1/abstractions/report", group_by=by, **filters, **SPAN).json()["rows"]
        leading = [row for row in rows if row["links"]]
        assert len(leading) == (0 if by == "force" else 1), by
        for row in leading:
            answer = api.client.get(row["links"]["abstractions"], headers=api.as_officer("4121"))
            assert len(answer.json()["items"]) == row["recorded"], (by, row["key"])


OBJECTIVES = "area_code,benchmark_from,benchmark_to,most_hours_a_week,valid_from\n"


def test_areas_are_held_against_what_they_were_and_should_be(api: Api, month: Made) -> None:
    rows = "NORTH,2026-02-02,2026-02-15,2.5,2026-01-01\nNORTH,2026-02-02,2026-02-15,1000,2026-03-01\n"
    done = send(api, "4131", "abstraction-objectives", (OBJECTIVES + rows).encode())
    assert done.json()["counts"]["new"] == 2, done.text
    again = send(api, "4131", "abstraction-objectives", (OBJECTIVES + rows.splitlines()[0] + "\n").encode())
    assert again.json()["counts"]["unchanged"] == 1
    span = {"from": "2026-02-16T00:00:00Z", "to": "2026-03-01T00:00:00Z"}
    told = api.get("4121", "/v1/abstractions/report", group_by="lpa", **span).json()
    north = [pair for pair in month if TEAM[pair[0]] == "NORTH-1"]

    def a_week(first: str, last: str, days: int) -> float:
        within = [
            ms(body)
            for _who, body in north
            if first <= body["starts_at"] < last and body["reason_code"] != "LEAVE"
        ]
        return hours_a_week(sum(within), days)

    before, now = a_week("2026-02-02", "2026-02-16", 14), a_week("2026-02-16", "2026-03-01", 13)
    [row] = [row for row in told["rows"] if row["key"]["code"] == "NORTH"]
    assert row["benchmark"] == {
        "benchmark_from": "2026-02-02",
        "benchmark_to": "2026-02-15",
        "benchmark_hours_a_week": before,
        "change_percent": change_percent(before, now),
        "most_hours_a_week": 2.5,
        "within": False,
    }


def test_hours_and_changes() -> None:
    assert (hours(5_400_000), hours_a_week(42 * 3_600_000, 28), hours_a_week(1, 0)) == (1.5, 10.5, 0.0)
    assert (change_percent(20, 15), change_percent(0, 15)) == (-25.0, None)


def test_four_weeks_are_28_days_whatever_the_clocks_do() -> None:
    midnights = [datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 4, 5, 23, tzinfo=UTC)]
    assert days_between(*midnights) == 28
    assert days_between(NOW - timedelta(days=28), NOW) == 28
    assert days_between(NOW, NOW + timedelta(hours=12)) == 1


def test_the_last_four_weeks_are_held_against_four_weeks(api: Api) -> None:
    body = {"starts_at": "2026-03-01T10:00:00Z", "ends_at": "2026-03-01T18:00:00Z", "reason_code": "CUSTODY"}
    assert api.put("4101", f"/v1/abstractions/{named('away')}", body).status_code == 201
    told = api.get("4131", "/v1/abstractions/report").json()
    assert (told["days"], told["totals"]["hours"], told["totals"]["hours_a_week"]) == (28, 8, 2)
    # A week by itself is held against itself; the first and the last as far as they were asked for.
    weeks = api.get("4131", "/v1/abstractions/report", group_by="week", **SPAN).json()["rows"]
    assert [(row["hours"], row["hours_a_week"]) for row in weeks] == [(0, 0)] * 3 + [(8, 8)]


def test_a_team_is_told_of_whole_or_not_at_all_and_holds_no_area_to_its_objective(api: Api) -> None:
    rows = "NORTH,2026-02-02,2026-02-15,2.5,2026-01-01\n"
    assert send(api, "4131", "abstraction-objectives", (OBJECTIVES + rows).encode()).status_code == 200
    body = {"abstracted_collar_number": "4103", "starts_at": "2026-03-01T10:00:00Z"}
    assert api.put("4111", f"/v1/abstractions/{named('away')}", body).status_code == 201
    told = api.get("4111", "/v1/abstractions/report", group_by="team").json()
    assert [(row["key"]["code"], row["recorded"]) for row in told["rows"]] == [("NORTH-1", 0)]

    def held(who: str, **asked: str) -> list[bool]:
        told = api.get(who, "/v1/abstractions/report", group_by="lpa", **asked).json()
        return [row["benchmark"] is not None for row in told["rows"] if row["key"]["code"] == "NORTH"]

    assert (held("4111"), held("4121"), held("4131")) == ([False], [True], [True])
    assert held("4121", team_id=str(named("NORTH-1"))) == [False]
