"""A period is signed off and stays; what changes later is an adjustment of the next one, told once."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update
from sqlmodel import col

from app.database.engine import open_engine
from app.patrols.lifecycle import UniformState
from app.patrols.models import Grade
from app.returns.models import ClosingRow
from tests.compliance.test_window_compliance import keep
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, check_in, patrol_path
from tests.returns.helpers import (
    AUDITOR,
    COMMANDER,
    PLANNER,
    SCHEME,
    SERGEANT,
    bounds,
    bring,
    free_patrol,
    hours,
    own,
    read,
    record,
    scheme,
)

MARCH = {"period": "2026-03", "note": "Checked with the taskforce."}
COLUMNS = (
    "LPA|lpa_name|text|0; Month|month|text|0; =Hours|at_least|hours|1; Most|at_most|hours|2; "
    "Later|adjustment|hours|2; Claimed|claimed|minutes|0; Target|target|hours|1"
)


def at(scheme_id: str, name: str = "closing") -> str:
    return f"/v1/schemes/{scheme_id}/closings/{named(name)}"


@pytest.fixture
def march(api: Api) -> str:
    """Two hours of our own and six of others in March, in April; the scheme's id."""
    scheme_id = scheme(api, columns=COLUMNS, header_lines="=Grant 7;Hours of March")
    keep(api, free_patrol(), own("a", 0, 120), own("b", 120, 150, grade=Grade.PROBABLE))
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2"))
    api.clock.at = START + timedelta(days=31)
    return scheme_id


def test_only_what_is_over_is_closed_once_and_in_order(api: Api, march: str) -> None:
    assert api.put(SERGEANT, at(march), MARCH).status_code == 403
    assert api.put(AUDITOR, at(march), MARCH).status_code == 403
    open_still = api.put(PLANNER, at(march), MARCH | {"period": "2026-04", "earlier_open": True})
    assert (open_still.status_code, open_still.json()["code"]) == (409, "period-open")
    assert api.put(PLANNER, at(march), MARCH | {"period": "2026-07"}).status_code == 422
    closed = api.put(PLANNER, at(march), MARCH)
    assert closed.status_code == 201, closed.text
    told = closed.json()
    assert (told["closed_by"], told["rank"], told["note"]) == ("4131", "STAFF", MARCH["note"])
    assert bounds(told["hours"]) == (8, 8.5)
    again = api.put(PLANNER, at(march), MARCH)
    assert (again.status_code, again.json()) == (200, told)
    assert api.put(PLANNER, at(march), MARCH | {"note": "Other."}).json()["code"] == "conflict"
    assert api.put(PLANNER, at(march, "other"), MARCH).json()["code"] == "period-closed"
    assert read(api, at(march)) == told


def test_an_earlier_period_that_is_open_must_be_named(api: Api, march: str) -> None:
    api.clock.at = START + timedelta(days=62)
    april = MARCH | {"period": "2026-04"}
    refused = api.put(PLANNER, at(march), april)
    assert (refused.status_code, refused.json()["detail"]) == (409, "Still open before it: 2026-03.")
    assert api.put(PLANNER, at(march), april | {"earlier_open": True}).status_code == 201


def test_what_changes_later_is_an_adjustment_of_the_next_period(api: Api, march: str) -> None:
    closed = api.put(PLANNER, at(march), MARCH).json()
    sent = {form: returned(api, march, "2026-03", form) for form in ("csv", "xlsx", "json")}
    # A late record, a correction and a patrol judged again: 3 hours more of others, half an hour less of ours.
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2", hours="3"))
    keep(
        api, own("late", 150, 180, officer_id=named("4103"), team_id=named("SOUTH-1"), area_id=named("SOUTH"))
    )
    api.clock.forward(hours=1)
    after = read(api, at(march))
    assert {name: after[name] for name in after if name != "changed_since"} == {
        name: closed[name] for name in closed if name != "changed_since"
    }
    changed = {(each["channel"], each["area_code"]): bounds(each["hours"]) for each in after["changed_since"]}
    assert changed == {("TASKFORCE", "SOUTH"): (3, 3), ("OWN", "SOUTH"): (0.5, 0.5)}
    assert {form: returned(api, march, "2026-03", form) for form in sent} == sent
    answer = read(api, f"/v1/schemes/{march}/hours")
    assert [each["period"] for each in answer["adjustments"]] == ["2026-03", "2026-03"]
    assert [each["closed"] for each in answer["rows"]] == [True]
    # The next period takes them in; then nothing is left over.
    table = read(api, f"/v1/schemes/{march}/return", period="2026-04")
    assert table["total"][2:6] == [0, 0, 3.5, 210]
    api.clock.at = START + timedelta(days=62)
    april = api.put(PLANNER, at(march, "april"), MARCH | {"period": "2026-04"}).json()
    assert sum(bounds(each["hours"])[0] for each in april["adjustments"]) == 3.5
    assert bounds(april["hours"]) == (0, 0)
    assert read(api, at(march))["changed_since"] == []
    assert read(api, f"/v1/schemes/{march}/hours")["adjustments"] == []
    assert len(read(api, f"/v1/schemes/{march}/closings")["closings"]) == 2
    assert _signed_and_standing(api, march) == {"2026-03-01": ((11.5, 12), (11.5, 12))}
    # What goes again is taken off again.
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2", hours="0"))
    (gone,) = read(api, at(march))["changed_since"]
    assert bounds(gone["hours"]) == (-9, -9)
    assert _signed_and_standing(api, march) == {"2026-03-01": ((11.5, 12), (2.5, 3))}


