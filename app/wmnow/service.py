"""Stores what the tracker says, by whichever way it came: the only writer of its records."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping as MappingOf, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col

from app.audit.models import Action
from app.audit.service import changed
from app.database.turns import take_turn_if_free, take_turns
from app.wmnow import queries
from app.wmnow.mapping import Mapping
from app.wmnow.models import TrackerChannel, WmnowRecord, WmnowVersion
from app.wmnow.placing import Meanings
from app.wmnow.queries import HeldRecord
from app.wmnow.record_columns import content_columns, edition_columns, meant_columns, resolved_columns
from app.wmnow.records import (
    CHANGES,
    Held,
    SourceRecord,
    Step,
    counted_anew,
    heard_again,
    record_id,
    step,
    taken,
)
from app.wmnow.resolving import Resolved

_AT_ONCE = 1000
_TURN = UUID("6a0c4a1e-5c3b-5d9f-8d43-6b1f0f5c9e01")
# By what a record is known; never written again.
_NAMES = ("force_id", "source_system", "source_record_id", "id_derived")


@dataclass(frozen=True, slots=True)
class Origin:
    """By which way records come: the channel, its run, and the mapping they were read by; `anew_since` is since when
    the tracker counts its versions anew, where it does."""

    channel: TrackerChannel
    run_id: UUID
    mapping: Mapping
    now: datetime
    anew_since: datetime | None


@dataclass
class Stored:
    """What became of records, by step. `reread` are unchanged ones whose words stand for something else by now."""

    steps: Counter[Step] = field(default_factory=Counter)
    reread: int = 0

    def __getitem__(self, of: Step) -> int:
        return self.steps[of]


def may_store(session: Session, force_id: UUID) -> bool:
    """Whether nobody else stores records of a force at this moment; if so, others wait until the transaction ends.

    For workers that can come back later: on PostgreSQL `store_records` waits, and fails after the lock timeout while a
    long file is being stored.
    """
    return take_turn_if_free(session, uuid5(_TURN, str(force_id)))


def wait_to_store(session: Session, force_id: UUID) -> None:
    """Lets nobody else store records of a force until the transaction ends."""
    take_turns(session, [uuid5(_TURN, str(force_id))])


def compare(session: Session, force_id: UUID, records: Sequence[SourceRecord]) -> list[Step]:
    """What would come of records, in their order; nothing is stored."""
    ids = [record_id(force_id, one.source_system, one.source_record_id) for one in records]
    since = queries.anew_since(session, force_id)
    standing = {
        row_id: counted_anew(each.held, since)
        for row_id, each in queries.held(session, ids, lock=False).items()
    }
    found = []
    for row_id, record in zip(ids, records, strict=True):
        there = standing.get(row_id)
        comes = step(record, there)
        if comes in CHANGES:
            standing[row_id] = taken(record, row_id, there)
        elif comes is Step.UNCHANGED and there is not None:
            standing[row_id] = heard_again(record, there)
        found.append(comes)
    return found


def store_records(
    session: Session,
    force_id: UUID,
    records: Iterable[SourceRecord],
    *,
    channel: TrackerChannel,
    run_id: UUID,
    mapping: Mapping,
    now: datetime,
    actor_id: UUID | None = None,
    meanings: Meanings | None = None,
) -> Stored:
    """Stores records in their order, a thousand at a time: new ones, other versions of held ones, deletions. `meanings`
    spares whoever calls again and again in one transaction the reading of teams, places and outlines.

    Whoever stores records of one force goes one after the other, so that the same record by file, pull and message at
    once is held once. What changed is logged with its ids, an event for each thousand.
    """
    wait_to_store(session, force_id)
    origin = Origin(channel, run_id, mapping, now, queries.anew_since(session, force_id))
    stored = Stored()
    meanings = meanings or Meanings(session, force_id, mapping)
    for some in _chunks(records):
        resolved = list(zip(some, meanings.of(some), strict=True))
        _store_chunk(session, force_id, resolved, origin, stored, actor_id)
    return stored


def store_resolved(
    session: Session, force_id: UUID, records: Sequence[tuple[SourceRecord, Resolved]], origin: Origin
) -> Stored:
    """Stores a few records as `store_records` does, whose words were looked up before: a transaction that others wait
    for does no more than write."""
    wait_to_store(session, force_id)
    stored = Stored()
    _store_chunk(session, force_id, records, origin, stored, None)
    return stored


def _chunks(records: Iterable[SourceRecord]) -> Iterator[list[SourceRecord]]:
    left = iter(records)
    while some := list(islice(left, _AT_ONCE)):
        yield some


@dataclass
class _Chunk:
    """What some records change: rows and versions to write, and unchanged rows that came, mean something else now, or
    have a later version of the tracker's."""

    standing: dict[UUID, HeldRecord]
    held: frozenset[UUID]
    rows: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    versions: list[dict[str, Any]] = field(default_factory=list)
    seen: set[UUID] = field(default_factory=set)
    reread: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    heard: dict[UUID, dict[str, Any]] = field(default_factory=dict)


