"""`/v1/wmnow/reconciliation`, `/v1/wmnow/under-recording`: both systems side by side, to read or to print."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.pages import page
from app.rest.parameters import CSV_OR_PAGE, Format, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute
from app.rest.wire import QueryInstant
from app.wmnow import presence_answers, reconciling
from app.wmnow.reconciliation_schemas import Reconciliation, UnderRecording
from app.wmnow.scatter import scatter

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/wmnow", tags=["wmnow"])
# So many teams stand on the second sheet; all are in the file.
MOST_ON_PAGE = 30
_From = Annotated[QueryInstant | None, Query(alias="from", description="Then or later; 28 days before `to`.")]
_To = Annotated[QueryInstant | None, Query(alias="to", description="Before then; now.")]


@router.get(
    "/reconciliation",
    summary="The tracker's rows and our engagements by LPA and week: what came, what did not, what is the same",
    response_model=Reconciliation,
    responses={200: {"description": "JSON, CSV, or a page that prints", "content": CSV_OR_PAGE}},
    openapi_extra={"x-permission": permission_of(reconciling.reconcile).value},
)
def reconcile(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted_format: Format,
    from_at: _From = None,
    to_at: _To = None,
) -> Response | Reconciliation:
    told = reconciling.reconcile(session, caller, from_at, to_at, now)
    if wanted_format == "csv":
        return csv_file("wmnow-reconciliation", reconciling.as_table(told))
    if wanted_format == "html":
        return page("reconciliation.html", {"told": told, "last_day": told.to_at - timedelta(microseconds=1)})
    return told


@router.get(
    "/under-recording",
    summary="Teams' presence in hotspots beside the engagements on record, of whole days",
    response_model=UnderRecording,
    responses={
        200: {"description": "JSON, CSV, or a page with a chart, of two sheets", "content": CSV_OR_PAGE}
    },
    openapi_extra={"x-permission": permission_of(presence_answers.read_under_recording).value},
)
def read_under_recording(
    session: Reading,
    caller: CallerDep,
    now: Now,
    wanted_format: Format,
    from_at: _From = None,
    to_at: _To = None,
) -> Response | UnderRecording:
    told = presence_answers.read_under_recording(session, caller, from_at, to_at, now)
    if wanted_format == "csv":
        return csv_file("under-recording", presence_answers.as_table(told))
    if wanted_format == "html":
        return page("under_recording.html", _values(told))
    return told


def _values(told: UnderRecording) -> dict[str, object]:
    by_presence = sorted(told.rows, key=lambda each: (not each.named, -each.presence_minutes, each.team.name))
    return {
        "told": told,
        "rows": by_presence[:MOST_ON_PAGE],
        "left_out": max(0, len(by_presence) - MOST_ON_PAGE),
        "named": [each for each in told.rows if each.named],
        "chart": scatter(presence_answers.dots(told), told.median_per_ten_hours),
        "last_day": told.to_at - timedelta(microseconds=1),
    }
