"""Real published files are the oracle for spelling: what forces publish, we know; what we export, is spelt as theirs.

What is to know of the files: every categorical column may be empty (outcome too: 2,152 of 33,598); truth is `True` and
`False` where it is said, and empty otherwise; West Midlands gives no gender, and among what officers perceived neither
White nor Black nor Mixed; South Wales gives no age and no clothing; a policing operation is said by one force of six.
"""

from collections import Counter

import pytest

from app.activities.published import COLUMNS, Circumstances, published_row, snapped
from app.reference.queries import built_in_lists
from tests.activities.published_files import (
    API,
    COLUMN_LISTS,
    DISTINCT,
    FORCES,
    HERE,
    header_of,
    published_rows,
    real_values,
    record_of,
    rows_of,
)

LISTS = built_in_lists()
# Published spellings of ours that none of these files happens to hold, from what others found in the live data.
NOT_IN_THESE_FILES = {
    "Legislation": {
        "Conservation of Seals Act 1970 (section 4)",
        "Deer Act 1991 (section 12)",
        "Environmental Protection Act 1990 (section 34B )",
        "Hunting Act 2004 (section 8)",
        "Poaching Prevention Act 1862 (section 2)",
        "Psychoactive Substances Act 2016 (s37(2))",
        "Public Stores Act 1875 (section 6)",
    },
    "Object of search": {
        "Detailed object of search unavailable",
        "Evidence of hunting any wild mammal with a dog",
        "Evidence of wildlife offences",
        "Game or poaching equipment",
        "Seals or hunting equipment",
    },
    "Self-defined ethnicity": {"White - Gypsy or Irish Traveller"},
}
# A group of the published column for which officers have no code.
NO_CODE = {"Officer-defined ethnicity": {"Mixed"}}


def ours(column: str) -> set[str]:
    labels = LISTS[COLUMN_LISTS[column]].values()
    return {label.published_value for label in labels if label.published_value is not None}


@pytest.mark.parametrize("column", COLUMN_LISTS)
def test_every_real_value_is_one_of_ours(column: str) -> None:
    assert real_values()[column] - {""} - NO_CODE.get(column, set()) <= ours(column)


@pytest.mark.parametrize("column", COLUMN_LISTS)
def test_every_value_of_ours_is_spelt_as_published(column: str) -> None:
    assert ours(column) - real_values()[column] == NOT_IN_THESE_FILES.get(column, set())


def test_mixed_is_a_group_that_officers_have_no_code_for() -> None:
    assert "Mixed" in real_values()["Officer-defined ethnicity"]
    assert LISTS["ethnicity_groups"]["MIXED"].published_value == "Mixed"


def test_every_column_may_be_empty_but_the_type() -> None:
    empty = {column for column, values in real_values().items() if "" in values}
    assert empty == set(COLUMN_LISTS) - {"Type"} | {"Part of a policing operation"}


def test_where_forces_leave_columns_empty() -> None:
    said: dict[tuple[str, str], int] = Counter()
    for row in rows_of(DISTINCT):
        if row["value"]:
            said[row["force"], row["column"]] += int(row["rows"])
    silent = {(force, column) for force in FORCES for column in COLUMN_LISTS if not said[force, column]}
    assert silent == {
        ("west-midlands", "Gender"),
        ("south-wales", "Age range"),
        ("south-wales", "Removal of more than just outer clothing"),
    }
    operation = {force for force in FORCES if said[force, "Part of a policing operation"]}
    assert operation == {"warwickshire"}
    perceived = {row["value"] for row in rows_of(DISTINCT) if row["force"] == "west-midlands"
                 and row["column"] == "Officer-defined ethnicity"}  # fmt: skip
    assert perceived == {"", "Asian", "Other"}


@pytest.mark.parametrize("force", FORCES)
def test_the_columns_and_their_order_are_the_published_ones(force: str) -> None:
    assert header_of(HERE / f"{force}.csv") == list(COLUMNS)


def test_a_record_of_each_real_row_is_published_as_that_row() -> None:
    lost = 0
    for force, row in published_rows():
        if row["Officer-defined ethnicity"] == "Mixed":
            lost += 1
            continue
        operation = {"True": True, "False": False}.get(row["Part of a policing operation"])
        lat, lon = (float(row[name]) if row[name] else None for name in ("Latitude", "Longitude"))
        told = published_row(record_of(row), Circumstances(lat, lon, operation), LISTS)
        assert told is not None
        published = dict(zip(COLUMNS, told, strict=True))
        coarse = snapped(lat, lon) if lat is not None and lon is not None else None
        expected = {
            **row,
            "Latitude": "" if coarse is None else f"{coarse[0]:.6f}",
            "Longitude": "" if coarse is None else f"{coarse[1]:.6f}",
        }
        assert published == expected, (force, row)
    assert lost == 3


def test_outcome_ids_are_those_of_the_api() -> None:
    real = {row["outcome"]: row["outcome_id"] for row in rows_of(API)}
    own = {
        label.published_value: label.attribute("api_id")
        for label in LISTS["search_outcomes"].values()
        if label.attribute("api_id") is not None
    }
    assert own == real


def test_who_was_involved_follows_from_the_type() -> None:
    involved = {(row["type"], row["involved_person"]) for row in rows_of(API)}
    for label in LISTS["search_types"].values():
        person = label.attribute("person") == "yes"
        assert (label.published_value, str(person)) in involved
        assert (label.published_value, str(not person)) not in involved


def test_codes_without_a_published_spelling_are_these() -> None:
    def unspelt(name: str) -> set[str]:
        return {code for code, label in LISTS[name].items() if label.published_value is None}

    assert unspelt("legislation") == {"SA342E", "POA11", "TA43", "TA47A", "CJPOA60AA"}
    assert unspelt("search_outcomes") == {"NOT_SEARCHED"}
    assert unspelt("officer_defined_ethnicity") == {"IC9"}
    assert unspelt("outcome_links") == {"UNKNOWN"}
    for name in ("search_types", "search_objects", "clothing_levels", "genders", "age_bands"):
        assert unspelt(name) == set()
    assert unspelt("self_defined_ethnicity") == set()


def test_codes_that_share_a_spelling_say_whose_it_is() -> None:
    """Two codes with one spelling are one row in a count of published values; only these are meant."""
    shared = {
        (name, code)
        for name in ("legislation", "search_outcomes", "search_objects", "self_defined_ethnicity")
        for code, label in LISTS[name].items()
        if label.published_value is not None
        and [each.published_value for each in LISTS[name].values()].count(label.published_value) > 1
    }
    assert shared == {
        ("legislation", "PACE1"), ("legislation", "POA10"),
        ("search_outcomes", "NFA"), ("search_outcomes", "VERBAL_ADVICE"), ("search_outcomes", "REFERRAL"),
        ("search_outcomes", "SUMMONS"), ("search_outcomes", "VOL_ATTEND"),
        ("self_defined_ethnicity", "A4"), ("self_defined_ethnicity", "O1"),
    }  # fmt: skip


def test_the_stray_space_is_kept() -> None:
    assert (
        LISTS["legislation"]["EPA34B"].published_value == "Environmental Protection Act 1990 (section 34B )"
    )
