"""Delivers what waits to a receiver of a test, as another machine would.

`python -m tests.outbox.delivering_process DATABASE PORT NOW` says `ready`, and in the end how many it delivered.
"""

import sys
from datetime import datetime
from ipaddress import ip_network

from app.database.engine import open_engine
from app.outbox.addresses import Allowed
from app.outbox.attempts import Message, Outcome
from app.outbox.dispatching import CHANCE, dispatch
from app.outbox.posting import Poster


def main(url: str, port: int, now: datetime) -> None:
    """Until nothing is due any more."""
    poster = Poster(Allowed(("127.0.0.1",), (ip_network("127.0.0.0/8"),), plain=True), seconds=30)

    def post(message: Message, at: datetime) -> Outcome:
        return poster.post(f"http://127.0.0.1:{port}/", b"{}", {"webhook-id": str(message.id)}, at)

    print("ready", flush=True)
    done = dispatch(open_engine(url, 2), {"test": post}, lambda: now, CHANCE)
    print(done.delivered, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
