"""Asks the tracker for a page, over HTTP: bounded in bytes and time, with a token fetched for the client's secret.

Whatever comes back is one of two things: a page that has the contract's shape, or `NotFetched` with a code and whether
another attempt may help. Neither bodies nor addresses are told further.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Annotated, Any, Self

import httpx2 as httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.outbox.attempts import read_retry_after
from app.settings import WmnowFeedSettings
from app.wmnow.broken_text import read_document
from app.wmnow.pulling import Told

TIMEOUT = httpx.Timeout(10.0, read=30.0)
# For the whole of an answer: one that drips is none.
MOST_SECONDS = 60.0
STOPPING = "stopping"
_LOOK_SECONDS = 0.25
MOST_BYTES = 8 * 2**20
MOST_ITEMS = 5_000
_MOST_TOKEN_BYTES = 65_536
_EARLY_SECONDS = 30.0


class NotFetched(Exception):
    """No page: `code` says why, `again` whether to try again soon, `retry_after` what the tracker asked for."""

    def __init__(self, code: str, *, again: bool, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.again = again
        self.retry_after = retry_after


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)

    items: Annotated[list[Any], Field(max_length=MOST_ITEMS)]
    next_cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    watermark: AwareDatetime
    has_more: bool
    total: Annotated[int, Field(ge=0)] | None = None


class _Token(BaseModel):
    model_config = ConfigDict(extra="ignore")

    access_token: Annotated[str, Field(min_length=1, max_length=8192, pattern=r"^[\x21-\x7e]+$")]
    expires_in: Annotated[float, Field(gt=0, le=86_400)] = 300.0


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page: what the tracker told of itself, and its items as parsed JSON, not yet looked at."""

    told: Told
    items: tuple[Any, ...]


class TrackerClient:
    """One feed's tracker, until it is closed. Keeps its token until shortly before it ends; not for several threads at
    once. `stopping` ends whatever is being waited for; `seconds` is for the whole of an answer."""

    def __init__(
        self,
        feed: WmnowFeedSettings,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        stopping: Callable[[], bool] = lambda: False,
        *,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._feed = feed
        self._now = now
        self._monotonic = monotonic
        self._stopping = stopping
        self._seconds = seconds
        self._http = httpx.AsyncClient(follow_redirects=False)
        # What is read by a loop of its own can be given up at any byte.
        self._runner = asyncio.Runner()
        self._token: str | None = None
        self._token_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def page(self, asked: Mapping[str, str]) -> FetchedPage:
        """The page that answers a question. Raises NotFetched."""
        status, headers, raw = self._get(asked)
        if status == httpx.codes.UNAUTHORIZED:
            # The token may have been withdrawn early; a second refusal is about us.
            self._token = None
            status, headers, raw = self._get(asked)
        if status != httpx.codes.OK:
            raise self._refused(status, headers)
        try:
            page = read_document(_Page, raw)
        except ValidationError:
            raise NotFetched("page-unreadable", again=True) from None
        told = Told(page.next_cursor, page.watermark, page.has_more, page.total)
        return FetchedPage(told, tuple(page.items))

    def _get(self, asked: Mapping[str, str]) -> tuple[int, httpx.Headers, bytes]:
        address = f"{str(self._feed.base_url).rstrip('/')}/engagements"
        bearer = {"Authorization": f"Bearer {self._bearer()}", "Accept": "application/json"}
        request = self._http.build_request(
            "GET", address, params=dict(asked), headers=bearer, timeout=TIMEOUT
        )
        return self._bounded(request, MOST_BYTES)

    def _bearer(self) -> str:
        if self._token is None or self._monotonic() >= self._token_until:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._feed.client_id,
                "client_secret": self._feed.client_secret.get_secret_value(),
            }
            request = self._http.build_request("POST", str(self._feed.token_url), data=form, timeout=TIMEOUT)
            status, headers, raw = self._bounded(request, _MOST_TOKEN_BYTES)
            if status in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise NotFetched("not-let-in", again=False)
            if status != httpx.codes.OK:
                raise self._refused(status, headers)
            try:
                token = _Token.model_validate_json(raw)
            except ValidationError:
                raise NotFetched("token-unreadable", again=True) from None
            self._token = token.access_token
            self._token_until = self._monotonic() + max(
                token.expires_in - _EARLY_SECONDS, token.expires_in / 2
            )
        return self._token

    def _bounded(self, request: httpx.Request, most: int) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and the body as far as it may go: inflated bytes are what is counted."""
        return self._runner.run(self._within_time(request, most))

    async def _within_time(self, request: httpx.Request, most: int) -> tuple[int, httpx.Headers, bytes]:
        answering = asyncio.ensure_future(self._answer(request, most))
        try:
            async with asyncio.timeout(self._seconds):
                while not answering.done():
                    if self._stopping():
                        raise NotFetched(STOPPING, again=False)
                    await asyncio.wait({answering}, timeout=_LOOK_SECONDS)
            return answering.result()
        except TimeoutError:
            raise NotFetched("no-answer-in-time", again=True) from None
        finally:
            answering.cancel()
            await asyncio.wait({answering})

    async def _answer(self, request: httpx.Request, most: int) -> tuple[int, httpx.Headers, bytes]:
        pieces: list[bytes] = []
        size = 0
        try:
            answer = await self._http.send(request, stream=True)
            try:
                async for piece in answer.aiter_bytes(65_536):
                    size += len(piece)
                    if size > most:
                        raise NotFetched("page-too-large", again=True)
                    pieces.append(piece)
            finally:
                await answer.aclose()
        except httpx.TimeoutException:
            raise NotFetched("no-answer-in-time", again=True) from None
        except httpx.DecodingError:
            raise NotFetched("page-unreadable", again=True) from None
        except httpx.TransportError:
            raise NotFetched("connection-lost", again=True) from None
        return answer.status_code, answer.headers, b"".join(pieces)

    def _refused(self, status: int, headers: httpx.Headers) -> NotFetched:
        asked = read_retry_after(headers.get("retry-after"), self._now())
        wait = None if asked is None else asked.total_seconds()
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return NotFetched("too-many-requests", again=True, retry_after=wait)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            return NotFetched("tracker-failed", again=True, retry_after=wait)
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return NotFetched("not-let-in", again=False)
        if httpx.codes.is_redirect(status):
            return NotFetched("redirected", again=False)
        return NotFetched("question-refused", again=False)
