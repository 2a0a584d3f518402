"""One search as data.police.uk publishes it: the columns, their order, the spelling of every value. Pure.

The spelling of a code is its published value on that day; a code that has none, and one nobody knows, is an empty cell,
as forces' own files have it. A person detained and not searched is no row. Places are never exact: see `snapped`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from app.activities.codes import NOT_SEARCHED
from app.activities.facts import SearchFacts
from app.reference.codes import Label, Lists

COLUMNS = (
    "Type",
    "Date",
    "Part of a policing operation",
    "Policing operation",
    "Latitude",
    "Longitude",
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
)
CELL_LAT, CELL_LON = 0.005, 0.008


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a published row says beside the record: the position in WGS84 degrees, and the operation it was part of."""

    lat: float | None = None
    lon: float | None = None
    part_of_operation: bool | None = None
    operation: str | None = None


def snapped(lat: float, lon: float) -> tuple[float, float]:
    """The middle of the grid cell a position lies in: 0.005 by 0.008 degrees, about 556 by 542 m at 52.5 N.

    52.4797, -1.9027 and 52.4779, -1.8977 are both 52.4775, -1.9. The grid is the same for everybody and everywhere, so
    it says nothing about where hotspots lie, which the middle of a hotspot would.
    """
    return _middle(lat, CELL_LAT), _middle(lon, CELL_LON)


def _middle(degrees: float, cell: float) -> float:
    return round((math.floor(degrees / cell) + 0.5) * cell, 6)


def age_band(age: int | None, bands: Mapping[str, Label]) -> Label | None:
    """The published band of an age in years: 17 is `10_17`, 18 is `18_24`, 35 is `O34`. None without an age.

    Bands say `from` and `to` themselves; one without `to` is open above.
    """
    if age is None:
        return None
    for band in bands.values():
        first, last = band.attribute("from"), band.attribute("to")
        if first is not None and int(first) <= age and (last is None or age <= int(last)):
            return band
    return None


def ethnicity_group(code: str | None, labels: Mapping[str, Label]) -> str | None:
    """The group of an ethnicity code, self-defined or officer-defined: A2 and IC4 are `ASIAN`, NS and IC9 none."""
    label = labels.get(code) if code is not None else None
    return label.attribute("group") if label is not None else None


def is_positive(outcome_code: str | None, outcomes: Mapping[str, Label]) -> bool | None:
    """Whether a search found cause to act: True for an arrest, False for no further action, None when not known."""
    label = outcomes.get(outcome_code) if outcome_code is not None else None
    said = label.attribute("positive") if label is not None else None
    return {"yes": True, "no": False}.get(said or "")


def counts_as_search(outcome_code: str | None) -> bool:
    """Whether it is a search in every count and return: all but a person detained and not searched (s.2(1))."""
    return outcome_code != NOT_SEARCHED


def published_row(facts: SearchFacts, around: Circumstances, lists: Lists) -> tuple[str, ...] | None:
    """The row of one search, in the order of COLUMNS; None for one that is not published.

    The place is left out of a search where nobody in public could have seen it (location type `public=no`): few people
    live in one cell of a village.
    """
    if not counts_as_search(facts.outcome_code):
        return None
    band = age_band(facts.age, lists["age_bands"])
    return (
        _spelt(lists, "search_types", facts.search_type),
        published_time(facts.searched_at),
        "" if around.part_of_operation is None else str(around.part_of_operation),
        around.operation or "",
        *_place(facts, around, lists),
        _spelt(lists, "genders", facts.gender),
        (band.published_value or "") if band is not None else "",
        _spelt(lists, "self_defined_ethnicity", facts.self_defined_ethnicity),
        _spelt(lists, "officer_defined_ethnicity", facts.officer_defined_ethnicity),
        _spelt(lists, "legislation", facts.legislation_code),
        _spelt(lists, "search_objects", facts.object_code),
        _spelt(lists, "search_outcomes", facts.outcome_code),
        _spelt(lists, "outcome_links", facts.outcome_linked_to_object),
        _spelt(lists, "clothing_levels", facts.clothing_removed),
    )


def published_time(at: datetime) -> str:
    """UTC to the second, as the published files have it: 2019-03-01T00:12:00+00:00."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _place(facts: SearchFacts, around: Circumstances, lists: Lists) -> tuple[str, str]:
    kind = lists["search_location_types"].get(facts.location_type or "")
    private = kind is not None and kind.attribute("public") == "no"
    if around.lat is None or around.lon is None or private:
        return "", ""
    lat, lon = snapped(around.lat, around.lon)
    return f"{lat:.6f}", f"{lon:.6f}"


def _spelt(lists: Lists, name: str, code: str | None) -> str:
    label = lists[name].get(code) if code is not None else None
    return (label.published_value or "") if label is not None else ""
