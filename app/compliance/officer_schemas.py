"""Compliance officer by officer on the wire."""

from datetime import date
from uuid import UUID

from app.compliance.schemas import OfficerMinutes
from app.identity.permissions import OfficerKind
from app.rest.wire import ResponseModel, Time


class OfficerCompliance(ResponseModel):
    """What somebody was tasked with and where their time went. `windows_tasked` are published windows that have begun
    and that named them; `windows_attended` those they were on a patrol for, as lead or declared, whatever came of it.
    `patrols` are those they were on. `officer_minutes` are theirs in any hotspot, overlaps once."""

    officer_id: UUID
    collar_number: str
    kind: OfficerKind
    kind_label: str
    windows_tasked: int
    windows_attended: int
    patrols: int
    officer_minutes: OfficerMinutes


class OfficerCompliancePage(ResponseModel):
    """Officers by collar number, never by what they achieved. Minutes are of the London days from `hours_from` to
    `hours_to`, both included."""

    from_at: Time
    to_at: Time
    hours_from: date
    hours_to: date
    items: list[OfficerCompliance]
    notes: list[str]
    generated_at: Time
    next_cursor: str | None
