"""What counts for a scheme where its rules leave some of the time out, and what its numbers say of each other."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest

from app.patrols.lifecycle import Funding, Programme, UniformState
from app.patrols.models import Grade
from app.returns.rows import HoursBy
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.returns.helpers import bounds, free_patrol, hours, own, read, record, scheme

UNTIL = "2026-03-03"
EVENING = {"starts_at": "2026-03-02T19:00:00Z", "ends_at": "2026-03-02T21:00:00Z", "hours": ""}
AT_TGP_1 = {"hotspot_id": named("TGP-1")}


def test_own_time_too_poorly_proved_to_count_takes_nothing_off_a_record(api: Api) -> None:
    scheme_id = scheme(api, grades="verified", possible_grades="accepted")
    keep(
        api, free_patrol(), own("a", 0, 60, grade=Grade.PROBABLE), own("at", 0, 60, grade=Grade.PROBABLE, **AT_TGP_1)
    )  # fmt: skip
    hours(api, record("TF-1", collar_number="4101", **EVENING), record("TF-2", **EVENING))
    answer = read(api, f"/v1/schemes/{scheme_id}/hours", until=UNTIL)
    assert (bounds(answer["hours"]), bounds(answer["own"])) == ((4, 4), (0, 0))
    assert (answer["overlaps"]["taken_off_ms"], answer["overlaps"]["possible_ms"]) == (0, 0)


def test_one_hour_of_one_officer_is_not_claimed_of_two_funders(api: Api) -> None:
    ours = scheme(api, code="OURS", programmes="TGP_SCHEDULED")
    theirs = scheme(api, code="THEIRS", programmes="TASKFORCE")
    keep(api, free_patrol(), own("a", 0, 60, programme=Programme.TGP_SCHEDULED))
    hours(api, record("TF-1", collar_number="4101", **EVENING))
    claimed = [
        bounds(read(api, f"/v1/schemes/{each}/hours", until=UNTIL)["hours"]) for each in (ours, theirs)
    ]
    assert claimed == [(1, 1), (1, 1)]


@pytest.mark.parametrize("unit", ["PERSON", "PATROL"])
def test_rows_add_up_to_the_total_by_whatever_is_asked_for(api: Api, unit: str) -> None:
    scheme_id = scheme(api, unit=unit)
    keep(
        api, free_patrol(), own("a", 0, 60), own("a at", 0, 60, **AT_TGP_1),
        own("b", 30, 90, officer_id=named("4102"), grade=Grade.DECLARED),
        own("b at", 30, 90, officer_id=named("4102"), grade=Grade.DECLARED, **AT_TGP_1),
    )  # fmt: skip
    hours(api, record("TF-1", persons=3), record("TF-2", collar_number="4101", **EVENING))
    for by in HoursBy:
        answer = read(api, f"/v1/schemes/{scheme_id}/hours", until=UNTIL, by=by.value)
        for bound in ("at_least_ms", "at_most_ms"):
            assert sum(row["hours"][bound] for row in answer["rows"]) == answer["hours"][bound], by


def behind(api: Api, link: str, collar: str = "4131") -> tuple[int, int]:
    """At least and at most of all rows that a link leads to, in milliseconds."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = api.client.get(f"{link}&limit=3{cursor}", headers=api.as_officer(collar)).json()
        rows += answer["rows"]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    return sum(row["hours"]["at_least_ms"] for row in rows), sum(row["hours"]["at_most_ms"] for row in rows)


@pytest.mark.parametrize("rules", [{}, {"channels": "OWN;TASKFORCE", "programmes": "TASKFORCE;PARTNER"}])
def test_every_number_leads_to_rows_that_add_up_to_it(api: Api, rules: dict[str, str]) -> None:
    scheme_id = scheme(api, **rules)
    plain = {"uniform_state": UniformState.PLAIN_CLOTHES, "cost_code": "C-1"}
    higher = {"area_id": named("FORCE"), "team_id": None, "operation": "Guardian", "funding": Funding.FUNDED}
    keep(
        api, free_patrol(), own("a", 0, 60), own("at a", 0, 60, **AT_TGP_1), own("p", 60, 90, **plain),
        own("b", 90, 120, grade=Grade.PROBABLE, programme=Programme.PARTNER),
        own("c", 120, 150, grade=Grade.DECLARED, **higher), own("at c", 120, 150, **AT_TGP_1, **higher),
        own("d", 180, 200, day=date(2026, 3, 3), grade=Grade.ACCEPTED),
    )  # fmt: skip
    hours(
        api, record("TF-1", persons=3), record("TF-2", collar_number="4101", **EVENING),
        record("W-1", channel="PARTNER", evidence="declared", programme="PARTNER", hotspot_code="TGP-1"),
    )  # fmt: skip
    for by in HoursBy:
        answer = read(api, f"/v1/schemes/{scheme_id}/hours", until=UNTIL, by=by.value)
        assert any(row["links"] for row in answer["rows"]), by
        for row in answer["rows"]:
            told = row["hours"]["at_least_ms"], row["hours"]["at_most_ms"]
            if row["links"]:
                assert behind(api, row["links"]["ledger"]) == told, (by, row)
            else:
                # No filter asks for what is of no place.
                assert row["key"] == "", row
        whole = answer["hours"]["at_least_ms"], answer["hours"]["at_most_ms"]
        assert behind(api, answer["links"]["ledger"]) == whole


