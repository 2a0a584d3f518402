"""What the sealed audit log costs: logging an event with and without the queue of the sealer, sealing, verifying.

On both databases; `python -m benchmarks.audit`. Processor time of this process is told beside the clock, because the
machine may be busy with other things; PostgreSQL's own is not in it.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine

from app.audit.chain import BEGINNING, Event, Leaf, Root, commitment
from app.audit.inspection import inspect
from app.audit.models import Action
from app.audit.sealing import seal_waiting
from app.audit.service import changed
from app.clock import utc_now
from app.database.engine import open_engine
from app.database.session import transaction
from tests.databases import migrate
from tests.postgres import running_server

SINGLE = 1500
TOGETHER = 60_000
HASHED = 100_000


@dataclass(frozen=True)
class Took:
    """Seconds on the clock and of this process's processor time, for so many events."""

    events: int
    seconds: float
    cpu: float

    def __str__(self) -> str:
        each = self.cpu / self.events * 1e6
        return f"{self.events / self.seconds:>12,.0f} events/s {each:>10.0f} µs of processor each"


def timed(events: int, work: Callable[[], object]) -> Took:
    seconds, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(events, time.perf_counter() - seconds, time.process_time() - cpu)


def log_events(engine: Engine, count: int, *, together: bool) -> None:
    """Events like those of a batch of fixes, each in a transaction of its own or all in one."""
    now, officer, force = utc_now() - timedelta(minutes=1), uuid4(), uuid4()
    for _ in range(1 if together else count):
        with transaction(engine) as session:
            for _ in range(count if together else 1):
                changed(
                    session, "patrol:fixes", now, {"patrol": [uuid4()], "fix-batch": [uuid4()]},
                    actor_id=officer, force_id=force, action=Action.COLLECT,
                )  # fmt: skip


def without_queue(engine: Engine) -> None:
    """As it was before there were seals."""
    on = "" if engine.dialect.name == "sqlite" else " ON audit_events"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER audit_events_queue{on}")


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], str]]]:
    """Ways to a new empty database, by name."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        yield {
            "SQLite": lambda: f"sqlite:///{Path(folder) / uuid4().hex}.db",
            "PostgreSQL": lambda: server.create(f"bench_{uuid4().hex[:8]}"),
        }


def hashing() -> Took:
    """Commitments and leaves alone, without a database."""
    now, one = utc_now(), UUID(int=7)
    subjects = {"patrol": [str(one)], "fix-batch": [str(one)]}
    event = Event(one, now, "COLLECT", "patrol:fixes", one, one, str(one), None, subjects)

    def work() -> None:
        root = Root()
        for _ in range(HASHED):
            root.add(Leaf(one, now, one, commitment(BEGINNING, event)))

    return timed(HASHED, work)


def main() -> None:
    print(f"{'hashing alone':<34}{hashing()}")
    with databases() as ways:
        for name, new in ways.items():
            took: dict[str, Took] = {}
            for queued in (False, True):
                url = new()
                migrate(url)
                engine = open_engine(url, 2)
                if not queued:
                    without_queue(engine)
                log_events(engine, 100, together=False)
                label = "logged, one transaction each" + ("" if queued else ", no queue")
                took[label] = timed(SINGLE, lambda: log_events(engine, SINGLE, together=False))  # noqa: B023
                if queued:
                    log_events(engine, TOGETHER, together=True)
                    waiting = 100 + SINGLE + TOGETHER
                    took["sealed"] = timed(waiting, lambda: seal_waiting(engine, utc_now))  # noqa: B023
                    took["verified"] = timed(waiting, lambda: inspect(engine, utc_now()))  # noqa: B023
                engine.dispose()
            for label, each in took.items():
                print(f"{name + ': ' + label:<50}{each}")


if __name__ == "__main__":
    main()
