"""Reading the tracker's records: one with all that was said of it, a page, what is not known, what was rejected."""

from collections import defaultdict
from collections.abc import Mapping as MappingOf, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.reference.codes import Lists
from app.reference.queries import labels_of
from app.reference.schemas import Coded, coded
from app.rest.asked import period_asked
from app.rest.pagination import (
    decode_cursor,
    decode_texts_cursor,
    encode_cursor,
    encode_texts_cursor,
    not_our_cursor,
    rfc3339_exact,
)
from app.rest.wire import parse_id, parse_instant
from app.spreadsheet import to_csv
from app.wmnow import record_queries as queries
from app.wmnow.mapping import CODE_LISTS, WMNOW
from app.wmnow.models import WmnowRecord, WmnowRejected, WmnowVersion
from app.wmnow.schemas import (
    FaultResponse,
    GroupSeen,
    Provenance,
    RecordDetail,
    RecordFilter,
    RecordPage,
    RecordResponse,
    RejectedPage,
    RejectedRow,
    UnknownWord,
    UnknownWords,
    VersionResponse,
)

_USUAL_SPAN = timedelta(days=366)
_MOST_IN_FILE = 100_000
_REJECTED_COLUMNS = ("run_id", "row", "source_record_id", "occurred_at", "column", "code", "detail")
_PLAIN = (
    "id", "source_record_id", "id_derived", "version", "source_version", "source_changed_at", "occurred_at", "ended_at",
    "recorded_at", "time_ambiguous", "collar_number", "officer_id", "team_ref", "lpa_ref", "sector_ref",
    "neighbourhood_ref", "team_id", "area_id", "place_area_id", "precision", "people_reached", "planned", "published",
    "patrol_ref", "engagement_ref", "first_received_at", "last_received_at", "missing_since", "deleted_at", "erased_at",
)  # fmt: skip


@requires(Permission.WMNOW_READ)
def read_record(session: Session, caller: Caller, record_id: UUID, now: datetime) -> RecordDetail:
    """One record the caller may see, with every version of it and how each came."""
    row = queries.record_seen(session, caller, record_id, now)
    if row is None:
        raise out_of_sight("wmnow-record:read")
    versions = queries.versions_of(session, record_id)
    _consulted(session, caller, "wmnow-record:read", [row], now)
    (told,) = _describe(session, caller, [row], now)
    return RecordDetail(**told, versions=[_version(*each) for each in versions])


@requires(Permission.WMNOW_READ)
def list_records(
    session: Session, caller: Caller, wanted: RecordFilter, cursor: str | None, limit: int, now: datetime
) -> RecordPage:
    """A page of records in the caller's scope, latest first."""
    after = decode_cursor(cursor) if cursor is not None else None
    rows = queries.records_seen(session, caller, wanted, after, limit + 1, now)
    page = rows[:limit]
    _consulted(session, caller, "wmnow-record:list", page, now)
    last = page[-1] if len(rows) > limit else None
    following = None if last is None or last.occurred_at is None else encode_cursor(last.occurred_at, last.id)
    items = [RecordResponse(**each) for each in _describe(session, caller, page, now)]
    return RecordPage(items=items, next_cursor=following)


def _consulted(
    session: Session, caller: Caller, operation: str, rows: Sequence[WmnowRecord], now: datetime
) -> None:
    people = {row.officer_id for row in rows if row.officer_id is not None}
    subjects = {"wmnow_record": [row.id for row in rows], "officer": people}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def _describe(
    session: Session, caller: Caller, rows: Sequence[WmnowRecord], now: datetime
) -> list[dict[str, Any]]:
    """Records as they are answered, in words of today."""
    lists = labels_of(session, caller.force_id, list(CODE_LISTS.values()), london_day(now))
    return [_described(row, lists) for row in rows]


def _described(row: WmnowRecord, lists: Lists) -> dict[str, Any]:
    def told(of: str, code: str | None) -> Coded | None:
        return None if code is None else coded(lists, CODE_LISTS[of], code)

    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "source": row.source_system,
        "lat": row.latitude,
        "lon": row.longitude,
        **{of: told(of, getattr(row, of)) for of in ("engagement_type", "method", "priority_group")},
        "topics": [coded(lists, CODE_LISTS["topics"], each) for each in row.topics],
        "groups_reached": [
            GroupSeen(
                **coded(lists, CODE_LISTS["groups_reached"], each["group"]).model_dump(), people=each["count"]
            )
            for each in row.groups_reached
        ],
        "unknown": row.unknown_codes,
    }


