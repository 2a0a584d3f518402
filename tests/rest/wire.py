"""Speaks ASGI to the service piece by piece, for what an HTTP client library would not do: hang up, send on and on."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from sqlalchemy import Engine, QueuePool

from tests.conftest import Api

Message = MutableMapping[str, Any]


@dataclass
class Exchange:
    """What a connection saw: the answer, and how many pieces of the body the service took."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: int = 0

    def json(self) -> Message:
        found: Message = json.loads(self.body)
        return found


async def _messages(pieces: Iterable[bytes], hangs_up: bool) -> AsyncIterator[Message]:
    for piece in pieces:
        yield {"type": "http.request", "body": piece, "more_body": True}
    if not hangs_up:
        yield {"type": "http.request", "body": b"", "more_body": False}
    yield {"type": "http.disconnect"}


def exchange(
    api: Api,
    method: str,
    path: str,
    headers: dict[str, str],
    pieces: Iterable[bytes],
    *,
    hangs_up: bool = False,
    cancelled_when: Callable[[], bool] | None = None,
    then: Callable[[], object] = lambda: None,
) -> Exchange:
    """One request whose body comes in pieces. The client may hang up in the middle; the server may cancel the call as
    soon as `cancelled_when` holds, and `then` do something."""
    seen = Exchange()
    given = {"host": "testserver", **headers}
    scope: Message = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "server": ("testserver", 80),
        "client": ("198.51.100.7", 4711), "state": {},
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip
    incoming = _messages(pieces, hangs_up)

    async def receive() -> Message:
        seen.taken += 1
        return await anext(incoming)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            seen.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            seen.body += message["body"]

    async def run() -> None:
        async with anyio.create_task_group() as group:

            async def cancel() -> None:
                while cancelled_when is not None and not cancelled_when():
                    await anyio.lowlevel.checkpoint()
                group.cancel_scope.cancel()
                then()

            if cancelled_when is not None:
                group.start_soon(cancel)
            await api.client.app(scope, receive, send)
            group.cancel_scope.cancel()

    assert api.client.portal is not None
    api.client.portal.call(run)
    return seen


def connections_out(api: Api) -> int:
    """Connections that have not come back to the service's pool."""
    engine: Engine = api.client.app.state.engine  # type: ignore[attr-defined]
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()
