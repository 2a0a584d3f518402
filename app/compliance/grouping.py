"""What compliance can be grouped by, which part of it each grouping can tell, and the weeks, months and quarters of a
period. Pure.

Windows stand in the period they start in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.areas.kinds import AreaKind
from app.areas.periods import Period, PeriodKind, periods as periods_of


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


def periods(kind: GroupBy, first: date, last: date) -> tuple[Period, ...]:
    """The weeks, months or quarters that hold some London days; see `areas.periods`. Raises ValueError for what is no
    period, and for more than `MOST_PERIODS`."""
    if kind not in PERIODS:
        raise ValueError(f"{kind} is no period")
    return periods_of(PeriodKind(kind), first, last)


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
