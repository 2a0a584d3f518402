"""Draws a schedule: one window in every block of three days for each hotspot, on a day and at a start nobody can tell.

Chance is HMAC-SHA-256 keyed by the seed, over algorithm, hotspot, block and purpose. So every hotspot and block has
chances of its own: what is drawn for one does not depend on which others there are, except where a constraint makes
them meet. What each would get alone is its *first choice*; a window that got something else is listed as displaced,
with the constraint. Two draws with one seed therefore differ only in hotspots whose own inputs differ and in windows
that at least one of them lists.

Blocks lie on absolute days, shifted by the hotspot's phase, so that consecutive schedules go on with each other's
blocks. A block that reaches beyond the period is drawn among all its three days, and a day outside is handed on: every
day has a chance of exactly one in three, and gaps are one to five days, over the ends of schedules, too.
"""

import hmac
from collections.abc import Iterator
from datetime import date, timedelta

from app.schedule.day_matching import match_days
from app.schedule.draw_inputs import ALGORITHM, BLOCK_DAYS, DONE, SEED_BYTES, DrawInputs, HotspotInputs
from app.schedule.hotspot_starts import HotspotStarts
from app.schedule.plan import Displaced, Outside, Plan, Planned, Short, Shortfall
from app.schedule.repairing import Repair
from app.schedule.slots import HALF_HOUR_MINUTES, PEAK, Start, london_day_slots
from app.schedule.team_placing import Board, Place, Unit

_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
_CHANCE_BITS = 256
_MINUTE_MS = 60_000


