"""Proxies on the loopback address that do what networks do.

`CuttingProxy` loses answers: every so many commits of a database, or answers of a server. The work behind a lost answer
was done; whoever asked cannot know. `BadLink` cuts, truncates, delays and duplicates connections, both ways.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from random import Random
from threading import Thread
from typing import Self

CHUNK = 65_536
_COMMIT = b"COMMIT\x00"
NextPiece = Callable[[asyncio.StreamReader], Awaitable[bytes]]


async def postgres_message(answers: asyncio.StreamReader) -> bytes:
    """The next message of a PostgreSQL server, empty at the end; there must be no TLS on the line."""
    try:
        head = await answers.readexactly(5)
        return head + await answers.readexactly(int.from_bytes(head[1:], "big") - 4)
    except asyncio.IncompleteReadError:
        return b""


async def chunk(answers: asyncio.StreamReader) -> bytes:
    """The next piece a server writes, as it comes, empty at the end."""
    return await answers.read(CHUNK)


def is_commit(message: bytes) -> bool:
    """Does the database say here that a transaction is durable?"""
    return message[:1] == b"C" and message[5:] == _COMMIT


def begins_answer(piece: bytes) -> bool:
    """Is this the beginning of an HTTP answer?"""
    return piece.startswith(b"HTTP/1.1 ")


class _Proxy(ABC):
    """Takes connections on a free port and carries each as its kind does."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.cuts = 0
        self._target_port = target_port
        self._carrying: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serves on `port` until the block ends."""
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _accept(self, asked: asyncio.StreamReader, asker: asyncio.StreamWriter) -> None:
        carrying = self._loop.create_task(self._carry(asked, asker))
        # The loop itself would let a task that nobody holds be collected half way.
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)

    @abstractmethod
    async def _carry(self, asked: asyncio.StreamReader, asker: asyncio.StreamWriter) -> None: ...


class CuttingProxy(_Proxy):
    """Passes everything on, but breaks the line instead of delivering each `every`-th answer `is_answer` knows."""

    def __init__(
        self, target_port: int, next_piece: NextPiece, is_answer: Callable[[bytes], bool], every: int
    ) -> None:
        super().__init__(target_port)
        self.answers = 0
        self.cutting = True
        self._next_piece = next_piece
        self._is_answer = is_answer
        self._every = every

    async def _carry(self, asked: asyncio.StreamReader, asker: asyncio.StreamWriter) -> None:
        try:
            answers, target = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            asker.transport.abort()
            return
        asking = asyncio.create_task(_pass_on(asked, target))
        try:
            while (piece := await self._next_piece(answers)) and not self._cut(piece):
                asker.write(piece)
                await asker.drain()
        except OSError:
            pass
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            target.transport.abort()
            asker.transport.abort()

    def _cut(self, piece: bytes) -> bool:
        if not (self.cutting and self._is_answer(piece)):
            return False
        self.answers += 1
        cut = self.answers % self._every == 0
        self.cuts += cut
        return cut


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(CHUNK):
            writer.write(piece)
            await writer.drain()
    writer.transport.abort()


class Fate(StrEnum):
    """What becomes of a connection."""

    CLEAN = "clean"
    CUT_ASKING = "cut while asking"
    CUT_ANSWERING = "cut while answering"
    TRUNCATED = "answer ends early"
    SLOW = "slow"
    TWICE = "asked twice"


# One in five is cut, half of them with the work done and the answer lost.
_SHARES = {
    Fate.CUT_ASKING: 0.1, Fate.CUT_ANSWERING: 0.1, Fate.TRUNCATED: 0.05, Fate.SLOW: 0.1, Fate.TWICE: 0.1,
    Fate.CLEAN: 0.55,
}  # fmt: skip
_MOST_BEFORE_CUT, _SLOW_PIECE, _LONGEST_PAUSE_S = 6000, 700, 0.08


class _Cut(Exception):
    """The line breaks here."""


class BadLink(_Proxy):
    """Carries HTTP as a bad link does; `seed` decides what becomes of which connection and when."""

    def __init__(self, target_port: int, seed: int) -> None:
        super().__init__(target_port)
        self.fates: Counter[Fate] = Counter()
        self._random = Random(seed)

    async def _carry(self, asked: asyncio.StreamReader, asker: asyncio.StreamWriter) -> None:
        [fate] = self._random.choices(list(_SHARES), list(_SHARES.values()))
        self.fates[fate] += 1
        try:
            answers, target = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            asker.transport.abort()
            return
        said = bytearray()
        ways = {
            asyncio.create_task(self._ask(fate, asked, target, said)),
            asyncio.create_task(self._answer(fate, answers, asker)),
        }
        try:
            await asyncio.gather(*ways)
            # An end that looks like one; what was promised by Content-Length may be missing.
            asker.close()
        except _Cut:
            self.cuts += 1
        except OSError:
            pass
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            target.transport.abort()
            if not asker.is_closing():
                asker.transport.abort()
        if fate is Fate.TWICE:
            await self._ask_again(bytes(said))

    async def _ask(
        self, fate: Fate, asked: asyncio.StreamReader, target: asyncio.StreamWriter, said: bytearray
    ) -> None:
        left = self._random.randint(0, _MOST_BEFORE_CUT)
        while piece := await asked.read(_SLOW_PIECE if fate is Fate.SLOW else CHUNK):
            said += piece
            if fate is Fate.CUT_ASKING and left < len(piece):
                target.write(piece[:left])
                await target.drain()
                raise _Cut
            left -= len(piece)
            await self._pass(fate, piece, target)
        target.write_eof()

    async def _answer(self, fate: Fate, answers: asyncio.StreamReader, asker: asyncio.StreamWriter) -> None:
        while piece := await answers.read(_SLOW_PIECE if fate is Fate.SLOW else CHUNK):
            if fate in (Fate.CUT_ASKING, Fate.CUT_ANSWERING):
                # Asked for less than it was to be cut after, too: the answer is lost, here or within.
                asker.write(piece[: self._random.choice((0, self._random.randint(0, len(piece))))])
                await asker.drain()
                raise _Cut
            if fate is Fate.TRUNCATED:
                asker.write(piece[: self._random.randint(0, len(piece) - 1)])
                await asker.drain()
                asker.write_eof()
                return
            await self._pass(fate, piece, asker)
        asker.write_eof()

    async def _pass(self, fate: Fate, piece: bytes, to: asyncio.StreamWriter) -> None:
        if fate is Fate.SLOW:
            await asyncio.sleep(self._random.uniform(0, _LONGEST_PAUSE_S))
        to.write(piece)
        await to.drain()

    async def _ask_again(self, said: bytes) -> None:
        """The same bytes on a line of their own, later; nobody hears the answer."""
        await asyncio.sleep(self._random.uniform(0, _LONGEST_PAUSE_S))
        with suppress(OSError):
            answers, target = await asyncio.open_connection("127.0.0.1", self._target_port)
            target.write(said)
            await answers.read(CHUNK)
            target.transport.abort()
