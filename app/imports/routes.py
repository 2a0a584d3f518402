"""Addresses of imports: one for each kind, made from the table of kinds that the map of the API hands in."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of, require
from app.imports import service
from app.imports.findings import as_csv
from app.imports.mechanism import ImportKind, ImportOptions, ReadAs
from app.imports.problems import profile_unknown
from app.imports.profiles import profile_named
from app.imports.schemas import MEDIA_TYPES, ImportPage, ImportReport
from app.imports.tables import MAX_FILE_BYTES, MAX_READ_BYTES, MAX_ROWS, MAX_ROWS_AT_ONCE, SourceFile
from app.problems import TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Problem
from app.rest.body import BodyLimits, inflate
from app.rest.pagination import Cursor, Limit
from app.rest.parameters import CSV, EVENTS, AsCsv, csv_file
from app.rest.transactions import Now, Reading, TransactionalRoute

_LIMITS = BodyLimits(sent=MAX_FILE_BYTES, decoded=MAX_READ_BYTES)
_BODY: dict[str, Any] = {
    "required": True,
    "description": (
        f"The file itself, up to {MAX_FILE_BYTES} bytes; {MAX_ROWS_AT_ONCE:,} rows, of engagements"
        f" {MAX_ROWS:,}. Its bytes decide what it is."
    ),
    "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES},
}
# The framework's own limit answers in plain text; `_bytes` stops reading at ours and says why. Nothing is buffered
# beyond it.
_UNBOUNDED = 2**50


async def _bytes(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > _LIMITS.sent:
            raise Problem(TOO_LARGE, f"A file to import may have {_LIMITS.sent} bytes as sent.")
        pieces.append(piece)
    return b"".join(pieces)


async def _upload(request: Request, kind: ImportKind) -> SourceFile:
    """The file, read before any transaction begins."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send one of {', '.join(MEDIA_TYPES)}.")
    encoding = ",".join(request.headers.getlist("content-encoding")).strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "Content-Encoding may be gzip or absent, once.")
    raw = await _bytes(request)
    directory = request.app.state.settings.import_directory

    def read() -> SourceFile:
        return service.read_upload(kind, inflate(raw, _LIMITS) if encoding == "gzip" else raw, directory)

    return await run_in_threadpool(read)


async def _reading(
    request: Request,
    default_issuer: Annotated[
        str | None, Query(max_length=300, description="officers: the issuer where the file names none.")
    ] = None,
    effective_from: Annotated[
        date | None,
        Query(
            description="officers: the day of changes whose row gives no later day. police-uk: the day the answers "
            "came, where the archive does not say."
        ),
    ] = None,
    complete_list: Annotated[
        bool,
        Query(
            description="officers: whoever is missing from the file has left. engagements, wmnow-engagements: what is"
            " missing from the file, and of its time, is marked so."
        ),
    ] = False,
    mapping: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z0-9][a-z0-9_-]{1,39}$",
            description="wmnow-engagements: by which of the force's mappings the file is read; `wmnow` unless given.",
        ),
    ] = None,
    only_good_rows: Annotated[
        bool,
        Query(
            description="wmnow-engagements: rows with faults are left out and listed under /v1/wmnow/rejected, the "
            "others applied. Unless given, one faulty row refuses the file."
        ),
    ] = False,
    profile: Annotated[
        str | None,
        Query(
            max_length=40,
            description="The mapping profile the file is read by, `tracker` or `tracker/2`; else the standard layout.",
        ),
    ] = None,
    propose: Annotated[
        bool,
        Query(description="Try the file and lay it before a second person, where its kind takes two."),
    ] = False,
) -> ReadAs:
    chosen = profile_named(request.app.state.import_profiles, profile)
    if chosen is None:
        raise profile_unknown()
    # The last part of the address is the kind.
    kind = request.url.path.rpartition("/")[2]
    two_persons = kind in request.app.state.settings.two_person_imports
    options = ImportOptions(default_issuer, effective_from, complete_list, mapping, only_good_rows)
    return ReadAs(options, chosen, propose, two_persons)


HowToRead = Annotated[ReadAs, Depends(_reading)]
DryRun = Annotated[bool, Query(description="Tell what the file would change, and change nothing.")]


def _as_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


def imports_router(kinds: Sequence[ImportKind]) -> APIRouter:
    """`POST /v1/imports/<kind>` for each kind, and the list of runs."""
    router = APIRouter(
        route_class=TransactionalRoute, prefix="/v1/imports", tags=["imports"], redirect_slashes=False
    )
    by_name = {kind.name: kind for kind in kinds}

    @router.get(
        "",
        summary="Files brought in, newest first",
        openapi_extra={"x-permission": permission_of(service.list_imports).value},
    )
    def list_imports(
        session: Reading, caller: CallerDep, now: Now, cursor: Cursor = None, limit: Limit = 100
    ) -> ImportPage:
        return service.list_imports(session, caller, by_name, now, cursor=cursor, limit=limit)

    for kind in kinds:
        _mount(router, kind)
    return router


def _mount(router: APIRouter, kind: ImportKind) -> None:
    use_case = service.import_use_case(kind)

    async def sent(request: Request, caller: CallerDep) -> SourceFile:
        # The caller is asked for first: files of strangers, and of who may not bring them in, are not read.
        require(caller, kind.permission)
        return await _upload(request, kind)

    @router.post(
        f"/{kind.name}",
        name=f"import_{kind.name.replace('-', '_')}",
        summary=f"Bring in a file of {kind.name.replace('-', ' ')}, or try it (dry_run)",
        description=(
            "A file is applied whole or not at all: one faulty row stops it, with every fault listed by row and "
            "column. The newest file of its kind again changes nothing; an older one is compared afresh. As CSV the"
            " answer is every finding, by row and column, to work through beside the file. As text/event-stream it "
            "tells how far it is: `progress` with the rows done and of how many, at last `done` with the report, or "
            "`refused` with the problem; its status is 200 then in either case."
        ),
        response_model=ImportReport,
        responses={200: {"content": {**CSV, **EVENTS}}},
        openapi_extra={"x-permission": permission_of(use_case).value, "requestBody": _BODY},
        max_body_size=_UNBOUNDED,
    )
    def import_file(
        request: Request,
        caller: CallerDep,
        now: Now,
        source: Annotated[SourceFile, Depends(sent)],
        reading: HowToRead,
        wanted_as_csv: AsCsv,
        dry_run: DryRun = False,
    ) -> ImportReport | Response:
        engine = request.app.state.engine
        if _as_events(request) and not wanted_as_csv:
            request_id = request.scope["beatcheck_request_id"]
            return service.watched_import(
                engine, request_id, use_case, caller, source, reading, now, dry_run=dry_run
            )
        brought = use_case(engine, caller, source, reading, now, dry_run, lambda _rows: None)
        if wanted_as_csv:
            return csv_file(f"findings-{kind.name}", as_csv(brought.findings))
        return brought.report
