"""A team's day as a whole: whether it can hold some windows, in any order and at any start, who is when. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.schedule.packing import Counts, Effort, TeamDay, packings
from app.schedule.team_placing import Board, Unit

# More steps than one team's day of usual windows takes.
_STEPS_A_DAY = 50_000

Minutes = Callable[[Unit, date], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Holding:
    """Which sets of some units a team's day can hold, by how many of each group of like ones."""

    like: tuple[tuple[Unit, ...], ...]
    wanted: Counts
    sets: frozenset[Counts]

    @property
    def all(self) -> bool:
        return self.wanted in self.sets

    def without_one(self) -> Iterator[Unit]:
        """Every unit but for which it could hold the others."""
        for at, units in enumerate(self.like):
            if (*self.wanted[:at], self.wanted[at] - 1, *self.wanted[at + 1 :]) in self.sets:
                yield from units


class TeamDays:
    """The days of teams on a board. `minutes` are the starts of a unit's day, in order of time."""

    def __init__(self, board: Board, minutes: Minutes) -> None:
        self.board = board
        self.minutes = minutes
        self._takes = board.inputs.window_minutes + board.inputs.travel_minutes

    def holding(self, team: str, day: date, units: Sequence[Unit], effort: Effort) -> Holding:
        """What the day can hold of some units beside others; those of them that are there already may move."""
        groups: defaultdict[tuple[int, ...], list[Unit]] = defaultdict(list)
        for unit in units:
            groups[self.minutes(unit, day)].append(unit)
        starts = tuple(self.board.open_starts(team, day, minutes, units) for minutes in groups)
        wanted = tuple(len(each) for each in groups.values())
        sets = packings(TeamDay(starts, self._takes), wanted, 0, effort)
        return Holding(tuple(tuple(each) for each in groups.values()), wanted, frozenset(sets))

    def arrange(self, team: str, day: date, units: Sequence[Unit]) -> bool:
        """Lets units that are not on the board choose in order of chance, each among the starts that leave the others
        theirs. False when the day cannot hold them; then none is on the board."""
        ordered = sorted(units, key=lambda unit: unit.priority)
        for at, unit in enumerate(ordered):
            if not self._chosen(unit, team, day, ordered[at + 1 :]):
                for each in ordered[:at]:
                    self.board.take(each)
                return False
        return True

    def _chosen(self, unit: Unit, team: str, day: date, others: Sequence[Unit]) -> bool:
        for place in self.board.starts(unit, day):
            if self.board.is_free(team, place):
                self.board.put(unit, place, team)
                if self.holding(team, day, others, Effort(_STEPS_A_DAY)).all:
                    return True
                self.board.take(unit)
        return False
