"""`/v1/dip-samples`: reality checks from drawing to sign-off; `/v1/me/dip-checks`: what they say of oneself."""

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.dip_samples import answers, service
from app.dip_samples.sampling import SEED_BYTES
from app.dip_samples.schemas import (
    CheckRequest,
    OwnChecks,
    PopulationResponse,
    SamplePage,
    SampleRequest,
    SampleResponse,
    SignOffRequest,
)
from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pages import page
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV_OR_PAGE, Format, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["dip samples"])


@router.put(
    "/dip-samples/{sample_id}",
    status_code=201,
    responses={200: {"model": SampleResponse, "description": "Drawn before; it is never drawn again"}},
    summary="Draw patrols for a reality check, by chance",
    openapi_extra={"x-permission": permission_of(service.draw_sample).value},
)
def draw_sample(
    session: Writing,
    caller: CallerDep,
    now: Now,
    sample_id: PathId,
    request: Annotated[SampleRequest, Depends(body(SampleRequest))],
    response: Response,
) -> SampleResponse:
    seed = secrets.token_bytes(SEED_BYTES)
    created = service.draw_sample(session, caller, sample_id, request, seed, now)
    response.status_code = 201 if created else 200
    return answers.as_written(session, caller, sample_id, now)


@router.get(
    "/dip-samples",
    summary="Reality checks of your teams or areas",
    openapi_extra={"x-permission": permission_of(answers.list_samples).value},
)
def list_samples(
    session: Reading, caller: CallerDep, now: Now, cursor: Cursor = None, limit: Limit = 100
) -> SamplePage:
    return answers.list_samples(session, caller, cursor, limit, now)


@router.get(
    "/dip-samples/{sample_id}",
    summary="One reality check: its patrols, what was found, and the proof that nobody picked",
    response_model=SampleResponse,
    responses={
        200: {"description": "JSON, CSV of the patrols, or a page that prints", "content": CSV_OR_PAGE}
    },
    openapi_extra={"x-permission": permission_of(answers.read_sample).value},
)
def read_sample(
    session: Reading, caller: CallerDep, now: Now, sample_id: PathId, wanted_format: Format
) -> Response | SampleResponse:
    told = answers.read_sample(session, caller, sample_id, now)
    if wanted_format == "csv":
        return csv_file(f"dip-sample-{told.drawn_at:%Y-%m-%d}", answers.as_table(told))
    if wanted_format == "html":
        return page("dip_sample.html", {"told": told, "last": told.to_at - timedelta(seconds=1)})
    return told


@router.get(
    "/dip-samples/{sample_id}/population",
    summary="The list a reality check was drawn from, to draw it again",
    openapi_extra={"x-permission": permission_of(answers.read_population).value},
)
def read_population(session: Reading, caller: CallerDep, now: Now, sample_id: PathId) -> PopulationResponse:
    return answers.read_population(session, caller, sample_id, now)


@router.put(
    "/dip-samples/{sample_id}/checks/{check_id}",
    status_code=201,
    responses={200: {"model": SampleResponse, "description": "Recorded before"}},
    summary="Record what was found about one patrol",
    openapi_extra={"x-permission": permission_of(service.record_check).value},
)
def record_check(
    session: Writing,
    caller: CallerDep,
    now: Now,
    sample_id: PathId,
    check_id: PathId,
    request: Annotated[CheckRequest, Depends(body(CheckRequest))],
    response: Response,
) -> SampleResponse:
    created = service.record_check(session, caller, sample_id, check_id, request, now)
    response.status_code = 201 if created else 200
    return answers.as_written(session, caller, sample_id, now)


@router.put(
    "/dip-samples/{sample_id}/sign-off",
    summary="Sign a reality check off, in your name; it is frozen then",
    openapi_extra={"x-permission": permission_of(service.sign_off).value},
)
def sign_off(
    session: Writing,
    caller: CallerDep,
    now: Now,
    sample_id: PathId,
    request: Annotated[SignOffRequest, Depends(body(SignOffRequest))],
) -> SampleResponse:
    service.sign_off(session, caller, sample_id, request, now)
    return answers.as_written(session, caller, sample_id, now)


@router.get(
    "/me/dip-checks",
    summary="What signed reality checks say of your own patrols",
    openapi_extra={"x-permission": permission_of(answers.own_checks).value},
)
def own_checks(session: Reading, caller: CallerDep, now: Now) -> OwnChecks:
    return answers.own_checks(session, caller, now)
