"""Is it alive, is it ready: liveness touches nothing, readiness reads the database's durability settings back and asks
whether somebody of every trusted issuer could sign in here."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

router = APIRouter(tags=["health"])

ReadinessCheck = Callable[[], list[str]]
# What somebody must look at although the service can serve.
Warnings = Callable[[], list[str]]
IssuersWithoutKeys = Callable[[], list[str]]


@router.get("/livez", summary="Is the process alive?")
async def livez() -> dict[str, str]:
    return {"status": "alive"}


@router.get(
    "/readyz", summary="Can it serve?", responses={503: {"description": "Not ready, with the reasons"}}
)
async def readyz(request: Request) -> JSONResponse:
    check: ReadinessCheck = request.app.state.readiness
    try:
        reasons = await run_in_threadpool(check)
    except SQLAlchemyError as error:
        reasons = [f"the database does not answer ({type(error).__name__})"]
    missing: IssuersWithoutKeys = request.app.state.issuers_without_keys
    reasons = reasons + [
        f"no signing key of {issuer} is held: nobody of it can sign in" for issuer in missing()
    ]
    if reasons:
        return JSONResponse({"status": "not ready", "reasons": reasons}, 503, {"Retry-After": "2"})
    warnings: Warnings = request.app.state.warnings
    return JSONResponse({"status": "ready", **({"warnings": found} if (found := warnings()) else {})})