def _store_chunk(
    session: Session,
    force_id: UUID,
    records: Sequence[tuple[SourceRecord, Resolved]],
    origin: Origin,
    stored: Stored,
    actor_id: UUID | None,
) -> None:
    ids = [record_id(force_id, one.source_system, one.source_record_id) for one, _ in records]
    standing = queries.held(session, ids)
    chunk = _Chunk(standing, frozenset(standing))
    for row_id, (record, resolved) in zip(ids, records, strict=True):
        stored.steps[_take(chunk, row_id, force_id, record, resolved, origin)] += 1
    stored.reread += len(chunk.reread)
    _write(session, chunk)
    _write_seen(session, chunk, origin.now)
    touched = sorted({*chunk.rows, *chunk.reread})
    if touched:
        people = {standing[row_id].resolved.officer_id for row_id in touched}
        changed(
            session, f"wmnow.{origin.channel}.stored", origin.now,
            {
                "wmnow_record": touched,
                "wmnow_run": [origin.run_id],
                "officer": [each for each in people if each is not None],
            },
            actor_id=actor_id, force_id=force_id, action=Action.ALTER,
        )  # fmt: skip


def _take(
    chunk: _Chunk, row_id: UUID, force_id: UUID, record: SourceRecord, resolved: Resolved, origin: Origin
) -> Step:
    there = chunk.standing.get(row_id)
    before = counted_anew(there.held, origin.anew_since) if there else None
    comes = step(record, before)
    if comes in CHANGES:
        if record.deleted and not record.content and there is not None:
            # A deletion that says no more leaves what the words stood for.
            resolved = there.resolved
        held = taken(record, row_id, before, origin.now)
        chunk.versions.append(_version(held, record, origin))
        row = _row(held, force_id, record, resolved, origin)
        chunk.rows[row_id] = {**chunk.rows.get(row_id, {}), **row}
        chunk.standing[row_id] = HeldRecord(held, resolved)
        chunk.reread.pop(row_id, None)
        chunk.heard.pop(row_id, None)
    elif comes is Step.UNCHANGED and there is not None and before is not None:
        held = heard_again(record, before, origin.now)
        chunk.seen.add(row_id)
        if held.edition != there.held.edition:
            chunk.heard[row_id] = edition_columns(held.edition)
        if record.deleted or (there.resolved, there.held.meaning_hash) == (resolved, held.meaning_hash):
            resolved = there.resolved
        else:
            chunk.reread[row_id] = {**meant_columns(record), **resolved_columns(resolved)}
        chunk.standing[row_id] = HeldRecord(held, resolved)
    return comes


def _version(held: Held, record: SourceRecord, origin: Origin) -> dict[str, Any]:
    return {
        "record_id": held.id,
        "version": held.version,
        "content": dict(record.content),
        "content_hash": record.content_hash,
        "deleted": record.deleted,
        "channel": origin.channel,
        "run_id": origin.run_id,
        "row_number": record.row_number,
        "mapping": origin.mapping.label,
        "received_at": origin.now,
    }


