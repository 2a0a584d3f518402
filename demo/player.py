"""Plays a demonstration evening: every patrol's phone in turn, through the real API over HTTP."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import httpx2 as httpx

from app.clock import utc_now
from demo.evening import Evening, Patrol
from demo.phone import Item, JsonObject, Phone, Tally, clock_that_is
from demo.stories import Sending

Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Played:
    """A patrol and what became of everything its phone sent; `waiting` is what never got through."""

    patrol: Patrol
    tally: Tally
    waiting: int


def play(
    evening: Evening, http: httpx.Client, token: Token, played: Callable[[Played], None]
) -> list[Played]:
    """Sends the evening, patrol by patrol, and tells each when it is through. `token` gives one for a collar number."""
    done = []
    for patrol in evening.patrols:
        phone = _phone(patrol, http, token)
        phone.queue += uploads(patrol, phone)
        phone.send()
        result = Played(patrol, phone.tally, len(phone.queue))
        played(result)
        done.append(result)
    return done


def uploads(patrol: Patrol, phone: Phone) -> list[Item]:
    """Everything the phone of a patrol sends, in the order its story says."""
    story = patrol.story
    fast_ms = story.clock_fast_s * 1000
    check_in = phone.check_in(patrol.id, patrol.checked_in.at_ms + fast_ms, patrol.checked_in, _facts(patrol))
    batches = [phone.fix_batch(patrol.id, batch.id, batch.sequence, batch.fixes) for batch in patrol.batches]
    check_out = []
    if patrol.checked_out is not None:
        check_out = [phone.check_out(patrol.id, patrol.checked_out.at_ms + fast_ms, patrol.checked_out)]
    match story.sending:
        case Sending.IN_ORDER:
            return [check_in, *batches, *check_out]
        case Sending.LATE:
            return [check_in, *check_out, *batches]
        case Sending.REPEATED:
            return [check_in, *(batch for batch in batches for _ in range(2)), *check_out]
        case Sending.SHUFFLED:
            Random(patrol.id.int).shuffle(batches)
            return [check_in, *batches, *check_out]


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


def _phone(patrol: Patrol, http: httpx.Client, token: Token) -> Phone:
    story = patrol.story
    return Phone(
        http,
        patrol.device_id,
        lambda: token(story.collar),
        now=clock_that_is(story.clock_fast_s, utc_now),
        sleep=time.sleep,
        random=Random(patrol.id.int),
    )
