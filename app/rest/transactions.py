"""The request's transaction as a dependency: durable before the answer leaves, undone when anything fails.

`scope="function"` makes the code after `yield` run before the response is built; with the default scope a failed
commit would be answered with success. A call that is cancelled is undone too, and gives its connection back.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, cast

from anyio import CancelScope
from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from app.database.session import abandon, finish, open_session, transaction

AFTER_READING = "beatcheck_after_reading"


async def _writing(request: Request) -> AsyncIterator[Session]:
    session = open_session(request.app.state.engine, writes=True)
    try:
        yield session
        await run_in_threadpool(finish, session)
    except BaseException:
        await _abandoned(session)
        raise


async def _reading(request: Request) -> AsyncIterator[Session]:
    session = open_session(request.app.state.engine, writes=False)
    try:
        yield session
        await run_in_threadpool(_finish_reading, request, session)
    except BaseException:
        await _abandoned(session)
        raise


async def _abandoned(session: Session) -> None:
    # In a cancelled call every await fails at once, this one too, and the connection would stay out of the pool.
    with CancelScope(shield=True):
        await run_in_threadpool(abandon, session)


def _finish_reading(request: Request, session: Session) -> None:
    # The reads are over before their audit rows are written in a transaction of their own: a read transaction that
    # turns into a write fails at once on SQLite when another writer was faster.
    pending = session.info.pop(AFTER_READING, [])
    abandon(session)
    if pending:
        with transaction(request.app.state.engine) as writing:
            for row in pending:
                writing.add(row)


async def _now(request: Request) -> datetime:
    return cast(datetime, request.app.state.now())


Writing = Annotated[Session, Depends(_writing, scope="function")]
Reading = Annotated[Session, Depends(_reading, scope="function")]
Now = Annotated[datetime, Depends(_now)]
