"""How a force says what the tracker's columns and words mean: versions that only grow, and what none may ask for."""

from typing import Any

import pytest

from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.wmnow.test_files import ADMIN, PLANNER, ROW, bring, counts
from tests.wmnow.test_storing import held, versions

PATH = "/v1/wmnow/mappings/wmnow"
OTHER = "/v1/wmnow/mappings/rapport"
WORDS = [
    {"field": "method", "word": "Carrier pigeon", "code": "FACE"},
    {"field": "team_ref", "word": "Moon base", "code": "SOUTH-1"},
]
STRANGE = ROW | {"Method": "carrier  PIGEON", "Team": "Moon Base"}


def put(api: Api, body: object, path: str = PATH, match: int | None = None) -> Any:
    headers = {} if match is None else {"If-Match": f'"{match}"'}
    return api.put(ADMIN, path, body, **headers)


def test_versions_grow_and_none_is_overwritten(api: Api) -> None:
    standard = api.get(PLANNER, PATH)
    assert (standard.json()["version"], standard.json()["made_by"]) == (1, None)
    assert standard.headers["ETag"] == '"1"'
    assert put(api, {"words": WORDS}).status_code == 428
    assert put(api, {"words": WORDS}, match=7).status_code == 412
    log = Log(api)
    made = put(api, {"words": WORDS}, match=1)
    assert (made.status_code, made.json()["version"]) == (201, 2), made.text
    assert [event.operation for event in log.of(made)] == ["wmnow-mapping:write"]
    again = put(api, {"words": WORDS}, match=1)
    assert (again.status_code, again.json()) == (200, made.json())
    assert put(api, {"words": WORDS[:1]}, match=2).json()["version"] == 3
    assert api.get(PLANNER, PATH, version=2).json() == made.json()
    assert api.get(PLANNER, PATH, version=1).status_code == 200
    assert api.get(PLANNER, PATH, version=4).status_code == 404
    assert put(api, {}, OTHER).json()["version"] == 1
    listed = api.get(PLANNER, "/v1/wmnow/mappings").json()["items"]
    assert [(each["name"], each["version"]) for each in listed] == [("rapport", 1), ("wmnow", 3)]
    assert api.put(PLANNER, PATH, {"words": WORDS}, **{"If-Match": '"3"'}).status_code == 403


def test_a_file_is_read_by_the_newest_version_and_says_by_which(api: Api) -> None:
    before = bring(api, STRANGE)
    assert held(api.url)["T-1"].unknown_codes == ["method:carrier  PIGEON", "team_ref:Moon Base"]
    put(api, {"words": WORDS}, match=1)
    after = bring(api, STRANGE)
    assert (before.json()["profile"], after.json()["profile"]) == ("wmnow/1", "wmnow/2")
    row = held(api.url)["T-1"]
    assert (row.method, row.team_id, row.unknown_codes) == ("FACE", named("SOUTH-1"), [])
    assert [each.mapping for each in versions(api.url, row)] == ["wmnow/1"], "the tracker said nothing new"
    assert counts(bring(api, STRANGE | {"Number of people": "15"}))["changed"] == 1
    assert [each.mapping for each in versions(api.url, row)] == ["wmnow/1", "wmnow/2"]


def test_a_layout_of_its_own(api: Api) -> None:
    body = {
        "headers": [
            {"field": "occurred_at", "headings": ["When it was"]},
            {"field": "people_reached", "headings": ["Heads", "Collar"]},
        ],
        "times": ["mm/dd/yyyy hh:MM AM"],
        "separators": "/",
        "member_data": ["Household"],
    }
    assert put(api, body, OTHER).status_code == 201
    row = {
        "Ref": "T-9", "When it was": "03/02/2026 05:15 PM", "Collar": "3", "Type": "PACT", "Topics": "ASB / Drugs",
        "Household": "The Smiths",
    }  # fmt: skip
    answer = bring(api, row, mapping="rapport")
    assert counts(answer)["new"] == 1
    assert [each["code"] for each in answer.json()["findings"]] == ["member-data-dropped"]
    record = held(api.url)["T-9"]
    assert record.occurred_at is not None and record.occurred_at.isoformat() == "2026-03-02T17:15:00+00:00"
    assert (record.people_reached, record.topics, record.collar_number) == (3, ["ASB", "DRUGS"], None)


@pytest.mark.parametrize("heading", ["Groups reached", "groups_reached", "GROUPS  REACHED"])
def test_a_column_that_a_force_drops_is_dropped_by_our_own_name_for_it_too(api: Api, heading: str) -> None:
    assert (
        put(api, {"member_data": ["Groups reached", "Collar number", "Post code"]}, OTHER).status_code == 201
    )
    row = {
        "Reference": "T-1", "Date and time": "02/03/2026 10:00", "Type": "PACT", "Collar_Number": "4101",
        heading: "Disability=2", "Post code": "B21 9LX",
    }  # fmt: skip
    answer = bring(api, row, mapping="rapport")
    assert counts(answer)["new"] == 1
    assert [each["code"] for each in answer.json()["findings"]] == ["member-data-dropped"] * 3
    one = held(api.url)["T-1"]
    assert (one.collar_number, one.groups_reached, one.precision) == (None, [], "none")
    assert versions(api.url, one)[0].content.keys() == {"occurred_at", "engagement_type"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"headers": [{"field": "summary", "headings": ["A"]}]}, "/headers/0/field"),
        ({"headers": [{"field": "topics", "headings": ["Summary"]}]}, "/headers/0/headings/0"),
        ({"headers": [{"field": "topics", "headings": ["Member e-mail"]}]}, "/headers/0/headings/0"),
        ({"headers": [{"field": "topics", "headings": ["A", "a "]}]}, "/headers/0/headings/1"),
        ({"headers": [{"field": "topics", "headings": ["?"]}]}, "/headers/0/headings/0"),
        (
            {"headers": [{"field": "topics", "headings": []}, {"field": "topics", "headings": []}]},
            "/headers/1/field",
        ),
        (
            {"headers": [{"field": "topics", "headings": ["X"]}], "member_data": ["x"]},
            "/headers/0/headings/0",
        ),
        ({"times": ["%d/%m/%Y"]}, "/times/0"),
        ({"times": ["dd/mm/yyyy"]}, "/times/0"),
        ({"times": ["dd/dd/yyyy HH:MM"]}, "/times/0"),
        ({"times": ["dd/mm/yyyy hh:MM"]}, "/times/0"),
        ({"separators": "; a"}, "/separators"),
        ({"separators": "="}, "/separators"),
        ({"words": [{"field": "planned", "word": "A", "code": "B"}]}, "/words/0/field"),
        ({"words": [WORDS[0], {**WORDS[0], "word": "carrier-pigeon", "code": "PHONE"}]}, "/words/1/word"),
        ({"words": [{"field": "method", "word": "A", "code": "no code"}]}, "/words/0/code"),
        ({"layout": [{"heading": "A", "field": "summary"}]}, "/layout/0/field"),
        (
            {"layout": [{"heading": "A", "field": "lpa"}, {"heading": "a", "field": "team"}]},
            "/layout/1/heading",
        ),
        ({"layout": [{"heading": "", "field": "lpa"}]}, "/layout/0/heading"),
        ({"colour": "blue"}, ""),
    ],
)
def test_a_mapping_that_cannot_be_kept(api: Api, body: dict[str, Any], pointer: str) -> None:
    refused = put(api, body, OTHER)
    assert refused.status_code == 422, refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]
    assert api.get(PLANNER, OTHER).status_code == 404
