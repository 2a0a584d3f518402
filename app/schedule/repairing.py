"""Finds a place for windows that found none, by placing those around them anew; or proves that there is no place. Pure.

First by a chain of moves (`chains`). Where there is none, the windows on the days of the block are placed anew, then
those of more and more days around it, until all that compete for the same teams and areas are: what lies further away
stays. So a plan is found whenever there is one, unless the search has to be given up; and if even those that must lie
in these days cannot be placed by themselves, there is none.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.schedule.chains import Chains
from app.schedule.packing import Effort
from app.schedule.plan import Proof, Short
from app.schedule.proving import Counting
from app.schedule.sweep import Kind, Step, Stretch, Sweep
from app.schedule.team_days import Minutes, TeamDays
from app.schedule.team_placing import Board, Placed, Unit

# Steps of a search; a million take about a second.
_STEPS_A_WINDOW = 1_500_000
_STEPS_IN_ALL = 3_000_000
_STEPS_A_CHAIN = 1_200_000


@dataclass(frozen=True, slots=True)
class _Region:
    """Units that may be placed anew, kind by kind, and the search's question."""

    members: tuple[tuple[Unit, ...], ...]
    stretch: Stretch


class Repair:
    """Mends a board. `minutes` are the starts of a unit's day, in order of time."""

    def __init__(self, board: Board, units: Sequence[Unit], minutes: Minutes) -> None:
        self.board = board
        self._minutes = minutes
        self._days = TeamDays(board, minutes)
        self._chains = Chains(self._days)
        self._bare = Board(board.inputs, lambda unit, day: iter(()))
        self._counting = Counting(self._bare, units, minutes)
        self._groups = _groups(board, units)
        self._group_teams = _teams_of(self._groups)
        self._left = _STEPS_IN_ALL
        self._short: set[Unit] = set()
        self._short_teams: set[frozenset[str]] = set()
        self._listed: Counter[Proof | None] = Counter()

    def place_all(self, without: Sequence[Unit]) -> list[Short]:
        """Places units that found no place; returns those that find none now."""
        self._short = set(without)
        return [short for unit in without if (short := self._place(unit)) is not None]

    def _place(self, unit: Unit) -> Short | None:
        effort = Effort(min(_STEPS_A_WINDOW, self._left))
        before = effort.left
        proof = self._counted_before(unit)
        self._short.discard(unit)
        placed = False
        if proof is None:
            placed, proof = self._searched(unit, effort)
        self._left -= before - effort.left
        if placed:
            return None
        self._short.add(unit)
        self._short_teams.add(self._teams(unit))
        self._listed[proof] += 1
        return Short(unit.hotspot_id, unit.block, "team", proof.due - proof.most if proof else 1, proof)

    def _counted_before(self, unit: Unit) -> Proof | None:
        """What counting shows, for a group that is short already, as long as fewer are listed than are too many: then
        no search is needed to know that one more is short."""
        counted = self._counted(unit) if self._teams(unit) in self._short_teams else None
        return counted if counted and self._listed[counted] < counted.due - counted.most else None

    def _searched(self, unit: Unit, effort: Effort) -> tuple[bool, Proof | None]:
        chain = Effort(min(_STEPS_A_CHAIN, effort.left))
        allowed = chain.left
        placed = self._chains.place(unit, chain)
        effort.spend(allowed - chain.left)
        if placed:
            return True, None
        counted = self._counted(unit)
        return (False, counted) if counted else self._grow(unit, effort)

    def _counted(self, unit: Unit) -> Proof | None:
        return self._counting.proof(unit, sorted({frozenset(unit.teams), self._teams(unit)}, key=len))

    def _teams(self, unit: Unit) -> frozenset[str]:
        """The teams of all that a unit competes with."""
        return self._group_teams[unit.teams[0]]

    def _grow(self, unit: Unit, effort: Effort) -> tuple[bool, Proof | None]:
        group = self._groups[unit]
        for days in _growing(unit, group):
            if effort.spent:
                break
            effort.whole = True
            free = [each for each in group if each is unit or self._is_on(each, days)]
            if self._placed_anew(free, days, effort):
                return True, None
            must = [each for each in group if each not in self._short and days.issuperset(each.candidates)]
            if unit not in must or not effort.whole:
                continue
            effort.whole = True
            region = self._region(self._bare, must, sorted(days))
            if Sweep(region.stretch, effort).find() is None and effort.whole:
                return False, _proof(must, days)
        return False, None

    def _is_on(self, unit: Unit, days: Iterable[date]) -> bool:
        placed = self.board.placed.get(unit)
        return placed is not None and placed[0].day in days

    def _placed_anew(self, free: Sequence[Unit], days: Iterable[date], effort: Effort) -> bool:
        was = {unit: self.board.placed[unit] for unit in free if unit in self.board.placed}
        for unit in was:
            self.board.take(unit)
        region = self._region(self.board, free, sorted(days), was)
        steps = Sweep(region.stretch, effort).find()
        if steps is None:
            for unit, (place, team) in was.items():
                self.board.put(unit, place, team)
            return False
        self._put(region, steps, was)
        return True

    def _region(
        self,
        board: Board,
        units: Sequence[Unit],
        days: Sequence[date],
        was: dict[Unit, Placed] | None = None,
    ) -> _Region:
        """The question: these units, on these days, beside what is on the board."""
        kinds: defaultdict[Kind, list[Unit]] = defaultdict(list)
        inside = set(days)
        for unit in units:
            starts = tuple(
                (day, self._minutes(unit, day)) for day in sorted(inside.intersection(unit.candidates))
            )
            kinds[Kind(unit.area, frozenset(unit.teams), starts)].append(unit)
        now: defaultdict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * len(kinds))
        for at, members in enumerate(kinds.values()):
            for place, team in (was[unit] for unit in members if was and unit in was):
                now[team, place.day][at] += 1
        areas = {kind.area for kind in kinds}
        room = {(area, day): board.room_left(area, day) for area in areas for day in days}
        stretch = Stretch(
            days=tuple(days),
            teams=tuple(sorted({team for kind in kinds for team in kind.teams})),
            kinds=tuple(kinds),
            counts=tuple(len(members) for members in kinds.values()),
            takes=board.inputs.window_minutes + board.inputs.travel_minutes,
            open_starts={
                (at, team, day): board.open_starts(team, day, minutes)
                for at, kind in enumerate(kinds)
                for day, minutes in kind.starts
                for team in kind.teams
            },
            room={spot: left for spot, left in room.items() if left is not None},
            now={spot: tuple(counts) for spot, counts in now.items()},
        )
        return _Region(tuple(tuple(members) for members in kinds.values()), stretch)

    def _put(self, region: _Region, steps: Sequence[Step], was: dict[Unit, Placed]) -> None:
        """Gives the steps to units, those that stay first, and each of them the start it likes best."""
        days: defaultdict[tuple[date, str], list[Unit]] = defaultdict(list)
        for at, members in enumerate(region.members):
            for unit, step in _shared_out(members, [step for step in steps if step.kind == at], was):
                place = next(each for each in self.board.starts(unit, step.day) if each.minute == step.minute)
                self.board.put(unit, place, step.team)
                days[step.day, step.team].append(unit)
        for (day, team), units in sorted(days.items()):
            self._as_liked(day, team, units)

    def _as_liked(self, day: date, team: str, units: list[Unit]) -> None:
        was = {unit: self.board.placed[unit] for unit in units}
        for unit in units:
            self.board.take(unit)
        if not self._days.arrange(team, day, units):
            # Too many sets to look at: then as they were.
            for unit, (place, _) in was.items():
                self.board.put(unit, place, team)


