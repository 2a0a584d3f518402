"""Plays a demonstration evening: every patrol's phone in turn, through the real API over HTTP."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from uuid import UUID

import httpx2 as httpx

from app.clock import LONDON, from_ms, utc_now
from demo.clients.facts import Item, JsonObject, check_in, check_out, fix_batch
from demo.clients.phone import Heard, Phone, Tally, clock_that_is
from demo.clients.queue import Queue
from demo.evening import Evening, Patrol, device_of
from demo.record_stories import RECORDS
from demo.records import leaving, records
from demo.stories import Sending

Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Played:
    """What became of everything a phone sent of a patrol; `waiting` is what never got through."""

    label: str
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
        story = patrol.story
        way = Way(http, token, folder, heard, story.collar, story.clock_fast_s)
        result = Played(
            story.label, *_send(way, patrol.device_id, uploads(patrol, records_of(evening, story.label)))
        )
        played(result)
        done.append(result)
    # What nobody was on patrol for is captured on the same phones, in the office.
    for collar in sorted({each.collar for each in RECORDS if each.patrol is None}):
        items = records_of(evening, None, collar)
        way = Way(http, token, folder, heard, collar)
        result = Played(f"office of {collar}", *_send(way, device_of(collar), [items]))
        played(result)
        done.append(result)
    return done


@dataclass(frozen=True, slots=True)
class Way:
    """How one officer's phone reaches the service, and how fast its clock is."""

    http: httpx.Client
    token: Token
    folder: Path | None
    heard: Heard | None
    collar: str
    clock_fast_s: int = 0


def _send(way: Way, device_id: UUID, uploads: Sequence[Sequence[Item]]) -> tuple[Tally, int]:
    """Captures and sends, each part while there was signal; what became of it, and how much still waits."""
    with closing(Queue(None if way.folder is None else way.folder / f"{device_id}.queue")) as queue:
        phone = Phone(
            way.http,
            lambda: way.token(way.collar),
            queue,
            now=clock_that_is(way.clock_fast_s, utc_now),
            sleep=time.sleep,
            random=Random(device_id.int),
            heard=way.heard,
        )
        for items in uploads:
            queue.keep(items)
            phone.send()
        return phone.tally, len(queue)


def records_of(evening: Evening, patrol: str | None, collar: str | None = None) -> list[Item]:
    """What is logged on a patrol, or, with None, in the office of one officer."""
    patrols = {each.story.label: each.id for each in evening.patrols}
    windows = {each.story.label: each.id for each in evening.windows}
    return records(evening.day, patrols, windows, patrol=patrol, collar=collar)


def uploads(patrol: Patrol, logged: Sequence[Item]) -> list[list[Item]]:
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
        day = from_ms(patrol.checked_in.at_ms).astimezone(LONDON).date()
        at_ms = patrol.checked_out.at_ms + fast_ms
        ends = [check_out(patrol.id, at_ms, patrol.checked_out, **leaving(day, story.label))]
    match story.sending:
        case Sending.IN_ORDER:
            return [[begins, *batches, *logged, *ends]]
        case Sending.LATE:
            return [[begins], ends, [*batches, *logged]]
        case Sending.REPEATED:
            return [[begins, *batches], batches, [*logged, *ends]]
        case Sending.SHUFFLED:
            Random(patrol.id.int).shuffle(batches)
            return [[begins], *([batch] for batch in batches), [*logged, *ends]]


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
