"""Compliance on the wire. Nothing here is about one person."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer

from app.clock import rfc3339
from app.rest.wire import ResponseModel
from app.schedule.windows import WindowStatus

Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]


class WindowCompliance(ResponseModel):
    """One published window and what became of it. Minutes are whole and floored; those by grade are of all its patrols
    together, each instant once, within the window: `probable` is what a sergeant could accept beyond what is verified,
    `unverified` the most there may have been beyond that. `provisional`: fixes that come late may still change it.
    `check_needed`: kept, but with patrols whose flags ask somebody to look."""

    window_id: UUID
    hotspot_id: UUID
    hotspot_code: str
    hotspot_name: str
    team_id: UUID
    team_code: str
    area_id: UUID
    area_code: str
    starts_at: Time
    ends_at: Time
    status: WindowStatus
    status_label: str
    provisional: bool
    check_needed: bool
    required_minutes: int
    verified_minutes: int
    probable_minutes: int
    unverified_minutes: int
    officer_count: int
    patrol_count: int
    moved_to_id: UUID | None
    computed_at: Time | None
    window: str
    patrols: str


class StatusCount(ResponseModel):
    status: WindowStatus
    status_label: str
    windows: int


class WindowTotals(ResponseModel):
    """What all windows asked for add up to, not only this page's. Minutes are the floor of the sum.

    The denominator is every published window, cancelled and moved ones included. `kept` is by evidence alone;
    `kept_by_decision` is what supervisors accepted, or adjusted to the time asked for, and is not in `kept`.
    """

    denominator: int
    kept: int
    kept_by_decision: int
    decided: int
    provisional: int
    check_needed: int
    by_status: list[StatusCount]
    in_words: str
    required_minutes: int
    verified_minutes: int
    probable_minutes: int
    unverified_minutes: int


class WindowCompliancePage(ResponseModel):
    """Windows by start. `rule_versions` are the rules by which the patrols of this page's windows were judged."""

    from_at: Time
    to_at: Time
    windows: list[WindowCompliance]
    totals: WindowTotals
    rule_versions: list[str]
    generated_at: Time
    next_cursor: str | None
