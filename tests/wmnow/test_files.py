"""Files of the tracker through HTTP: tried, applied, sent again, corrected, and in every state of damage."""

import csv
from io import BytesIO, StringIO
from typing import Any

import httpx2 as httpx
import pytest
import xlsxwriter

from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.imports.test_routes import codes, send
from tests.wmnow.test_storing import held, versions

PLANNER, ADMIN, SERGEANT = "4131", "4134", "4111"
ROW = {
    "Reference": "T-1",
    "Date and time": "02/03/2026 10:00",
    "Collar number": "4101",
    "Team": "Team NORTH-1",
    "Type of engagement": "Street briefing",
    "Method": "Face to face",
    "Topics": "Anti-social behaviour; Drugs",
    "Minority group reached": "Race: Asian or Asian British=3; Disability",
    "Number of people": "14",
    "Planned": "Yes",
}


def table(*rows: dict[str, str]) -> bytes:
    """A file as a spreadsheet writes it; nobody's formula is looked for."""
    file = StringIO()
    headings = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(file, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def bring(api: Api, *rows: dict[str, str], **options: Any) -> httpx.Response:
    return send(api, PLANNER, "wmnow-engagements", table(*rows), **options)


def counts(answer: httpx.Response) -> dict[str, int]:
    assert answer.status_code == 200, answer.text
    told: dict[str, int] = answer.json()["counts"]
    return {
        name: told[name] for name in ("rows", "new", "changed", "ended", "unchanged", "errors", "missing")
    }


def test_a_file_is_tried_applied_sent_again_and_corrected(api: Api) -> None:
    tried = bring(api, ROW, dry_run=True)
    assert counts(tried) == {
        "rows": 1,
        "new": 1,
        "changed": 0,
        "ended": 0,
        "unchanged": 0,
        "errors": 0,
        "missing": 0,
    }
    assert tried.json()["profile"] == "wmnow/1" and held(api.url) == {}
    log = Log(api)
    done = bring(api, ROW)
    assert counts(done) == counts(tried) and done.json()["applied"], done.text
    row = held(api.url)["T-1"]
    assert (row.team_id, row.officer_id, row.engagement_type) == (
        named("NORTH-1"),
        named("4101"),
        "STREET_BRIEF",
    )
    assert (row.method, row.topics, row.people_reached, row.planned) == ("FACE", ["ASB", "DRUGS"], 14, True)
    assert row.groups_reached == [{"group": "DISABILITY", "count": None}, {"group": "RACE_ASIAN", "count": 3}]
    assert row.unknown_codes == []
    operations = [event.operation for event in log.of(done)]
    assert sorted(operations) == ["imports.wmnow-engagements.commit", "wmnow.file.stored"]
    again = bring(api, ROW)
    assert again.json()["repeated"] and again.json()["run_id"] == done.json()["run_id"]
    changed = bring(api, ROW | {"Number of people": "15"})
    assert counts(changed)["changed"] == 1
    assert changed.json()["changes"][0]["fields"] == ["people_reached"]
    assert counts(bring(api, ROW | {"Number of people": "15"}, dry_run=True))["unchanged"] == 1
    detail = api.get(SERGEANT, f"/v1/wmnow/records/{row.id}").json()
    assert [each["content"]["people_reached"] for each in detail["versions"]] == [14, 15]
    came = detail["versions"][0]["provenance"]
    assert (came["channel"], came["row_number"], came["mapping"]) == ("file", 1, "wmnow/1")
    assert (came["run_id"], came["file_sha256"]) == (done.json()["run_id"], done.json()["file_sha256"])


def test_a_workbook_says_the_same_as_a_text(api: Api) -> None:
    assert counts(bring(api, ROW))["new"] == 1
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, list(ROW))
        page.write_row(1, 0, list(ROW.values()))
    media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = send(api, PLANNER, "wmnow-engagements", file.getvalue(), media)
    assert counts(answer)["unchanged"] == 1


def test_nothing_of_a_file_with_one_fault_enters_unless_the_sender_says_so(api: Api) -> None:
    bad = ROW | {"Reference": "T-2", "Date and time": "Tuesday"}
    refused = bring(api, ROW, bad)
    assert refused.status_code == 422 and held(api.url) == {}
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        ("#/rows/2/occurred_at", "value")
    ]
    assert api.get(PLANNER, "/v1/wmnow/rejected").json()["items"] == []
    entered = bring(api, ROW, bad, only_good_rows=True)
    assert counts(entered) == {
        "rows": 2,
        "new": 1,
        "changed": 0,
        "ended": 0,
        "unchanged": 0,
        "errors": 1,
        "missing": 0,
    }
    assert list(held(api.url)) == ["T-1"]
    (left_out,) = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
    assert (left_out["number"], left_out["source_record_id"]) == (2, "T-2")
    assert left_out["faults"][0]["column"] == "occurred_at"
    file = api.get(PLANNER, "/v1/wmnow/rejected", run_id=entered.json()["run_id"], format="csv")
    assert "T-2" in file.text and "occurred_at" in file.text and "Tuesday" not in file.text


