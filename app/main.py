"""Puts the service together: settings in, an ASGI application out. Nothing is opened before the lifespan begins."""

import asyncio
import gc
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version
from threading import Event
from typing import Any, Protocol
from uuid import UUID

import httpx2 as httpx
import structlog
from anyio.to_thread import current_default_thread_limiter
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import Lifespan

from app.audit.checkpoints import KeyUnusable
from app.audit.keeper import Keeper, read_key
from app.audit.models import Action
from app.audit.service import changed
from app.clock import utc_now
from app.database.engine import open_engine, unsafe_settings
from app.database.schema import wrong_schema
from app.database.session import transaction
from app.housekeeping import tick_once
from app.identity.dependencies import CALLER, CallerCache
from app.identity.permissions import Caller
from app.identity.tokens import TokenVerifier
from app.imports.files import profiles_from
from app.log import configure_logging
from app.outbox.dispatching import CHANCE, dispatch, given_up
from app.problems import Problem
from app.rest import problem_documents
from app.rest.body import BodyLimits
from app.rest.middleware import KnownHosts, RequestEnvelope
from app.rest.openapi import finished_openapi
from app.rest.protocol import PATIENCE, Patience
from app.rest.wire import parse_id
from app.routes import api
from app.settings import Profile, Settings, WmnowFeedSettings
from app.telling.channels import handlers
from app.wmnow.feed import Around, pull_feed
from app.wmnow.inbox import drain
from app.wmnow.models import RunState

_log = structlog.get_logger("beatcheck.main")
# Seven hundred by Python's own reckoning, which is a page of rows.
_NEW_OBJECTS_A_LOOK = 10_000
_LOOKS_BEFORE_ALL = 100
_TURN_SECONDS = 0.001


class RefusedToStart(Exception):
    """The settings or the database are not fit to serve on; the reasons are in the message."""


class Watching(Protocol):
    """What sends traces and metrics (`app.telemetry`, which needs libraries that are not always installed)."""

    def config(self) -> TelemetryConfig: ...

    def start(self, engine: Engine, now: Callable[[], datetime]) -> None: ...

    def stop(self) -> None: ...


# Also keeps the framework's own switch from sending paths, which hold ids.
_UNWATCHED: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


