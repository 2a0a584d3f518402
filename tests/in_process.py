"""Hands a test client's requests to the service in one step each, where the client's own way takes eight turns."""

from collections.abc import MutableMapping
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient


class OneStep(httpx.BaseTransport):
    """The way from a started `client` to its service. What the service raises is an answer 500, as when served."""

    def __init__(self, client: TestClient) -> None:
        async def service(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            await client.app({**scope, "state": client.app_state.copy()}, receive, send)

        assert client.portal is not None
        self._portal = client.portal
        self._service = httpx.ASGITransport(service, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._service.handle_async_request(request)
        content = b"".join([part async for part in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))
