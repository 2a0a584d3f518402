"""Sums of the tracker's rows and of our engagements by the same keys, through the gate. One statement for each kind of
sum, however many rows come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlmodel import Session, col

from app.areas.scope import RowOwners, visible
from app.areas.tallies import place_key
from app.clock import london_day
from app.database.durations import whole_minutes
from app.engagements.models import Engagement
from app.engagements.recording import ENGAGEMENT, HOTSPOT_CONTACT
from app.identity.permissions import Caller, Permission
from app.imports.queries import all_there
from app.wmnow.link_queries import engagement_gate, linked_pairs
from app.wmnow.mapping import WMNOW
from app.wmnow.models import WmnowRecord, WmnowRejected
from app.wmnow.reconciliation import PERCENTS, Counts, Lag
from app.wmnow.record_queries import answers_for

Key = tuple[Any, ...]
_REPORT = Permission.WMNOW_REPORT


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for which time, and by which keys of `areas.tallies`."""

    caller: Caller
    day: date
    from_at: datetime
    to_at: datetime
    by: tuple[str, ...]

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last London day."""
        return london_day(self.from_at), london_day(self.to_at - timedelta(microseconds=1))


def tracker_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """What is held of the tracker's, by key."""
    row = WmnowRecord
    stands = col(row.deleted_at).is_(None)
    pairs = linked_pairs(asked.caller.force_id)
    told: dict[str, ColumnElement[bool]] = {
        "deleted": col(row.deleted_at).is_not(None),
        "changed": and_(stands, col(row.version) > 1),
        "missing": and_(stands, col(row.missing_since).is_not(None)),
        "id_derived": and_(stands, col(row.id_derived)),
        "unknown": and_(stands, cast(col(row.unknown_codes), String) != "[]"),
        "nobody": and_(stands, col(row.officer_id).is_(None)),
        "linked": and_(stands, col(row.id).in_(select(pairs.c.record_id))),
    }
    rows = select(
        col(row.area_id).label("area_id"),
        col(row.team_id).label("team_id"),
        col(row.occurred_at).label("occurred_at"),
        *(case((true, 1), else_=0).label(name) for name, true in told.items()),
        literal(1).label("imported"),
    ).where(answers_for(asked.caller, asked.day), *_within(row.occurred_at, asked))
    return _added_up(session, rows.subquery(), asked, (*told, "imported"))


def ours_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """Our engagements, by key; what was taken back is not there."""
    row = Engagement
    counts = col(row.counted_as) == ENGAGEMENT
    pairs = linked_pairs(asked.caller.force_id)
    told: dict[str, ColumnElement[bool]] = {
        "ours": counts,
        "ours_linked": and_(counts, col(row.id).in_(select(pairs.c.engagement_id))),
        "hotspot_contacts": col(row.counted_as) == HOTSPOT_CONTACT,
    }
    rows = select(
        col(row.area_id).label("area_id"),
        col(row.team_id).label("team_id"),
        col(row.occurred_at).label("occurred_at"),
        *(case((true, 1), else_=0).label(name) for name, true in told.items()),
    ).where(
        engagement_gate(asked.caller, asked.day, _REPORT),
        col(row.voided_at).is_(None),
        *_within(row.occurred_at, asked),
    )
    return _added_up(session, rows.subquery(), asked, tuple(told))


def rejected_by(session: Session, asked: Question) -> dict[Key, Counts]:
    """What could not be taken, by key: the latest of each id, told apart by whether anything is held of it."""
    rows = _rejected(asked.caller.force_id)
    held = rows.c.held_id.is_not(None)
    told = select(
        rows.c.area_id,
        rows.c.occurred_at,
        case((held, 0), else_=1).label("rejected"),
        case((and_(held, rows.c.received_at > rows.c.last_received_at), 1), else_=0).label("outdated"),
    ).where(_rejected_gate(asked, rows), *_within(rows.c.occurred_at, asked))
    return _added_up(session, told.subquery(), asked, ("rejected", "outdated"))


def rejected_without_time(session: Session, asked: Question) -> int:
    """How many rows came in the time asked for, were rejected, are not held and do not say when it happened."""
    rows = _rejected(asked.caller.force_id)
    counted = select(func.count()).where(
        _rejected_gate(asked, rows),
        rows.c.occurred_at.is_(None),
        rows.c.held_id.is_(None),
        *_within(rows.c.received_at, asked),
    )
    found: int = session.execute(counted).scalar_one()
    return found


