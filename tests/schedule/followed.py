"""What the next schedule is told of a hotspot, from the plan before: worked out from days alone."""

from dataclasses import replace
from datetime import date, timedelta

from app.schedule.draw_inputs import DONE, HotspotInputs
from app.schedule.plan import Plan
from app.schedule.randomisation import block_of


def following(one: HotspotInputs, drawn: Plan, last: date) -> HotspotInputs:
    """The hotspot's inputs for a schedule that begins on the day after `last`."""
    phase = drawn.phases[one.id]
    tomorrow = last + timedelta(days=1)
    block = block_of(tomorrow, phase)
    history: date | str | None = None
    if block != tomorrow:
        later = [each.day for each in drawn.outside if each.block == block and each.day > last]
        history = later[0] if later else DONE
    return replace(one, phase=phase, history=history)
