"""A scheme's hours over HTTP: from patrols and from files of others, each instant once, against the target."""

import csv
from io import StringIO
from typing import Any

import pytest
from sqlmodel import select

from app.audit.models import AuditEvent
from app.database.engine import open_engine
from app.database.session import reading
from app.patrols.lifecycle import UniformState
from app.patrols.models import Grade
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, batch_path, check_in, patrol_path
from tests.returns.helpers import (
    COMMANDER,
    HOURS,
    PLANNER,
    SERGEANT,
    SOUTHERN,
    bounds,
    bring,
    free_patrol,
    hours,
    own,
    read,
    record,
    refused,
    scheme,
)

AT_TGP_1 = {"hotspot_id": named("TGP-1")}
UNTIL = "2026-03-03"


@pytest.fixture
def mixed(api: Api) -> str:
    """An hour of our own verified and half an hour probable, six hours of the taskforce by GPS, three declared by
    wardens, and four in plain clothes. Answers the scheme's id."""
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60), own("b", 60, 90, grade=Grade.PROBABLE))
    hours(
        api,
        record("TF-1", persons=3),
        record("CW-1", channel="PARTNER", agency="LA_WARDEN", evidence="declared", programme="PARTNER", hours="1.5",
               persons=2, hotspot_code="TGP-2", funding="FUNDED"),
        record("TF-2", uniform_state="PLAIN_CLOTHES", hours="4"),
    )  # fmt: skip
    api.clock.forward(days=3)
    return scheme_id


def told(api: Api, scheme_id: str, collar: str = PLANNER, **params: object) -> Any:
    return read(api, f"/v1/schemes/{scheme_id}/hours", collar, **{"until": UNTIL, **params})


def test_at_least_and_at_most_by_channel_grade_and_funding(api: Api, mixed: str) -> None:
    answer = told(api, mixed)
    assert bounds(answer["hours"]) == (7, 10.5)
    assert bounds(answer["own"]) == (1, 1.5)
    assert bounds(answer["recorded"]) == (6, 9)
    assert bounds(answer["not_visible"]) == (4, 4)
    by_channel = {each["code"]: bounds(each["hours"]) for each in answer["by_channel"]}
    assert by_channel == {"OWN": (1, 1.5), "TASKFORCE": (6, 6), "PARTNER": (0, 3)}
    by_grade = [(each["label"], bounds(each["hours"])) for each in answer["by_grade"]]
    assert by_grade == [
        ("probably there", (0, 0.5)), ("GPS shows it", (1, 1)), ("declared by others", (0, 3)),
        ("GPS of others", (6, 6)),
    ]  # fmt: skip
    assert {each["code"]: bounds(each["hours"]) for each in answer["by_funding"]} == {
        "CORE": (7, 7.5), "FUNDED": (0, 3),
    }  # fmt: skip


def test_where_it_stands_and_how_it_goes_on(api: Api, mixed: str) -> None:
    # 610 hours in 61 days are ten a day.
    answer = told(api, mixed, run_rate_days=2)
    made = answer["progress"]
    assert (made["due_hours"], made["ahead_hours"], made["days_gone"], made["days_left"]) == (30, -23, 3, 58)
    assert (made["run_rate_hours_a_day"], made["forecast_hours"]) == (3.5, 7 + 3.5 * 58)
    assert made["needed_hours_a_day"] == 10.39
    assert answer["in_words"] == (
        "Hotspot grant: at least 7 and at most 10 officer hours by 3 March 2026, 23 short of the 30 due by then. If "
        "the 3.5 hours a day of the last 2 days go on, it ends at 210 of 610; 10.4 a day are needed from now on."
    )
    begun = told(api, mixed, until="2026-02-01")
    assert bounds(begun["hours"]) == (0, 0)
    assert begun["in_words"] == "Hotspot grant: it has not begun. 610 hours are asked for in 61 days."
    # There is no day yet whose rows could be read.
    assert "ledger" not in begun["links"]
    assert api.get(PLANNER, told(api, mixed, until="2026-03-01")["links"]["ledger"]).status_code == 200


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("month", {"2026-03-01": (7, 10.5)}),
        ("week", {"2026-03-02": (7, 10.5)}),
        ("lpa", {"NORTH": (7, 7.5), "SOUTH": (0, 3)}),
        ("area", {"NORTH": (7, 7.5), "SOUTH": (0, 3)}),
        ("team", {"NORTH-1": (1, 1.5), "": (6, 9)}),
        ("programme", {"TASKFORCE": (7, 7.5), "PARTNER": (0, 3)}),
        ("uniform_state", {"UNIFORM": (7, 10.5), "PLAIN_CLOTHES": (4, 4)}),
        ("operation", {"": (7, 10.5)}),
    ],
)
def test_by_whatever_is_asked_for(
    api: Api, mixed: str, by: str, expected: dict[str, tuple[float, float]]
) -> None:
    answer = told(api, mixed, by=by)
    assert {each["key"]: bounds(each["hours"]) for each in answer["rows"]} == expected
    # Where a number leads is held against it in `test_hours_edges`; recorded hours are of no team, and lead nowhere.
    assert [each["key"] for each in answer["rows"] if not each["links"]] == ([""] if by == "team" else [])
    table = api.get(PLANNER, f"/v1/schemes/{mixed}/hours", by=by, until=UNTIL, format="csv").text
    found = list(csv.DictReader(StringIO(table.lstrip("\ufeff"))))
    assert [each["key"] for each in found] == [each["key"] for each in answer["rows"]]
    assert found[0]["at_least_hours"] == f"{answer['rows'][0]['hours']['at_least_hours']:.2f}"


