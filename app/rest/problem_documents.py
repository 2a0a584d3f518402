"""Turns every refusal, the framework's own included, into one RFC 9457 document that never echoes the request."""

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.problems import (
    FORBIDDEN,
    INTERNAL,
    INVALID,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    FieldError,
    Problem,
    ProblemKind,
)

MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {kind.status: kind for kind in (MALFORMED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED)}
_log = structlog.get_logger("beatcheck.problem")
# How often the database kept this worker from answering, by reason; read by whoever measures.
DATABASE_TROUBLE: Counter[str] = Counter()

OnDenied = Callable[[Request, Problem], None]


class ProblemFieldError(BaseModel):
    model_config = ConfigDict(extra="forbid")

    pointer: str
    code: str
    detail: str


class ProblemDocument(BaseModel):
    """RFC 9457 problem details, with our stable `code` and whether a retry can help."""

    model_config = ConfigDict(extra="forbid")

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str
    retryable: bool
    errors: list[ProblemFieldError] = []


def contents(problem: Problem, request_id: str) -> ProblemDocument:
    """The document of a refusal. `instance` is the request id, by which the help desk finds the log line."""
    kind = problem.kind
    return ProblemDocument(
        type=f"/problems/{kind.code}",
        code=kind.code,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=f"urn:uuid:{request_id}",
        retryable=kind.retryable,
        errors=[ProblemFieldError(pointer=e.pointer, code=e.code, detail=e.detail) for e in problem.errors],
    )


def document(request: Request, problem: Problem) -> JSONResponse:
    """The answer for a refusal."""
    kind = problem.kind
    nobody = "00000000-0000-0000-0000-000000000000"
    content = contents(problem, request.scope.get("beatcheck_request_id", nobody))
    headers = {"Cache-Control": "no-store", **problem.headers}
    if kind.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "2")
    return JSONResponse(content.model_dump(), kind.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI, on_denied: OnDenied) -> None:
    """Registers the handlers. `on_denied` writes a denial to the audit log in a transaction of its own."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)  # noqa: S101 - narrows the handler's argument
        if error.denial is not None:
            # A refusal that cannot be logged is not told either: what fails here is answered as a database fault.
            await run_in_threadpool(on_denied, request, error)
        return document(request, error)

    async def framework(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        kind = _BY_STATUS.get(error.status_code) or ProblemKind(
            f"http-{error.status_code}",
            HTTPStatus(error.status_code).phrase,
            error.status_code,
            "See RFC 9110.",
        )
        return document(request, Problem(kind, kind.advice, headers=dict(error.headers or {})))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        faults = [
            FieldError("#" + "/".join(str(part) for part in e["loc"][:2]), e["type"], _plain(e["msg"]))
            for e in error.errors()[:50]
        ]
        return document(request, Problem(INVALID, "Some values are not valid.", faults))

    async def database(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, DBAPIError | PoolTimeout)  # noqa: S101
        return document(request, _of_database(error))

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(DBAPIError, database)
    app.add_exception_handler(PoolTimeout, database)


def problem_of(error: Exception) -> Problem:
    """The refusal that an error is told as where an answer has begun already."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DBAPIError | PoolTimeout):
        return _of_database(error)
    log_unexpected(error)
    return Problem(INTERNAL, "Something went wrong here. Nothing was stored.")


def _of_database(error: DBAPIError | PoolTimeout) -> Problem:
    """503 when the database is busy, full or gone, 500 when it refused what we did; the reason is logged, not told."""
    if isinstance(error, PoolTimeout):
        DATABASE_TROUBLE["pool_full"] += 1
        _log.warning("database_pool_full")
        return Problem(UNAVAILABLE, "The service is busy. Nothing was stored.")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        DATABASE_TROUBLE["unavailable"] += 1
        _log.warning("database_unavailable", error=type(error.orig).__name__)
        # When it went away in the middle of a commit, nobody here can know whether that was made durable.
        return Problem(
            UNAVAILABLE, "The database is busy or restarting. Send it again: a repeat is recognised."
        )
    log_unexpected(error)
    return Problem(INTERNAL, "Something went wrong here. Nothing was stored.")


def log_unexpected(error: BaseException) -> None:
    """Logs where something went wrong, by type and place only: messages of drivers and libraries quote values."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    _log.error("unexpected", error=type(error).__name__, place=place)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
