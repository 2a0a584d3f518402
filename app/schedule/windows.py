"""What a tasking window is in plain terms, who may know of it when, and what may still be changed. Pure.

A published window is a promise that was made: cancelled and moved ones keep their row, with a reason, and stay in the
denominator as their own bar, the window moved to beside the one it came from. So a published window is never quietly
edited into another place or time, and nothing is changed once its time has come: what went wrong then is a reason,
given in a review.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.areas.kinds import HotspotKind


class WindowState(StrEnum):
    """PLANNED is for planners only; PUBLISHED counts; CANCELLED and MOVED stay in the denominator as their own bar."""

    PLANNED = "PLANNED"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"
    MOVED = "MOVED"


class WindowStatus(StrEnum):
    """What has become of a window, for whoever reads a list of them."""

    PLANNED = "planned"
    PUBLISHED = "published"
    IN_PROGRESS = "in_progress"
    COMPLIANT = "compliant"
    REVIEW = "review"
    PARTIAL = "partial"
    NOT_ATTENDED = "not_attended"
    UNVERIFIED = "unverified"
    ACCEPTED = "accepted"
    ADJUSTED = "adjusted"
    REASON_ACCEPTED = "reason_accepted"
    CANCELLED = "cancelled"
    MOVED = "moved"


class Phase(StrEnum):
    """Where now lies: before a window begins, in it, or past its end."""

    AHEAD = "ahead"
    RUNNING = "running"
    OVER = "over"


USUAL_LENGTH = timedelta(hours=2)
LONGEST = timedelta(hours=24)
USUAL_REQUIRED_MINUTES = 60
# A crew may still look up and explain a window of the shift that has just ended.
SHOWN_AFTER_END = timedelta(hours=8)
# Fixes come late for want of signal; a day after its end a window's result is taken as settled.
LATE_DATA_GRACE = timedelta(hours=24)

# What a supervisor makes of a result: each its own bar, beside what the evidence keeps.
REVIEWED = frozenset({WindowStatus.ACCEPTED, WindowStatus.ADJUSTED, WindowStatus.REASON_ACCEPTED})
DECIDED_BY_PEOPLE = REVIEWED | {WindowStatus.CANCELLED, WindowStatus.MOVED}
_SETTLED_EARLY = REVIEWED | {WindowStatus.COMPLIANT}
_WITHOUT_RESULT = {
    WindowState.PLANNED: WindowStatus.PLANNED,
    WindowState.CANCELLED: WindowStatus.CANCELLED,
    WindowState.MOVED: WindowStatus.MOVED,
}


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """What was planned, as a whole: the values a revision holds."""

    hotspot_id: UUID
    team_id: UUID
    starts_at: datetime
    ends_at: datetime
    required_seconds: int
    officer_ids: tuple[UUID, ...]
    state: WindowState


@dataclass(frozen=True, slots=True)
class WindowFilter:
    """Which windows are asked for; None leaves a filter out. `from_at` to `to_at` is half open, by start; `area_id` is
    an area and all below it."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    hotspot_id: UUID | None = None
    area_id: UUID | None = None
    state: WindowState | None = None
    hotspot_kind: HotspotKind | None = None


def stored(plan: WindowPlan) -> dict[str, object]:
    """A plan as a revision keeps it: JSON values, instants in UTC to the microsecond."""
    return {
        "hotspot_id": str(plan.hotspot_id),
        "team_id": str(plan.team_id),
        "starts_at": plan.starts_at.astimezone(UTC).isoformat(),
        "ends_at": plan.ends_at.astimezone(UTC).isoformat(),
        "required_seconds": plan.required_seconds,
        "officer_ids": [str(officer_id) for officer_id in plan.officer_ids],
        "state": plan.state.value,
    }


