"""Decides what a file of offences changes: new ones, and corrected ones as new versions. Pure.

A time without an offset is read on London's clocks. One that comes twice, on the night in October, and one that never
came, on the night in March, are read both ways: the offence then spans both readings, and the row is told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import shapely
from pydantic import Field, PlainValidator
from shapely.geometry.base import BaseGeometry

from app.clock import EARLIEST, LATEST, LONDON
from app.geo.national_grid import from_national_grid
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import PlaceCode, Row, RowModel, Text100, Truth
from app.schedule.offence_profile import USUAL_LONGEST_MS

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]\d\d:?\d\d))?", re.ASCII | re.IGNORECASE
)
_BRITISH = re.compile(r"(\d\d)/(\d\d)/(\d{4})[T ](\d\d:\d\d(:\d\d)?)", re.ASCII)
_LONGEST = timedelta(milliseconds=USUAL_LONGEST_MS)
# From how many known instants on, and from which share of them, exact midnights are worth a word.
_MANY_INSTANTS, _MANY_MIDNIGHTS = 50, 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """A time as it may have been meant: the same instant twice, unless London's clocks leave a doubt."""

    earliest: datetime
    latest: datetime
    doubt: str | None = None


def read_time(value: object) -> Reading:
    """`2026-03-02 22:30` on London's clocks, `2026-03-02T22:30:00Z` anywhere, `02/03/2026 22:30`. Raises ValueError.

    `2026-10-25 01:30` comes twice and is 00:30 and 01:30 UTC; `2026-03-29 01:30` never came and is either, too: the
    clock that was read had been put forward too early, or not at all.
    """
    text = value.strip() if isinstance(value, str) else ""
    british = _BRITISH.fullmatch(text)
    if british is not None:
        day, month, year, clock = british.group(1, 2, 3, 4)
        text = f"{year}-{month}-{day}T{clock}"
    if not _ISO.fullmatch(text):
        raise ValueError("must be a day and a time, such as 2026-03-02 22:30 or 2026-03-02T22:30:00Z")
    at = datetime.fromisoformat(text.upper().replace(" ", "T", 1).replace(" ", ""))
    if not EARLIEST.year - 1 <= at.year <= LATEST.year:
        raise ValueError("must lie between the years 2000 and 2100")
    readings = [at] if at.tzinfo is not None else [at.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1)]
    instants = sorted({one.astimezone(UTC) for one in readings})
    if instants[0] < EARLIEST or instants[-1] >= LATEST:
        raise ValueError("must lie between the years 2000 and 2100")
    if len(instants) == 1:
        return Reading(instants[0], instants[0])
    came = instants[0].astimezone(LONDON).replace(tzinfo=None) == at
    return Reading(instants[0], instants[1], "clock-twice" if came else "clock-never")


Time = Annotated[Reading, PlainValidator(read_time)]
Finite = Field(allow_inf_nan=False)


class OffenceRow(RowModel):
    """A row of the file. Without `to_at` the instant is known; a place is needed, a point or a hotspot's code. A point
    is longitude and latitude (WGS84), or easting and northing in metres (British National Grid, EPSG:27700)."""

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/ -]{0,63}$")]
    category: PlaceCode
    from_at: Time
    to_at: Time | None = None
    longitude: Annotated[float, Finite, Field(ge=-180, le=180)] | None = None
    latitude: Annotated[float, Finite, Field(ge=-90, le=90)] | None = None
    easting: Annotated[float, Finite, Field(ge=0, le=700_000)] | None = None
    northing: Annotated[float, Finite, Field(ge=0, le=1_300_000)] | None = None
    hotspot_code: PlaceCode | None = None
    harm_weight: Annotated[float, Finite, Field(gt=0, le=1_000_000)] | None = None
    harm_scheme: Text100 | None = None
    cancelled: Truth = False


