"""How a file's headers become our columns: a mapping profile is data, with a name and a version that runs record.

The same file read through another profile is another import. Headers are compared in lower case with every run of
other characters as one underscore: `Collar No.` is `collar_no`.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

_SHAPEFILE_NAME_LENGTH = 10
_PARTS = {
    "yyyy": "%Y", "yy": "%y", "mmm": "%b", "mm": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "MM": "%M", "SS": "%S",
    "AM": "%p",
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d.*", re.ASCII)


@dataclass(frozen=True)
class Profile:
    """How one layout of files is read. By column: other headers under which files bring it (`aliases`), how its
    days and times are written (`formats`), and which of our codes theirs stand for (`codes`). Columns whose headers are
    among `dropped` are never read, our own names for columns included.

    `digest` tells a profile of a force's own from another of the same name and version.
    """

    name: str
    version: int
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digest: str = ""
    dropped: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """Name and version as runs record them: `standard/1`, `tracker/2-3f9a11c07b2d`."""
        return f"{self.name}/{self.version}" + (f"-{self.digest}" if self.digest else "")

    @cached_property
    def _patterns(self) -> dict[str, list[str]]:
        return {column: [pattern_of(each) for each in formats] for column, formats in self.formats.items()}

    @cached_property
    def _meanings(self) -> dict[str, dict[str, str]]:
        return {
            column: {theirs.casefold().strip(): ours for theirs, ours in codes.items()}
            for column, codes in self.codes.items()
        }

    def translated(self, cells: Mapping[str, str]) -> dict[str, str]:
        """A row's cells as the standard layout has them. Raises UnknownFormat.

        Parts of a list in one cell are translated one by one; codes the profile does not know stay as they are.
        """
        found = dict(cells)
        for column, patterns in self._patterns.items():
            if column in found:
                found[column] = _rewritten(column, found[column], patterns)
        for column, meanings in self._meanings.items():
            if column in found:
                parts = [part.strip() for part in found[column].split(";")]
                found[column] = ";".join(meanings.get(part.casefold(), part) for part in parts)
        return found


class UnknownFormat(Exception):
    """A day or time that is written in none of the profile's ways; bears the column."""


def _rewritten(column: str, text: str, patterns: Sequence[str]) -> str:
    for pattern in patterns:
        try:
            at = datetime.strptime(text, pattern)  # noqa: DTZ007 - whose clock it is, is decided when it is read
        except ValueError:
            continue
        return str(at) if "%H" in pattern else str(at.date())
    if _ISO.fullmatch(text):
        return text
    # Not left to the standard reading, which might take 03/04 for another day.
    raise UnknownFormat(column)


def pattern_of(text: str) -> str:
    """`dd/mm/yyyy HH:MM` as Python reads it: `%d/%m/%Y %H:%M`. Raises ValueError for letters that mean nothing.

    `mm` is the month and `MM` the minute, `mmm` a month's English short name, `HH` runs from 00 to 23, `hh` to 12 with
    `AM`.
    """
    rest, found = text, ""
    while rest:
        part = next((each for each in _PARTS if rest.startswith(each)), None)
        if part is None and rest[0].isalpha() and rest[0] != "T":
            raise ValueError("formats are made of yyyy, yy, mmm, mm, dd, HH, hh, MM, SS and AM")
        found += _PARTS[part] if part else rest[0].replace("%", "%%")
        rest = rest[len(part or " ") :]
    return found


_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
_Words = Annotated[str, Field(min_length=1, max_length=100)]


class ProfileFile(BaseModel):
    """A profile as a force's configuration holds it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Name
    version: Annotated[int, Field(ge=1, le=9999)]
    aliases: dict[_Words, list[_Words]] = {}
    formats: dict[_Words, list[_Words]] = {}
    codes: dict[_Words, dict[_Words, _Words]] = {}

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.name == "standard":
            raise ValueError("standard is the name of the layout that needs no profile")
        for formats in self.formats.values():
            for each in formats:
                pattern_of(each)
        return self


def read_profiles(raw: bytes) -> tuple[Profile, ...]:
    """The profiles of a JSON list. Raises ValueError, which says where, for anything else."""
    held = TypeAdapter(list[ProfileFile]).validate_json(raw)
    if len({(one.name, one.version) for one in held}) != len(held):
        raise ValueError("a profile stands twice under one version")
    return tuple(
        Profile(
            one.name,
            one.version,
            {
                **STANDARD.aliases,
                **{
                    column: (*map(plain_header, names), *STANDARD.aliases.get(column, ()))
                    for column, names in one.aliases.items()
                },
            },
            {column: tuple(formats) for column, formats in one.formats.items()},
            one.codes,
            hashlib.sha256(one.model_dump_json().encode()).hexdigest()[:12],
        )
        for one in held
    )


def profile_named(profiles: Sequence[Profile], name: str | None) -> Profile | None:
    """`tracker/2`, or the newest version of `tracker`; the standard layout for None, and None for what nobody knows."""
    if name is None:
        return STANDARD
    wanted, _, version = name.partition("/")
    held = [one for one in (STANDARD, *profiles) if one.name == wanted]
    if version:
        return next((one for one in held if str(one.version) == version), None)
    return max(held, key=lambda one: one.version, default=None)


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
    >>> columns_of(("Kind", "code"), ("kind", "code"), Profile("own", 1, dropped=frozenset({"kind"})))
    {'code': 'code'}
    """
    found: dict[str, str] = {}
    headers = tuple(one for one in headers if plain_header(one) not in profile.dropped)
    for column in wanted:
        names = (column, *profile.aliases.get(column, ()), column[:_SHAPEFILE_NAME_LENGTH].rstrip("_"))
        for name in names:
            header = next((one for one in headers if one not in found and plain_header(one) == name), None)
            if header is not None:
                found[header] = column
                break
    return found
