"""`/v1/schemes`: what funders are told, and `/v1/hours`: the ledger behind it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import AsCsv, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathDay, PathId
from app.returns import answers, ledger, returning, scheme_answers, service
from app.returns.answers import LATELY_DAYS, HoursWanted
from app.returns.ledger import LedgerWanted
from app.returns.rows import HoursBy
from app.returns.schemas import (
    ClosingList,
    ClosingRequest,
    ClosingResponse,
    HoursAnswer,
    LedgerPage,
    MissingAnswer,
    SchemeList,
    SchemeResponse,
)
from app.returns.sheets import MEDIA, Form

router = APIRouter(route_class=TransactionalRoute, prefix="/v1", tags=["returns"])
Said = Annotated[str | None, Query(max_length=100, description="Empty: rows that say nothing there.")]


async def _said(
    grade: Said = None,
    programme: Said = None,
    uniform_state: Said = None,
    funding: Said = None,
    operation: Said = None,
    cost_code: Said = None,
) -> dict[str, str]:
    """What rows of the ledger must say, by name."""
    asked = {
        "grade": grade,
        "programme": programme,
        "uniform_state": uniform_state,
        "funding": funding,
        "operation": operation,
        "cost_code": cost_code,
    }
    return {name: value for name, value in asked.items() if value is not None}


LedgerSaid = Annotated[dict[str, str], Depends(_said)]
_CSV = {"text/csv": {"schema": {"type": "string"}}}
Until = Annotated[PathDay | None, Query(description="The last London day that counts; yesterday.")]


@router.get(
    "/schemes",
    summary="The force's reporting schemes",
    openapi_extra={"x-permission": permission_of(scheme_answers.list_schemes).value},
)
def list_schemes(session: Reading, caller: CallerDep, now: Now) -> SchemeList:
    return scheme_answers.list_schemes(session, caller, now)


@router.get(
    "/schemes/{scheme_id}",
    summary="One scheme: what counts, and its periods",
    openapi_extra={"x-permission": permission_of(scheme_answers.read_scheme).value},
)
def read_scheme(scheme_id: PathId, session: Reading, caller: CallerDep, now: Now) -> SchemeResponse:
    return scheme_answers.read_scheme(session, caller, scheme_id, now)


@router.get(
    "/schemes/{scheme_id}/hours",
    summary="At least and at most how many hours, against the target",
    response_model=HoursAnswer,
    responses={200: {"description": "JSON, or the rows as CSV", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(answers.read_hours).value},
)
def read_hours(
    scheme_id: PathId,
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    until: Until = None,
    by: HoursBy = HoursBy.MONTH,
    run_rate_days: Annotated[
        int, Query(ge=1, le=366, description="The pace is of so many days.")
    ] = LATELY_DAYS,
    both_units: Annotated[bool, Query(description="Tell hours of persons and by the clock.")] = False,
) -> Response | HoursAnswer:
    wanted = HoursWanted(until, by, run_rate_days, both_units)
    if as_csv:
        return csv_file("hours", answers.export_hours(session, caller, scheme_id, wanted, now))
    return answers.read_hours(session, caller, scheme_id, wanted, now)


@router.get(
    "/schemes/{scheme_id}/missing",
    summary="What may still change the hours, the most at stake first",
    openapi_extra={"x-permission": permission_of(returning.read_missing).value},
)
def read_missing(
    scheme_id: PathId, session: Reading, caller: CallerDep, now: Now, until: Until = None
) -> MissingAnswer:
    return returning.read_missing(session, caller, scheme_id, until, now)


@router.get(
    "/schemes/{scheme_id}/return",
    summary="The return of a period in the force's layout",
    response_class=Response,
    responses={
        200: {
            "description": "The file. A closed period gives the same bytes each time.",
            "content": {
                MEDIA[Form.JSON]: {"schema": {"type": "object"}},
                MEDIA[Form.CSV]: {"schema": {"type": "string"}},
                MEDIA[Form.XLSX]: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
    openapi_extra={"x-permission": permission_of(returning.read_return).value},
)
def read_return(
    scheme_id: PathId,
    session: Reading,
    caller: CallerDep,
    now: Now,
    period: Annotated[
        str | None,
        Query(pattern=r"^\d{4}-\d\d$", description="The month it begins in; the last that has begun."),
    ] = None,
    wanted_format: Annotated[Form, Query(alias="format")] = Form.JSON,
) -> Response:
    sent = returning.read_return(session, caller, scheme_id, period, wanted_format, now)
    headers = {"Content-Disposition": f'attachment; filename="{sent.name}"'}
    return Response(sent.content, media_type=MEDIA[wanted_format], headers=headers)


@router.get(
    "/schemes/{scheme_id}/closings",
    summary="The periods that were signed off, and what has changed since",
    openapi_extra={"x-permission": permission_of(returning.list_closings).value},
)
def list_closings(scheme_id: PathId, session: Reading, caller: CallerDep, now: Now) -> ClosingList:
    return returning.list_closings(session, caller, scheme_id, now)


@router.get(
    "/schemes/{scheme_id}/closings/{closing_id}",
    summary="One period as it was signed off",
    openapi_extra={"x-permission": permission_of(returning.read_closing).value},
)
def read_closing(
    scheme_id: PathId, closing_id: PathId, session: Reading, caller: CallerDep, now: Now
) -> ClosingResponse:
    return returning.read_closing(session, caller, scheme_id, closing_id, now)


@router.put(
    "/schemes/{scheme_id}/closings/{closing_id}",
    status_code=201,
    responses={200: {"model": ClosingResponse, "description": "Closed before, by the same call"}},
    summary="Sign a period off",
    openapi_extra={"x-permission": permission_of(service.close_period).value},
)
def close_period(
    scheme_id: PathId,
    closing_id: PathId,
    request: Annotated[ClosingRequest, Depends(body(ClosingRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
) -> ClosingResponse:
    closed = service.close_period(session, caller, scheme_id, closing_id, request, now)
    response.status_code = 201 if closed.created else 200
    return closed.closing


@router.get(
    "/hours",
    summary="The ledger: hours of each day by everything but who did them",
    response_model=LedgerPage,
    responses={200: {"description": "JSON, or CSV of all rows asked for", "content": _CSV}},
    openapi_extra={"x-permission": permission_of(ledger.read_ledger).value},
)
def read_ledger(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    said: LedgerSaid,
    first: Annotated[PathDay | None, Query(alias="from", description="The first London day.")] = None,
    last: Annotated[PathDay | None, Query(alias="to", description="The last London day; today.")] = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    team_id: PathId | None = None,
    hotspot_id: PathId | None = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    scheme_id: Annotated[
        PathId | None, Query(description="As this scheme counts them: what it counts not is left out.")
    ] = None,
    below: Annotated[bool, Query(description="false: the very area, without what lies below it.")] = True,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | LedgerPage:
    wanted = LedgerWanted(first, last, area_id, team_id, hotspot_id, channel, scheme_id, below, said)
    if as_csv:
        return csv_file("ledger", ledger.export_ledger(session, caller, wanted, now))
    return ledger.read_ledger(session, caller, wanted, cursor, limit, now)
