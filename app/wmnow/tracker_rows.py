"""Decides what a row of a tracker's file says: a record, or which of its columns are wrong and how. Pure.

A local time that came twice, in the night the clocks went back, is taken for the first and flagged; one that never
came, in the night they went forward, is wrong.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping as MappingOf, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.geo.national_grid import from_national_grid
from app.imports.findings import Finding, Severity
from app.imports.rows import Row, RowModel, Text16, Text100, Text300, Truth
from app.schedule.offence_importing import Reading
from app.wmnow.mapping import WMNOW, Mapping
from app.wmnow.member_data import looks_personal
from app.wmnow.records import Said, SourceRecord, content_of, derived_id
from app.wmnow.tracker_times import read_local

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_COUNTED = re.compile(r"(?P<word>.*?)\s*(?:[=:]\s*(?P<count>\d{1,6})|\(\s*(?P<within>\d{1,6})\s*\))?")
_MOST_CODES = 30
_MOST_WORD = 64
# Great Britain and Northern Ireland with their waters.
_WEST, _EAST, _SOUTH, _NORTH = -9.0, 2.5, 49.0, 61.5
_KEPT_TEXTS = (
    "team_ref",
    "lpa_ref",
    "sector_ref",
    "neighbourhood_ref",
    "engagement_type",
    "method",
)


def _uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be a UUID with hyphens")
    return value


Text64 = Annotated[Text300, Field(max_length=_MOST_WORD)]
Text128 = Annotated[Text300, Field(max_length=128)]
OurId = Annotated[UUID, BeforeValidator(_uuid)]
Degrees = Annotated[float, Field(allow_inf_nan=False, ge=-180, le=180)]


class TrackerRow(RowModel):
    """A row of the file. It needs a kind, and a time: `occurred_at`, or a day with its time of day."""

    source_record_id: Text128 | None = None
    source_version: Text64 | None = None
    occurred_at: Text64 | None = None
    occurred_on: Text64 | None = None
    occurred_time: Text64 | None = None
    ended_at: Text64 | None = None
    recorded_at: Text64 | None = None
    collar_number: Text16 | None = None
    team_ref: Text100 | None = None
    lpa_ref: Text100 | None = None
    sector_ref: Text100 | None = None
    neighbourhood_ref: Text100 | None = None
    longitude: Degrees | None = None
    latitude: Degrees | None = None
    easting: Annotated[float, Field(allow_inf_nan=False, ge=0, le=700_000)] | None = None
    northing: Annotated[float, Field(allow_inf_nan=False, ge=0, le=1_300_000)] | None = None
    # For a derived id and for how exactly the place is known; neither is kept.
    location_text: Annotated[str, Field(max_length=2000)] | None = None
    postcode: Annotated[str, Field(max_length=20)] | None = None
    engagement_type: Text64
    method: Text64 | None = None
    priority_group: Annotated[str, Field(max_length=2000)] | None = None
    topics: Annotated[str, Field(max_length=2000)] | None = None
    groups_reached: Annotated[str, Field(max_length=2000)] | None = None
    people_reached: Annotated[int, Field(ge=0, le=100_000)] | None = None
    planned: Truth | None = None
    published: Truth | None = None
    deleted: Truth = False
    patrol_ref: OurId | None = None
    engagement_ref: OurId | None = None


FIELDS = tuple(TrackerRow.model_fields)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row that can be taken."""

    number: int
    record: SourceRecord


