"""The map of the API: every router, mounted once."""

from fastapi import APIRouter

from app.patrols.routes import router as patrols
from app.problems import COMMON, ProblemKind
from app.reference.routes import router as reference
from app.rest import health
from app.rest.problem_pages import problem_pages
from app.schedule.problems import KINDS as SCHEDULE_KINDS
from app.schedule.routes import router as schedule

PROBLEM_KINDS: tuple[ProblemKind, ...] = (*COMMON, *SCHEDULE_KINDS)


def api() -> APIRouter:
    """Everything the service answers to."""
    router = APIRouter(redirect_slashes=False)
    router.include_router(health.router)
    router.include_router(problem_pages(PROBLEM_KINDS))
    router.include_router(patrols)
    router.include_router(schedule)
    router.include_router(reference)
    return router
