"""A force of West Midlands' size over two years: 84 hotspots, 20,000 windows, 200,000 patrols and all that follows.

`python -m benchmarks.large_force sqlite:///var/large.db` builds it in an empty database (which it migrates); for
PostgreSQL the address must be a superuser's. The same arguments make the same rows.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task as ProgressTask,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from app.areas.kinds import HotspotKind, TeamKind
from app.clock import LONDON, start_of_london_day, to_ms
from app.database.model import Table
from app.housekeeping import add_months_up
from app.patrols.models import (
    AutoClosing,
    CheckOut,
    CreditedSlice,
    CrewMember,
    OfficerFirst,
    Patrol,
    PatrolAssessment,
    PatrolProgress,
    PatrolVoid,
    WindowResult,
)  # fmt: skip
from app.patrols.review_models import Review
from app.patrols.visit_models import Visit
from app.returns.counting import Unit
from app.returns.models import ReportingScheme
from app.returns.scheming import SchemeRow, read_scheme
from app.schedule.models import ScheduleAllocation, TaskingWindow, WindowAssignment, WindowChange
from app.schedule.windows import WindowState
from app.tracks.models import AssessmentPolicy
from app.tracks.policy import Policy
from benchmarks.bulk import Bulk
from benchmarks.large_decisions import decide_windows
from benchmarks.large_patrols import MINUTE, Made, PatrolRows, uuid7, walk, what_is_said
from benchmarks.large_places import Crew, Force, Spot, made_up_force, named
from benchmarks.large_plan import Window, made_up_plan, write_day
from tests.conftest import ISSUER
from tests.databases import migrate

# Late on a Wednesday, so that some patrols are open.
NOW = datetime(2026, 11, 25, 21, 15, tzinfo=UTC)
AHEAD_DAYS = 14
SCHEME, CLOCK_SCHEME, KIND_SCHEME, WINDOW_SCHEME = "HSR-2026", "CLOCK-2026", "ASB-2026", "WINDOWS-2026"
TABLES: list[type[Table]] = [
    TaskingWindow, WindowAssignment, WindowChange, Patrol, CrewMember, CheckOut, AutoClosing, PatrolVoid,
    OfficerFirst, PatrolProgress, PatrolAssessment, CreditedSlice, Visit, WindowResult, Review, ScheduleAllocation,
]  # fmt: skip
_ATTENDED, _BOTH_PHONES, _VOIDED, _FORGOTTEN = 0.88, 0.6, 0.005, 0.02
_BUILT_IN, _OFFICER_FIRST = Policy(), Policy(officer_first_minutes=30)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a force: patrols spread evenly over so many days before `NOW`."""

    patrols: int = 200_000
    days: int = 730
    officers: int = 2_500
    seed: int = 4

    @property
    def first(self) -> date:
        return NOW.astimezone(LONDON).date() - timedelta(days=self.days - 1)


