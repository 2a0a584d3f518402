"""Decides what a file of tasking windows changes: new windows, windows re-rostered, and what it may not change.

A file follows the same rules as a planner's hand: a published window keeps its place and time, and nothing is changed
once it has begun. A window that has been changed, moved or called off since the file was written is left as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.clock import EARLIEST, LATEST, in_force, london_day
from app.imports.findings import ChangeAction, Finding, PlannedChange, Severity
from app.imports.rows import PlaceCode, Row, RowModel, Several, Text16
from app.schedule.windows import (
    USUAL_REQUIRED_MINUTES,
    WindowPlan,
    WindowState,
    changeable,
    edit_faults,
    plan_faults,
    usual_end,
)

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError("must be a time with an offset, such as 2026-11-20T17:00:00Z")
    if not EARLIEST <= at < LATEST:
        raise ValueError("must lie between the years 2000 and 2100")
    return at.astimezone(UTC)


def _uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be a UUID with hyphens")
    return value


ImportedInstant = Annotated[datetime, BeforeValidator(_instant)]


class WindowRow(RowModel):
    """A row of the file. Without a state the window is published; without names it is the whole team's."""

    id: Annotated[UUID, BeforeValidator(_uuid)]
    hotspot_code: PlaceCode
    team_code: PlaceCode
    starts_at: ImportedInstant
    ends_at: ImportedInstant | None = None
    required_minutes: Annotated[int, Field(ge=1, le=1440)] = USUAL_REQUIRED_MINUTES
    collar_numbers: Annotated[tuple[Text16, ...], Field(max_length=50), Several] = ()
    state: WindowState = WindowState.PUBLISHED


_BEGUN = "Has begun before it is published: it counts, and every answer says so."


@dataclass(frozen=True, slots=True)
class HeldDates:
    """Something with a code, from a day until another; `area_id` is a hotspot's."""

    id: UUID
    valid_from: date
    valid_to: date | None
    area_id: UUID | None = None


Coded = Mapping[str, Sequence[HeldDates]]


@dataclass(frozen=True, slots=True)
class Force:
    """What a file's codes may mean in a force; a code may stand for another row on another day."""

    hotspots: Coded
    teams: Coded
    officers: Coded


@dataclass(frozen=True, slots=True)
class HeldWindow:
    """A window as stored: the plan it was made with, the plan as it stands, and whether it is the force's own."""

    first: WindowPlan
    plan: WindowPlan
    own: bool


@dataclass(frozen=True, slots=True)
class WindowChanged:
    """A window to make (`new`) or to change, with its plan and the area of its hotspot."""

    window_id: UUID
    plan: WindowPlan
    area_id: UUID
    new: bool
    planned: PlannedChange


@dataclass(frozen=True, slots=True)
class WindowsPlanned:
    changes: tuple[WindowChanged, ...]
    findings: tuple[Finding, ...]
    unchanged: int


def plan_windows(
    rows: Sequence[Row[WindowRow]], force: Force, held: Mapping[UUID, HeldWindow], now: datetime
) -> WindowsPlanned:
    """What a file of windows changes. `held` are the stored windows with the file's ids, by id.

    A row that says what the window was made with, or what it is now, changes nothing.
    """
    changes: list[WindowChanged] = []
    findings: list[Finding] = []
    unchanged = 0
    for row in rows:
        resolved = _resolve(row, force)
        if isinstance(resolved, list):
            findings += resolved
            continue
        plan, area_id = resolved
        window = held.get(row.values.id)
        if window is not None and window.own and plan in (window.first, window.plan):
            unchanged += 1
            if plan != window.plan:
                detail = "Has been changed since; it was left as it is."
                findings.append(Finding(row.number, "id", "changed-since", detail, Severity.WARNING))
            continue
        faults = _faults(row.number, plan, window, now)
        findings += faults
        if not faults:
            changes.append(_change(row, plan, area_id, window))
            if plan.state is WindowState.PUBLISHED and plan.starts_at < now and not _published(window):
                findings.append(Finding(row.number, "starts_at", "begun", _BEGUN, Severity.WARNING))
    return WindowsPlanned(tuple(changes), tuple(findings), unchanged)


def _published(window: HeldWindow | None) -> bool:
    return window is not None and window.plan.state is WindowState.PUBLISHED


def _resolve(row: Row[WindowRow], force: Force) -> tuple[WindowPlan, UUID] | list[Finding]:
    """The row's plan and its hotspot's area, or which of its codes stand for nothing on the window's day."""
    values = row.values
    day = london_day(values.starts_at)
    hotspot = held_on(force.hotspots, values.hotspot_code, day)
    team = held_on(force.teams, values.team_code, day)
    officers = [held_on(force.officers, collar, day) for collar in values.collar_numbers]
    known = [officer.id for officer in officers if officer is not None]
    if hotspot is None or hotspot.area_id is None or team is None or len(known) != len(officers):
        unknown = {
            ("hotspot_code", "hotspot-unknown", "No such hotspot on that day."): hotspot is None,
            ("team_code", "team-unknown", "No such team on that day."): team is None,
            ("collar_numbers", "officer-unknown", "Somebody does not serve here on that day."): (
                len(known) != len(officers)
            ),
        }
        return [Finding(row.number, *told) for told, holds in unknown.items() if holds]
    plan = WindowPlan(
        hotspot_id=hotspot.id,
        team_id=team.id,
        starts_at=values.starts_at,
        ends_at=values.ends_at or usual_end(values.starts_at),
        required_seconds=values.required_minutes * 60,
        officer_ids=tuple(sorted(known)),
        state=values.state,
    )
    return plan, hotspot.area_id


def held_on(coded: Coded, code: str | None, day: date) -> HeldDates | None:
    """What a code stands for on a day; None for no code, and where nothing held it then."""
    if code is None:
        return None
    return next((one for one in coded.get(code, ()) if in_force(one.valid_from, one.valid_to, day)), None)


def _faults(number: int, plan: WindowPlan, window: HeldWindow | None, now: datetime) -> list[Finding]:
    found = plan_faults(plan)
    if window is not None and not window.own:
        return [Finding(number, "id", "id-taken", "Make a new id for this window.")]
    if window is not None:
        found = found + edit_faults(window.plan, plan)
        open_states = (WindowState.PLANNED, WindowState.PUBLISHED)
        why = changeable(window.plan.state, window.plan.starts_at, now, open_states)
        if why is not None:
            return [Finding(number, "id", "window-fixed", why)]
    return [
        Finding(number, fault.field, fault.code, fault.detail[:1].upper() + fault.detail[1:] + ".")
        for fault in found
    ]


def _change(row: Row[WindowRow], plan: WindowPlan, area_id: UUID, window: HeldWindow | None) -> WindowChanged:
    fields: tuple[str, ...] = ()
    if window is not None:
        names = (
            "hotspot_id",
            "team_id",
            "starts_at",
            "ends_at",
            "required_seconds",
            "officer_ids",
            "state",
        )
        fields = tuple(name for name in names if getattr(plan, name) != getattr(window.plan, name))
    action = ChangeAction.NEW if window is None else ChangeAction.CHANGED
    planned = PlannedChange(action, str(row.values.id), row.number, fields)
    return WindowChanged(row.values.id, plan, area_id, window is None, planned)
