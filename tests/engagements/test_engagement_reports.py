"""Reports of engagements against adding up in loops; who is told of whom; what was not reached."""

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any

import pytest

from app.clock import london_day, rfc3339
from tests.compliance.test_officers import allow
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, Clock, named, seed, serving
from tests.public_summary.test_public_summary import middle, wards

BANDS = {"1_5": (1, 5), "6_20": (6, 20), "21_50": (21, 50), "51_100": (51, 100), "O100": (101, None)}
TEAM = {"4101": "NORTH-1", "4102": "NORTH-1", "4103": "SOUTH-1"}
LPA = {"NORTH-1": "NORTH", "SOUTH-1": "SOUTH"}
GROUPS = ("RACE_ASIAN", "RACE_BLACK", "DISABILITY")
SPAN = {"from": "2026-02-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}


def made_up(random: Random, number: int) -> tuple[str, dict[str, Any]]:
    who = random.choice(list(TEAM))
    at = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(28 * 24 * 60))
    body: dict[str, Any] = {
        "occurred_at": rfc3339(at),
        "engagement_type": random.choice(["BEAT_SURGERY", "WALKABOUT", "HOTSPOT_CHAT"]),
        "method": random.choice(["FACE", "PHONE"]),
        "planned": random.random() < 0.5,
        "published": random.random() < 0.3,
        "minutes": random.randrange(5, 90),
        "priority_groups": random.sample(["RESIDENTS", "STUDENTS", "CARERS"], random.randrange(3)),
        "minority_groups": [
            {"group": each, "people": random.randrange(1, 6)}
            for each in random.sample(GROUPS, random.randrange(3))
        ],
        "officers": random.sample([each for each in TEAM if each != who], random.randrange(2)),
    }
    if random.random() < 0.5:
        body["people_reached"] = random.randrange(40)
    elif random.random() < 0.8:
        body["reach_band"] = random.choice(list(BANDS))
    return who, body


def made_in_february() -> list[tuple[str, dict[str, Any]]]:
    random = Random(5)
    return [made_up(random, number) for number in range(60)]


def month_of_engagements(url: str) -> None:
    made = made_in_february()
    seed(url)
    with serving(url, Clock(datetime(2026, 3, 2, 18, 30, tzinfo=UTC))) as api:
        for number, (who, body) in enumerate(made):
            answer = api.put(who, f"/v1/engagements/{named(f'engagement {number}')}", body)
            assert answer.status_code == 201, answer.text
        gone = f"/v1/engagements/{named('gone')}"
        assert api.put("4101", gone, made[0][1]).status_code == 201
        assert api.put("4101", f"{gone}/void", {"reason": "Twice."}).status_code == 200


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return month_of_engagements if "month" in request.fixturenames else seed


@pytest.fixture
def month() -> list[tuple[str, dict[str, Any]]]:
    """What the database is filled with for whoever asks."""
    return made_in_february()


