"""How a file's headers become our columns: a mapping profile is data, with a name and a version that runs record.

The same file read through another profile is another import. Headers are compared in lower case with every run of
other characters as one underscore: `Collar No.` is `collar_no`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SHAPEFILE_NAME_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Profile:
    """Aliases by column: other headers under which files bring it."""

    name: str
    version: int
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name and version as runs record them: `standard/1`."""
        return f"{self.name}/{self.version}"


STANDARD = Profile(
    "standard",
    1,
    {
        "code": ("ref", "reference", "hotspot_code", "area_id"),
        "name": ("title", "hotspot_name", "area_name", "team_name"),
        "parent_code": ("parent",),
        "why_here": ("briefing", "description"),
        "plan_reference": ("plan", "plan_ref"),
        "review_on": ("review", "review_date"),
        "collar_number": ("collar", "collar_no", "shoulder_number", "shoulder_no"),
        "team_code": ("team",),
        "area_code": ("area",),
        "issuer": ("iss",),
        "subject": ("sub",),
        "valid_from": ("from", "start_date", "effective_from"),
        "valid_to": ("to", "end_date", "effective_to"),
        "from_at": ("from", "earliest", "date_from", "from_date"),
        "to_at": ("to", "latest", "date_to", "to_date"),
        "longitude": ("lon", "long", "lng"),
        "latitude": ("lat",),
        "easting": ("eastings", "grid_easting", "easting_m", "x_easting"),
        "northing": ("northings", "grid_northing", "northing_m", "y_northing"),
    },
)


def plain_header(header: str) -> str:
    """The comparable spelling of a header: ` Collar No. ` is `collar_no`."""
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def columns_of(headers: tuple[str, ...], wanted: tuple[str, ...], profile: Profile) -> dict[str, str]:
    """Which of our columns each header of a file is: header to column, headers we do not know left out.

    A column's own name wins over an alias, an alias over a name cut to ten characters as Shapefiles do. The first
    header that fits has the column.

    >>> columns_of(("Collar No.", "kind"), ("kind", "collar_number"), STANDARD)
    {'kind': 'kind', 'Collar No.': 'collar_number'}
    """
    found: dict[str, str] = {}
    for column in wanted:
        names = (column, *profile.aliases.get(column, ()), column[:_SHAPEFILE_NAME_LENGTH].rstrip("_"))
        for name in names:
            header = next((one for one in headers if one not in found and plain_header(one) == name), None)
            if header is not None:
                found[header] = column
                break
    return found
