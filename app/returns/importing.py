"""Decides what a file of hours changes: new records, corrections of earlier ones, and rows that cannot be placed.

A record is known by its channel and the sender's own reference. The same again changes nothing; anything else under
that reference is a correction, and the version before stays. Zero hours take a record back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.clock import MINUTE_MS, london_day, start_of_london_day, to_ms
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, PlaceCode, Row, RowModel, Text16, Text100
from app.patrols.lifecycle import Funding, Programme, UniformState
from app.returns.counting import OWN_CHANNEL, Evidence
from app.returns.periods import HOUR_MS
from app.schedule.importing import Coded, Force, ImportedInstant, held_on

CodeText = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]
_LONGEST = timedelta(hours=24)
_MOST_HOURS = 24


class HourRow(RowModel):
    """A row of the file. `hours` and `minutes` are how long each of `persons` was out; with `starts_at` and `ends_at`
    they may be left out, and for one officer by collar number they must agree with them."""

    reference: Text100
    channel: CodeText
    evidence: Evidence
    programme: Programme
    uniform_state: UniformState
    funding: Funding = Funding.CORE
    agency: CodeText | None = None
    hotspot_code: PlaceCode | None = None
    area_code: PlaceCode | None = None
    day: Day | None = None
    starts_at: ImportedInstant | None = None
    ends_at: ImportedInstant | None = None
    hours: Annotated[float, Field(ge=0, le=_MOST_HOURS, allow_inf_nan=False)] | None = None
    minutes: Annotated[int, Field(ge=0, le=_MOST_HOURS * 60)] | None = None
    persons: Annotated[int, Field(ge=1, le=200)] = 1
    collar_number: Text16 | None = None
    operation: Text100 | None = None
    cost_code: CodeText | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record with its codes resolved: what a version of it says."""

    agency: str | None
    evidence: Evidence
    hotspot_id: UUID | None
    area_id: UUID
    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    lasted_ms: int
    persons: int
    officer_id: UUID | None
    programme: Programme
    uniform_state: UniformState
    funding: Funding
    operation: str | None
    cost_code: str | None

    def values(self) -> dict[str, Any]:
        return asdict(self)


SAID = tuple(each.name for each in fields(Recorded))
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A version to write; `version` is its number, 1 for a record that is new."""

    key: Key
    version: int
    recorded: Recorded
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class Held:
    """The standing version of a record: its number, what it says, and whether it names nobody since an officer of it
    was erased after their time."""

    version: int
    recorded: Recorded
    erased: bool = False


@dataclass(frozen=True, slots=True)
class HoursPlanned:
    changes: tuple[RecordChange, ...]
    findings: tuple[Finding, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Known:
    """What codes may mean: the force's places and people, its areas, and the codes of channels and agencies."""

    force: Force
    areas: Coded
    channels: frozenset[str]
    agencies: frozenset[str]


def plan_hours(rows: Sequence[Row[HourRow]], known: Known, held: Mapping[Key, Held]) -> HoursPlanned:
    """What a file changes. `held` are the standing versions of the records it names.

    An officer who was erased does not come back: an old file changes nothing and is told so, and a correction names
    nobody.
    """
    changes: list[RecordChange] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in rows:
        found = _read(row, known)
        if isinstance(found, list):
            findings += found
            continue
        key = (row.values.channel, row.values.reference)
        standing = held.get(key)
        before = standing.recorded if standing else None
        if standing is not None and standing.erased and found.officer_id is not None:
            found = replace(found, officer_id=None)
            told = _officer_erased(row.number, same=found == before or not found.lasted_ms)
            findings.append(told)
            if told.severity is Severity.ERROR:
                continue
        if before == found:
            unchanged += 1
            continue
        changed = tuple(name for name in SAID if before and getattr(before, name) != getattr(found, name))
        action = ChangeAction.CHANGED if before else ChangeAction.NEW
        planned = PlannedChange(action, f"{key[0]}/{key[1]}", row.number, changed)
        changes.append(RecordChange(key, standing.version + 1 if standing else 1, found, planned))
    return HoursPlanned(tuple(changes), tuple(findings), unchanged)


def _officer_erased(row: int, *, same: bool) -> Finding:
    """What is told of a row that names the officer of a record whose officer was erased: a word when it is the same
    again or takes the record back, else a refusal, for what the officer did besides can be held against it no more."""
    if same:
        detail = "The record's officer was erased after their time, and stays so."
        return Finding(row, "collar_number", "officer-erased", detail, Severity.WARNING)
    detail = (
        "The record's officer was erased after their time: correct it without naming one, or take it back."
    )
    return Finding(row, "collar_number", "officer-erased", detail)


