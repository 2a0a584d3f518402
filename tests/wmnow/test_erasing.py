"""What the tracker said goes when the rules say so, and is not brought back by its next file; counts stay."""

from datetime import timedelta

from app.retention.rules import RecordClass
from app.wmnow.records import Step
from tests.conftest import Api, named
from tests.retention.conftest import purge_at
from tests.wmnow.test_storing import INSIDE, NOON, held, record, store, versions

MONTHS, YEARS = timedelta(days=91), timedelta(days=7 * 365 + 3)


def test_places_go_first_and_words_after_seven_years_and_neither_comes_back(api: Api) -> None:
    said = record("1", position=INSIDE, people_reached=4)
    store(api.url, [said, record("gone", deleted=True)])
    assert (
        purge_at(api.keeper_url, NOON + timedelta(days=89)).forces[0].rows[RecordClass.ACTIVITY_PLACES] == 0
    )
    purge_at(api.keeper_url, NOON + MONTHS)
    row = held(api.url)["1"]
    assert (row.longitude, row.latitude, row.collar_number) == (None, None, "4101")
    (version,) = versions(api.url, row)
    assert "position" not in version.content and version.content["people_reached"] == 4
    assert store(api.url, [said], now=NOON + MONTHS).steps == {Step.UNCHANGED: 1}
    assert held(api.url)["1"].longitude is None
    done = purge_at(api.keeper_url, NOON + YEARS)
    assert sum(force.rows[RecordClass.ENGAGEMENTS] for force in done.forces) == 1
    row = held(api.url)["1"]
    assert (row.collar_number, row.officer_id, row.people_reached) == (None, named("4101"), 4)
    assert [each.content for each in versions(api.url, row)] == [{}]
    changed = record("1", people_reached=5)
    assert store(api.url, [changed], now=NOON + YEARS).steps == {Step.ERASED: 1}
    assert held(api.url)["1"].people_reached == 4


def test_what_a_hold_names_stays(api: Api) -> None:
    store(api.url, [record("1", position=INSIDE), record("2", position=INSIDE, collar_number="4102")])
    body = {"subject_kind": "officer", "subject_id": str(named("4101")), "reason": "A complaint."}
    answer = api.put("4134", f"/v1/holds/{named('hold')}", body)
    assert answer.status_code == 201, answer.text
    purge_at(api.keeper_url, NOON + MONTHS)
    assert [held(api.url)[number].longitude is None for number in "12"] == [False, True]


def test_a_position_that_only_an_earlier_version_had_goes_too(api: Api) -> None:
    store(api.url, [record("1", "1", position=INSIDE)])
    store(api.url, [record("1", "2")])
    row = held(api.url)["1"]
    assert (row.longitude, row.version) == (None, 2)
    assert [("position" in each.content) for each in versions(api.url, row)] == [True, False]
    done = purge_at(api.keeper_url, NOON + MONTHS)
    assert sum(force.rows[RecordClass.ACTIVITY_PLACES] for force in done.forces) == 1
    assert not any("position" in each.content for each in versions(api.url, row))
    again = purge_at(api.keeper_url, NOON + MONTHS)
    assert sum(force.rows[RecordClass.ACTIVITY_PLACES] for force in again.forces) == 0


def test_no_word_of_the_tracker_is_left_after_seven_years_and_no_engagement_less_is_counted(api: Api) -> None:
    """Not what nothing here is known by, nor what it calls teams and places that are."""
    said = record(
        "1", team_ref="NORTH-1", lpa_ref="Norte", sector_ref="Sector Nine", neighbourhood_ref="Mill End",
        engagement_ref=named("ours"), patrol_ref=named("patrol"),
    )  # fmt: skip
    store(api.url, [said])
    row = held(api.url)["1"]
    assert row.unknown_codes and row.sector_ref == "Sector Nine"
    purge_at(api.keeper_url, NOON + YEARS)
    row = held(api.url)["1"]
    assert (row.team_ref, row.lpa_ref, row.sector_ref, row.neighbourhood_ref) == (None,) * 4
    assert (row.engagement_ref, row.patrol_ref, row.unknown_codes) == (None, None, [])
    assert (row.team_id, row.engagement_type) == (named("NORTH-1"), "STREET_BRIEF")
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
    assert api.get("4131", "/v1/wmnow/reconciliation", **span).json()["totals"]["tracker"] == 1
