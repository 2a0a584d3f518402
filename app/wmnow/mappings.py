"""The use cases of mappings: how a force says what the tracker's words and columns mean. A version is never changed."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from app.audit.service import changed, consulted
from app.database.model import insert_if_absent
from app.identity.permissions import Caller, Permission, requires
from app.problems import PRECONDITION_FAILED, Problem, not_found
from app.rest.preconditions import require_revision
from app.wmnow import queries, record_queries
from app.wmnow.mapping import WMNOW
from app.wmnow.mapping_rules import completed, faults_of
from app.wmnow.models import WmnowMapping
from app.wmnow.problems import mapping_faults
from app.wmnow.schemas import MappingList, MappingRequest, MappingResponse, MappingSummary
from app.wmnow.standard import STANDARD_CONTENT, STANDARD_VERSION


@requires(Permission.WMNOW_MANAGE)
def write_mapping(
    session: Session, caller: Caller, name: str, request: MappingRequest, expected: int | None, now: datetime
) -> tuple[bool, MappingResponse]:
    """A new version of a mapping, and whether it is one: the same as the newest changes nothing. The first of a name
    needs no `If-Match`; `wmnow` has the standard one as its first."""
    sent = request.model_dump(mode="json")
    faults = faults_of(sent)
    if faults:
        raise mapping_faults(faults)
    content = completed(sent)
    newest = queries.newest_mapping(session, caller.force_id, name)
    current, held = _newest(name, newest)
    if held == content:
        return False, _response(name, newest)
    if current:
        require_revision(expected, current)
    mapping_id = uuid4()
    row = {
        "id": mapping_id,
        "force_id": caller.force_id,
        "name": name,
        "version": current + 1,
        "content": content,
        "made_by": caller.officer_id,
        "made_at": now,
    }
    if not insert_if_absent(session, WmnowMapping, row):
        raise Problem(PRECONDITION_FAILED, "Somebody else has just changed it. Read it again, then decide.")
    changed(
        session, "wmnow-mapping:write", now, {"wmnow_mapping": [mapping_id]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return True, _response(name, queries.newest_mapping(session, caller.force_id, name))


@requires(Permission.WMNOW_IMPORT)
def read_mapping(
    session: Session, caller: Caller, name: str, version: int | None, now: datetime
) -> MappingResponse:
    """A mapping, its newest version unless another is asked for."""
    if version is None:
        row = queries.newest_mapping(session, caller.force_id, name)
    else:
        row = record_queries.mapping_version(session, caller.force_id, name, version)
    if row is None and (name != WMNOW or version not in (None, STANDARD_VERSION)):
        raise not_found()
    _consulted(session, caller, now)
    return _response(name, row)


@requires(Permission.WMNOW_IMPORT)
def list_mappings(session: Session, caller: Caller, now: datetime) -> MappingList:
    """The newest version of each mapping, the standard one among them."""
    rows = record_queries.newest_mappings(session, caller.force_id)
    own = {row.name: MappingSummary(name=row.name, version=row.version, made_at=row.made_at) for row in rows}
    standard = MappingSummary(name=WMNOW, version=STANDARD_VERSION, made_at=None)
    _consulted(session, caller, now)
    return MappingList(items=[own[name] for name in sorted(own)] + ([] if WMNOW in own else [standard]))


def _consulted(session: Session, caller: Caller, now: datetime) -> None:
    consulted(session, "wmnow-mapping:read", now, {}, actor_id=caller.officer_id, force_id=caller.force_id)


def _newest(name: str, row: WmnowMapping | None) -> tuple[int, dict[str, Any] | None]:
    if row is not None:
        return row.version, row.content
    return (STANDARD_VERSION, STANDARD_CONTENT) if name == WMNOW else (0, None)


def _response(name: str, row: WmnowMapping | None) -> MappingResponse:
    version, content = _newest(name, row)
    return MappingResponse.model_validate(
        {
            **(content or {}),
            "name": name,
            "version": version,
            "made_at": None if row is None else row.made_at,
            "made_by": None if row is None else row.made_by,
        }
    )
