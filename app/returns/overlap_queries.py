"""Finds what recorded hours and our own patrols have in common, as lines that take it off.

Only rows that can overlap are read, by officer and day or by hotspot and day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    case,
    or_,
    select,
)
from sqlmodel import Session, col

from app.areas.models import AreaAncestor, Hotspot
from app.areas.scope import RowOwners, visible
from app.identity.permissions import Permission
from app.patrols.models import CreditedSlice
from app.returns.asking import Asked
from app.returns.counting import (
    OWN,
    RECORDED,
    Line,
    OwnTime,
    Unit,
    line,
    overlap_ms,
    possible_overlap_ms,
)
from app.returns.ledger_queries import (
    OWN_COLUMNS,
    RECORDED_COLUMNS,
    described,
    recorded_conditions,
    told,
)
from app.returns.models import RecordedSlice
from app.returns.slicing import day_span
from app.tracks.intervals import Interval


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is taken off one recorded slice, and the patrols of ours that have it, as far as the caller may see them.

    `sure` where the officer is known; else it is only possible, and taken off the lower bound alone.
    """

    line: Line
    ms: int
    sure: bool
    patrol_ids: tuple[UUID, ...]


def overlaps(session: Session, asked: Asked) -> list[Overlap]:
    """What recorded hours and our own patrols have in common, whoever sees those patrols."""
    return [*_of_officers(session, asked), *_of_erased(session, asked), *_of_places(session, asked)]


def _of_officers(session: Session, asked: Asked) -> list[Overlap]:
    same = and_(
        col(CreditedSlice.officer_id) == col(RecordedSlice.officer_id),
        col(CreditedSlice.day) == col(RecordedSlice.day),
        col(CreditedSlice.force_id) == col(RecordedSlice.force_id),
        col(CreditedSlice.hotspot_id).is_(None),
        _counts(asked),
        told(asked),
    )
    query = _pairs(asked, same).where(col(RecordedSlice.officer_id).is_not(None))
    found = []
    for row, own, seen in _by_record(session, query):
        ms = overlap_ms(_intervals(row["intervals"]), own)
        if ms:
            found.append(Overlap(_record_line(row, asked, ms), ms, True, _touched(row, own, seen)))
    return found


def _of_erased(session: Session, asked: Asked) -> list[Overlap]:
    """What our own patrols had of records whose officers are erased, as it was kept then; which patrols is not told."""
    rows = session.execute(
        select(
            *(column.label(name) for name, column in RECORDED_COLUMNS.items()),
            col(RecordedSlice.own_ms),
        ).where(*recorded_conditions(asked), col(RecordedSlice.own_ms).is_not(None))
    ).mappings()
    counts = asked.rule.counts(OWN)
    found = []
    for row in rows:
        ms = sum(had for grade, had in row["own_ms"].items() if grade in counts)
        if ms:
            found.append(Overlap(_record_line(row, asked, ms), ms, True, ()))
    return found


def _of_places(session: Session, asked: Asked) -> list[Overlap]:
    of_area = (
        select(col(Hotspot.id))
        .join(AreaAncestor, col(AreaAncestor.area_id) == col(Hotspot.area_id))
        .where(col(AreaAncestor.ancestor_id) == col(RecordedSlice.area_id))
        .correlate(RecordedSlice)
    )
    there = or_(
        col(CreditedSlice.hotspot_id) == col(RecordedSlice.hotspot_id),
        and_(col(RecordedSlice.hotspot_id).is_(None), col(CreditedSlice.hotspot_id).in_(of_area)),
    )
    same = and_(
        col(CreditedSlice.day) == col(RecordedSlice.day),
        col(CreditedSlice.force_id) == col(RecordedSlice.force_id),
        OWN_COLUMNS["programme"] == RECORDED_COLUMNS["programme"],
        there,
        _counts(asked),
        told(asked),
    )
    nobody = and_(col(RecordedSlice.officer_id).is_(None), col(RecordedSlice.own_ms).is_(None))
    query = _pairs(asked, same).where(nobody)
    person = asked.rule.unit is Unit.PERSON
    found = []
    for row, own, seen in _by_record(session, query):
        persons = row["persons"] if person else 1
        span = _intervals(row["intervals"]) if row["intervals"] else [day_span(row["day"])]
        counted = row["counted_ms"] if person else row["patrol_ms"]
        ms = possible_overlap_ms(persons, counted, span, own)
        if ms:
            taken = _record_line(row, asked, ms)
            possible = Line(taken.of, taken.least_ms, 0)
            found.append(Overlap(possible, ms, False, _touched(row, own, seen)))
    return found


def _counts(asked: Asked) -> ColumnElement[bool]:
    """Own time too poorly proved to count stands in no record's way. Own time for another programme or funder does: it
    counts there, and an officer is in one place."""
    grade: ColumnElement[bool] = OWN_COLUMNS["grade"].in_(asked.rule.counts(OWN))
    return grade


def _pairs(asked: Asked, same: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Each recorded slice asked for with what of ours may be the same, or with nothing. An outer join, so that the
    records, which are fewer, come first: of years of patrols only those of their officers, days and places are read."""
    owners = RowOwners(
        force_id=col(CreditedSlice.force_id),
        team_id=col(CreditedSlice.team_id),
        area_id=col(CreditedSlice.area_id),
    )
    seen = case((visible(asked.caller, asked.today, owners, Permission.HOURS_READ), 1), else_=0)
    return (
        select(
            col(RecordedSlice.id),
            *(column.label(name) for name, column in RECORDED_COLUMNS.items()),
            col(RecordedSlice.intervals),
            col(RecordedSlice.persons),
            col(RecordedSlice.counted_ms),
            col(RecordedSlice.patrol_ms),
            col(CreditedSlice.officer_id).label("own_officer_id"),
            col(CreditedSlice.patrol_id).label("own_patrol_id"),
            col(CreditedSlice.intervals).label("own_intervals"),
            seen.label("seen"),
        )
        .select_from(RecordedSlice)
        .outerjoin(CreditedSlice, same)
        .where(*recorded_conditions(asked))
    )


def _by_record(
    session: Session, query: Select[*tuple[Any, ...]]
) -> Iterable[tuple[RowMapping, list[OwnTime], set[UUID]]]:
    rows: dict[UUID, RowMapping] = {}
    own: defaultdict[UUID, list[OwnTime]] = defaultdict(list)
    seen: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for row in session.execute(query).mappings():
        if row["own_patrol_id"] is None:
            continue
        record = row["id"]
        rows[record] = row
        own[record].append(
            OwnTime(row["own_officer_id"], row["own_patrol_id"], _intervals(row["own_intervals"]))
        )
        if row["seen"]:
            seen[record].add(row["own_patrol_id"])
    for record, row in rows.items():
        yield row, own[record], seen[record]


def _touched(row: RowMapping, own: Iterable[OwnTime], seen: set[UUID]) -> tuple[UUID, ...]:
    span = _intervals(row["intervals"]) if row["intervals"] else [day_span(row["day"])]
    return tuple(
        sorted({each.patrol_id for each in own if each.patrol_id in seen and overlap_ms(span, [each])})
    )


def _record_line(row: RowMapping, asked: Asked, ms: int) -> Line:
    said = {name: row[name] for name in RECORDED_COLUMNS}
    return line(described({**said, "source": RECORDED, "team_id": None}, asked), -ms, asked.rule)


def _intervals(stored: Sequence[Sequence[int]]) -> list[Interval]:
    return [(start, end) for start, end in stored]
