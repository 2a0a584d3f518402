"""What HTTP the server itself speaks, before any application sees a request: what is no request gets a problem document
too, and whoever sends too slowly is not waited for.

A sender has some seconds' patience in credit. Time uses it up, bytes of a body earn it back at a minimum rate, never
above where it began. So a phone on two kilobytes a second may take as long as it needs, while silence and single bytes
now and then both end soon. Headers have to be complete within the same seconds, whatever trickles in.
"""

from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.problems import MALFORMED, TOO_SLOW, Problem
from app.rest.problem_documents import MEDIA_TYPE, contents

PATIENCE = "beatcheck_patience"
_log = structlog.get_logger("beatcheck.protocol")


@dataclass(frozen=True, slots=True)
class Patience:
    """How slow a sender may be: seconds of silence, and the bytes of a body that earn a second."""

    seconds: float = 20.0
    bytes_per_second: int = 256

    def begun(self, now: float) -> float:
        """The deadline of a sender who begins now."""
        return now + self.seconds

    def extended(self, deadline: float, now: float, received: int) -> float:
        """The deadline after so many more bytes.

        >>> patience = Patience(seconds=20, bytes_per_second=256)
        >>> patience.extended(20.0, 1.0, 2048)
        21.0
        >>> patience.extended(20.0, 10.0, 256)
        21.0
        >>> patience.extended(20.0, 10.0, 1)
        20.00390625
        """
        return min(now + self.seconds, deadline + received / self.bytes_per_second)


class ProblemProtocol(HttpToolsProtocol):
    """The server's own protocol, whose answers of its own are ours."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience: Patience = app_state.get(PATIENCE, Patience())
        # When the sender's patience is used up; None while it is not the sender who is waited for.
        self._deadline: float | None = None
        self._timer: TimerHandle | None = None
        self._in_body = False
        self._heard = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline = self._patience.begun(self.loop.time())
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard = True
        super().data_received(data)
        if self._deadline is None and not self._is_answering:
            # Something came that neither begins nor continues a request, and the server's own wait for the next one
            # was ended by it.
            self._deadline = self._patience.begun(self.loop.time())
        # Most requests come whole, and never need a timer.
        if self._deadline is not None:
            self._watch()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._deadline = self._patience.begun(self.loop.time())

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_body = True
        self._deadline = self._patience.begun(self.loop.time())

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._deadline is not None:
            self._deadline = self._patience.extended(self._deadline, self.loop.time(), len(body))

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self._deadline = None

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    @property
    def _waits_for_us(self) -> bool:
        """Whether it is we who keep the sender waiting: by not reading, by not asking for the body yet, or by a request
        before this one that is not answered."""
        if self.flow.read_paused:
            return True
        if self._in_body:
            return self._is_answering and self.cycle.waiting_for_100_continue
        return self._is_answering

    def _watch(self) -> None:
        if self._timer is None and self._deadline is not None and not self.transport.is_closing():
            self._timer = self.loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        now = self.loop.time()
        if self._waits_for_us:
            self._deadline = self._patience.begun(now)
        if self._deadline <= now:
            self._hang_up()
        else:
            self._watch()

    def _hang_up(self) -> None:
        _log.info("slow_sender", part="body" if self._in_body else "headers" if self._heard else "nothing")
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.response_started:
                self._answer(TOO_SLOW_PROBLEM)
            # The application is told that its caller is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        elif self._heard and not self._in_body:
            self._answer(TOO_SLOW_PROBLEM)
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answers a request that cannot be parsed, and hangs up. `msg` is the parser's own words: not told."""
        del msg
        self._answer(Problem(MALFORMED, "This is not an HTTP/1.1 request."))
        self.transport.close()

    def _answer(self, problem: Problem) -> None:
        body = contents(problem, str(uuid4())).model_dump_json().encode()
        head = (
            f"HTTP/1.1 {problem.kind.status} {_REASONS[problem.kind.status]}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"cache-control: no-store\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)


_REASONS = {400: "Bad Request", 408: "Request Timeout"}
TOO_SLOW_PROBLEM = Problem(TOO_SLOW, "The request came too slowly. Nothing was stored.")
