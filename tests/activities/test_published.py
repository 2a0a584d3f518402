"""A search as it is published: bands, groups, spelling, and a place that is never exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.activities.published import (
    CELL_LAT,
    CELL_LON,
    COLUMNS,
    Circumstances,
    age_band,
    counts_as_search,
    ethnicity_group,
    is_positive,
    published_row,
    published_time,
    snapped,
)
from app.geo.plane import LocalPlane
from app.reference.queries import built_in_lists
from tests.activities.test_search_rules import PROPER

LISTS = built_in_lists()


@pytest.mark.parametrize(
    ("age", "band", "published"),
    [
        (0, "U10", "under 10"),
        (9, "U10", "under 10"),
        (10, "10_17", "10-17"),
        (17, "10_17", "10-17"),
        (18, "18_24", "18-24"),
        (24, "18_24", "18-24"),
        (25, "25_34", "25-34"),
        (34, "25_34", "25-34"),
        (35, "O34", "over 34"),
        (104, "O34", "over 34"),
    ],
)
def test_age_bands(age: int, band: str, published: str) -> None:
    found = age_band(age, LISTS["age_bands"])
    assert found is not None
    assert (found.code, found.published_value) == (band, published)


def test_no_age_no_band() -> None:
    assert age_band(None, LISTS["age_bands"]) is None


def test_groups_of_both_kinds_of_code_are_the_same_five() -> None:
    own, seen = LISTS["self_defined_ethnicity"], LISTS["officer_defined_ethnicity"]
    assert [ethnicity_group(code, own) for code in ("W3", "M1", "A4", "O1", "B9", "O2", "NS", None)] == [
        "WHITE", "MIXED", "ASIAN", "ASIAN", "BLACK", "OTHER", None, None,
    ]  # fmt: skip
    assert [ethnicity_group(code, seen) for code in ("IC1", "IC2", "IC3", "IC4", "IC5", "IC6", "IC9")] == [
        "WHITE", "WHITE", "BLACK", "ASIAN", "ASIAN", "OTHER", None,
    ]  # fmt: skip
    groups = {ethnicity_group(code, labels) for labels in (own, seen) for code in labels}
    assert groups - {None} == set(LISTS["ethnicity_groups"])


def test_an_outcome_is_positive_negative_or_not_known() -> None:
    said = {code: is_positive(code, LISTS["search_outcomes"]) for code in LISTS["search_outcomes"]}
    assert {code for code, positive in said.items() if positive} == {
        "ARREST", "COMMRES", "SUMMONS", "CAUTION", "PND", "DRUGWARN",
    }  # fmt: skip
    assert {code for code, positive in said.items() if positive is None} == {"VOL_ATTEND"}
    assert is_positive(None, LISTS["search_outcomes"]) is None


def test_a_row_in_full() -> None:
    around = Circumstances(52.4797, -1.9027, part_of_operation=False)
    assert published_row(replace(PROPER, age=17, clothing_removed="HEADGEAR_FOOTWEAR"), around, LISTS) == (
        "Person search", "2026-03-02T19:30:00+00:00", "False", "", "52.477500", "-1.900000", "Male", "10-17",
        "White - English/Welsh/Scottish/Northern Irish/British", "",
        "Police and Criminal Evidence Act 1984 (section 1)", "Offensive weapons", "A no further action disposal",
        "False", "True",
    )  # fmt: skip


def test_detained_and_not_searched_is_no_row() -> None:
    assert published_row(replace(PROPER, outcome_code="NOT_SEARCHED"), Circumstances(), LISTS) is None
    assert not counts_as_search("NOT_SEARCHED")
    assert counts_as_search("NFA") and counts_as_search(None)


def test_what_is_not_said_or_not_known_is_empty() -> None:
    silent = replace(PROPER, gender=None, age=None, outcome_code=None, outcome_linked_to_object="UNKNOWN",
                     legislation_code="SA342E", object_code="NEW_CODE")  # fmt: skip
    row = published_row(silent, Circumstances(), LISTS)
    assert row is not None
    told = dict(zip(COLUMNS, row, strict=True))
    for column in (
        "Part of a policing operation", "Latitude", "Longitude", "Gender", "Age range", "Legislation",
        "Object of search", "Outcome", "Outcome linked to object of search",
    ):  # fmt: skip
        assert told[column] == "", column


def test_times_are_utc_whatever_the_offset() -> None:
    summer = datetime(2026, 7, 1, 0, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=1)))
    assert published_time(summer) == "2026-06-30T23:30:15+00:00"


def test_a_published_place_is_never_the_exact_one() -> None:
    plane = LocalPlane.at(-1.9, 52.48)
    width_m = CELL_LON * plane.metres_per_degree_lon
    height_m = CELL_LAT * plane.metres_per_degree_lat
    assert 530 < width_m < 560 and 530 < height_m < 560
    near = [snapped(52.4751 + 0.001 * step, -1.9039 + 0.0015 * step) for step in range(5)]
    assert set(near) == {(52.4775, -1.9)}
    assert snapped(52.4749, -1.9) == (52.4725, -1.9)
    # Every position of a cell is told as one, and its middle stays where it is.
    assert snapped(*snapped(52.5123, -1.8765)) == snapped(52.5123, -1.8765)


def test_a_search_out_of_public_view_has_no_published_place() -> None:
    around = Circumstances(52.4797, -1.9027)
    for location, told in (("DWELLING", False), ("POLICE_STATION", False), ("STREET", True), (None, True)):
        row = published_row(replace(PROPER, location_type=location), around, LISTS)
        assert row is not None
        assert (row[4] != "") is told


def test_a_forces_own_spelling_is_published() -> None:
    svro = LISTS["legislation"]["SA342E"]
    own = {**LISTS, "legislation": {**LISTS["legislation"], "SA342E": replace(svro, published_value="SVRO")}}
    row = published_row(
        replace(PROPER, legislation_code="SA342E", searched_at=datetime(2026, 3, 2, tzinfo=UTC)),
        Circumstances(),
        own,
    )
    assert row is not None and row[10] == "SVRO"
