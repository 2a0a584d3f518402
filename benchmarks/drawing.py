"""How long a year for 84 hotspots takes to draw, and its report, measured in one run.

    python -m benchmarks.drawing

Seven LPAs with four teams each and twelve hotspots, the force of the papers: hours from 10:00 to 02:00, hand-overs,
half an hour between two windows of a team, at most six windows an LPA and day, Christmas without. Best of five, in
processor seconds, so that what else the machine does is left out; the goal is for the draw. A tighter force, where a
third of the windows cannot have their first choice, is drawn as well.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

from rich.console import Console
from rich.table import Table

from app.schedule.draw_inputs import DrawInputs, HotspotInputs
from app.schedule.draw_report import report
from app.schedule.plan import Plan
from app.schedule.randomisation import draw
from app.schedule.slots import ClockSpan

HOTSPOTS, LPAS, TEAMS, ROUNDS = 84, 7, 4, 5
GOAL_SECONDS = 2.0


def force(capacity: int = 6, hotspots: int = HOTSPOTS, alignment: int = 10) -> DrawInputs:
    """The made-up force: weights that rise in the evening and at the end of the week, another peak each."""
    return DrawInputs(
        first_day=date(2026, 1, 1),
        last_day=date(2026, 12, 31),
        window_minutes=120,
        alignment=alignment,
        handovers=(ClockSpan(405, 435), ClockSpan(885, 915)),
        blackouts=frozenset({date(2026, 12, 25)}),
        excuse_blackouts=False,
        travel_minutes=30,
        capacity={f"lpa {number}": capacity for number in range(LPAS)},
        capacity_on={},
        standing=(),
        hotspots=tuple(_hotspot(number) for number in range(hotspots)),
    )


def _hotspot(number: int) -> HotspotInputs:
    lpa, turn = number % LPAS, number // LPAS
    shares = [
        1 + 5 * (hour % 24 >= 17) + 10 * (hour // 24 >= 4 and hour % 24 >= 18 + turn % 5)
        for hour in range(168)
    ]
    return HotspotInputs(
        id=str(UUID(int=number)),
        area=f"lpa {lpa}",
        teams=tuple(f"team {lpa} {(turn + each) % TEAMS}" for each in range(TEAMS)),
        weights=tuple(1_000_000 * share // sum(shares) for share in shares),
        hours=(ClockSpan(600, 120),),
        blackouts=frozenset(),
        valid_from=date(2020, 1, 1),
        until=None,
        phase=None,
        history=None,
    )


def best_of(what: Callable[[], object]) -> float:
    """The least seconds of some rounds: what the work costs, without what the machine does besides."""
    found = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        what()
        found.append(time.process_time() - begun)
    return min(found)


def run() -> dict[str, float]:
    """Seconds by figure."""
    usual, tight = force(), force(capacity=5)
    # Whole powers are cheap, others take a root for each weight.
    rooted = replace(usual, alignment=7)
    seed = bytes(range(32))
    plan = draw(usual, seed)
    if not isinstance(plan, Plan):
        raise AssertionError("the force of the papers can be planned")
    return {
        "draw": best_of(lambda: draw(usual, seed)),
        "draw, alignment 70 per cent": best_of(lambda: draw(rooted, seed)),
        "draw, five windows an LPA and day": best_of(lambda: draw(tight, seed)),
        "report": best_of(lambda: report(usual, plan)),
    }


def main() -> None:
    """Measures and prints."""
    table = Table(title=f"A year for {HOTSPOTS} hotspots, best of {ROUNDS}")
    for heading in ("figure", "processor seconds", "goal"):
        table.add_column(heading, justify="right" if heading == "processor seconds" else "left")
    for name, seconds in run().items():
        table.add_row(name, f"{seconds:.2f}", f"below {GOAL_SECONDS:g}" if name.startswith("draw") else "")
    Console().print(table)


if __name__ == "__main__":
    main()
