"""The plan of the large force: a two-hour window for every hotspot in every block of three days, and what became of it
before it began: published, cancelled, moved, given to somebody by name."""

import json
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.clock import LONDON, to_ms
from app.schedule.kinds import ScheduleState
from app.schedule.models import Schedule
from app.schedule.windows import WindowPlan, WindowState, stored, usual_end
from benchmarks.bulk import Bulk, Row
from benchmarks.large_places import Crew, Force, Spot, named

BLOCK_DAYS = 3
_SCHEDULE_DAYS = 183
REQUIRED_SECONDS = 3600
_HOURS = range(10, 23)
# Until half past midnight is busiest.
_WEIGHTS = (1, 1, 1, 1, 2, 4, 4, 3, 3, 4, 5, 5, 4)
_CANCELLED, _MOVED, _BY_NAME = 0.02, 0.01, 0.3


@dataclass(frozen=True, slots=True)
class Window:
    """A window as it stands now; `moved_to` is the one in its stead."""

    id: UUID
    spot: Spot
    crew: Crew
    starts_at: datetime
    ends_at: datetime
    state: WindowState
    officers: tuple[UUID, ...]
    schedule_id: UUID
    block_first_day: date
    moved_to: UUID | None = None

    @property
    def span(self) -> tuple[int, int]:
        return to_ms(self.starts_at), to_ms(self.ends_at)


@dataclass(frozen=True, slots=True)
class Plan:
    """All windows by London day, the one moved to before the one it came from, and what was drawn for every hotspot
    and day."""

    windows: Mapping[date, list[Window]]
    allocations: Mapping[date, list[Row]]
    schedules: list[Schedule]


