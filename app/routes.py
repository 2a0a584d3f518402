"""The map of the API: every router, mounted once."""

from fastapi import APIRouter

from app.areas.import_kinds import KINDS as PLACES_AND_PEOPLE
from app.compliance.routes import router as compliance
from app.imports.problems import KINDS as IMPORT_PROBLEMS
from app.imports.routes import imports_router
from app.imports.service import ImportKind
from app.me.routes import router as me
from app.patrols.routes import router as patrols
from app.problems import COMMON, ProblemKind
from app.reference.routes import router as reference
from app.rest import health
from app.rest.problem_pages import problem_pages
from app.schedule.problems import KINDS as SCHEDULE_KINDS
from app.schedule.routes import router as schedule

PROBLEM_KINDS: tuple[ProblemKind, ...] = (*COMMON, *SCHEDULE_KINDS, *IMPORT_PROBLEMS)
# Every kind of file the service brings in; `beatcheck import` reads the same table.
IMPORT_KINDS: tuple[ImportKind, ...] = PLACES_AND_PEOPLE


def api() -> APIRouter:
    """Everything the service answers to."""
    router = APIRouter(redirect_slashes=False)
    router.include_router(health.router)
    router.include_router(problem_pages(PROBLEM_KINDS))
    router.include_router(me)
    router.include_router(patrols)
    router.include_router(schedule)
    router.include_router(compliance)
    router.include_router(reference)
    router.include_router(imports_router(IMPORT_KINDS))
    return router
