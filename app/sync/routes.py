"""Many facts in one request, what changed for whoever asks, and what is kept aside."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import ValidationError

from app.identity.dependencies import CallerDep
from app.identity.permissions import permission_of
from app.problems import INVALID, Problem
from app.rest.body import adapter, body, field_errors, read_json
from app.rest.pagination import Cursor, Limit
from app.rest.sent import SentDep
from app.rest.transactions import Now, Reading, SliceRouter, Writing
from app.rest.wire import PathId
from app.settings import Settings
from app.sync import changes, quarantine, service
from app.sync.quarantine_schemas import (
    CorrectionRequest,
    QuarantinedDetail,
    QuarantinedFactResponse,
    QuarantinePage,
    ReleaseRequest,
)
from app.sync.schemas import ChangesResponse, Envelope, SyncRequest, SyncResponse

router = SliceRouter(prefix="/v1/sync", tags=["sync"])
quarantine_router = SliceRouter(prefix="/v1/quarantine", tags=["sync"])
# Ten thousand full fixes; what no item may hold alone is `body.MAX_COLONS`.
_MOST_COLONS = 100_000


async def _items(request: Request) -> list[Any]:
    raw = await read_json(request, bare_nan=True, most_colons=_MOST_COLONS)
    try:
        envelope = adapter(Envelope).validate_json(raw)
    except ValidationError as error:
        faults = field_errors(error.errors(include_input=False, include_url=False))
        raise Problem(INVALID, "Some values are not valid.", faults) from None
    assert isinstance(envelope, Envelope)  # noqa: S101 - the adapter is made from the model
    return envelope.items


_items.body_model = SyncRequest  # type: ignore[attr-defined]  # read by rest.openapi


@router.post(
    "",
    summary="Send up to 500 facts at once",
    openapi_extra={"x-permission": permission_of(service.receive).value},
)
def receive(
    request: Request,
    items: Annotated[list[Any], Depends(_items)],
    session: Writing,
    caller: CallerDep,
    sent: SentDep,
) -> SyncResponse:
    settings: Settings = request.app.state.settings
    return service.receive(session, caller, items, sent, settings.disclosure_hours)


@router.get(
    "",
    summary="What changed for you",
    openapi_extra={"x-permission": permission_of(changes.changes_since).value},
)
def changes_since(
    request: Request,
    session: Reading,
    caller: CallerDep,
    now: Now,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the last answer.")
    ] = None,
    limit: Limit = 100,
) -> ChangesResponse:
    settings: Settings = request.app.state.settings
    return changes.changes_since(session, caller, cursor, limit, now, settings.disclosure_hours)


@quarantine_router.get(
    "",
    summary="What could not be recorded as it came, kept aside until somebody corrects or releases it",
    openapi_extra={"x-permission": permission_of(quarantine.list_quarantine).value},
)
def list_quarantine(
    session: Reading,
    caller: CallerDep,
    now: Now,
    released: Annotated[bool, Query(description="What was released, instead of what waits.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> QuarantinePage:
    return quarantine.list_quarantine(session, caller, now, released=released, cursor=cursor, limit=limit)


@quarantine_router.get(
    "/{quarantined_id}",
    summary="One fact that is kept aside, with what it says",
    openapi_extra={"x-permission": permission_of(quarantine.see_quarantined).value},
)
def see_quarantined(
    quarantined_id: PathId, session: Reading, caller: CallerDep, now: Now
) -> QuarantinedDetail:
    return quarantine.see_quarantined(session, caller, quarantined_id, now)


@quarantine_router.put(
    "/{quarantined_id}/correction",
    summary="Say what a fact that is kept aside should have said",
    openapi_extra={"x-permission": permission_of(quarantine.correct).value},
)
def correct(
    request: Request,
    quarantined_id: PathId,
    correction: Annotated[CorrectionRequest, Depends(body(CorrectionRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> QuarantinedDetail:
    settings: Settings = request.app.state.settings
    return quarantine.correct(session, caller, quarantined_id, correction, now, settings.disclosure_hours)


@quarantine_router.put(
    "/{quarantined_id}/release",
    summary="Record what was kept aside, as if its officer had sent it",
    openapi_extra={"x-permission": permission_of(quarantine.release).value},
)
def release(
    quarantined_id: PathId,
    request: Annotated[ReleaseRequest, Depends(body(ReleaseRequest))],
    session: Writing,
    caller: CallerDep,
    now: Now,
) -> QuarantinedFactResponse:
    return quarantine.release(session, caller, quarantined_id, request.reason, now)
