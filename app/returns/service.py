"""Writes recorded hours, schemes and closings: the only writer of this slice's rows.

Our own hours are never written here; they are added up where patrols keep them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.clock import london_day, to_ms
from app.database.model import insert_if_absent
from app.database.turns import take_turns
from app.facts.content import content_hash
from app.facts.service import recognise
from app.identity.permissions import Caller, Permission, requires
from app.identity.queries import rank_on
from app.patrols import month_hours
from app.problems import out_of_sight
from app.returns import freezing, queries
from app.returns.asking import Asked
from app.returns.counting import Evidence, net_of_others
from app.returns.importing import RecordChange
from app.returns.models import ClosingRow, PeriodClosing, RecordedHours, RecordedSlice, ReportingScheme
from app.returns.periods import Span, due_in
from app.returns.problems import closed_already, earlier_open, not_over, period_unknown
from app.returns.schemas import ClosingRequest, ClosingResponse
from app.returns.scheming import SchemeChange
from app.returns.slicing import sliced

SCHEMA_VERSION = 1
_COPIED = (
    "force_id", "officer_id", "hotspot_id", "area_id", "channel", "reference", "agency", "evidence", "programme",
    "uniform_state", "funding", "operation", "cost_code", "persons",
)  # fmt: skip
_DAY = timedelta(days=1)


def turn_at_records(session: Session, force_id: UUID) -> None:
    """Writing recorded hours and erasing their officers take turns: neither brings back what the other took away."""
    take_turns(session, [uuid5(force_id, "recorded-hours")])


def write_records(
    session: Session,
    force_id: UUID,
    changes: Sequence[RecordChange],
    imported_by: UUID | None,
    now: datetime,
) -> list[UUID]:
    """Writes a version of each record; the versions before stay, without hours. The import holds the force and logs
    it."""
    turn_at_records(session, force_id)
    connection = session.connection()
    touched: defaultdict[UUID, list[datetime]] = defaultdict(list)
    written: list[RecordedHours] = []
    for change in changes:
        channel, reference = change.key
        if change.version > 1:
            _supersede(session, force_id, change, touched, now)
        row = RecordedHours(
            id=uuid4(), force_id=force_id, channel=channel, reference=reference, version=change.version,
            imported_by=imported_by, imported_at=now, **change.recorded.values(),
        )  # fmt: skip
        written.append(row)
        _touch(touched, row)
    if written:
        connection.execute(insert(RecordedHours), [row.model_dump() for row in written])
    slices = [one for row in written if row.officer_id is None for one in _slices(row, None)]
    if slices:
        connection.execute(insert(RecordedSlice), slices)
    for officer_id in sorted(touched):
        _settle(session, officer_id, min(touched[officer_id]), max(touched[officer_id]))
    return [row.id for row in written]


def _supersede(
    session: Session,
    force_id: UUID,
    change: RecordChange,
    touched: defaultdict[UUID, list[datetime]],
    now: datetime,
) -> None:
    before = queries.record_standing(session, force_id, change.key)
    connection = session.connection()
    connection.execute(delete(RecordedSlice).where(col(RecordedSlice.recorded_id) == before.id))
    connection.execute(
        update(RecordedHours).where(col(RecordedHours.id) == before.id).values(superseded_at=now)
    )
    session.expire(before)
    _touch(touched, before)


def _touch(touched: defaultdict[UUID, list[datetime]], row: RecordedHours) -> None:
    if row.officer_id is not None and row.starts_at is not None and row.ends_at is not None:
        touched[row.officer_id] += [row.starts_at, row.ends_at]


def _settle(session: Session, officer_id: UUID, from_at: datetime, to_at: datetime) -> None:
    """Cuts an officer's records anew where they may have come to overlap others or overlap them no more."""
    rows = queries.records_around(session, officer_id, from_at - _DAY, to_at + _DAY)
    order = list(Evidence)
    spans = [
        (row.id, (order.index(row.evidence), row.starts_at, row.channel, row.reference), _span(row))
        for row in rows
        if row.lasted_ms
    ]
    left = net_of_others(spans)
    again = [
        row
        for row in rows
        if row.starts_at and row.ends_at and row.starts_at < to_at and row.ends_at > from_at
    ]
    connection = session.connection()
    connection.execute(
        delete(RecordedSlice).where(col(RecordedSlice.recorded_id).in_([row.id for row in again]))
    )
    slices = [one for row in again for one in _slices(row, left.get(row.id, ()))]
    if slices:
        connection.execute(insert(RecordedSlice), slices)


def _span(row: RecordedHours) -> tuple[int, int]:
    if row.starts_at is None or row.ends_at is None:
        raise ValueError("a record of one officer has its times")
    return to_ms(row.starts_at), to_ms(row.ends_at)


