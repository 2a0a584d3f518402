"""Abstractions added up by key, through the gate."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Subquery, and_, case, func, literal, select
from sqlmodel import Session, col

from app.abstractions.models import Abstraction
from app.abstractions.queries import answers_for, conditions
from app.abstractions.recording import CONFIRMED, DISPUTED
from app.abstractions.reporting import AbstractionBy, Person, Sums
from app.abstractions.schemas import AbstractionFilter
from app.areas.tallies import place_key
from app.identity.permissions import Caller, Permission

Key = UUID | str | None
_CODES = {
    AbstractionBy.TYPE: "reason_code",
    AbstractionBy.CLASS: "reason_class",
    AbstractionBy.LEVEL: "authority_level",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what, by what, and until when what goes on is counted."""

    caller: Caller
    day: date
    by: AbstractionBy
    person: Person
    wanted: AbstractionFilter
    days: tuple[date, date]
    now_ms: int


def sums_by(session: Session, asked: Question) -> dict[Key, Sums]:
    """What stands under each key of a grouping."""
    rows = _rows(asked)
    source, key = _key(rows, asked)
    return _added_up(session, source, rows, key, asked.now_ms)


def sums_in_all(session: Session, asked: Question) -> Sums:
    """Everything asked for."""
    rows = _rows(asked)
    found = _added_up(session, rows, rows, literal(None), asked.now_ms)
    return next(iter(found.values()), Sums())


def _rows(asked: Question) -> Subquery:
    row = Abstraction
    authorising = asked.by is AbstractionBy.OFFICER and asked.person is Person.AUTHORISING
    return (
        select(
            col(row.authorised_by if authorising else row.officer_id).label("officer_id"),
            col(row.team_id).label("team_id"),
            col(row.area_id).label("area_id"),
            col(row.starts_at).label("occurred_at"),
            col(row.reason_code).label("reason_code"),
            col(row.reason_class).label("reason_class"),
            col(row.authority_level).label("authority_level"),
            col(row.starts_ms).label("starts_ms"),
            col(row.ends_ms).label("ends_ms"),
            col(row.counts).label("counts"),
            col(row.status).label("status"),
            col(row.backfilled).label("backfilled"),
        )
        .where(
            answers_for(asked.caller, asked.day, Permission.ABSTRACTIONS_REPORT), *conditions(asked.wanted)
        )
        .subquery()
    )


def _key(rows: Subquery, asked: Question) -> tuple[FromClause, Any]:
    if asked.by in _CODES:
        return rows, rows.c[_CODES[asked.by]]
    return place_key(rows, rows, asked.by.value, asked.caller.force_id, asked.days)


def _added_up(session: Session, source: FromClause, rows: Subquery, key: Any, now_ms: int) -> dict[Key, Sums]:
    c = rows.c
    until = case((c.ends_ms.is_not(None), c.ends_ms), (c.starts_ms > now_ms, c.starts_ms), else_=now_ms)
    length = case((until > c.starts_ms, until - c.starts_ms), else_=0)

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    def time(condition: Any) -> Any:
        return func.coalesce(func.sum(case((and_(c.counts, condition), length), else_=0)), 0)

    query = (
        select(
            key,
            func.count(),
            number(c.counts),
            time(literal(True)),
            number(c.status == CONFIRMED),
            number(c.status == DISPUTED),
            number(and_(c.counts, c.backfilled)),
            number(and_(c.counts, c.ends_ms.is_(None))),
            time(c.reason_class == "LOCAL"),
            time(c.reason_class == "CENTRAL"),
            time(c.reason_class == "MANDATORY"),
        )
        .select_from(source)
        .group_by(key)
    )
    return {row[0]: Sums(*(int(each) for each in row[1:])) for row in session.execute(query)}
