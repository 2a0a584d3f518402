"""What compliance can be grouped by, which part of it each grouping can tell, and the weeks, months and quarters of a
period. Pure.

Weeks are ISO weeks on London's calendar, Monday to Sunday; quarters begin in January, April, July and October, which
are those of the financial year, too. Windows stand in the period they start in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from app.areas.kinds import AreaKind

# Twenty years of months, eleven of weeks: beyond it an answer is no use to anybody.
MOST_PERIODS = 600


class GroupBy(StrEnum):
    """What a row stands for. AREA is the very area a window was planned for or a patrol's team belonged to, whatever
    its kind, without what lies below it."""

    FORCE = "force"
    LPA = "lpa"
    SECTOR = "sector"
    NEIGHBOURHOOD = "neighbourhood"
    WARD = "ward"
    AREA = "area"
    TEAM = "team"
    HOTSPOT = "hotspot"
    CATEGORY = "category"
    PROGRAMME = "programme"
    OPERATION = "operation"
    FUNDING = "funding"
    RANK = "rank"
    KIND = "kind"
    OFFICER = "officer"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


By = Sequence[GroupBy]

AREA_KINDS = {
    GroupBy.FORCE: AreaKind.FORCE,
    GroupBy.LPA: AreaKind.LPA,
    GroupBy.SECTOR: AreaKind.SECTOR,
    GroupBy.NEIGHBOURHOOD: AreaKind.NEIGHBOURHOOD,
    GroupBy.WARD: AreaKind.WARD,
}
PERIODS = frozenset({GroupBy.WEEK, GroupBy.MONTH, GroupBy.QUARTER})
# What is known of a patrol and its officer, not of a window.
OF_PATROLS = frozenset(
    {
        GroupBy.PROGRAMME,
        GroupBy.OPERATION,
        GroupBy.FUNDING,
        GroupBy.RANK,
        GroupBy.KIND,
        GroupBy.OFFICER,
    }
)
_OF_HOTSPOTS = frozenset({GroupBy.HOTSPOT, GroupBy.CATEGORY})


def tells_windows(by: By) -> bool:
    """Whether windows can be told by it: no window has a programme, and none an officer's rank."""
    return not OF_PATROLS.intersection(by)


def by_hotspot(by: By) -> bool:
    """Whether officers' time is told of each hotspot by itself, so that overlaps count in each of them."""
    return bool(_OF_HOTSPOTS.intersection(by))


def as_one(by: By) -> tuple[GroupBy, ...]:
    """What visits are held against each other by: rows of weeks and months share one story of each hotspot."""
    return tuple(each for each in by if each not in PERIODS)


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month or quarter: its code (`2026-W53`), its words, its first London day and the first of the next."""

    code: str
    name: str
    first: date
    after: date


@lru_cache(64)
def periods(kind: GroupBy, first: date, last: date) -> tuple[Period, ...]:
    """The weeks, months or quarters that hold some London days, both ends included, in order.

    Weeks from 31 December 2026 to 4 January 2027: 2026-W53 (28 December to 3 January) and 2027-W01. Raises ValueError
    for what is no period, and for more than `MOST_PERIODS`.
    """
    found: list[Period] = []
    start = _start(kind, first)
    while start <= last:
        if len(found) == MOST_PERIODS:
            raise ValueError("too many periods")
        after = _start(kind, start + timedelta(days=_SURELY_IN_THE_NEXT[kind]))
        found.append(Period(*_called(kind, start), start, after))
        start = after
    return tuple(found)


_SURELY_IN_THE_NEXT = {GroupBy.WEEK: 7, GroupBy.MONTH: 31, GroupBy.QUARTER: 92}


def _start(kind: GroupBy, day: date) -> date:
    if kind is GroupBy.WEEK:
        return day - timedelta(days=day.weekday())
    if kind is GroupBy.MONTH:
        return day.replace(day=1)
    if kind is GroupBy.QUARTER:
        return date(day.year, day.month - (day.month - 1) % 3, 1)
    raise ValueError(f"{kind} is no period")


def _called(kind: GroupBy, start: date) -> tuple[str, str]:
    if kind is GroupBy.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}", f"week from {start.day} {start:%B %Y}"
    if kind is GroupBy.MONTH:
        return f"{start:%Y-%m}", f"{start:%B %Y}"
    ends = date(start.year, start.month + 2, 1)
    return f"{start.year}-Q{start.month // 3 + 1}", f"{start:%B} to {ends:%B %Y}"


@dataclass(frozen=True, slots=True)
class Blocks:
    """One in three: a drawn schedule promises one window in every block of days. `due` counts blocks, cancelled and
    moved windows included; a window without a schedule is a block of its own. `kept` have a window kept by evidence;
    `kept_by_decision` none of those, but one that a supervisor accepted or adjusted to the time asked for; `undecided`
    neither, and a window to come or in progress."""

    due: int = 0
    kept: int = 0
    kept_by_decision: int = 0
    undecided: int = 0

    def __add__(self, other: "Blocks") -> "Blocks":
        return Blocks(
            self.due + other.due,
            self.kept + other.kept,
            self.kept_by_decision + other.kept_by_decision,
            self.undecided + other.undecided,
        )


@dataclass(frozen=True, slots=True)
class Visits:
    """Presence in hotspots as visits (Koper): what overlaps or touches in one hotspot is one, whoever it was. Times in
    milliseconds; gaps lie between two visits to one hotspot, both in the period. None where there is nothing to tell.
    """

    visits: int = 0
    present_ms: int = 0
    longest_ms: int | None = None
    median_gap_ms: int | None = None
    longest_gap_ms: int | None = None

    @property
    def mean_ms(self) -> int | None:
        """Floored: 10 and 15 minutes are 12 and a half."""
        return self.present_ms // self.visits if self.visits else None
