"""Tells whoever sent a large file how far it is, in the answer itself: as server-sent events, while it is brought in.

So it needs no place to keep how far it is, which could not be the import's own transaction. The last event is the
report, once everything is durable, or the refusal.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from anyio import CancelScope
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

from app.imports.mechanism import Progress
from app.imports.schemas import ImportReport
from app.rest.problem_documents import contents, problem_of

_QUIET_SECONDS = 15.0
Work = Callable[[Progress], ImportReport]


def watched(request_id: str, rows: int, work: Work) -> EventSourceResponse:
    """The answer to a file of so many rows that `work` brings in."""
    # A proxy must not gather what is told while it is so.
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store", "Vary": "Accept, Authorization"}
    return EventSourceResponse(events(request_id, rows, work), headers=headers)


async def events(request_id: str, rows: int, work: Work) -> AsyncIterator[bytes]:
    """`progress` (`rows` done, `of` how many) with every part, then `done` with the report or `refused` with the
    problem. Whoever hangs up is told no more; the file is brought in all the same."""
    told: asyncio.Queue[bytes | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(event: bytes | None) -> None:
        loop.call_soon_threadsafe(told.put_nowait, event)

    def bring_in() -> None:
        done = 0

        def progress(more: int) -> None:
            nonlocal done
            done += more
            tell(_event("progress", json.dumps({"rows": done, "of": rows})))

        progress(0)
        try:
            report = work(progress)
        except Exception as error:
            tell(_event("refused", contents(problem_of(error), request_id).model_dump_json()))
        else:
            tell(_event("done", report.model_dump_json()))
        finally:
            tell(None)

    bringing = asyncio.ensure_future(run_in_threadpool(bring_in))
    try:
        while True:
            try:
                event = await asyncio.wait_for(told.get(), _QUIET_SECONDS)
            except TimeoutError:
                event = KEEPALIVE_COMMENT
            if event is None:
                break
            yield event
    finally:
        # A thread cannot be stopped: it lets go of its connection before the request is over.
        with CancelScope(shield=True):
            await bringing


def _event(name: str, data: str) -> bytes:
    return format_sse_event(event=name, data_str=data)
