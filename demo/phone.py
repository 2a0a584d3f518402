"""The reference phone: how an app gets its facts to Beatcheck through bad signal. Copy it, in whatever language.

The rules it keeps: every fact has an id before it is sent, so a retry is harmless; the queue is in order, and a fact
leaves it only when the server has it (2xx) or will never take it; `retryable` and Retry-After are believed; what is
refused is kept with its reason, to be shown to somebody, never thrown away; `Sent-At` is the phone's clock at each try
and stands in a header, so that a retry has the same body. A real phone writes its queue to disk before anything else.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import httpx2 as httpx

from app.clock import from_ms, rfc3339
from demo.tracks import Fix, Track

GZIP_OVER_BYTES = 1024
MOST_ROUNDS = 6
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
JsonObject = dict[str, object]


@dataclass(frozen=True, slots=True)
class Item:
    """One fact on its way: the address it is put to, which holds its id, and its content."""

    path: str
    content: JsonObject


@dataclass(frozen=True, slots=True)
class Rejected:
    """A fact the server will not take, or a single fix of a batch it took: where, and the server's reason."""

    path: str
    status: int
    code: str
    detail: str


@dataclass(slots=True)
class Tally:
    """What became of the facts put so far: first times, replays, tries that failed, the last answer by address."""

    created: int = 0
    replayed: int = 0
    failed_tries: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    answers: dict[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Try:
    """One try: done with, or to be tried again after so many seconds; `cut_off` when nothing else would get through."""

    done: bool
    wait_s: float = 0.0
    cut_off: bool = False


class Phone:
    """One officer's phone. `token` gives an access token that holds, `now` is the phone's clock, right or wrong."""

    def __init__(
        self,
        http: httpx.Client,
        device_id: UUID,
        token: Callable[[], str],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        random: Random,
    ) -> None:
        self.queue: list[Item] = []
        self.tally = Tally()
        self._http = http
        self._device_id = str(device_id)
        self._token = token
        self._now = now
        self._sleep = sleep
        self._random = random

    def check_in(self, patrol_id: UUID, at_ms: int, position: Fix, facts: JsonObject) -> Item:
        """The start of a patrol at the phone's time `at_ms`; `facts` are programme, uniform, mode, window, crew."""
        return Item(
            f"/v1/patrols/{patrol_id}",
            {
                "checked_in_at": _instant(at_ms),
                "device_id": self._device_id,
                "position": _position(position),
                **facts,
            },
        )

    def fix_batch(self, patrol_id: UUID, batch_id: UUID, sequence: int, fixes: Track) -> Item:
        """Up to 1,000 fixes with GNSS times; `sequence` is given at capture and counts up over a patrol."""
        rows = [{"recorded_at": _instant(fix.at_ms), **_position(fix)} for fix in fixes]
        return Item(
            f"/v1/patrols/{patrol_id}/fix-batches/{batch_id}",
            {"device_id": self._device_id, "sequence": sequence, "fixes": rows},
        )

    def check_out(self, patrol_id: UUID, at_ms: int, position: Fix) -> Item:
        """The end of a patrol at the phone's time `at_ms`."""
        return Item(
            f"/v1/patrols/{patrol_id}/check-out",
            {"checked_out_at": _instant(at_ms), "position": _position(position)},
        )

    def send(self) -> bool:
        """Tries the queue in order, waits and tries what is left again, a bounded number of times; True when empty."""
        for number in range(MOST_ROUNDS):
            wait_s = self._round()
            if not self.queue:
                return True
            if number < MOST_ROUNDS - 1:
                backoff_s = FIRST_WAIT_S * 2**number * self._random.uniform(0.5, 1.0)
                self._sleep(min(LONGEST_WAIT_S, max(wait_s, backoff_s)))
        return False

    def _round(self) -> float:
        """One pass over the queue; what must wait stays in it, in order. The longest wait the server asked for."""
        waiting: list[Item] = []
        wait_s = 0.0
        for place, item in enumerate(self.queue):
            tried = self._try(item)
            if tried.done:
                continue
            self.tally.failed_tries += 1
            wait_s = max(wait_s, tried.wait_s)
            waiting.append(item)
            if tried.cut_off:
                waiting += self.queue[place + 1 :]
                break
        self.queue = waiting
        return wait_s

    def _try(self, item: Item) -> _Try:
        raw = json.dumps(item.content, separators=(",", ":")).encode()
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Content-Type": "application/json",
            "Sent-At": rfc3339(self._now()),
        }
        if len(raw) > GZIP_OVER_BYTES:
            raw, headers["Content-Encoding"] = gzip.compress(raw, mtime=0), "gzip"
        try:
            answer = self._http.put(item.path, content=raw, headers=headers)
        except httpx.TransportError:
            return _Try(done=False, cut_off=True)
        if answer.is_success:
            self._took(item, answer)
            return _Try(done=True)
        problem = _object(answer)
        # An expired token and an answer that is no problem document (a proxy's) say nothing about the fact itself.
        if problem.get("retryable", answer.status_code >= 500) or answer.status_code in (401, 429):
            return _Try(
                done=False, wait_s=_retry_after_s(answer), cut_off=answer.status_code in (401, 429, 503)
            )
        code, detail = str(problem.get("code", "unknown")), str(problem.get("detail", answer.reason_phrase))
        self.tally.rejected.append(Rejected(item.path, answer.status_code, code, detail))
        return _Try(done=True)

    def _took(self, item: Item, answer: httpx.Response) -> None:
        content = _object(answer)
        self.tally.answers[item.path] = content
        if answer.status_code == httpx.codes.CREATED:
            self.tally.created += 1
        else:
            self.tally.replayed += 1
        fixes = content.get("rejected")
        for fault in fixes if isinstance(fixes, list) else []:
            place = f"{item.path}#/fixes/{fault['index']}"
            self.tally.rejected.append(
                Rejected(place, answer.status_code, str(fault["code"]), str(fault["detail"]))
            )


def clock_that_is(fast_s: int, now: Callable[[], datetime]) -> Callable[[], datetime]:
    """A phone's clock that is `fast_s` seconds ahead of `now`."""
    return lambda: now() + timedelta(seconds=fast_s)


def _object(answer: httpx.Response) -> JsonObject:
    """The JSON object of an answer; empty when it holds none."""
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _retry_after_s(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def _instant(ms: int) -> str:
    return rfc3339(from_ms(ms))


def _position(fix: Fix) -> JsonObject:
    return {"lat": fix.lat, "lon": fix.lon, "accuracy_m": fix.accuracy_m}
