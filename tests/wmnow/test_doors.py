"""What no way in takes, file, pull or message; and that what is not taken is told in its area and week."""

from collections.abc import Callable
from typing import Any

import pytest

from app.wmnow.models import RunState
from demo.wmnow import message
from tests.conftest import Api, named
from tests.databases import Databases
from tests.imports.test_routes import codes
from tests.wmnow.test_files import PLANNER, ROW, bring
from tests.wmnow.test_messages import Sender
from tests.wmnow.test_reconciliation import asked
from tests.wmnow.test_storing import held
from tests.wmnow.tracker import asking, item

Give = Callable[[dict[str, Any]], None]
WEEK = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-09T00:00:00Z"}
IN_SOUTH = {"occurred_at": "2026-03-02T10:00:00Z", "lpa": "Area SOUTH"}


@pytest.fixture(params=["pull", "message"])
def give(request: pytest.FixtureRequest, api: Api, databases: Databases) -> Give:
    """Has the tracker give an item, by pull or by message, and our side read it."""

    def by_pull(one: dict[str, Any]) -> None:
        with asking(api.url, api.clock, databases.served(api.url)) as feed:
            feed.tracker.put(one)
            feed.pull()

    def by_message(one: dict[str, Any]) -> None:
        sender = Sender(api)
        sender.tell(f"msg_{api.clock.at.timestamp():.0f}", 1, **one)
        assert sender.read() == 1
        sender.engine.dispose()

    def then(one: dict[str, Any]) -> None:
        api.clock.forward(minutes=20)
        {"pull": by_pull, "message": by_message}[request.param](one)

    return then


SWAPPED = {"type": "Point", "coordinates": [52.48, -1.9]}
TWICE = [{"group": "Disability", "count": 1}, {"group": "DISABILITY", "count": 2}]


@pytest.mark.parametrize(
    ("wrong", "column", "code"),
    [
        ({"engagement_type": "jo.smith@example.org"}, "engagement_type", "personal"),
        ({"team_ref": "07700 900 123"}, "team_ref", "personal"),
        ({"lpa": "jo@example.org"}, "lpa", "personal"),
        ({"neighbourhood": "07700900123"}, "neighbourhood", "personal"),
        ({"method": "ring 07700 900123"}, "method", "personal"),
        ({"priority_group": "jo@example.org"}, "priority_group", "personal"),
        ({"topics": ["ASB", "jo@example.org"]}, "topics", "personal"),
        ({"groups_reached": [{"group": "jo@example.org"}]}, "groups_reached", "personal"),
        ({"recorded_by": {"collar_number": "07700 900 123"}}, "recorded_by.collar_number", "personal"),
        ({"groups_reached": TWICE}, "groups_reached", "repeated"),
        ({"location": SWAPPED}, "location.coordinates", "elsewhere"),
        ({"source_record_id": "jo.smith@example.org"}, "source_record_id", "personal"),
    ],
)
def test_what_a_file_refuses_is_refused_by_every_way(
    api: Api, give: Give, wrong: dict[str, Any], column: str, code: str
) -> None:
    give(item(1, **wrong))
    assert held(api.url) == {}
    answer = api.get(PLANNER, "/v1/wmnow/rejected")
    (told,) = answer.json()["items"]
    assert [(each["column"], each["code"]) for each in told["faults"]] == [(column, code)]
    assert "example.org" not in answer.text and "07700" not in answer.text
    assert api.get(PLANNER, "/v1/wmnow/unknown-words", to="2026-04-01T00:00:00Z").json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "column", "code"),
    [
        ({"Collar number": "07700 900 123"}, "collar_number", "personal"),
        ({"Minority group reached": "Disability=100001"}, "groups_reached", "value"),
        ({"Minority group reached": "=5"}, "groups_reached", "value"),
        ({"Minority group reached": "ring 07700 900123"}, "groups_reached", "personal"),
        ({"Topics": "x" * 65}, "topics", "value"),
        ({"Priority group": "x" * 65}, "priority_group", "value"),
        ({"Topics": "a\x02b"}, "topics", "value"),
        ({"Method": "jo@example.org"}, "method", "personal"),
        ({"Reference": "jo@example.org"}, "source_record_id", "personal"),
    ],
)
def test_what_an_item_may_not_say_no_file_may(
    api: Api, wrong: dict[str, str], column: str, code: str
) -> None:
    refused = bring(api, ROW | wrong)
    assert refused.status_code == 422, refused.text
    assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [
        (f"#/rows/1/{column}", code)
    ]