def _version(row: WmnowVersion, file_sha256: str | None) -> VersionResponse:
    return VersionResponse(
        version=row.version,
        deleted=row.deleted,
        content=row.content,
        provenance=Provenance(
            run_id=row.run_id,
            channel=row.channel,
            file_sha256=file_sha256,
            row_number=row.row_number,
            received_at=row.received_at,
            mapping=row.mapping,
            content_sha256=row.content_hash.hex(),
        ),
    )


@requires(Permission.WMNOW_REPORT)
def read_unknown(
    session: Session, caller: Caller, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> UnknownWords:
    """Words of the tracker that stand for nothing here, the most frequent first; of a year unless asked otherwise."""
    since, until = period_asked(from_at, to_at, now, _USUAL_SPAN)
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for words, at in queries.unknown_words(session, caller, since, until, now):
        for word in words:
            times[word].append(at)
    subjects = {"period": [since.isoformat(), until.isoformat()]}
    consulted(
        session, "wmnow-unknown:read", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id
    )
    return UnknownWords(
        source=WMNOW,
        records=queries.records_counted(session, caller, since, until, now),
        items=[
            _unknown(word, at) for word, at in sorted(times.items(), key=lambda one: (-len(one[1]), one[0]))
        ],
    )


def _unknown(said: str, times: Sequence[datetime]) -> UnknownWord:
    of, _, word = said.partition(":")
    return UnknownWord(
        field=of,
        word=word,
        list=CODE_LISTS.get(of),
        records=len(times),
        first_at=min(times),
        last_at=max(times),
    )


@requires(Permission.WMNOW_IMPORT)
def list_rejected(
    session: Session, caller: Caller, run_id: UUID | None, cursor: str | None, limit: int, now: datetime
) -> RejectedPage:
    """A page of rows that could not be taken, the latest run first."""
    rows = queries.rejected_rows(session, caller.force_id, run_id, _after(cursor), limit + 1)
    page = rows[:limit]
    _rejected_logged(session, caller, page, now)
    last = page[-1] if len(rows) > limit else None
    following = (
        None
        if last is None
        else encode_texts_cursor([rfc3339_exact(last.received_at), str(last.run_id), str(last.number)])
    )
    return RejectedPage(items=[_rejected(row) for row in page], next_cursor=following)


@requires(Permission.WMNOW_IMPORT)
def rejected_table(session: Session, caller: Caller, run_id: UUID | None, now: datetime) -> str:
    """Rejected rows as CSV, a line for each fault."""
    rows = queries.rejected_rows(session, caller.force_id, run_id, None, _MOST_IN_FILE)
    _rejected_logged(session, caller, rows, now)
    return to_csv(
        _REJECTED_COLUMNS,
        (
            (
                str(row.run_id), row.number, row.source_record_id,
                None if row.occurred_at is None else row.occurred_at.isoformat(),
                fault["column"], fault["code"], fault["detail"],
            )
            for row in rows
            for fault in row.faults
        ),
    )  # fmt: skip


def _after(cursor: str | None) -> tuple[datetime, UUID, int] | None:
    if cursor is None:
        return None
    at, run_id, number = decode_texts_cursor(cursor, 3)
    try:
        return parse_instant(at), parse_id(run_id), int(number)
    except ValueError:
        raise not_our_cursor() from None


def _rejected_logged(session: Session, caller: Caller, rows: Sequence[WmnowRejected], now: datetime) -> None:
    subjects: MappingOf[str, Sequence[UUID]] = {"wmnow_run": sorted({row.run_id for row in rows})}
    consulted(
        session, "wmnow-rejected:list", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id
    )


def _rejected(row: WmnowRejected) -> RejectedRow:
    return RejectedRow(
        run_id=row.run_id,
        number=row.number,
        channel=row.channel,
        source_record_id=row.source_record_id,
        occurred_at=row.occurred_at,
        area_id=row.area_id,
        received_at=row.received_at,
        faults=[FaultResponse.model_validate(each) for each in row.faults],
    )