def _slices(row: RecordedHours, left: Iterable[tuple[int, int]] | None) -> list[dict[str, Any]]:
    span = _span(row) if row.starts_at is not None else None
    return [
        {
            "id": uuid4(),
            "recorded_id": row.id,
            **{name: getattr(row, name) for name in _COPIED},
            "day": each.day,
            "recorded_ms": each.recorded_ms,
            "counted_ms": each.counted_ms,
            "patrol_ms": each.patrol_ms,
            "intervals": [list(one) for one in each.intervals] if each.intervals is not None else None,
        }
        for each in sliced(row.day, span, row.lasted_ms, row.persons, left)
    ]


def write_schemes(
    session: Session, force_id: UUID, changes: Sequence[SchemeChange], now: datetime
) -> list[UUID]:
    """Writes a version of each scheme; those before stay. The ids of the schemes. The import logs it."""
    known = queries.scheme_ids(session, force_id)
    found = []
    for change in changes:
        scheme = change.scheme
        scheme_id = known.get(scheme.code) or uuid4()
        session.connection().execute(
            update(ReportingScheme)
            .where(col(ReportingScheme.scheme_id) == scheme_id, col(ReportingScheme.superseded_at).is_(None))
            .values(superseded_at=now)
        )
        values = {
            "id": uuid4(),
            "scheme_id": scheme_id,
            "force_id": force_id,
            "code": scheme.code,
            "version": change.version,
            "name": scheme.name,
            "first_day": scheme.span.first,
            "last_day": scheme.span.last,
            "target_ms": scheme.target_ms,
            "rules": dict(scheme.rules),
            "recorded_at": now,
        }
        session.connection().execute(insert(ReportingScheme), values)
        found.append(scheme_id)
    return found


@dataclass(frozen=True, slots=True)
class Closed:
    closing: ClosingResponse
    created: bool


@requires(Permission.RETURNS_CLOSE)
def close_period(
    session: Session,
    caller: Caller,
    scheme_id: UUID,
    closing_id: UUID,
    request: ClosingRequest,
    now: datetime,
) -> Closed:
    """Signs a period off: its hours as they stand, and what came or went since in those closed before. 409 when it is
    not over, closed already, or an earlier one is open and the request does not say so."""
    today = london_day(now)
    queries.hold_scheme(session, scheme_id)
    version = queries.scheme_seen(session, caller, today, scheme_id)
    if version is None:
        raise out_of_sight("returns.close")
    content = content_hash("closing", SCHEMA_VERSION, request)
    held = queries.closings_of(session, caller, today, scheme_id)
    if queries.closing_id_known(session, closing_id):
        recognise(session, PeriodClosing, closing_id, content, caller.officer_id)
        return Closed(freezing.describe_closing(session, caller, version, closing_id, now), created=False)
    span = _closable(version, request, held, today)
    scheme = queries.scheme_of(version)
    asked = Asked(caller, today, now, span, scheme.rule)
    month_hours.hold(session, caller.force_id, scheme.span.first, span.last)
    frozen = freezing.frozen_rows(session, asked, version, held)
    rows = [
        {**row, "id": uuid4(), "closing_id": closing_id, "number": number}
        for number, row in enumerate(frozen)
    ]
    values = {
        "id": closing_id,
        "content_hash": content,
        "captured_by": caller.officer_id,
        "uploaded_by": caller.officer_id,
        "received_at": now,
        "force_id": caller.force_id,
        "scheme_id": scheme_id,
        "scheme_version_id": version.id,
        "first_day": span.first,
        "last_day": span.last,
        "rank": rank_on(session, caller.officer_id, today),
        "note": request.note,
        "provisional": freezing.provisional_at(session, asked),
        "target_ms": due_in(scheme.target_ms, scheme.span, span),
        "row_count": len(rows),
        "rows_sha256": freezing.hashed(frozen),
    }
    if not insert_if_absent(session, PeriodClosing, values):
        raise closed_already(span)
    if rows:
        session.connection().execute(insert(ClosingRow), rows)
    subjects = {"scheme": [scheme_id], "closing": [closing_id]}
    changed(
        session, "returns.close", now, subjects, actor_id=caller.officer_id, force_id=caller.force_id,
        action=Action.COLLECT, reason=request.note,
    )  # fmt: skip
    return Closed(freezing.describe_closing(session, caller, version, closing_id, now), created=True)


def _closable(
    version: ReportingScheme, request: ClosingRequest, held: Sequence[PeriodClosing], today: Any
) -> Span:
    """The period a request names, when it may be closed."""
    spans = freezing.periods_of(version)
    span = next((each for each in spans if each.key == request.period), None)
    if span is None:
        raise period_unknown("#/period", [each.key for each in spans])
    if span.last >= today:
        raise not_over(span)
    closed = {each.first_day for each in held}
    if span.first in closed:
        raise closed_already(span)
    earlier = [each.key for each in spans if each.first < span.first and each.first not in closed]
    if earlier and not request.earlier_open:
        raise earlier_open(earlier)
    return span
