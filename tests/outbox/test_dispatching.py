"""Messages are delivered at least once, whoever delivers, whatever the other side does and wherever a process ends."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Lock
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.database.engine import open_engine
from app.database.session import transaction
from app.outbox.attempts import MOST_ATTEMPTS, Failure, Message, MessageFilter, Outcome
from app.outbox.dispatching import Round, given_up
from app.outbox.service import CLAIM, INTERRUPTED, claim, conclude, enqueue, erase, replay
from tests.assurance.running import WarmServer
from tests.assurance.waiting import wait_until
from tests.conftest import named
from tests.outbox.messages import CHANNEL, deliver, message, put_in, stored
from tests.outbox.receiver import receiving, say_nothing

if TYPE_CHECKING:
    from tests.databases import Databases

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def engine(force_url: str, databases: "Databases") -> Iterator[Engine]:
    """The service's own connection, with no more rights than it has."""
    made = open_engine(databases.served(force_url), 3)
    yield made
    made.dispose()


class Other:
    """The other side: takes what it is given, or fails as it is told to."""

    def __init__(self, *failures: Failure) -> None:
        self.failures = list(failures)
        self.taken: list[UUID] = []
        self.tried: list[tuple[UUID, int]] = []
        self._lock = Lock()

    def __call__(self, message: Message, _now: datetime) -> Outcome:
        with self._lock:
            self.tried.append((message.id, message.attempt))
            if self.failures:
                return self.failures.pop(0)
            self.taken.append(message.id)
        return None


def test_what_is_put_in_twice_goes_out_once(engine: Engine) -> None:
    other = Other()
    assert put_in(engine, NOW, "a", "b") == 2
    assert put_in(engine, NOW + MINUTE, "a") == 0
    assert deliver(engine, {CHANNEL: other}, NOW) == Round(delivered=2)
    assert sorted(other.taken) == sorted([named("a"), named("b")])
    assert deliver(engine, {CHANNEL: other}, NOW + DAY) == Round()
    row = stored(engine)[named("a")]
    assert (row.delivered_at, row.attempts, row.claim_id, row.last_error) == (NOW, 1, None, None)


def _put_in_and_fail(engine: Engine) -> None:
    with transaction(engine) as session:
        enqueue(session, message("a", NOW), NOW)
        raise ZeroDivisionError


