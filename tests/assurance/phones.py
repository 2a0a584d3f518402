"""Phones that play patrols against a real server and keep a ledger of every answer they were given.

A ledger line is on disk before the answer counts, so what the ledger says was acknowledged was acknowledged, whatever
is killed when. Every fact has a fixed id and content: a retry says the same, and a replay elsewhere must come to the
same result.
"""

import hashlib
import json
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Lock
from types import TracebackType
from uuid import UUID

import httpx2 as httpx

from app.clock import rfc3339
from tests.conftest import SQUARE, named

LONG_PAST = datetime(2025, 2, 3, 9, 0, tzinfo=UTC)
MIDDLE = ((SQUARE[0] + SQUARE[2]) / 2, (SQUARE[1] + SQUARE[3]) / 2)
BATCHES = 3
FIXES = 20
STEP_SECONDS = 30
RETRY_PAUSE_SECONDS = 0.05
# What a phone may be told while the service has a bad moment; anything else is a broken promise.
HONEST_REFUSALS = {503}
# Made once: a client of its own for each phone would otherwise read the certificates of the machine each time.
_TLS = ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Fact:
    """One `PUT`: whose, where to, and its body's bytes."""

    collar: str
    path: str
    body: bytes

    @property
    def id(self) -> UUID:
        """The patrol's id for a check-in and a check-out, the batch's own for a batch."""
        parts = self.path.split("/")
        return UUID(parts[5] if len(parts) > 5 else parts[3])


def fact(collar: str, path: str, content: dict[str, object]) -> Fact:
    return Fact(collar, path, json.dumps(content).encode())


def check_in(name: str, collar: str, at: datetime, **other: object) -> Fact:
    """A check-in whose `operation` says which it is; without a window unless told."""
    content = {
        "checked_in_at": rfc3339(at),
        "device_id": str(named(f"phone-{collar}")),
        "programme": "TGP_SCHEDULED",
        "operation": name,
        "uniform_state": "HI_VIS_UNIFORM",
        "mode": "FOOT",
        "position": {"lat": MIDDLE[1], "lon": MIDDLE[0], "accuracy_m": 9.0},
        **other,
    }
    return fact(collar, f"/v1/patrols/{named(name)}", content)


def batch(
    name: str, collar: str, sequence: int, at: datetime, fixes: int = FIXES, device: str | None = None
) -> Fact:
    """Fixes every thirty seconds from `at` on, a few metres about the middle of the hotspot."""
    rows = [
        {
            "recorded_at": rfc3339(at + timedelta(seconds=STEP_SECONDS * number)),
            "lat": MIDDLE[1] + 0.00001 * ((number + sequence) % 7),
            "lon": MIDDLE[0] + 0.00001 * (number % 5),
            "accuracy_m": 8.0,
        }
        for number in range(fixes)
    ]
    device_id = str(named(device or f"phone-{collar}"))
    batch_id = named(f"{name}/{device_id}/{sequence}")
    content = {"device_id": device_id, "sequence": sequence, "fixes": rows}
    return fact(collar, f"/v1/patrols/{named(name)}/fix-batches/{batch_id}", content)


def check_out(name: str, collar: str, at: datetime) -> Fact:
    return fact(collar, f"/v1/patrols/{named(name)}/check-out", {"checked_out_at": rfc3339(at)})


