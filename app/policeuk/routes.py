"""`/v1/publication-packs`: what a force says of a neighbourhood on its website, from draft to published."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.policeuk import answers, service
from app.policeuk.schemas import PackDecisionRequest, PackPage, PackRequest, PackResponse
from app.rest.body import body
from app.rest.pages import as_page
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId
from app.settings import Settings

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/publication-packs", tags=["areas"])

_FORMS = {"text/html": {"schema": {"type": "string"}}, "text/plain": {"schema": {"type": "string"}}}
_NOT_KEPT = {"Cache-Control": "no-store", "Vary": "Authorization"}
_WARNING = "Not approved for publication."


@router.get(
    "",
    summary="Publication packs, latest first",
    openapi_extra={"x-permission": permission_of(answers.list_packs).value},
)
def list_packs(
    session: Reading,
    caller: CallerDep,
    now: Now,
    area_id: PathId | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> PackPage:
    return answers.list_packs(session, caller, now, area_id=area_id, cursor=cursor, limit=limit)


@router.put(
    "/{pack_id}",
    status_code=201,
    responses={200: {"model": PackResponse, "description": "Drafted before; it says what it said"}},
    summary="Draft what is to be said of an area on the website",
    openapi_extra={"x-permission": permission_of(service.draft_pack).value},
)
def draft_pack(
    session: Writing,
    caller: CallerDep,
    now: Now,
    pack_id: PathId,
    request: Annotated[PackRequest, Depends(body(PackRequest))],
    response: Response,
) -> PackResponse:
    created = service.draft_pack(session, caller, pack_id, request, now)
    response.status_code = 201 if created else 200
    return answers.as_written(session, caller, pack_id, now)


@router.get(
    "/{pack_id}",
    summary="A publication pack as data, as HTML to paste, or as text",
    response_model=PackResponse,
    responses={200: {"description": "JSON with all forms, or one of them by itself", "content": _FORMS}},
    openapi_extra={"x-permission": permission_of(answers.read_pack).value},
)
def read_pack(
    session: Reading,
    caller: CallerDep,
    now: Now,
    pack_id: PathId,
    wanted: Annotated[Literal["json", "html", "text"], Query(alias="format")] = "json",
) -> Response | PackResponse:
    told = answers.read_pack(session, caller, pack_id, now)
    fit = told.state in answers.FIT
    if wanted == "html":
        warning = "" if fit else f"<p><strong>{_WARNING}</strong></p>\n"
        return as_page(warning + told.html)
    if wanted == "text":
        return Response(
            ("" if fit else f"{_WARNING}\n\n") + told.text, media_type="text/plain", headers=_NOT_KEPT
        )
    return told


@router.put(
    "/{pack_id}/decisions/{decision_id}",
    status_code=201,
    responses={200: {"model": PackResponse, "description": "Decided before"}},
    summary="Approve a pack, say that it is on the website, or take it back",
    openapi_extra={"x-permission": permission_of(service.decide_pack).value},
)
def decide_pack(
    request: Request,
    session: Writing,
    caller: CallerDep,
    now: Now,
    pack_id: PathId,
    decision_id: PathId,
    decision: Annotated[PackDecisionRequest, Depends(body(PackDecisionRequest))],
    response: Response,
) -> PackResponse:
    settings: Settings = request.app.state.settings
    created = service.decide_pack(
        session, caller, pack_id, decision_id, decision, now, frozenset(settings.one_person_publications)
    )
    response.status_code = 201 if created else 200
    return answers.as_written(session, caller, pack_id, now)