class Building:
    """A force as it comes into being, day after day; stop at any day and it is whole as far as it goes."""

    def __init__(self, url: str, size: Size, *, checked: bool = False) -> None:
        migrate(url)
        self.size, self.patrols, self._next_day = size, 0, 0
        self.bulk = Bulk(url, TABLES, checked=checked)
        since = size.first - timedelta(days=365)
        self.force = made_up_force(size.seed, size.officers, since, ISSUER)
        # In the second half of the time, results are their officer's to see first.
        self._held_from = size.first + timedelta(days=size.days // 2)
        self.force.rows.append(_policy(self.force, _BUILT_IN, since))
        self.force.rows.append(_policy(self.force, _OFFICER_FIRST, self._held_from))
        self.plan = made_up_plan(size.seed, self.force, size.first, size.days + AHEAD_DAYS)
        self.bulk.add_few([*self.force.rows, *self.plan.schedules, *schemes(self.force)])
        self._rows = PatrolRows(self.bulk, self.force)
        self._by_kind: dict[TeamKind, list[Crew]] = {}
        for crew in self.force.crews:
            self._by_kind.setdefault(crew.kind, []).append(crew)

    def days(self, until_patrols: int | None = None) -> Iterator[int]:
        """Makes days up to this many patrols or to the end; after each, how many patrols there are.

        The indexes are gone while it runs: `bulk.with_indexes()` ends it.
        """
        self.bulk.without_indexes()
        until = self.size.patrols if until_patrols is None else until_patrols
        while self._next_day < self.size.days and self.patrols < until:
            self._day(self._next_day)
            self._next_day += 1
            yield self.patrols
        if self._next_day == self.size.days:
            for ahead in range(AHEAD_DAYS):
                day = self.size.first + timedelta(days=self.size.days + ahead)
                write_day(self.bulk, self.force, self.plan, day)
        self.bulk.flush()

    def _day(self, number: int) -> None:
        day = self.size.first + timedelta(days=number)
        chance = random.Random(f"{self.size.seed}/{day}")
        policy = _OFFICER_FIRST if day >= self._held_from else _BUILT_IN
        quota = (
            self.size.patrols * (number + 1) // self.size.days - self.size.patrols * number // self.size.days
        )
        windows = write_day(self.bulk, self.force, self.plan, day)
        made = _Day(chance, day, self.force, self._by_kind, quota).patrols(windows)
        for each in made:
            self._rows.write(chance, each, policy)
        begun = [
            window
            for window in windows
            if window.starts_at <= NOW and window.state is not WindowState.CANCELLED
        ]
        accepted = decide_windows(self.bulk, self.force, chance, begun, made, policy, NOW)
        for each in made:
            self._rows.write_hours(chance, each, accepted.get(each.id, {}))
        self.patrols += len(made)


def schemes(force: Force) -> list[ReportingScheme]:
    """Funders' financial years: with the usual rules, by the clock, of one kind of hotspot, within windows only."""
    said: dict[str, dict[str, Any]] = {
        SCHEME: {},
        CLOCK_SCHEME: {"unit": Unit.PATROL},
        KIND_SCHEME: {"hotspot_kinds": (HotspotKind.TGP_ASB,)},
        WINDOW_SCHEME: {"within_window_only": True},
    }
    return [_scheme(force, code, rules) for code, rules in said.items()]


def _scheme(force: Force, code: str, rules: dict[str, Any]) -> ReportingScheme:
    read = read_scheme(
        SchemeRow(
            code=code, name="Hotspot patrols", first_day=date(2026, 4, 1), last_day=date(2027, 3, 31),
            target_hours=33_000, **rules,
        )
    )  # fmt: skip
    return ReportingScheme(
        id=uuid5(named(code), "1"), scheme_id=named(code), force_id=force.id, code=code, version=1,
        name="Hotspot patrols", first_day=read.span.first, last_day=read.span.last, target_ms=read.target_ms,
        rules=dict(read.rules), recorded_at=NOW,
    )  # fmt: skip


def _policy(force: Force, policy: Policy, since: date) -> AssessmentPolicy:
    return AssessmentPolicy(
        id=named(policy.version), force_id=force.id, valid_from=since,
        version=policy.version, values=policy.values(), created_at=datetime.combine(since, datetime.min.time(), UTC),
    )  # fmt: skip


class _Day:
    """One day's patrols: crews of two, nobody on two at once."""

    def __init__(
        self, chance: random.Random, day: date, force: Force, by_kind: dict[TeamKind, list[Crew]], quota: int
    ) -> None:
        self.chance, self.force, self.quota = chance, force, quota
        self.midnight_ms = to_ms(start_of_london_day(day))
        self.by_kind = by_kind
        self.out: set[UUID] = set()
        self.made: list[Made] = []

    def patrols(self, windows: Sequence[Window]) -> list[Made]:
        for window in windows:
            if window.state is WindowState.PUBLISHED and self.chance.random() < _ATTENDED:
                self._to_window(window)
        while len(self.made) < self.quota:
            self._shift()
        return self.made

    def _pair(self, crew: Crew, named: Sequence[UUID] = ()) -> tuple[UUID, UUID] | None:
        free = [officer for officer in named if officer not in self.out]
        if len(free) < 2:
            free += [officer for officer in crew.officers if officer not in self.out and officer not in free]
        if len(free) < 2:
            return None
        pair = (free[0], free[1]) if named else tuple(self.chance.sample(free, 2))
        self.out.update(pair)
        return pair[0], pair[1]

    def _to_window(self, window: Window) -> None:
        pair = self._pair(window.crew, window.officers)
        if pair is None:
            return
        start_ms = window.span[0] + self.chance.randrange(25) * MINUTE
        end_ms = start_ms + self.chance.choices((45, 62, 68, 75, 90), (8, 20, 40, 25, 7))[0] * MINUTE
        self._visit(window.crew, pair, window.spot, window, "TGP_SCHEDULED", start_ms, end_ms)

    def _shift(self) -> None:
        """Two officers who go from one hotspot to the next."""
        kind = self.chance.choices(
            (TeamKind.TASKFORCE, TeamKind.PARTNER, TeamKind.NEIGHBOURHOOD, TeamKind.RESPONSE),
            (40, 25, 25, 10),
        )[0]
        crew = self.chance.choice(self.by_kind[kind])
        pair = self._pair(crew)
        if pair is None:
            return
        spots = self.force.spots
        near = spots if crew.lpa is None else [spot for spot in spots if spot.lpa == crew.lpa]
        at_ms = self.midnight_ms + self.chance.randrange(8 * 60, 22 * 60) * MINUTE
        for _ in range(self.chance.randrange(1, 5)):
            length = self.chance.randrange(15, 75) * MINUTE
            self._visit(
                crew, pair, self.chance.choice(near), None, self._programme(kind), at_ms, at_ms + length
            )
            at_ms += length + self.chance.randrange(5, 20) * MINUTE

    def _programme(self, kind: TeamKind) -> str:
        if kind in (TeamKind.TASKFORCE, TeamKind.PARTNER):
            return kind.value
        return self.chance.choices(("TGP_SELF_INITIATED", "IMPACT_AREA", "OP_OTHER"), (7, 2, 1))[0]

    def _visit(
        self, crew: Crew, pair: tuple[UUID, UUID], spot: Spot, window: Window | None, programme: str,
        start_ms: int, end_ms: int,
    ) -> None:  # fmt: skip
        now_ms, chance = to_ms(NOW), self.chance
        if start_ms >= now_ms:
            return
        said = what_is_said(chance, programme)
        both = chance.random() < _BOTH_PHONES
        for officer, declared in ((pair[0], None), (pair[1], None)) if both else ((pair[0], pair[1]),):
            if len(self.made) >= self.quota:
                return
            made = Made(
                uuid7(chance, start_ms), officer, declared, crew, spot, window, said, start_ms, end_ms,
                voided=chance.random() < _VOIDED, auto=chance.random() < _FORGOTTEN, flagged=chance.random() < 0.02,
            )  # fmt: skip
            made.is_open = end_ms >= now_ms
            if made.is_open:
                made.voided = made.auto = False
            walk(chance, made)
            self.made.append(made)


class _Rate(ProgressColumn):
    """Patrols a second."""

    def render(self, task: ProgressTask) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")


def progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
        console=console,
    )  # fmt: skip