def _rejected_gate(asked: Question, rows: Subquery) -> ColumnElement[bool]:
    owners = RowOwners(force_id=rows.c.force_id, area_id=rows.c.area_id)
    return visible(asked.caller, asked.day, owners, _REPORT)


def _rejected(force_id: UUID) -> Subquery:
    """The latest rejection of each id and all that bear none, with the record that is held of it."""
    row = WmnowRejected
    latest_first = (col(row.received_at).desc(), col(row.run_id).desc(), col(row.number).desc())
    place = func.row_number().over(partition_by=col(row.source_record_id), order_by=latest_first)
    each = (
        select(
            col(row.force_id),
            col(row.area_id),
            col(row.occurred_at),
            col(row.received_at),
            col(row.source_record_id),
            case((col(row.source_record_id).is_(None), 1), else_=place).label("place"),
        )
        .where(col(row.force_id) == force_id, all_there(col(row.received_at)))
        .subquery()
    )
    record = WmnowRecord
    same = and_(
        col(record.force_id) == each.c.force_id,
        col(record.source_system) == WMNOW,
        col(record.source_record_id) == each.c.source_record_id,
        all_there(col(record.first_received_at)),
    )
    return (
        select(*each.c, col(record.id).label("held_id"), col(record.last_received_at))
        .select_from(each)
        .outerjoin(record, same)
        .where(each.c.place == 1)
        .subquery()
    )


def lags_by(session: Session, asked: Question) -> dict[Key, Lag]:
    """From when it happened to when it was typed, by key, of records that say both. With no keys: of all together.

    The database finds the percentiles: a year of records is a row for each key here.
    """
    row = WmnowRecord
    before = col(row.recorded_at) < col(row.occurred_at)
    rows = (
        select(
            col(row.area_id).label("area_id"),
            col(row.team_id).label("team_id"),
            col(row.occurred_at).label("occurred_at"),
            case((before, None), else_=whole_minutes(col(row.occurred_at), col(row.recorded_at))).label(
                "minutes"
            ),
        )
        .where(
            answers_for(asked.caller, asked.day),
            col(row.deleted_at).is_(None),
            col(row.recorded_at).is_not(None),
            *_within(row.occurred_at, asked),
        )
        .subquery()
    )
    source, keys = _keys(rows, asked)
    named = [key.label(f"key_{number}") for number, key in enumerate(keys)]
    after, place = func.count(rows.c.minutes), func.row_number()
    placed = (
        select(
            rows.c.minutes,
            after.over(partition_by=keys or None).label("after"),
            place.over(partition_by=keys or None, order_by=rows.c.minutes.nulls_last()).label("place"),
            *named,
        )
        .select_from(source)
        .subquery()
    )

    def ranked(percent: int) -> ColumnElement[int]:
        at = (placed.c.after * percent + 99) // 100
        return func.max(case((placed.c.place == at, placed.c.minutes)))

    told = [placed.c[each.name] for each in named]
    counts = (func.count(placed.c.minutes), func.count() - func.count(placed.c.minutes))
    figures = (*counts, *(ranked(each) for each in PERCENTS))
    query = select(*figures, *told).select_from(placed).group_by(*told)
    return {tuple(row[len(figures) :]): Lag(*row[: len(figures)]) for row in session.execute(query)}


def _within(at: Any, asked: Question) -> list[ColumnElement[bool]]:
    return [at >= asked.from_at, at < asked.to_at]


def _keys(rows: Subquery, asked: Question) -> tuple[FromClause, list[ColumnElement[Any]]]:
    source: FromClause = rows
    keys: list[ColumnElement[Any]] = []
    for by in asked.by:
        source, key = place_key(source, rows, by, asked.caller.force_id, asked.days)
        keys.append(key)
    return source, keys


def _added_up(session: Session, rows: Subquery, asked: Question, names: Sequence[str]) -> dict[Key, Counts]:
    source, keys = _keys(rows, asked)
    sums = [func.coalesce(func.sum(rows.c[name]), 0) for name in names]
    query = select(*sums, *keys).select_from(source).group_by(*keys)
    found: dict[Key, Counts] = {}
    for told in session.execute(query):
        counted, key = told[: len(names)], tuple(told[len(names) :])
        found[key] = Counts(**{name: int(count) for name, count in zip(names, counted, strict=True)})
    return found
