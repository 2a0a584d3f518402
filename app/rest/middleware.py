"""What surrounds every request: an id, safe headers, one log line without bodies, values or personal data."""

import time
from contextvars import ContextVar
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import INTERNAL, Problem
from app.rest.problem_documents import document, log_unexpected

# Known to whatever the request calls, so that use cases need not carry it.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_log = structlog.get_logger("beatcheck.access")
_OURS = "Something went wrong here. Nothing was stored."
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}


class RequestEnvelope:
    """Gives each request its id, each answer its headers, and writes the access line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own_id = str(uuid4())
        scope["beatcheck_request_id"] = own_id
        request_id.set(own_id)
        started = time.perf_counter()
        status = 500
        started_answer = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, started_answer
            if message["type"] == "http.response.start":
                started_answer = True
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["Request-Id"] = own_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            # The outermost handler: whatever slipped through every other is answered, and never quoted.
            log_unexpected(error)
            if started_answer:
                raise
            await document(Request(scope), Problem(INTERNAL, _OURS))(scope, receive, send_with_headers)
        finally:
            route = scope.get("route")
            _log.info(
                "request",
                request_id=own_id,
                method=scope["method"],
                # The template, never the path: a path holds ids of people and records.
                route=getattr(route, "path", "unrouted"),
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
