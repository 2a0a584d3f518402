"""Ticks: twice, at once, after a night without, and never through the history; whatever the order, the same alerts."""

import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, delete, event, update
from sqlmodel import Session, col

from app.alerts.models import Alert
from app.alerts.rules import AlertKind, Clearing
from app.database.engine import open_engine
from app.database.session import transaction
from app.housekeeping import raise_alerts
from app.patrols.lifecycle import CLOSING_GRACE
from app.patrols.models import AutoClosing, CheckOut, Patrol, PatrolProgress, PatrolVoid
from app.schedule.models import TaskingWindow, WindowAssignment
from app.schedule.windows import WindowState
from tests.alerts.ticks import stored, tick_at
from tests.compliance.test_window_compliance import check_out, patrol, window
from tests.conftest import named
from tests.patrols.test_patrol_story import START
from tests.people import change

if TYPE_CHECKING:
    from tests.databases import Databases

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Change = Callable[[Session], object]


@pytest.fixture
def engine(force_url: str) -> Iterator[Engine]:
    made = open_engine(force_url)
    yield made
    made.dispose()


def shape(alert: Alert) -> dict[str, Any]:
    return alert.model_dump()


def standing(url: str) -> set[tuple[str, str, str]]:
    """The open alerts, by what they are of."""
    return {
        (one.kind.value, str(one.window_id or one.patrol_id), one.occasion)
        for one in stored(url)
        if one.cleared_at is None
    }


def busy(session: Session) -> None:
    """Eight windows that nobody attends, and four patrols whose phones are silent."""
    session.add_all([window(f"w{number}", START) for number in range(8)])
    session.flush()
    on_patrol(session, *(f"p{number}" for number in range(4)))


def on_patrol(session: Session, *names: str, started_at: datetime = START, window_id: Any = None) -> None:
    for name in names:
        row = patrol(name, "WINDOW-1", started_at)
        row.window_id, row.team_id, row.area_id = window_id, named("NORTH-1"), named("NORTH")
        session.add(row)
        session.flush()
        session.add(PatrolProgress(patrol_id=row.id, verified_ms=0, fix_count=0, computed_at=started_at))
    session.flush()


def test_a_second_tick_changes_nothing(force_url: str, engine: Engine) -> None:
    change(force_url, busy)
    now = START + 25 * MINUTE
    assert raise_alerts(engine, now) == 9 + 4
    before = [shape(one) for one in stored(force_url)]
    assert raise_alerts(engine, now) == 0
    assert raise_alerts(engine, now + MINUTE) == 0
    assert [shape(one) for one in stored(force_url)] == before


def test_ticks_at_once_make_each_row_once(force_url: str) -> None:
    """Six at one time, as on six machines, while they are raised and again while they are cleared."""
    change(force_url, busy)
    for minutes, count in ((25, 13), (121, 13)):
        start = Barrier(6)

        def one(_: int, minutes: int = minutes, start: Barrier = start) -> int:
            mine = open_engine(force_url, 2)
            start.wait()
            done = raise_alerts(mine, START + minutes * MINUTE)
            mine.dispose()
            return done

        if minutes == 121:
            change(force_url, end_patrols)
        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(one, range(6))) == count
        rows = stored(force_url)
        assert len(rows) == 13
        assert all((row.cleared_at is not None) is (minutes == 121) for row in rows)
    assert {row.cleared_because for row in stored(force_url)} == {Clearing.WINDOW_OVER, Clearing.CHECKED_OUT}


def end_patrols(session: Session) -> None:
    for number in range(4):
        session.add(check_out(f"p{number}", START + 30 * MINUTE))
        session.execute(delete(PatrolProgress).where(col(PatrolProgress.patrol_id) == named(f"p{number}")))
    session.flush()


def test_after_a_night_without_ticks_there_is_no_flood(force_url: str) -> None:
    """What was so at midnight and is over is not raised; what had been raised is cleared with its reason, once."""
    change(force_url, busy)
    assert tick_at(force_url, START + 25 * MINUTE) == 13
    change(force_url, lambda session: session.add_all([window(f"n{n}", START + 4 * HOUR) for n in range(20)]))
    change(force_url, lambda session: on_patrol(session, "kept", started_at=START + 3 * HOUR))
    morning = START + 12 * HOUR
    tick_at(force_url, morning)
    rows = stored(force_url)
    by_kind = {kind: [row for row in rows if row.kind is kind] for kind in AlertKind}
    assert len(by_kind[AlertKind.NO_CHECK_IN]) == 9, "none of the twenty windows of the night"
    assert {row.cleared_because for row in by_kind[AlertKind.NO_CHECK_IN]} == {Clearing.WINDOW_OVER}
    assert {row.cleared_because for row in by_kind[AlertKind.SILENT_PHONE]} == {Clearing.CLOSED}
    forgotten = by_kind[AlertKind.FORGOTTEN_CHECK_OUT]
    assert {row.patrol_id for row in forgotten} == {named(name) for name in ("p0", "p1", "p2", "p3", "kept")}
    # Their officers still have their half day, counted from when they could first know.
    assert {row.escalates_at for row in forgotten} == {morning + 12 * HOUR}
    assert tick_at(force_url, morning + MINUTE) == 0


