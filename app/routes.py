"""The map of the API: every router, mounted once."""

from fastapi import APIRouter

from app.problems import COMMON, ProblemKind
from app.rest import health
from app.rest.problem_pages import problem_pages

PROBLEM_KINDS: tuple[ProblemKind, ...] = COMMON


def api() -> APIRouter:
    """Everything the service answers to."""
    router = APIRouter(redirect_slashes=False)
    router.include_router(health.router)
    router.include_router(problem_pages(PROBLEM_KINDS))
    return router
