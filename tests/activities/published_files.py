"""Real published searches, and the way back from a published row to a record."""

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from app.activities.codes import DetailLevel
from app.activities.facts import Actor, SearchFacts
from app.identity.permissions import OfficerKind
from app.reference.queries import built_in_lists

HERE = Path(__file__).parents[1] / "data" / "stop_search"
API = HERE / "api_2024_06.csv"
DISTINCT = HERE / "distinct_values.csv"
FORCES = ("btp", "city-of-london", "south-wales", "staffordshire", "warwickshire", "west-midlands")
# The list whose published values a column holds.
COLUMN_LISTS = {
    "Type": "search_types",
    "Gender": "genders",
    "Age range": "age_bands",
    "Self-defined ethnicity": "self_defined_ethnicity",
    "Officer-defined ethnicity": "officer_defined_ethnicity",
    "Legislation": "legislation",
    "Object of search": "search_objects",
    "Outcome": "search_outcomes",
    "Outcome linked to object of search": "outcome_links",
    "Removal of more than just outer clothing": "clothing_levels",
}
API_COLUMNS = {
    "type": "Type",
    "gender": "Gender",
    "age_range": "Age range",
    "self_defined_ethnicity": "Self-defined ethnicity",
    "officer_defined_ethnicity": "Officer-defined ethnicity",
    "legislation": "Legislation",
    "object_of_search": "Object of search",
    "outcome": "Outcome",
    "outcome_linked_to_object_of_search": "Outcome linked to object of search",
    "removal_of_more_than_outer_clothing": "Removal of more than just outer clothing",
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def published_rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Every row of the samples, with the force it is of."""
    for force in FORCES:
        for row in rows_of(HERE / f"{force}.csv"):
            yield force, row


@cache
def real_values() -> dict[str, set[str]]:
    """Each column's values: those of 33,598 rows of six forces in 2019 and 2020, and of the API in June 2024."""
    found: dict[str, set[str]] = {}
    for row in rows_of(DISTINCT):
        found.setdefault(row["column"], set()).add(row["value"])
    for row in rows_of(API):
        for name, column in API_COLUMNS.items():
            found[column].add(row[name])
    return found


def code_of(column: str, value: str) -> str | None:
    """The first code that is published with a value; None for an empty one. KeyError for one nobody knows."""
    if value == "":
        return None
    spelt: dict[str, str] = {}
    for code, label in built_in_lists()[COLUMN_LISTS[column]].items():
        if label.published_value is not None:
            spelt.setdefault(label.published_value, code)
    return spelt[value]


def record_of(row: dict[str, str]) -> SearchFacts:
    """A record that would be published as that row, as far as the columns say."""
    at = datetime.fromisoformat(row["Date"])
    band = code_of("Age range", row["Age range"])
    first = built_in_lists()["age_bands"][band].attribute("from") if band is not None else None
    return SearchFacts(
        level=DetailLevel.RECORD,
        searcher=Actor(OfficerKind.CONSTABLE),
        searched_at=at,
        recorded_at=at,
        search_type=code_of("Type", row["Type"]),
        gender=code_of("Gender", row["Gender"]),
        age=int(first) if first is not None else None,
        self_defined_ethnicity=code_of("Self-defined ethnicity", row["Self-defined ethnicity"]),
        officer_defined_ethnicity=code_of("Officer-defined ethnicity", row["Officer-defined ethnicity"]),
        legislation_code=code_of("Legislation", row["Legislation"]),
        object_code=code_of("Object of search", row["Object of search"]),
        outcome_code=code_of("Outcome", row["Outcome"]),
        outcome_linked_to_object=code_of(
            "Outcome linked to object of search", row["Outcome linked to object of search"]
        ),
        clothing_removed=code_of(
            "Removal of more than just outer clothing", row["Removal of more than just outer clothing"]
        ),
    )
