"""Engagements added up by key, through the gate, and what was not reached for how long."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    FromClause,
    Integer,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlmodel import Session, col

from app.areas.tallies import AREA_KINDS, place_key
from app.engagements.models import Engagement, EngagementOfficer, EngagementTick, TickOf
from app.engagements.queries import HELD_BY_PLACE, HELD_IN, answers_for, conditions
from app.engagements.reach import ASSESSMENT
from app.engagements.recording import ENGAGEMENT, HOTSPOT_CONTACT
from app.engagements.reporting import TICKED, EngagementBy, Sums
from app.engagements.schemas import EngagementFilter
from app.identity.permissions import Caller
from app.patrols.models import PatrolVoid
from app.reference.codes import Label

Key = UUID | str | None
_CODES = {EngagementBy.TYPE: "engagement_type", EngagementBy.METHOD: "method"}


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what, by what."""

    caller: Caller
    day: date
    by: EngagementBy
    wanted: EngagementFilter
    days: tuple[date, date]


def sums_by(session: Session, asked: Question, bands: Mapping[str, Label]) -> dict[Key, Sums]:
    """What stands under each key of a grouping."""
    rows = _rows(asked).subquery()
    return _added_up(session, rows, _key(rows, asked), bands)


def sums_in_all(session: Session, asked: Question, bands: Mapping[str, Label]) -> Sums:
    """Everything asked for, each engagement once."""
    rows = _rows(asked).subquery()
    found = _added_up(session, rows, _Keyed(rows, literal(None)), bands)
    return next(iter(found.values()), Sums())


def _placed(by: EngagementBy) -> Any:
    return HELD_IN if AREA_KINDS.get(by.value) in HELD_BY_PLACE else col(Engagement.area_id)


def _rows(asked: Question) -> Any:
    row = Engagement
    return select(
        col(row.id).label("id"),
        col(row.captured_by).label("officer_id"),
        col(row.team_id).label("team_id"),
        _placed(asked.by).label("area_id"),
        col(row.occurred_at).label("occurred_at"),
        col(row.engagement_type).label("engagement_type"),
        col(row.method).label("method"),
        col(row.counted_as).label("counted_as"),
        col(row.planned).label("planned"),
        col(row.published).label("published"),
        col(row.minutes).label("minutes"),
        col(row.people_reached).label("people_reached"),
        col(row.reach_band).label("reach_band"),
        exists().where(col(PatrolVoid.id) == col(row.patrol_id)).label("on_voided_patrol"),
    ).where(answers_for(asked.caller, asked.day), *conditions(asked.wanted))


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What to select from and by which key; `people` are those of the ticked group, as far as an officer counted."""

    source: FromClause
    key: Any
    people: Any = None


def _key(rows: Subquery, asked: Question) -> _Keyed:
    by = asked.by
    if by in _CODES:
        return _Keyed(rows, rows.c[_CODES[by]])
    if by in TICKED:
        tick = EngagementTick
        ticked = rows.join(tick, and_(col(tick.engagement_id) == rows.c.id, col(tick.of) == TickOf(by.value)))
        return _Keyed(ticked, col(tick.code), case((col(tick.basis) == ASSESSMENT, col(tick.people))))
    if by is EngagementBy.OFFICER:
        took_part = union_all(
            select(rows.c.id.label("engagement_id"), rows.c.officer_id.label("officer_id")),
            select(
                col(EngagementOfficer.engagement_id).label("engagement_id"),
                col(EngagementOfficer.officer_id).label("officer_id"),
            ).where(col(EngagementOfficer.engagement_id).in_(select(rows.c.id))),
        ).subquery()
        joined = rows.join(took_part, took_part.c.engagement_id == rows.c.id)
        return _Keyed(joined, took_part.c.officer_id)
    return _Keyed(*place_key(rows, rows, by.value, asked.caller.force_id, asked.days))


def _added_up(session: Session, rows: Subquery, by: _Keyed, bands: Mapping[str, Label]) -> dict[Key, Sums]:
    c = rows.c
    counted, contact = c.counted_as == ENGAGEMENT, c.counted_as == HOTSPOT_CONTACT
    # A band stands in where nobody counted.
    band = case((c.people_reached.is_(None), c.reach_band), else_=None)
    no_number = and_(c.people_reached.is_(None), counted)
    people = literal(None, Integer()) if by.people is None else by.people
    query = (
        select(
            by.key.label("key"),
            band.label("band"),
            func.sum(case((counted, 1), else_=0)),
            func.sum(case((contact, 1), else_=0)),
            func.sum(case((c.on_voided_patrol, 1), else_=0)),
            func.sum(case((and_(counted, c.planned), 1), else_=0)),
            func.sum(case((and_(counted, c.published), 1), else_=0)),
            func.coalesce(func.sum(case((counted, c.minutes), else_=0)), 0),
            func.coalesce(func.sum(case((counted, c.people_reached), else_=0)), 0),
            func.sum(case((no_number, 1), else_=0)),
            func.coalesce(func.sum(people), 0),
            func.count(people),
        )
        .select_from(by.source)
        .group_by(by.key, band)
    )
    found: defaultdict[Key, Sums] = defaultdict(Sums)
    for (
        each,
        code,
        engagements,
        contacts,
        on_voided,
        planned,
        published,
        minutes,
        counted_people,
        banded,
        group,
        group_counts,
    ) in session.execute(query):
        low, high = _span(bands, code)
        found[each] += Sums(
            engagements=engagements,
            hotspot_contacts=contacts,
            on_voided_patrols=on_voided,
            planned=planned,
            published=published,
            minutes=minutes,
            people_at_least=counted_people + banded * (low or 0),
            people_at_most=counted_people + banded * (high or low or 0),
            unbounded=banded if high is None else 0,
            group_people=group,
            group_counts=group_counts,
        )
    return dict(found)


def _span(bands: Mapping[str, Label], code: str | None) -> tuple[int | None, int | None]:
    label = bands.get(code or "")
    if label is None:
        return None, None
    low, high = label.attribute("from"), label.attribute("to")
    return int(low) if low else None, int(high) if high else None


def last_by(session: Session, asked: Question) -> dict[Key, datetime]:
    """When each key was reached last, in all the time there is on record until `to`."""
    rows = _rows(asked).subquery()
    by = _key(rows, asked)
    query = select(by.key, func.max(rows.c.occurred_at)).select_from(by.source).group_by(by.key)
    return {row[0]: row[1] for row in session.execute(query)}
