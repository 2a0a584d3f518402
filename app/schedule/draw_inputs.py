"""What a schedule is drawn from, its one spelling, and the commitment that binds it to the seed. Pure.

The spelling is JSON with sorted keys, no blanks, whole numbers and text only, in UTF-8: the same bytes on every
machine. The inputs' hash is SHA-256 over them, and

    commitment = SHA-256(seed, 32 bytes ‖ inputs' hash, 32 bytes)

told at the draw. Whoever is later given seed and inputs can check both with any tool that knows SHA-256. The inputs'
hash alone is kept back until then: inputs can be guessed, and 256 secret bits cannot.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from app.schedule.slots import HALF_HOUR_MINUTES, HOURS_A_WEEK, PEAK, ClockSpan

ALGORITHM = "beatcheck-draw-2"
SEED_BYTES = 32
BLOCK_DAYS = 3
# How a block that an earlier schedule began is handed on: its window was in it, or is still to come on any day.
DONE, OPEN = "done", "open"
_WEIGHT_PARTS = 1_000_000


class InputsNotValid(ValueError):
    """The inputs are not in the form that `DrawInputs.spelled` gives."""


@dataclass(frozen=True, slots=True)
class HotspotInputs:
    """A hotspot of a draw. `weights` are 168 parts of a million by hour of week; `teams` in order, home first.

    `phase` (0 to 2) says where its blocks begin, None lets the seed say; `history` is what an earlier schedule made of
    the block that the first day lies in: DONE, OPEN, the day it drew beyond its end, or None when there was none.
    `until` is the first day no longer in force.
    """

    id: str
    area: str
    teams: tuple[str, ...]
    weights: tuple[int, ...]
    hours: tuple[ClockSpan, ...]
    blackouts: frozenset[date]
    valid_from: date
    until: date | None
    phase: int | None
    history: date | str | None

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A window that stands already: it takes its team's time (minutes since 1970) and a place in its area's day."""

    team: str
    area: str
    day: date
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class DrawInputs:
    """Everything a plan follows from, besides the seed. `capacity` is windows a day by area; none: no limit."""

    first_day: date
    last_day: date
    window_minutes: int
    alignment: int | str
    handovers: tuple[ClockSpan, ...]
    blackouts: frozenset[date]
    excuse_blackouts: bool
    travel_minutes: int
    capacity: Mapping[str, int]
    capacity_on: Mapping[str, Mapping[date, int]]
    standing: tuple[Commitment, ...]
    hotspots: tuple[HotspotInputs, ...]

    def room(self, area: str, day: date) -> int | None:
        """How many windows an area can take on a day."""
        on_day = self.capacity_on.get(area, {}).get(day)
        return on_day if on_day is not None else self.capacity.get(area)

    @property
    def length(self) -> int:
        """A window's length in half-hours."""
        return self.window_minutes // HALF_HOUR_MINUTES

    def spelled(self) -> dict[str, Any]:
        """The inputs as JSON values, the same whatever order they were collected in."""
        return {
            "algorithm": ALGORITHM,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "window_minutes": self.window_minutes,
            "alignment": self.alignment,
            "handovers": _spans(self.handovers),
            "blackouts": _days(self.blackouts),
            "excuse_blackouts": self.excuse_blackouts,
            "travel_minutes": self.travel_minutes,
            "capacity": dict(self.capacity),
            "capacity_on": {
                area: {day.isoformat(): windows for day, windows in days.items()}
                for area, days in self.capacity_on.items()
            },
            "standing": sorted(
                [one.team, one.area, one.day.isoformat(), one.from_minute, one.to_minute]
                for one in self.standing
            ),
            "hotspots": [_spelled_hotspot(one) for one in sorted(self.hotspots, key=lambda one: one.id)],
        }


def _spelled_hotspot(one: HotspotInputs) -> dict[str, Any]:
    return {
        "id": one.id,
        "area": one.area,
        "teams": list(one.teams),
        "weights": list(one.weights),
        "hours": _spans(one.hours),
        "blackouts": _days(one.blackouts),
        "valid_from": one.valid_from.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "phase": one.phase,
        "history": one.history.isoformat() if isinstance(one.history, date) else one.history,
    }