def _row(
    held: Held, force_id: UUID, record: SourceRecord, resolved: Resolved, origin: Origin
) -> dict[str, Any]:
    """The columns of a record; a deletion that says no more leaves what was said before."""
    row: dict[str, Any] = {
        "id": held.id,
        "force_id": force_id,
        "source_system": record.source_system,
        "source_record_id": record.source_record_id,
        "id_derived": record.id_derived,
        "version": held.version,
        **edition_columns(held.edition),
        "content_hash": held.content_hash,
        "meaning_hash": held.meaning_hash,
        "last_received_at": origin.now,
        "missing_since": None,
        "deleted_at": origin.now if record.deleted else None,
    }
    if record.content or held.version == 1:
        row |= {**content_columns(record.content), **meant_columns(record), **resolved_columns(resolved)}
        row["time_ambiguous"] = record.time_ambiguous
    return row


def _write(session: Session, chunk: _Chunk) -> None:
    connection = session.connection()
    new = [
        {**row, "first_received_at": row["last_received_at"]}
        for row_id, row in chunk.rows.items()
        if row_id not in chunk.held
    ]
    if new:
        connection.execute(insert(WmnowRecord), new)
    again = [
        {name: value for name, value in chunk.rows[row_id].items() if name not in _NAMES}
        for row_id in sorted(chunk.held & chunk.rows.keys())
    ]
    for some in _alike(again):
        _update(session, some)
    if chunk.versions:
        connection.execute(insert(WmnowVersion), chunk.versions)


def _update(session: Session, rows: Sequence[MappingOf[str, Any]]) -> None:
    """Writes rows that name the same columns, by their ids."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "id"}
    session.connection().execute(
        update(WmnowRecord).where(col(WmnowRecord.id) == bindparam("new_id")).values(values),
        [{f"new_{name}": value for name, value in row.items()} for row in rows],
    )


def _alike(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by the columns they name: deletions name fewer."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(sorted(row)), []).append(row)
    return list(found.values())


def _write_seen(session: Session, chunk: _Chunk, now: datetime) -> None:
    seen = sorted(chunk.seen - chunk.rows.keys())
    if seen:
        session.connection().execute(
            update(WmnowRecord)
            .where(col(WmnowRecord.id).in_(seen))
            .values(last_received_at=now, missing_since=None)
        )
    for columns in (chunk.heard, chunk.reread):
        if columns:
            _update(session, [{"id": row_id, **one} for row_id, one in sorted(columns.items())])


def mark_missing(
    session: Session,
    force_id: UUID,
    record_ids: Sequence[UUID],
    run_id: UUID,
    now: datetime,
    actor_id: UUID | None,
) -> None:
    """Marks records that a full export no longer had and nothing was heard of since; the mark goes when they come
    again."""
    ids = sorted(record_ids)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        session.connection().execute(
            update(WmnowRecord)
            .where(col(WmnowRecord.id).in_(some), col(WmnowRecord.last_received_at) <= now)
            .values(missing_since=now)
        )
        changed(
            session, "wmnow.file.missing", now, {"wmnow_record": some, "wmnow_run": [run_id]},
            actor_id=actor_id, force_id=force_id, action=Action.ALTER,
        )  # fmt: skip


def take_back_missing(session: Session, record_ids: Collection[UUID]) -> None:
    """Takes the mark back from records that a full export has again, though nothing of their rows was taken."""
    ids = sorted(record_ids)
    for start in range(0, len(ids), _AT_ONCE):
        session.connection().execute(
            update(WmnowRecord)
            .where(
                col(WmnowRecord.id).in_(ids[start : start + _AT_ONCE]),
                col(WmnowRecord.missing_since).is_not(None),
            )
            .values(missing_since=None)
        )