def test_a_row_that_could_not_be_taken_says_when_and_where_it_was(api: Api) -> None:
    bad = ROW | {"Number of people": "many", "LPA": "Area SOUTH"}
    assert counts(bring(api, bad, only_good_rows=True))["errors"] == 1
    (left_out,) = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
    assert (left_out["occurred_at"], left_out["area_id"]) == ("2026-03-02T10:00:00Z", str(named("SOUTH")))


def test_rows_without_an_id_are_the_same_rows_in_the_next_file(api: Api) -> None:
    bare = {name: value for name, value in ROW.items() if name != "Reference"}
    other = bare | {"Location": "Soho Road"}
    assert counts(bring(api, bare, bare, other))["new"] == 3
    rows = held(api.url)
    assert all(row.id_derived for row in rows.values()) and len(rows) == 3
    assert counts(bring(api, other, bare | {"Number of people": "15"}, bare, dry_run=True)) == {
        "rows": 3, "new": 0, "changed": 1, "ended": 0, "unchanged": 2, "errors": 0, "missing": 0,
    }  # fmt: skip
    assert "Soho Road" not in str([versions(api.url, row)[0].content for row in rows.values()])


def test_members_data_and_free_text_never_enter(api: Api) -> None:
    row = ROW | {
        "Member name": "Jo Bloggs", "E-mail": "jo@example.org", "Summary": "Spoke to Jo", "Weather": "wet",
        "Survey answer": "No", "Address": "12 Soho Road", "Postcode": "B21 9LX",
    }  # fmt: skip
    answer = bring(api, row)
    told = [code for _, code, _ in codes(answer)]
    assert sorted(told) == ["column-unknown", "free-text-dropped", *["member-data-dropped"] * 3]
    record = held(api.url)["T-1"]
    (version,) = versions(api.url, record)
    kept = str(record.model_dump()) + str(version.model_dump()) + answer.text
    for word in ("Jo", "example.org", "Soho", "B21", "wet"):
        assert word not in kept, word
    assert record.precision == "postcode"
    wrong = bring(api, ROW | {"Type of engagement": "jo@example.org", "Team": "07700 900123"})
    assert [each["code"] for each in wrong.json()["errors"]] == ["personal", "personal"]
    assert "example.org" not in wrong.text


@pytest.mark.parametrize(
    ("said", "instant", "told"),
    [
        ("25/10/2026 01:30", "2026-10-25T00:30:00+00:00", "clock-twice"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T01:30:00+00:00", None),
        ("25/10/2026 02:30", "2026-10-25T02:30:00+00:00", None),
        ("01/07/2026 12:00", "2026-07-01T11:00:00+00:00", None),
    ],
)
def test_times_are_londons(api: Api, said: str, instant: str, told: str | None) -> None:
    answer = bring(api, ROW | {"Date and time": said})
    warned = {code for _, code, _ in codes(answer)} - {"in-the-future"}
    assert warned == ({told} if told else set())
    row = held(api.url)["T-1"]
    assert row.occurred_at is not None and row.occurred_at.isoformat() == instant
    assert row.time_ambiguous is (told is not None)


@pytest.mark.parametrize(
    ("wrong", "column", "code"),
    [
        ({"Date and time": "29/03/2026 01:30"}, "occurred_at", "clock-never"),
        ({"Date and time": "31/02/2026 10:00"}, "occurred_at", "value"),
        ({"Date and time": ""}, "occurred_at", "missing"),
        ({"Date and time": "02/03/1926 10:00"}, "occurred_at", "value"),
        ({"Type of engagement": ""}, "engagement_type", "missing"),
        ({"Number of people": "-1"}, "people_reached", "value"),
        ({"Number of people": "1e3"}, "people_reached", "value"),
        ({"Planned": "perhaps"}, "planned", "value"),
        ({"Collar number": "12345678901234567"}, "collar_number", "value"),
        ({"Patrol reference": "12"}, "patrol_ref", "value"),
        ({"Latitude": "52.4"}, "longitude", "missing"),
        ({"Latitude": "-1.9", "Longitude": "52.4"}, "longitude", "elsewhere"),
        ({"Latitude": "NaN", "Longitude": "-1.9"}, "latitude", "value"),
        ({"Topics": ";".join(f"t{n}" for n in range(31))}, "topics", "value"),
        ({"Topics": "ring 07700 900123"}, "topics", "personal"),
        ({"Minority group reached": "Disability=1;DISABILITY=2"}, "groups_reached", "repeated"),
        ({"Reference": "x" * 129}, "source_record_id", "value"),
        ({"Team": "a\x01b"}, "team_ref", "value"),
        ({"End": "29/03/2026 01:30"}, "ended_at", "clock-never"),
    ],
)
def test_a_bad_value_is_told_by_row_and_column(
    api: Api, wrong: dict[str, str], column: str, code: str
) -> None:
    refused = bring(api, ROW | {"Reference": "T-0"}, ROW | wrong)
    assert refused.status_code == 422, refused.text
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        (f"#/rows/2/{column}", code)
    ]
    assert held(api.url) == {}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unreadable-file"),
        (b"\x00\x01\x02", "unreadable-file"),
        (b"PK\x03\x04 no archive", "unreadable-file"),
        (b'Reference,Type\n"unclosed', "unreadable-file"),
        (b"Type,Type\na,b\n", "unreadable-file"),
        (b"Reference,Date and time\nT-1,02/03/2026 10:00\n", "import-refused"),
        (b"Type\nPACT\n", "import-refused"),
        (b"Type,Date\nPACT,02/03/2026\n", "import-refused"),
        (b"Type,Date and time\nPACT\n", "unreadable-file"),
        ("Type,Date and time\nPACT,02/03/2026 10:00\n".encode("utf-16"), "unreadable-file"),
    ],
)
def test_a_damaged_file_leaves_nothing(api: Api, raw: bytes, code: str) -> None:
    tries: tuple[dict[str, bool], ...] = ({}, {"only_good_rows": True}, {"dry_run": True})
    for options in tries:
        answer = send(api, PLANNER, "wmnow-engagements", raw, "text/csv", "", **options)
        if answer.status_code == 200:
            assert options == {"dry_run": True} and counts(answer)["errors"] > 0
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert held(api.url) == {} and api.get(PLANNER, "/v1/wmnow/rejected").json()["items"] == []