def _days(days: frozenset[date]) -> list[str]:
    return sorted(day.isoformat() for day in days)


def _spans(spans: tuple[ClockSpan, ...]) -> list[list[int]]:
    return sorted([span.from_minute, span.to_minute] for span in spans)


def read_inputs(spelled: Mapping[str, Any]) -> DrawInputs:
    """The inputs of their spelling; InputsNotValid for anything else, another algorithm's included."""
    try:
        if spelled["algorithm"] != ALGORITHM:
            raise InputsNotValid(f"drawn by {spelled['algorithm']}, this is {ALGORITHM}")
        found = DrawInputs(
            first_day=date.fromisoformat(spelled["first_day"]),
            last_day=date.fromisoformat(spelled["last_day"]),
            window_minutes=spelled["window_minutes"],
            alignment=spelled["alignment"],
            handovers=_read_spans(spelled["handovers"]),
            blackouts=_read_days(spelled["blackouts"]),
            excuse_blackouts=spelled["excuse_blackouts"],
            travel_minutes=spelled["travel_minutes"],
            capacity=spelled["capacity"],
            capacity_on={
                area: {date.fromisoformat(day): windows for day, windows in days.items()}
                for area, days in spelled["capacity_on"].items()
            },
            standing=tuple(
                Commitment(team, area, date.fromisoformat(day), start, end)
                for team, area, day, start, end in spelled["standing"]
            ),
            hotspots=tuple(_read_hotspot(one) for one in spelled["hotspots"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as fault:
        raise InputsNotValid(f"not the inputs of a schedule: {fault}") from None
    faults = [one.id for one in found.hotspots if len(one.weights) != HOURS_A_WEEK]
    if faults or found.window_minutes % HALF_HOUR_MINUTES or found.window_minutes <= 0:
        raise InputsNotValid("weights are 168, windows whole half-hours")
    if isinstance(found.alignment, str) and found.alignment != PEAK:
        raise InputsNotValid("alignment is a number of tenths or peak")
    return found


def _read_hotspot(one: Mapping[str, Any]) -> HotspotInputs:
    history = one["history"]
    return HotspotInputs(
        id=one["id"],
        area=one["area"],
        teams=tuple(one["teams"]),
        weights=tuple(one["weights"]),
        hours=_read_spans(one["hours"]),
        blackouts=_read_days(one["blackouts"]),
        valid_from=date.fromisoformat(one["valid_from"]),
        until=date.fromisoformat(one["until"]) if one["until"] is not None else None,
        phase=one["phase"],
        history=history if history in (None, DONE, OPEN) else date.fromisoformat(history),
    )


def _read_days(days: list[str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in days)


def _read_spans(spans: list[list[int]]) -> tuple[ClockSpan, ...]:
    return tuple(ClockSpan(start, end) for start, end in spans)


def in_millionths(weights: "tuple[float, ...] | list[float]") -> tuple[int, ...]:
    """Weights by hour of week as whole parts of a million: half is 500,000. Rounded once, before anything is drawn."""
    total = sum(weights)
    if total <= 0:
        return (round(_WEIGHT_PARTS / HOURS_A_WEEK),) * HOURS_A_WEEK
    return tuple(round(weight / total * _WEIGHT_PARTS) for weight in weights)


def canonical(spelled: Mapping[str, Any]) -> bytes:
    """The one spelling as bytes: `{"a":1,"b":[2]}`."""
    return json.dumps(spelled, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def inputs_hash(spelled: Mapping[str, Any]) -> bytes:
    """SHA-256 over the one spelling."""
    return sha256(canonical(spelled)).digest()


def commitment(seed: bytes, hash_of_inputs: bytes) -> bytes:
    """SHA-256 over the seed's 32 bytes followed by the 32 bytes of the inputs' hash."""
    return sha256(seed + hash_of_inputs).digest()
