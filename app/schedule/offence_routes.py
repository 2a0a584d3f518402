"""`/v1/offence-profiles`: when offences happen in each hotspot, as numbers and as a heat map that prints."""

from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pages import drawing
from app.rest.pagination import Cursor, Limit
from app.rest.transactions import Now, Reading, SliceRouter
from app.rest.wire import PathDay, PathId
from app.schedule import offences
from app.schedule.heat_map import PLACES
from app.schedule.offence_schemas import OffenceProfileDetail, OffenceProfilePage

router = SliceRouter(prefix="/v1/offence-profiles", tags=["offence profiles"])
_SVG = {"image/svg+xml": {"schema": {"type": "string"}}}


async def _asked(
    until: Annotated[PathDay | None, Query(description="The day after the last that counts; today.")] = None,
    days: Annotated[int, Query(ge=1, le=3660, description="How many days before `until` count.")] = 365,
    harm: Annotated[bool, Query(description="Count each offence with its harm weight.")] = False,
) -> offences.Asked:
    return offences.Asked(until, days, harm)


async def _as_svg(
    wanted_format: Annotated[
        Literal["json", "svg"] | None, Query(alias="format", description="Goes before the Accept header.")
    ] = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> bool:
    return wanted_format == "svg" or (wanted_format is None and "image/svg+xml" in accept)


Asked = Annotated[offences.Asked, Depends(_asked)]
AsSvg = Annotated[bool, Depends(_as_svg)]


@router.get(
    "",
    summary="Hotspots with when their offences happen, and what that rests on",
    openapi_extra={"x-permission": permission_of(offences.list_profiles).value},
)
def list_profiles(
    session: Reading, caller: CallerDep, now: Now, asked: Asked, cursor: Cursor = None, limit: Limit = 100
) -> OffenceProfilePage:
    return offences.list_profiles(session, caller, asked, cursor, limit, now)


@router.get(
    "/{hotspot_id}",
    summary="One hotspot's week by day and hour, as numbers or as a heat map",
    response_model=OffenceProfileDetail,
    responses={200: {"description": "Numbers, or a heat map that prints", "content": _SVG}},
    openapi_extra={"x-permission": permission_of(offences.read_profile).value},
)
def read_profile(
    session: Reading, caller: CallerDep, now: Now, hotspot_id: PathId, asked: Asked, as_svg: AsSvg
) -> Response | OffenceProfileDetail:
    if as_svg:
        return drawing(
            "heat_map.svg", {"map": offences.draw_profile(session, caller, hotspot_id, asked, now), **PLACES}
        )
    return offences.read_profile(session, caller, hotspot_id, asked, now)