def patrol(name: str, collar: str, at: datetime, **other: object) -> list[Fact]:
    """Half an hour in the hotspot, from check-in to check-out, in the order a phone sends it."""
    span = timedelta(seconds=STEP_SECONDS * FIXES)
    batches = [batch(name, collar, number, at + number * span) for number in range(BATCHES)]
    return [check_in(name, collar, at, **other), *batches, check_out(name, collar, at + BATCHES * span)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: the status, 0 when no whole answer came back; and the content."""

    status: int
    content: bytes = b""

    @property
    def taken(self) -> bool:
        return self.status in (200, 201)


class Caller:
    """One phone's connection, signed in as whoever a fact belongs to."""

    def __init__(self, url: str, token: Callable[[str], str]) -> None:
        self.http = httpx.Client(base_url=url, timeout=20, verify=_TLS)
        self._token = token
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> "Caller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def headers(self, collar: str) -> dict[str, str]:
        if collar not in self._tokens:
            self._tokens[collar] = self._token(collar)
        return {"Authorization": f"Bearer {self._tokens[collar]}", "Content-Type": "application/json"}

    def put(self, sent: Fact) -> Answer:
        try:
            answer = self.http.put(sent.path, content=sent.body, headers=self.headers(sent.collar))
        except httpx.TransportError:
            return Answer(0)
        return Answer(answer.status_code, answer.content)


class Ledger:
    """What phones were told: one line an answer, synced to disk before `add` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._turn = Lock()
        self.acknowledged: dict[str, Fact] = {}
        self.created: dict[str, int] = {}
        self.tries = 0
        self.broken = 0
        self.refused = 0
        self.told: set[str] = set()
        self.dishonest: list[str] = []

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def facts(self) -> list[Fact]:
        """Everything acknowledged up to now."""
        with self._turn:
            return list(self.acknowledged.values())

    def add(self, sent: Fact, answer: Answer) -> None:
        with self._turn:
            self.tries += 1
            if answer.taken:
                body = hashlib.sha256(sent.body).hexdigest()
                self._file.write(json.dumps([str(sent.id), sent.path, body, answer.status]) + "\n")
                self._file.flush()
                os.fsync(self._file.fileno())
                self.acknowledged[sent.path] = sent
                self.created[sent.path] = self.created.get(sent.path, 0) + (answer.status == 201)
            elif answer.status == 0:
                self.broken += 1
            elif answer.status in HONEST_REFUSALS:
                self.refused += 1
                self.told.add(json.loads(answer.content)["detail"])
            else:
                self.dishonest.append(f"{answer.status} {answer.content[:300]!r}")


@dataclass(slots=True)
class Load:
    """Phones that play one patrol after another until told to stop, and send each fact until it is acknowledged."""

    url: str
    token: Callable[[str], str]
    ledger: Ledger
    name: str
    phones: int = 6
    collars: Sequence[str] = ("4101", "4102", "4103")
    _over: Event = field(default_factory=Event)
    _playing: list[Future[None]] = field(default_factory=list)

    def __enter__(self) -> "Load":
        pool = ThreadPoolExecutor(self.phones)
        self._playing = [pool.submit(self._play, number) for number in range(self.phones)]
        pool.shutdown(wait=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self, seconds: float) -> None:
        """Lets the phones play on for so long; not at all once they were told to stop."""
        self._over.wait(seconds)

    def stop_soon(self) -> None:
        """No phone begins another try."""
        self._over.set()

    def stop(self) -> None:
        """Every phone finishes its present try; an error in one of them is raised here."""
        self._over.set()
        for played in self._playing:
            played.result()

    def _play(self, number: int) -> None:
        with Caller(self.url, self.token) as caller:
            for sent in self._facts(number):
                while not self._over.is_set():
                    answer = caller.put(sent)
                    self.ledger.add(sent, answer)
                    if answer.taken:
                        break
                    self._over.wait(RETRY_PAUSE_SECONDS)
                if self._over.is_set():
                    return

    def _facts(self, number: int) -> Iterator[Fact]:
        turn = 0
        while True:
            # Patrols of one officer are a day apart, so that each is judged by itself.
            at = LONG_PAST + timedelta(days=turn % 300, minutes=40 * (number // len(self.collars)))
            collar = self.collars[number % len(self.collars)]
            yield from patrol(f"{self.name}-{number}-{turn}", collar, at, crew=[{"collar_number": "4111"}])
            turn += 1


def at_once(url: Sequence[str], token: Callable[[str], str], facts: Sequence[Fact]) -> list[Answer]:
    """Sends all the facts in the same instant, each from a phone of its own, over the servers in turn."""
    barrier = Barrier(len(facts))

    def send(number: int) -> Answer:
        with Caller(url[number % len(url)], token) as caller:
            caller.headers(facts[number].collar)
            caller.http.get("/livez")
            barrier.wait()
            return caller.put(facts[number])

    with ThreadPoolExecutor(len(facts)) as pool:
        return list(pool.map(send, range(len(facts))))
