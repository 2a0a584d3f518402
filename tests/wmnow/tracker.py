"""The stand-in tracker on a port of its own, and the feed that asks it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from pydantic import HttpUrl, SecretStr
from sqlalchemy import Engine
from sqlmodel import col, select

from app.database.engine import open_engine
from app.database.session import reading
from app.settings import WmnowFeedSettings
from app.wmnow.feed import Around, Pulled, pull
from app.wmnow.fetching import TrackerClient
from app.wmnow.models import WmnowFeed, WmnowRecord, WmnowRun
from demo.serving import listen, serving
from demo.wmnow import CLIENT_ID, Tracker, create_tracker
from tests.conftest import Clock, named


def item(number: int, **more: Any) -> dict[str, Any]:
    """An engagement of the tracker."""
    return {
        "source_record_id": f"E-{number}",
        "occurred_at": f"2026-03-01T{number % 24:02}:{number % 60:02}:00Z",
        "recorded_by": {"collar_number": "4101", "name": "left out"},
        "engagement_type": "STREET_BRIEF",
        "people_reached": number,
        **more,
    }


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Asking:
    """A feed of the small force, pulled at the test's time; waits are noted, not waited."""

    url: str
    tracker: Tracker
    settings: WmnowFeedSettings
    clock: Clock
    engine: Engine
    waits: list[float] = field(default_factory=list)

    def around(self) -> Around:
        return Around(self.clock, self.waits.append, lambda: 0.5)

    def client(self, **more: Any) -> TrackerClient:
        return TrackerClient(self.settings, self.clock, self._seconds, **more)

    def _seconds(self) -> float:
        return self.clock.at.timestamp()

    def pull(self, *, even_if_not_due: bool = False) -> Pulled:
        with self.client() as client:
            return self.pull_from(client, even_if_not_due=even_if_not_due)

    def pull_from(self, client: TrackerClient, *, even_if_not_due: bool = False) -> Pulled:
        return pull(
            self.engine,
            named("FORCE"),
            "wmnow",
            client,
            self.around(),
            even_if_not_due=even_if_not_due,
        )

    def feed(self) -> WmnowFeed:
        with reading(self.engine) as session:
            return session.exec(select(WmnowFeed)).one()

    def runs(self) -> list[WmnowRun]:
        with reading(self.engine) as session:
            return list(session.exec(select(WmnowRun).order_by(col(WmnowRun.started_at))).all())

    def held(self) -> dict[str, WmnowRecord]:
        with reading(self.engine) as session:
            return {row.source_record_id: row for row in session.exec(select(WmnowRecord)).all()}

    def assert_same_as_tracker(self) -> None:
        """Exactly what the tracker holds, each once, at its latest version."""
        wanted = {each["source_record_id"]: each for each in self.tracker.items()}
        found = self.held()
        assert found.keys() == wanted.keys()
        for name, row in found.items():
            assert row.source_version == wanted[name]["source_version"]
            assert (row.deleted_at is not None) == bool(wanted[name].get("deleted"))


@contextmanager
def asking(url: str, clock: Clock, served_url: str | None = None) -> Iterator[Asking]:
    """A served stand-in and the feed that asks it. On PostgreSQL the feed is the role the service has."""
    tracker = Tracker(now=clock, slow_seconds=0.0)
    bound = listen(0)
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    settings = WmnowFeedSettings(
        force_code="FORCE",
        base_url=HttpUrl(base),
        token_url=HttpUrl(f"{base}/token"),
        client_id=CLIENT_ID,
        client_secret=SecretStr(tracker.secret),
    )
    engine = open_engine(served_url or url)
    with serving(create_tracker(tracker), bound):
        yield Asking(url, tracker, settings, clock, engine)
    engine.dispose()


@contextmanager
def dripping(head: bytes) -> Iterator[HttpUrl]:
    """A server that answers whatever is asked with some bytes and then with one now and then, for ever."""
    done = Event()

    class Dripping(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(head)
            with suppress(OSError):
                while not done.wait(0.02):
                    self.request.sendall(b"x")

    with ThreadingTCPServer(("127.0.0.1", 0), Dripping) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield HttpUrl(f"http://127.0.0.1:{server.server_address[1]}")
        finally:
            done.set()
            server.shutdown()
            thread.join()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
