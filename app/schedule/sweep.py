"""Looks for a place for every window of a stretch of days, and finds one whenever there is one. Pure.

Day by day and team by team it is decided how many windows of each kind a team does. Which states lead nowhere is
remembered, so that none is tried twice: what is left of each kind, and when each team is ready again. With few kinds
there are few states, however many windows. The search may be given up (`Effort`); only one that ended by itself proves
that there is no plan.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from app.schedule.packing import Counts, Effort, Packing, TeamDay, most, packings

# What looking at a state costs, in the steps that efforts are counted in.
_STEPS_A_STATE = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """Windows that no constraint tells apart: their area, who may go, and the starts of each of their days."""

    area: str
    teams: frozenset[str]
    starts: tuple[tuple[date, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is to be placed. `open_starts` are those of a kind that a team may use on a day beside what it does already;
    `room` is what areas with a limit can still take; `now` what each team does on a day as things stand, by kind."""

    days: tuple[date, ...]
    teams: tuple[str, ...]
    kinds: tuple[Kind, ...]
    counts: Counts
    takes: int
    open_starts: Mapping[tuple[int, str, date], tuple[int, ...]]
    room: Mapping[tuple[str, date], int]
    now: Mapping[tuple[str, date], Counts]


@dataclass(frozen=True, slots=True)
class Step:
    """One window of a kind: who goes, on which day, from which minute."""

    kind: int
    team: str
    day: date
    minute: int


@dataclass(slots=True)
class _Level:
    """A team's turn on a day: what is left, when teams are ready, what areas took today, and what is not tried yet."""

    number: int
    left: Counts
    ready: tuple[int, ...]
    today: Counts
    before: Counts | None
    options: Iterator[tuple[Counts, Packing]] = field(default=iter(()))
    chosen: Packing | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return (self.number, self.left, self.ready, self.today, self.before)


