"""What surrounds every request: an id, safe headers, our own host names only, one log line without personal data."""

import re
import time
from collections.abc import Sequence
from contextvars import ContextVar
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import INTERNAL, MALFORMED, UNAVAILABLE, Problem
from app.rest.problem_documents import document, log_unexpected

# Known to whatever the request calls, so that use cases need not carry it.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_log = structlog.get_logger("beatcheck.access")
_GONE = 499  # what access logs say of a client that hung up before its answer
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
# Asked by whatever keeps the process running, under whatever name it has for the machine; nothing is built from it.
_PROBES = ("/livez", "/readyz")
_OURS = "Something went wrong here. Nothing was stored."
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}


class RequestEnvelope:
    """Gives each request its id, each answer its headers, and writes the access line; refuses what is too many at
    once, so that those under way are still answered."""

    def __init__(self, app: ASGIApp, most_at_once: int = 1000) -> None:
        self.app = app
        self._most_at_once = most_at_once
        self._under_way = 0

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

        self._under_way += 1
        try:
            if self._under_way > self._most_at_once and scope["path"] not in _PROBES:
                crowded = Problem(UNAVAILABLE, "The service is busy. Nothing was stored.")
                await document(Request(scope), crowded)(scope, receive, send_with_headers)
                return
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            # A phone that lost its signal in the middle of a body: it keeps the fact and sends it again.
            status = _GONE
        except Exception as error:
            # The outermost handler: whatever slipped through every other is answered, and never quoted.
            log_unexpected(error)
            if started_answer:
                raise
            await document(Request(scope), Problem(INTERNAL, _OURS))(scope, receive, send_with_headers)
        finally:
            self._under_way -= 1
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


class KnownHosts:
    """Answers only to its own host names, exact or `*.example.org`; `*` alone answers to all. The port is not looked
    at. An answer built from another's name would send a phone there."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self.app = app
        self._names = {name.lower() for name in allowed if not name.startswith("*")}
        self._endings = tuple(name[1:].lower() for name in allowed if name.startswith("*"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["path"] not in _PROBES
            and not self._is_ours(Headers(scope=scope).getlist("host"))
        ):
            problem = Problem(MALFORMED, "The Host header names no host of ours.")
            await document(Request(scope), problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, hosts: list[str]) -> bool:
        found = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        return found is not None and (found[1] in self._names or found[1].endswith(self._endings))