def test_each_period_has_signed_what_any_closing_signed_of_it(api: Api) -> None:
    scheme_id = scheme(api, last_day="2026-06-30")
    hours(api, record("march", hours="8"), record("april", day="2026-04-10", hours="4"))
    later = {
        "2026-03": record("march", hours="9"),
        "2026-04": record("april", day="2026-04-10", hours="3"),
        "2026-05": record("march", hours="7"),
    }
    for number, (period, changed) in enumerate(later.items(), start=1):
        api.clock.at = START + timedelta(days=31 * number)
        answer = api.put(PLANNER, at(scheme_id, period), MARCH | {"period": period})
        assert answer.status_code == 201, answer.text
        hours(api, changed)
    # March was signed at 8 and, with April, an hour more; April at 4 and, with May, an hour less.
    assert _signed_and_standing(api, scheme_id) == {
        "2026-03-01": ((9, 9), (7, 7)), "2026-04-01": ((3, 3), (3, 3)),
    }  # fmt: skip
    answer = read(api, f"/v1/schemes/{scheme_id}/hours")
    assert [bounds(each["hours"]) for each in answer["adjustments"]] == [(-2, -2)]


def _signed_and_standing(api: Api, scheme_id: str) -> dict[str, tuple[Any, ...]]:
    answer = read(api, f"/v1/schemes/{scheme_id}/hours")
    return {row["key"]: (bounds(row["signed"]), bounds(row["hours"])) for row in answer["rows"]}


def test_the_answer_says_what_was_signed_beside_what_stands(api: Api, march: str) -> None:
    api.put(PLANNER, at(march), MARCH)
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2", hours="3"))

    def told(until: str, by: str = "month", collar: str = PLANNER) -> list[tuple[Any, ...]]:
        answer = read(api, f"/v1/schemes/{march}/hours", collar, until=until, by=by)
        signed = [row["signed"] and bounds(row["signed"]) for row in answer["rows"]]
        return list(zip(signed, [bounds(row["hours"]) for row in answer["rows"]], strict=True))

    assert told("2026-03-31") == [((8, 8.5), (11, 11.5))]
    # Of a part of the period, of other periods and of a part of the force nothing that was signed is told wrongly.
    assert told("2026-03-30") == [(None, (11, 11.5))]
    assert told("2026-03-31", by="quarter") == [(None, (11, 11.5))]
    assert told("2026-03-31", collar=COMMANDER) == [((2, 2.5), (2, 2.5))]
    answer = read(api, f"/v1/schemes/{march}/hours", until="2026-03-31")
    assert any("as they stand now" in note for note in answer["notes"])
    table = api.get(PLANNER, f"/v1/schemes/{march}/hours", until="2026-03-31", format="csv").text
    (row,) = csv.DictReader(StringIO(table.lstrip("\ufeff")))
    assert (row["at_least_hours"], row["signed_at_least_hours"], row["closed"]) == ("11.00", "8.00", "yes")


def test_no_layout_loses_what_changed_in_a_closed_period(api: Api) -> None:
    usual = scheme(api)
    bare = scheme(
        api, code="BARE", columns="LPA|lpa_name|text|0; Hours|at_least|hours|2", group_by="lpa_name"
    )
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2"))
    api.clock.at = START + timedelta(days=31)
    for scheme_id in (usual, bare):
        assert api.put(PLANNER, at(scheme_id, f"closing of {scheme_id}"), MARCH).status_code == 201
    hours(api, record("TF-1", persons=3, hotspot_code="TGP-2", hours="3"))
    told = read(api, f"/v1/schemes/{usual}/return", period="2026-04")
    assert [each["heading"] for each in told["columns"]][-1] == "Changes to closed periods"
    assert told["rows"] == [["Area SOUTH", "2026-03", 0, 0, 3]]
    assert told["total"] == ["Total", "", 0, 0, 3]
    # A layout without such a column says it above; nothing where there is nothing to say.
    of_bare = [read(api, f"/v1/schemes/{bare}/return", period=each) for each in ("2026-03", "2026-04")]
    words = "Changes to closed periods stand in no column: 3.00 hours came, 0.00 went."
    assert [words in each["header_lines"][0] for each in of_bare] == [False, True]


