"""Reads the demonstration force's files: what is imported, and the tracks and outlines the evening is made of."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from shapely.geometry import MultiPolygon, Polygon, shape

from demo.clients.fixes import Track
from demo.tracks import Boundary, parse_track

DATA = Path(__file__).resolve().parent / "data"
# The Monday on which the year of `offences.csv` begins.
_OFFENCES_BEGIN = date(2025, 11, 24)
_OFFENCES_LAST = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """An invented person as `officers.csv` has them."""

    collar_number: str
    kind: str
    rank: str
    roles: tuple[str, ...]
    team_code: str
    subject: str


def read_tracks() -> dict[str, Track]:
    """Every real track by file name."""
    return {
        path.name: parse_track(path.read_text(encoding="utf-8"))
        for path in sorted((DATA / "tracks").glob("*.csv"))
    }


def read_hotspots() -> dict[str, Boundary]:
    """Every hotspot's outline by code. Raises ValueError when one is no polygon."""
    found: dict[str, Boundary] = {}
    for feature in json.loads((DATA / "hotspots.geojson").read_text(encoding="utf-8"))["features"]:
        outline = shape(feature["geometry"])
        if not isinstance(outline, Polygon | MultiPolygon):
            raise ValueError(f"{feature['properties']['code']} is no polygon")
        found[feature["properties"]["code"]] = outline
    return found


def read_hotspot_names() -> dict[str, str]:
    """Every hotspot's name by code."""
    features = json.loads((DATA / "hotspots.geojson").read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: feature["properties"]["name"] for feature in features}


def read_officers() -> list[DemoOfficer]:
    """Everybody in `officers.csv`, in its order."""
    with (DATA / "officers.csv").open(encoding="utf-8", newline="") as file:
        return [
            DemoOfficer(
                row["collar_number"],
                row["kind"],
                row["rank"],
                tuple(row["roles"].split(";")),
                row["team_code"],
                row["subject"],
            )
            for row in csv.DictReader(file)
        ]


def offences_csv(day: date) -> str:
    """`offences.csv` moved by whole weeks, so that its year ends with the week before a day; days of the week and times
    of day stay as written."""
    monday = day - timedelta(days=day.weekday())
    moved = monday - _OFFENCES_LAST - _OFFENCES_BEGIN
    with (DATA / "offences.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        out = io.StringIO()
        writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        for row in reader:
            times = {name: _moved(row[name], moved) for name in ("from", "to")}
            writer.writerow({**row, **times})
    return out.getvalue()


def _moved(written: str, by: timedelta) -> str:
    if not written:
        return ""
    return (datetime.fromisoformat(written) + by).isoformat(" ", "minutes")