class Chance:
    """Whole numbers by HMAC: the same for the same seed, hotspot, block and purpose, and not to be told otherwise."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError("a seed has 256 bits")
        self._seed = seed

    def raw(self, hotspot_id: str, block: date | None, purpose: str) -> int:
        """256 bits as a number."""
        message = f"{ALGORITHM}|{hotspot_id}|{block.isoformat() if block else ''}|{purpose}"
        return int.from_bytes(hmac.digest(self._seed, message.encode(), "sha256"), "big")

    def below(self, bound: int, hotspot_id: str, block: date | None, purpose: str) -> int:
        """0 to bound - 1, each as likely; the bias is below bound / 2**256."""
        return self.raw(hotspot_id, block, purpose) * bound >> _CHANCE_BITS


def draw(inputs: DrawInputs, seed: bytes) -> Plan | Shortfall:
    """The plan, or everything that keeps it from being met; the same for the same inputs, seed and ALGORITHM."""
    return _Draw(inputs, seed).run()


def block_of(day: date, phase: int) -> date:
    """The first day of the block a day lies in, for a phase of 0 to 2; blocks are counted from 1 January of year 1.

    >>> [block_of(date(2026, 12, day), 1).day for day in (1, 2, 3, 4)]
    [1, 1, 1, 4]
    """
    return day - timedelta(days=(day.toordinal() - phase) % BLOCK_DAYS)


def phase_of(block: date) -> int:
    """The phase whose blocks begin on such days; the inverse of `block_of`."""
    return block.toordinal() % BLOCK_DAYS


def block_days(block: date) -> tuple[date, ...]:
    """The three days of a block."""
    return tuple(block + timedelta(days=day) for day in range(BLOCK_DAYS))


class _Draw:
    def __init__(self, inputs: DrawInputs, seed: bytes) -> None:
        self.inputs = inputs
        self.chance = Chance(seed)
        self.short: list[Short] = []
        self.outside: list[Outside] = []
        self.excused: list[tuple[str, date]] = []
        self._known_minutes: dict[tuple[int, date], tuple[int, ...]] = {}
        hotspots = sorted(inputs.hotspots, key=lambda one: one.id)
        self.starts = {one.id: HotspotStarts(inputs, one) for one in hotspots}
        self.phases = {one.id: self._phase(one) for one in hotspots}

    def run(self) -> Plan | Shortfall:
        units = [unit for hotspot_id in self.starts for unit in self._units(hotspot_id)]
        units.sort(key=lambda unit: unit.priority)
        matched, short = match_days(units, self.inputs)
        self.short += short
        board = Board(self.inputs, self._places)
        dated = [unit for unit in units if unit in matched]
        without = board.place_all(dated, matched)
        if without:
            self.short += Repair(board, dated, self._minutes).place_all(without)
        if self.short:
            return Shortfall(tuple(sorted(self.short, key=lambda one: (one.block, one.hotspot_id))))
        windows = [self._planned(unit, *board.placed[unit], matched[unit]) for unit in units]
        windows.sort(key=lambda one: (one.starts_at_ms, one.hotspot_id))
        return Plan(tuple(windows), tuple(self.outside), tuple(self.excused), self.phases)

    def _phase(self, one: HotspotInputs) -> int:
        return one.phase if one.phase is not None else self.chance.below(BLOCK_DAYS, one.id, None, "phase")

    def _units(self, hotspot_id: str) -> Iterator[Unit]:
        """What is due for each block, in order; what is not due or cannot be met is noted."""
        block = block_of(self.inputs.first_day, self.phases[hotspot_id])
        while block <= self.inputs.last_day:
            wishes = self._wishes(self.starts[hotspot_id], block)
            unit = self._unit(self.starts[hotspot_id], block, wishes) if wishes else None
            if unit is not None:
                yield unit
            block += timedelta(days=BLOCK_DAYS)

    def _wishes(self, starts: HotspotStarts, block: date) -> list[date]:
        """A block's days in the order of its chances, those outside the period included; none when it is not due."""
        one, days = starts.hotspot, block_days(block)
        order = _ORDERS[self.chance.below(len(_ORDERS), one.id, block, "days")]
        wishes = [days[index] for index in order]
        history = one.history if block <= self.inputs.first_day else None
        if history == DONE or not any(starts.ours(day) for day in days):
            return []
        if history is None:
            return wishes
        # An earlier schedule began this block: its days are over, and the day it drew comes first, also where this one
        # ends before that day and hands it on again.
        handed_on = [history] if isinstance(history, date) else []
        wishes = handed_on + [day for day in wishes if day not in handed_on]
        return [day for day in wishes if day >= self.inputs.first_day]

    def _unit(self, starts: HotspotStarts, block: date, wishes: list[date]) -> Unit | None:
        one = starts.hotspot
        allowed = [day for day in wishes if not starts.ours(day) or starts.free(day)]
        if not allowed:
            self._cannot(starts, block, [day for day in wishes if starts.ours(day)])
            return None
        if not starts.ours(allowed[0]):
            self.outside.append(Outside(one.id, block, allowed[0]))
            return None
        if not one.teams:
            self.short.append(Short(one.id, block, "teams", 1))
            return None
        candidates = tuple(day for day in allowed if starts.ours(day))
        priority = self.chance.raw(one.id, block, "priority")
        return Unit(priority, one.id, one.area, block, candidates, one.teams, wishes[0])

    def _cannot(self, starts: HotspotStarts, block: date, days: list[date]) -> None:
        blacked_out = all(starts.blacked_out(day) for day in days)
        if blacked_out and self.inputs.excuse_blackouts:
            self.excused.append((starts.hotspot.id, block))
        else:
            self.short.append(Short(starts.hotspot.id, block, "blackout" if blacked_out else "hours", 1))

    def _minutes(self, unit: Unit, day: date) -> tuple[int, ...]:
        """The starts of a unit's day in order of time, in minutes since 1970."""
        starts = self.starts[unit.hotspot_id].on(day)
        key = (id(starts), day)
        if key not in self._known_minutes:
            begin = london_day_slots(day, self.inputs.length).starts_at_ms // _MINUTE_MS
            self._known_minutes[key] = tuple(begin + start.slot * HALF_HOUR_MINUTES for start in starts)
        return self._known_minutes[key]

    def _places(self, unit: Unit, day: date) -> Iterator[Place]:
        """The starts of a unit's day in the order of its wishes: each drawn by its share among those that are left."""
        left = list(self.starts[unit.hotspot_id].on(day))
        slots = london_day_slots(day, self.inputs.length)
        number = 0
        while left:
            chosen = self._chosen(left, unit, f"start|{day.isoformat()}|{number}")
            left.remove(chosen)
            number += 1
            starts_at_ms = slots.start_ms(chosen.slot)
            yield Place(day, starts_at_ms, starts_at_ms // _MINUTE_MS, chosen.covered)

    def _chosen(self, left: list[Start], unit: Unit, purpose: str) -> Start:
        if self.inputs.alignment == PEAK:
            return max(left, key=lambda start: (start.covered, -start.slot))
        total = sum(start.share for start in left)
        if total == 0:
            return left[self.chance.below(len(left), unit.hotspot_id, unit.block, purpose)]
        at = self.chance.below(total, unit.hotspot_id, unit.block, purpose)
        for start in left:
            at -= start.share
            if at < 0:
                return start
        raise AssertionError("a part of the whole lies in it")

    def _planned(self, unit: Unit, place: Place, team: str, matched: date) -> Planned:
        return Planned(
            hotspot_id=unit.hotspot_id,
            block=unit.block,
            day=place.day,
            starts_at_ms=place.starts_at_ms,
            ends_at_ms=place.starts_at_ms + self.inputs.window_minutes * _MINUTE_MS,
            team=team,
            covered=place.covered,
            displaced=self._displaced(unit, place, team, matched),
        )

    def _displaced(self, unit: Unit, place: Place, team: str, matched: date) -> Displaced | None:
        """What the window would have had alone, when it got something else, and which constraint made it so."""
        first_day, home = unit.candidates[0], unit.teams[0]
        first_choice = next(self._places(unit, first_day))
        if (place, team) != (first_choice, home):
            constraint = "capacity" if matched != first_day else "team"
            return Displaced(constraint, first_day, first_choice.starts_at_ms, home)
        if unit.first_wish != first_day:
            blacked_out = self.starts[unit.hotspot_id].blacked_out(unit.first_wish)
            return Displaced("blackout" if blacked_out else "hours", unit.first_wish, None, home)
        return None
