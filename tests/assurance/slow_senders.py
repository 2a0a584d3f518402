"""Callers who send slowly, in bad faith and in good: they hold connections open, or have no better signal."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic

from tests.assurance.phones import Fact

DRIP_SECONDS = 0.5
PHONE_BYTES_PER_SECOND = 2000
PHONE_STEP_SECONDS = 0.25
MOST_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect to: a port of this machine, with TLS when there is something to trust."""

    port: int
    trust: ssl.SSLContext | None = None

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name = "localhost" if self.trust else None
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust, server_hostname=name)


def head(sent: Fact, token: str | None, length: int | None = None) -> bytes:
    """The head of a fact's request; signed in with a token, a stranger's without."""
    who = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"PUT {sent.path} HTTP/1.1\r\nHost: localhost\r\n{who}Content-Type: application/json\r\n"
        f"Content-Length: {length or len(sent.body)}\r\n\r\n"
    ).encode()


async def _heard(reader: asyncio.StreamReader, seconds: float) -> bytes | None:
    """What came within so many seconds: bytes, nothing at the end of the connection, None when it was silent."""
    try:
        return await asyncio.wait_for(reader.read(65536), seconds)
    except TimeoutError:
        return None
    except OSError:
        return b""


@dataclass(slots=True)
class Staller:
    """Sends `first` and then, if it drips, single bytes now and then, until it is hung up on."""

    place: Place
    first: bytes
    drips: bytes = b""
    answer: bytes = b""
    seconds: float | None = None

    async def stall(self) -> None:
        reader, writer = await self.place.connect()
        started = monotonic()
        try:
            writer.write(self.first)
            while monotonic() - started < MOST_SECONDS:
                heard = await _heard(reader, DRIP_SECONDS)
                if heard == b"":
                    self.seconds = monotonic() - started
                    return
                if heard is not None:
                    self.answer += heard
                elif self.drips:
                    writer.write(self.drips)
        finally:
            writer.transport.abort()


@dataclass(slots=True)
class Crowd:
    """Stallers on a thread of their own, all there before the block begins."""

    stallers: Sequence[Staller]
    _thread: Thread | None = field(default=None)

    def _run(self) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(staller.stall() for staller in self.stallers))

        asyncio.run(all_of_them())

    @contextmanager
    def stalling(self) -> Iterator[None]:
        self._thread = Thread(target=self._run)
        self._thread.start()
        try:
            yield
        finally:
            self._thread.join()


def slow_phone(place: Place, sent: Fact, token: str) -> tuple[bytes, float]:
    """Sends a fact at two kilobytes a second; the answer's first line, and how long it took."""

    async def send() -> tuple[bytes, float]:
        reader, writer = await place.connect()
        started = monotonic()
        writer.write(head(sent, token))
        step = round(PHONE_BYTES_PER_SECOND * PHONE_STEP_SECONDS)
        heard: bytes | None = None
        for begin in range(0, len(sent.body), step):
            writer.write(sent.body[begin : begin + step])
            heard = await _heard(reader, PHONE_STEP_SECONDS)
            if heard is not None:
                break
        if heard is None:
            heard = await _heard(reader, MOST_SECONDS)
        writer.transport.abort()
        return (heard or b"").partition(b"\r\n")[0], monotonic() - started

    return asyncio.run(send())
