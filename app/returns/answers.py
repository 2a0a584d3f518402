"""The reading use cases of schemes: which there are, and how many hours each has come to.

How many officers are where is as telling added up as patrol by patrol, so every answer is logged with the scheme and
the days it was of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.identity.permissions import Caller, Permission, Role, requires
from app.problems import out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.returns import freezing, ledger_queries, overlap_queries, queries
from app.returns.asking import Asked
from app.returns.counting import OWN, RECORDED, Line, Unit, added, total
from app.returns.models import ReportingScheme
from app.returns.overlap_queries import Overlap
from app.returns.periods import Progress, Span, due_in, progress, said
from app.returns.rows import KEYS, HoursBy, Row, ledger_link, rows_by
from app.returns.schemas import (
    AdjustmentResponse,
    Bounds,
    HoursAnswer,
    HoursRow,
    Overlaps,
    PeriodResponse,
    ProgressResponse,
    SchemeList,
    SchemeResponse,
    Split,
    hours,
    hours_cell,
)
from app.returns.scheming import Scheme
from app.spreadsheet import Cell, to_csv

_MOST_PATROLS = 200
LATELY_DAYS = 28
_NAMES = ("source", "channel", "grade", "funding", "uniform_state")
_LISTS = ["hour_channels", "grades", "evidence", "funding", "programmes", "uniform_states"]
_LIST_OF = {
    HoursBy.PROGRAMME: "programmes",
    HoursBy.CHANNEL: "hour_channels",
    HoursBy.FUNDING: "funding",
    HoursBy.UNIFORM_STATE: "uniform_states",
}
_COLUMNS = (
    "key", "label", "first_day", "last_day", "at_least_hours", "at_most_hours", "own_at_least_hours",
    "recorded_at_least_hours", "target_hours", "closed",
)  # fmt: skip
Words = Mapping[str, Mapping[str, Label]]


@dataclass(frozen=True, slots=True)
class _Counted:
    """All lines of a scheme so far, overlaps taken off, and what those overlaps were."""

    lines: Sequence[Line]
    overlaps: Sequence[Overlap]

    @property
    def visible(self) -> list[Line]:
        return [each for each in self.lines if each.of["visible"]]


@requires(Permission.HOURS_READ)
def list_schemes(session: Session, caller: Caller, now: datetime) -> SchemeList:
    """The force's schemes as they stand, the latest to begin first. They say nothing of anybody."""
    rows = queries.schemes_standing(session, caller.force_id)
    _consulted_schemes(session, caller, "returns.schemes", [row.scheme_id for row in rows], now)
    return SchemeList(schemes=[_scheme(session, caller, row, london_day(now)) for row in rows])


@requires(Permission.HOURS_READ)
def read_scheme(session: Session, caller: Caller, scheme_id: UUID, now: datetime) -> SchemeResponse:
    """One scheme, with its periods and what each is to come to."""
    row = scheme_row(session, caller, scheme_id, now)
    _consulted_schemes(session, caller, "returns.scheme", [scheme_id], now)
    return _scheme(session, caller, row, london_day(now))


def _consulted_schemes(
    session: Session, caller: Caller, operation: str, ids: list[UUID], now: datetime
) -> None:
    subjects = {"scheme": ids}
    consulted(session, operation, now, subjects, actor_id=caller.officer_id, force_id=caller.force_id)


def scheme_row(session: Session, caller: Caller, scheme_id: UUID, now: datetime) -> ReportingScheme:
    """The standing version of a scheme; 404 for one that is not the force's."""
    row = queries.scheme_seen(session, caller, london_day(now), scheme_id)
    if row is None:
        raise out_of_sight("returns.scheme")
    return row


def _scheme(session: Session, caller: Caller, row: ReportingScheme, today: date) -> SchemeResponse:
    scheme = queries.scheme_of(row)
    closed = {each.first_day: each.id for each in queries.closings_of(session, caller, today, row.scheme_id)}
    address = f"/v1/schemes/{row.scheme_id}"
    return SchemeResponse(
        id=row.scheme_id,
        code=row.code,
        name=row.name,
        version=row.version,
        first_day=row.first_day,
        last_day=row.last_day,
        target_hours=hours(row.target_ms),
        unit=scheme.rule.unit,
        cadence=scheme.cadence,
        rules=row.rules,
        recorded_at=row.recorded_at,
        periods=[
            PeriodResponse(
                period=each.key,
                first_day=each.first,
                last_day=each.last,
                target_hours=hours(due_in(scheme.target_ms, scheme.span, each)),
                target_ms=due_in(scheme.target_ms, scheme.span, each),
                over=each.last < today,
                closing=f"{address}/closings/{closed[each.first]}" if each.first in closed else None,
            )
            for each in freezing.periods_of(row)
        ],
        hours=f"{address}/hours",
        missing=f"{address}/missing",
        closings=f"{address}/closings",
    )


