"""Finds a place for a window by the shortest chain of moves: into a team's day in another's stead, which moves into
another team's day, and so on, to one that can hold one more. Pure.

Within a day all may change their starts. Where windows are alike, a chain is found whenever there is a plan; where each
has hours of its own, nearly always.
"""

from collections import deque
from collections.abc import Iterator
from datetime import date

from app.schedule.packing import Effort
from app.schedule.team_days import TeamDays
from app.schedule.team_placing import Unit

_Move = tuple[Unit, str, date]


class Chains:
    """Moves on a board."""

    def __init__(self, days: TeamDays) -> None:
        self._days = days
        self.board = days.board

    def place(self, unit: Unit, effort: Effort) -> bool:
        """Places a unit, moving as few as can be; false when no chain was found."""
        came: dict[Unit, _Move | None] = {unit: None}
        waiting = deque([unit])
        looked: set[tuple[object, ...]] = set()
        while waiting and not effort.spent:
            mover = waiting.popleft()
            for team, day in self._elsewhere(mover):
                # Another like this one found nothing there.
                like = (team, day, mover.area, self._days.minutes(mover, day), self._has_room(mover, day))
                if like in looked:
                    continue
                looked.add(like)
                there = self.board.members(team, day)
                holding = self._days.holding(team, day, [*there, mover], effort)
                if holding.all and self._has_room(mover, day):
                    if self._moved(_chain(came, mover, team, day)):
                        return True
                    continue
                for other in sorted(holding.without_one(), key=lambda one: -one.priority):
                    if other not in came and (self._has_room(mover, day) or other.area == mover.area):
                        came[other] = (mover, team, day)
                        waiting.append(other)
        return False

    def _elsewhere(self, unit: Unit) -> Iterator[tuple[str, date]]:
        """Every team's day a unit may move to, as it likes them."""
        placed = self.board.placed.get(unit)
        now = (placed[1], placed[0].day) if placed else None
        return ((team, day) for day in unit.candidates for team in unit.teams if (team, day) != now)

    def _has_room(self, unit: Unit, day: date) -> bool:
        room = self.board.room_left(unit.area, day)
        placed = self.board.placed.get(unit)
        return room is None or room > 0 or (placed is not None and placed[0].day == day)

    def _moved(self, chain: list[_Move]) -> bool:
        """Makes the moves, the last first; undone when they do not go together after all."""
        touched = {unit for unit, _, _ in chain}
        for _, team, day in chain:
            touched.update(self.board.members(team, day))
        was = {unit: self.board.placed[unit] for unit in touched if unit in self.board.placed}
        if all(self._move(*move) for move in chain) and all(
            (self.board.room_left(unit.area, day) or 0) >= 0 for unit, _, day in chain
        ):
            return True
        for unit in touched & self.board.placed.keys():
            self.board.take(unit)
        for unit, (place, team) in was.items():
            self.board.put(unit, place, team)
        return False

    def _move(self, unit: Unit, team: str, day: date) -> bool:
        if unit in self.board.placed:
            self.board.take(unit)
        there = [*self.board.members(team, day), unit]
        for other in there[:-1]:
            self.board.take(other)
        return self._days.arrange(team, day, there)


def _chain(came: dict[Unit, _Move | None], mover: Unit, team: str, day: date) -> list[_Move]:
    chain = [(mover, team, day)]
    while (before := came[chain[-1][0]]) is not None:
        chain.append(before)
    return chain