def test_what_an_officers_own_patrol_has_is_taken_off_the_record_of_others(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60), own("b", 60, 90, grade=Grade.PROBABLE))
    span = {"starts_at": "2026-03-02T18:30:00Z", "ends_at": "2026-03-02T21:30:00Z", "hours": ""}
    hours(api, record("TF-1", collar_number="4101", **span))
    answer = told(api, scheme_id)
    assert (bounds(answer["own"]), bounds(answer["recorded"])) == ((1, 1.5), (1.5, 1.5))
    assert answer["overlaps"]["taken_off_hours"] == 1.5
    assert answer["overlaps"]["patrols"] == [f"/v1/patrols/{named('own patrol')}"]
    # A second record of the same officer by another channel, half of it new.
    half = {"starts_at": "2026-03-02T21:00:00Z", "ends_at": "2026-03-02T22:00:00Z", "hours": ""}
    hours(api, record("R-1", channel="RADIO", evidence="radio", collar_number="4101", **half))
    answer = told(api, scheme_id)
    assert bounds(answer["hours"]) == (3, 3.5)
    assert answer["overlaps"]["among_records_hours"] == 0.5
    # The one that stood before is taken back: what the other then has counts.
    hours(api, record("TF-1", collar_number="4101", **span | {"hours": "0"}))
    assert bounds(told(api, scheme_id)["hours"]) == (2, 2.5)


def test_a_record_that_names_nobody_may_be_the_same_people(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60), own("at", 0, 60, **AT_TGP_1))
    span = {"starts_at": "2026-03-02T19:30:00Z", "ends_at": "2026-03-02T21:30:00Z", "hours": ""}
    hours(api, record("TF-1", persons=2, **span))
    answer = told(api, scheme_id)
    assert bounds(answer["recorded"]) == (3.5, 4)
    assert answer["overlaps"]["possible_hours"] == 0.5
    assert answer["overlaps"]["patrols"] == [f"/v1/patrols/{named('own patrol')}"]
    (mine, theirs) = read(api, "/v1/hours", **{"from": "2026-03-01", "to": UNTIL})["rows"]
    assert (mine["source"], bounds(mine["hours"]), mine["patrol_count"]) == ("own", (1, 1), 1)
    assert (theirs["reference"], theirs["possible_overlap_ms"], theirs["overlap_ms"]) == (
        "TF-1",
        1_800_000,
        0,
    )
    assert bounds(theirs["hours"]) == (3.5, 4)
    # In an area instead of the hotspot, and in another programme.
    hours(api, record("TF-1", persons=2, hotspot_code="", area_code="FORCE", **span))
    assert bounds(told(api, scheme_id)["recorded"]) == (3.5, 4)
    hours(api, record("TF-1", persons=2, programme="PARTNER", **span))
    assert bounds(told(api, scheme_id)["recorded"]) == (4, 4)


