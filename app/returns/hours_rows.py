"""Puts counted hours into the parts of an answer: splits, rows, pace and overlaps."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from app.reference.codes import Label, in_words
from app.returns.asking import Asked
from app.returns.counting import OWN, RECORDED, Amount, Line, added
from app.returns.overlap_queries import Overlap
from app.returns.periods import Progress, due_in
from app.returns.queries import Names
from app.returns.rows import HoursBy, Row, ledger_link, ledger_of, rows_by
from app.returns.schemas import Bounds, HoursRow, Overlaps, ProgressResponse, Split, hours
from app.returns.scheming import Scheme

_MOST_PATROLS = 200
_LIST_OF = {
    HoursBy.PROGRAMME: "programmes",
    HoursBy.CHANNEL: "hour_channels",
    HoursBy.FUNDING: "funding",
    HoursBy.UNIFORM_STATE: "uniform_states",
}
Words = Mapping[str, Mapping[str, Label]]


def split(lines: Sequence[Line], name: str, words: Mapping[str, Label]) -> list[Split]:
    """Lines by the codes of one name, with what each is called."""
    return [
        Split(code=code, label=in_words(words, code), hours=Bounds.of(amount))
        for (code,), amount in sorted(added(lines, name).items())
    ]


def by_grade(lines: Sequence[Line], words: Words) -> list[Split]:
    """Our own grades, then those of others: both know `declared`."""
    return [
        *split([each for each in lines if each.of["source"] == OWN], "grade", words["grades"]),
        *split([each for each in lines if each.of["source"] == RECORDED], "grade", words["evidence"]),
    ]


def progress_told(made: Progress) -> ProgressResponse:
    """Where a scheme stands, with what its forecast takes for granted."""
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


def overlaps_told(overlaps: Sequence[Overlap], among_ms: int) -> Overlaps:
    """What was taken off for our own patrols, and what records have in common with each other."""
    sure = sum(each.ms for each in overlaps if each.sure)
    possible = sum(each.ms for each in overlaps if not each.sure)
    patrols = sorted({patrol_id for each in overlaps for patrol_id in each.patrol_ids})
    return Overlaps(
        taken_off_hours=hours(sure),
        taken_off_ms=sure,
        possible_hours=hours(possible),
        possible_ms=possible,
        among_records_hours=hours(among_ms),
        among_records_ms=among_ms,
        patrols=[f"/v1/patrols/{patrol_id}" for patrol_id in patrols[:_MOST_PATROLS]],
    )


def rows_told(
    by: HoursBy,
    lines: Sequence[Line],
    scheme: Scheme,
    scheme_id: UUID,
    asked: Asked,
    signed: Mapping[date, Amount],
    names: Names,
    words: Words,
) -> list[HoursRow]:
    """Lines by what was asked for; `signed` is what closings have signed of closed periods, by their first day."""
    places = {
        HoursBy.AREA: names.areas,
        HoursBy.LPA: names.lpas,
        HoursBy.TEAM: names.teams,
        HoursBy.HOTSPOT: names.hotspots,
    }
    told = words[_LIST_OF[by]] if by in _LIST_OF else {**words["evidence"], **words["grades"]}
    in_plain = {code: label.plain_label for code, label in told.items()}
    found = rows_by(by, lines, scheme.span, places.get(by, {}), in_plain)
    return [_row(each, by, scheme, scheme_id, asked, signed) for each in found]


def _row(
    each: Row, by: HoursBy, scheme: Scheme, scheme_id: UUID, asked: Asked, signed: Mapping[date, Amount]
) -> HoursRow:
    span = each.span or asked.span
    of_period = signed.get(span.first) if each.span is not None and by == scheme.cadence.value else None
    target = due_in(scheme.target_ms, scheme.span, each.span) if each.span is not None else None
    of_row = ledger_of(by, each)
    last = min(span.last, asked.span.last)
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
        signed=Bounds.of(of_period) if of_period is not None and span.last <= asked.span.last else None,
        closed=of_period is not None,
        links={"ledger": ledger_link(scheme_id, span.first, last, **of_row)} if of_row is not None else {},
    )
