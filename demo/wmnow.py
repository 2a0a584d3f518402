"""A stand-in for WMNow's engagement tracker: serves the pull contract, sends signed messages, and misbehaves on demand.

No public contract exists; what it speaks is the one that `docs/wmnow.md` proposes. It keeps engagements in the order in
which they were changed, hands out a token for a client's secret, and serves `GET /engagements`. Faults are queued:
each of the next answers takes one. Run it by itself with

    python -m demo.wmnow --port 9100 --engagements 1200

put more in with `POST /items`, a JSON list of items, of which it tells by signed messages where it is given an address
(`--messages`), and queue faults with `POST /faults`, a JSON list such as `["too_many_requests", "truncated"]`.
"""

import argparse
import base64
import hmac
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from threading import Lock
from typing import Any

import httpx2 as httpx
import uvicorn
from anyio import sleep
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.clock import rfc3339

CLIENT_ID = "beatcheck"
TYPES = ("STREET_BRIEF", "BEAT_SURGERY")
MOST_ITEMS = 500
TOKEN_SECONDS = 300
HUGE_BYTES = 64 * 2**20


class Fault(StrEnum):
    """How one answer, or one message, goes wrong."""

    SLOW = "slow"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    UNAUTHORISED = "unauthorised"
    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    HUGE = "huge"
    DUPLICATES = "duplicates"
    REORDERED = "reordered"
    WATERMARK_BACK = "watermark_back"
    TOTAL_SHRANK = "total_shrank"
    SAME_CURSOR = "same_cursor"
    WRONG_SIGNATURE = "wrong_signature"
    REDIRECT = "redirect"
    CURSOR_GONE = "cursor_gone"


OF_MESSAGES = frozenset({Fault.WRONG_SIGNATURE, Fault.DUPLICATES})


@dataclass(slots=True)
class _Held:
    number: int
    updated_at: datetime
    item: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Messages:
    """Where the tracker sends a message for each item it is given over HTTP, and by which secret it signs."""

    url: str
    secret: str
    http: httpx.Client


