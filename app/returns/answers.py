"""The reading use case of a scheme's hours: how many it has come to, against its target.

How many officers are where is as telling added up as patrol by patrol, so every answer is logged with the scheme and
the days it was of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.reference.queries import labels_of
from app.returns import freezing, ledger_queries, queries
from app.returns.asking import Asked
from app.returns.counting import OWN, RECORDED, Line, Unit, total
from app.returns.hours_counting import Counted, count, count_to_date
from app.returns.hours_rows import by_grade, overlaps_told, progress_told, rows_told, split
from app.returns.noting import notes
from app.returns.own_hours import own_lines
from app.returns.periods import Span, progress, said
from app.returns.rows import KEYS, HoursBy, ledger_link
from app.returns.schemas import Bounds, HoursAnswer, HoursRow, hours_cell
from app.returns.scheme_answers import logged, scheme_row, until_of
from app.spreadsheet import Cell, to_csv

LATELY_DAYS = 28
_NAMES = ("source", "channel", "grade", "funding", "uniform_state")
_LISTS = ["hour_channels", "grades", "evidence", "funding", "programmes", "uniform_states"]
_COLUMNS = (
    "key", "label", "first_day", "last_day", "at_least_hours", "at_most_hours", "own_at_least_hours",
    "recorded_at_least_hours", "target_hours", "signed_at_least_hours", "closed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoursWanted:
    """What is asked of a scheme's hours: up to which day, by what, the days the pace is taken from, and whether the
    other unit is told beside."""

    until: date | None = None
    by: HoursBy = HoursBy.MONTH
    lately_days: int = LATELY_DAYS
    both_units: bool = False


@requires(Permission.HOURS_READ)
def read_hours(
    session: Session, caller: Caller, scheme_id: UUID, wanted: HoursWanted, now: datetime
) -> HoursAnswer:
    """The hours of a scheme up to a London day, against its target, by whatever is asked for."""
    row = scheme_row(session, caller, scheme_id, now)
    scheme, today = queries.scheme_of(row), london_day(now)
    last = until_of(scheme, wanted.until, today)
    asked = Asked(caller, today, now, Span(scheme.span.first, last), scheme.rule)
    names = (*_NAMES, KEYS.get(wanted.by, wanted.by.value))
    late = max(scheme.span.first, last - timedelta(days=wanted.lately_days - 1))
    counted, lately = count_to_date(session, asked, names, late, weeks=wanted.by is HoursBy.WEEK)
    whole = total(counted.visible)
    made = progress(scheme.target_ms, scheme.span, last, whole.least_ms, lately.least_ms, wanted.lately_days)
    words = labels_of(session, caller.force_id, _LISTS, today)
    held = queries.closings_of(session, caller, today, row.scheme_id)
    frozen = queries.closing_rows(session, caller, today, [each.id for each in held])
    changed = freezing.adjustments(session, asked, held, frozen)
    places = queries.names(session, row.force_id)
    lines = _lines_by(session, asked, wanted.by, counted)
    logged(session, asked, "returns.hours", scheme_id)
    return HoursAnswer(
        scheme_id=scheme_id,
        code=row.code,
        name=row.name,
        unit=scheme.rule.unit,
        version=row.version,
        first_day=row.first_day,
        last_day=row.last_day,
        until=last,
        in_words=said(row.name, last, whole.most_ms, made, person=scheme.rule.unit is Unit.PERSON),
        hours=Bounds.of(whole),
        own=Bounds.of(total(each for each in counted.visible if each.of["source"] == OWN)),
        recorded=Bounds.of(total(each for each in counted.visible if each.of["source"] == RECORDED)),
        not_visible=Bounds.of(total(each for each in counted.lines if not each.of["visible"])),
        other_unit=_other_unit(session, asked) if wanted.both_units else None,
        by_channel=split(counted.visible, "channel", words["hour_channels"]),
        by_grade=by_grade(counted.visible, words),
        by_funding=split(counted.visible, "funding", words["funding"]),
        progress=progress_told(made),
        overlaps=overlaps_told(counted.overlaps, ledger_queries.twice_among_records(session, asked)),
        adjustments=freezing.told_adjustments(changed, places),
        by=wanted.by,
        rows=rows_told(
            wanted.by, lines, scheme, scheme_id, asked, freezing.signed_off(held, frozen), places, words
        ),
        notes=notes(caller, scheme, wanted.by, changed=bool(changed)),
        rule_versions=ledger_queries.rule_versions(session, asked),
        generated_at=now,
        links={
            # Of a scheme that has not begun there is no day to ask for.
            **({"ledger": ledger_link(scheme_id, row.first_day, last)} if last >= row.first_day else {}),
            "missing": f"/v1/schemes/{scheme_id}/missing",
            "return": f"/v1/schemes/{scheme_id}/return",
        },
    )


@requires(Permission.HOURS_READ)
def export_hours(
    session: Session, caller: Caller, scheme_id: UUID, wanted: HoursWanted, now: datetime
) -> str:
    """The rows of the same answer as CSV, without a line of totals, which a spreadsheet would add to the others."""
    return to_csv(
        _COLUMNS, (_cells(each) for each in read_hours(session, caller, scheme_id, wanted, now).rows)
    )


def _cells(row: HoursRow) -> list[Cell]:
    times = (row.hours.at_least_ms, row.hours.at_most_ms, row.own.at_least_ms, row.recorded.at_least_ms)
    return [
        row.key,
        row.label,
        row.first_day.isoformat() if row.first_day else None,
        row.last_day.isoformat() if row.last_day else None,
        *(hours_cell(ms) for ms in times),
        hours_cell(row.target_ms) if row.target_ms is not None else None,
        hours_cell(row.signed.at_least_ms) if row.signed is not None else None,
        row.closed,
    ]


def _lines_by(session: Session, asked: Asked, by: HoursBy, counted: Counted) -> Sequence[Line]:
    """The lines that rows are made of."""
    if by is HoursBy.UNIFORM_STATE:
        return counted.lines
    if by is not HoursBy.HOTSPOT or asked.span.days < 1:
        return counted.visible
    # Each hotspot's own rows, in which overlapping ones have the same time.
    names = (*_NAMES, "hotspot_id")
    lines = own_lines(session, asked, names, each_hotspot=True)
    lines += ledger_queries.recorded_lines(session, asked, names)
    return [each for each in (*lines, *(each.line for each in counted.overlaps)) if each.of["visible"]]


def _other_unit(session: Session, asked: Asked) -> Bounds:
    unit = Unit.PATROL if asked.rule.unit is Unit.PERSON else Unit.PERSON
    return Bounds.of(total(count(session, replace(asked, rule=replace(asked.rule, unit=unit)), ()).visible))
