"""How a phone follows what changed for its officer, from where it was the last time."""

from collections.abc import Callable

import httpx2 as httpx

from demo.clients.facts import JsonObject
from demo.clients.phone import Phone


def follow(phone: Phone, read_all: Callable[[], None], read: Callable[[JsonObject], None]) -> None:
    """Reads what changed since the last time; the cursor is kept when a page was read, so that nothing is missed.

    The first time, and when the server says «start again», the cursor is taken first and then everything read
    (`read_all`: tasking, patrols, what is kept aside); the queue stays as it is. Raises link.Halt when nothing got
    through, and httpx.HTTPStatusError for a refusal.
    """
    while True:
        cursor = phone.queue.recall("cursor")
        answer = phone.link.get("/v1/sync", **({} if cursor is None else {"cursor": str(cursor)}))
        if answer.status_code == httpx.codes.GONE:
            phone.queue.keep((), cursor=None)
            continue
        page = answer.raise_for_status().json()
        if cursor is None:
            read_all()
        for change in page["changes"]:
            read(change)
        phone.queue.keep((), cursor=page["next_cursor"])
        if not page["more"]:
            return
