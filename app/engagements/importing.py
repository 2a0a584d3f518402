"""Decides what a file of engagements changes: those of the force's own tracker, each known by its reference. Pure.

What becomes of each, and what officers reported here themselves, is decided as for all such files
(`imports.by_reference`).
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from app.clock import london_day, rfc3339
from app.imports.by_reference import OnRecord, Planned, Said, plan
from app.imports.findings import Finding, Severity
from app.imports.rows import PlaceCode, Row, RowModel, Several, Text16, Text300, Truth
from app.schedule.importing import Coded, held_on
from app.schedule.offence_importing import Time

_CODE = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$"
CodeText = Annotated[str, Field(pattern=_CODE)]
_COUNTED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.:/-]{0,63})(=(\d{1,6}))?", re.ASCII)
# How near two records of one officer and type must lie to be worth a second look.
_NEAR = timedelta(minutes=30)
_DERIVED = Finding(
    None,
    "reference",
    "id-derived",
    "Rows without a reference are known by time, officer, type and place: one of these that is edited at its source may"
    " come in a second time.",
    Severity.WARNING,
)


def _codes(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(_CODE, each) for each in values):
        raise ValueError("must be codes separated by semicolons")
    return values


def _counted(values: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_COUNTED.fullmatch(each) for each in values):
        raise ValueError("must be codes such as RACE_ASIAN or RACE_ASIAN=5, separated by semicolons")
    return values


Codes = Annotated[tuple[str, ...], Several, Field(max_length=30), AfterValidator(_codes)]
Counted = Annotated[tuple[str, ...], Several, Field(max_length=30), AfterValidator(_counted)]


class EngagementRow(RowModel):
    """A row of the file. `minority_groups` may bear counts, `RACE_ASIAN=5;DISABILITY`; `cancelled` takes one back.
    `location_text` only tells rows without a reference apart: it is not kept."""

    reference: CodeText | None = None
    collar_number: Text16
    occurred_at: Time
    engagement_type: CodeText
    method: CodeText | None = None
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    planned: Truth | None = None
    published: Truth | None = None
    people_reached: Annotated[int, Field(ge=0, le=100_000)] | None = None
    reach_band: CodeText | None = None
    priority_groups: Codes = ()
    minority_groups: Counted = ()
    issues: Codes = ()
    partners: Codes = ()
    officers: Annotated[tuple[Text16, ...], Several, Field(max_length=20)] = ()
    priority_reference: CodeText | None = None
    area_code: PlaceCode | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    location_text: Text300 | None = None
    cancelled: Truth = False


@dataclass(frozen=True, slots=True)
class PhoneRecord:
    """An engagement that a phone recorded without a reference: it may be the one a row tells of."""

    engagement_type: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Identified:
    """A row with what it is known by; `derived` where the file does not say and we worked it out."""

    row: Row[EngagementRow]
    reference: str
    derived: bool


def identified(rows: Sequence[Row[EngagementRow]], alike: dict[str, int]) -> list[Identified]:
    """What each row is known by. `alike` counts rows of the file's parts before that say the same, and is added to."""
    found = []
    for row in rows:
        if row.values.reference is not None:
            found.append(Identified(row, row.values.reference, False))
            continue
        key = _likeness(row.values)
        alike[key] = ordinal = alike.get(key, 0) + 1
        digest = hashlib.sha256(f"{key}/{ordinal}".encode()).hexdigest()
        found.append(Identified(row, f"DERIVED-{digest[:40]}", True))
    return found


