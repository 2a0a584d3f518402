"""What a better mapping changes: what the tracker's words mean here, and nothing of what it said."""

from typing import Any

from tests.conftest import Api, named
from tests.databases import Databases
from tests.wmnow.test_files import PLANNER, ROW, SERGEANT, bring, counts
from tests.wmnow.test_mappings import put
from tests.wmnow.test_reconciliation import asked
from tests.wmnow.test_storing import held, versions
from tests.wmnow.tracker import asking, item

STRANGE = ROW | {
    "Type of engagement": "Walk about", "Method": "Carrier pigeon", "Topics": "Bees; Drugs", "Team": "Moon base",
    "Minority group reached": "Night owls=3", "Priority group": "Night owls",
}  # fmt: skip
BARE = {name: value for name, value in STRANGE.items() if name != "Reference"}
UNKNOWN = [
    "engagement_type:Walk about", "groups_reached:Night owls", "method:Carrier pigeon", "priority_group:Night owls",
    "team_ref:Moon base", "topics:Bees",
]  # fmt: skip


def meaning(**codes: str) -> dict[str, Any]:
    words = {
        "engagement_type": "Walk about", "method": "Carrier pigeon", "topics": "Bees", "groups_reached": "Night owls",
        "priority_group": "Night owls", "team_ref": "Moon base",
    }  # fmt: skip
    return {"words": [{"field": of, "word": words[of], "code": code} for of, code in codes.items()]}


def test_a_row_without_an_id_is_the_same_row_once_its_words_have_a_meaning(api: Api) -> None:
    assert counts(bring(api, BARE, BARE))["new"] == 2
    first = held(api.url)
    assert [sorted(row.unknown_codes) for row in first.values()] == [UNKNOWN, UNKNOWN]
    put(api, meaning(engagement_type="PACT", team_ref="SOUTH-1"), match=1)
    assert counts(bring(api, BARE, BARE))["unchanged"] == 2
    assert held(api.url).keys() == first.keys()
    assert {row.engagement_type for row in held(api.url).values()} == {"PACT"}


def test_words_that_get_a_meaning_or_another_are_looked_up_anew_and_no_change_of_the_trackers(
    api: Api,
) -> None:
    assert counts(bring(api, STRANGE))["new"] == 1
    all_codes = meaning(
        engagement_type="PACT", method="FACE", topics="ASB", groups_reached="DISABILITY", priority_group="CHILDREN_U18",
        team_ref="SOUTH-1",
    )  # fmt: skip
    put(api, all_codes, match=1)
    assert counts(bring(api, STRANGE, dry_run=True))["unchanged"] == 1
    assert counts(bring(api, STRANGE))["unchanged"] == 1
    row = held(api.url)["T-1"]
    assert (row.engagement_type, row.method, row.topics) == ("PACT", "FACE", ["ASB", "DRUGS"])
    assert (row.priority_group, row.team_id) == ("CHILDREN_U18", named("SOUTH-1"))
    assert row.groups_reached == [{"group": "DISABILITY", "count": 3}]
    assert row.unknown_codes == []
    for one in all_codes["words"]:
        one["code"] = {"PACT": "DROP_IN", "FACE": "PHONE", "ASB": "BURGLARY"}.get(one["code"], one["code"])
    put(api, all_codes, match=2)
    assert counts(bring(api, STRANGE))["unchanged"] == 1
    row = held(api.url)["T-1"]
    assert (row.engagement_type, row.method, row.topics) == ("DROP_IN", "PHONE", ["BURGLARY", "DRUGS"])
    assert row.unknown_codes == []
    put(api, meaning(engagement_type="BEAT_SURGERY"), match=3)
    assert counts(bring(api, STRANGE))["unchanged"] == 1
    row = held(api.url)["T-1"]
    assert (row.engagement_type, row.method, row.topics) == (
        "BEAT_SURGERY",
        "Carrier pigeon",
        ["Bees", "DRUGS"],
    )
    (version,) = versions(api.url, row)
    assert (version.mapping, version.content["method"]) == ("wmnow/1", "Carrier pigeon")
    week = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    assert asked(api, PLANNER, **week)["totals"]["changed"] == 0


def test_a_version_says_what_the_tracker_said_and_the_record_what_it_means(api: Api) -> None:
    bring(api, ROW)
    detail = api.get(SERGEANT, f"/v1/wmnow/records/{held(api.url)['T-1'].id}").json()
    said = detail["versions"][0]["content"]
    assert (said["method"], said["topics"]) == ("Face to face", ["Anti-social behaviour", "Drugs"])
    assert (detail["method"]["code"], [each["code"] for each in detail["topics"]]) == (
        "FACE",
        ["ASB", "DRUGS"],
    )


def test_the_same_by_file_in_words_and_by_pull_in_codes_is_unchanged(api: Api, databases: Databases) -> None:
    told = item(
        1, source_record_id="T-1", occurred_at="2026-03-02T10:00:00Z", team_ref="Team NORTH-1", method="FACE",
        topics=["DRUGS", "ASB"], people_reached=14, planned=True,
        groups_reached=[{"group": "DISABILITY"}, {"group": "RACE_ASIAN", "count": 3}],
    )  # fmt: skip
    bring(api, ROW)
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        feed.tracker.put(told)
        feed.pull()
        assert (feed.runs()[0].unchanged, feed.runs()[0].changed) == (1, 0)
    assert counts(bring(api, ROW, dry_run=True))["unchanged"] == 1
    assert held(api.url)["T-1"].version == 1


def test_a_place_of_many_decimals_is_the_same_by_every_way(api: Api, databases: Databases) -> None:
    there = {"Latitude": "52.48300000004", "Longitude": "-1.89500000004"}
    row = {name: ROW[name] for name in ("Reference", "Date and time", "Collar number", "Type of engagement")}
    bring(api, row | there | {"Number of people": "1"})
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        point = {"type": "Point", "coordinates": [-1.89500000004, 52.48300000004]}
        feed.tracker.put(item(1, source_record_id="T-1", occurred_at="2026-03-02T10:00:00Z", location=point))
        feed.pull()
        assert feed.runs()[0].unchanged == 1


def test_two_words_of_the_tracker_s_that_come_to_mean_one_group_are_added_up(
    api: Api, databases: Databases
) -> None:
    """The tracker's list is finer than ours: a row that was taken is no faulty one once its words have a meaning."""
    row = ROW | {"Minority group reached": "Night owls=3; Early birds=4; Larks; Disability=2"}
    assert counts(bring(api, row))["new"] == 1
    words = [
        {"field": "groups_reached", "word": word, "code": code}
        for word, code in (
            ("Night owls", "RACE_ASIAN"),
            ("Early birds", "RACE_ASIAN"),
            ("Larks", "DISABILITY"),
        )
    ]
    put(api, {"words": words}, match=1)
    assert counts(bring(api, row))["unchanged"] == 1
    added_up = [{"group": "DISABILITY", "count": None}, {"group": "RACE_ASIAN", "count": 7}]
    assert held(api.url)["T-1"].groups_reached == added_up
    with asking(api.url, api.clock, databases.served(api.url)) as feed:
        groups = [{"group": "Night owls", "count": 1}, {"group": "early  birds", "count": 5}]
        feed.tracker.put(item(1, groups_reached=groups))
        feed.pull()
    assert held(api.url)["E-1"].groups_reached == [{"group": "RACE_ASIAN", "count": 6}]
