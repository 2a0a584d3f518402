"""What a draw comes to: the windows, the days handed on, what was displaced; or what is short. Pure values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Displaced:
    """Which constraint gave a window something else than its first choice, and what that had been.

    `blackout` and `hours` are the hotspot's own; `capacity` is its area's day; `team` is a team's time.
    """

    constraint: str
    wished_day: date
    wished_start_ms: int | None
    wished_team: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A window: `covered` is the weight of its half-hours, in millionths of a week, each half-hour counted whole."""

    hotspot_id: str
    block: date
    day: date
    starts_at_ms: int
    ends_at_ms: int
    team: str
    covered: int
    displaced: Displaced | None


@dataclass(frozen=True, slots=True)
class Outside:
    """The day of a block that reaches beyond the period, drawn outside it: before it there is nothing to do any more,
    after it the next schedule honours the day."""

    hotspot_id: str
    block: date
    day: date


@dataclass(frozen=True, slots=True)
class Proof:
    """Why there can be no plan: `due` windows of these areas must lie in these days, whatever is moved, and at most
    `most` of them can. `teams` are those who may go; none where the areas' own limit is what is short."""

    areas: tuple[str, ...]
    teams: tuple[str, ...]
    first_day: date
    last_day: date
    due: int
    most: int


@dataclass(frozen=True, slots=True)
class Short:
    """A block that is not met, by which constraint, and how many windows are short where they compete.

    `blackout`: no day left; `hours`: no start left; `teams`: nobody may be sent; `capacity`: the area's days are full;
    `team`: no team has time. The first three are the hotspot's own and need no proof. `team` without one: no place was
    found, and the search was given up or others are short already.
    """

    hotspot_id: str
    block: date
    constraint: str
    short: int
    proof: Proof | None = None

    @property
    def certain(self) -> bool:
        """Whether there is no plan because of this block, for certain."""
        return self.proof is not None or self.constraint in ("blackout", "hours", "teams")


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why there is no plan: every block that is not met. Nothing is dropped to make one."""

    blocks: tuple[Short, ...]

    @property
    def certain(self) -> bool:
        """Whether it is proven that there is no plan; else only none was found."""
        return any(one.certain for one in self.blocks)


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows in order of time; `excused` are blocks without a free day where the inputs excuse that; phases by
    hotspot, for the next schedule."""

    windows: tuple[Planned, ...]
    outside: tuple[Outside, ...]
    excused: tuple[tuple[str, date], ...]
    phases: dict[str, int]

    def displaced(self) -> Iterator[Planned]:
        return (window for window in self.windows if window.displaced is not None)
