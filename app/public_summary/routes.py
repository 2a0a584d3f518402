"""`/v1/public-summary`: what residents of an area are told, to read or as a page to hand out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.public_summary import service
from app.public_summary.counting import ROW, bars, on_the_sheet
from app.public_summary.schemas import PublicSummary
from app.rest.pages import page
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathDay, PathId

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/public-summary", tags=["areas"])

_PAGE = {"text/html": {"schema": {"type": "string"}}}


async def _as_page(
    wanted: Annotated[
        Literal["json", "html"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> bool:
    return wanted == "html" or (wanted is None and "text/html" in accept)


@router.get(
    "/{area_id}",
    summary="What police did in an area over a period that is over, fit for a residents' meeting",
    response_model=PublicSummary,
    responses={200: {"description": "JSON, or one page that prints", "content": _PAGE}},
    openapi_extra={"x-permission": permission_of(service.read_summary).value},
)
def read_summary(
    area_id: PathId,
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_page: Annotated[bool, Depends(_as_page)],
    first: Annotated[
        PathDay | None,
        Query(alias="from", description="The first day of a month; without both, the month before."),
    ] = None,
    last: Annotated[
        PathDay | None, Query(alias="to", description="The last day of a month; before today.")
    ] = None,
) -> Response | PublicSummary:
    told = service.read_summary(session, caller, area_id, first, last, now)
    return page("public_summary.html", _values(told)) if as_page else told


def _values(told: PublicSummary) -> dict[str, object]:
    shown = bars({each.code: each.number for each in [*told.engagement, *told.outcomes]})
    height = max(len(shown), 1) * ROW
    promises = on_the_sheet([(each.you_said, each.we_did) for each in told.you_said_we_did])
    return {"told": told, "bars": shown, "height": height, "promises": promises}