@dataclass
class Reader:
    """Reads the rows of one file, in order: rows without an id that are alike are told apart by their order."""

    mapping: Mapping
    now: datetime
    _alike: Counter[str] = field(default_factory=Counter)
    _several_told: bool = False

    def read(self, row: Row[TrackerRow]) -> tuple[ReadRow | None, list[Finding]]:
        """The record of a row and what is to be told of it; None and at least one error when it cannot be taken."""
        one = _RowReading(row.number, row.values, self.mapping)
        said, ambiguous = one.said(self.now)
        if one.several and not self._several_told:
            self._several_told = True
            told = "Names several groups: the first was taken. Told once a file."
            one.findings.append(Finding(row.number, "priority_group", "several", told, Severity.WARNING))
        if said is None or one.has_errors:
            return None, one.findings
        return ReadRow(row.number, self._record(row, said, ambiguous)), one.findings

    def _record(self, row: Row[TrackerRow], said: Said, ambiguous: bool) -> SourceRecord:
        values = row.values
        source_id = values.source_record_id or self._derived(values, said)
        return SourceRecord(
            source_system=WMNOW,
            source_record_id=source_id,
            id_derived=values.source_record_id is None,
            source_version=values.source_version,
            deleted=values.deleted,
            occurred_at=said.occurred_at,
            time_ambiguous=ambiguous,
            content=content_of(said),
            row_number=row.number,
        )

    def _derived(self, values: TrackerRow, said: Said) -> str:
        where = [values.location_text, values.postcode, said.neighbourhood_ref, said.team_ref]
        words = [said.collar_number, said.engagement_type, *where, str(said.position or "")]
        first = derived_id(said.occurred_at, words, 0)
        ordinal = self._alike[first]
        self._alike[first] += 1
        return first if ordinal == 0 else derived_id(said.occurred_at, words, ordinal)