def until_of(scheme: Scheme, until: date | None, today: date) -> date:
    """The day up to which hours are told: yesterday unless asked otherwise, within the scheme or the day before it, and
    never a day to come: its hours are not known, so they are not short."""
    wanted = until if until is not None else today - timedelta(days=1)
    return max(scheme.span.first - timedelta(days=1), min(wanted, today, scheme.span.last))


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
    counted = count(session, asked, (*_NAMES, KEYS.get(wanted.by, wanted.by.value)))
    whole = total(counted.visible)
    late = max(scheme.span.first, last - timedelta(days=wanted.lately_days - 1))
    lately = total(count(session, replace(asked, span=Span(late, last)), ()).visible)
    made = progress(scheme.target_ms, scheme.span, last, whole.least_ms, lately.least_ms, wanted.lately_days)
    words = labels_of(session, caller.force_id, _LISTS, today)
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
        by_channel=_split(counted.visible, "channel", words["hour_channels"]),
        by_grade=_by_grade(counted.visible, words),
        by_funding=_split(counted.visible, "funding", words["funding"]),
        progress=_progress(made),
        overlaps=_overlaps(session, asked, counted),
        adjustments=_adjustments(session, asked, row),
        by=wanted.by,
        rows=_rows(session, asked, row, wanted.by, counted, words),
        notes=notes(caller, scheme, wanted.by),
        rule_versions=ledger_queries.rule_versions(session, asked),
        generated_at=now,
        links={
            "ledger": ledger_link(row.first_day, last),
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
        row.closed,
    ]


def logged(session: Session, asked: Asked, operation: str, scheme_id: UUID) -> None:
    """Logs who looked at the hours of which days of a scheme."""
    days = [asked.span.first.isoformat(), asked.span.last.isoformat()]
    consulted(
        session, operation, asked.now, {"scheme": [scheme_id], "period": days}, actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )  # fmt: skip


def count(session: Session, asked: Asked, names: Sequence[str]) -> _Counted:
    """The lines of some days, overlaps taken off; none for no days."""
    if asked.span.days < 1:
        return _Counted((), ())
    shared = overlap_queries.overlaps(session, asked)
    lines = ledger_queries.sums(session, asked, names)
    return _Counted([*lines, *overlap_queries.corrections(session, asked, shared)], shared)


def _other_unit(session: Session, asked: Asked) -> Bounds:
    unit = Unit.PATROL if asked.rule.unit is Unit.PERSON else Unit.PERSON
    return Bounds.of(total(count(session, replace(asked, rule=replace(asked.rule, unit=unit)), ()).visible))


def _split(lines: Sequence[Line], name: str, words: Mapping[str, Label]) -> list[Split]:
    return [
        Split(code=code, label=in_words(words, code), hours=Bounds.of(amount))
        for (code,), amount in sorted(added(lines, name).items())
    ]


def _by_grade(lines: Sequence[Line], words: Words) -> list[Split]:
    """Our own grades, then those of others: both know `declared`."""
    return [
        *_split([each for each in lines if each.of["source"] == OWN], "grade", words["grades"]),
        *_split([each for each in lines if each.of["source"] == RECORDED], "grade", words["evidence"]),
    ]


def _progress(made: Progress) -> ProgressResponse:
    rate, forecast = made.rate_ms, made.forecast_ms
    lately = "day" if made.rate_days == 1 else f"{made.rate_days} days"
    assumption = (
        f"The pace of the last {lately} goes on until the scheme ends; what is only possible is left out."
        if rate is not None
        else "Nothing is forecast before the first day is over."
    )
    return ProgressResponse(
        target_hours=hours(made.target_ms),
        due_hours=hours(made.due_ms),
        due_ms=made.due_ms,
        ahead_hours=hours(made.ahead_ms),
        ahead_ms=made.ahead_ms,
        days=made.days_gone + made.days_left,
        days_gone=made.days_gone,
        days_left=made.days_left,
        run_rate_days=made.rate_days,
        run_rate_hours_a_day=hours(rate) if rate is not None else None,
        forecast_hours=hours(forecast) if forecast is not None else None,
        forecast_ahead_hours=hours(forecast - made.target_ms) if forecast is not None else None,
        assumption=assumption,
        needed_hours_a_day=hours(made.needed_ms) if made.needed_ms is not None else None,
    )


def _overlaps(session: Session, asked: Asked, counted: _Counted) -> Overlaps:
    sure = sum(each.ms for each in counted.overlaps if each.sure)
    possible = sum(each.ms for each in counted.overlaps if not each.sure)
    patrols = sorted({patrol_id for each in counted.overlaps for patrol_id in each.patrol_ids})
    among = ledger_queries.twice_among_records(session, asked)
    return Overlaps(
        taken_off_hours=hours(sure),
        taken_off_ms=sure,
        possible_hours=hours(possible),
        possible_ms=possible,
        among_records_hours=hours(among),
        among_records_ms=among,
        patrols=[f"/v1/patrols/{patrol_id}" for patrol_id in patrols[:_MOST_PATROLS]],
    )


