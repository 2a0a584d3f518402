"""Runs ASGI applications in threads of this process on loopback ports that are free, and stops them cleanly."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 30.0


class PortTaken(Exception):
    """Something else listens on the port already."""


class DidNotStart(Exception):
    """The application refused to start, or took too long."""


def listen(port: int) -> socket.socket:
    """A socket bound to this port of the loopback address, 0 for any that is free. Raises PortTaken."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        # Listening now keeps the port; binding alone would let a second one bind it too.
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"Port {port} is taken by another program. Choose another: python -m demo --port {port + 10}"
        ) from error
    return bound


@contextmanager
def serving(app: ASGIApp, bound: socket.socket, log_level: str = "warning") -> Iterator[None]:
    """Serves until the block ends; requests being answered are finished first. Raises DidNotStart."""
    config = uvicorn.Config(
        app, log_level=log_level, access_log=False, server_header=False, timeout_graceful_shutdown=10
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        bound.close()


def _wait_until_started(server: uvicorn.Server, thread: Thread) -> None:
    until = monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or monotonic() > until:
            raise DidNotStart("The service did not start; the reason stands above.")
        sleep(0.01)
