"""`/v1/wmnow/suggestions` and links: which records of the tracker are engagements of ours, said by people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.asked import period_asked
from app.rest.body import body
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId, QueryInstant
from app.wmnow import linking
from app.wmnow.link_schemas import (
    SameItem,
    SameManyRequest,
    SameRequest,
    SameResponse,
    SameResults,
    SuggestionFilter,
    SuggestionList,
)

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/wmnow", tags=["wmnow"])


@router.get(
    "/suggestions",
    summary="Records of the tracker and engagements of ours that may be the same",
    openapi_extra={"x-permission": permission_of(linking.suggestions).value},
)
def suggestions(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[
        QueryInstant | None,
        Query(alias="from", description="Then or later; 28 days before `to`, 92 at the most."),
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Before then; now.")] = None,
    team_id: PathId | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
) -> SuggestionList:
    wanted = SuggestionFilter(*period_asked(from_at, to_at, now), team_id, area_id)
    return linking.suggestions(session, caller, wanted, now)


@router.put(
    "/records/{record_id}/links/{link_id}",
    status_code=201,
    responses={200: {"model": SameResponse, "description": "Said before"}},
    summary="Say whether a record and an engagement are the same",
    openapi_extra={"x-permission": permission_of(linking.decide).value},
)
def decide(
    record_id: PathId,
    link_id: PathId,
    request: Annotated[SameRequest, Depends(body(SameRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> SameResponse:
    item = SameItem(
        id=link_id, record_id=record_id, **{name: getattr(request, name) for name in SameRequest.model_fields}
    )
    created, link = linking.decide(session, caller, item, now)
    response.status_code = 201 if created else 200
    return link


@router.post(
    "/links",
    summary="Say it of many at once",
    openapi_extra={"x-permission": permission_of(linking.decide_many).value},
)
def decide_many(
    request: Annotated[SameManyRequest, Depends(body(SameManyRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> SameResults:
    return linking.decide_many(session, caller, request.items, now)
