"""What residents are told of an area: which records count as what, under which of some neighbouring areas each stands,
and which numbers are left out. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.activities.codes import ActivityKind
from app.activities.published import counts_as_search
from app.reference.codes import Lists
from app.suppression import hidden_in_list

MOST_MONTHS = 12
# What is counted, in the order of the page, in the words of residents.
COUNTED = {
    "engagements": "meetings, surgeries and walkabouts with residents",
    "contacts": "times officers spoke with people on patrol",
    "searches": "people or vehicles stopped and searched",
    "arrests": "arrests",
    "weapons": "times weapons were found or handed in",
    "asb": "warnings, notices and orders against anti-social behaviour",
    "seizures": "times alcohol, drugs or tobacco were taken away",
    "referrals": "people or problems referred to a partner who can help",
    "help": "times first aid or other help was given",
}
OF_ENGAGEMENT = ("engagements", "contacts")
_BY_CLASS = {"ASB_POWER": "asb", "SEIZURE": "seizures", "WELFARE": "help"}


@dataclass(frozen=True, slots=True)
class Record:
    """One activity or engagement as far as residents are told: what it counts as, and under which of the neighbouring
    areas, None for elsewhere in the area above."""

    counts_as: tuple[str, ...]
    area_id: UUID | None


def counts_as(kind: str, outcome_code: str | None, *, weapon: bool, lists: Lists) -> tuple[str, ...]:
    """What an activity counts as: a search that found a weapon is a search and a weapon; intelligence is nothing."""
    if kind == ActivityKind.STOP_SEARCH:
        searched = counts_as_search(outcome_code)
        return (*(["searches"] if searched else []), *(["weapons"] if weapon and searched else []))
    if kind == ActivityKind.ARREST:
        return ("arrests",)
    if kind == ActivityKind.REFERRAL:
        return ("referrals",)
    label = lists["other_outcomes"].get(outcome_code or "") if kind == ActivityKind.OUTCOME else None
    if label is None:
        return ()
    if label.attribute("weapon") == "yes":
        return ("weapons",)
    found = _BY_CLASS.get(label.attribute("class") or "")
    return (found,) if found else ()


def told(records: Iterable[Record], area_id: UUID, neighbours: Sequence[UUID]) -> dict[str, int | None]:
    """The numbers of one area, None where left out: small ones, and those from which a neighbour's small one could be
    worked out with the number of the area above. `neighbours` are all areas of that level, the one asked for among
    them; what lies in none of them is told to nobody by itself."""
    counted: dict[str, Counter[UUID | None]] = {name: Counter() for name in COUNTED}
    for record in records:
        for name in record.counts_as:
            counted[name][record.area_id] += 1
    place = list(neighbours).index(area_id)
    found: dict[str, int | None] = {}
    for name, by_area in counted.items():
        values = [*(by_area[each] for each in neighbours), by_area[None]]
        hidden = hidden_in_list(values, untold=[len(neighbours)] if len(neighbours) > 1 else [])
        found[name] = None if place in hidden else values[place]
    return found


def last_month(today: date) -> tuple[date, date]:
    """The first and the last day of the month before."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def months_of(first: date, last: date) -> list[tuple[date, date]] | None:
    """The first and last days of the months that a period is made of; None where it is not made of whole ones.

    >>> months_of(date(2026, 1, 1), date(2026, 2, 28))[1]
    (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
    """
    after = last + timedelta(days=1)
    if first.day != 1 or after.day != 1:
        return None
    found = []
    while first < after:
        following = (first + timedelta(days=31)).replace(day=1)
        found.append((first, following - timedelta(days=1)))
        first = following
    return found


def of_several(months: Sequence[Mapping[str, int | None]]) -> dict[str, int | None]:
    """The numbers of several months together, None where that of one is left out: it would follow from the longer time
    and the other months.

    >>> of_several([{"arrests": 6, "help": 0}, {"arrests": None, "help": 7}])
    {'arrests': None, 'help': 7}
    """
    found: dict[str, int | None] = {}
    for name in months[0]:
        numbers = [month[name] for month in months]
        shown = [each for each in numbers if each is not None]
        found[name] = sum(shown) if len(shown) == len(numbers) else None
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A neighbouring area with everything below it."""

    id: UUID
    below: frozenset[UUID]


def standing_in(places: Sequence[Place], areas: Iterable[UUID | None]) -> UUID | None:
    """The neighbouring area that something stands in: by the first of some areas that lies in one."""
    for area_id in areas:
        for place in places:
            if area_id in place.below:
                return place.id
    return None


# What one sheet holds beside everything else, and how much stands in a line of it.
LINES, LINE = 16, 80


def on_the_sheet(promises: Sequence[tuple[str, str]]) -> int:
    """How many promises, the first first, one sheet holds: two at their longest, eight of a line each."""
    left = LINES
    for number, each in enumerate(promises):
        left -= sum(1 + len(text) // LINE for text in each)
        if left < 0:
            return number
    return len(promises)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart in user units: a number in words, `y` its top."""

    label: str
    number: int
    y: int
    width: int


BAR_WIDTH, ROW = 250, 22


def bars(numbers: Mapping[str, int | None]) -> list[Bar]:
    """Bars of what was counted, the longest as wide as there is room; noughts and what is left out have none."""
    shown = [(name, number) for name, number in numbers.items() if number]
    most = max((number for _, number in shown), default=1)
    return [
        Bar(COUNTED[name], number, row * ROW, max(number * BAR_WIDTH // most, 1))
        for row, (name, number) in enumerate(shown)
    ]
