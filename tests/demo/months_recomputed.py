"""What three months of the demonstration must come to, worked out again in the slowest and most obvious way.

Nothing here asks the code under test: presence is counted second by second along the tracks that the phones sent, a
window is kept when its officers' seconds in its hotspot make an hour, and sums are sums in a loop.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import shapely

from app.clock import LONDON, from_ms, to_ms
from demo.clients.fixes import Fix
from demo.force import read_hotspots
from demo.quarter_stage import PlannedWindow
from demo.quarter_stories import Happening, happening, others, visits
from demo.quarter_walks import Walked, walked
from demo.tracks import Boundary

LONGEST_GAP_S = 120
WORST_ACCURACY_M = 50
REQUIRED_S = 3600
# Counting seconds along straight lines is not the product's rule at an edge: this near it either may be right.
TOO_NEAR_S = 120


@dataclass(frozen=True)
class Told:
    """A window as it must have come out: kept or not, by what anybody saw; seconds of presence in its two hours."""

    window: PlannedWindow
    what: Happening
    seconds: int
    patrols: tuple[Walked, ...]

    @property
    def kept(self) -> bool:
        return self.what is not Happening.CALLED_OFF and self.seconds >= REQUIRED_S

    @property
    def expected(self) -> set[str]:
        """The statuses that the evidence may come to."""
        if self.what is Happening.CALLED_OFF:
            return {"cancelled"}
        if abs(self.seconds - REQUIRED_S) < TOO_NEAR_S:
            return {"compliant", "partial", "review"}
        if self.kept:
            return {"compliant"}
        # Which of these it is hangs on silences, and these are counted nowhere here.
        return {"partial", "review", "unverified"} if self.patrols else {"not_attended"}


def told(window: PlannedWindow, team: Sequence[str]) -> Told:
    """What a window must have come to."""
    what = happening(window.name)
    made = visits(what, window.name, window.hotspot, window.starts_at, team)
    patrols = tuple(walked(visit) for visit in made)
    boundary = read_hotspots()[window.hotspot]
    present: set[int] = set()
    for patrol in patrols:
        present |= seconds_inside(patrol, boundary)
    starts, ends = to_ms(window.starts_at) // 1000, to_ms(window.ends_at) // 1000
    return Told(window, what, sum(1 for second in present if starts <= second < ends), patrols)


def seconds_inside(patrol: Walked, boundary: Boundary) -> set[int]:
    """The whole seconds since 1970 in which a patrol was in a place, as far as its fixes are close enough to say."""
    found = set()
    for second, lon, lat in _each_second(patrol.track):
        if shapely.contains_xy(boundary, lon, lat):
            found.add(second)
    return found


def _each_second(track: Sequence[Fix]) -> Iterator[tuple[int, float, float]]:
    good = [fix for fix in track if fix.accuracy_m <= WORST_ACCURACY_M]
    for start, end in pairwise(good):
        length_ms = end.at_ms - start.at_ms
        if not 0 < length_ms <= LONGEST_GAP_S * 1000:
            continue
        for second in range(-(-start.at_ms // 1000), -(-end.at_ms // 1000)):
            share = (second * 1000 - start.at_ms) / length_ms
            yield second, start.lon + share * (end.lon - start.lon), start.lat + share * (end.lat - start.lat)


def all_patrols(windows: Iterable[Told], days: Iterable[date]) -> list[Walked]:
    """Every patrol of the months: those for windows, and those that no window asked for."""
    found = [patrol for each in windows for patrol in each.patrols]
    return found + [walked(visit) for day in days for visit in others(day)]


def officer_seconds(patrols: Iterable[Walked]) -> dict[tuple[str, str], int]:
    """Seconds of officers with a phone in any hotspot, by month and programme: each officer's instant once."""
    anywhere = shapely.union_all(list(read_hotspots().values()))
    seen: defaultdict[str, set[int]] = defaultdict(set)
    found: defaultdict[tuple[str, str], int] = defaultdict(int)
    for patrol in sorted(patrols, key=lambda each: each.track[0].at_ms):
        for second in seconds_inside(patrol, anywhere):
            if second not in seen[patrol.visit.collar]:
                seen[patrol.visit.collar].add(second)
                found[_month(second), patrol.visit.programme] += 1
    return dict(found)


def _month(second: int) -> str:
    return f"{from_ms(second * 1000).astimezone(LONDON):%Y-%m}"


def days_of(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def london_month(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%Y-%m}"