def test_hours_of_patrols_count_a_crew_once(api: Api) -> None:
    patrol_scheme = scheme(api, code="PATROLS", unit="PATROL")
    keep(
        api,
        free_patrol(),
        own("a", 0, 60),
        own("b", 30, 90, officer_id=named("4102"), grade=Grade.DECLARED),
        own("c", 0, 30, officer_id=named("4103"), uniform_state=UniformState.PLAIN_CLOTHES),
    )
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2"))
    answer = told(api, patrol_scheme, both_units="true")
    assert bounds(answer["own"]) == (1, 1.5)
    assert bounds(answer["recorded"]) == (2, 2)
    assert bounds(answer["other_unit"]) == (7, 8)


def test_a_scheme_of_some_hotspots_counts_overlapping_ones_once(api: Api) -> None:
    scheme_id = scheme(api, code="VIOLENCE", hotspot_kinds="TGP_VIOLENCE")
    east = {"hotspot_id": named("TGP-2")}
    keep(api, free_patrol(), own("a", 0, 60, **AT_TGP_1), own("b", 30, 90, **east), own("c", 0, 90))
    assert bounds(told(api, scheme_id)["hours"]) == (1.5, 1.5)
    by_hotspot = {each["key"]: bounds(each["hours"]) for each in told(api, scheme_id, by="hotspot")["rows"]}
    assert by_hotspot == {"TGP-1": (1, 1), "TGP-2": (1, 1)}


def test_only_time_within_the_window(api: Api) -> None:
    scheme_id = scheme(api, code="WINDOWS", within_window_only="true")
    everything = scheme(api)
    api.clock.at = START
    assert api.put("4101", patrol_path("p"), check_in("WINDOW-1")).status_code == 201
    api.clock.forward(hours=3)
    # On patrol from 19:00; the window lasts until 21:00.
    for number in range(4):
        assert (
            api.put("4101", batch_path(f"b{number}", "p"), batch(number, number * 40, 41)).status_code == 201
        )
    ended = {"checked_out_at": "2026-03-02T21:30:00Z"}
    assert api.put("4101", f"{patrol_path('p')}/check-out", ended).status_code == 201
    within, whole = told(api, scheme_id), told(api, everything)
    assert whole["hours"]["at_least_ms"] > within["hours"]["at_least_ms"] > 0
    assert within["hours"]["at_least_ms"] <= 2 * 3_600_000
    assert within["rule_versions"]


def test_who_is_shown_which_hours(api: Api, mixed: str) -> None:
    commander, sergeant, southern = (told(api, mixed, collar) for collar in (COMMANDER, SERGEANT, SOUTHERN))
    assert bounds(commander["hours"]) == (7, 7.5)
    assert bounds(sergeant["hours"]) == (1, 1.5)
    assert bounds(southern["hours"]) == (0, 0)
    assert any("whole force" in note for note in sergeant["notes"])
    assert api.get("4101", f"/v1/schemes/{mixed}/hours").status_code == 403
    assert api.get("7101", f"/v1/schemes/{mixed}/hours").status_code == 404
    engine = open_engine(api.url)
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.operation == "returns.hours")).all()
    engine.dispose()
    assert {event.actor_id for event in events} == {named(each) for each in (COMMANDER, SERGEANT, SOUTHERN)}
    assert events[0].subjects == {"scheme": [mixed], "period": ["2026-03-01", UNTIL]}


def test_overlaps_are_taken_off_whoever_looks_but_patrols_are_named_to_who_may_see_them(api: Api) -> None:
    scheme_id = scheme(api)
    keep(api, free_patrol(), own("a", 0, 60, team_id=named("SOUTH-1"), area_id=named("SOUTH")))
    span = {"starts_at": "2026-03-02T19:00:00Z", "ends_at": "2026-03-02T21:00:00Z", "hours": ""}
    hours(api, record("TF-1", collar_number="4101", **span))
    seen = told(api, scheme_id, COMMANDER)
    assert bounds(seen["hours"]) == (1, 1)
    assert seen["overlaps"]["patrols"] == []


