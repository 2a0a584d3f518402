"""Fetches answers of data.police.uk over HTTP into a folder: slowly enough, bounded, and to be gone on with.

The API takes 15 requests a second and 30 at once, and answers 429 beyond. What is slow, broken or refused for the
moment is asked for again, later each time; what stays so is noted in the manifest and the rest is fetched. When five
answers after each other fail the API is taken to be down: the fetch stops, and the same command goes on where it
stopped, because every answer is a file of its own, put there whole. The host is the setting's; redirects are not
followed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx

from app.clock import london_day, utc_now
from app.outbox.attempts import read_retry_after
from app.policeuk.importing import usable_id
from app.policeuk.reading import MOST_ANSWER_BYTES, PARTS, AnswerRefused, check_json, neighbourhood_list
from app.policeuk.recorded import MANIFEST, Manifest, list_name, part_name

PER_SECOND, AT_ONCE = 15.0, 30.0
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 1.0
# Who is told to come back later than this does: the fetch goes on without that answer.
LONGEST_PAUSE_SECONDS = 120.0
READ_SECONDS, ANSWER_SECONDS = 10.0, 60.0
DOWN_AFTER = 5
# What the API says of one answer, and nothing of how it is itself.
_ANSWERED = frozenset({"not-found", "too-large"})
# Answers of two days in one folder would bear one date.
GO_ON_WITHIN = timedelta(days=1)


class FetchStopped(Exception):
    """The fetch cannot go on now; the message says why and what to do."""


class _Failed(Exception):
    """One answer that did not come: a code of `recorded.FAULTS`; `again_after` is None when asking again is no use."""

    def __init__(self, code: str, again_after: float | None) -> None:
        super().__init__(code)
        self.code = code
        self.again_after = again_after


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds of a clock that never goes back, a pause, and a number from 0 to 1 by chance: handed in, so that tests
    need not wait."""

    monotonic: Callable[[], float]
    pause: Callable[[float], None]
    chance: Callable[[], float]


@dataclass(slots=True)
class PoliceUk:
    """The API at one address. `get` waits for its turn before each request."""

    http: httpx.Client
    base: str
    time: Time
    _spare: float = field(default=AT_ONCE, init=False)
    _counted_at: float | None = field(default=None, init=False)

    def get(self, *path: str) -> bytes:
        """The answer at a path, whole and well-formed JSON. Raises `_Failed` when it did not come in five attempts."""
        url = self.base.rstrip("/") + "".join("/" + quote(each, safe="") for each in path)
        for attempt in range(1, ATTEMPTS + 1):
            self._turn()
            try:
                return self._once(url)
            except _Failed as failed:
                if failed.again_after is None or attempt == ATTEMPTS:
                    raise
                longer = FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * (0.5 + self.time.chance())
                self.time.pause(max(longer, failed.again_after))
        raise AssertionError("unreachable")

    def _turn(self) -> None:
        now = self.time.monotonic()
        if self._counted_at is not None:
            self._spare = min(AT_ONCE, self._spare + (now - self._counted_at) * PER_SECOND)
        self._counted_at = now
        if self._spare < 1:
            self.time.pause((1 - self._spare) / PER_SECOND)
            now = self.time.monotonic()
            self._spare = min(AT_ONCE, self._spare + (now - self._counted_at) * PER_SECOND)
            self._counted_at = now
        self._spare -= 1

    def _once(self, url: str) -> bytes:
        # Compressed answers are declined, so that the size limit is counted on what was sent.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            with self.http.stream(
                "GET", url, headers=headers, follow_redirects=False, timeout=READ_SECONDS
            ) as response:
                _check_status(response)
                raw = self._body(response)
        except (httpx.HTTPError, httpx.StreamError):
            raise _Failed("unreachable", 0.0) from None
        try:
            check_json(raw)
        except AnswerRefused:
            raise _Failed("unreadable", 0.0) from None
        return raw

    def _body(self, response: httpx.Response) -> bytes:
        until = self.time.monotonic() + ANSWER_SECONDS
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > MOST_ANSWER_BYTES:
                raise _Failed("too-large", None)
            if self.time.monotonic() > until:
                raise _Failed("too-slow", 0.0)
        return bytes(body)


def _check_status(response: httpx.Response) -> None:
    if response.status_code == 404:
        raise _Failed("not-found", None)
    if response.status_code == 429 or response.status_code >= 500:
        asked = read_retry_after(response.headers.get("retry-after"), utc_now())
        wait = 0.0 if asked is None else asked.total_seconds()
        raise _Failed("unreachable", wait if wait <= LONGEST_PAUSE_SECONDS else None)
    if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
        raise _Failed("status", None)


@contextmanager
def opened(base: str, time: Time) -> Iterator[PoliceUk]:
    """The API at an address, with a connection that is closed in the end."""
    with httpx.Client(headers={"User-Agent": "Beatcheck"}) as http:
        yield PoliceUk(http, base, time)


def fetch(
    api: PoliceUk, police_force: str, folder: Path, now: datetime, progress: Callable[[int, int, str], None]
) -> Manifest:
    """Fetches what of a force's answers is not in the folder yet; answers what did not come.

    `progress` is told how many of how many answers are there and which came last. Raises FetchStopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = _begun(folder, police_force, london_day(now))
    listed = _list(api, police_force, folder)
    wanted = [(police_uk_id, part) for police_uk_id in listed for part in PARTS]
    failures = 0
    for done, (police_uk_id, part) in enumerate(wanted, 1):
        name = part_name(police_force, police_uk_id, part)
        if not (folder / name).exists():
            try:
                _keep(folder / name, api.get(police_force, police_uk_id, part))
            except _Failed as failed:
                manifest.faults[name] = failed.code
                failures = 0 if failed.code in _ANSWERED else failures + 1
            else:
                failures = 0
                manifest.faults.pop(name, None)
            if failures == DOWN_AFTER:
                _keep(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
                raise FetchStopped(
                    f"data.police.uk does not answer as it should; {done - failures} of {len(wanted)} answers are "
                    "kept. The same command goes on from there."
                )
        progress(done, len(wanted), f"{police_uk_id} {part}")
    _keep(folder / MANIFEST, manifest.model_dump_json(indent=1).encode())
    return manifest


def _begun(folder: Path, police_force: str, day: date) -> Manifest:
    path = folder / MANIFEST
    if not path.exists():
        manifest = Manifest(police_force=police_force, fetched_on=day)
        _keep(path, manifest.model_dump_json(indent=1).encode())
        return manifest
    manifest = Manifest.model_validate_json(path.read_bytes())
    if manifest.police_force != police_force:
        raise FetchStopped(f"The folder holds answers about {manifest.police_force}; give another.")
    if day - manifest.fetched_on > GO_ON_WITHIN:
        raise FetchStopped(f"The folder holds answers of {manifest.fetched_on}; give another, or import it.")
    return manifest


def _list(api: PoliceUk, police_force: str, folder: Path) -> list[str]:
    """The ids to ask about, each once."""
    path = folder / list_name(police_force)
    try:
        raw = path.read_bytes() if path.exists() else api.get(police_force, "neighbourhoods")
        listed = neighbourhood_list(raw)
    except _Failed as failed:
        raise FetchStopped(f"The list of neighbourhoods did not come ({failed.code}).") from None
    except AnswerRefused as refused:
        raise FetchStopped(f"The list of neighbourhoods: {refused}") from None
    _keep(path, raw)
    return list(dict.fromkeys(one.id for one in listed if one is not None and usable_id(one.id)))


def _keep(path: Path, content: bytes) -> None:
    """Puts a file there whole or not at all, whenever the process is stopped."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