def test_other_spellings_of_a_text_are_the_same_rows(api: Api) -> None:
    assert counts(bring(api, ROW))["new"] == 1
    lines = [list(ROW), list(ROW.values())]
    for number, raw in enumerate(
        (
            "\n".join("\t".join(line) for line in lines).encode("cp1252"),
            b"\r\n\r\n" + "\r\n".join("\t".join(line) for line in lines).encode(),
            table({name: ROW[name] for name in reversed(ROW)}),
        )
    ):
        answer = send(api, PLANNER, "wmnow-engagements", raw)
        assert counts(answer)["unchanged"] == 1, number


def test_a_day_and_a_time_of_day_may_stand_apart(api: Api) -> None:
    row = {name: value for name, value in ROW.items() if name != "Date and time"}
    assert counts(bring(api, row | {"Date": "02/03/2026", "Time": "10:00"}))["new"] == 1
    at = held(api.url)["T-1"].occurred_at
    assert at is not None and at.isoformat() == "2026-03-02T10:00:00+00:00"


def test_the_same_id_twice_in_a_file_is_an_error_and_the_first_stands(api: Api) -> None:
    twice = (ROW, ROW | {"Number of people": "15"})
    assert [each["code"] for each in bring(api, *twice).json()["errors"]] == ["repeated"]
    assert counts(bring(api, *twice, only_good_rows=True))["new"] == 1
    assert held(api.url)["T-1"].people_reached == 14


def test_a_row_the_tracker_deleted_is_gone_and_its_versions_stay(api: Api) -> None:
    bring(api, ROW | {"Version": "1"})
    assert counts(bring(api, ROW | {"Version": "2", "Deleted": "yes"}))["ended"] == 1
    row = held(api.url)["T-1"]
    assert row.deleted_at is not None and len(versions(api.url, row)) == 2
    assert api.get(SERGEANT, "/v1/wmnow/records").json()["items"] == []
    late = bring(api, ROW | {"Version": "1"})
    assert (counts(late)["unchanged"], [code for _, code, _ in codes(late)]) == (1, ["stale"])


def test_what_is_not_known_is_kept_told_once_and_listed(api: Api) -> None:
    strange = ROW | {"Method": "Carrier pigeon", "Team": "Moon base", "Collar number": "0000"}
    answer = bring(api, strange, strange | {"Reference": "T-2"})
    assert [code for _, code, _ in codes(answer)] == ["officer-unknown", "word-unknown", "word-unknown"]
    assert "pigeon" not in answer.text
    told = api.get(PLANNER, "/v1/wmnow/unknown-words", to="2026-04-01T00:00:00Z").json()
    assert (told["source"], told["records"]) == ("wmnow", 2)
    assert [(each["field"], each["word"], each["list"], each["records"]) for each in told["items"]] == [
        ("method", "Carrier pigeon", "engagement_methods", 2), ("team_ref", "Moon base", None, 2),
    ]  # fmt: skip


def test_strangers_to_imports_are_refused(api: Api) -> None:
    for who in ("4101", SERGEANT, "4133", "4135"):
        assert send(api, who, "wmnow-engagements", table(ROW)).status_code == 403, who
    assert bring(api, ROW, mapping="nobody-made-it").json()["code"] == "mapping-unknown"
    assert held(api.url) == {}
