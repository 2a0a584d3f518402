"""Which wanted fields a record lacks; a reference is enough where the force says so."""

from typing import Any

import pytest

from app.activities.codes import ActivityKind, DetailLevel, lists_of
from app.activities.completeness import completeness_flags, missing
from app.reference.queries import built_in_lists

LISTS = built_in_lists()
SEARCH, ARREST, OTHER = ActivityKind.STOP_SEARCH, ActivityKind.ARREST, ActivityKind.OUTCOME
REFERENCE, RECORD = DetailLevel.REFERENCE, DetailLevel.RECORD
FULL: dict[str, Any] = {
    "place": True,
    "search_type": "PERSON",
    "object_code": "DRUGS",
    "legislation_code": "MDA23",
    "outcome_code": "NFA",
    "outcome_linked_to_object": "NO",
    "officer_in_uniform": False,
    "body_worn_video": False,
    "receipt_reference": "R-1",
    "self_defined_ethnicity": "B1",
    "age": 0,
    "gender": "MALE",
    "clothing_removed": "NONE",
    "gowisely": ["G"],
}


def test_a_reference_is_place_outcome_and_reference() -> None:
    content = {"place": True, "outcome_code": "NFA", "reference": "SS/26/1"}
    assert missing(SEARCH, REFERENCE, content, LISTS) == ()
    assert missing(SEARCH, REFERENCE, {**content, "reference": ""}, LISTS) == ("reference",)
    assert completeness_flags(SEARCH, REFERENCE, content, LISTS) == ()
    assert completeness_flags(SEARCH, RECORD, content, LISTS) == ("incomplete",)


def test_no_and_nought_are_answers() -> None:
    assert missing(SEARCH, RECORD, FULL, LISTS) == ()


def test_each_field_of_a_record_is_missed() -> None:
    for name in FULL:
        content = {key: value for key, value in FULL.items() if key != name}
        assert missing(SEARCH, RECORD, content, LISTS) == (name,)


def test_of_a_vehicle_nobody_is_described() -> None:
    of_person = {"age", "gender", "clothing_removed", "self_defined_ethnicity", "gowisely"}
    content = {key: value for key, value in FULL.items() if key not in of_person}
    content |= {"search_type": "VEHICLE", "vehicle": "UNATTENDED"}
    assert missing(SEARCH, RECORD, content, LISTS) == ("notice_left",)
    content["vehicle"] = "ATTENDED"
    assert missing(SEARCH, RECORD, content, LISTS) == ("gowisely", "self_defined_ethnicity")
    assert missing(SEARCH, RECORD, {**FULL, "search_type": "PERSON_VEHICLE"}, LISTS) == ("vehicle",)


def test_of_a_stop_without_a_search_little_is_wanted() -> None:
    content = {"place": True, "outcome_code": "NOT_SEARCHED", "self_defined_ethnicity": "W1"}
    assert missing(SEARCH, RECORD, content, LISTS) == ()


def test_an_arrest_taken_to_a_station_says_which() -> None:
    content = {
        "place": True, "basis": "S24", "offence_category": "WEAPONS", "told_of_arrest_and_grounds": True,
        "disposal": "CUSTODY", "under_18": False,
    }  # fmt: skip
    assert missing(ARREST, RECORD, content, LISTS) == ("custody_suite",)
    assert missing(ARREST, RECORD, {**content, "disposal": "DEARREST"}, LISTS) == ()


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("WEAPON_SEIZED", ("weapon_place", "weapon_type")),
        ("DRUGS_SEIZED", ("drug_class",)),
        ("DISPERSAL_35", ("authorisation_reference",)),
        ("OTHER", ("detail",)),
        ("FIRST_AID", ()),
        ("NEW_CODE", ()),
    ],
)
def test_what_an_outcome_wants_stands_with_its_code(code: str, wanted: tuple[str, ...]) -> None:
    assert missing(OTHER, RECORD, {"place": True, "outcome_code": code}, LISTS) == wanted


def test_every_field_that_may_be_missing_has_words() -> None:
    empty: dict[str, Any] = {}
    shapes = [
        (kind, {**empty, **more})
        for kind in ActivityKind
        for more in (
            {},
            {"search_type": "VEHICLE", "vehicle": "UNATTENDED"},
            {"search_type": "PERSON_VEHICLE"},
            {"disposal": "CUSTODY"},
            *({"outcome_code": code} for code in LISTS["other_outcomes"]),
        )
    ]
    told = {
        name
        for kind, content in shapes
        for level in DetailLevel
        for name in missing(kind, level, content, LISTS)
    }
    assert told <= set(LISTS["activity_fields"])
    assert {"weapon_type", "notice_left", "custody_suite", "detail"} <= told


def test_every_list_of_a_kind_is_there() -> None:
    for kind in ActivityKind:
        assert set(lists_of(kind)) <= set(LISTS)
