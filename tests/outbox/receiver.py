"""Another system's web server on this machine, which behaves and misbehaves as told, and keeps what it was sent."""

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

Behaviour = Callable[["Taker"], None]


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how what comes next is answered: the first of `answers`, and when there is none, taken."""

    port: int
    received: "Queue[Received]" = field(default_factory=Queue)
    answers: list[Behaviour] = field(default_factory=list)
    usual: Behaviour = field(default_factory=lambda: status(204))
    # Set at the end, so that whoever is slow need not be waited for.
    over: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook?sig=SECRET-SIG"

    def all(self) -> list[Received]:
        """Everything that came since this was asked last, in order."""
        found = []
        while not self.received.empty():
            found.append(self.received.get())
        return found

    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.all()]


class Taker(BaseHTTPRequestHandler):
    """Reads one request and answers it as its receiver says."""

    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answers = self.receiver.answers
        behave = answers.pop(0) if answers else self.receiver.usual
        self.receiver.received.put(Received(self.path, headers, body))
        behave(self)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on standard error."""


def status(code: int, **headers: str) -> Behaviour:
    def behave(taker: Taker) -> None:
        taker.send_response(code)
        for name, value in headers.items():
            taker.send_header(name.replace("_", "-"), value)
        taker.send_header("Content-Length", "0")
        taker.end_headers()

    return behave


def hang_up(taker: Taker) -> None:
    """Ends the connection without an answer."""
    taker.close_connection = True
    taker.connection.close()


def say_nothing(taker: Taker) -> None:
    """Takes the request and never answers."""
    taker.receiver.over.wait()
    taker.close_connection = True


def drip(taker: Taker) -> None:
    """Sends a header a little at a time and never comes to its end."""
    try:
        taker.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not taker.receiver.over.wait(0.05):
            taker.wfile.write(b"a")
            taker.wfile.flush()
    except OSError:
        taker.close_connection = True


def endless(taker: Taker) -> None:
    """Answers 200, and a body that has no end."""
    taker.send_response(200)
    taker.end_headers()
    taker.close_connection = True
    try:
        while not taker.receiver.over.is_set():
            taker.wfile.write(b"x" * 65_536)
    except OSError:
        return


@contextmanager
def receiving(answers: Sequence[Behaviour] = (), context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port, until the block ends."""
    receiver = Receiver(0, answers=list(answers), scheme="http" if context is None else "https")
    handler = type("OneTaker", (Taker,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
