"""What is different between two plans, window by window, and why. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

# Hotspot and block; of a window that no schedule drew, its start and team.
Key = tuple[str, date | tuple[datetime, str]]


@dataclass(frozen=True, slots=True)
class PlanSpot:
    """Where and when a window is; `block` is None for one that no schedule drew."""

    hotspot_id: str
    block: date | None
    starts_at: datetime
    team: str


@dataclass(frozen=True, slots=True)
class Side:
    """One plan: its windows, the hotspots' inputs, and which constraint displaced what. No inputs: as published."""

    windows: Sequence[PlanSpot]
    hotspots: Mapping[str, object] | None
    displaced: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """`change` is added, removed or moved."""

    hotspot_id: str
    change: str
    why: str
    before: PlanSpot | None
    after: PlanSpot | None


def differences(before: Side, after: Side, same_seed: bool) -> tuple[int, list[Difference]]:
    """How many windows are the same, and every one that is not, by hotspot and time.

    What is in one block on both sides has moved; everything else came or went.
    """
    same = {_spot(one) for one in before.windows} & {_spot(one) for one in after.windows}
    left = {_key(one): one for one in before.windows if _spot(one) not in same}
    right = {_key(one): one for one in after.windows if _spot(one) not in same}
    found = []
    for key in left.keys() | right.keys():
        was, now = left.get(key), right.get(key)
        change = "moved" if was and now else "added" if now else "removed"
        found.append(Difference(key[0], change, _why(key, before, after, same_seed), was, now))
    return len(same), sorted(found, key=_order)


def _spot(one: PlanSpot) -> tuple[str, datetime, str]:
    return (one.hotspot_id, one.starts_at, one.team)


def _key(one: PlanSpot) -> Key:
    return (one.hotspot_id, one.block or (one.starts_at, one.team))


def _order(one: Difference) -> tuple[str, datetime, str]:
    spot = one.after or one.before
    if spot is None:
        raise ValueError("a difference has at least one side")
    return (one.hotspot_id, spot.starts_at, spot.team)


def _why(key: Key, before: Side, after: Side, same_seed: bool) -> str:
    if before.hotspots is None:
        return "published"
    if not same_seed:
        return "seed"
    if after.hotspots is not None and before.hotspots.get(key[0]) != after.hotspots.get(key[0]):
        return "inputs"
    return after.displaced.get(key) or before.displaced.get(key) or "rules"


def spots(rows: Iterable[tuple[str, date | None, datetime | None, str | None]]) -> list[PlanSpot]:
    """Windows of rows; days that have no start are none."""
    return [
        PlanSpot(one, block, at, team) for one, block, at, team in rows if at is not None and team is not None
    ]