def _watching() -> Watching | None:
    """What the environment's OTEL_… variables ask for; None when they ask for nothing or it is not installed."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_SDK_DISABLED") == "true":
        return None
    try:
        from app.telemetry import Telemetry
    except ImportError as missing:
        _log.warning("telemetry_not_installed", missing=missing.name, advice="install beatcheck[telemetry]")
        return None
    return Telemetry(version("beatcheck"))


def _named_in_path(request: Request) -> dict[str, list[UUID]]:
    """The ids an address names, by kind: whose patrol somebody tried to see is what the log is for."""
    found: dict[str, list[UUID]] = {}
    for name, value in request.path_params.items():
        try:
            found[name.removesuffix("_id")] = [parse_id(value)]
        except ValueError:
            continue
    return found


def _audit_denial(request: Request, problem: Problem) -> None:
    caller: Caller | None = request.scope.get(CALLER)
    engine: Engine = request.app.state.engine
    with transaction(engine) as session:
        changed(
            session,
            problem.denial or problem.kind.code,
            request.app.state.now(),
            _named_in_path(request),
            actor_id=caller.officer_id if caller else None,
            force_id=caller.force_id if caller else None,
            action=Action.DENIED,
        )


class _Failing(dict[str, str]):
    """What is done now and then and failed the last time, each with what somebody is to be told."""

    async def attempt(
        self,
        name: str,
        told: str,
        work: Callable[[], object],
        run: Callable[[Callable[[], object]], Coroutine[Any, Any, object]] = run_in_threadpool,
    ) -> None:
        """Whatever goes wrong, the next attempt follows: what nobody expected must not end it for good."""
        running = asyncio.ensure_future(run(work))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            # A thread cannot be stopped: it lets go of its connection before the pool is closed.
            await asyncio.gather(running, return_exceptions=True)
            raise
        except (SQLAlchemyError, OSError) as error:
            _log.warning(f"{name}_failed", error=type(error).__name__)
        except Exception as error:
            problem_documents.log_unexpected(error)
            _log.warning(f"{name}_failed", error=type(error).__name__)
        else:
            self.pop(name, None)
            return
        self[name] = told


async def _keep_house(app: FastAPI, seconds: float, failing: _Failing, stopping: Event) -> None:
    """Does what is due now and then; on several workers or machines each thing is done once."""

    def work() -> None:
        failed: list[str] = []
        done = tick_once(app.state.engine, app.state.now(), failed.append, stopping.is_set)
        for name in done:
            failing.pop(name, None)
        failing.update({name: f"{name}: this job fails" for name in failed})

    while seconds > 0:
        await asyncio.sleep(seconds)
        await failing.attempt("housekeeping", "what is done now and then fails", work)


async def _keep_fed(app: FastAPI, settings: Settings, failing: _Failing, stopping: Event) -> None:
    """Asks the force's trackers for what is new, in a thread of its own: a long answer keeps no caller waiting. One
    that cannot be asked keeps no other from being asked."""
    if settings.wmnow_pull_seconds <= 0:
        return
    around = Around(app.state.now, stopping.wait, random.random, stopping.is_set)

    def ask(feed: WmnowFeedSettings, told: str) -> None:
        done = pull_feed(app.state.engine, feed, around)
        if done.state is RunState.DONE:
            failing.pop(told, None)
        elif done.state is not None:
            failing[told] = f"{told}: {done.problem}"

    while settings.wmnow_feeds:
        for feed in settings.wmnow_feeds:
            told = f"WMNow feed {feed.name} of {feed.force_code}"
            name = f"wmnow_pull_{feed.force_code}_{feed.name}"
            await failing.attempt(name, f"{told}: asking fails", partial(ask, feed, told), asyncio.to_thread)
        await asyncio.sleep(settings.wmnow_pull_seconds)


async def _keep_read(app: FastAPI, settings: Settings, failing: _Failing) -> None:
    """Reads the messages that trackers sent, soon after they came, in a thread of its own: those that keep messages
    must not wait for it."""
    while settings.wmnow_webhooks and settings.wmnow_message_seconds > 0:
        await failing.attempt(
            "wmnow_messages",
            "reading WMNow's messages fails",
            lambda: drain(app.state.engine, app.state.now()),
            asyncio.to_thread,
        )
        await asyncio.sleep(settings.wmnow_message_seconds)


async def _keep_sealed(keeper: Keeper, seconds: float, failing: _Failing) -> None:
    """Seals the audit log every few seconds; several workers and machines take turns at it."""
    while seconds > 0:
        await asyncio.sleep(seconds)
        await _seal(keeper, failing)


async def _seal(keeper: Keeper, failing: _Failing) -> None:
    await failing.attempt("sealing", "the audit log cannot be sealed", keeper.run)


async def _keep_delivering(app: FastAPI, settings: Settings, failing: _Failing, stopping: Event) -> None:
    """Delivers what is due every few seconds; several workers and machines share it. In a thread of its own: the ones
    that answer callers must not wait for somebody else's machine."""
    if settings.deliver_seconds == 0:
        return
    engine: Engine = app.state.engine
    by_channel = handlers(engine, settings)

    def work() -> None:
        dispatch(engine, by_channel, app.state.now, CHANCE, stopping.is_set)
        lost = given_up(engine, app.state.now())
        failing.pop("letters", None)
        if lost:
            failing["letters"] = f"{lost} messages could not be delivered in the last week"

    while True:
        await asyncio.sleep(settings.deliver_seconds)
        await failing.attempt("delivering", "messages cannot be delivered", work, asyncio.to_thread)


@asynccontextmanager
async def _kept(app: FastAPI, keeper: Keeper, settings: Settings, failing: _Failing) -> AsyncIterator[None]:
    """While the block runs, what is due is done; at its end the log is sealed once more."""
    stopping = Event()
    tasks = (
        asyncio.create_task(_keep_house(app, settings.tick_seconds, failing, stopping)),
        asyncio.create_task(_keep_sealed(keeper, settings.seal_seconds, failing)),
        asyncio.create_task(_keep_delivering(app, settings, failing, stopping)),
        asyncio.create_task(_keep_fed(app, settings, failing, stopping)),
        asyncio.create_task(_keep_read(app, settings, failing)),
    )
    try:
        yield
    finally:
        stopping.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if settings.seal_seconds > 0:
            await _seal(keeper, failing)


def database_refusals(settings: Settings) -> list[str]:
    """Why these settings' database must not be served on; empty when it may."""
    engine = open_engine(settings.database_url, 1)
    try:
        return _unfit(engine, settings)
    except ProgrammingError:
        return ["the database refuses this role: run docs/examples/grants.sql as the owner of its tables"]
    except SQLAlchemyError as error:
        return [f"the database does not answer ({type(error).__name__})"]
    finally:
        engine.dispose()