def test_a_layout_is_told_at_the_import_what_it_leaves_out(api: Api) -> None:
    def findings(columns: str, group_by: str) -> list[tuple[str, str]]:
        values = SCHEME | {"columns": columns, "group_by": group_by}
        answer = bring(api, "schemes", ",".join(values), ",".join(values.values()), dry_run=True).json()
        return [(each["code"], each["severity"]) for each in answer["findings"]]

    hours_by_lpa = "LPA|lpa_name|text|0; Hours|at_least|hours|2"
    assert findings(hours_by_lpa, "lpa_name") == [("no-adjustments", "warning")]
    assert findings(f"{hours_by_lpa}; Later|adjustment|hours|2", "lpa_name") == []
    assert findings(f"{hours_by_lpa}; All|claimed|hours|2", "lpa_name;month") == []
    assert ("not-grouped", "error") in findings(hours_by_lpa, "month")


def test_the_return_says_what_the_closing_and_the_answer_say(api: Api) -> None:
    scheme_id = scheme(api)
    hours(api, record("TF-1", hours="1.9988"))
    api.clock.at = START + timedelta(days=31)
    signed = api.put(PLANNER, at(scheme_id), MARCH).json()["hours"]["at_least_hours"]
    answered = read(api, f"/v1/schemes/{scheme_id}/hours", until="2026-03-31")["hours"]["at_least_hours"]
    returned_as = read(api, f"/v1/schemes/{scheme_id}/return", period="2026-03")["total"][2]
    assert (signed, answered, returned_as) == (1.99, 1.99, 1.99)


def test_of_two_who_close_at_once_one_does(api: Api, march: str) -> None:
    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda name: api.put(PLANNER, at(march, name), MARCH), "abcd"))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"period-closed"}
    (closing,) = read(api, f"/v1/schemes/{march}/closings")["closings"]
    assert (closing["rows_intact"], closing["changed_since"], bounds(closing["hours"])) == (
        True,
        [],
        (8, 8.5),
    )


def test_rows_that_were_touched_after_they_were_signed_are_told(api: Api, march: str) -> None:
    assert api.put(PLANNER, at(march), MARCH).json()["rows_intact"] is True
    assert read(api, at(march), COMMANDER)["rows_intact"] is True
    engine = open_engine(api.url)
    with engine.begin() as connection:
        connection.execute(update(ClosingRow).values(least_ms=col(ClosingRow.least_ms) + 1))
    engine.dispose()
    assert read(api, at(march))["rows_intact"] is False


def test_other_rules_do_not_restate_what_was_closed(api: Api, march: str) -> None:
    api.put(PLANNER, at(march), MARCH)
    scheme(api, columns=COLUMNS, grades="verified;accepted;probable", header_lines="=Grant 7;Hours of March")
    told = read(api, at(march))
    assert (bounds(told["hours"]), told["changed_since"], told["scheme_version"]) == ((8, 8.5), [], 1)


def returned(api: Api, scheme_id: str, period: str, form: str, collar: str = PLANNER) -> bytes:
    answer = api.get(collar, f"/v1/schemes/{scheme_id}/return", period=period, format=form)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_the_return_is_laid_out_as_the_force_says(api: Api, march: str) -> None:
    told = read(api, f"/v1/schemes/{march}/return", period="2026-03")
    assert told["marking"] == "OFFICIAL"
    assert told["header_lines"][-2:] == ["=Grant 7", "Hours of March"]
    assert told["rows"] == [
        ["Area NORTH", "2026-03", 2.0, 2.5, 0, 120, 0], ["Area SOUTH", "2026-03", 6.0, 6.0, 0, 360, 0],
    ]  # fmt: skip
    assert told["total"] == ["Total", "", 8.0, 8.5, 0, 480, 310.0]
    lines = returned(api, march, "2026-03", "csv").decode().lstrip("\ufeff").splitlines()
    assert lines[0].startswith("OFFICIAL")
    assert lines[3].startswith("'=Grant 7")
    assert lines[5:] == [
        "LPA,Month,'=Hours,Most,Later,Claimed,Target",
        "Area NORTH,2026-03,2.0,2.50,0.00,120,0.0",
        "Area SOUTH,2026-03,6.0,6.00,0.00,360,0.0",
        "Total,,8.0,8.50,0.00,480,310.0",
    ]


