"""`/v1/wmnow`: what officers entered into WMNow's tracker, how it is read, and our engagements in its columns."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.rest.body import body
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV, AsCsv, csv_file
from app.rest.preconditions import IfMatch, expected_revision, revision_etag
from app.rest.transactions import Now, Reading, TransactionalRoute, Writing
from app.rest.wire import PathId, QueryInstant
from app.wmnow import answers, exporting, mappings
from app.wmnow.export_queries import ExportFilter
from app.wmnow.schemas import (
    MappingList,
    MappingRequest,
    MappingResponse,
    RecordDetail,
    RecordFilter,
    RecordPage,
    RejectedPage,
    UnknownWords,
)

router = APIRouter(route_class=TransactionalRoute, prefix="/v1/wmnow", tags=["wmnow"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME = r"^[a-z0-9][a-z0-9_-]{1,39}$"
_Name = Annotated[
    str, Path(pattern=_NAME, description="A name for the layout; `wmnow` is what is meant by none.")
]
_From = Annotated[QueryInstant | None, Query(alias="from", description="Began then or later.")]
_To = Annotated[QueryInstant | None, Query(alias="to", description="Began before then.")]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "CSV, or a workbook, sent while it is written",
        "content": {**CSV, _XLSX: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/records",
    summary="Records of the tracker in your scope, latest first",
    openapi_extra={"x-permission": permission_of(answers.list_records).value},
)
def list_records(
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: _From = None,
    to_at: _To = None,
    team_id: PathId | None = None,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    officer_id: PathId | None = None,
    engagement_type: Annotated[str | None, Query(max_length=64)] = None,
    run_id: Annotated[PathId | None, Query(description="That an import, pull or message changed.")] = None,
    missing: Annotated[
        bool | None, Query(description="Only those a full export no longer had, or only the others.")
    ] = None,
    deleted: Annotated[
        bool, Query(description="What the tracker said is gone, instead of what stands.")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> RecordPage:
    wanted = RecordFilter(
        from_at, to_at, team_id, area_id, officer_id, engagement_type, run_id, missing, deleted
    )
    return answers.list_records(session, caller, wanted, cursor, limit, now)


@router.get(
    "/records/{record_id}",
    summary="One record with everything the tracker said of it, and how each version came",
    openapi_extra={"x-permission": permission_of(answers.read_record).value},
)
def read_record(record_id: PathId, session: Reading, caller: CallerDep, now: Now) -> RecordDetail:
    return answers.read_record(session, caller, record_id, now)


@router.get(
    "/unknown-words",
    summary="Words of the tracker that stand for no code, team or place here",
    openapi_extra={"x-permission": permission_of(answers.read_unknown).value},
)
def read_unknown(
    session: Reading, caller: CallerDep, now: Now, from_at: _From = None, to_at: _To = None
) -> UnknownWords:
    return answers.read_unknown(session, caller, from_at, to_at, now)


@router.get(
    "/rejected",
    summary="Rows and items that could not be taken, and why",
    response_model=RejectedPage,
    responses={200: {"description": "JSON, or CSV with a line for each fault", "content": CSV}},
    openapi_extra={"x-permission": permission_of(answers.list_rejected).value},
)
def list_rejected(
    session: Reading,
    caller: CallerDep,
    now: Now,
    as_csv: AsCsv,
    run_id: PathId | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response | RejectedPage:
    if as_csv:
        return csv_file("wmnow-rejected", answers.rejected_table(session, caller, run_id, now))
    return answers.list_rejected(session, caller, run_id, cursor, limit, now)


@router.get(
    "/mappings",
    summary="How the tracker's layouts are read: the newest version of each mapping",
    openapi_extra={"x-permission": permission_of(mappings.list_mappings).value},
)
def list_mappings(session: Reading, caller: CallerDep, now: Now) -> MappingList:
    return mappings.list_mappings(session, caller, now)


@router.get(
    "/mappings/{name}",
    summary="One mapping, its newest version unless another is asked for",
    openapi_extra={"x-permission": permission_of(mappings.read_mapping).value},
)
def read_mapping(
    name: _Name,
    session: Reading,
    caller: CallerDep,
    now: Now,
    response: Response,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> MappingResponse:
    told = mappings.read_mapping(session, caller, name, version, now)
    response.headers["ETag"] = revision_etag(told.version)
    return told


@router.put(
    "/mappings/{name}",
    status_code=201,
    responses={200: {"model": MappingResponse, "description": "As it is already"}},
    summary="Say how a layout of the tracker is read: a new version (If-Match with the newest)",
    openapi_extra={"x-permission": permission_of(mappings.write_mapping).value},
)
def write_mapping(
    name: _Name,
    request: Annotated[MappingRequest, Depends(body(MappingRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
    response: Response,
    if_match: IfMatch,
) -> MappingResponse:
    new, told = mappings.write_mapping(session, caller, name, request, expected_revision(if_match), now)
    response.status_code = 201 if new else 200
    response.headers["ETag"] = revision_etag(told.version)
    return told


@router.get(
    "/export",
    summary="Our engagements in the tracker's own columns, so that nobody keys them twice",
    response_class=Response,
    responses=_FILES,
    openapi_extra={"x-permission": permission_of(exporting.export_csv).value},
)
def export_engagements(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    from_at: Annotated[QueryInstant, Query(alias="from", description="Began then or later.")],
    to_at: Annotated[QueryInstant, Query(alias="to", description="Began before then.")],
    form: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "csv",
    only_new: Annotated[bool, Query(description="Without those the tracker has already.")] = False,
    area_id: Annotated[PathId | None, Query(description="The area and all below it.")] = None,
    team_id: PathId | None = None,
    mapping: Annotated[
        str | None, Query(pattern=_NAME, description="Whose layout and words; `wmnow`.")
    ] = None,
) -> Response:
    wanted = ExportFilter(from_at, to_at, area_id, team_id, only_new, mapping)
    engine = request.app.state.engine
    headers = {
        "Content-Disposition": f'attachment; filename="engagements-for-wmnow.{form}"',
        "Vary": "Accept, Authorization",
    }
    if form == "xlsx":
        book = exporting.export_xlsx(session, caller, engine, wanted, now)
        return StreamingResponse(book, media_type=_XLSX, headers=headers)
    text = exporting.export_csv(session, caller, engine, wanted, now)
    return StreamingResponse(text, media_type="text/csv", headers=headers)
