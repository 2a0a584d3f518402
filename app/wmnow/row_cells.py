"""Decides what can be told of a row of a tracker's file by its cells alone, whether it can be taken or not. Pure.

A row without an id is known by its cells as they stand: what they mean here may be learnt later.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.geo.national_grid import from_national_grid
from app.wmnow.tracker_times import read_local

Cells = Mapping[str, str | None]
# Metres of the National Grid.
MOST_EAST, MOST_NORTH = 700_000, 1_300_000
_KNOWN_BY = ("collar_number", "engagement_type", "location_text", "postcode", "neighbourhood_ref", "team_ref")


def known_by(cells: Cells) -> list[str | None]:
    """Who, what and where, in the row's own words: what a row without an id is known by, besides its time.

    >>> known_by({"collar_number": "4711", "engagement_type": "Drop in", "longitude": "-1.90", "latitude": "52.5"})
    ['4711', 'Drop in', None, None, None, None, '(-1.9, 52.5)']
    """
    return [*(cells.get(name) for name in _KNOWN_BY), str(_point_of(cells) or "")]


def point(
    longitude: float | None, latitude: float | None, easting: float | None, northing: float | None
) -> tuple[float, float] | None:
    """Longitude and latitude of a row, however it says them; None where a number is missing."""
    if longitude is not None and latitude is not None:
        return round(longitude, 7), round(latitude, 7)
    if easting is not None and northing is not None:
        return from_national_grid(easting, northing)
    return None


def _point_of(cells: Cells) -> tuple[float, float] | None:
    return point(
        _number(cells, "longitude", -180, 180),
        _number(cells, "latitude", -180, 180),
        _number(cells, "easting", 0, MOST_EAST),
        _number(cells, "northing", 0, MOST_NORTH),
    )


def _number(cells: Cells, name: str, least: float, most: float) -> float | None:
    try:
        found = float(cells.get(name) or "")
    except ValueError:
        return None
    return found if least <= found <= most else None


def time_text(at: str | None, on: str | None, time: str | None) -> str | None:
    """When it was as a row says it, in one cell, or in two for the day and the time of day; None where it does not.

    >>> time_text(None, "2026-03-02 00:00:00", "1899-12-31 10:00:00")
    '2026-03-02 10:00:00'
    """
    if at is not None:
        return at
    if on is None or time is None:
        return None
    # Spreadsheets add midnight to days, and the first of their days to times.
    return re.sub(r" 00:00(:00)?$", "", on) + " " + time.rpartition(" ")[2]


def when(cells: Cells, spellings: Sequence[str]) -> datetime | None:
    """When a row was; None where it does not say, or not so that it can be read."""
    text = time_text(cells.get("occurred_at"), cells.get("occurred_on"), cells.get("occurred_time"))
    try:
        return None if text is None else read_local(text, spellings).earliest
    except ValueError:
        return None
