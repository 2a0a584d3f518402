"""Which starts a hotspot has on which day: what its own hours, blackouts and days in force leave. Pure."""

from datetime import date

from app.schedule.draw_inputs import DrawInputs, HotspotInputs
from app.schedule.slots import Start, allowed_starts, london_day_slots, permitted_halves


class HotspotStarts:
    """A hotspot's days and starts under the rules of a draw."""

    def __init__(self, inputs: DrawInputs, hotspot: HotspotInputs) -> None:
        self.inputs = inputs
        self.hotspot = hotspot
        self._permitted = permitted_halves(hotspot.hours, inputs.handovers)
        # Most days of a weekday have the same half-hours, and so the same starts.
        self._found: dict[tuple[int, ...], tuple[Start, ...]] = {}

    def ours(self, day: date) -> bool:
        """Whether a day is for this schedule to plan."""
        return self.inputs.first_day <= day <= self.inputs.last_day and self.hotspot.in_force(day)

    def blacked_out(self, day: date) -> bool:
        return day in self.inputs.blackouts or day in self.hotspot.blackouts

    def free(self, day: date) -> bool:
        """Whether a window could be on that day, as far as the hotspot alone is concerned."""
        return self.hotspot.in_force(day) and not self.blacked_out(day) and bool(self.on(day))

    def on(self, day: date) -> tuple[Start, ...]:
        """Its allowed starts of a day, in order of time."""
        halves = london_day_slots(day, self.inputs.length).halves
        found = self._found.get(halves)
        if found is None:
            inputs, weights = self.inputs, self.hotspot.weights
            found = allowed_starts(halves, inputs.length, self._permitted, weights, inputs.alignment)
            self._found[halves] = found
        return found