@dataclass(frozen=True, slots=True)
class OffenceContent:
    """What a version of an offence says."""

    category: str
    starts_at: datetime
    ends_at: datetime
    lon: float | None
    lat: float | None
    hotspot_id: UUID | None
    harm_weight: float | None
    harm_scheme: str | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class HeldOffence:
    """An offence as stored: its newest version, and what earlier ones said."""

    id: UUID
    version: int
    content: OffenceContent
    earlier: frozenset[OffenceContent] = frozenset()


@dataclass(frozen=True, slots=True)
class OffenceChanged:
    """A version to write; `supersedes` is the row it takes the place of."""

    reference: str
    version: int
    content: OffenceContent
    supersedes: UUID | None
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class OffencesPlanned:
    changes: tuple[OffenceChanged, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_offences(
    rows: Sequence[Row[OffenceRow]],
    hotspots: Mapping[str, UUID],
    held: Mapping[str, HeldOffence],
    force: BaseGeometry | None,
    now: datetime,
) -> OffencesPlanned:
    """What a file of offences changes. `held` are those stored under the file's references, `force` is its outline.

    A row that says what is held changes nothing. One that goes back to what an earlier version said is applied, and
    told: it may be an old file.
    """
    changes: list[OffenceChanged] = []
    findings: list[Finding] = []
    unchanged, good = 0, []
    for row in rows:
        faults = _faults(row, hotspots)
        findings += faults
        if faults:
            continue
        content = _content(row.values, hotspots)
        good.append((row, content))
        known = held.get(row.values.reference)
        if known is not None and known.content == content:
            unchanged += 1
            continue
        if known is not None and content in known.earlier:
            detail = "Goes back to what an earlier version said: is this an old file?"
            findings.append(Finding(row.number, "reference", "back-to-earlier", detail, Severity.WARNING))
        changes.append(_change(row, content, known))
    findings += [*_doubts(rows), *_outside(good, force), *_of_the_file(good, now)]
    return OffencesPlanned(tuple(changes), tuple(findings), unchanged)


def _faults(row: Row[OffenceRow], hotspots: Mapping[str, UUID]) -> list[Finding]:
    values = row.values
    found = []
    if values.to_at is not None and values.to_at.latest < values.from_at.earliest:
        found.append(Finding(row.number, "to_at", "ends-before-start", "Must not be earlier than from."))
    found += _faults_of_the_point(row)
    if values.hotspot_code is not None and values.hotspot_code not in hotspots:
        found.append(Finding(row.number, "hotspot_code", "hotspot-unknown", "No such hotspot."))
    if values.harm_weight is not None and values.harm_scheme is None:
        told = "A weight needs the name and version of its scheme."
        found.append(Finding(row.number, "harm_scheme", "missing", told))
    return found


def _faults_of_the_point(row: Row[OffenceRow]) -> list[Finding]:
    values = row.values
    pairs = (("longitude", "latitude"), ("easting", "northing"))
    given = [[name for name in pair if getattr(values, name) is not None] for pair in pairs]
    found = [
        Finding(row.number, name, "missing", f"A point needs both {pair[0]} and {pair[1]}.")
        for pair, names in zip(pairs, given, strict=True)
        if len(names) == 1
        for name in pair
        if name not in names
    ]
    if all(given):
        told = "Give longitude and latitude, or easting and northing, not both."
        found.append(Finding(row.number, "easting", "point-twice", told))
    if not any(given) and values.hotspot_code is None:
        told = "Give longitude and latitude, easting and northing, or the hotspot's code."
        found.append(Finding(row.number, "longitude", "place-missing", told))
    return found


def _point(values: OffenceRow) -> tuple[float, float] | tuple[None, None]:
    """Longitude and latitude of a row, however it says them."""
    if values.longitude is not None and values.latitude is not None:
        return values.longitude, values.latitude
    if values.easting is None or values.northing is None:
        return None, None
    return from_national_grid(values.easting, values.northing)


def _content(values: OffenceRow, hotspots: Mapping[str, UUID]) -> OffenceContent:
    starts_at = values.from_at.earliest
    lon, lat = _point(values)
    return OffenceContent(
        category=values.category,
        starts_at=starts_at,
        ends_at=max(starts_at, (values.to_at or values.from_at).latest),
        lon=lon,
        lat=lat,
        hotspot_id=hotspots[values.hotspot_code] if values.hotspot_code is not None else None,
        harm_weight=values.harm_weight,
        harm_scheme=values.harm_scheme if values.harm_weight is not None else None,
        cancelled=values.cancelled,
    )


def _change(row: Row[OffenceRow], content: OffenceContent, known: HeldOffence | None) -> OffenceChanged:
    reference = row.values.reference
    if known is None:
        planned = PlannedChange(ChangeAction.NEW, reference, row.number)
        return OffenceChanged(reference, 1, content, None, planned)
    differs = tuple(
        one.name for one in fields(content) if getattr(content, one.name) != getattr(known.content, one.name)
    )
    planned = PlannedChange(ChangeAction.CHANGED, reference, row.number, differs)
    return OffenceChanged(reference, known.version + 1, content, known.id, planned)


_DOUBTS = {
    "clock-twice": "This time came twice that night, as the clocks went back: the offence spans both.",
    "clock-never": "This time never came, as the clocks went forward: the offence spans both ways of reading it.",
}


def _doubts(rows: Iterable[Row[OffenceRow]]) -> list[Finding]:
    return [
        Finding(row.number, name, reading.doubt, _DOUBTS[reading.doubt], Severity.WARNING)
        for row in rows
        for name, reading in (("from_at", row.values.from_at), ("to_at", row.values.to_at))
        if reading is not None and reading.doubt is not None
    ]


_Good = Sequence[tuple[Row[OffenceRow], OffenceContent]]


def _outside(good: _Good, force: BaseGeometry | None) -> list[Finding]:
    """A warning for every point outside the force: longitude and latitude the wrong way round, as a rule."""
    placed = [(row, content) for row, content in good if content.lon is not None]
    if force is None or not placed:
        return []
    shapely.prepare(force)
    inside = shapely.intersects_xy(
        force, [content.lon for _, content in placed], [content.lat for _, content in placed]
    )
    told = "Lies outside the force: are {} and {} the right way round?"
    return [
        Finding(row.number, names[0], "outside-force", told.format(*names), Severity.WARNING)
        for (row, _), holds in zip(placed, inside, strict=True)
        if not holds
        for names in [
            ("easting", "northing") if row.values.easting is not None else ("longitude", "latitude")
        ]
    ]


def _of_the_file(good: _Good, now: datetime) -> list[Finding]:
    """What is told once of a whole file, with how many rows it is about."""
    contents = [content for _, content in good]
    long = sum(one.ends_at - one.starts_at > _LONGEST for one in contents)
    ahead = sum(one.starts_at > now for one in contents)
    instants = [one.starts_at.astimezone(LONDON) for one in contents if one.ends_at == one.starts_at]
    midnights = sum((at.hour, at.minute, at.second) == (0, 0, 0) for at in instants)
    schemes = {one.harm_scheme for one in contents if one.harm_scheme is not None}
    found = []
    if long:
        told = f"{long} offences span more than a week: they are kept, and say nothing about the hour."
        found.append(("to_at", "span-long", told))
    if ahead:
        found.append(("from_at", "in-the-future", f"{ahead} offences lie in the future."))
    if len(instants) >= _MANY_INSTANTS and midnights >= _MANY_MIDNIGHTS * len(instants):
        told = (
            f"{midnights} of {len(instants)} known instants are midnight exactly, as systems write a time nobody knows:"
            " give such offences a span."
        )
        found.append(("from_at", "many-midnights", told))
    if len(schemes) > 1:
        found.append(
            ("harm_scheme", "schemes-mixed", f"Harm weights are of {len(schemes)} different schemes.")
        )
    return [Finding(None, column, code, told, Severity.WARNING) for column, code, told in found]