def spare_the_collector() -> None:
    """What the service consists of lives as long as its process: Python's collector need not go through it once more
    with every few hundred rows that are read, nor look at each few hundred. Called once everything is imported.

    Nor need it go through all that was kept since, every statement ever put together, at every hundredth look: in
    that quarter of a second nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_A_LOOK, 10, _LOOKS_BEFORE_ALL)


def share_the_interpreter() -> None:
    """A thread that computes lets others have their turn after a millisecond, not after Python's five: a caller's
    request asks for its turn at every statement, and a pull or an import computes for seconds."""
    sys.setswitchinterval(_TURN_SECONDS)


def _unfit(engine: Engine, settings: Settings) -> list[str]:
    unsafe = [] if settings.unsafe_durability else unsafe_settings(engine)
    wrong = wrong_schema(engine)
    return unsafe + ([wrong] if wrong is not None else [])


def _open_database(settings: Settings) -> Engine:
    # A pull and the reading of messages have a thread and a connection of their own: no caller waits for theirs.
    own = bool(settings.wmnow_feeds) + bool(settings.wmnow_webhooks)
    engine = open_engine(settings.database_url, settings.database_pool_size + own)
    unfit = _unfit(engine, settings)
    if unfit:
        engine.dispose()
        raise RefusedToStart("; ".join(unfit))
    return engine


def _lifespan(
    settings: Settings,
    now: Callable[[], datetime],
    http: httpx.AsyncClient | None,
    watching: Watching | None,
    audit_key: Ed25519PrivateKey | None,
) -> Lifespan[FastAPI]:
    """What is opened before the first request and closed after the last."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
        engine = _open_database(settings)
        # A thread for each connection: more would only queue for one, and hold the interpreter's lock in turns.
        current_default_thread_limiter().total_tokens = settings.database_pool_size
        client = http or httpx.AsyncClient(follow_redirects=False)
        tokens = TokenVerifier(settings.trusted_issuers, client, time.monotonic, settings.profile)
        app.state.engine = engine
        app.state.tokens = tokens
        app.state.issuers_without_keys = tokens.without_keys
        only_force = {trusted.issuer: trusted.force_code for trusted in settings.trusted_issuers}
        app.state.callers = CallerCache(engine, settings.revocation_seconds, only_force=only_force)
        app.state.readiness = lambda: [] if settings.unsafe_durability else unsafe_settings(engine)
        keeper = Keeper(engine, now, settings.audit_checkpoints, audit_key)
        failing = _Failing()
        app.state.warnings = lambda: [
            *(told for told in (keeper.trouble, keeper.not_sealed) if told), *failing.values()
        ]  # fmt: skip
        await tokens.warm()
        if watching is not None:
            watching.start(engine, now)
        try:
            async with _kept(app, keeper, settings, failing):
                yield {PATIENCE: Patience(settings.sender_seconds, settings.sender_bytes_per_second)}
        finally:
            await tokens.aclose()
            if http is None:
                await client.aclose()
            if watching is not None:
                await run_in_threadpool(watching.stop)
            engine.dispose()

    return lifespan


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    http: httpx.AsyncClient | None = None,
    watching: Watching | None = None,
) -> FastAPI:
    """The service for these settings. What else can be given is for tests: a clock, a way to the issuers, a place for
    traces and metrics."""
    refusals = settings.refusals()
    if refusals:
        raise RefusedToStart("; ".join(refusals))
    try:
        audit_key = read_key(settings)
    except KeyUnusable as unusable:
        raise RefusedToStart(str(unusable)) from None
    configure_logging(settings.log_level)
    watching = watching or _watching()

    development = settings.profile is Profile.DEVELOPMENT
    app = FastAPI(
        title="Beatcheck",
        version=version("beatcheck"),
        description="Patrol check-in for hotspot policing.",
        lifespan=_lifespan(settings, now, http, watching, audit_key),
        # Not included, which would have each application prepare every route again at its first requests.
        routes=api(),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if development else None,
        redirect_slashes=False,
        telemetry=watching.config() if watching is not None else _UNWATCHED,
    )
    app.state.settings = settings
    app.state.import_profiles = profiles_from(settings.import_profiles)
    app.state.now = now
    app.state.body_limits = BodyLimits(settings.max_body_bytes, settings.max_decoded_bytes)
    problem_documents.install(app, _audit_denial)
    app.add_middleware(KnownHosts, allowed=settings.allowed_hosts)
    app.add_middleware(RequestEnvelope)
    app.openapi = lambda: finished_openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app