class Sweep:
    """One search through a stretch."""

    def __init__(self, stretch: Stretch, effort: Effort) -> None:
        self.stretch = stretch
        self.effort = effort
        kinds, days = range(len(stretch.kinds)), stretch.days
        self._last = [
            max((at for at, day in enumerate(days) for each, _ in stretch.kinds[kind].starts if each == day))
            for kind in kinds
        ]
        self._days = {
            (team, day): TeamDay(
                tuple(stretch.open_starts.get((kind, team, day), ()) for kind in kinds), stretch.takes
            )
            for team in stretch.teams
            for day in days
        }
        self._most = {at: most(_any(day.starts), day.takes, 0)[0] for at, day in self._days.items()}
        # The most that the first so many teams can do on a day, by day.
        self._done_by = [
            list(accumulate((self._most[team, day] for team in stretch.teams), initial=0)) for day in days
        ]
        self._same = [
            number > 0
            and all(self._days[team, day] == self._days[stretch.teams[number - 1], day] for day in days)
            for number, team in enumerate(stretch.teams)
        ]
        self._failed: set[tuple[object, ...]] = set()
        self._known: dict[tuple[object, ...], dict[Counts, Packing]] = {}

    def find(self) -> list[Step] | None:
        """A place for every window, or None: proven when the effort is still whole and not spent."""
        none = (0,) * len(self.stretch.kinds)
        if any(self.stretch.counts) and not self.stretch.teams:
            return None
        first = self._begin(_Level(0, self.stretch.counts, (0,) * len(self.stretch.teams), none, None))
        stack = [first] if self._can_be(first) else []
        while stack:
            if self.effort.spent:
                self.effort.whole = False
                return None
            level = stack[-1]
            option = next(level.options, None)
            if option is None:
                self._failed.add(level.key)
                stack.pop()
                continue
            level.chosen = option[1]
            following = self._after(level, option)
            if following.number == len(self.stretch.days) * len(self.stretch.teams):
                if not any(following.left):
                    return self._steps(stack)
            elif self._can_be(following) and following.key not in self._failed:
                stack.append(self._begin(following))
        return None

    def _steps(self, stack: list[_Level]) -> list[Step]:
        teams = len(self.stretch.teams)
        return [
            Step(
                kind,
                self.stretch.teams[level.number % teams],
                self.stretch.days[level.number // teams],
                minute,
            )
            for level in stack
            if level.chosen is not None
            for kind, minute in level.chosen.steps
        ]

    def _begin(self, level: _Level) -> _Level:
        level.options = iter(self._options(level))
        return level

    def _after(self, level: _Level, option: tuple[Counts, Packing]) -> _Level:
        counts, packing = option
        turn = level.number % len(self.stretch.teams)
        day = level.number // len(self.stretch.teams)
        left = tuple(had - done for had, done in zip(level.left, counts, strict=True))
        ready = (*level.ready[:turn], self._carried(turn, day, packing.ready), *level.ready[turn + 1 :])
        number = level.number + 1
        if number % len(self.stretch.teams) == 0:
            return _Level(number, left, ready, (0,) * len(left), None)
        today = tuple(had + done for had, done in zip(level.today, counts, strict=True))
        like = self._same[turn + 1] and level.ready[turn] == level.ready[turn + 1]
        return _Level(number, left, ready, self._counted(today, day), counts if like else None)

    def _carried(self, turn: int, day: int, ready: int) -> int:
        """When a team is ready, as far as it matters on the next day: 0 when before its first start."""
        if day + 1 == len(self.stretch.days):
            return 0
        following = self._days[self.stretch.teams[turn], self.stretch.days[day + 1]].starts
        earliest = min((starts[0] for starts in following if starts), default=None)
        return 0 if earliest is None or ready <= earliest else ready

    def _counted(self, today: Counts, day: int) -> Counts:
        """What areas with a limit took today; of others it does not matter."""
        on = self.stretch.days[day]
        return tuple(
            count if (kind.area, on) in self.stretch.room else 0
            for kind, count in zip(self.stretch.kinds, today, strict=True)
        )

    def _can_be(self, level: _Level) -> bool:
        """Whether what is left can be done at all by its last days, by how many windows teams can do."""
        self.effort.spend(_STEPS_A_STATE)
        begin, turn = divmod(level.number, len(self.stretch.teams))
        due = [0] * len(self.stretch.days)
        for left, last in zip(level.left, self._last, strict=True):
            if left and last < begin:
                return False
            due[last] += left
        # Teams before this one had their turn today.
        spare = -self._done_by[begin][turn]
        for day in range(begin, len(due)):
            spare += self._done_by[day][-1] - due[day]
            if spare < 0:
                return False
        return True

    def _options(self, level: _Level) -> list[tuple[Counts, Packing]]:
        """What the team may do on its day, those first that leave nothing overdue and change least."""
        at, turn = divmod(level.number, len(self.stretch.teams))
        team, day = self.stretch.teams[turn], self.stretch.days[at]
        limits = self._limits(level, day)
        mine = self._days[team, day]
        ready = level.ready[turn]
        left = tuple(had if starts else 0 for had, starts in zip(level.left, mine.starts, strict=True))
        key = (turn, at, ready, left, limits)
        found = self._known.get(key)
        if found is None:
            found = packings(TeamDay(mine.starts, mine.takes, limits), left, ready, self.effort)
            self._known[key] = found
        carried = {counts: self._carried(turn, at, each.ready) for counts, each in found.items()}
        scarce = {kind for kinds, _ in limits for kind in kinds}
        now = self.stretch.now.get((team, day), (0,) * len(left))

        def order(counts: Counts) -> tuple[int, int, int, int, Counts]:
            urgent = sum(count for count, last in zip(counts, self._last, strict=True) if last == at)
            moved = sum(abs(count - was) for count, was in zip(counts, now, strict=True))
            return (-urgent, moved, -sum(counts), carried[counts], counts)

        wanted = [
            counts
            for counts in found
            if (level.before is None or counts <= level.before) and not _for_nothing(counts, carried, scarce)
        ]
        return [(counts, found[counts]) for counts in sorted(wanted, key=order)]

    def _limits(self, level: _Level, day: date) -> tuple[tuple[frozenset[int], int], ...]:
        """The kinds of areas that cannot take on this day all that is left for it, with what they can."""
        limits = []
        for area in sorted({kind.area for kind in self.stretch.kinds}):
            room = self.stretch.room.get((area, day))
            if room is None:
                continue
            kinds = frozenset(at for at, kind in enumerate(self.stretch.kinds) if kind.area == area)
            left = room - sum(level.today[at] for at in kinds)
            today = [at for at in kinds if any(each == day for each, _ in self.stretch.kinds[at].starts)]
            if sum(level.left[at] for at in today) > left:
                limits.append((kinds, left))
        return tuple(limits)


def _for_nothing(counts: Counts, carried: Mapping[Counts, int], scarce: set[int]) -> bool:
    """Whether the team could do one more and be ready no later: then doing less gains nothing. Not so where another
    team could take the area's room."""
    for kind in range(len(counts)):
        more = (*counts[:kind], counts[kind] + 1, *counts[kind + 1 :])
        if kind not in scarce and more in carried and carried[more] <= carried[counts]:
            return True
    return False


def _any(starts: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(sorted({minute for each in starts for minute in each}))
