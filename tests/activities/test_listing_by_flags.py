"""Activities listed by whether they have a flag now: what came since, or was put into words since, counts."""

from tests.activities.test_flags_story import imported, recorded, search
from tests.activities.test_record_story import example, flags, on_patrol, path
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import patrol_path

__all__ = ["on_patrol"]


def test_on_a_patrol_that_was_taken_back_it_says_so_and_counts(on_patrol: Api) -> None:
    api = on_patrol
    assert flags(recorded(api, search(patrol="patrol-1", recorded_at=None))) == []
    recorded(api, search(recorded_at=None), name="no patrol")
    before = api.get("4111", "/v1/activities").json()
    assert (len(before["activities"]), before["on_voided_patrols"]) == (2, 0)
    assert api.put("4101", f"{patrol_path()}/void", {"reason": "The wrong window."}).status_code in (200, 201)
    told = api.get("4101", path()).json()
    assert (flags(told), told["check_needed"]) == (["patrol_taken_back"], False)
    assert told["flags"][0]["in_words"].startswith("Noted: the patrol was taken back.")
    # What comes later says so at once, and the same when it is read.
    late = recorded(api, search(patrol="patrol-1", recorded_at=None), name="late")
    assert flags(late) == flags(api.get("4101", path("late")).json()) == ["patrol_taken_back"]
    flagged = api.get("4111", "/v1/activities", flagged="true").json()
    assert {row["id"] for row in flagged["activities"]} == {str(named("activity-1")), str(named("late"))}
    assert flagged["on_voided_patrols"] == 2
    clean = api.get("4111", "/v1/activities", flagged="false").json()
    assert ([row["id"] for row in clean["activities"]], clean["on_voided_patrols"]) == (
        [str(named("no patrol"))], 0,
    )  # fmt: skip
    totals = api.get("4111", "/v1/activities/report", group_by="team").json()["totals"]
    assert [totals[name] for name in ("activities", "on_patrol", "on_voided_patrols", "patrols")] == [
        3,
        2,
        2,
        0,
    ]


def test_a_search_without_its_arrest_is_listed_whatever_other_searches_led_to(on_patrol: Api) -> None:
    api = on_patrol
    arrested = {"outcome_code": "ARREST", "recorded_at": None}
    recorded(api, search(**arrested, arrest_id=str(named("arrest"))), name="second")
    recorded(api, example("ARREST", from_search_id=None), name="arrest")
    recorded(api, search(**arrested))
    api.clock.forward(days=2)
    assert flags(api.get("4111", path()).json()) == ["arrest_not_linked"]
    assert flags(api.get("4111", path("second")).json()) == []
    listed = api.get("4111", "/v1/activities", kind="STOP_SEARCH", flagged="true").json()["activities"]
    assert [row["id"] for row in listed] == [str(named("activity-1"))]


def listed_by_flags(api: Api) -> tuple[set[str], set[str]]:
    """Those listed with a flag and those without, by their names."""
    names = {str(named(each)): each for each in ("activity-1", "second", "old")}
    with_flag, without = (
        {names[row["id"]] for row in api.get("4111", "/v1/activities", flagged=asked).json()["activities"]}
        for asked in ("true", "false")
    )
    return with_flag, without


def test_a_code_that_no_list_holds_is_kept_flagged_and_reported_until_somebody_puts_it_into_words(
    on_patrol: Api,
) -> None:
    api = on_patrol
    answer = recorded(api, search(object_code="SPACE_LASER", patrol="patrol-1"))
    assert flags(answer) == ["unknown_code"]
    assert answer["content"]["object_code"] == "SPACE_LASER"
    (code,) = [code for code in answer["codes"] if code["unknown"]]
    assert (code["field"], code["label"]) == ("object_code", "SPACE_LASER")
    recorded(api, search(object_code="SPACE_LASER", found_codes=["SPACE_LASER", "BLOB"]), name="second")
    asked = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-08T00:00:00Z"}
    report = api.get("4111", "/v1/activities/unknown-codes", **asked).json()["codes"]
    assert [(row["list"], row["code"], row["activities"], row["known_now"]) for row in report] == [
        ("search_objects", "SPACE_LASER", 2, False),
        ("search_objects", "BLOB", 1, False),
    ]
    assert api.get("4112", "/v1/activities/unknown-codes", **asked).json()["codes"] == []
    assert listed_by_flags(api) == ({"activity-1", "second"}, set())
    imported(
        api, "reference", "list,code,label,plain_label,valid_from\n"
        "search_objects,SPACE_LASER,Space laser,space laser,2026-03-01\n",
    )  # fmt: skip
    told = api.get("4111", path()).json()
    assert flags(told) == []
    assert next(code for code in told["codes"] if code["field"] == "object_code")["label"] == "space laser"
    # Of the second one code is unknown still; what has more to look at stays, too.
    recorded(
        api, search(object_code="SPACE_LASER", occurred_at="2026-02-28T19:20:00Z", grounds=None), name="old"
    )
    assert listed_by_flags(api) == ({"second", "old"}, {"activity-1"})
    report = api.get("4111", "/v1/activities/report", group_by="team").json()["totals"]
    assert (report["activities"], report["flagged"]) == (3, 2)
    assert api.get("4111", "/v1/activities/unknown-codes", **asked).json()["codes"][0]["known_now"] is True
