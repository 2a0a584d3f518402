"""A phone in a process of its own, to be killed at any instant: `python -m tests.assurance.phone_process`.

It goes on where it was: a step of its shift is captured together with the note that it was. It ends with 0 once its
queue is empty and the shift is over.
"""

import json
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from random import SystemRandom
from threading import Event
from uuid import UUID

import httpx2 as httpx

from app.clock import utc_now
from demo.clients.phone import Phone
from demo.clients.queue import Queue
from tests.assurance.shift import Shift

LONGEST_WAIT_S = 0.2
# Every request on a line of its own, so that each may be cut.
ONE_EACH = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True, slots=True)
class Order:
    """Which shift is played where; `stop_after` leaves it after so many steps, for good."""

    number: int
    url: str
    token: str
    queue: str
    window_id: str
    stop_after: int = 1000

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def play(order: Order) -> bool:
    """Captures what is left of the shift step by step, and sends as it goes; True when all has arrived."""
    shift = Shift(order.number, UUID(order.window_id))
    with (
        closing(Queue(Path(order.queue))) as queue,
        httpx.Client(base_url=order.url, timeout=20, limits=ONE_EACH, verify=False) as http,
    ):
        phone = Phone(
            http,
            lambda: order.token,
            queue,
            now=utc_now,
            sleep=_wait,
            random=SystemRandom(),
        )
        for number, items in enumerate(shift.steps(), start=1):
            done = queue.recall("step")
            if isinstance(done, int) and done >= number:
                continue
            if number > order.stop_after:
                return False
            queue.keep(items, step=number)
            phone.send()
        for _ in range(50):
            if phone.send():
                break
        return not len(queue) and not queue.refused()


def _wait(seconds: float) -> None:
    Event().wait(min(seconds, LONGEST_WAIT_S))


def main() -> None:
    """Plays what stands on the command line."""
    order = Order(**json.loads(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.exit(0 if play(order) else 1)


if __name__ == "__main__":
    main()
