"""Gives every window a start and a team, so that no team is in two places at once. Pure.

A window takes the first of its starts at which its home team is free, then another team's; then another day of its
block where its area has room. What finds no place like this is left to `repairing`, which moves others.
"""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.schedule.draw_inputs import DrawInputs


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A block that is due: candidates are its days in the order of its wishes, `first_wish` what it would have wished
    without days that its own constraints exclude."""

    priority: int
    hotspot_id: str
    area: str
    block: date
    candidates: tuple[date, ...]
    teams: tuple[str, ...]
    first_wish: date


@dataclass(frozen=True, slots=True)
class Place:
    """A start on a day, in milliseconds and in minutes since 1970, and the weight the window covers."""

    day: date
    starts_at_ms: int
    minute: int
    covered: int


@dataclass(frozen=True, slots=True, order=True)
class _Busy:
    from_minute: int
    to_minute: int
    number: int


Placed = tuple[Place, str]


class Board:
    """Who is where when. `placed` is the outcome."""

    def __init__(self, inputs: DrawInputs, places: Callable[[Unit, date], Iterator[Place]]) -> None:
        self.inputs = inputs
        self.placed: dict[Unit, Placed] = {}
        self._places = places
        self._known: dict[tuple[Unit, date], list[Place]] = {}
        self._units: dict[int, Unit] = {}
        self._numbers: dict[Unit, int] = {}
        self._busy: defaultdict[tuple[str, date], list[_Busy]] = defaultdict(list)
        self._on = Counter((one.area, one.day) for one in inputs.standing)
        for number, one in enumerate(inputs.standing, start=1):
            insort(self._busy[one.team, one.day], _Busy(one.from_minute, one.to_minute, -number))

    def place_all(self, units: Sequence[Unit], matched: Mapping[Unit, date]) -> list[Unit]:
        """Places units, those with the higher chance first; returns those that found no place."""
        for number, unit in enumerate(units):
            self._numbers[unit], self._units[number] = number, unit
            self._on[unit.area, matched[unit]] += 1
        without: list[Unit] = []
        for unit in units:
            self._on[unit.area, matched[unit]] -= 1
            days = (matched[unit], *(day for day in unit.candidates if day != matched[unit]))
            if not self._settle(unit, days):
                without.append(unit)
        return without

    def room_left(self, area: str, day: date) -> int | None:
        """How many windows more an area can take on a day; None: any number."""
        room = self.inputs.room(area, day)
        return None if room is None else room - self._on[area, day]

    def is_free(self, team: str, place: Place) -> bool:
        """Whether a team could be there, with the time to travel before and after."""
        gap = self.inputs.travel_minutes
        begin, end = place.minute - gap, place.minute + self.inputs.window_minutes + gap
        return not any(
            busy.from_minute < end and begin < busy.to_minute for busy in self._around(team, place.day)
        )

    def open_starts(
        self, team: str, day: date, minutes: tuple[int, ...], leaving: Sequence[Unit] = ()
    ) -> tuple[int, ...]:
        """Those of some starts of a day (in order of time) at which a team could begin, once some units have left."""
        if not minutes:
            return minutes
        gap, takes = self.inputs.travel_minutes, self.inputs.window_minutes + self.inputs.travel_minutes
        left = {self._numbers.get(unit) for unit in leaving}
        near = [
            (busy.from_minute - takes, busy.to_minute + gap)
            for busy in self._around(team, day)
            if busy.from_minute - takes < minutes[-1]
            and minutes[0] < busy.to_minute + gap
            and busy.number not in left
        ]
        if not near:
            return minutes
        return tuple(minute for minute in minutes if not any(begin < minute < end for begin, end in near))

    def members(self, team: str, day: date) -> list[Unit]:
        """The units a team does on a day."""
        return [self._units[busy.number] for busy in self._busy.get((team, day), ()) if busy.number >= 0]

    def _settle(self, unit: Unit, days: tuple[date, ...]) -> bool:
        for day, team in ((day, team) for day in days for team in unit.teams):
            if not self._has_room(unit.area, day):
                continue
            for place in self.starts(unit, day):
                if self.is_free(team, place):
                    self.put(unit, place, team)
                    return True
        return False

    def _has_room(self, area: str, day: date) -> bool:
        room = self.inputs.room(area, day)
        return room is None or self._on[area, day] < room

    def starts(self, unit: Unit, day: date) -> Iterator[Place]:
        """The unit's starts of a day in the order of its wishes, drawn no further than they are asked for."""
        known = self._known.get((unit, day))
        if known is not None:
            yield from known
            return
        found = []
        for place in self._places(unit, day):
            found.append(place)
            yield place
        self._known[unit, day] = found

    def _around(self, team: str, day: date) -> Iterator[_Busy]:
        """What a team does on a day, the one before and the one after."""
        for offset in (-1, 0, 1):
            yield from self._busy.get((team, day + timedelta(days=offset)), ())

    def put(self, unit: Unit, place: Place, team: str) -> None:
        """Places a unit; nobody is asked whether it may be there."""
        self.placed[unit] = (place, team)
        self._on[unit.area, place.day] += 1
        insort(self._busy[team, place.day], self._span(unit, place))

    def take(self, unit: Unit) -> None:
        """Takes a unit from its place."""
        place, team = self.placed.pop(unit)
        self._on[unit.area, place.day] -= 1
        self._busy[team, place.day].remove(self._span(unit, place))

    def _span(self, unit: Unit, place: Place) -> _Busy:
        return _Busy(place.minute, place.minute + self.inputs.window_minutes, self._numbers[unit])