def restored(kept: Mapping[str, Any]) -> WindowPlan:
    """The plan that `stored` kept. Raises ValueError or KeyError for anything else."""
    return WindowPlan(
        hotspot_id=UUID(kept["hotspot_id"]),
        team_id=UUID(kept["team_id"]),
        starts_at=datetime.fromisoformat(kept["starts_at"]),
        ends_at=datetime.fromisoformat(kept["ends_at"]),
        required_seconds=int(kept["required_seconds"]),
        officer_ids=tuple(UUID(officer_id) for officer_id in kept["officer_ids"]),
        state=WindowState(kept["state"]),
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a plan: the field, a code and plain words."""

    field: str
    code: str
    detail: str


def usual_end(starts_at: datetime) -> datetime:
    """Two real hours later, whatever the clocks do, in UTC.

    A window from 00:30 on 29 March 2026 (clocks go forward) ends at 03:30 on London's clocks, one from 00:30 on
    25 October 2026 (clocks go back) at 01:30 the second time round.
    """
    return starts_at.astimezone(UTC) + USUAL_LENGTH


def phase(starts_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    """Half open: at 19:00 a window from 19:00 to 21:00 is running, at 21:00 it is over."""
    if now < starts_at:
        return Phase.AHEAD
    return Phase.RUNNING if now < ends_at else Phase.OVER


def status_of(state: WindowState, result: str | None, at: Phase, someone_on_patrol: bool) -> WindowStatus:
    """The status of a window from its state, its stored result if any, the time, and whether a patrol for it is open.

    Until its end a window cannot have failed: a result short of the required time is `in_progress` until then.

    >>> status_of(WindowState.PUBLISHED, None, Phase.AHEAD, False).value
    'published'
    >>> status_of(WindowState.PUBLISHED, None, Phase.RUNNING, True).value
    'in_progress'
    >>> status_of(WindowState.PUBLISHED, None, Phase.OVER, False).value
    'not_attended'
    >>> status_of(WindowState.PUBLISHED, "partial", Phase.RUNNING, False).value
    'in_progress'
    >>> status_of(WindowState.PUBLISHED, "partial", Phase.OVER, False).value
    'partial'
    >>> status_of(WindowState.PUBLISHED, "accepted", Phase.RUNNING, True).value
    'accepted'
    >>> status_of(WindowState.CANCELLED, "compliant", Phase.OVER, False).value
    'cancelled'
    """
    if state is not WindowState.PUBLISHED:
        return _WITHOUT_RESULT[state]
    found = WindowStatus(result) if result is not None else None
    if found in _SETTLED_EARLY:
        return found
    if someone_on_patrol:
        return WindowStatus.IN_PROGRESS
    if at is Phase.OVER:
        return found or WindowStatus.NOT_ATTENDED
    return WindowStatus.PUBLISHED if found is None else WindowStatus.IN_PROGRESS


def provisional(status: WindowStatus, ends_at: datetime, now: datetime) -> bool:
    """Whether late fixes may still change the status: until a day after the window's end, or while it is in progress.

    What people decided (cancelled, moved, accepted, adjusted, a reason accepted) is final when it is decided.
    """
    return may_change(status, late_fixes=ends_at > now - LATE_DATA_GRACE)


def may_change(status: WindowStatus, *, late_fixes: bool) -> bool:
    """As `provisional`, of a window for which late fixes may still come or not."""
    if status in DECIDED_BY_PEOPLE:
        return False
    return late_fixes or status is WindowStatus.IN_PROGRESS


def disclosed_span(now: datetime, disclosure_hours: int) -> tuple[datetime, datetime]:
    """Which windows a crew may know of: those that end after the first instant and start at or before the second.

    At 12:00 with twelve hours: windows that ended after 04:00, and those that start until midnight.
    """
    return now - SHOWN_AFTER_END, now + timedelta(hours=disclosure_hours)


def plan_faults(plan: WindowPlan) -> list[Fault]:
    """What makes a plan impossible, however it reached us; empty when nothing does.

    Sixty minutes in a window of forty cannot be kept; a window of two days is a slip of the pen.
    """
    length = plan.ends_at - plan.starts_at
    if length <= timedelta(0):
        return [Fault("ends_at", "not-after-start", "must be later than starts_at")]
    if length > LONGEST:
        return [Fault("ends_at", "too-long", "must be within 24 hours of starts_at")]
    found = []
    if timedelta(seconds=plan.required_seconds) > length:
        found.append(
            Fault("required_minutes", "longer-than-window", "must not be more than the window's length")
        )
    if len(set(plan.officer_ids)) != len(plan.officer_ids):
        found.append(Fault("officer_ids", "twice", "must name each officer once"))
    if plan.state not in (WindowState.PLANNED, WindowState.PUBLISHED):
        found.append(Fault("state", "not-by-edit", "is reached by cancel and move only"))
    return found


def edit_faults(before: WindowPlan, after: WindowPlan) -> list[Fault]:
    """What an edit may not change: a published window keeps its hotspot and its time, and stays published.

    Another team, other officers or another required time are re-rostering, and allowed until the window begins.
    """
    if before.state is not WindowState.PUBLISHED:
        return []
    moved = [
        Fault(
            name, "move-instead", "of a published window is changed by moving it, so that both stay counted"
        )
        for name in ("starts_at", "ends_at")
        if getattr(before, name) != getattr(after, name)
    ]
    if before.hotspot_id != after.hotspot_id:
        moved.append(
            Fault("hotspot_id", "cancel-instead", "of a published window stays: cancel it and make another")
        )
    if after.state is not WindowState.PUBLISHED:
        moved.append(Fault("state", "published", "cannot be taken back: cancel the window"))
    return moved


def changeable(
    state: WindowState, starts_at: datetime, now: datetime, allowed: Sequence[WindowState]
) -> str | None:
    """Why a window may not be changed any more, in plain words; None when it may.

    A plan that nobody has seen may be changed at any time; a published window until it begins.
    """
    if state not in allowed:
        return f"The window is {state.value.lower()}."
    if state is WindowState.PUBLISHED and now >= starts_at:
        return "The window has begun: what happened in it is now told by its result and the reasons given for it."
    return None


def move_faults(plan: WindowPlan, now: datetime) -> list[Fault]:
    """What makes a move impossible: besides an impossible plan, a time that has come already.

    A window moved to when the crew happened to be there would be kept by definition.
    """
    found = plan_faults(plan)
    if plan.starts_at <= now:
        found.append(Fault("starts_at", "not-ahead", "must be later than now"))
    return found