def test_a_row_without_a_time_is_told_all_its_faults(api: Api) -> None:
    refused = bring(
        api,
        ROW | {"Date and time": "Tuesday", "Team": "07700 900 123", "End": "01/03/2026 10:00"},
        dry_run=True,
    )
    assert [code for _, code, _ in codes(refused)] == ["value", "personal"]
    refused = bring(api, ROW | {"Date and time": "Tuesday", "Team": "07700 900 123"})
    assert [each["pointer"] for each in refused.json()["errors"]] == [
        "#/rows/1/occurred_at",
        "#/rows/1/team_ref",
    ]


def test_an_item_that_could_not_be_taken_is_told_in_its_area_and_week(api: Api, give: Give) -> None:
    give(item(1, **IN_SOUTH, people_reached=-3))
    (told,) = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
    assert (told["occurred_at"], told["area_id"]) == ("2026-03-02T10:00:00Z", str(named("SOUTH")))
    answer = asked(api, PLANNER, **WEEK)
    (row,) = (one for one in answer["rows"] if one["rejected"])
    assert (row["lpa"]["code"], row["week"], row["rejected"], row["outdated"]) == ("SOUTH", "2026-W10", 1, 0)
    assert (row["source_rows"], answer["rejected_without_time"]) == (1, 0)


def test_what_is_held_in_an_older_version_is_told_when_the_newest_could_not_be_taken(
    api: Api, give: Give
) -> None:
    give(item(1, **IN_SOUTH))
    assert asked(api, PLANNER, **WEEK)["totals"]["outdated"] == 0
    give(item(1, **IN_SOUTH, location=SWAPPED))
    totals = asked(api, PLANNER, **WEEK)["totals"]
    assert (totals["imported"], totals["rejected"], totals["outdated"]) == (1, 0, 1)
    give(item(1, **IN_SOUTH, people_reached=5))
    assert asked(api, PLANNER, **WEEK)["totals"]["outdated"] == 0


@pytest.mark.parametrize("at", ["yesterday", None, 7e20, "1999-01-01T00:00:00Z", "2026-03-02T10:00:00"])
def test_an_item_that_says_no_time_is_told_apart(api: Api, give: Give, at: object) -> None:
    give(item(1, **IN_SOUTH | {"occurred_at": at, "lpa": ["no", "text"]}))
    api.clock.forward(minutes=1)
    answer = asked(api, PLANNER)
    assert (answer["rejected_without_time"], answer["totals"]["rejected"]) == (1, 0)


@pytest.mark.parametrize("nameless", [{"source_record_id": None}, {"source_record_id": "x" * 129}])
def test_an_item_without_an_id_that_cannot_be_taken_counts_once_however_often_it_comes(
    api: Api, give: Give, nameless: dict[str, Any]
) -> None:
    for _ in range(3):
        give(item(1, **IN_SOUTH | nameless))
    totals = asked(api, PLANNER, **WEEK)["totals"]
    assert (totals["rejected"], totals["source_rows"]) == (1, 1)
    give(item(1, **IN_SOUTH | nameless, people_reached=7))
    assert asked(api, PLANNER, **WEEK)["totals"]["rejected"] == 2
    for _ in range(2):
        give(item(1, **nameless | {"occurred_at": "soon"}))
    api.clock.forward(minutes=1)
    assert asked(api, PLANNER)["rejected_without_time"] == 1


def test_items_with_none_of_our_names_that_are_not_alike_are_each_one(api: Api, give: Give) -> None:
    """A tracker that calls everything otherwise has all its items refused, and all of them counted."""
    said = dict.fromkeys(item(1)) | {"id": 1, "type": "PACT", "when": "02/03/2026"}
    for other in (said, said | {"id": 2}, said | {"when": "03/03/2026"}):
        for changed in ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"):
            give(other | {"updated_at": changed, "source_version": changed})
    api.clock.forward(minutes=1)
    assert asked(api, PLANNER)["rejected_without_time"] == 3