def _likeness(values: EngagementRow) -> str:
    """SHA-256 over time to the minute, officer, type and place, however they are spelt. The same row of the next export
    has the same; one whose time was corrected has another."""
    minute = values.occurred_at.earliest.replace(second=0, microsecond=0)
    place = values.location_text or f"{values.area_code or ''} {values.longitude} {values.latitude}"
    said = [rfc3339(minute), values.collar_number.casefold(), values.engagement_type.casefold(),
            " ".join(place.casefold().split())]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def plan_engagements(
    rows: Sequence[Identified],
    officers: Coded,
    areas: Coded,
    on_record: OnRecord,
    by_phone: Mapping[UUID, Sequence[PhoneRecord]],
) -> Planned:
    """What a file of engagements changes. `by_phone` is what each officer's phone recorded without a reference."""
    said: list[Said] = []
    findings: list[Finding] = []
    for each in rows:
        row = each.row
        found = _read(each, officers, areas)
        if isinstance(found, list):
            findings += found
            continue
        officer_id, content = found
        findings += _doubt(row)
        if each.derived:
            findings.append(_DERIVED)
        known = on_record.held.get(each.reference)
        if known is not None and known.officer_id != officer_id:
            told = "Is held under another collar number: take it back and send it under a new reference."
            findings.append(Finding(row.number, "collar_number", "another-officer", told))
            continue
        twice = any(_alike(row.values, one) for one in by_phone.get(officer_id, ()))
        said.append(
            Said(row.number, each.reference, officer_id, content, row.values.cancelled, twice, each.derived)
        )
    planned = plan(said, on_record, "occurred_at")
    return replace(planned, findings=(*findings, *planned.findings))


def _alike(values: EngagementRow, one: PhoneRecord) -> bool:
    near = abs(one.occurred_at - values.occurred_at.earliest) <= _NEAR
    return near and one.engagement_type == values.engagement_type


def _read(each: Identified, officers: Coded, areas: Coded) -> tuple[UUID, dict[str, Any]] | list[Finding]:
    row, values = each.row, each.row.values
    day = london_day(values.occurred_at.earliest)
    officer = held_on(officers, values.collar_number, day)
    area = held_on(areas, values.area_code, day)
    faults = []
    if officer is None:
        told = "Nobody of that number serves here on that day."
        faults.append(Finding(row.number, "collar_number", "officer-unknown", told))
    if values.area_code and area is None:
        faults.append(Finding(row.number, "area_code", "area-unknown", "No such area on that day."))
    if (values.longitude is None) != (values.latitude is None):
        told = "A point needs both longitude and latitude."
        faults.append(Finding(row.number, "longitude", "missing", told))
    if faults or officer is None:
        return faults
    return officer.id, _content(values, each.reference, area.id if area else None)


def _content(values: EngagementRow, reference: str, area_id: UUID | None) -> dict[str, Any]:
    """A row in the words of the wire, nulls and empty lists left out."""
    placed = values.longitude is not None
    said: dict[str, Any] = {
        "occurred_at": rfc3339(values.occurred_at.earliest),
        "engagement_type": values.engagement_type,
        "method": values.method,
        "minutes": values.minutes,
        "planned": values.planned,
        "published": values.published,
        "people_reached": values.people_reached,
        "reach_band": values.reach_band,
        "priority_groups": sorted(values.priority_groups),
        "minority_groups": [_group(each) for each in sorted(values.minority_groups)],
        "issues": sorted(values.issues),
        "partners": list(values.partners),
        # Whoever leads takes part anyway.
        "officers": sorted({*values.officers} - {values.collar_number}),
        "priority_reference": values.priority_reference,
        "reference": reference,
        "area_id": str(area_id) if area_id and not placed else None,
        "position": {"lat": values.latitude, "lon": values.longitude} if placed else None,
    }
    return {name: value for name, value in said.items() if value not in (None, [])}


def _group(text: str) -> dict[str, Any]:
    code, _, count = text.partition("=")
    return {"group": code, "people": int(count) if count else None, "basis": "ASSESSMENT"}


def _doubt(row: Row[EngagementRow]) -> list[Finding]:
    doubt = row.values.occurred_at.doubt
    if doubt is None:
        return []
    told = "The clocks changed that night: this time can be read in two ways, and the earlier was taken."
    return [Finding(row.number, "occurred_at", doubt, told, Severity.WARNING)]