def _adjustments(session: Session, asked: Asked, row: ReportingScheme) -> list[AdjustmentResponse]:
    held = queries.closings_of(session, asked.caller, asked.today, row.scheme_id)
    frozen = queries.closing_rows(session, asked.caller, asked.today, [each.id for each in held])
    changed = freezing.adjustments(session, asked, held, frozen)
    return freezing.told_adjustments(changed, queries.names(session, row.force_id)) if changed else []


def _rows(
    session: Session, asked: Asked, row: ReportingScheme, by: HoursBy, counted: _Counted, words: Words
) -> list[HoursRow]:
    scheme, lines = queries.scheme_of(row), counted.visible
    if by is HoursBy.HOTSPOT and asked.span.days:
        # Each hotspot's own rows, in which overlapping ones have the same time.
        of_each = ledger_queries.sums(session, asked, (*_NAMES, "hotspot_id"), by_hotspot=True)
        of_each += overlap_queries.corrections_by_hotspot(session, asked)
        lines = [each for each in of_each if each.of["visible"]]
        lines += [each.line for each in counted.overlaps if each.line.of["visible"]]
    elif by is HoursBy.UNIFORM_STATE:
        lines = list(counted.lines)
    names = queries.names(session, row.force_id)
    places = {
        HoursBy.AREA: names.areas,
        HoursBy.LPA: names.lpas,
        HoursBy.TEAM: names.teams,
        HoursBy.HOTSPOT: names.hotspots,
    }
    told = words[_LIST_OF[by]] if by in _LIST_OF else {**words["evidence"], **words["grades"]}
    in_plain = {code: label.plain_label for code, label in told.items()}
    closed = {
        each.first_day for each in queries.closings_of(session, asked.caller, asked.today, row.scheme_id)
    }
    found = rows_by(by, lines, scheme.span, places.get(by, {}), in_plain)
    return [_row(each, by, scheme, asked, closed) for each in found]


def _row(each: Row, by: HoursBy, scheme: Scheme, asked: Asked, closed: set[date]) -> HoursRow:
    span = each.span or asked.span
    target = due_in(scheme.target_ms, scheme.span, each.span) if each.span is not None else None
    place = {f"{by}_id" if by is not HoursBy.LPA else "area_id": each.place_id} if each.place_id else {}
    channel = {"channel": each.key} if by is HoursBy.CHANNEL else {}
    return HoursRow(
        key=each.key,
        label=each.label,
        first_day=each.span.first if each.span else None,
        last_day=each.span.last if each.span else None,
        hours=Bounds.of(each.amount),
        own=Bounds.of(each.own),
        recorded=Bounds.of(each.recorded),
        target_hours=hours(target) if target is not None else None,
        target_ms=target,
        closed=each.span is not None and by == scheme.cadence.value and span.first in closed,
        links={"ledger": ledger_link(span.first, min(span.last, asked.span.last), **place, **channel)},
    )


def notes(caller: Caller, scheme: Scheme, by: HoursBy) -> list[str]:
    """What somebody must know who uses the numbers, in plain words."""
    found = scope_notes(caller)
    if found:
        found.append("The scheme and its target are the whole force's.")
    if by is HoursBy.HOTSPOT:
        found.append(
            "Hours of hotspots do not add up where hotspots overlap: time in two at once counts in both rows, and once "
            "in the total."
        )
    if by is HoursBy.UNIFORM_STATE:
        found.append("What is not visible has rows here, too; it is no part of the total.")
    if scheme.rule.within_window_only:
        found.append("Of our own patrols only time within a window counts; recorded hours have no windows.")
    if scheme.rule.hotspot_kinds is not None:
        found.append("Recorded hours that name an area and no hotspot are left out: their kind is not known.")
    return found


def scope_notes(caller: Caller) -> list[str]:
    """Which part of the force's hours a caller is shown; nothing for who sees all of it."""
    roles = caller.roles_that_grant(Permission.HOURS_READ)
    if roles - {Role.SUPERVISOR, Role.COMMANDER}:
        return []
    told = {
        Role.SUPERVISOR: "the patrols of the teams you belong to today",
        Role.COMMANDER: "what lies in the areas of the teams you belong to today",
    }
    found = [f"Counts {' and '.join(words for role, words in told.items() if role in roles)} only."]
    if Role.COMMANDER not in roles:
        found.append("Hours that others recorded are of no team, so they are not shown to a supervisor.")
    return found