def test_what_comes_back_is_raised_again_and_the_first_time_stays_on_record(
    force_url: str, engine: Engine
) -> None:
    def named_for(session: Session) -> None:
        session.add(WindowAssignment(window_id=named("w0"), officer_id=named("4101")))

    def cleared(session: Session) -> None:
        session.execute(delete(WindowAssignment).where(col(WindowAssignment.window_id) == named("w0")))

    change(force_url, lambda session: session.add_all([window("w0", START), window("w1", START - DAY)]))
    change(
        force_url,
        lambda session: session.add(WindowAssignment(window_id=named("w1"), officer_id=named("4101"))),
    )
    for number, act in enumerate((None, named_for, cleared, named_for, cleared)):
        if act is not None:
            change(force_url, act)
        raise_alerts(engine, START - 10 * HOUR + number * HOUR)
    rows = sorted(
        (row for row in stored(force_url) if row.window_id == named("w0")), key=lambda row: row.round
    )
    assert [(row.round, row.cleared_because) for row in rows] == [
        (0, Clearing.ASSIGNED), (1, Clearing.ASSIGNED), (2, None),
    ]  # fmt: skip


def test_a_tick_asks_no_more_however_long_the_history(force_url: str, engine: Engine) -> None:
    def statements(now: datetime) -> int:
        found: list[str] = []

        def note(*args: Any) -> None:
            found.append(args[2])

        event.listen(engine, "before_cursor_execute", note)
        raise_alerts(engine, now)
        event.remove(engine, "before_cursor_execute", note)
        return len(found)

    def history(session: Session) -> None:
        for number in range(200):
            ago = START - timedelta(days=100 + number)
            session.add(window(f"old{number}", ago))
        session.flush()
        for number in range(100):
            ago = START - timedelta(days=100 + number)
            row = patrol(f"old p{number}", f"old{number}", ago)
            session.add(row)
            session.flush()
            session.add(AutoClosing(patrol_id=row.id, ended_at=ago + HOUR, closed_at=ago + HOUR))
        session.flush()

    raise_alerts(engine, START + 25 * MINUTE)
    before = statements(START + 26 * MINUTE)
    change(force_url, history)
    assert statements(START + 27 * MINUTE) == before <= 30
    assert standing(force_url) == {("NO_CHECK_IN", str(named("WINDOW-1")), "")}


def test_a_tick_reads_no_growing_table_through(force_url: str, engine: Engine) -> None:
    """Every window and patrol is found by its id, its time or what it was moved from: never all of a force's."""
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by how many rows there are")
    change(force_url, busy)
    raise_alerts(engine, START + 25 * MINUTE)
    asked: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:
        asked.append((args[2], args[3]))

    event.listen(engine, "before_cursor_execute", note)
    raise_alerts(engine, START + 26 * MINUTE)
    event.remove(engine, "before_cursor_execute", note)
    reads = [one for one in asked if one[0].startswith("SELECT")]
    assert len(reads) > 10
    through = re.compile(
        r"SCAN (patrols|tasking_windows)\b|(patrols|tasking_windows) USING .*\(force_id=\?\)"
    )
    with engine.connect() as connection:
        for statement, values in reads:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not [step for step in plan if through.search(step)], (statement, plan)


