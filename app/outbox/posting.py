"""Sends one request to a web address of somebody else's: to listed hosts only, to the very machine that was checked,
without following anybody anywhere, and for so long and no longer.

What is answered is not read beyond its first lines. Nothing here writes an address into a log or an error: it may hold
a secret.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from threading import Thread

import httpx2 as httpx

from app.outbox.addresses import Allowed, Place, may_connect, place_refusal, read_place
from app.outbox.attempts import Failure, Outcome, read_retry_after

CONNECT_SECONDS = 5.0
_MOST_ADDRESSES = 3
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The machines a name stands for now; OSError when nobody knows it.

    A look-up cannot be broken off. It has a thread that nobody waits for, where the loop's own would be waited for at
    its end, however long a name service says nothing.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def answer(addresses: list[str] | Exception) -> None:
        if found.done():
            return
        if isinstance(addresses, Exception):
            found.set_exception(addresses)
        else:
            found.set_result(addresses)

    def look_up() -> None:
        addresses: list[str] | Exception
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(address[0]) for *_, address in told))
        except (OSError, UnicodeError) as error:
            addresses = error
        # The loop is over where it came too late.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(answer, addresses)

    Thread(target=look_up, name="look-up", daemon=True).start()
    return await found


class Poster:
    """Posts to where it may, `seconds` for the whole of an attempt; one serves any number of threads."""

    def __init__(
        self,
        allowed: Allowed,
        *,
        seconds: float,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._trust = trust or httpx.create_ssl_context()
        self._seconds = seconds

    def post(self, url: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Outcome:
        """Sends a JSON body; None when it was taken, which is any answer from 200 to 299."""
        try:
            place = read_place(url)
        except ValueError:
            return Failure("no-web-address", for_good=True)
        refusal = place_refusal(place, self._allowed)
        if refusal is not None:
            return Failure(refusal)
        return asyncio.run(self._within_time(place, body, headers, now))

    async def _within_time(
        self, place: Place, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Outcome:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(place, body, headers, now)
        except (TimeoutError, httpx.TimeoutException):
            return Failure("timeout")
        except (socket.gaierror, UnicodeError):
            return Failure("name-unknown")
        except httpx.ConnectError as error:
            return Failure("tls" if _is_tls(error) else "connection")
        except (httpx.HTTPError, OSError):
            return Failure("connection-lost")

    async def _send(self, place: Place, body: bytes, headers: Mapping[str, str], now: datetime) -> Outcome:
        addresses = await self._resolve(place.host, place.port)
        # All of them, not only the first: a name that stands for one of ours besides is no name to trust.
        if not addresses or not all(may_connect(each, self._allowed) for each in addresses):
            return Failure("address-refused")
        # The environment's proxies would look the name up once more, and connect to whatever they found.
        async with httpx.AsyncClient(
            verify=self._trust,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(self._seconds, connect=CONNECT_SECONDS),
        ) as client:
            *others, last = addresses[:_MOST_ADDRESSES]
            for address in others:
                try:
                    return await _ask(client, address, place, body, headers, now)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    if _is_tls(error):
                        raise
            return await _ask(client, last, place, body, headers, now)


async def _ask(
    client: httpx.AsyncClient,
    address: str,
    place: Place,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Outcome:
    """One request to one machine, in the name of the place: its certificate must be the place's."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    usual = 443 if place.scheme == "https" else 80
    request = client.build_request(
        "POST",
        httpx.URL(
            scheme=place.scheme,
            host=_literal(address),
            port=place.port,
            raw_path=place.target.encode("ascii"),
        ),
        content=body,
        headers={
            "User-Agent": "Beatcheck",
            "Content-Type": "application/json",
            **headers,
            "Host": host if place.port == usual else f"{host}:{place.port}",
        },
        extensions={"sni_hostname": place.host},
    )
    response = await client.send(request, stream=True)
    try:
        return _outcome(response, now)
    finally:
        await response.aclose()


def _literal(address: str) -> str:
    return f"[{address}]" if isinstance(ip_address(address), IPv6Address) else address


def _outcome(response: httpx.Response, now: datetime) -> Outcome:
    if response.is_success:
        return None
    if response.status_code == httpx.codes.GONE:
        # The standard's word for «send me no more».
        return Failure("gone", for_good=True)
    code = "redirected" if response.is_redirect else f"status-{response.status_code}"
    return Failure(code, read_retry_after(response.headers.get("Retry-After"), now))


def _is_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