def test_a_transaction_that_is_undone_tells_nobody(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        _put_in_and_fail(engine)
    assert stored(engine) == {}


def test_what_fails_is_tried_again_in_its_time_and_then_given_up(engine: Engine) -> None:
    other = Other(*[Failure("status-500")] * (MOST_ATTEMPTS + 1))
    put_in(engine, NOW, "a")
    at, waits = NOW, []
    for _ in range(MOST_ATTEMPTS):
        assert deliver(engine, {CHANNEL: other}, at) == Round(failed=1)
        row = stored(engine)[named("a")]
        assert (row.last_error, row.claim_id, row.attempted_at) == ("status-500", None, at)
        if row.dead_at is None:
            assert deliver(engine, {CHANNEL: other}, row.due_at - timedelta(seconds=1)) == Round()
            waits.append(row.due_at - at)
            at = row.due_at
    assert sum(waits, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)
    assert (row.dead_at, row.attempts) == (at, MOST_ATTEMPTS)
    assert deliver(engine, {CHANNEL: other}, at + 10 * DAY) == Round()
    assert (given_up(engine, at + DAY), given_up(engine, at + 8 * DAY)) == (1, 0)


def test_a_receivers_wish_is_kept(engine: Engine) -> None:
    other = Other(Failure("status-429", timedelta(minutes=10)))
    put_in(engine, NOW, "a")
    deliver(engine, {CHANNEL: other}, NOW)
    assert deliver(engine, {CHANNEL: other}, NOW + 9 * MINUTE) == Round()
    assert deliver(engine, {CHANNEL: other}, NOW + 10 * MINUTE) == Round(delivered=1)


def test_who_fails_rests_and_keeps_nobody_waiting(engine: Engine) -> None:
    """Three messages wait for who is down, one attempt shows it; the others' go out in the same round."""
    down, up = Other(*[Failure("timeout")] * 9), Other()
    put_in(engine, NOW, "a", "b", "c", to="down", channel="down")
    put_in(engine, NOW + timedelta(seconds=1), "d", "e", to="up", channel="up")
    assert deliver(engine, {"down": down, "up": up}, NOW + MINUTE) == Round(delivered=2, failed=1)
    assert len(down.tried) == 1 and sorted(up.taken) == sorted([named("d"), named("e")])


def test_who_is_slow_rests_too(engine: Engine) -> None:
    clock = [NOW]

    def slow(_message: Message, _now: datetime) -> Outcome:
        clock[0] += timedelta(seconds=3)
        return None

    put_in(engine, NOW, "a", "b")
    assert deliver(engine, {CHANNEL: slow}, lambda: clock[0]) == Round(delivered=1)
    assert deliver(engine, {CHANNEL: slow}, lambda: clock[0]) == Round(delivered=1)


def test_what_nobody_foresaw_is_an_attempt_that_failed(engine: Engine) -> None:
    def broken(_message: Message, _now: datetime) -> Outcome:
        raise KeyError("SECRET")

    put_in(engine, NOW, "a")
    put_in(engine, NOW, "b", to="elsewhere", channel="unknown")
    assert deliver(engine, {CHANNEL: broken}, NOW) == Round(failed=2)
    errors = {row.last_error for row in stored(engine).values()}
    assert errors == {"unexpected", "no-such-channel"}


def test_several_at_once_deliver_each_message_once(
    force_url: str, databases: "Databases", engine: Engine
) -> None:
    names = [f"m{number}" for number in range(60)]
    put_in(engine, NOW, *names)
    other, start = Other(), Barrier(4)

    def one(_: int) -> int:
        mine = open_engine(databases.served(force_url), 2)
        start.wait()
        done = deliver(mine, {CHANNEL: other}, NOW)
        mine.dispose()
        return done.delivered

    with ThreadPoolExecutor(4) as pool:
        delivered = list(pool.map(one, range(4)))
    assert sum(delivered) == 60
    assert Counter(other.taken) == Counter(named(name) for name in names)
    assert all(row.delivered_at == NOW and row.attempts == 1 for row in stored(engine).values())


def test_a_claim_lapses_and_whoever_held_it_says_nothing_any_more(engine: Engine) -> None:
    """A worker that was away too long must not say that another's message failed, nor the other way round."""
    put_in(engine, NOW, "a")
    first, second = named("first"), named("second")
    with transaction(engine) as session:
        held = claim(session, first, (), NOW)
    assert held is not None
    with transaction(engine) as session:
        assert claim(session, second, (), NOW + CLAIM - timedelta(seconds=1)) is None
    with transaction(engine) as session:
        again = claim(session, second, (), NOW + CLAIM)
    assert again is not None and (again.id, again.attempt) == (held.id, 2)
    with transaction(engine) as session:
        assert not conclude(session, held, first, Failure("timeout"), NOW + CLAIM, 0.0)
    with transaction(engine) as session:
        assert conclude(session, again, second, None, NOW + CLAIM, 0.0)
    assert stored(engine)[named("a")].delivered_at == NOW + CLAIM


def test_a_message_that_ends_every_process_is_given_up(engine: Engine) -> None:
    put_in(engine, NOW, "a")
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        with transaction(engine) as session:
            assert claim(session, named("doomed"), (), at) is not None
        at += CLAIM
    assert deliver(engine, {CHANNEL: Other()}, at) == Round()
    row = stored(engine)[named("a")]
    assert (row.dead_at, row.last_error, row.attempts) == (at, INTERRUPTED, MOST_ATTEMPTS)


def test_the_dead_are_delivered_again_when_asked_and_the_waiting_left_alone(engine: Engine) -> None:
    other = Other(Failure("gone", for_good=True))
    put_in(engine, NOW, "dead")
    deliver(engine, {CHANNEL: other}, NOW)
    put_in(engine, NOW + MINUTE, "delivered")
    deliver(engine, {CHANNEL: other}, NOW + MINUTE)
    put_in(engine, NOW + 2 * MINUTE, "waiting")
    with transaction(engine) as session:
        assert replay(session, named("OTHER"), MessageFilter(), 10, NOW + 2 * MINUTE) == []
        again = replay(session, named("FORCE"), MessageFilter(), 10, NOW + 2 * MINUTE)
    assert again == [named("dead"), named("delivered")]
    assert deliver(engine, {CHANNEL: other}, NOW + 2 * MINUTE) == Round(delivered=3)
    assert [stored(engine)[named(name)].replays for name in ("dead", "delivered", "waiting")] == [1, 1, 0]


def test_what_waits_is_never_erased(force_url: str) -> None:
    owner = open_engine(force_url, 2)
    put_in(owner, NOW, "a", "b")
    deliver(owner, {CHANNEL: Other(Failure("gone", for_good=True))}, NOW)
    with transaction(owner) as session:
        # One is dead, the other waits; then the first waits again.
        (dead,) = replay(session, named("FORCE"), MessageFilter(), 10, NOW)
        erase(session, [named("a"), named("b")])
    assert set(stored(owner)) == {named("a"), named("b")}
    deliver(owner, {CHANNEL: Other()}, NOW)
    with transaction(owner) as session:
        erase(session, [dead])
    assert set(stored(owner)) == {named("a"), named("b")} - {dead}
    owner.dispose()


class Process:
    """Another machine that delivers, until it is done or killed."""

    def __init__(self, warm: WarmServer, url: str, port: int, now: datetime, log: Path) -> None:
        log.touch()
        self._running = warm.command(
            [url, str(port), now.isoformat()], {}, log, module="tests.outbox.delivering_process"
        )
        self._over = False
        wait_until(lambda: "ready\n" in log.read_text(), 30, log.read_text)

    def kill(self) -> None:
        if not self._over:
            self._over = True
            self._running.kill()

    def finish(self) -> int:
        self._over = True
        assert self._running.wait() == 0
        return int(self._running.log.read_text().split()[-1])


Start = Callable[[int, datetime], Process]


@pytest.fixture
def start(force_url: str, databases: "Databases", warm: WarmServer, tmp_path: Path) -> Iterator[Start]:
    """Starts a process that delivers to the receiver on a port, as if it were some instant."""
    started: list[Process] = []

    def one(port: int, now: datetime) -> Process:
        log = tmp_path / f"{len(started)}.log"
        started.append(Process(warm, databases.served(force_url), port, now, log))
        return started[-1]

    yield one
    for each in started:
        each.kill()


def test_a_process_killed_while_the_other_side_has_the_message(engine: Engine, start: Start) -> None:
    """The receiver has taken it, nobody knows: it comes once more, under the id it had, and only after the claim."""
    put_in(engine, NOW, "a", "b")
    with receiving([say_nothing]) as receiver:
        doomed = start(receiver.port, NOW)
        first = receiver.received.get(timeout=30).headers["webhook-id"]
        doomed.kill()
        assert start(receiver.port, NOW).finish() == 1
        (other,) = receiver.ids()
        assert {first, other} == {str(named("a")), str(named("b"))}
        assert start(receiver.port, NOW + CLAIM).finish() == 1
        assert receiver.ids() == [first]
    assert all(row.delivered_at is not None for row in stored(engine).values())


def test_processes_killed_at_random_lose_nothing(
    engine: Engine, start: Start, trials: Callable[[int], int]
) -> None:
    """Two deliver at a time and one is killed at some message or other. Nothing is lost, and what comes twice is one
    message for each that was killed."""
    chance = random.Random(7)
    for turn in range(trials(20)):
        names = [f"turn{turn}-{number}" for number in range(12)]
        at = NOW + turn * DAY
        put_in(engine, at, *names)
        with receiving() as receiver:
            doomed, other = start(receiver.port, at), start(receiver.port, at)
            seen = [
                receiver.received.get(timeout=30).headers["webhook-id"] for _ in range(chance.randrange(1, 9))
            ]
            doomed.kill()
            other.finish()
            start(receiver.port, at + CLAIM).finish()
            seen += receiver.ids()
        assert set(seen) == {str(named(name)) for name in names}
        assert len(seen) <= 13
    assert all(row.delivered_at is not None for row in stored(engine).values())
