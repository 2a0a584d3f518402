"""`/v1/policies`: the rules by which patrols are judged. They change by `POST /v1/imports/policies` only."""

from fastapi import APIRouter

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.tracks import service
from app.tracks.schemas import PolicyList

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/policies", tags=["policies"])


@router.get(
    "",
    summary="The rules patrols are judged by, and since when",
    openapi_extra={"x-permission": permission_of(service.list_policies).value},
)
def list_policies(session: Reading, caller: CallerDep, now: Now) -> PolicyList:
    return service.list_policies(session, caller, now)
