"""`/v1/weeks`: a team's week for the Monday meeting, and a line for each team: to read, as a table, as a page."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pages import page
from app.rest.parameters import CSV_OR_PAGE, Format, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import PathId
from app.weeks import service
from app.weeks.chart import chart
from app.weeks.schemas import TeamWeek, WeekList

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/weeks", tags=["weeks"])
# Why the reader may not decide on something, as it goes on after «not you».
_WHY_NOT = {
    "own": "you were on it or tasked to it",
    "rank": "you do not stand above everybody it is about",
    "decided_above": "somebody above you has decided on it",
}
_SPELT = "^20[0-9]{2}-W[0-9]{2}$"
_WEEK = "An ISO week, Monday to Sunday in London: 2026-W47."


@router.get(
    "",
    summary="A line for each team: met, not met, to decide",
    response_model=WeekList,
    responses={200: {"description": "JSON, CSV, or a page that prints", "content": CSV_OR_PAGE}},
    openapi_extra={"x-permission": permission_of(service.list_weeks).value},
)
def list_weeks(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted_format: Format,
    week: Annotated[str | None, Query(pattern=_SPELT, description=f"{_WEEK} This week.")] = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
) -> Response | WeekList:
    told = service.list_weeks(session, caller, week, area_id, now)
    if wanted_format == "csv":
        return csv_file(f"weeks-{told.week}", service.teams_as_table(told))
    if wanted_format == "html":
        return page("weeks.html", {"told": told, "last_day": _last_day(told)})
    return told


@router.get(
    "/{team_id}/{week}",
    summary="A team's week: met, not met, why, what to decide, reasons proposed",
    response_model=TeamWeek,
    responses={
        200: {"description": "JSON, CSV of the windows, or a page that prints", "content": CSV_OR_PAGE}
    },
    openapi_extra={"x-permission": permission_of(service.read_week).value},
)
def read_week(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted_format: Format,
    team_id: PathId,
    week: Annotated[str, Path(pattern=_SPELT, description=_WEEK)],
) -> Response | TeamWeek:
    told = service.read_week(session, caller, team_id, week, now)
    if wanted_format == "csv":
        return csv_file(f"week-{told.week}-{told.team_code}", service.as_table(told))
    if wanted_format == "html":
        return page("week.html", _values(told))
    return told


def _values(told: TeamWeek) -> dict[str, object]:
    counted = [
        (each.status_label, each.windows, each.status == "compliant") for each in told.totals.by_status
    ]
    return {"told": told, "last_day": _last_day(told), "chart": chart(counted), "why_not": _WHY_NOT}


def _last_day(told: TeamWeek | WeekList) -> datetime:
    return told.to_at - timedelta(seconds=1)
