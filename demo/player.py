"""Plays a demonstration evening: every patrol's phone in turn, through the real API over HTTP."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx2 as httpx

from app.clock import utc_now
from demo.clients.facts import Item, JsonObject, check_in, check_out, fix_batch
from demo.clients.phone import Heard, Phone, Tally, clock_that_is
from demo.clients.queue import Queue
from demo.evening import Evening, Patrol
from demo.stories import Sending

Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Played:
    """A patrol and what became of everything its phone sent; `waiting` is what never got through."""

    patrol: Patrol
    tally: Tally
    waiting: int


def play(
    evening: Evening,
    http: httpx.Client,
    token: Token,
    played: Callable[[Played], None],
    folder: Path | None = None,
    heard: Heard | None = None,
) -> list[Played]:
    """Sends the evening, patrol by patrol, and tells each when it is through. `token` gives one for a collar number;
    in `folder` the phones keep their queues, in memory without; `heard` is told every verdict."""
    done = []
    for patrol in evening.patrols:
        with closing(Queue(None if folder is None else folder / f"{patrol.device_id}.queue")) as queue:
            phone = _phone(patrol, http, token, queue, heard)
            for items in uploads(patrol):
                queue.keep(items)
                phone.send()
            result = Played(patrol, phone.tally, len(queue))
        played(result)
        done.append(result)
    return done


def uploads(patrol: Patrol) -> list[list[Item]]:
    """Everything the phone of a patrol sends, in the order its story says; each list while it had signal."""
    story = patrol.story
    fast_ms = story.clock_fast_s * 1000
    begins = check_in(
        patrol.id, patrol.device_id, patrol.checked_in.at_ms + fast_ms, patrol.checked_in, _facts(patrol)
    )
    batches = [
        fix_batch(patrol.id, batch.id, patrol.device_id, batch.sequence, batch.fixes)
        for batch in patrol.batches
    ]
    ends = []
    if patrol.checked_out is not None:
        ends = [check_out(patrol.id, patrol.checked_out.at_ms + fast_ms, patrol.checked_out)]
    match story.sending:
        case Sending.IN_ORDER:
            return [[begins, *batches, *ends]]
        case Sending.LATE:
            return [[begins], ends, batches]
        case Sending.REPEATED:
            return [[begins, *batches], batches, ends]
        case Sending.SHUFFLED:
            Random(patrol.id.int).shuffle(batches)
            return [[begins], *([batch] for batch in batches), ends]


def _facts(patrol: Patrol) -> JsonObject:
    story = patrol.story
    facts: JsonObject = {
        "programme": story.programme,
        "uniform_state": story.uniform,
        "mode": "FOOT",
        "funding": story.funding,
    }
    if patrol.window_id is not None:
        facts["window_id"] = str(patrol.window_id)
    if story.crew:
        facts["crew"] = [{"collar_number": collar} for collar in story.crew]
    return facts


def _phone(patrol: Patrol, http: httpx.Client, token: Token, queue: Queue, heard: Heard | None) -> Phone:
    story = patrol.story
    return Phone(
        http,
        lambda: token(story.collar),
        queue,
        now=clock_that_is(story.clock_fast_s, utc_now),
        sleep=time.sleep,
        random=Random(patrol.id.int),
        heard=heard,
    )