class Timeline:
    """A force's evening made up at random: what happened when, as changes of rows."""

    def __init__(self, chance: random.Random, begins: datetime) -> None:
        self.chance = chance
        self.begins = begins
        self.events: list[tuple[datetime, Change]] = []
        for number in range(6):
            self._window(f"w{number}")
        for number in range(6):
            self._patrol(f"p{number}")
        self.events.sort(key=lambda one: one[0])

    def minute(self, first: float, last: float) -> datetime:
        return self.begins + MINUTE * self.chance.randint(int(first), int(last))

    def _window(self, name: str) -> None:
        starts_at = self.minute(0, 240)
        state = self.chance.choice([WindowState.PUBLISHED] * 3 + [WindowState.PLANNED])
        made = window(name, starts_at, state=state)
        self.events.append((self.begins - HOUR, lambda session: session.add(made)))
        if self.chance.random() < 0.5:
            tasked = WindowAssignment(window_id=named(name), officer_id=named("4102"))
            self.events.append((self.minute(-50, 100), lambda session: session.add(tasked)))
        if self.chance.random() < 0.2:
            off = update(TaskingWindow).where(col(TaskingWindow.id) == named(name))
            self.events.append(
                (self.minute(-50, 200), lambda session: session.execute(off.values(state=WindowState.CANCELLED)))
            )  # fmt: skip

    def _patrol(self, name: str) -> None:
        started_at = self.minute(0, 300)
        of = self.chance.choice([None, named("w0"), named("w1"), named("w2")])
        self.events.append(
            (started_at, lambda session: on_patrol(session, name, started_at=started_at, window_id=of))
        )
        heard = started_at
        for _ in range(self.chance.randint(0, 4)):
            heard += MINUTE * self.chance.randint(1, 40)
            self.events.append((heard, self._reports(name, heard)))
        ending = self.chance.choice(["none", "out", "void", "auto", "auto then out"])
        ends_at = heard + MINUTE * self.chance.randint(1, 200)
        if ending.startswith("auto"):
            self.events.append((ends_at, self._ends(name, AutoClosing(
                patrol_id=named(name), ended_at=heard + CLOSING_GRACE, closed_at=ends_at
            ))))  # fmt: skip
        if ending in ("out", "auto then out"):
            later = ends_at + MINUTE * self.chance.randint(1, 60)
            self.events.append((later, self._ends(name, check_out(name, later))))
        if ending == "void":
            self.events.append((ends_at, self._ends(name, PatrolVoid(
                id=named(name), content_hash=b"x", captured_by=named("4101"), uploaded_by=named("4101"),
                received_at=ends_at, reason="Wrong button.",
            ))))  # fmt: skip

    def _reports(self, name: str, heard: datetime) -> Change:
        row = update(PatrolProgress).where(col(PatrolProgress.patrol_id) == named(name))
        return lambda session: session.execute(row.values(horizon_at=heard))

    def _ends(self, name: str, row: Any) -> Change:
        def end(session: Session) -> None:
            session.execute(delete(PatrolProgress).where(col(PatrolProgress.patrol_id) == named(name)))
            session.add(row)

        return end


def apply(engine: Engine, what: Change) -> None:
    with transaction(engine) as session:
        what(session)


def clean(session: Session) -> None:
    for table in (
        Alert,
        PatrolProgress,
        AutoClosing,
        PatrolVoid,
        CheckOut,
        Patrol,
        WindowAssignment,
        TaskingWindow,
    ):
        session.execute(delete(table))


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 3, 2, 17, tzinfo=UTC),
        datetime(2026, 3, 28, 22, tzinfo=UTC),
        datetime(2026, 10, 24, 22, tzinfo=UTC),
    ],
)
def test_ticks_whenever_they_come_leave_what_one_tick_at_the_end_does(
    force_url: str, engine: Engine, trials: Callable[[int], int], day: datetime
) -> None:
    """Many random evenings, ticked at random instants: in the end the same alerts stand as after one tick."""
    raised = 0
    for seed in range(trials(40)):
        chance = random.Random(f"{seed} {day}")
        apply(engine, clean)
        line = Timeline(chance, day)
        end = day + MINUTE * chance.randint(30, 500)
        for when, happens in line.events:
            if when > end:
                break
            apply(engine, happens)
            if chance.random() < 0.3:
                raise_alerts(engine, when)
        raise_alerts(engine, end)
        often = standing(force_url)
        raised += len(stored(force_url))
        kept = [row for row in stored(force_url) if row.cleared_at is not None]
        assert all(row.raised_at <= (row.cleared_at or end) for row in kept)
        apply(engine, lambda session: session.execute(delete(Alert)))
        raise_alerts(engine, end)
        assert often == standing(force_url), f"seed {seed}"
    assert raised > 10


def test_the_services_own_role_may_do_it(force_url: str, databases: "Databases") -> None:
    """Raising and clearing need no more than docs/examples/grants.sql gives it."""
    change(force_url, busy)
    served = databases.served(force_url)
    assert tick_at(served, START + 25 * MINUTE) == 13
    change(force_url, end_patrols)
    assert tick_at(served, START + 26 * MINUTE) == 4