def advance(progress: Progress, task: TaskID, building: Building, until_patrols: int | None = None) -> None:
    """Builds on with the bar moving, up to so many patrols or to the end, then makes the indexes."""
    for patrols in building.days(until_patrols):
        progress.update(task, completed=patrols)
    progress.update(task, description="indexes and statistics")
    building.bulk.with_indexes()
    progress.update(task, description="months added up")
    while add_months_up(building.bulk.engine, NOW):
        pass
    # As autovacuum does, which throw-away servers are without: sums it knew nothing of were looked up one by one.
    building.bulk.with_statistics()
    progress.update(task, description=f"{building.bulk.written:,} rows")


def build(url: str, size: Size, console: Console, *, checked: bool = False) -> Building:
    """Builds the whole force at `url`."""
    building = Building(url, size, checked=checked)
    with progress_bar(console) as progress:
        advance(progress, progress.add_task("patrols", total=size.patrols), building)
    building.bulk.close()
    return building


def main() -> None:
    usual = Size()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="sqlite:///path or postgresql+psycopg://…, empty")
    parser.add_argument("--patrols", type=int, default=usual.patrols)
    parser.add_argument("--days", type=int, default=usual.days)
    parser.add_argument("--officers", type=int, default=usual.officers)
    parser.add_argument("--seed", type=int, default=usual.seed)
    given = parser.parse_args()
    console, began = Console(), time.perf_counter()
    size = Size(given.patrols, given.days, given.officers, given.seed)
    building = build(given.url, size, console)
    took = time.perf_counter() - began
    console.print(f"{building.patrols:,} patrols, {building.bulk.written:,} rows in {took:.0f} s")


if __name__ == "__main__":
    main()
