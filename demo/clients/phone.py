"""The reference phone: how an app gets its facts to Beatcheck through bad signal. Copy it, in whatever language.

The rules it keeps: every fact has an id, and every batch its number, when it is captured, and is on disk before the
officer is told that it is recorded; a fact leaves the queue only when the server has it or will never take it; what is
refused is kept with its reason, to be shown to somebody, never thrown away; `retryable` and Retry-After are believed;
between tries it waits at random, so that a thousand phones do not come back at once.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import httpx2 as httpx

from app.clock import to_ms
from demo.clients.facts import KINDS, Item, JsonObject, check_in, check_out
from demo.clients.fixes import Fix
from demo.clients.link import Becomes, Halt, Link, Verdict
from demo.clients.queue import Queue, Refused, Waiting
from demo.ids import RANDOM_BYTES, uuid7

MOST_ROUNDS = 6
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
# Below what the server takes in one request: 500 items, 1 MiB as sent, 100,000 keys.
MOST_ITEMS, MOST_BYTES, MOST_KEYS = 500, 900_000, 90_000
UNTIL_TOLD: JsonObject = {"report_every_seconds": 30, "batch_every_seconds": 120, "stop": False}
Heard = Callable[[Item, Verdict], None]


@dataclass(slots=True)
class Tally:
    """What became of the facts sent so far: first times, replays, those kept aside, rounds in vain, refusals."""

    created: int = 0
    replayed: int = 0
    aside: int = 0
    failed_tries: int = 0
    rejected: list[Refused] = field(default_factory=list)


class Phone:
    """One phone. `token` gives an access token, None while nobody is signed in; `now` is its clock, right or wrong.

    `heard` is told every verdict before the queue is changed by it.
    """

    def __init__(
        self,
        http: httpx.Client,
        token: Callable[[], str | None],
        queue: Queue,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        random: Random,
        heard: Heard | None = None,
    ) -> None:
        self.queue = queue
        self.tally = Tally()
        self.link = Link(http, token, now)
        self._now = now
        self._sleep = sleep
        self._random = random
        self._heard = heard
        if queue.recall("device_id") is None:
            queue.keep((), device_id=str(self.mint()))

    @property
    def device_id(self) -> UUID:
        """One for each installation."""
        return UUID(str(self.queue.recall("device_id")))

    def mint(self) -> UUID:
        """An id for what is captured now."""
        return uuid7(to_ms(self._now()), self._random.randbytes(RANDOM_BYTES))

    # Capturing. Nothing here waits for signal.

    def sign_in(self, officer_id: UUID) -> None:
        """Whose phone it is from now on: a patrol of somebody else ends here, and what they said in their own words
        waits for them."""
        if self.officer_id not in (None, officer_id):
            self.finish()
        self.queue.keep((), officer_id=str(officer_id))

    @property
    def officer_id(self) -> UUID | None:
        known = self.queue.recall("officer_id")
        return None if known is None else UUID(str(known))

    @property
    def patrol_id(self) -> UUID | None:
        """The patrol that goes on."""
        known = self.queue.recall("patrol_id")
        return None if known is None else UUID(str(known))

    @property
    def advice(self) -> JsonObject:
        """What the server asks of this patrol; its usual wishes until it was heard."""
        known = self.queue.recall("advice")
        return known if isinstance(known, dict) else UNTIL_TOLD

    def start(self, facts: JsonObject, position: Fix | None = None) -> UUID:
        """Checks in; `facts` are programme, uniform, mode, window, crew."""
        patrol_id = self.mint()
        item = check_in(patrol_id, self.device_id, self._now_ms(), position, facts)
        self.queue.keep([self._mine(item)], patrol_id=str(patrol_id), advice=UNTIL_TOLD)
        return patrol_id

    def wants_position(self, at_ms: int) -> bool:
        """Is it worth waking the GPS? Never outside a patrol, nor once told to stop, nor sooner than asked."""
        if self.patrol_id is None or self.advice["stop"]:
            return False
        newest = self.queue.newest_fix_ms() or self.queue.recall("batched_until_ms")
        return not isinstance(newest, int) or at_ms - newest >= _seconds(self.advice, "report_every_seconds")

    def locate(self, fix: Fix) -> bool:
        """Takes a position, when one is wanted; closes the batch when it is time to send one."""
        patrol_id = self.patrol_id
        if patrol_id is None or not self.wants_position(fix.at_ms):
            return False
        self.queue.add_fix(fix)
        oldest = self.queue.oldest_fix_ms()
        if oldest is not None and fix.at_ms - oldest >= _seconds(self.advice, "batch_every_seconds"):
            self.queue.close_batch(
                patrol_id, self.mint(), self.device_id, self._mine, batched_until_ms=fix.at_ms
            )
        return True

    def record(self, kind: str, content: JsonObject, parent: UUID | None = None) -> Item:
        """An activity, an engagement, an abstraction, words, an answer: whatever is no part of the patrol itself."""
        if kind in ("activity", "engagement") and self.patrol_id is not None:
            content = {"patrol_id": str(self.patrol_id), **content}
        item = self._mine(Item(kind, self.mint(), content, parent))
        self.queue.keep([item])
        return item

    def take_back(self, kind: str, fact_id: UUID, reason: str, parent: UUID | None = None) -> None:
        """`kind` is void, activity-void, engagement-void, abstraction-void, or engagement-action-void, whose `parent`
        is the engagement."""
        self.queue.keep([self._mine(Item(kind, fact_id, {"reason": reason}, parent))])

    def finish(self, position: Fix | None = None, **why: str) -> None:
        """Checks out in one tap, with what was not sent yet ahead of it; from here on no position is taken."""
        patrol_id = self.patrol_id
        if patrol_id is None:
            return
        item = self._mine(check_out(patrol_id, self._now_ms(), position, **why))
        self.queue.close_batch(
            patrol_id, self.mint(), self.device_id, self._mine, [item], patrol_id=None, batched_until_ms=None
        )

    def _mine(self, item: Item) -> Item:
        officer = self.officer_id
        if officer is None:
            return item
        says = {"captured_by": str(officer)} if KINDS[item.kind].says_who else {}
        return Item(item.kind, item.id, {**item.content, **says}, item.parent, item.if_match, officer)

    def _now_ms(self) -> int:
        return to_ms(self._now())

    # Sending.

    def send(self) -> bool:
        """Sends the queue, waits and sends what is left again, a bounded number of times; True when it is empty."""
        for number in range(MOST_ROUNDS):
            wait_s = 0.0
            try:
                self._round()
            except Halt as halt:
                self.tally.failed_tries += 1
                if halt.signed_out:
                    return False
                wait_s = halt.wait_s
            if not len(self.queue):
                return True
            if number < MOST_ROUNDS - 1:
                self._sleep(wait_s + self._random.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**number)))
        return False

    def _round(self) -> None:
        """Everything once. What says something of a fact goes when that fact has gone: nothing overtakes it."""
        sent: set[int] = set()
        while ready := [each for each in self._ready() if each.number not in sent]:
            sent |= {each.number for each in ready}
            for chunk in chunks(ready):
                self._together(chunk)

    def _ready(self) -> list[Waiting]:
        """What may be sent: not the words of somebody who is not signed in, nor what is of a fact that waits."""
        officer = self.officer_id
        found: list[Waiting] = []
        ahead: set[UUID] = set()
        for each in self.queue.waiting():
            item = each.item
            theirs = KINDS[item.kind].own_words and item.captured_by not in (None, officer)
            if not theirs and item.of not in ahead:
                found.append(each)
            ahead.add(item.id)
        return found

    def _together(self, chunk: Sequence[Waiting]) -> None:
        if len(chunk) == 1 and not chunk[0].tries:
            self._alone(chunk[0])
            return
        synced = self.link.sync([each.item for each in chunk])
        if synced is not None:
            self._settle(chunk, synced.verdicts, synced.advice)
        elif len(chunk) == 1:
            self._alone(chunk[0])
        else:
            # It was the request that was refused: one of them spoils it for the others.
            middle = len(chunk) // 2
            self._together(chunk[:middle])
            self._together(chunk[middle:])

    def _alone(self, each: Waiting) -> None:
        """Sends one fact by its own PUT."""
        verdict = self.link.put(each.item)
        advice = verdict.answer.get("advice")
        patrol = each.item.parent or each.item.id
        self._settle([each], [verdict], {str(patrol): advice} if isinstance(advice, dict) else {})

    def _settle(
        self, sent: Sequence[Waiting], verdicts: Sequence[Verdict], advice: dict[str, JsonObject]
    ) -> None:
        done: list[int] = []
        tried: list[int] = []
        refused: list[Refused] = []
        for each, verdict in zip(sent, verdicts, strict=True):
            if self._heard is not None:
                self._heard(each.item, verdict)
            leaves = verdict.becomes in (Becomes.DONE, Becomes.REFUSED)
            (done if leaves else tried).append(each.number)
            refused += _to_show(each.item, verdict)
            self._count(verdict)
        told = advice.get(str(self.patrol_id))
        state = {} if told is None else {"advice": told}
        self.queue.settle(done, tried, refused, **state)
        self.tally.rejected += refused
        for each, verdict in zip(sent, verdicts, strict=True):
            if verdict.becomes is Becomes.RENAMED:
                self.queue.rename(each.item.id, self.mint())

    def _count(self, verdict: Verdict) -> None:
        if verdict.becomes is not Becomes.DONE:
            self.tally.failed_tries += verdict.becomes is not Becomes.REFUSED
        elif verdict.status == httpx.codes.ACCEPTED:
            self.tally.aside += 1
        elif verdict.created:
            self.tally.created += 1
        else:
            self.tally.replayed += 1


def chunks(waiting: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """The queue cut into requests the server takes, in order."""
    chunk: list[Waiting] = []
    size = keys = 0
    for each in waiting:
        raw = json.dumps(each.item.content)
        size, keys = size + len(raw), keys + raw.count(":")
        if chunk and (len(chunk) == MOST_ITEMS or size > MOST_BYTES or keys > MOST_KEYS):
            yield chunk
            chunk, size, keys = [], len(raw), raw.count(":")
        chunk.append(each)
    if chunk:
        yield chunk


def clock_that_is(fast_s: int, now: Callable[[], datetime]) -> Callable[[], datetime]:
    """A phone's clock that is `fast_s` seconds ahead of `now`."""
    return lambda: now() + timedelta(seconds=fast_s)


def _to_show(item: Item, verdict: Verdict) -> list[Refused]:
    """What an officer should see of a verdict: a refusal, a fact kept aside, single fixes that were bad."""
    found = [
        Refused(item.kind, str(item.id), item.path + place, verdict.status, code, detail)
        for place, code, detail in verdict.faults
    ]
    if verdict.told:
        # While nobody else holds it, what it said stays here.
        only_here = verdict.becomes is Becomes.REFUSED and verdict.quarantine_id is None
        content = json.dumps(item.content) if only_here else None
        found.append(
            Refused(
                item.kind, str(item.id), item.path, verdict.status, verdict.code, verdict.detail,
                verdict.quarantine_id, content,
            )
        )  # fmt: skip
    return found


def _seconds(advice: JsonObject, name: str) -> int:
    """A wish in milliseconds."""
    value = advice[name]
    return value * 1000 if isinstance(value, int) else 0
