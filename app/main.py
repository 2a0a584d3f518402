"""Puts the service together: settings in, an ASGI application out. Nothing is opened before the lifespan begins."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version

import httpx
from fastapi import FastAPI, Request
from sqlalchemy import Engine
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app.audit.models import Action
from app.audit.service import changed
from app.clock import utc_now
from app.database.engine import UnsafeDatabase, open_engine, unsafe_settings
from app.database.session import transaction
from app.identity.dependencies import CallerCache
from app.identity.permissions import Caller
from app.identity.tokens import TokenVerifier
from app.log import configure_logging
from app.problems import Problem
from app.rest import problem_documents
from app.rest.body import BodyLimits
from app.rest.middleware import RequestEnvelope
from app.rest.openapi import finished_openapi
from app.routes import api
from app.settings import Profile, Settings


class RefusedToStart(Exception):
    """The settings or the database are not fit to serve on; the reasons are in the message."""


def _audit_denial(request: Request, problem: Problem) -> None:
    caller: Caller | None = request.scope.get("beatcheck_caller")
    engine: Engine = request.app.state.engine
    with transaction(engine) as session:
        changed(
            session,
            problem.denial or problem.kind.code,
            request.app.state.now(),
            {},
            actor_id=caller.officer_id if caller else None,
            force_id=caller.force_id if caller else None,
            action=Action.DENIED,
        )


def _open_database(settings: Settings) -> Engine:
    engine = open_engine(settings.database_url, settings.database_pool_size)
    unsafe = unsafe_settings(engine)
    if unsafe and not settings.unsafe_durability:
        engine.dispose()
        raise UnsafeDatabase("; ".join(unsafe))
    return engine


def create_app(
    settings: Settings, *, now: Callable[[], datetime] = utc_now, http: httpx.AsyncClient | None = None
) -> FastAPI:
    """The service for these settings. `now` and `http` are given by tests: a clock, and a way to the issuers."""
    refusals = settings.refusals()
    if refusals:
        raise RefusedToStart("; ".join(refusals))
    configure_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = _open_database(settings)
        client = http or httpx.AsyncClient(follow_redirects=False)
        tokens = TokenVerifier(settings.trusted_issuers, client, time.monotonic, settings.profile)
        app.state.engine = engine
        app.state.tokens = tokens
        app.state.callers = CallerCache(engine, settings.revocation_seconds)
        app.state.readiness = lambda: [] if settings.unsafe_durability else unsafe_settings(engine)
        await tokens.warm()
        try:
            yield
        finally:
            await tokens.aclose()
            if http is None:
                await client.aclose()
            engine.dispose()

    development = settings.profile is Profile.DEVELOPMENT
    app = FastAPI(
        title="Beatcheck",
        version=version("beatcheck"),
        description="Patrol check-in for hotspot policing.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if development else None,
        redirect_slashes=False,
        max_body_size=settings.max_body_bytes,
    )
    app.state.settings = settings
    app.state.now = now
    app.state.body_limits = BodyLimits(settings.max_body_bytes, settings.max_decoded_bytes)
    app.include_router(api())
    problem_documents.install(app, _audit_denial)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts), www_redirect=False)
    app.add_middleware(RequestEnvelope)
    app.openapi = lambda: finished_openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app
