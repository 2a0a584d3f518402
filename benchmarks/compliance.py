"""How long compliance takes to answer at 200,000 patrols and two years of windows, on both databases.

`python -m benchmarks.compliance` builds the large force in a SQLite file and in a throw-away PostgreSQL, stopping at
50,000 and 100,000 patrols to ask about the same month: an answer may grow with the rows it tells of, not with those it
does not. Every question goes through the whole application in this process, signed in, audited and durable.

The machine may be busy with other things, so processor time is told beside the clock: what this process and the
database's own processes used for one answer. *Cold* is the first question on new connections, on SQLite with the file
out of the operating system's cache, too;
*warm* are those after it. The *peer* is what the database needs to touch each row of the same period once: the plain
sum of its credited time and count of its windows, in two statements, read the same way.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx2 as httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func, select, text
from sqlmodel import col
from starlette.testclient import TestClient

from app.clock import london_day, rfc3339
from app.database.session import reading
from app.main import create_app, spare_the_collector
from app.patrols.models import CreditedSlice
from app.schedule.models import TaskingWindow
from app.settings import Profile, Settings
from benchmarks.large_force import (
    CLOCK_SCHEME,
    KIND_SCHEME,
    NOW,
    SCHEME,
    WINDOW_SCHEME,
    Building,
    Size,
    advance,
    progress_bar,
)
from benchmarks.large_places import AUDITOR, COMMANDER, FORCE, PLANNER, SERGEANT, named
from benchmarks.service import cpu_seconds
from demo.issuer import create_issuer
from demo.signing import CLIENT_ID, DemoPerson, DemoSigner, new_key
from tests.conftest import ISSUER, TRUSTED
from tests.postgres import running_server

GOAL_MS = 300
RUNS = 10
STOPS = (50_000, 100_000, 200_000)
# An answer grows with the history where it takes so many times as long with the longest as with the shortest.
GROWS_FROM = 1.5
ROLES = {"sergeant": SERGEANT, "commander": COMMANDER, "planner": PLANNER, "auditor": AUDITOR}
PERIODS = {"week": timedelta(days=7), "month": timedelta(days=30), "two years": timedelta(days=730)}


@dataclass(frozen=True, slots=True)
class Question:
    """An address and what is asked of it; the period is added."""

    name: str
    path: str
    params: Mapping[str, str]
    roles: tuple[str, ...] = ("sergeant", "commander", "planner")
    longest: timedelta = PERIODS["two years"]
    # Whether it is asked of a period; else it has its own, and is asked once.
    of_period: bool = True


QUESTIONS = (
    Question("windows", "/v1/compliance/windows", {}),
    Question("windows for a sergeant to decide", "/v1/compliance/windows", {"status": "review"}, ("planner",)),
    Question("windows as CSV", "/v1/compliance/windows", {"format": "csv"}, longest=timedelta(days=365)),
    Question("hotspots", "/v1/compliance/hotspots", {}),
    Question("hotspots of one kind", "/v1/compliance/hotspots", {"hotspot_kind": "TGP_ASB"}, ("planner",)),
    Question("hotspots as CSV", "/v1/compliance/hotspots", {"format": "csv"}, ("planner",)),
    Question("teams", "/v1/compliance/teams", {}),
    Question("areas", "/v1/compliance/areas", {}),
    Question("areas: LPAs", "/v1/compliance/areas", {"kind": "LPA"}),
    Question("groups by LPA", "/v1/compliance/groups", {"group_by": "lpa"}),
    Question("groups by hotspot", "/v1/compliance/groups", {"group_by": "hotspot"}, ("planner",)),
    Question("groups by week", "/v1/compliance/groups", {"group_by": "week"}),
    Question("groups by LPA and month", "/v1/compliance/groups", {"group_by": "lpa", "then_by": "month"}, ("planner",)),
    Question("groups by programme", "/v1/compliance/groups", {"group_by": "programme"}, ("planner",)),
    Question("groups by rank", "/v1/compliance/groups", {"group_by": "rank"}, ("planner",)),
    Question("areas: wards", "/v1/compliance/areas", {"kind": "WARD"}, ("planner",)),
    Question("groups by LPA, visits", "/v1/compliance/groups", {"group_by": "lpa", "visits": "true"}, ("planner",)),
    Question("officers", "/v1/compliance/officers", {}, ("sergeant", "commander")),
    Question("dose, a page", "/v1/compliance/dose", {"purpose": "benchmark"}, ("planner",)),
)  # fmt: skip
_SCHEME, _CLOCK, _KIND, _WINDOW = (
    f"/v1/schemes/{named(code)}" for code in (SCHEME, CLOCK_SCHEME, KIND_SCHEME, WINDOW_SCHEME)
)
# Not of `app.compliance`, but read at the same desks.
OTHERS = (
    Question("weeks of all teams", "/v1/weeks", {}, of_period=False),
    Question("week of a team", f"/v1/weeks/{named('LA-1-N')}/2026-W47", {}, ("sergeant",), of_period=False),
    Question("open alerts", "/v1/alerts", {"open": "true"}, of_period=False),
    Question("to decide", "/v1/reviews/due", {}, ("sergeant", "commander"), of_period=False),
    Question("hours, a month", "/v1/hours", {"from": "2026-10-01", "to": "2026-10-31"}, ("planner",), of_period=False),
    Question("hours, 2 years", "/v1/hours", {"from": "2024-11-26", "to": "2026-11-25"}, ("planner",), of_period=False),
    Question("scheme's hours", f"{_SCHEME}/hours", {}, ("planner",), of_period=False),
    Question("scheme's hours by LPA", f"{_SCHEME}/hours", {"by": "lpa"}, ("planner",), of_period=False),
    Question("scheme's hours by week", f"{_SCHEME}/hours", {"by": "week"}, ("planner",), of_period=False),
    Question("scheme's hours by hotspot", f"{_SCHEME}/hours", {"by": "hotspot"}, ("planner",), of_period=False),
    Question("scheme's hours, both units", f"{_SCHEME}/hours", {"both_units": "true"}, ("planner",), of_period=False),
    Question("scheme by the clock", f"{_CLOCK}/hours", {}, ("planner", "commander"), of_period=False),
    Question("scheme by the clock, by hotspot", f"{_CLOCK}/hours", {"by": "hotspot"}, ("planner",), of_period=False),
    Question("scheme of a kind", f"{_KIND}/hours", {}, ("planner",), of_period=False),
    Question("scheme within windows", f"{_WINDOW}/hours", {}, ("planner",), of_period=False),
    Question("scheme within windows, both", f"{_WINDOW}/hours", {"both_units": "true"}, ("planner",), of_period=False),
    Question("scheme's gaps", f"{_SCHEME}/missing", {}, ("planner",), of_period=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """How long one answer took, and what came."""

    seconds: float
    came: httpx.Response

    @property
    def rows(self) -> int:
        """How many rows it tells of. Not counted while answers are measured: it is the reader's work."""
        if self.came.headers["content-type"].startswith("text/csv"):
            return len(self.came.text.splitlines()) - 1
        return max((len(value) for value in self.came.json().values() if isinstance(value, list)), default=1)

    @property
    def size(self) -> int:
        return len(self.came.content)


