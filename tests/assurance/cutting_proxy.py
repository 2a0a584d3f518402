"""A proxy on the loopback address that loses answers: every so many commits of a database, or answers of a server.

The work behind a lost answer was done; whoever asked cannot know. Networks do this, and so do restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

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


class CuttingProxy:
    """Passes everything on, but breaks the line instead of delivering each `every`-th answer `is_answer` knows."""

    def __init__(
        self, target_port: int, next_piece: NextPiece, is_answer: Callable[[bytes], bool], every: int
    ) -> None:
        self.port = 0
        self.answers = 0
        self.cuts = 0
        self.cutting = True
        self._target_port = target_port
        self._next_piece = next_piece
        self._is_answer = is_answer
        self._every = every
        self._carrying: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> "Iterator[CuttingProxy]":
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
