"""Decides what a file of abstractions, or of what areas are held against, changes. Pure.

What becomes of an abstraction of the force's own app, and of what was reported here itself, is decided as for all files
whose rows have the force's reference (`imports.by_reference`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.clock import london_day, rfc3339
from app.imports.by_reference import OnRecord, Planned, Said, plan
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import Day, PlaceCode, Row, RowModel, Text16, Text200, Truth
from app.schedule.importing import Coded, held_on
from app.schedule.offence_importing import Reading, Time

CodeText = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$")]


class AbstractionRow(RowModel):
    """A row of the file; `cancelled` takes one back."""

    reference: CodeText
    collar_number: Text16
    starts_at: Time
    ends_at: Time | None = None
    reason_code: CodeText | None = None
    reason_text: Text200 | None = None
    authorising_collar_number: Text16 | None = None
    authority_level: CodeText | None = None
    destination: CodeText | None = None
    destination_area_code: PlaceCode | None = None
    destination_unit: CodeText | None = None
    post_role: CodeText | None = None
    notice_minutes: Annotated[int, Field(ge=0, le=525_600)] | None = None
    backfilled: Truth | None = None
    cancelled: Truth = False


class ObjectiveRow(RowModel):
    """What an area is held against from a day on."""

    area_code: PlaceCode
    benchmark_from: Day
    benchmark_to: Day
    most_hours_a_week: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    valid_from: Day


@dataclass(frozen=True, slots=True)
class ReportedHere:
    """An abstraction reported here without a reference: it may be the one a row tells of."""

    officer_id: UUID
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Objective:
    """What an area is held against, as stored."""

    area_id: UUID
    benchmark_from: date
    benchmark_to: date
    most_hours_a_week: float | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class ObjectiveChange(Objective):
    """One to add."""

    planned: PlannedChange


def plan_abstractions(
    rows: Sequence[Row[AbstractionRow]],
    officers: Coded,
    areas: Coded,
    on_record: OnRecord,
    reported: Sequence[ReportedHere],
) -> Planned:
    """What a file of abstractions changes."""
    said: list[Said] = []
    findings: list[Finding] = []
    here: defaultdict[UUID, list[ReportedHere]] = defaultdict(list)
    for one in reported:
        here[one.officer_id].append(one)
    for row in rows:
        found = _read(row, officers, areas)
        if isinstance(found, list):
            findings += found
            continue
        findings += _doubts(row)
        officer_id, content = found
        twice = any(_meets(row.values, one) for one in here[officer_id])
        said.append(Said(row.number, row.values.reference, officer_id, content, row.values.cancelled, twice))
    planned = plan(said, on_record, "starts_at")
    return Planned(planned.changes, (*findings, *planned.findings), planned.unchanged)


def _meets(values: AbstractionRow, one: ReportedHere) -> bool:
    starts, ends = values.starts_at.earliest, values.ends_at.latest if values.ends_at else None
    return (ends is None or one.starts_at < ends) and (one.ends_at is None or starts < one.ends_at)


def _read(
    row: Row[AbstractionRow], officers: Coded, areas: Coded
) -> tuple[UUID, dict[str, Any]] | list[Finding]:
    values = row.values
    day = london_day(values.starts_at.earliest)
    officer = held_on(officers, values.collar_number, day)
    area = held_on(areas, values.destination_area_code, day)
    faults = []
    if officer is None:
        told = "Nobody of that number serves here on that day."
        faults.append(Finding(row.number, "collar_number", "officer-unknown", told))
    if values.destination_area_code and area is None:
        told = "No such area on that day."
        faults.append(Finding(row.number, "destination_area_code", "area-unknown", told))
    if values.ends_at is not None and values.ends_at.latest < values.starts_at.earliest:
        told = "Must not be earlier than starts_at."
        faults.append(Finding(row.number, "ends_at", "ends-before-start", told))
    if faults or officer is None:
        return faults
    return officer.id, _content(values, area.id if area else None)


def _content(values: AbstractionRow, area_id: UUID | None) -> dict[str, Any]:
    """A row in the words of the wire, nulls left out."""
    said: dict[str, Any] = {
        "abstracted_collar_number": values.collar_number,
        "authorising_collar_number": values.authorising_collar_number,
        "authority_level": values.authority_level,
        "reason_code": values.reason_code,
        "reason_text": values.reason_text,
        "destination": values.destination,
        "destination_area_id": str(area_id) if area_id else None,
        "destination_unit": values.destination_unit,
        "starts_at": rfc3339(values.starts_at.earliest),
        "ends_at": rfc3339(values.ends_at.latest) if values.ends_at else None,
        "post_role": values.post_role,
        "notice_minutes": values.notice_minutes,
        "backfilled": values.backfilled,
        "reference": values.reference,
    }
    return {name: value for name, value in said.items() if value is not None}


def _doubts(row: Row[AbstractionRow]) -> list[Finding]:
    told = "The clocks changed that night: this time can be read in two ways, and the longer span was taken."
    found: list[tuple[str, Reading | None]] = [
        ("starts_at", row.values.starts_at),
        ("ends_at", row.values.ends_at),
    ]
    return [
        Finding(row.number, name, each.doubt, told, Severity.WARNING)
        for name, each in found
        if each is not None and each.doubt is not None
    ]


def plan_objectives(
    rows: Sequence[Row[ObjectiveRow]], areas: Coded, held: Sequence[Objective]
) -> tuple[list[ObjectiveChange], list[Finding], int]:
    """What a file of objectives adds, what is wrong with it, how many are held already. Nothing is overwritten: other
    words for an area hold from a later day."""
    changes: list[ObjectiveChange] = []
    findings: list[Finding] = []
    unchanged = 0
    known = {(each.area_id, each.valid_from): each for each in held}
    for row in rows:
        values = row.values
        area = held_on(areas, values.area_code, values.valid_from)
        if area is None:
            findings.append(Finding(row.number, "area_code", "area-unknown", "No such area on that day."))
            continue
        if values.benchmark_to < values.benchmark_from:
            told = "Must not be earlier than benchmark_from."
            findings.append(Finding(row.number, "benchmark_to", "ends-before-start", told))
            continue
        wanted = Objective(
            area.id, values.benchmark_from, values.benchmark_to, values.most_hours_a_week, values.valid_from
        )
        before = known.get((area.id, values.valid_from))
        if before == wanted:
            unchanged += 1
        elif before is not None:
            told = "Another objective holds from that day: give this one a later day."
            findings.append(Finding(row.number, "valid_from", "held", told))
        else:
            key = f"{values.area_code}/{values.valid_from}"
            planned = PlannedChange(ChangeAction.NEW, key, row.number)
            changes.append(
                ObjectiveChange(
                    wanted.area_id,
                    wanted.benchmark_from,
                    wanted.benchmark_to,
                    wanted.most_hours_a_week,
                    wanted.valid_from,
                    planned,
                )
            )
    return changes, findings, unchanged
