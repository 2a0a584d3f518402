"""Supervisors' calls: what waits for a decision, decisions one by one and in bulk, links of patrols to windows."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.patrols import due_answers, linking, review_answers, reviews
from app.patrols.review_schemas import (
    BulkRequest,
    BulkResponse,
    DueReviews,
    LinkRequest,
    LinkResponse,
    ReviewList,
    ReviewRequest,
    ReviewResponse,
)
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId, QueryInstant

reviews_router = SliceRouter(prefix="/v1/reviews", tags=["reviews"])
patrol_reviews_router = SliceRouter(prefix="/v1/patrols/{patrol_id}", tags=["reviews"])
window_reviews_router = SliceRouter(prefix="/v1/tasking-windows/{window_id}/reviews", tags=["reviews"])


@reviews_router.get(
    "/due",
    summary="What waits for your decision, with reasons on record and open disputes",
    openapi_extra={"x-permission": permission_of(due_answers.list_due).value},
)
def list_due(
    session: Reading,
    caller: CallerDep,
    now: Now,
    kind: Annotated[
        Literal["window", "patrol"], Query(description="Windows, or patrols made for none.")
    ] = "window",
    from_at: Annotated[
        QueryInstant | None, Query(alias="from", description="Began then or later; 28 days before `to`.")
    ] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Began before then; now.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DueReviews:
    period = due_answers.Period(from_at, to_at)
    return due_answers.list_due(session, caller, kind, period, cursor, limit, now)


@reviews_router.post(
    "",
    summary="Decide on many patrols and windows at once",
    openapi_extra={"x-permission": permission_of(reviews.decide_many).value},
)
def decide_many(
    session: Writing, caller: CallerDep, now: Now, request: Annotated[BulkRequest, Depends(body(BulkRequest))]
) -> BulkResponse:
    return reviews.decide_many(session, caller, request.items, now)


@window_reviews_router.put(
    "/{review_id}",
    status_code=201,
    responses={200: {"model": ReviewResponse, "description": "Recorded before"}},
    summary="Decide on a window",
    openapi_extra={"x-permission": permission_of(reviews.decide).value},
)
def decide_on_window(
    session: Writing,
    caller: CallerDep,
    now: Now,
    window_id: PathId,
    review_id: PathId,
    request: Annotated[ReviewRequest, Depends(body(ReviewRequest))],
    response: Response,
) -> ReviewResponse:
    created = reviews.decide(session, caller, reviews.Item(review_id, None, window_id, request), now)
    response.status_code = 201 if created else 200
    return review_answers.decided(session, caller, review_id, now)


@window_reviews_router.get(
    "",
    summary="What was decided on a window",
    openapi_extra={"x-permission": permission_of(review_answers.reviews_of_window).value},
)
def reviews_of_window(session: Reading, caller: CallerDep, now: Now, window_id: PathId) -> ReviewList:
    return review_answers.reviews_of_window(session, caller, window_id, now)


@patrol_reviews_router.put(
    "/reviews/{review_id}",
    status_code=201,
    responses={200: {"model": ReviewResponse, "description": "Recorded before"}},
    summary="Decide on a patrol",
    openapi_extra={"x-permission": permission_of(reviews.decide).value},
)
def decide_on_patrol(
    session: Writing,
    caller: CallerDep,
    now: Now,
    patrol_id: PathId,
    review_id: PathId,
    request: Annotated[ReviewRequest, Depends(body(ReviewRequest))],
    response: Response,
) -> ReviewResponse:
    created = reviews.decide(session, caller, reviews.Item(review_id, patrol_id, None, request), now)
    response.status_code = 201 if created else 200
    return review_answers.decided(session, caller, review_id, now)


@patrol_reviews_router.get(
    "/reviews",
    summary="What was decided on a patrol and its window",
    openapi_extra={"x-permission": permission_of(review_answers.reviews_of_patrol).value},
)
def reviews_of_patrol(session: Reading, caller: CallerDep, now: Now, patrol_id: PathId) -> ReviewList:
    return review_answers.reviews_of_patrol(session, caller, patrol_id, now)


@patrol_reviews_router.put(
    "/links/{link_id}",
    status_code=201,
    responses={200: {"model": LinkResponse, "description": "Recorded before"}},
    summary="Let a patrol made for no window count for one",
    openapi_extra={"x-permission": permission_of(linking.link_patrol).value},
)
def link_patrol(
    session: Writing,
    caller: CallerDep,
    now: Now,
    patrol_id: PathId,
    link_id: PathId,
    request: Annotated[LinkRequest, Depends(body(LinkRequest))],
    response: Response,
) -> LinkResponse:
    linked = linking.link_patrol(session, caller, patrol_id, link_id, request, now)
    response.status_code = 201 if linked.created else 200
    return linked.link
