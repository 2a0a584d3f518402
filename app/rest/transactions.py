"""The request's transaction: begun, made durable or undone in the same thread as the use case it serves.

The commit happens before the endpoint's answer exists, so a failed commit is never answered with success. It happens
in the endpoint's own thread, so a request never holds a connection while it queues for a thread, and a caller who
hangs up cannot leave a transaction open: a thread always runs to its end.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.routing import Match
from starlette.types import Scope

from app.database.session import abandon, finish, let_go, open_session, transaction
from app.rest.endpoint import asking_of

# In `Session.info`: what to write once the reading is over, each a function of a writing session.
AFTER_READING = "beatcheck_after_reading"
_FINISH = "beatcheck_finish"
_NOW = "beatcheck_now"


async def _writing(request: Request) -> Session:
    session = open_session(request.app.state.engine, writes=True)
    session.info[_FINISH] = finish
    return session


async def _reading(request: Request) -> Session:
    engine: Engine = request.app.state.engine
    session = open_session(engine, writes=False)
    session.info[_FINISH] = lambda session: _finish_reading(engine, session)
    return session


def _finish_reading(engine: Engine, session: Session) -> None:
    # The reads are over before their audit rows are written in a transaction of their own: a read transaction that
    # turns into a write fails at once on SQLite when another writer was faster.
    pending = session.info.pop(AFTER_READING, [])
    let_go(session)
    if pending:
        with transaction(engine) as writing:
            for write in pending:
                write(writing)


def _finished(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, and then its session's end, as one call in one thread. What it wants of its request is asked before
    that."""
    asking = asking_of(endpoint)

    def run(values: dict[str, Any]) -> Any:
        session = next((value for value in values.values() if isinstance(value, Session)), None)
        if session is None:
            return endpoint(**values)
        try:
            answer = endpoint(**values)
            session.info[_FINISH](session)
        except BaseException:
            abandon(session)
            raise
        return answer

    # Asynchronous on the outside: for a plain function the framework would queue for a second thread, to see that the
    # answer is of the type it is declared to be.
    @wraps(endpoint)
    async def answered(**values: Any) -> Any:
        request = values[asking.request] if asking.wants_request else values.pop(asking.request)
        for name, ask in asking.asks.items():
            values[name] = await ask(request)
        return await run_in_threadpool(run, values)

    # Read by the framework, and by rest.openapi.
    answered.__signature__ = asking.found  # type: ignore[attr-defined]
    answered.asks = tuple(asking.asks.values())  # type: ignore[attr-defined]
    return answered


class TransactionalRoute(APIRoute):
    """The route class of every router whose endpoints take a `Writing` or `Reading` session.

    Such an endpoint is a plain function: an asynchronous one would hold up the event loop (TypeError).
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if iscoroutinefunction(endpoint):
            raise TypeError(f"{endpoint.__name__} must not be asynchronous on a transactional router")
        super().__init__(path, _finished(endpoint), **options)


class SliceRouter(APIRouter):
    """A router of transactional endpoints under one prefix, whose addresses are tried only for a path that holds it.

    Each address tried costs every request behind it, and there are two hundred.
    """

    def __init__(self, *, prefix: str, **options: Any) -> None:
        super().__init__(prefix=prefix, route_class=TransactionalRoute, **options)
        self._fixed = prefix.partition("{")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Holds, not begins with: the service may be mounted below a path of a proxy's.
        return super().matches(scope) if self._fixed in scope["path"] else (Match.NONE, {})


async def now_of(request: Request) -> datetime:
    """The server's clock when it was first asked for this request: all that a request does happens at one instant."""
    if (at := request.scope.get(_NOW)) is None:
        at = request.scope[_NOW] = request.app.state.now()
    return cast(datetime, at)


Writing = Annotated[Session, Depends(_writing)]
Reading = Annotated[Session, Depends(_reading)]
Now = Annotated[datetime, Depends(now_of)]
