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
from app.schedule.windows import WindowPlan, WindowState, stored, usual_end
from benchmarks.bulk import Bulk
from benchmarks.large_places import Crew, Force, Spot

BLOCK_DAYS = 3
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
    moved_to: UUID | None = None

    @property
    def span(self) -> tuple[int, int]:
        return to_ms(self.starts_at), to_ms(self.ends_at)


def made_up_plan(seed: int, force: Force, first: date, days: int) -> Mapping[date, list[Window]]:
    """The windows of so many days by London day, the one moved to before the one it came from."""
    crews = {crew.id: crew for crew in force.crews}
    found: defaultdict[date, list[Window]] = defaultdict(list)
    for number, spot in enumerate(force.spots):
        chance = random.Random(f"{seed}/plan/{spot.code}")
        for block in range(-(number % BLOCK_DAYS), days, BLOCK_DAYS):
            day = block + chance.randrange(BLOCK_DAYS)
            if 0 <= day < days:
                for window in _windows(chance, spot, crews, first + timedelta(days=day)):
                    found[window.starts_at.astimezone(LONDON).date()].append(window)
    return found


def _windows(chance: random.Random, spot: Spot, crews: Mapping[UUID, Crew], day: date) -> list[Window]:
    hour = chance.choices(_HOURS, _WEIGHTS)[0]
    local = datetime(day.year, day.month, day.day, hour, 30 * chance.randrange(2), tzinfo=LONDON)
    starts_at = local.astimezone(UTC)
    team = spot.teams[0] if chance.random() < 0.8 else chance.choice(spot.teams)
    crew = crews[team]
    by_name = tuple(sorted(chance.sample(crew.officers, 2))) if chance.random() < _BY_NAME else ()
    luck = chance.random()
    if luck < _CANCELLED:
        return [_window(chance, spot, crew, starts_at, WindowState.CANCELLED, by_name)]
    if luck < _CANCELLED + _MOVED:
        # Later the same day, so that both are of one day.
        later = starts_at - timedelta(hours=hour - 10) + timedelta(minutes=30 * chance.randrange(20))
        target = _window(chance, spot, crew, later, WindowState.PUBLISHED, by_name)
        return [target, _window(chance, spot, crew, starts_at, WindowState.MOVED, by_name, target.id)]
    return [_window(chance, spot, crew, starts_at, WindowState.PUBLISHED, by_name)]


def _window(
    chance: random.Random, spot: Spot, crew: Crew, starts_at: datetime, state: WindowState,
    officers: tuple[UUID, ...], moved_to: UUID | None = None,
) -> Window:  # fmt: skip
    window_id = UUID(int=chance.getrandbits(128), version=4)
    return Window(window_id, spot, crew, starts_at, usual_end(starts_at), state, officers, moved_to)


def write_windows(bulk: Bulk, force: Force, windows: list[Window]) -> None:
    """The rows of some windows with every revision and everybody named."""
    for window in windows:
        made_at = window.starts_at - timedelta(days=21)
        changed = window.state is not WindowState.PUBLISHED
        bulk.add("tasking_windows", {
            "id": window.id, "force_id": force.id, "hotspot_id": window.spot.id, "team_id": window.crew.id,
            "area_id": window.spot.area_id, "starts_at": window.starts_at, "ends_at": window.ends_at,
            "required_seconds": REQUIRED_SECONDS, "state": window.state.value, "moved_to_id": window.moved_to,
            "revision": 2 if changed else 1, "created_at": made_at, "published_at": made_at,
        })  # fmt: skip
        _revision(bulk, window, 1, "made", WindowState.PUBLISHED, made_at)
        if changed:
            _revision(bulk, window, 2, window.state.value.lower(), window.state, made_at + timedelta(days=10))
        for officer_id in window.officers:
            bulk.add("window_assignments", {"window_id": window.id, "officer_id": officer_id})


def _revision(bulk: Bulk, window: Window, number: int, change: str, state: WindowState, at: datetime) -> None:
    plan = WindowPlan(
        window.spot.id, window.crew.id, window.starts_at, window.ends_at, REQUIRED_SECONDS, window.officers, state
    )  # fmt: skip
    bulk.add("window_changes", {
        "window_id": window.id, "revision": number, "change": change,
        "reason": "No crew that day." if number > 1 else None, "plan": json.dumps(stored(plan)), "changed_at": at,
    })  # fmt: skip
