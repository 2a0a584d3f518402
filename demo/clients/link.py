"""One request of a phone and what its answer means: for the fact, for the queue, for the next try."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import httpx2 as httpx

from app.clock import rfc3339
from demo.clients.facts import Item, JsonObject

GZIP_OVER_BYTES = 1024


class Becomes(StrEnum):
    """What becomes of a fact in the queue."""

    DONE = "done"
    WAITS = "waits"
    REFUSED = "refused"
    # Another officer's fact bears its id: it is sent again under a new one.
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server said of one fact. `faults` are single fixes it refused, by place."""

    becomes: Becomes
    status: int
    code: str = ""
    detail: str = ""
    quarantine_id: str | None = None
    faults: Sequence[tuple[str, str, str]] = ()
    answer: JsonObject = field(default_factory=dict)

    @property
    def created(self) -> bool:
        return self.status == httpx.codes.CREATED

    @property
    def told(self) -> bool:
        """Is there something an officer should see?"""
        return self.becomes is Becomes.REFUSED or self.status == httpx.codes.ACCEPTED


@dataclass(frozen=True, slots=True)
class Synced:
    """The answer to a whole queue: one verdict an item, and the advice for each patrol by id."""

    verdicts: list[Verdict]
    advice: dict[str, JsonObject]


class Halt(Exception):
    """Nothing else would get through just now: no connection, no patience, or nobody signed in."""

    def __init__(self, wait_s: float = 0.0, *, signed_out: bool = False) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s
        self.signed_out = signed_out


class Link:
    """The way to the server. `token` gives an access token, None while nobody is signed in; `now` the phone's clock."""

    def __init__(
        self, http: httpx.Client, token: Callable[[], str | None], now: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._token = token
        self._now = now

    def sync(self, items: Sequence[Item]) -> Synced | None:
        """Sends many facts at once; None when it was the request that was refused, so that a smaller one may do."""
        answer = self._ask("POST", "/v1/sync", {"items": [item.as_sync() for item in items]})
        content = _object(answer)
        if answer.is_success and "results" not in content:
            raise Halt()
        if answer.is_success:
            results, patrols = _list(content["results"]), _list(content.get("patrols"))
            advice = {str(each["id"]): _as_object(each["advice"]) for each in patrols}
            return Synced([_of_result(result) for result in results], advice)
        if _retryable(answer, content):
            raise Halt(_retry_after_s(answer))
        return None

    def put(self, item: Item) -> Verdict:
        """Sends one fact by itself."""
        answer = self._ask("PUT", item.path, item.content, item.if_match)
        content = _object(answer)
        if answer.is_success and not content:
            raise Halt()
        if answer.is_success:
            return Verdict(
                Becomes.DONE, answer.status_code, answer=content, faults=_faults(content, "rejected")
            )
        code, detail = str(content.get("code", "unknown")), str(content.get("detail", answer.reason_phrase))
        if answer.status_code in (429, 503):
            raise Halt(_retry_after_s(answer))
        if code == "id-taken":
            return Verdict(Becomes.RENAMED, answer.status_code, code, detail)
        becomes = Becomes.WAITS if _retryable(answer, content) else Becomes.REFUSED
        return Verdict(becomes, answer.status_code, code, detail)

    def get(self, path: str, **params: str) -> httpx.Response:
        """Reads something."""
        return self._ask("GET", path, None, None, params)

    def _ask(
        self,
        method: str,
        path: str,
        content: JsonObject | None,
        if_match: str | None = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One request; once more with a fresh token when the one it had has run out."""
        token = self._token()
        while token is not None:
            answer = self._once(method, path, content, if_match, params, token)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return answer
            refused, token = token, self._token()
            if token == refused:
                break
        raise Halt(signed_out=True)

    def _once(
        self,
        method: str,
        path: str,
        content: JsonObject | None,
        if_match: str | None,
        params: dict[str, str] | None,
        token: str,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Sent-At": rfc3339(self._now())}
        raw = None
        if content is not None:
            raw = json.dumps(content, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
            if len(raw) > GZIP_OVER_BYTES:
                raw, headers["Content-Encoding"] = gzip.compress(raw, mtime=0), "gzip"
        if if_match is not None:
            headers["If-Match"] = if_match
        try:
            return self._http.request(method, path, content=raw, headers=headers, params=params)
        except (httpx.TransportError, httpx.DecodingError):
            raise Halt() from None


def _of_result(result: JsonObject) -> Verdict:
    """What POST /v1/sync said of one item."""
    status = result["status"]
    problem = result.get("problem")
    told = _as_object(problem) if problem is not None else {}
    code, detail = str(told.get("code", result.get("reason") or "")), str(told.get("detail", ""))
    kept = result.get("quarantine_id")
    becomes = {
        "created": Becomes.DONE,
        "replayed": Becomes.DONE,
        "quarantined": Becomes.DONE,
        "deferred": Becomes.WAITS,
    }.get(str(result["outcome"]), Becomes.REFUSED)
    if code == "id-taken":
        becomes = Becomes.RENAMED
    return Verdict(
        becomes,
        status if isinstance(status, int) else 0,
        code,
        detail,
        None if kept is None else str(kept),
        _faults(result, "rejected_fixes"),
        result,
    )


def _faults(content: JsonObject, name: str) -> list[tuple[str, str, str]]:
    """Single fixes that were refused within an accepted batch."""
    faults = content.get(name)
    if not isinstance(faults, list):
        return []
    return [(f"#/fixes/{each['index']}", str(each["code"]), str(each["detail"])) for each in faults]


def _retryable(answer: httpx.Response, problem: JsonObject) -> bool:
    """The server says so; an answer that is no problem document (a proxy's) says nothing about the fact itself."""
    return problem.get("retryable", answer.status_code >= 500 or answer.status_code == 429) is True


def _retry_after_s(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _object(answer: httpx.Response) -> JsonObject:
    """The JSON object of an answer; empty when it holds none, cut short for one."""
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _list(value: object) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _as_object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}