def _read(row: Row[HourRow], known: Known) -> Recorded | list[Finding]:
    values = row.values
    faults = [Finding(row.number, *fault) for fault in _faults(values, known)]
    day = values.day or (london_day(values.starts_at) if values.starts_at is not None else None)
    if faults or day is None:
        return faults
    hotspot = held_on(known.force.hotspots, values.hotspot_code, day)
    area = held_on(known.areas, values.area_code, day)
    officer = held_on(known.force.officers, values.collar_number, day)
    unknown = {
        ("hotspot_code", "hotspot-unknown", "No such hotspot on that day."): values.hotspot_code
        and not hotspot,
        ("area_code", "area-unknown", "No such area on that day."): values.area_code and not area,
        ("collar_number", "officer-unknown", "Nobody of that number serves here on that day."): (
            values.collar_number and not officer
        ),
    }
    faults = [Finding(row.number, *told) for told, holds in unknown.items() if holds]
    area_id = area.id if area is not None else hotspot.area_id if hotspot is not None else None
    if faults or area_id is None:
        return faults
    return Recorded(
        agency=values.agency,
        evidence=values.evidence,
        hotspot_id=hotspot.id if hotspot is not None else None,
        area_id=area_id,
        day=day,
        starts_at=values.starts_at,
        ends_at=values.ends_at,
        lasted_ms=_lasted(values),
        persons=values.persons,
        officer_id=officer.id if officer is not None else None,
        programme=values.programme,
        uniform_state=values.uniform_state,
        funding=values.funding,
        operation=values.operation,
        cost_code=values.cost_code,
    )


def _span_ms(values: HourRow) -> int | None:
    if values.starts_at is None or values.ends_at is None:
        return None
    return to_ms(values.ends_at) - to_ms(values.starts_at)


def _lasted(values: HourRow) -> int:
    """How long each was out: as said, else from start to end."""
    if values.hours is None and values.minutes is None:
        return _span_ms(values) or 0
    return round((values.hours or 0) * HOUR_MS) + (values.minutes or 0) * MINUTE_MS


def _faults(values: HourRow, known: Known) -> list[tuple[str, str, str]]:
    """What is wrong with a row by itself: column, code and words."""
    span, said = _span_ms(values), values.hours is not None or values.minutes is not None
    half = (values.starts_at is None) is not (values.ends_at is None)
    lasts = _lasted(values)
    whole = span is not None and lasts == span
    wrong = {
        ("channel", "channel-own", "Our own patrols are counted by themselves."): values.channel
        == OWN_CHANNEL,
        ("channel", "channel-unknown", "Is not in the list hour_channels."): values.channel
        not in known.channels,
        ("agency", "agency-unknown", "Is not in the list agencies."): (
            values.agency is not None and values.agency not in known.agencies
        ),
        ("area_code", "place-missing", "Give hotspot_code, area_code or both."): (
            values.hotspot_code is None and values.area_code is None
        ),
        ("ends_at", "half-a-span", "Give starts_at and ends_at together."): half,
        ("ends_at", "not-after-start", "Must be later than starts_at."): span is not None and span <= 0,
        ("ends_at", "too-long", "A record may last 24 hours."): span is not None and span > _ms(_LONGEST),
        ("day", "day-missing", "Give a day, or starts_at and ends_at."): (
            values.day is None and values.starts_at is None
        ),
        ("day", "day-differs", "Must be the London day of starts_at."): (
            values.day is not None
            and values.starts_at is not None
            and values.day != london_day(values.starts_at)
        ),
        ("hours", "hours-missing", "Give hours or minutes, or starts_at and ends_at."): (
            span is None and not said
        ),
        ("hours", "longer-than-span", "Is longer than from starts_at to ends_at."): (
            span is not None and span > 0 and lasts > span
        ),
        ("hours", "longer-than-day", "Nobody is out longer than the day lasts."): (
            span is None and values.day is not None and lasts > _day_ms(values.day)
        ),
        ("starts_at", "span-missing", "For one officer give starts_at and ends_at."): (
            values.collar_number is not None and span is None and not half
        ),
        ("hours", "not-the-span", "For one officer it must be from starts_at to ends_at, or 0."): (
            values.collar_number is not None and span is not None and not whole and lasts != 0
        ),
        ("persons", "one-person", "A collar number is one person."): (
            values.collar_number is not None and values.persons != 1
        ),
    }
    return [fault for fault, holds in wrong.items() if holds]


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def _day_ms(day: date) -> int:
    return to_ms(start_of_london_day(day + timedelta(days=1))) - to_ms(start_of_london_day(day))
