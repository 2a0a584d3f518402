"""Our engagements in the tracker's own columns: in scope, logged, in both formats, and back again."""

import csv
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from app.audit.models import Action
from app.wmnow.models import LinkDecision, TrackerChannel, WmnowLink
from tests.audit.test_events import Log
from tests.conftest import Api, named
from tests.engagements.test_engagement_story import SURGERY
from tests.imports.test_routes import send
from tests.people import change
from tests.wmnow.test_files import ADMIN, PLANNER, counts
from tests.wmnow.test_storing import held, record, store

SPAN = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
PATH = "/v1/wmnow/export"


def say(api: Api, name: str, who: str = "4101", **other: Any) -> UUID:
    body = {**SURGERY, "reference": None, "issues": ["ASB", "VEHICLES"], **other}
    body = {key: value for key, value in body.items() if value is not None}
    answer = api.put(who, f"/v1/engagements/{named(name)}", body)
    assert answer.status_code == 201, answer.text
    return named(name)


def rows(api: Api, who: str = PLANNER, **options: Any) -> list[dict[str, str]]:
    answer = api.get(who, PATH, **SPAN, **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith('engagements-for-wmnow.csv"')
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def test_an_engagement_in_the_trackers_columns(api: Api) -> None:
    ours = say(api, "one")
    (row,) = rows(api)
    assert row == {
        "Reference": "", "Date and time": "02/03/2026 17:00", "End": "02/03/2026 18:00",
        "Created": "02/03/2026 17:00", "Collar number": "4101", "LPA": "Area NORTH", "Team": "Team NORTH-1",
        "Neighbourhood": "", "Latitude": "52.483", "Longitude": "-1.895",
        "Type of engagement": "Beat or neighbourhood surgery", "Method": "Face to face",
        "Priority group": "Older people, 65 and over; Residents",
        "Topics": "Anti-social behaviour; Nuisance vehicles, speeding or parking",
        "Minority group reached": "RACE_ASIAN=5", "People reached": "14", "Planned": "yes", "Published": "yes",
        "Patrol reference": "", "Beatcheck reference": str(ours),
    }  # fmt: skip


def test_what_is_written_is_read_back_and_can_be_linked(api: Api) -> None:
    ours = {say(api, "one"), say(api, "two", who="4103", position=None, minority_groups=[], planned=False)}
    for form, media in (("csv", "text/csv"), ("xlsx", "application/octet-stream")):
        file = api.get(PLANNER, PATH, **SPAN, format=form)
        answer = send(api, PLANNER, "wmnow-engagements", file.content, media)
        told = counts(answer)
        assert (told["rows"], told["errors"]) == (2, 0), answer.text
        assert told["new"] + told["unchanged"] == 2
    records = held(api.url).values()
    assert {each.engagement_ref for each in records} == ours
    one = next(each for each in records if each.engagement_ref == named("one"))
    assert (one.engagement_type, one.method, one.topics) == ("BEAT_SURGERY", "FACE", ["ASB", "VEHICLES"])
    assert one.groups_reached == [{"group": "RACE_ASIAN", "count": 5}]
    assert (one.people_reached, one.officer_id, one.team_id) == (14, named("4101"), named("NORTH-1"))
    assert (one.longitude, one.latitude, one.unknown_codes) == (-1.895, 52.483, [])
    assert one.occurred_at is not None and one.occurred_at.isoformat() == "2026-03-02T17:00:00+00:00"
    assert one.ended_at is not None and one.ended_at.isoformat() == "2026-03-02T18:00:00+00:00"


def test_a_workbook_holds_the_same_and_no_formula(api: Api) -> None:
    say(api, "one")
    answer = api.get(PLANNER, PATH, **SPAN, format="xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    header, row = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert (header[0], row[header.index("People reached")]) == ("Reference", 14.0)
    assert row[header.index("Collar number")] == "4101"
    assert row[header.index("Date and time")] == "02/03/2026 17:00"


def test_everybody_hands_out_what_they_answer_for_and_it_is_logged(api: Api) -> None:
    north, south = say(api, "north"), say(api, "south", who="4103", officers=["4102"])
    log = Log(api)
    for who, expected in ((PLANNER, {north, south}), ("4111", {north}), ("4121", {north}), ("4112", {south})):
        answer = api.get(who, PATH, **SPAN)
        (event,) = log.of(answer)
        assert (event.action, event.operation) == (Action.DISCLOSE, "wmnow.export")
        assert set(event.subjects["engagement"]) == {str(each) for each in expected}, who
        for each in (north, south):
            assert (str(each) in answer.text) is (each in expected), who
    assert {row["Collar number"] for row in rows(api, team_id=str(named("SOUTH-1")))} == {"4103"}
    assert rows(api, area_id=str(named("SOUTH"))) == rows(api, team_id=str(named("SOUTH-1")))
    for who in ("4101", ADMIN, "4133"):
        assert api.get(who, PATH, **SPAN).status_code == 403, who
    assert api.get(PLANNER, PATH, **SPAN, mapping="nobodys").json()["code"] == "mapping-unknown"


@pytest.mark.parametrize("path", [PATH, "/v1/wmnow/unknown-words"])
def test_a_period_that_ends_before_it_begins_is_refused(api: Api, path: str) -> None:
    """An empty file says that nothing was held."""
    answer = api.get("4111", path, **{"from": SPAN["to"], "to": SPAN["from"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#query/from")


def test_what_the_tracker_has_is_left_out_when_asked(api: Api) -> None:
    new, named_by, linked, refused = (say(api, name) for name in ("new", "named", "linked", "refused"))
    store(api.url, [record("1", engagement_ref=named_by), record("2")], TrackerChannel.PULL)
    two = held(api.url)["2"]

    def decide(engagement: UUID, number: int, decision: LinkDecision) -> None:
        row = WmnowLink(
            id=named(f"{engagement} {number}"), content_hash=b"", captured_by=named("4111"),
            uploaded_by=named("4111"), received_at=api.clock.at, force_id=named("FORCE"), record_id=two.id,
            engagement_id=engagement, number=number, decision=decision, record_version=1,
            engagement_revision=1, decided_at=api.clock.at,
        )  # fmt: skip
        change(api.url, lambda session: session.add(row))

    decide(linked, 1, LinkDecision.LINKED)
    decide(refused, 1, LinkDecision.LINKED)
    decide(refused, 2, LinkDecision.OPEN)
    wanted = {row["Beatcheck reference"] for row in rows(api, only_new="true")}
    assert wanted == {str(new), str(refused)}
    assert len(rows(api)) == 4


def test_what_does_not_stand_or_is_a_contact_on_patrol_is_not_written(api: Api) -> None:
    say(api, "gone")
    assert api.put("4101", f"/v1/engagements/{named('gone')}/void", {"reason": "Twice."}).status_code == 200
    say(api, "chat", engagement_type="HOTSPOT_CHAT")
    counted = [each["counted_as"] for each in api.get("4111", "/v1/engagements").json()["items"]]
    assert len(rows(api)) == counted.count("engagement")


def test_a_layout_and_words_of_the_forces_own(api: Api) -> None:
    body = {
        "words": [
            {"field": "engagement_type", "word": "Surgery (beat)", "code": "BEAT_SURGERY"},
            {"field": "team_ref", "word": "Perry Barr NHT", "code": "NORTH-1"},
        ],
        "times": ["yyyy-mm-dd HH:MM:SS"],
        "layout": [
            {"heading": "Ours", "field": "engagement_ref"}, {"heading": "Kind", "field": "engagement_type"},
            {"heading": "Team", "field": "team"}, {"heading": "On", "field": "occurred_on"},
            {"heading": "At", "field": "occurred_time"}, {"heading": "Start", "field": "occurred_at"},
            {"heading": "Signature", "field": "empty"},
        ],
    }  # fmt: skip
    assert api.put(ADMIN, "/v1/wmnow/mappings/rapport", body).status_code == 201
    ours = say(api, "one", occurred_at="2026-03-02T17:00:30Z")
    assert rows(api, mapping="rapport") == [
        {
            "Ours": str(ours), "Kind": "Surgery (beat)", "Team": "Perry Barr NHT", "On": "02/03/2026", "At": "17:00",
            "Start": "2026-03-02 17:00:30", "Signature": "",
        }
    ]  # fmt: skip


def test_a_long_export_goes_on_past_its_first_piece(api: Api) -> None:
    numbers = range(1005)
    header = "reference,collar_number,occurred_at,engagement_type\n"
    lines = "".join(f"R-{number},4101,2026-03-02 10:00,STREET_BRIEF\n" for number in numbers)
    answer = send(api, PLANNER, "engagements", (header + lines).encode())
    assert answer.status_code == 200, answer.text
    log = Log(api)
    answer = api.get(PLANNER, PATH, **SPAN)
    found = {row["Reference"] for row in csv.DictReader(StringIO(answer.text.removeprefix("\ufeff")))}
    assert found == {f"R-{number}" for number in numbers}
    assert sorted(len(event.subjects["engagement"]) for event in log.of(answer)) == [5, 1000]
    assert rows(api, only_new="true") == []