def test_a_file_again_and_a_correction(api: Api) -> None:
    first = hours(api, record("TF-1"), record("TF-2"))["counts"]
    assert (first["new"], first["unchanged"]) == (2, 0)
    again = hours(api, record("TF-2"), record("TF-1"))["counts"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    corrected = hours(api, record("TF-1", hours="3"), record("TF-2"))
    assert (corrected["counts"]["changed"], corrected["counts"]["unchanged"]) == (1, 1)
    assert corrected["changes"][0]["fields"] == ["lasted_ms"]
    ledger = read(api, "/v1/hours", **{"from": "2026-03-01", "to": UNTIL})["rows"]
    assert [(each["reference"], each["recorded_ms"]) for each in ledger] == [
        ("TF-1", 3 * 3_600_000), ("TF-2", 2 * 3_600_000),
    ]  # fmt: skip


SPAN = {"starts_at": "2026-03-02T19:00:00Z", "ends_at": "2026-03-02T21:00:00Z", "hours": ""}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"channel": "OWN"}, ("channel", "channel-own")),
        ({"channel": "HELICOPTER"}, ("channel", "channel-unknown")),
        ({"agency": "NOBODY"}, ("agency", "agency-unknown")),
        ({"hotspot_code": ""}, ("area_code", "place-missing")),
        ({"hotspot_code": "TGP-9"}, ("hotspot_code", "hotspot-unknown")),
        ({"area_code": "OTHER"}, ("area_code", "area-unknown")),
        ({"day": ""}, ("day", "day-missing")),
        ({"hours": ""}, ("hours", "hours-missing")),
        ({"hours": "24"} | {"day": "2026-03-29"}, ("hours", "longer-than-day")),
        ({"collar_number": "4101"}, ("starts_at", "span-missing")),
        ({**SPAN, "collar_number": "9999"}, ("collar_number", "officer-unknown")),
        ({**SPAN, "collar_number": "4101", "persons": "2"}, ("persons", "one-person")),
        ({**SPAN, "collar_number": "4101", "hours": "1"}, ("hours", "not-the-span")),
        ({**SPAN, "hours": "3"}, ("hours", "longer-than-span")),
        ({**SPAN, "ends_at": ""}, ("ends_at", "half-a-span")),
        ({**SPAN, "ends_at": "2026-03-02T18:00:00Z"}, ("ends_at", "not-after-start")),
        ({**SPAN, "ends_at": "2026-03-04T18:00:00Z"}, ("ends_at", "too-long")),
        ({**SPAN, "day": "2026-03-03"}, ("day", "day-differs")),
        ({"evidence": "hearsay"}, ("evidence", "value")),
    ],
)
def test_rows_that_cannot_be_counted_are_found(
    api: Api, said: dict[str, object], fault: tuple[str, str]
) -> None:
    assert fault in refused(api, record("TF-1", **said))
    assert bring(api, "hours", HOURS, record("TF-1", **said)).status_code == 422


def test_a_record_over_midnight_and_over_the_night_the_clocks_go_forward(api: Api) -> None:
    scheme_id = scheme(api)
    night = {
        "starts_at": "2026-03-28T23:00:00Z",
        "ends_at": "2026-03-29T02:00:00Z",
        "day": "",
        "hours": "1.5",
    }
    hours(api, record("TF-1", persons=2, **night))
    api.clock.forward(days=40)
    rows = read(api, "/v1/hours", **{"from": "2026-03-28", "to": "2026-03-29"})["rows"]
    # Three real hours, one of them before midnight; half of it on patrol.
    assert [(each["day"], bounds(each["hours"])[1]) for each in rows] == [
        ("2026-03-28", 1),
        ("2026-03-29", 2),
    ]
    assert bounds(told(api, scheme_id, until="2026-03-28")["hours"]) == (1, 1)


def test_the_ledger_is_paged_without_losing_a_row(api: Api) -> None:
    rows = [record(f"TF-{number:02d}", day=f"2026-03-{1 + number // 5:02d}") for number in range(23)]
    hours(api, *rows)
    seen, cursor = [], None
    while True:
        asked: dict[str, Any] = {"from": "2026-03-01", "to": "2026-03-31", "limit": 4}
        page = read(api, "/v1/hours", **asked | ({"cursor": cursor} if cursor else {}))
        seen += [each["reference"] for each in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"TF-{number:02d}" for number in range(23)]
    assert api.get(PLANNER, "/v1/hours", cursor="x").status_code == 422


def test_a_scheme_changes_by_a_further_version(api: Api) -> None:
    first = scheme(api)
    assert scheme(api, target_hours="700") == first
    found = read(api, f"/v1/schemes/{first}")
    assert (found["version"], found["target_hours"]) == (2, 700)
    whole = 700 * 3_600_000
    march = 31 * whole // 61
    assert [each["target_ms"] for each in found["periods"]] == [march, whole - march]
    bad = bring(
        api, "schemes", "code,name,first_day,last_day,target_hours,columns", "X,X,2026-01-01,2026-12-31,5,a|b"
    )
    assert bad.status_code == 422