def test_the_workbook_has_one_sheet_numbers_and_no_formula(api: Api, march: str) -> None:
    book = CalamineWorkbook.from_filelike(BytesIO(returned(api, march, "2026-03", "xlsx")))
    assert book.sheet_names == ["Return"]
    assert all(str(sheet.visible).endswith("Visible") for sheet in book.sheets_metadata)
    rows = book.get_sheet_by_name("Return").to_python()
    assert rows[0][0] == "OFFICIAL"
    assert str(rows[2][0]).startswith("Generated 2026-04-02T")
    assert rows[3][0] == "'=Grant 7"
    assert rows[5][:4] == ["LPA", "Month", "'=Hours", "Most"]
    assert rows[6] == ["Area NORTH", "2026-03", 2.0, 2.5, 0.0, 120.0, 0.0]
    assert rows[8][2:4] == [8.0, 8.5]


def test_patrols_and_windows_are_counted_once_and_stay_as_signed(api: Api) -> None:
    columns = "LPA|lpa_name|text|0; Patrols|patrols|count|0; Windows|windows|count|0; Hours|at_least|hours|1"
    counted = scheme(api, code="COUNTS", columns=columns, group_by="lpa_name", channels="OWN")
    names = ("own patrol", "second", "third", "plain")
    keep(api, *(free_patrol(each) for each in names))
    window = {"window_id": named("WINDOW-1")}
    keep(
        api, own("a", 0, 60), own("b", 60, 105, grade=Grade.PROBABLE), own("c", 300, 360, day=date(2026, 3, 3)),
        own("d", 0, 30, patrol_id=named("second"), officer_id=named("4102"), **window),
        own("e", 0, 60, patrol_id=named("third"), officer_id=named("4103"), **window),
        own("f", 0, 60, patrol_id=named("plain"), officer_id=named("4103"), uniform_state=UniformState.PLAIN_CLOTHES),
    )  # fmt: skip
    api.clock.at = START + timedelta(days=31)
    before = read(api, f"/v1/schemes/{counted}/return", period="2026-03")
    assert (before["rows"], before["total"]) == ([["Area NORTH", 3, 1, 3.5]], ["Total", 3, 1, 3.5])
    assert api.put(PLANNER, at(counted), MARCH).json()["rows_intact"] is True
    keep(api, free_patrol("late"), own("g", 400, 430, patrol_id=named("late")))
    after = read(api, f"/v1/schemes/{counted}/return", period="2026-03")
    assert (after["rows"], after["total"]) == (before["rows"], before["total"])


def test_a_commander_is_returned_what_lies_in_their_areas(api: Api, march: str) -> None:
    api.put(PLANNER, at(march), MARCH)
    told = read(api, f"/v1/schemes/{march}/return", COMMANDER, period="2026-03")
    assert [row[0] for row in told["rows"]] == ["Area NORTH"]
    assert bounds(read(api, at(march), COMMANDER)["hours"]) == (2, 2.5)


def test_what_is_missing_with_the_most_at_stake_first(api: Api) -> None:
    scheme_id = scheme(api, first_day="2026-01-01")
    keep(api, free_patrol(), own("a", 0, 60), own("b", 60, 105, grade=Grade.PROBABLE))
    hours(
        api, record("TF-1", persons=40, day="2026-01-20"), record("CW", channel="PARTNER", day="2026-02-02")
    )
    api.clock.at = START
    assert api.put("4102", patrol_path("open"), check_in(None)).status_code == 201
    api.clock.forward(minutes=30)
    answer = read(api, f"/v1/schemes/{scheme_id}/missing")
    items = [(each["kind"], each["at_stake_hours"]) for each in answer["items"]]
    assert items == [("import_missing", 80), ("patrol_to_decide", 0.75), ("open_patrol", 0.5)]
    assert answer["items"][0]["what"] == "TASKFORCE"
    assert answer["items"][1]["link"] == f"/v1/patrols/{named('own patrol')}"
    assert {each["kind"]: each["count"] for each in answer["kinds"] if each["count"]} == {
        "import_missing": 1, "patrol_to_decide": 1, "open_patrol": 1,
    }  # fmt: skip
    hours(api, record("TF-2", day="2026-02-20"))
    answer = read(api, f"/v1/schemes/{scheme_id}/missing")
    assert "import_missing" not in [each["kind"] for each in answer["items"]]