def _shared_out(
    members: Sequence[Unit], steps: Sequence[Step], was: dict[Unit, Placed]
) -> Iterator[tuple[Unit, Step]]:
    """A step for each unit of a kind: whoever was on that day with that team stays, others by their wishes."""
    left = list(steps)
    moving = []
    for unit in members:
        place_and_team = was.get(unit)
        stays = next(
            (
                step
                for step in left
                if place_and_team and (step.day, step.team) == (place_and_team[0].day, place_and_team[1])
            ),
            None,
        )
        if stays is None:
            moving.append(unit)
        else:
            left.remove(stays)
            yield unit, stays
    for unit in moving:
        liked = min(left, key=lambda step: (unit.candidates.index(step.day), unit.teams.index(step.team)))
        left.remove(liked)
        yield unit, liked


def _growing(unit: Unit, group: Sequence[Unit]) -> Iterator[frozenset[date]]:
    """The days of a unit's block, then more and more around, up to all of its group's."""
    earliest = min(min(each.candidates) for each in group)
    latest = max(max(each.candidates) for each in group)
    first, last = min(unit.candidates), max(unit.candidates)
    around = 0
    while True:
        begin = max(earliest, first - timedelta(days=around))
        end = min(latest, last + timedelta(days=around))
        yield frozenset(begin + timedelta(days=at) for at in range((end - begin).days + 1))
        if (begin, end) == (earliest, latest):
            return
        around = around * 2 or 1


def _proof(must: Sequence[Unit], days: Iterable[date]) -> Proof:
    areas = tuple(sorted({unit.area for unit in must}))
    teams = tuple(sorted({team for unit in must for team in unit.teams}))
    return Proof(areas, teams, min(days), max(days), len(must), len(must) - 1)


def _groups(board: Board, units: Sequence[Unit]) -> dict[Unit, list[Unit]]:
    """Who competes with whom: over teams that both may have and areas that have a limit."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    limited = board.inputs.capacity.keys() | board.inputs.capacity_on.keys()
    for unit in units:
        names = [f"team {team}" for team in unit.teams]
        names += [f"area {unit.area}"] if unit.area in limited else []
        for name in names[1:]:
            above[top(name)] = top(names[0])
    groups: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        groups[top(f"team {unit.teams[0]}")].append(unit)
    return {unit: groups[top(f"team {unit.teams[0]}")] for unit in units}


def _teams_of(groups: dict[Unit, list[Unit]]) -> dict[str, frozenset[str]]:
    """All teams of a group by each of them."""
    found: dict[str, frozenset[str]] = {}
    for group in groups.values():
        if group[0].teams[0] not in found:
            teams = frozenset(team for unit in group for team in unit.teams)
            found |= dict.fromkeys(teams, teams)
    return found