def made_up_plan(seed: int, force: Force, first: date, days: int) -> Plan:
    """The windows of so many days, drawn half a year at a time."""
    crews = {crew.id: crew for crew in force.crews}
    windows: defaultdict[date, list[Window]] = defaultdict(list)
    allocations: defaultdict[date, list[Row]] = defaultdict(list)
    for number, spot in enumerate(force.spots):
        chance = random.Random(f"{seed}/plan/{spot.code}")
        for block in range(-(number % BLOCK_DAYS), days, BLOCK_DAYS):
            drawn, block_first_day = block + chance.randrange(BLOCK_DAYS), first + timedelta(days=block)
            schedule_id = _schedule_id(max(block, 0) // _SCHEDULE_DAYS)
            found: list[Window] = []
            if 0 <= drawn < days:
                found = _windows(
                    chance, spot, crews, first + timedelta(days=drawn), schedule_id, block_first_day
                )
            for window in found:
                windows[window.starts_at.astimezone(LONDON).date()].append(window)
            for day in range(max(block, 0), min(block + BLOCK_DAYS, days)):
                treated = found[-1] if found and day == drawn else None
                on = first + timedelta(days=day)
                allocations[on].append(_allocation(spot, schedule_id, block_first_day, on, treated))
    return Plan(windows, allocations, _schedules(force, first, days))


def _schedule_id(number: int) -> UUID:
    return named(f"schedule {number}")


def _schedules(force: Force, first: date, days: int) -> list[Schedule]:
    found = []
    for number, start in enumerate(range(0, days, _SCHEDULE_DAYS)):
        begins = first + timedelta(days=start)
        ends = first + timedelta(days=min(start + _SCHEDULE_DAYS, days) - 1)
        at = datetime.combine(begins - timedelta(days=21), datetime.min.time(), UTC)
        schedule_id = _schedule_id(number)
        found.append(
            Schedule(
                id=schedule_id, force_id=force.id, content_hash=schedule_id.bytes * 2, name=f"Half-year {number + 1}",
                first_day=begins, last_day=ends, state=ScheduleState.PUBLISHED, algorithm_version="made up", inputs={},
                inputs_hash=schedule_id.bytes * 2, commitment=schedule_id.bytes * 2, report={}, drawn_at=at,
                published_at=at, published_until=ends,
            )
        )  # fmt: skip
    return found


def _allocation(
    spot: Spot, schedule_id: UUID, block_first_day: date, day: date, treated: Window | None
) -> Row:
    return {
        "schedule_id": schedule_id, "hotspot_id": spot.id, "day": day, "block_first_day": block_first_day,
        "in_period": True, "eligible": True, "treated": treated is not None,
        "starts_at": treated.starts_at if treated else None, "ends_at": treated.ends_at if treated else None,
        "team_id": treated.crew.id if treated else None, "window_id": treated.id if treated else None,
    }  # fmt: skip


def _windows(
    chance: random.Random, spot: Spot, crews: Mapping[UUID, Crew], day: date, schedule_id: UUID, block_first_day: date
) -> list[Window]:  # fmt: skip
    hour = chance.choices(_HOURS, _WEIGHTS)[0]
    local = datetime(day.year, day.month, day.day, hour, 30 * chance.randrange(2), tzinfo=LONDON)
    starts_at = local.astimezone(UTC)
    team = spot.teams[0] if chance.random() < 0.8 else chance.choice(spot.teams)
    crew = crews[team]
    by_name = tuple(sorted(chance.sample(crew.officers, 2))) if chance.random() < _BY_NAME else ()

    def window(at: datetime, state: WindowState, moved_to: UUID | None = None) -> Window:
        window_id = UUID(int=chance.getrandbits(128), version=4)
        return Window(
            window_id, spot, crew, at, usual_end(at), state, by_name, schedule_id, block_first_day, moved_to
        )

    luck = chance.random()
    if luck < _CANCELLED:
        return [window(starts_at, WindowState.CANCELLED)]
    if luck < _CANCELLED + _MOVED:
        # Another time of the same day, so that both are of one day.
        other = starts_at - timedelta(hours=hour - 10) + timedelta(minutes=30 * chance.randrange(20))
        target = window(other, WindowState.PUBLISHED)
        return [target, window(starts_at, WindowState.MOVED, target.id)]
    return [window(starts_at, WindowState.PUBLISHED)]


def write_day(bulk: Bulk, force: Force, plan: Plan, day: date) -> list[Window]:
    """The rows of one day's plan: windows with every revision and everybody named, and what was drawn."""
    windows = plan.windows.get(day, [])
    for window in windows:
        made_at = window.starts_at - timedelta(days=21)
        changed = window.state is not WindowState.PUBLISHED
        bulk.add("tasking_windows", {
            "id": window.id, "force_id": force.id, "hotspot_id": window.spot.id, "team_id": window.crew.id,
            "area_id": window.spot.area_id, "starts_at": window.starts_at, "ends_at": window.ends_at,
            "required_seconds": REQUIRED_SECONDS, "state": window.state.value, "moved_to_id": window.moved_to,
            "revision": 2 if changed else 1, "created_at": made_at, "published_at": made_at,
            "schedule_id": window.schedule_id, "block_first_day": window.block_first_day,
        })  # fmt: skip
        _revision(bulk, window, 1, "made", WindowState.PUBLISHED, made_at)
        if changed:
            _revision(bulk, window, 2, window.state.value.lower(), window.state, made_at + timedelta(days=10))
        for officer_id in window.officers:
            bulk.add("window_assignments", {"window_id": window.id, "officer_id": officer_id})
    # After the windows they name: either may be written out in between.
    for row in plan.allocations.get(day, ()):
        bulk.add("schedule_allocations", row)
    return windows


def _revision(bulk: Bulk, window: Window, number: int, change: str, state: WindowState, at: datetime) -> None:
    plan = WindowPlan(
        window.spot.id, window.crew.id, window.starts_at, window.ends_at, REQUIRED_SECONDS, window.officers, state
    )  # fmt: skip
    bulk.add("window_changes", {
        "window_id": window.id, "revision": number, "change": change,
        "reason": "No crew that day." if number > 1 else None, "plan": json.dumps(stored(plan)), "changed_at": at,
    })  # fmt: skip