@dataclass
class Tracker:
    """The tracker's engagements. Safe to change from another thread while it serves."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    slow_seconds: float = 2.0
    retry_after_seconds: int = 1
    faults: deque[Fault] = field(default_factory=deque)
    asked: int = 0
    # What is made of a page on its way, for faults that are in its bytes.
    spoil: Callable[[bytes], bytes] = lambda raw: raw
    messages: Messages | None = None
    _held: dict[str, _Held] = field(default_factory=dict)
    _changes: int = 0
    _latest: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, *items: Mapping[str, Any]) -> None:
        """Adds engagements, or new versions of them, each changed now and after all before it."""
        with self._lock:
            for item in items:
                self._changes += 1
                self._latest = max(self.now(), self._latest + timedelta(milliseconds=1))
                said = {**item, "source_version": str(self._changes)}
                self._held[item["source_record_id"]] = _Held(self._changes, self._latest, said)

    def delete(self, source_record_id: str) -> None:
        """Takes one back; a tombstone stays."""
        held = self._held[source_record_id].item
        self.put({"source_record_id": source_record_id, "occurred_at": held["occurred_at"], "deleted": True})

    def items(self) -> list[dict[str, Any]]:
        """All that is held, in the order of the last change."""
        with self._lock:
            return [one.item for one in sorted(self._held.values(), key=lambda one: one.number)]

    def page(self, updated_since: datetime | None, cursor: str | None, limit: int) -> dict[str, Any]:
        """One page: the tracker's rows changed since, after the cursor. Raises ValueError on a cursor not given out."""
        after = _number(cursor) if cursor else 0
        with self._lock:
            wanted = sorted(
                (
                    one
                    for one in self._held.values()
                    if one.number > after and (updated_since is None or one.updated_at >= updated_since)
                ),
                key=lambda one: one.number,
            )
            total, watermark = len(self._held), max(self._latest, self.now())
        page = wanted[:limit]
        more = len(wanted) > limit
        return {
            "items": [{**one.item, "updated_at": rfc3339(one.updated_at)} for one in page],
            "next_cursor": _cursor(page[-1].number) if more else None,
            "watermark": rfc3339(watermark),
            "has_more": more,
            "total": total,
        }

    def misbehave(self, *faults: Fault) -> None:
        """Queues what the next answers do."""
        self.faults.extend(faults)

    def _token(self) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.now() + timedelta(seconds=TOKEN_SECONDS)
        return token

    def _known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return (
            scheme.lower() == "bearer"
            and self._tokens.get(token, self._latest.min.replace(tzinfo=UTC)) > self.now()
        )

    async def give_token(self, request: Request) -> Response:
        """POST /token: client credentials."""
        form = dict(httpx.QueryParams((await request.body()).decode()))
        if not hmac.compare_digest(str(form.get("client_secret", "")), self.secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        return JSONResponse(
            {"access_token": self._token(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        )

    async def engagements(self, request: Request) -> Response:
        """GET /engagements: a page, or whatever fault is next."""
        self.asked += 1
        if not self._known(request):
            return JSONResponse({"error": "invalid_token"}, 401)
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.SLOW:
            await sleep(self.slow_seconds)
        refused = self._refused(fault)
        if refused is not None:
            return refused
        asked = request.query_params
        since = asked.get("updated_since")
        try:
            page = self.page(
                datetime.fromisoformat(since) if since else None,
                asked.get("cursor"),
                min(int(asked.get("limit", MOST_ITEMS)), MOST_ITEMS),
            )
        except ValueError:
            return JSONResponse({"error": "bad_request"}, 400)
        return _sent(self.spoil(json.dumps(_spoilt(page, fault, asked.get("cursor"))).encode()), fault)

    def _refused(self, fault: Fault | None) -> Response | None:
        if fault is Fault.TOO_MANY_REQUESTS:
            return JSONResponse({"error": "slow_down"}, 429, {"Retry-After": str(self.retry_after_seconds)})
        if fault is Fault.SERVER_ERROR:
            return Response("<html>Something went wrong</html>", 500, media_type="text/html")
        if fault is Fault.UNAUTHORISED:
            self._tokens.clear()
            return JSONResponse({"error": "invalid_token"}, 401)
        if fault is Fault.NOT_JSON:
            return Response("<html>Down for maintenance</html>", media_type="text/html")
        if fault is Fault.CURSOR_GONE:
            return JSONResponse({"error": "cursor_expired"}, 410)
        if fault is Fault.REDIRECT:
            return Response(status_code=302, headers={"Location": "http://169.254.169.254/latest"})
        return None

    async def take_items(self, request: Request) -> Response:
        """POST /items: a list of items, each new or another version; told by messages where it has an address."""
        items = await request.json()
        if not isinstance(items, list) or not all(
            isinstance(one, dict) and isinstance(one.get("source_record_id"), str) for one in items
        ):
            return JSONResponse({"error": "a list of items, each with a source_record_id"}, 422)
        self.put(*items)
        named = {one["source_record_id"] for one in items}
        held = self.items()
        told = [one for one in held if one["source_record_id"] in named]
        return JSONResponse({"held": len(held), "answers": await run_sync(self._tell, told)})

    def _tell(self, items: Sequence[Mapping[str, Any]]) -> list[int]:
        if self.messages is None:
            return []
        answers = []
        for one in items:
            fault = self.faults.popleft() if self.faults and self.faults[0] in OF_MESSAGES else None
            to = self.messages
            answers += send(to.http, to.url, to.secret, [one], self.now(), [fault] if fault else [])
        return answers

    async def queue_faults(self, request: Request) -> Response:
        """POST /faults: a list of what the next answers do."""
        try:
            self.misbehave(*(Fault(each) for each in await request.json()))
        except ValueError:
            return JSONResponse({"error": "unknown fault", "known": list(Fault)}, 422)
        return JSONResponse({"queued": list(self.faults)})


def _number(cursor: str) -> int:
    return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("after:"))


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode()


def _spoilt(page: dict[str, Any], fault: Fault | None, cursor: str | None) -> dict[str, Any]:
    """The page with a fault of its content."""
    if fault is Fault.DUPLICATES:
        return {**page, "items": [each for each in page["items"] for _ in (1, 2)]}
    if fault is Fault.REORDERED:
        return {**page, "items": page["items"][::-1]}
    if fault is Fault.WATERMARK_BACK:
        return {**page, "watermark": "2001-01-01T00:00:00Z"}
    if fault is Fault.TOTAL_SHRANK:
        return {**page, "total": 0}
    if fault is Fault.SAME_CURSOR:
        return {**page, "next_cursor": cursor or _cursor(0), "has_more": True}
    if fault is Fault.WRONG_SHAPE:
        return {"items": {"not": "a list"}, "watermark": 7}
    return page


def _sent(raw: bytes, fault: Fault | None) -> Response:
    if fault is Fault.HUGE:

        async def pieces() -> AsyncIterator[bytes]:
            yield raw[:-1] + b', "padding": "'
            for _ in range(HUGE_BYTES // 65_536):
                yield b"x" * 65_536
            yield b'"}'

        return StreamingResponse(pieces(), media_type="application/json")
    if fault is Fault.TRUNCATED:
        half = raw[: len(raw) // 2]
        # Says how long the whole would be, then hangs up.
        return StreamingResponse(
            iter([half]), media_type="application/json", headers={"Content-Length": str(len(raw))}
        )
    return Response(raw, media_type="application/json")


def create_tracker(tracker: Tracker) -> Starlette:
    """The stand-in as an application."""
    return Starlette(
        routes=[
            Route("/token", tracker.give_token, methods=["POST"]),
            Route("/engagements", tracker.engagements),
            Route("/items", tracker.take_items, methods=["POST"]),
            Route("/faults", tracker.queue_faults, methods=["POST"]),
        ]
    )


def signed(secret: str, webhook_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks for a message; `secret` is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(sent_at.timestamp()))
    told = hmac.new(key, f"{webhook_id}.{stamp}.".encode() + body, sha256).digest()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(told).decode(),
        "content-type": "application/json",
    }


def message(item: Mapping[str, Any], at: datetime) -> bytes:
    """The body of a message about one engagement."""
    kind = "engagement.deleted" if item.get("deleted") else "engagement.upserted"
    return json.dumps({"type": kind, "timestamp": rfc3339(at), "data": item}).encode()


def send(
    http: httpx.Client,
    url: str,
    secret: str,
    items: Sequence[Mapping[str, Any]],
    now: datetime,
    faults: Sequence[Fault] = (),
) -> list[int]:
    """Sends a message for each item to `url`; the status of each answer. Faults are of the messages in turn: a wrong
    signature, or the same message twice."""
    statuses = []
    for place, item in enumerate(items):
        fault = faults[place] if place < len(faults) else None
        body = message(item, now)
        webhook_id = "msg_" + sha256(body).hexdigest()[:24]
        headers = signed(secret, webhook_id, now, body)
        if fault is Fault.WRONG_SIGNATURE:
            headers["webhook-signature"] = "v1," + base64.b64encode(b"wrong" * 6).decode()
        for _ in range(2 if fault is Fault.DUPLICATES else 1):
            statuses.append(http.post(url, content=body, headers=headers).status_code)
    return statuses


def made_up(number: int, now: datetime, collar_number: str = "4101") -> list[dict[str, Any]]:
    """So many engagements of one officer, one an hour, the last an hour ago."""
    return [
        {
            "source_record_id": f"EN-{place + 1:04}",
            "occurred_at": rfc3339(at := now - timedelta(hours=number - place)),
            "recorded_at": rfc3339(at + timedelta(minutes=place % 60)),
            "recorded_by": {"collar_number": collar_number},
            "engagement_type": TYPES[place % len(TYPES)],
            "people_reached": 3 + place % 20,
        }
        for place in range(number)
    ]


def main() -> None:
    """Serves a tracker until it is stopped; prints the secret it asks for."""
    parser = argparse.ArgumentParser(description="A stand-in for WMNow's engagement tracker.")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument(
        "--engagements", type=int, default=0, help="how many it is filled with, of officer 4101"
    )
    parser.add_argument(
        "--messages", metavar="URL", help="where it sends a message for each item it is given"
    )
    parser.add_argument("--secret", help="whsec_…, by which its messages are signed")
    chosen = parser.parse_args()
    if (chosen.messages is None) != (chosen.secret is None):
        parser.error("--messages and --secret go together")
    tracker = Tracker()
    if chosen.messages is not None:
        tracker.messages = Messages(chosen.messages, chosen.secret, httpx.Client())
    tracker.put(*made_up(chosen.engagements, tracker.now()))
    print(f"client id {CLIENT_ID}, client secret {tracker.secret}", flush=True)
    uvicorn.run(create_tracker(tracker), host="127.0.0.1", port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
