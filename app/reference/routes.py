"""`/v1/reference`: code lists and their words."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.clock import london_day
from app.identity.dependencies import CallerDep
from app.reference import service
from app.reference.schemas import ReferenceList, ReferenceLists
from app.rest.preconditions import IfNoneMatch, conditional
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathDay

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/reference", tags=["reference"])
SIGNED_IN = {"x-permission": "signed-in"}
OnDay = Annotated[PathDay | None, Query(description="The London day asked about; today unless given.")]


@router.get("", summary="Which code lists there are", openapi_extra=SIGNED_IN)
def name_lists(session: Reading, caller: CallerDep, now: Now, on: OnDay = None) -> ReferenceLists:
    return service.name_lists(session, caller.force_id, on or london_day(now))


@router.get(
    "/{name}",
    summary="One code list with its labels",
    response_model=ReferenceList,
    responses={304: {"description": "As you hold it"}},
    openapi_extra=SIGNED_IN,
)
def read_list(
    session: Reading,
    caller: CallerDep,
    now: Now,
    name: Annotated[str, Path(max_length=40)],
    on: OnDay = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    return conditional(
        service.read_list(session, caller.force_id, name, on or london_day(now), if_none_match)
    )