class Asking:
    """The application on a large force, asked as one person or another."""

    def __init__(self, client: TestClient, signer: DemoSigner, engine: Engine) -> None:
        self.client, self.signer, self.engine = client, signer, engine

    def ask(self, question: Question, role: str, from_at: datetime, to_at: datetime) -> Answer:
        """RuntimeError for anything but 200."""
        collar = ROLES[role]
        token = self.signer.access_token(DemoPerson(f"demo|{collar}", collar), CLIENT_ID)[0]
        asked = dict(question.params)
        if question.of_period:
            asked |= {"from": rfc3339(from_at), "to": rfc3339(to_at)}
        began = time.perf_counter()
        answer = self.client.get(question.path, params=asked, headers={"Authorization": f"Bearer {token}"})
        seconds = time.perf_counter() - began
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{question.name}: {answer.status_code} {answer.text[:300]}")
        return Answer(seconds, answer)

    def processor(self) -> float:
        """Seconds of processor used so far by this process and, on PostgreSQL here, by whoever serves it."""
        used = time.process_time()
        if self.engine.dialect.name == "postgresql":
            with self.engine.connect() as connection:
                pids = connection.execute(
                    text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                )
                used += sum(cpu_seconds(pid) for (pid,) in pids if Path(f"/proc/{pid}").exists())
        return used

    def forget(self) -> None:
        """Closes every connection and, on SQLite, has the operating system let go of the file."""
        self.engine.dispose()
        if self.engine.dialect.name == "sqlite" and self.engine.url.database:
            file = os.open(self.engine.url.database, os.O_RDONLY)
            try:
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)

    def plain_sum(self, from_at: datetime, to_at: datetime) -> float:
        """Seconds the peer takes: each row of the period touched once, nothing told apart."""
        slices = select(func.count(), func.sum(col(CreditedSlice.credited_ms))).where(
            col(CreditedSlice.force_id) == named(FORCE),
            col(CreditedSlice.day) >= london_day(from_at),
            col(CreditedSlice.day) <= london_day(to_at),
        )
        windows = select(func.count(), func.sum(col(TaskingWindow.required_seconds))).where(
            col(TaskingWindow.force_id) == named(FORCE),
            col(TaskingWindow.starts_at) >= from_at,
            col(TaskingWindow.starts_at) < to_at,
        )
        with reading(self.engine) as session:
            began = time.perf_counter()
            for statement in (slices, windows):
                session.execute(statement).one()
            return time.perf_counter() - began