def test_a_row_of_ours_leads_to_the_patrols_of_its_team_and_day(api: Api) -> None:
    made = [free_patrol(), free_patrol("day after", START + timedelta(days=1)), free_patrol("other team")]
    for each, team in zip(made, ("NORTH-1", "NORTH-1", "SOUTH-1"), strict=True):
        each.team_id, each.area_id = named(team), named(team[:5])
    keep(api, *made, own("a", 0, 60))
    (row,) = read(api, "/v1/hours", "4111")["rows"]
    patrols = api.client.get(row["evidence"], headers=api.as_officer("4111")).json()["patrols"]
    assert [each["id"] for each in patrols] == [str(named("own patrol"))]
    assert row["patrol_count"] == 1


def test_the_ledger_of_a_scheme_is_of_its_days_and_says_where_rows_come_to_more(api: Api) -> None:
    by_clock = scheme(api, code="CLOCK", unit="PATROL")
    asked = {"scheme_id": by_clock, "from": "2026-01-01", "to": "2027-01-01"}
    answer = read(api, "/v1/hours", **asked)
    assert (answer["first_day"], answer["last_day"]) == ("2026-03-01", "2026-04-30")
    assert any("come to more" in note for note in answer["notes"])
    assert not any("come to more" in note for note in read(api, "/v1/hours", scheme_id=scheme(api))["notes"])
    assert api.get("4131", "/v1/hours", **asked | {"from": "2026-05-01"}).status_code == 422
    assert api.get("4131", "/v1/hours", scheme_id=named("no scheme")).status_code == 404


def test_rule_15_uniform_states_add_up_to_what_is_visible_and_what_is_not(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60), own("p", 60, 90, uniform_state=UniformState.PLAIN_CLOTHES))
    answer = read(api, f"/v1/schemes/{scheme_id}/hours", until=UNTIL, by="uniform_state")
    whole = answer["hours"]["at_least_ms"] + answer["not_visible"]["at_least_ms"]
    assert sum(row["hours"]["at_least_ms"] for row in answer["rows"]) == whole
    assert any("not visible" in note for note in answer["notes"])


def test_a_file_says_the_same_hours_as_the_answer(api: Api) -> None:
    scheme_id = scheme(api)
    hours(api, record("TF-1", hours="1.999"))
    answer = read(api, f"/v1/schemes/{scheme_id}/hours", until=UNTIL)
    table = api.get("4131", f"/v1/schemes/{scheme_id}/hours", until=UNTIL, format="csv").text
    (row,) = csv.DictReader(StringIO(table.lstrip("\ufeff")))
    assert float(row["at_least_hours"]) == answer["rows"][0]["hours"]["at_least_hours"] == 1.99
    ledger = api.get("4131", "/v1/hours", **{"from": UNTIL[:8] + "01", "to": UNTIL, "format": "csv"}).text
    (line,) = csv.DictReader(StringIO(ledger.lstrip("\ufeff")))
    assert line["at_least_hours"] == "1.99"


def test_hours_are_told_up_to_today_at_most(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60))
    api.clock.forward(days=1)
    answer = read(api, f"/v1/schemes/{scheme_id}/hours", until="2026-04-30")
    assert answer["until"] == "2026-03-03"
    assert answer["progress"]["days_left"] == 58


def test_what_is_missing_is_of_the_scheme_alone(api: Api) -> None:
    others = scheme(api, code="OTHERS", funding="FUNDED")
    everything = scheme(api)
    assert api.put("4102", patrol_path("open"), check_in(None)).status_code == 201
    api.clock.forward(minutes=30)
    kinds = {
        scheme_id: [each["kind"] for each in read(api, f"/v1/schemes/{scheme_id}/missing")["items"]]
        for scheme_id in (others, everything)
    }
    assert kinds == {others: [], everything: ["open_patrol"]}


def test_one_day_is_one_day(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60))
    api.clock.forward(days=2)
    words = read(api, f"/v1/schemes/{scheme_id}/hours", until="2026-03-02", run_rate_days=1)["in_words"]
    assert "of the last day go" in words


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-3-1", "1772409600"])
def test_days_that_are_none_of_ours_are_refused(api: Api, day: str) -> None:
    scheme_id = scheme(api)
    asked = [("/v1/hours", "from"), ("/v1/hours", "to"), (f"/v1/schemes/{scheme_id}/hours", "until")]
    for path, name in asked:
        answer = api.get("4131", path, **{name: day})
        told = [each["pointer"] for each in answer.json()["errors"]]
        assert (answer.status_code, told) == (422, [f"#query/{name}"]), (path, day)