class _RowReading:
    """One row while it is read."""

    def __init__(self, number: int, values: TrackerRow, mapping: Mapping) -> None:
        self._number = number
        self._values = values
        self._mapping = mapping
        self.findings: list[Finding] = []
        self.several = False

    @property
    def has_errors(self) -> bool:
        return any(each.severity is Severity.ERROR for each in self.findings)

    def said(self, now: datetime) -> tuple[Said | None, bool]:
        """What the row says, None without a time; and whether its time can be read in two ways."""
        values, mapping = self._values, self._mapping
        self._refuse_personal()
        occurred = self._occurred()
        ended, recorded = (
            self._time("ended_at", values.ended_at),
            self._time("recorded_at", values.recorded_at),
        )
        topics, groups = self._topics(), self._groups()
        position = self._position()
        if occurred is None:
            return None, False
        at = occurred.earliest
        if at > now:
            self._warn("occurred_at", "in-the-future", "Lies in the future.")
        if ended is not None and ended.latest < at:
            self._warn("ended_at", "before-start", "Lies before the beginning.")
        said = Said(
            occurred_at=at,
            ended_at=None if ended is None else ended.earliest,
            recorded_at=None if recorded is None else recorded.earliest,
            collar_number=values.collar_number,
            team_ref=values.team_ref,
            lpa_ref=values.lpa_ref,
            sector_ref=values.sector_ref,
            neighbourhood_ref=values.neighbourhood_ref,
            position=position,
            by_postcode=values.postcode is not None and position is None,
            engagement_type=mapping.code("engagement_type", values.engagement_type),
            method=None if values.method is None else mapping.code("method", values.method),
            priority_group=self._first_group(),
            topics=topics,
            groups_reached=groups,
            people_reached=values.people_reached,
            planned=values.planned,
            published=values.published,
            patrol_ref=values.patrol_ref,
            engagement_ref=values.engagement_ref,
        )
        return said, occurred.doubt is not None

    def _first_group(self) -> str | None:
        """The tracker's form takes one; of several in a cell the first is read, and told."""
        said = self._several("priority_group", self._values.priority_group)
        if len(said) > 1:
            self.several = True
        return self._mapping.code("priority_group", said[0])[:_MOST_WORD] if said else None

    def _error(self, column: str, code: str, detail: str) -> None:
        self.findings.append(Finding(self._number, column, code, detail))

    def _warn(self, column: str, code: str, detail: str) -> None:
        self.findings.append(Finding(self._number, column, code, detail, Severity.WARNING))

    def _refuse_personal(self) -> None:
        for of in _KEPT_TEXTS:
            word = getattr(self._values, of)
            if word is not None and looks_personal(word):
                told = "Looks like somebody's e-mail address or number, where a code or a place's name should stand."
                self._error(of, "personal", told)

    def _occurred(self) -> Reading | None:
        values = self._values
        if values.occurred_at is not None:
            return self._time("occurred_at", values.occurred_at)
        if values.occurred_on is None or values.occurred_time is None:
            self._error("occurred_at", "missing", "Must be given: a time, or a day and a time of day.")
            return None
        # Spreadsheets add midnight to days, and the first of their days to times.
        day = re.sub(r" 00:00(:00)?$", "", values.occurred_on)
        time = values.occurred_time.rpartition(" ")[2]
        return self._time("occurred_at", f"{day} {time}")

    def _time(self, column: str, text: str | None) -> Reading | None:
        if text is None:
            return None
        try:
            found = read_local(text, self._mapping.times)
        except ValueError as error:
            told = str(error)
            if not told.startswith("must"):
                told = "must be a day and a time that exist"
            self._error(column, "value", f"{told[:1].upper()}{told[1:]}.")
            return None
        if found.doubt == "clock-never":
            told = "Never came: the clocks went forward over it that night."
            self._error(column, "clock-never", told)
            return None
        if found.doubt is not None:
            told = "Came twice that night, when the clocks went back: the first of the two was taken."
            self._warn(column, found.doubt, told)
        return found

    def _position(self) -> tuple[float, float] | None:
        values = self._values
        placed = (values.longitude, values.latitude)
        grid = (values.easting, values.northing)
        if None not in placed:
            at = round(float(placed[0] or 0), 7), round(float(placed[1] or 0), 7)
        elif None not in grid:
            at = from_national_grid(float(grid[0] or 0), float(grid[1] or 0))
        else:
            for pair, column in ((placed, "longitude"), (grid, "easting")):
                if pair != (None, None):
                    self._error(column, "missing", "A point needs both of its numbers.")
            return None
        if not (_WEST <= at[0] <= _EAST and _SOUTH <= at[1] <= _NORTH):
            self._error("longitude", "elsewhere", "Lies outside the United Kingdom: are the two swapped?")
            return None
        return at

    def _several(self, column: str, text: str | None) -> list[str]:
        if text is None:
            return []
        parts = re.split(f"[{re.escape(self._mapping.separators)}\n]", text)
        found = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
        if len(found) > _MOST_CODES:
            self._error(column, "value", f"Holds more than {_MOST_CODES} values.")
            return []
        for part in found:
            if len(part) > _MOST_WORD + 10:
                self._error(column, "value", f"Holds a value of more than {_MOST_WORD} characters.")
                return []
            if looks_personal(part):
                self._error(column, "personal", "Looks like somebody's e-mail address or number.")
                return []
        return found

    def _topics(self) -> list[str]:
        said = self._several("topics", self._values.topics)
        return [self._mapping.code("topics", each)[:_MOST_WORD] for each in said]

    def _groups(self) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for part in self._several("groups_reached", self._values.groups_reached):
            match = _COUNTED.fullmatch(part)
            word = part if match is None else match["word"]
            count = None if match is None else match["count"] or match["within"]
            code = self._mapping.code("groups_reached", word)[:_MOST_WORD]
            if code in found:
                self._error("groups_reached", "repeated", "Names a group twice.")
            found[code] = None if count is None else int(count)
        return found


def faults_of(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """What is wrong with a row, as it is kept."""
    return [
        {"column": each.column, "code": each.code, "detail": each.detail}
        for each in findings
        if each.severity is Severity.ERROR
    ]


def told_of(cells: MappingOf[str, str | None], mapping: Mapping) -> tuple[str | None, datetime | None]:
    """What can still be told of a row that cannot be taken: the tracker's id of it, and when it was."""
    source_id = cells.get("source_record_id")
    said = cells.get("occurred_at") or " ".join(
        filter(None, [cells.get("occurred_on"), cells.get("occurred_time")])
    )
    try:
        at = read_local(said, mapping.times).earliest if said else None
    except ValueError:
        at = None
    return (source_id if source_id and len(source_id) <= 128 else None), at


def missing_columns(columns: Sequence[str]) -> list[Finding]:
    """What a file must have and has not, besides what every row needs."""
    if "occurred_at" in columns or {"occurred_on", "occurred_time"} <= set(columns):
        return []
    told = "A column for the time is needed, or one for the day and one for the time of day."
    return [Finding(None, "occurred_at", "column-missing", told)]
