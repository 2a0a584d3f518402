"""Finds what only intervals can tell: time that is in two rows of the ledger, as lines that take it off.

Only rows that can overlap are read, by officer and day, by hotspot and day or by patrol; everything else is added up
where it lies.
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
    Uuid,
    and_,
    case,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlmodel import Session, col

from app.areas.models import AreaAncestor, Hotspot
from app.areas.scope import RowOwners, visible
from app.clock import to_ms
from app.identity.permissions import Permission
from app.patrols.models import CreditedSlice
from app.returns.asking import Asked
from app.returns.counting import (
    OWN,
    OWN_CHANNEL,
    RECORDED,
    Line,
    OwnTime,
    Piece,
    Unit,
    line,
    overlap_ms,
    possible_overlap_ms,
    taken_off,
)
from app.returns.ledger_queries import (
    OWN_COLUMNS,
    RECORDED_COLUMNS,
    described,
    own_conditions,
    own_counts,
    recorded_conditions,
    told,
)
from app.returns.models import RecordedSlice
from app.returns.slicing import day_span
from app.schedule.models import TaskingWindow
from app.tracks.intervals import Interval, clip


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is taken off one recorded slice, and the patrols of ours that have it, as far as the caller may see them.

    `sure` where the officer is known; else it is only possible, and taken off the lower bound alone.
    """

    line: Line
    ms: int
    sure: bool
    patrol_ids: tuple[UUID, ...]


def corrections(session: Session, asked: Asked, overlaps: Iterable[Overlap]) -> list[Line]:
    """Every line to be taken off what `sums` found: `overlaps` with our own patrols, and our own with one another."""
    found = [each.line for each in overlaps]
    if own_counts(asked) and (asked.rule.unit is Unit.PATROL or asked.rule.by_hotspot):
        found += taken_off(_shared(session, asked, each_hotspot=False), asked.rule)
    return found


def corrections_by_hotspot(session: Session, asked: Asked) -> list[Line]:
    """What is to be taken off the sums of each hotspot by itself: a crew counted by the clock is there once."""
    if not own_counts(asked) or asked.rule.unit is Unit.PERSON:
        return []
    return taken_off(_shared(session, asked, each_hotspot=True), asked.rule)


def overlaps(session: Session, asked: Asked) -> list[Overlap]:
    """What recorded hours and our own patrols have in common, whoever sees those patrols."""
    return [*_of_officers(session, asked), *_of_places(session, asked)]


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
    query = _pairs(asked, same).where(col(RecordedSlice.officer_id).is_(None))
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


def _shared(session: Session, asked: Asked, *, each_hotspot: bool) -> list[Piece]:
    """Our own slices that may hold an instant together: of one officer in several hotspots, or of several people on one
    patrol or in one window; `each_hotspot`: of several people in one hotspot."""
    by_patrol = asked.rule.unit is Unit.PATROL
    conditions = own_conditions(asked, by_hotspot=each_hotspot)
    key = _group(by_patrol=by_patrol)
    several = func.count(col(CreditedSlice.officer_id).distinct()) > 1
    groups = select(key, col(CreditedSlice.day)).where(*conditions)
    if asked.rule.by_hotspot and not each_hotspot:
        hotspots = func.count(col(CreditedSlice.hotspot_id).distinct()) > 1
        several = or_(several, hotspots) if by_patrol else hotspots & _twice_on_that_day(asked)
    crowded = groups.group_by(key, col(CreditedSlice.day)).having(several)
    rows = session.execute(
        select(
            *(column.label(name) for name, column in OWN_COLUMNS.items()),
            key.label("shared_by"),
            col(CreditedSlice.id),
            col(CreditedSlice.intervals),
            col(TaskingWindow.starts_at),
            col(TaskingWindow.ends_at),
        )
        .select_from(CreditedSlice)
        .outerjoin(TaskingWindow, col(TaskingWindow.id) == col(CreditedSlice.window_id))
        .where(*conditions, tuple_(key, col(CreditedSlice.day)).in_(crowded))
    ).mappings()
    return [_piece(row, asked, each_hotspot=each_hotspot) for row in rows]


def _twice_on_that_day(asked: Asked) -> ColumnElement[bool]:
    """Of officers and days on which hotspots have more time together than the officer has anywhere: only there is an
    instant in two. Of all their patrols, for the rule may count but one of the two."""
    of_hotspots = case(
        (col(CreditedSlice.hotspot_id).is_(None), -col(CreditedSlice.credited_ms)),
        else_=col(CreditedSlice.credited_ms),
    )
    officer, day = col(CreditedSlice.officer_id), col(CreditedSlice.day)
    twice = (
        select(officer, day)
        .where(
            col(CreditedSlice.force_id) == asked.caller.force_id,
            day.between(asked.span.first, asked.span.last),
        )
        .group_by(officer, day)
        .having(func.sum(of_hotspots) > 0)
    )
    return tuple_(officer, day).in_(twice)


def _group(*, by_patrol: bool) -> ColumnElement[Any]:
    """Patrols made for one window are one; a patrol without a window is by itself."""
    if by_patrol:
        return func.coalesce(col(CreditedSlice.window_id), col(CreditedSlice.patrol_id))
    return type_coerce(col(CreditedSlice.officer_id), Uuid)


def _piece(row: RowMapping, asked: Asked, *, each_hotspot: bool) -> Piece:
    intervals: Sequence[Interval] = _intervals(row["intervals"])
    if asked.rule.within_window_only:
        intervals = clip(intervals, to_ms(row["starts_at"]), to_ms(row["ends_at"]))
    said = {name: row[name] for name in OWN_COLUMNS}
    of = {**said, "source": OWN, "channel": OWN_CHANNEL, "agency": None, "reference": None}
    group = (row["shared_by"], row["day"], row["hotspot_id"] if each_hotspot else None)
    return Piece(described(of, asked), group, (str(row["id"]),), intervals)