@contextmanager
def asking(url: str) -> Iterator[Asking]:
    """The application on the force at `url`, its clock at `NOW`, until the block ends."""
    issuer = create_issuer(ISSUER, [], key=new_key(), now=lambda: NOW)
    settings = Settings(
        profile=Profile.DEVELOPMENT,
        database_url=url,
        trusted_issuers=(TRUSTED,),
        allowed_hosts=("testserver",),
        tick_seconds=0,
        seal_seconds=0,
        log_level="WARNING",
        officer_views=(FORCE,),
    )
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=issuer))
    app = create_app(settings, now=lambda: NOW, http=http)
    with TestClient(app, raise_server_exceptions=False) as client:
        spare_the_collector()
        yield Asking(client, issuer.state.signer, app.state.engine)


def percentile(seconds: list[float], share: float) -> float:
    """The value that so many of all lie at or below."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def measure(service: Asking, console: Console, title: str, runs: int, only: str = "") -> None:
    """Asks everything of the whole force and prints what it took."""
    table = Table(title=f"{title}: milliseconds, goal {GOAL_MS}; {runs} runs")
    numbers = ("rows", "kB", "processor", "median", "p95", "cold", "of the peer")
    for heading in ("question", "role", "period", *numbers, ""):
        table.add_column(heading, justify="right" if heading in numbers else "left")
    missed = asked = 0
    for period, length in PERIODS.items():
        from_at, to_at = NOW - length, NOW
        peer = statistics.median(service.plain_sum(from_at, to_at) for _ in range(5))
        for question in (*QUESTIONS, *(OTHERS if period == "week" else ())):
            if only not in question.name:
                continue
            began_at = max(from_at, to_at - question.longest)
            for role in question.roles:
                service.forget()
                cold = service.ask(question, role, began_at, to_at)
                before = service.processor()
                taken = [service.ask(question, role, began_at, to_at).seconds for _ in range(runs)]
                processor = (service.processor() - before) / runs
                median = statistics.median(taken)
                slow = max(median, percentile(taken, 0.95)) * 1000 > GOAL_MS
                missed, asked = missed + slow, asked + 1
                told = (processor, median, percentile(taken, 0.95), cold.seconds)
                table.add_row(
                    question.name,
                    role,
                    _said_of(question, period, whole=began_at == from_at),
                    f"{cold.rows:,}",
                    f"{cold.size / 1000:,.0f}",
                    *(f"{seconds * 1000:,.0f}" for seconds in told),
                    f"{median / peer:,.1f}",
                    "[red]over" if slow else "",
                )
    console.print(table)
    console.print(f"{asked - missed} of {asked} within {GOAL_MS} ms, p95 included")


def _said_of(question: Question, period: str, *, whole: bool) -> str:
    if not question.of_period:
        return "its own"
    return period if whole else "one year"


Grown = dict[str, list[float]]


def grown(service: Asking, size: Size, runs: int, found: Grown) -> None:
    """How much processor the same month takes now that the history is as long as it is."""
    from_at = datetime.combine(size.first + timedelta(days=20), datetime.min.time(), NOW.tzinfo)
    for question in QUESTIONS:
        role = "planner" if "planner" in question.roles else question.roles[0]
        service.ask(question, role, from_at, from_at + PERIODS["month"])
        before = service.processor()
        for _ in range(runs):
            service.ask(question, role, from_at, from_at + PERIODS["month"])
        found.setdefault(question.name, []).append((service.processor() - before) / runs)


def print_growth(console: Console, found: Grown, stops: list[int], title: str) -> None:
    """Says of each question how many times as long it takes with the longest history as with the shortest: once where
    it takes no notice of what it does not tell of."""
    longer = stops[-1] / stops[0]
    table = Table(
        title=f"{title}: the same month while the history grows {longer:.0f} times, ms of processor"
    )
    table.add_column("question")
    for stop in stops:
        table.add_column(f"{stop:,} patrols", justify="right")
    table.add_column("last of first", justify="right")
    table.add_column("")
    for name, taken in found.items():
        share = taken[-1] / taken[0]
        grows = "[red]grows" if share > GROWS_FROM else ""
        table.add_row(name, *(f"{seconds * 1000:,.0f}" for seconds in taken), f"{share:.2f}", grows)
    console.print(table)
    steady = sum(taken[-1] / taken[0] <= GROWS_FROM for taken in found.values())
    console.print(f"{steady} of {len(found)} take no more than {GROWS_FROM} times as long")


@dataclass(frozen=True, slots=True)
class PerRow:
    """What an answer took for a week and for two years, and how many rows it told of."""

    week: float
    years: float
    rows: tuple[int, int]


def by_rows(service: Asking, runs: int, only: str) -> dict[str, PerRow]:
    """How much more processor two years take than a week, beside how many more rows are told: in one force, built
    before."""
    found = {}
    for question in QUESTIONS:
        if only not in question.name:
            continue
        role = "planner" if "planner" in question.roles else question.roles[0]
        taken, rows = [], []
        for period in ("week", "two years"):
            began_at = max(NOW - PERIODS[period], NOW - question.longest)
            rows.append(service.ask(question, role, began_at, NOW).rows)
            before = service.processor()
            for _ in range(runs):
                service.ask(question, role, began_at, NOW)
            taken.append((service.processor() - before) / runs)
        found[question.name] = PerRow(taken[0], taken[1], (rows[0], rows[1]))
    return found


def print_by_rows(console: Console, found: Mapping[str, PerRow], title: str) -> None:
    table = Table(title=f"{title}: two years beside a week, milliseconds of processor")
    for heading in ("question", "week", "two years", "ratio", "rows of a week", "rows of two years"):
        table.add_column(heading, justify="left" if heading == "question" else "right")
    for name, each in found.items():
        spent = (f"{each.week * 1000:,.0f}", f"{each.years * 1000:,.0f}", f"{each.years / each.week:.1f}")
        table.add_row(name, *spent, *(f"{rows:,}" for rows in each.rows))
    console.print(table)


def run_on(url: str, console: Console, size: Size, runs: int, title: str) -> None:
    """Builds a force at `url` in steps and measures it."""
    building, found = Building(url, size), Grown()
    stops = [stop for stop in STOPS if stop < size.patrols] + [size.patrols]
    with progress_bar(console) as progress:
        task = progress.add_task(title, total=size.patrols)
        for stop in stops:
            advance(progress, task, building, stop)
            with asking(url) as service:
                grown(service, size, runs, found)
            progress.update(task, description=title)
    building.bulk.close()
    print_growth(console, found, stops, title)
    with asking(url) as service:
        measure(service, console, title, runs)


def run(console: Console, size: Size, runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="beatcheck-large-") as folder:
        run_on(f"sqlite:///{Path(folder) / 'large.db'}", console, size, runs, "SQLite")
    with running_server() as server:
        run_on(server.create("large"), console, size, runs, "PostgreSQL")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="a force that was built before, instead of building")
    parser.add_argument("--patrols", type=int, default=Size().patrols)
    parser.add_argument("--days", type=int, default=Size().days)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--only", default="", help="questions with this in their name")
    parser.add_argument("--growth", action="store_true", help="with --url: two years beside a week, only")
    given = parser.parse_args()
    console = Console(width=160)
    console.print(f"{os.cpu_count()} cores, load before the run {os.getloadavg()[0]:.2f}")
    if given.url:
        with asking(given.url) as service:
            title = service.engine.dialect.name
            if given.growth:
                print_by_rows(console, by_rows(service, given.runs, given.only), title)
            else:
                measure(service, console, title, given.runs, given.only)
    else:
        run(console, Size(given.patrols, given.days), given.runs)
    console.print(f"load after the run {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
