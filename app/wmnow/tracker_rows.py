"""Decides what a row of a tracker's file says: a record, or which of its columns are wrong and how. Pure.

A local time that came twice, in the night the clocks went back, is taken for the first and flagged; one that never
came, in the night they went forward, is wrong.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.imports.findings import Finding, Severity
from app.imports.rows import Row, RowModel, Text16, Text100, Text300, Truth
from app.schedule.offence_importing import Reading
from app.wmnow import checking
from app.wmnow.editions import UNTOLD, Edition, edition_of
from app.wmnow.mapping import WMNOW, Mapping
from app.wmnow.records import Said, SourceRecord, content_of, derived_id
from app.wmnow.row_cells import MOST_EAST, MOST_NORTH, Cells, known_by, point, time_text, when
from app.wmnow.tracker_times import read_local

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_COUNTED = re.compile(r"(?P<word>.*?)\s*(?:[=:]\s*(?P<count>\d{1,6})|\(\s*(?P<within>\d{1,6})\s*\))?")
# A word, and how many.
_LONGEST_PART = checking.MOST_WORD + 10


def _uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be a UUID with hyphens")
    return value


Text64 = Annotated[Text300, Field(max_length=checking.MOST_WORD)]
Text128 = Annotated[Text300, Field(max_length=checking.LONGEST_ID)]
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
    easting: Annotated[float, Field(allow_inf_nan=False, ge=0, le=MOST_EAST)] | None = None
    northing: Annotated[float, Field(allow_inf_nan=False, ge=0, le=MOST_NORTH)] | None = None
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
    _told_once: set[str] = field(default_factory=set)

    def id_for(self, cells: Cells) -> str | None:
        """An id for a row that has none, by its cells; None where they say no time. Every such row is asked about, the
        faulty ones too, so that the next file knows them by their order."""
        at = when(cells, self.mapping.times)
        if at is None:
            return None
        words = known_by(cells)
        first = derived_id(at, words, 0)
        ordinal = self._alike[first]
        self._alike[first] += 1
        return first if ordinal == 0 else derived_id(at, words, ordinal)

    def read(self, row: Row[TrackerRow], made_id: str | None = None) -> tuple[ReadRow | None, list[Finding]]:
        """The record of a row and what is to be told of it; None and at least one error when it cannot be taken.
        `made_id` is that of `id_for`, for a row without one."""
        one = _RowReading(row.number, row.values, self.mapping)
        said, ambiguous = one.said(self.now)
        edition = one.edition()
        findings = [each for each in one.findings if self._to_be_told(each)]
        source_id = row.values.source_record_id or made_id
        wrong_id = checking.fault_of_id(source_id) if source_id is not None else None
        if wrong_id is not None:
            findings.append(Finding(row.number, wrong_id.column, wrong_id.code, wrong_id.detail))
            return None, findings
        if said is None or source_id is None or one.has_errors:
            return None, findings
        content = content_of(said)
        record = SourceRecord(
            source_system=WMNOW,
            source_record_id=source_id,
            id_derived=row.values.source_record_id is None,
            edition=edition,
            deleted=row.values.deleted,
            occurred_at=said.occurred_at,
            time_ambiguous=ambiguous,
            content=content,
            meant=self.mapping.meant(content),
            row_number=row.number,
        )
        return ReadRow(row.number, record), findings

    def _to_be_told(self, one: Finding) -> bool:
        """What may be so in every row of a file is told once."""
        if one.code not in _ONCE:
            return True
        again = one.code in self._told_once
        self._told_once.add(one.code)
        return not again


_ONCE = {
    "several": "Names several groups: the first was taken. Told once a file.",
    "version-unread": "Is neither a whole number nor one certain time: taken as none. Told once a file.",
}


class _RowReading:
    """One row while it is read."""

    def __init__(self, number: int, values: TrackerRow, mapping: Mapping) -> None:
        self._number = number
        self._values = values
        self._mapping = mapping
        self.findings: list[Finding] = []

    @property
    def has_errors(self) -> bool:
        return any(each.severity is Severity.ERROR for each in self.findings)

    def said(self, now: datetime) -> tuple[Said | None, bool]:
        """What the row says, None without a time; and whether its time can be read in two ways."""
        values = self._values
        occurred = self._occurred()
        ended, recorded = (
            self._time("ended_at", values.ended_at),
            self._time("recorded_at", values.recorded_at),
        )
        position = self._position()
        # Without a time the rest is looked at all the same, so that every fault is told.
        at = now if occurred is None else occurred.earliest
        if at > now:
            self._warn("occurred_at", "in-the-future", "Lies in the future.")
        if occurred is not None and ended is not None and ended.latest < at:
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
            engagement_type=values.engagement_type,
            method=values.method,
            priority_group=self._first_group(),
            topics=self._several(values.topics),
            groups_reached=[_counted(part) for part in self._several(values.groups_reached)],
            people_reached=values.people_reached,
            planned=values.planned,
            published=values.published,
            patrol_ref=values.patrol_ref,
            engagement_ref=values.engagement_ref,
        )
        for fault in checking.faults_of(said):
            self._error(fault.column, fault.code, fault.detail)
        return (None, False) if occurred is None else (said, occurred.doubt is not None)

    def edition(self) -> Edition:
        """The tracker's version of the row: a whole number or a time, whichever its column holds."""
        text = self._values.source_version
        found = UNTOLD if text is None else edition_of(text, self._mapping.times)
        if found is None:
            self._warn("source_version", "version-unread", _ONCE["version-unread"])
        return found or UNTOLD

    def _first_group(self) -> str | None:
        """The tracker's form takes one; of several in a cell the first is read, and told."""
        said = self._several(self._values.priority_group)
        if len(said) > 1:
            self._warn("priority_group", "several", _ONCE["several"])
        return said[0] if said else None

    def _error(self, column: str, code: str, detail: str) -> None:
        self.findings.append(Finding(self._number, column, code, detail))

    def _warn(self, column: str, code: str, detail: str) -> None:
        self.findings.append(Finding(self._number, column, code, detail, Severity.WARNING))

    def _occurred(self) -> Reading | None:
        values = self._values
        text = time_text(values.occurred_at, values.occurred_on, values.occurred_time)
        if text is None:
            self._error("occurred_at", "missing", "Must be given: a time, or a day and a time of day.")
        return self._time("occurred_at", text)

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
        at = point(values.longitude, values.latitude, values.easting, values.northing)
        if at is None:
            pairs = {
                "longitude": (values.longitude, values.latitude),
                "easting": (values.easting, values.northing),
            }
            for column, pair in pairs.items():
                if pair != (None, None):
                    self._error(column, "missing", "A point needs both of its numbers.")
        return at

    def _several(self, text: str | None) -> list[str]:
        """The values of a cell, each once."""
        if text is None:
            return []
        parts = re.split(f"[{re.escape(self._mapping.separators)}\n]", text)
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _counted(part: str) -> tuple[str, int | None]:
    """A group and how many of it were met.

    >>> _counted("Disability = 3"), _counted("Race: Asian (2)"), _counted("Age")
    (('Disability', 3), ('Race: Asian', 2), ('Age', None))
    """
    match = _COUNTED.fullmatch(part) if len(part) <= _LONGEST_PART else None
    if match is None:
        return part, None
    count = match["count"] or match["within"]
    return match["word"], None if count is None else int(count)


def faults_of(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """What is wrong with a row, as it is kept."""
    return [
        {"column": each.column, "code": each.code, "detail": each.detail}
        for each in findings
        if each.severity is Severity.ERROR
    ]


def missing_columns(columns: Sequence[str]) -> list[Finding]:
    """What a file must have and has not, besides what every row needs."""
    if "occurred_at" in columns or {"occurred_on", "occurred_time"} <= set(columns):
        return []
    told = "A column for the time is needed, or one for the day and one for the time of day."
    return [Finding(None, "occurred_at", "column-missing", told)]
