"""`/v1/me`: who am I and what am I to do; `/v1/time`: what is the time."""

from fastapi import APIRouter, Request, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.me import service
from app.me.schemas import FormsResponse, MeResponse, TaskingResponse, TimeResponse
from app.rest.preconditions import IfNoneMatch, conditional
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.settings import Settings

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["me"])
# Asked before signing in: a phone with a wrong clock gets no token.
before_signing_in = APIRouter(prefix="/v1", tags=["me"])


@before_signing_in.get("/time", summary="The server's time")
async def read_time(now: Now) -> TimeResponse:
    return TimeResponse(now=now)


@router.get("/me", summary="Who the service takes you for", openapi_extra={"x-permission": "signed-in"})
def who_am_i(session: Reading, caller: CallerDep, now: Now) -> MeResponse:
    return service.who_am_i(session, caller, now)


@router.get(
    "/me/tasking",
    summary="Your shift in one answer",
    response_model=TaskingResponse,
    responses={304: {"description": "As you hold it"}},
    openapi_extra={"x-permission": permission_of(service.read_tasking).value},
)
def read_tasking(
    request: Request, session: Reading, caller: CallerDep, now: Now, if_none_match: IfNoneMatch = None
) -> Response:
    settings: Settings = request.app.state.settings
    found = service.read_tasking(
        session,
        caller,
        now,
        disclosure_hours=settings.disclosure_hours,
        minimum_app_version=settings.minimum_app_version,
        if_none_match=if_none_match,
    )
    return conditional(found)


@router.get(
    "/me/forms",
    summary="What your forms offer, and how much the force wants of each kind of activity",
    response_model=FormsResponse,
    responses={304: {"description": "As you hold it"}},
    openapi_extra={"x-permission": permission_of(service.read_forms).value},
)
def read_forms(session: Reading, caller: CallerDep, now: Now, if_none_match: IfNoneMatch = None) -> Response:
    return conditional(service.read_forms(session, caller, now, if_none_match))
