"""What the server itself would answer in plain text is a problem document too."""

import asyncio
import json
import socket

import anyio
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.problems import MALFORMED, UNAVAILABLE
from app.rest.middleware import RequestEnvelope
from app.rest.protocol import Patience

CANARY = "CANARY-4711"


async def _answer(raw: bytes) -> bytes:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("no application sees what is no request")

    config = uvicorn.Config(
        app, http="app.rest.protocol:ProblemProtocol", lifespan="off", log_level="critical"
    )
    config.load()
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(raw)
        answer = await reader.read()
        writer.close()
        server.should_exit = True
        await serving
    return answer


@pytest.mark.parametrize(
    "raw", [b"rubbish " + CANARY.encode() + b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"]
)
def test_what_is_no_request_gets_a_problem_document(raw: bytes) -> None:
    head, _, body = asyncio.run(_answer(raw)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == MALFORMED.code
    assert CANARY.encode() not in body


def test_too_many_at_once_are_told_to_come_again_and_probes_are_not() -> None:
    async def story() -> list[tuple[int, bytes]]:
        release = anyio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/slow":
                await release.wait()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        envelope = RequestEnvelope(app, most_at_once=1)
        answers: list[tuple[int, bytes]] = []

        async def call(path: str) -> None:
            status = 0

            async def receive() -> dict[str, object]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message: "dict[str, object]") -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    assert isinstance(message["status"], int)
                    status = message["status"]
                else:
                    body = message["body"]
                    assert isinstance(body, bytes)
                    answers.append((status, body))

            scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
            await envelope(scope, receive, send)  # type: ignore[arg-type]  # plain dicts as a server gives them

        async with anyio.create_task_group() as group:
            group.start_soon(call, "/slow")
            await anyio.lowlevel.checkpoint()
            await call("/other")
            await call("/livez")
            release.set()
        await call("/other")
        return answers

    crowded, probe, slow, later = anyio.run(story)
    assert crowded[0] == 503
    assert json.loads(crowded[1])["code"] == UNAVAILABLE.code
    assert [probe[0], slow[0], later[0]] == [204, 204, 204]


@pytest.mark.parametrize(
    ("bytes_per_second", "lasts"), [(0, False), (1, False), (200, False), (300, True), (2000, True)]
)
def test_a_sender_is_waited_for_as_long_as_it_keeps_up_the_least_rate(
    bytes_per_second: int, lasts: bool
) -> None:
    patience = Patience(seconds=20, bytes_per_second=256)
    deadline = patience.begun(0.0)
    for second in range(1, 600):
        if second > deadline:
            break
        deadline = patience.extended(deadline, float(second), bytes_per_second)
    assert (deadline >= 600) is lasts


def test_a_burst_buys_no_more_than_the_whole_patience() -> None:
    patience = Patience(seconds=20, bytes_per_second=256)
    assert patience.extended(patience.begun(0.0), 1.0, 1_000_000) == 21.0