def test_a_row_without_id_or_time_counts_once_whatever_files_it_stands_in(api: Api) -> None:
    bad = ROW | {"Reference": "", "Date and time": "Tuesday", "Member": "jo@example.org"}
    for number in range(3):
        assert (
            bring(api, bad, bad, ROW | {"Reference": f"T-{number}"}, only_good_rows=True).status_code == 200
        )
        api.clock.forward(minutes=1)
    assert asked(api, PLANNER)["rejected_without_time"] == 2, "two that are alike in one file are two"
    shown = api.get(PLANNER, "/v1/wmnow/rejected").text
    assert shown.count("unread:") == 6 and "example.org" not in shown


@pytest.mark.parametrize("odd", ["jo.smith@example.org", "T\x01"])
def test_no_report_shows_an_id_that_is_none(api: Api, odd: str) -> None:
    """Whoever maps the wrong column for the id is not to have members' addresses in the reports."""
    brought = bring(api, ROW | {"Reference": odd}, only_good_rows=True)
    assert brought.json()["counts"]["errors"] == 1 and odd not in brought.text
    (told,) = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
    assert told["source_record_id"].startswith("unread:")


HALF_A_CHARACTER = [b"\\ud83d", b"\\uDE00 and more", b"\xf0\x9f", b"caf\xe9"]


@pytest.mark.parametrize("half", HALF_A_CHARACTER)
def test_a_text_that_was_cut_within_a_character_keeps_nothing_out(
    api: Api, databases: Databases, half: bytes
) -> None:
    """Systems cut what officers write at so many characters; nobody here wants the text, and one must not stop all."""
    said = message(item(2, summary="CUT HERE"), api.clock.at).replace(b"CUT HERE", half)
    sender = Sender(api)
    sender.send(said, "msg_1")
    assert (sender.read(), sender.outcomes()) == (1, {"msg_1": "new"})
    sender.engine.dispose()
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        feed.tracker.put(item(1, summary="CUT HERE"), item(3))
        feed.tracker.spoil = lambda raw: raw.replace(b"CUT HERE", half)
        assert feed.pull().state is RunState.DONE
        assert (feed.waits, feed.runs()[-1].dropped_fields) == ([], ["recorded_by.name", "summary"])
    assert held(api.url).keys() == {"E-1", "E-2", "E-3"}


def test_what_a_pull_reads_again_and_cannot_take_is_told_once_until_it_is_another(
    api: Api, databases: Databases
) -> None:
    """A tracker whose watermark is its last change is read from there every five minutes, for days."""

    def told() -> list[str]:
        items = api.get(PLANNER, "/v1/wmnow/rejected").json()["items"]
        return [each["faults"][0]["column"] for each in items]

    bad = item(1, **IN_SOUTH, people_reached=-3)
    nameless = item(2, **IN_SOUTH, source_record_id=None, method="jo@example.org")
    with asking(api.url, api.clock, databases.served(api.url)) as feed:

        def pulled(*items: dict[str, Any]) -> list[str]:
            api.clock.forward(minutes=1)
            feed.tracker.put(*items)
            assert feed.pull().state is RunState.DONE
            return told()

        assert sorted(pulled(bad, nameless)) == ["people_reached", "source_record_id"]
        for _ in range(3):
            assert len(pulled()) == 2
        assert [run.rejected for run in feed.runs()] == [2, 2, 2, 2]
        assert len(pulled({**bad, "people_reached": 7, "engagement_type": "jo@example.org"})) == 3
        assert len(pulled({**bad, "people_reached": 7})) == 3
        assert asked(api, PLANNER, **WEEK)["totals"]["outdated"] == 0
        assert len(pulled({**bad, "people_reached": 7, "engagement_type": "jo@example.org"})) == 4
        assert asked(api, PLANNER, **WEEK)["totals"]["outdated"] == 1
