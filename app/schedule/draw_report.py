"""What a plan is worth: weight covered, blocks met, load, what was displaced, how well it could be foretold. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from app.clock import from_ms, rfc3339
from app.schedule.draw_inputs import DrawInputs
from app.schedule.hotspot_starts import HotspotStarts
from app.schedule.plan import Plan, Planned
from app.schedule.randomisation import block_days, block_of
from app.schedule.slots import PEAK, Start


@dataclass(frozen=True, slots=True)
class Covered:
    """Mean share of a week's offence weight in one window: as drawn, if starts were uniform, and at the best start of
    the day drawn. A window of two hours holds 0.0119 of a week in which nothing stands out."""

    windows: int
    drawn: float
    uniform: float
    best: float


@dataclass(frozen=True, slots=True)
class AllocatedDay:
    """One hotspot and day of a plan; `window` when a patrol was drawn for it."""

    hotspot_id: str
    day: date
    block: date
    in_period: bool
    eligible: bool
    treated: bool
    window: Planned | None = None


def allocations(inputs: DrawInputs, plan: Plan) -> Iterator[AllocatedDay]:
    """Every hotspot and day in force, days without patrol included; then the days drawn outside the period."""
    planned = {(window.hotspot_id, window.day): window for window in plan.windows}
    for one in sorted(inputs.hotspots, key=lambda one: one.id):
        starts = HotspotStarts(inputs, one)
        phase = plan.phases[one.id]
        for day in _days(inputs):
            if one.in_force(day):
                block = block_of(day, phase)
                window = planned.get((one.id, day))
                yield AllocatedDay(one.id, day, block, True, starts.free(day), window is not None, window)
    for drawn in plan.outside:
        yield AllocatedDay(drawn.hotspot_id, drawn.day, drawn.block, False, True, True)


def _days(inputs: DrawInputs) -> list[date]:
    count = (inputs.last_day - inputs.first_day).days + 1
    return [inputs.first_day + timedelta(days=day) for day in range(count)]


def report(inputs: DrawInputs, plan: Plan) -> dict[str, Any]:
    """The report as JSON values; ids for names, instants in UTC."""
    starts = {one.id: HotspotStarts(inputs, one) for one in inputs.hotspots}
    areas = {one.id: one.area for one in inputs.hotspots}
    days = _days(inputs)
    patrolled = len(plan.windows)
    in_force = sum(one.in_force(day) for one in inputs.hotspots for day in days)
    windows_of: dict[str, list[Planned]] = {one: [] for one in sorted(starts)}
    for window in plan.windows:
        windows_of[window.hotspot_id].append(window)
    per_hotspot = [
        {"hotspot_id": one, **asdict(_covered(starts, windows))} for one, windows in windows_of.items()
    ]
    return {
        "covered": asdict(_covered(starts, plan.windows)),
        "hotspots": per_hotspot,
        "blocks": {
            "due": patrolled + len(plan.excused),
            "planned": patrolled,
            "excused": len(plan.excused),
            "drawn_outside": len(plan.outside),
        },
        "days": {"patrol": patrolled, "without_patrol": in_force - patrolled},
        "load": {
            "days": _load((window.day for window in plan.windows), len(days)),
            "areas": _loads(((areas[w.hotspot_id], w.day) for w in plan.windows), len(days), "area_id"),
            "teams": _loads(((w.team, w.day) for w in plan.windows), len(days), "team_id"),
        },
        "displaced": [_displaced(window) for window in plan.displaced()],
        "predictability": predictability(starts, plan),
    }


def _covered(starts: dict[str, HotspotStarts], windows: Iterable[Planned]) -> Covered:
    drawn = uniform = best = 0.0
    count = 0
    for window in windows:
        mine = starts[window.hotspot_id]
        # Weights are by hour and each half-hour covered was counted, so a week holds twice their sum.
        week = 2 * sum(mine.hotspot.weights)
        options = mine.on(window.day)
        if week:
            drawn += window.covered / week
            uniform += sum(start.covered for start in options) / len(options) / week
            best += max(start.covered for start in options) / week
        count += 1
    if not count:
        return Covered(0, 0.0, 0.0, 0.0)
    return Covered(count, round(drawn / count, 6), round(uniform / count, 6), round(best / count, 6))


def _loads(pairs: Iterable[tuple[str, date]], days: int, name: str) -> list[dict[str, Any]]:
    by_key: dict[str, list[date]] = {}
    for key, day in pairs:
        by_key.setdefault(key, []).append(day)
    return [{name: key, **_load(by_key[key], days)} for key in sorted(by_key)]


def _load(on: Iterable[date], days: int) -> dict[str, Any]:
    """Windows in all, the most on one day, and the mean over all days of the period."""
    counts = Counter(on)
    total = counts.total()
    return {
        "windows": total,
        "most_on_a_day": max(counts.values(), default=0),
        "mean_on_a_day": round(total / days, 2),
    }


def _displaced(window: Planned) -> dict[str, Any]:
    was = window.displaced
    if was is None:
        raise ValueError("only displaced windows have something to tell")
    wished = was.wished_start_ms
    return {
        "hotspot_id": window.hotspot_id,
        "block_first_day": window.block.isoformat(),
        "constraint": was.constraint,
        "wished_day": was.wished_day.isoformat(),
        "wished_starts_at": rfc3339(from_ms(wished)) if wished is not None else None,
        "wished_team_id": was.wished_team,
        "day": window.day.isoformat(),
        "starts_at": rfc3339(from_ms(window.starts_at_ms)),
        "team_id": window.team,
    }


def predictability(starts: dict[str, HotspotStarts], plan: Plan) -> dict[str, Any]:
    """How often somebody who knows everything but the seed names the day and start of a hotspot's next window.

    `one_in`: before the block begins, at the best guess. `one_in_on_last_day`: when two days of the block went by
    without a patrol, so that the third is certain and only the start is not; that is the price of one window in every
    block. What constraints displace is left out; it makes guessing harder.
    """
    chances, last_day = [], []
    for window in plan.windows:
        mine = starts[window.hotspot_id]
        free = _open_days(mine, window.block)
        likeliest = max(_likeliest(mine.on(day), mine.inputs.alignment) for day in free)
        chances.append(likeliest / len(free))
        last_day.append(likeliest)
    if not chances:
        return {"one_in": None, "one_in_on_last_day": None, "in_words": "There are no windows to foretell."}
    one_in, certain = (round(len(each) / sum(each), 1) for each in (chances, last_day))
    words = (
        "Somebody who knows everything but the seed names the day and start of a hotspot's next window "
        f"1 time in {one_in:g} at best; on the last day of a block without a patrol so far, 1 time in {certain:g}."
    )
    return {"one_in": one_in, "one_in_on_last_day": certain, "in_words": words}


def _open_days(mine: HotspotStarts, block: date) -> list[date]:
    """The days a block's window could be drawn on, as far as the inputs tell: in a block that was begun before, only
    the day handed on or those still to come."""
    free = [day for day in block_days(block) if mine.free(day)]
    history = mine.hotspot.history
    if history is None or block > mine.inputs.first_day:
        return free
    return (
        [history]
        if isinstance(history, date) and history in free
        else [day for day in free if mine.ours(day)]
    )


def _likeliest(options: tuple[Start, ...], alignment: int | str) -> float:
    if alignment == PEAK:
        return 1.0
    return max(start.share for start in options) / sum(start.share for start in options)