def sums(made: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    meant = [body for _who, body in made if body["engagement_type"] != "HOTSPOT_CHAT"]
    least, most = 0, 0
    endless = False
    for body in meant:
        if "people_reached" in body:
            low, high = body["people_reached"], body["people_reached"]
        else:
            low, high = BANDS.get(body.get("reach_band", ""), (0, None))
        least += low
        most += high or 0
        endless |= high is None
    return {
        "engagements": len(meant),
        "planned": sum(body["planned"] for body in meant),
        "published": sum(body["published"] for body in meant),
        "minutes": sum(body["minutes"] for body in meant),
        "people_at_least": least,
        "people_at_most": None if endless else most,
        "hotspot_contacts": len(made) - len(meant),
    }


def keys_of(by: str, who: str, body: dict[str, Any]) -> list[str]:
    at = datetime.fromisoformat(body["occurred_at"])
    year, week, _ = london_day(at).isocalendar()
    found: dict[str, list[str]] = {
        "lpa": [LPA[TEAM[who]]],
        "team": [TEAM[who]],
        "officer": [who, *body["officers"]],
        "type": [body["engagement_type"]],
        "method": [body["method"]],
        "priority_group": body["priority_groups"],
        "minority_group": [each["group"] for each in body["minority_groups"]],
        "week": [f"{year}-W{week:02}"],
        "force": ["FORCE"],
    }
    return found[by]


def test_every_grouping_is_what_loops_add_up(api: Api, month: list[tuple[str, dict[str, Any]]]) -> None:
    for by in ("force", "lpa", "team", "type", "method", "priority_group", "minority_group", "week"):
        told = api.get("4131", "/v1/engagements/report", group_by=by, **SPAN).json()
        expected: defaultdict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for who, body in month:
            for key in keys_of(by, who, body):
                expected[key].append((who, body))
        rows = {row["key"]["code"]: row for row in told["rows"]}
        assert set(expected) <= set(rows), by
        for code, row in rows.items():
            assert {name: row[name] for name in sums([])} == sums(expected[code]), (by, code)
        assert {name: told["totals"][name] for name in sums([])} == sums(month)
        assert told["notes"]


def test_people_of_a_group_are_told_from_five_on(api: Api, month: list[tuple[str, dict[str, Any]]]) -> None:
    people: defaultdict[str, int] = defaultdict(int)
    for _who, body in month:
        for each in body["minority_groups"]:
            people[each["group"]] += each["people"]
    few = {**month[0][1], "minority_groups": [{"group": "SEX", "people": 4}]}
    assert api.put("4101", f"/v1/engagements/{named('few')}", few).status_code == 201
    told = api.get("4131", "/v1/engagements/report", group_by="minority_group", **SPAN).json()
    rows = {row["key"]["code"]: row for row in told["rows"]}
    assert {code: rows[code]["group_people"] for code in GROUPS} == dict(people)
    assert (rows["SEX"]["group_people"], rows["SEX"]["few_people"]) == (None, True)
    assert (rows["AGE"]["group_people"], rows["AGE"]["engagements"]) == (0, 0)


def test_each_is_told_of_their_own(api: Api, month: list[tuple[str, dict[str, Any]]]) -> None:
    north = sums([pair for pair in month if TEAM[pair[0]] == "NORTH-1"])
    took_part = [pair for pair in month if TEAM[pair[0]] == "NORTH-1"]
    for who in ("4111", "4121"):
        told = api.get(who, "/v1/engagements/report", group_by="team", **SPAN).json()
        assert [row["key"]["code"] for row in told["rows"]] == ["NORTH-1"]
        assert told["totals"]["engagements"] == north["engagements"]
    assert len(took_part) < len(month)
    assert api.get("7101", "/v1/engagements/report", **SPAN).json()["totals"]["engagements"] == 0
    assert api.get("4101", "/v1/engagements/report", **SPAN).status_code == 403


def test_single_officers_are_told_of_where_the_force_says_so(
    api: Api, month: list[tuple[str, dict[str, Any]]]
) -> None:
    told = api.get("4111", "/v1/engagements/report", group_by="officer", **SPAN).json()
    mine = [
        pair for pair in month if TEAM[pair[0]] == "NORTH-1" and "4102" in (pair[0], *pair[1]["officers"])
    ]
    [row] = [row for row in told["rows"] if row["key"]["code"] == "4102"]
    assert {name: row[name] for name in sums([])} == sums(mine)
    one = {"officer_id": str(named("4102")), **SPAN}
    assert (
        api.get("4111", "/v1/engagements/report", **one).json()["totals"]["minutes"] == sums(mine)["minutes"]
    )
    # A planner sees no single officers anywhere.
    assert api.get("4131", "/v1/engagements/report", group_by="officer", **SPAN).status_code == 403
    allow(api)
    for params in ({"group_by": "officer"}, one):
        assert api.get("4111", "/v1/engagements/report", **params).status_code == 403


def test_rows_lead_to_what_they_count(api: Api, month: list[tuple[str, dict[str, Any]]]) -> None:
    every = ("lpa", "team", "type", "method", "priority_group", "minority_group", "issue", "week", "month")
    for by in every:
        for row in api.get("4121", "/v1/engagements/report", group_by=by, **SPAN).json()["rows"]:
            # Another LPA is not this commander's to see.
            assert followed(api, "4121", row) == row["engagements"] + row["hotspot_contacts"], (
                by,
                row["key"],
            )
    [row] = api.get("4121", "/v1/engagements/report", group_by="team", **SPAN).json()["rows"]
    assert "group_by=officer" in row["links"]["below"]


def test_rows_of_a_narrowed_question_lead_to_what_they_count_or_nowhere(
    api: Api, month: list[tuple[str, dict[str, Any]]]
) -> None:
    narrowed = {
        "type": {"engagement_type": "WALKABOUT"},
        "priority_group": {"priority_group": "STUDENTS"},
        "minority_group": {"minority_group": GROUPS[0]},
        "officer": {"officer_id": str(named("4101"))},
        "force": {"area_id": str(named("NORTH"))},
        "lpa": {"area_id": str(named("FORCE"))},
    }
    for by, filters in narrowed.items():
        rows = api.get("4121", "/v1/engagements/report", group_by=by, **filters, **SPAN).json()["rows"]
        leading = [row for row in rows if row["links"]]
        # A row of what was asked for keeps its links; those of an LPA in the force asked for are its own.
        assert len(leading) == (0 if by == "force" else 1), by
        for row in leading:
            assert followed(api, "4121", row) == row["engagements"] + row["hotspot_contacts"], (
                by,
                row["key"],
            )


def followed(api: Api, who: str, row: dict[str, Any]) -> int:
    """How many engagements a row leads to."""
    link = f"{row['links']['engagements']}&limit=500"
    listed = api.client.get(link, headers=api.as_officer(who))
    assert listed.status_code == 200, listed.text
    return len(listed.json()["items"])


def test_where_it_was_held_is_told_and_led_to_alike(api: Api) -> None:
    keep(api, *wards())
    held = {"occurred_at": "2026-03-01T10:00:00Z", "engagement_type": "WALKABOUT"}
    places = {"there": "W-1", "there, too": "W-1", "beside": "W-2", "nowhere": None}
    for name, ward in places.items():
        body = {**held, **({"position": middle(ward)} if ward else {})}
        assert api.put("4101", f"/v1/engagements/{named(name)}", body).status_code == 201
    path = "/v1/engagements/report"
    for by, expected in {"ward": {"W-1": 2, "W-2": 1, "W-3": 0}, "lpa": {"NORTH": 4}}.items():
        rows = {row["key"]["code"]: row for row in api.get("4121", path, group_by=by).json()["rows"]}
        for code, number in expected.items():
            row = rows[code]
            assert (row["engagements"], followed(api, "4121", row)) == (number, number), code
            below = api.client.get(row["links"]["below"], headers=api.as_officer("4121")).json()
            assert below["totals"]["engagements"] == number, code


def test_the_file_says_the_same(api: Api, month: list[tuple[str, dict[str, Any]]]) -> None:
    told = api.get("4131", "/v1/engagements/report", group_by="lpa", **SPAN).json()
    file = api.get("4131", "/v1/engagements/report", group_by="lpa", format="csv", **SPAN)
    rows = list(csv.DictReader(StringIO(file.text.removeprefix("\ufeff"))))
    assert [row["engagements"] for row in rows] == [
        *(str(row["engagements"]) for row in told["rows"]), str(told["totals"]["engagements"]),
    ]  # fmt: skip


def test_what_nobody_reached(api: Api) -> None:
    body = {"occurred_at": "2026-03-01T10:00:00Z", "engagement_type": "FAITH", "priority_groups": ["CARERS"]}
    assert api.put("4101", f"/v1/engagements/{named('faith')}", body).status_code == 201
    contact = {
        "occurred_at": "2026-03-01T10:00:00Z",
        "engagement_type": "HOTSPOT_CHAT",
        "priority_groups": ["STUDENTS"],
    }
    assert api.put("4103", f"/v1/engagements/{named('chat')}", contact).status_code == 201
    gaps = api.get("4131", "/v1/engagements/gaps", days=28).json()
    missing = {(each["of"], each["key"]["code"]) for each in gaps["gaps"]}
    assert ("team", "SOUTH-1") in missing and ("team", "NORTH-1") not in missing
    assert ("priority_group", "STUDENTS") in missing and ("priority_group", "CARERS") not in missing
    assert gaps["asked"]["priority_group"] == 21
    api.clock.forward(days=40)
    later = api.get("4131", "/v1/engagements/gaps", days=28).json()
    [north] = [each for each in later["gaps"] if each["key"]["code"] == "NORTH-1"]
    assert (north["days_since"], north["last_at"]) == (41, "2026-03-01T10:00:00Z")
    assert api.get("4111", "/v1/engagements/gaps").status_code == 200
    assert api.get("4101", "/v1/engagements/gaps").status_code == 403


def test_a_team_is_told_of_whole_or_not_at_all(api: Api) -> None:
    body = {"occurred_at": "2026-03-01T10:00:00Z", "engagement_type": "FAITH", "officers": ["4111"]}
    assert api.put("4103", f"/v1/engagements/{named('faith')}", body).status_code == 201
    told = api.get("4111", "/v1/engagements/report", group_by="team").json()
    assert [(row["key"]["code"], row["engagements"]) for row in told["rows"]] == [("NORTH-1", 0)]
    assert len(api.get("4111", "/v1/engagements").json()["items"]) == 1


def test_rule_10_what_officers_saw_is_added_up_and_nobody_counted_is_not_nobody(api: Api) -> None:
    ticked = [{"group": "RACE_ASIAN"}, {"group": "SEX", "people": 7, "basis": "SELF"}]
    body = {"occurred_at": "2026-03-01T10:00:00Z", "engagement_type": "FAITH", "minority_groups": ticked}
    assert api.put("4101", f"/v1/engagements/{named('faith')}", body).status_code == 201
    few = {**body, "minority_groups": [{"group": "AGE", "people": 2}]}
    assert api.put("4101", f"/v1/engagements/{named('few')}", few).status_code == 201
    path, by = "/v1/engagements/report", "minority_group"
    rows = {row["key"]["code"]: row for row in api.get("4131", path, group_by=by).json()["rows"]}
    # What people said of themselves is not added to what officers saw.
    assert [rows[code]["group_people"] for code in ("RACE_ASIAN", "SEX", "AGE", "DISABILITY")] == [
        None, None, None, 0,
    ]  # fmt: skip
    file = api.get("4131", path, group_by=by, format="csv").text.removeprefix("\ufeff")
    told = {row["code"]: row["group_people"] for row in csv.DictReader(StringIO(file))}
    assert [told[code] for code in ("RACE_ASIAN", "AGE", "DISABILITY")] == ["", "under 5", "0"]


@pytest.mark.parametrize("what", ["engagements", "abstractions"])
def test_more_weeks_than_anybody_reads_are_refused(api: Api, what: str) -> None:
    asked = {"group_by": "week", "from": "2000-01-01T00:00:00Z"}
    answer = api.get("4131", f"/v1/{what}/report", **asked)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too-many")
