"""`/v1/activities`: what officers log on patrol, and what is told of it."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import ValidationError

from app.activities import answers, reporting, service
from app.activities.answer_schemas import (
    ActivityHistory,
    ActivityPage,
    ActivityResponse,
    ActivityRules,
)
from app.activities.codes import ActivityKind
from app.activities.schemas import (
    ActivityFilter,
    ActivityRequest,
    AnyActivity,
    FollowUpRequest,
    QuarantinedActivity,
    VoidActivityRequest,
    read_activity,
)
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.problems import INVALID, Problem
from app.rest.body import body, field_errors, read_json
from app.rest.pagination import Cursor, Limit
from app.rest.preconditions import IfMatch, expected_revision, revision_etag
from app.rest.sent import SentDep
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId, QueryInstant

router = SliceRouter(prefix="/v1/activities", tags=["activities"])
rules_router = SliceRouter(prefix="/v1/activity-rules", tags=["activities"])


async def _activity(request: Request) -> AnyActivity:
    try:
        return read_activity(await read_json(request))
    except ValidationError as error:
        faults = field_errors(error.errors(include_input=False, include_url=False))
        raise Problem(INVALID, "Some values are not valid.", faults) from None


_activity.body_model = ActivityRequest  # type: ignore[attr-defined]  # read by rest.openapi
_Responses = dict[int | str, dict[str, Any]]
_ASIDE: _Responses = {
    202: {
        "model": QuarantinedActivity,
        "description": "Kept aside: captured by somebody else. Do not send it again.",
    },
}


@router.put(
    "/{activity_id}",
    status_code=201,
    responses={**_ASIDE, 200: {"model": ActivityResponse, "description": "Recorded before, or corrected"}},
    summary="Record an activity, or correct one",
    openapi_extra={"x-permission": permission_of(service.record_activity).value},
)
def record_activity(
    activity_id: PathId,
    request: Annotated[AnyActivity, Depends(_activity)],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
    if_match: IfMatch,
) -> ActivityResponse | QuarantinedActivity:
    done = service.record_activity(session, caller, activity_id, request, expected_revision(if_match), sent)
    recorded = done.recorded
    response.status_code = 202 if recorded.quarantined else 201 if recorded.created else 200
    if recorded.quarantined:
        return QuarantinedActivity(id=activity_id)
    if done.activity is not None and done.read is not None:
        new = answers.New(done.activity, done.read, request)
        answer = answers.just_recorded(session, caller, new, sent.now)
    else:
        answer = answers.recorded(session, caller, activity_id, sent.now)
    response.headers["ETag"] = revision_etag(answer.revision)
    return answer


@router.put(
    "/{activity_id}/void",
    status_code=201,
    responses={200: {"model": ActivityResponse, "description": "Taken back before"}},
    summary="Take back an activity that was a mistake",
    openapi_extra={"x-permission": permission_of(service.void_activity).value},
)
def void_activity(
    activity_id: PathId,
    request: Annotated[VoidActivityRequest, Depends(body(VoidActivityRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> ActivityResponse:
    recorded = service.void_activity(session, caller, activity_id, request, sent)
    response.status_code = 201 if recorded.created else 200
    return answers.recorded(session, caller, activity_id, sent.now)


@router.put(
    "/{activity_id}/follow-ups/{follow_up_id}",
    status_code=201,
    responses={200: {"model": ActivityResponse, "description": "Recorded before"}},
    summary="Say what became of a referral",
    openapi_extra={"x-permission": permission_of(service.follow_up).value},
)
def follow_up(
    activity_id: PathId,
    follow_up_id: PathId,
    request: Annotated[FollowUpRequest, Depends(body(FollowUpRequest))],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
    response: Response,
) -> ActivityResponse:
    recorded = service.follow_up(session, caller, activity_id, follow_up_id, request, sent)
    response.status_code = 201 if recorded.created else 200
    return answers.recorded(session, caller, activity_id, sent.now)


@router.get(
    "",
    summary="List activities",
    openapi_extra={"x-permission": permission_of(answers.list_activities).value},
)
def list_activities(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[QueryInstant | None, Query(alias="from", description="At or after.")] = None,
    to_at: Annotated[QueryInstant | None, Query(alias="to", description="Before.")] = None,
    kind: ActivityKind | None = None,
    team_id: PathId | None = None,
    officer_id: PathId | None = None,
    patrol_id: PathId | None = None,
    hotspot_id: Annotated[
        PathId | None,
        Query(
            description="Was there by the phone's position or, without one, by its patrol's result, as reports count "
            "it."
        ),
    ] = None,
    outcome_code: Annotated[
        str | None,
        Query(max_length=64, description="What came of it; of intelligence, what it is about. With `kind`."),
    ] = None,
    receipt_reference: Annotated[
        str | None, Query(max_length=64, description="A search by the receipt that the person was given.")
    ] = None,
    flagged: Annotated[bool | None, Query(description="Whether it has a flag now.")] = None,
    voided: Annotated[bool, Query(description="Those taken back, instead of those that count.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ActivityPage:
    wanted = ActivityFilter(
        from_at, to_at, kind, team_id, officer_id, patrol_id, hotspot_id, outcome_code, receipt_reference, flagged,
        voided,
    )  # fmt: skip
    return answers.list_activities(session, caller, wanted, cursor, limit, now)


@router.get(
    "/{activity_id}",
    summary="One activity",
    openapi_extra={"x-permission": permission_of(answers.see_activity).value},
)
def see_activity(
    activity_id: PathId, session: Reading, caller: CallerDep, now: Now, response: Response
) -> ActivityResponse:
    answer = answers.see_activity(session, caller, activity_id, now)
    response.headers["ETag"] = revision_etag(answer.revision)
    return answer


@router.get(
    "/{activity_id}/history",
    summary="What an activity said, revision by revision",
    openapi_extra={"x-permission": permission_of(answers.see_history).value},
)
def see_history(activity_id: PathId, session: Reading, caller: CallerDep, now: Now) -> ActivityHistory:
    return answers.see_history(session, caller, activity_id, now)


@rules_router.get(
    "",
    summary="How much the force wants recorded of each kind of activity",
    openapi_extra={"x-permission": permission_of(reporting.list_rules).value},
)
def list_rules(session: Reading, caller: CallerDep, now: Now) -> ActivityRules:
    return reporting.list_rules(session, caller, now)
