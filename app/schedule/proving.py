"""Proves that teams cannot do what is due, by counting: so many windows lie within some days, whatever is moved, and
all who may go can do fewer. Pure.

What a team can do in some days is the most windows one after the other at any start that one of them has: never less
than what it really can. So whatever is proven is so; what cannot be proven by counting may still be impossible.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta

from app.schedule.draw_inputs import BLOCK_DAYS
from app.schedule.packing import most
from app.schedule.plan import Proof
from app.schedule.team_placing import Board, Unit

# How many days to either side of a block are looked at.
_AROUND = 14


class Counting:
    """Counts what is due and what can be done, for units that no plan may leave out. `board` has only what stands."""

    def __init__(
        self, board: Board, units: Collection[Unit], minutes: Callable[[Unit, date], tuple[int, ...]]
    ) -> None:
        self.inputs = board.inputs
        self._board = board
        self._all = units
        self._minutes = minutes
        self._of: dict[frozenset[str], dict[date, list[Unit]]] = {}
        self._starts: dict[tuple[frozenset[str], str, date], tuple[int, ...]] = {}
        self._known: dict[tuple[frozenset[str], date, date], Proof | None] = {}
        self._can: dict[tuple[frozenset[str], date], list[int]] = {}

    def proof(self, unit: Unit, teams: Sequence[frozenset[str]]) -> Proof | None:
        """The shortest days around a unit's in which more is due than can be done; None when no count shows it.

        `teams` are the sets of teams to look at: of those whom nobody else than they may do.
        """
        first, last = min(unit.candidates), max(unit.candidates)
        found = [proof for each in teams if (proof := self._around(each, first, last)) is not None]
        return min(found, key=lambda one: (one.last_day - one.first_day, one.most - one.due), default=None)

    def _around(self, teams: frozenset[str], first: date, last: date) -> Proof | None:
        key = (teams, first, last)
        if key not in self._known:
            stretches = (
                (first - timedelta(days=before), last + timedelta(days=after))
                for length in range(_AROUND)
                for before in range(length + 1)
                for after in (length - before,)
            )
            proofs = (self._short(teams, *each) for each in stretches)
            self._known[key] = next((proof for proof in proofs if proof is not None), None)
        return self._known[key]

    def _units(self, teams: frozenset[str]) -> dict[date, list[Unit]]:
        """The units that only these teams may do, by the first of their days."""
        if teams not in self._of:
            found: defaultdict[date, list[Unit]] = defaultdict(list)
            starts: defaultdict[tuple[str, date], set[tuple[int, ...]]] = defaultdict(set)
            for unit in self._all:
                if teams.issuperset(unit.teams):
                    found[min(unit.candidates)].append(unit)
                    for team, day in ((team, day) for team in unit.teams for day in unit.candidates):
                        starts[team, day].add(self._minutes(unit, day))
            self._of[teams] = dict(found)
            for (team, day), each in starts.items():
                minutes = tuple(sorted({minute for some in each for minute in some}))
                self._starts[teams, team, day] = self._board.open_starts(team, day, minutes)
        return self._of[teams]

    def _short(self, teams: frozenset[str], first: date, last: date) -> Proof | None:
        by_day = self._units(teams)
        due = [
            unit
            for at in range((last - first).days + 1)
            for unit in by_day.get(first + timedelta(days=at), ())
            if max(unit.candidates) <= last
        ]
        can = self._most(teams, first)[(last - first).days]
        if len(due) <= can:
            return None
        areas = tuple(sorted({unit.area for unit in due}))
        return Proof(areas, tuple(sorted(teams)), first, last, len(due), can)

    def _most(self, teams: frozenset[str], first: date) -> list[int]:
        """The most windows these teams can do from a day on: until that day, the next, and so on."""
        key = (teams, first)
        if key not in self._can:
            takes = self.inputs.window_minutes + self.inputs.travel_minutes
            found = [0] * (_AROUND + BLOCK_DAYS)
            for team in teams:
                ready = done = 0
                for at in range(len(found)):
                    starts = self._starts.get((teams, team, first + timedelta(days=at)), ())
                    count, ready = most(starts, takes, ready)
                    done += count
                    found[at] += done
            self._can[key] = found
        return self._can[key]
