"""Gives every block a day within what areas can take a day, moving as few as can be. Pure.

Whoever finds room on the day of their first choice keeps it, those with the higher chance first. For each that is left
the shortest chain of moves is looked for that frees a place (augmenting paths): so a plan is found whenever there is
one.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import date

from app.schedule.draw_inputs import DrawInputs
from app.schedule.plan import Proof, Short
from app.schedule.team_placing import Unit

_Spot = tuple[str, date]


def match_days(units: Sequence[Unit], inputs: DrawInputs) -> tuple[dict[Unit, date], list[Short]]:
    """A day for each unit (in order of priority), and what is short where the days are full."""
    matching = _Matching(inputs)
    left = [unit for unit in units if not matching.take(unit, unit.candidates[0])]
    unmatched = [(unit, seen) for unit in left if (seen := matching.augment(unit)) is not None]
    # Those that compete for the same full days are short together.
    together = Counter(seen for _, seen in unmatched)
    proofs = {seen: matching.proof(seen, count) for seen, count in together.items()}
    short = [
        Short(unit.hotspot_id, unit.block, "capacity", together[seen], proofs[seen])
        for unit, seen in unmatched
    ]
    return matching.day, short


class _Matching:
    def __init__(self, inputs: DrawInputs) -> None:
        self.inputs = inputs
        self.day: dict[Unit, date] = {}
        self.on: defaultdict[_Spot, list[Unit]] = defaultdict(list)
        self.standing = Counter((one.area, one.day) for one in inputs.standing)

    def has_room(self, spot: _Spot) -> bool:
        room = self.inputs.room(*spot)
        return room is None or len(self.on[spot]) + self.standing[spot] < room

    def take(self, unit: Unit, day: date) -> bool:
        spot = (unit.area, day)
        if not self.has_room(spot):
            return False
        self._put(unit, day)
        return True

    def _put(self, unit: Unit, day: date) -> None:
        before = self.day.get(unit)
        if before is not None:
            self.on[unit.area, before].remove(unit)
        self.day[unit] = day
        self.on[unit.area, day].append(unit)

    def augment(self, unit: Unit) -> frozenset[_Spot] | None:
        """Makes room for a unit by the shortest chain of moves; the full days it looked at when there is none."""
        came: dict[_Spot, Unit] = {}
        waiting = deque([unit])
        while waiting:
            mover = waiting.popleft()
            for day in mover.candidates:
                spot = (mover.area, day)
                if spot in came:
                    continue
                came[spot] = mover
                if self.has_room(spot):
                    self._shift(spot, came, unit)
                    return None
                # Whoever has the lowest chance gives way first.
                waiting.extend(sorted(self.on[spot], key=lambda one: -one.priority))
        return frozenset(came)

    def proof(self, full: frozenset[_Spot], short: int) -> Proof:
        """Those on the full days can go nowhere else, and so many more are short."""
        placed = sum(len(self.on[spot]) for spot in full)
        days = sorted(day for _, day in full)
        areas = tuple(sorted({area for area, _ in full}))
        return Proof(areas, (), days[0], days[-1], placed + short, placed)

    def _shift(self, spot: _Spot, came: dict[_Spot, Unit], unit: Unit) -> None:
        while True:
            mover = came[spot]
            before = self.day.get(mover)
            self._put(mover, spot[1])
            if mover is unit or before is None:
                return
            spot = (mover.area, before)
