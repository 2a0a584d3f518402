"""A stand-in for data.police.uk on a port of its own: serves answers, and misbehaves where it is told to.

A plan for a path is a list of what its next requests get; when it is used up the path answers as it should.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class StandIn:
    """`answers` are bodies by path below the API's address, `plans` what goes wrong first, `asked` what was asked."""

    answers: Mapping[str, bytes]
    plans: dict[str, list[str]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    url: str = ""


def _handler(state: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_given: object) -> None:
            """Says nothing: the test looks at what was asked."""

        def do_GET(self) -> None:
            path = unquote(self.path.removeprefix("/api/"))
            state.asked[path] += 1
            plan = state.plans.get(path, [])
            self._answer(path, plan.pop(0) if plan else "well")

        def _answer(self, path: str, how: str) -> None:
            body = state.answers.get(path)
            if body is None:
                self._send(404, b"")
            elif how == "well":
                self._send(200, body)
            elif how == "html":
                self._send(200, b"<html>maintenance</html>", {"Content-Type": "text/html"})
            elif how == "half":
                self._send(200, body[: len(body) // 2])
            elif how == "cut":
                self._send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
                self.close_connection = True
            elif how == "huge":
                self._send(200, b"[" + b" " * 50_000_000 + b"]")
            elif how == "elsewhere":
                self._send(302, b"", {"Location": "http://127.0.0.1:1/"})
            elif how.startswith("429"):
                self._send(429, b"", {"Retry-After": how.partition(" ")[2]})
            else:
                self._send(int(how), b"<html>error</html>")

        def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    return Handler


@contextmanager
def standing_in(answers: Mapping[str, bytes]) -> Iterator[StandIn]:
    """The stand-in, for as long as the block lasts. Files' names are read as paths."""
    paths = {name.removesuffix(".json").replace("__", "/"): content for name, content in answers.items()}
    state = StandIn(paths)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
