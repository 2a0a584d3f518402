"""The reading use cases of what is sent: the return of a period, its closings, and what is still missing from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import disclosed
from app.clock import london_day
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import in_words
from app.reference.queries import labels_of
from app.returns import freezing, missing_queries, queries
from app.returns.asking import Asked
from app.returns.counting import Line
from app.returns.layouts import laid_out, untold
from app.returns.missing_queries import Found, Gap
from app.returns.models import PeriodClosing, ReportingScheme
from app.returns.noting import scope_notes
from app.returns.periods import Span, due_in
from app.returns.problems import period_unknown
from app.returns.schemas import ClosingList, ClosingResponse, GapItem, GapKind, MissingAnswer, hours
from app.returns.scheme_answers import logged, scheme_row, until_of
from app.returns.sheets import Form, written

_MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """A return as a file."""

    name: str
    content: bytes


@requires(Permission.HOURS_READ)
def read_return(
    session: Session, caller: Caller, scheme_id: UUID, period: str | None, form: Form, now: datetime
) -> Sent:
    """The return of a period in the force's layout: as it was signed off, else as it stands; the last that has begun
    unless asked otherwise. A closed one is the same bytes each time, for whoever sees the same of it."""
    row = scheme_row(session, caller, scheme_id, now)
    today = london_day(now)
    spans = freezing.periods_of(row)
    begun = [each for each in spans if each.first <= today] or spans[:1]
    span = next((each for each in spans if each.key == period), None) if period is not None else begun[-1]
    if span is None:
        raise period_unknown("#query/period", [each.key for each in spans])
    asked = Asked(caller, today, now, span, queries.scheme_of(row).rule)
    held = queries.closings_of(session, caller, today, scheme_id)
    closing = next((each for each in held if each.first_day == span.first), None)
    version = row if closing is None else queries.scheme_version(session, closing.scheme_version_id)
    scheme = queries.scheme_of(version)
    if closing is None:
        lines, made_at, state = _open_lines(session, asked, row, held), now, "open, not signed off"
    else:
        rows = queries.closing_rows(session, caller, today, [closing.id])
        lines, made_at = freezing.frozen_lines(rows, span.first), closing.received_at
        state = f"closed, {closing.rows_sha256[:16]}"
    target = closing.target_ms if closing is not None else due_in(scheme.target_ms, scheme.span, span)
    table = laid_out(scheme.layout, lines, {span.key: target})
    title = f"{version.name}: {span.first} to {span.last} ({state})"
    disclosed(
        session, "returns.return", now, {"scheme": [scheme_id], "period": [str(span.first), str(span.last)]},
        actor_id=caller.officer_id, force_id=caller.force_id, reason=f"return {span.key} as {form}",
    )  # fmt: skip
    left_out = untold(scheme.layout, lines)
    notes = [*scope_notes(caller), *([left_out] if left_out is not None else [])]
    return Sent(f"{row.code}-{span.key}.{form}", written(table, form, " ".join([title, *notes]), made_at))


def _open_lines(
    session: Session, asked: Asked, row: ReportingScheme, held: Sequence[PeriodClosing]
) -> list[Line]:
    """The hours of an open period as they stand, and, in the first that is open, what changed in those closed."""
    names = queries.names(session, asked.caller.force_id)
    found = freezing.adjustment_lines({asked.span.first: freezing.standing(session, asked)}, names)
    lines = [Line({**each.of, "adjustment": False}, each.least_ms, each.most_ms) for each in found]
    lines += freezing.count_lines(freezing.counts_behind(session, asked), asked.span, names)
    closed = {each.first_day for each in held}
    first_open = next((each for each in freezing.periods_of(row) if each.first not in closed), None)
    if first_open == asked.span:
        frozen = queries.closing_rows(session, asked.caller, asked.today, [each.id for each in held])
        changed = freezing.adjustments(session, asked, held, frozen)
        lines += freezing.adjustment_lines(changed, names)
    states = asked.rule.uniform_states
    return [replace(each, of={**each.of, "visible": each.of["uniform_state"] in states}) for each in lines]


@requires(Permission.HOURS_READ)
def list_closings(session: Session, caller: Caller, scheme_id: UUID, now: datetime) -> ClosingList:
    """A scheme's closed periods as they were signed off, with what has changed since."""
    row = scheme_row(session, caller, scheme_id, now)
    found = freezing.describe_closings(session, caller, row, now)
    _closings_logged(session, caller, row, now)
    return ClosingList(closings=found)


@requires(Permission.HOURS_READ)
def read_closing(
    session: Session, caller: Caller, scheme_id: UUID, closing_id: UUID, now: datetime
) -> ClosingResponse:
    """One closing as it was signed off."""
    row = scheme_row(session, caller, scheme_id, now)
    found = freezing.describe_closing(session, caller, row, closing_id, now)
    _closings_logged(session, caller, row, now)
    return found


def _closings_logged(session: Session, caller: Caller, row: ReportingScheme, now: datetime) -> None:
    asked = Asked(caller, london_day(now), now, Span(row.first_day, row.last_day))
    logged(session, asked, "returns.closings.read", row.scheme_id)


@requires(Permission.HOURS_READ)
def read_missing(
    session: Session, caller: Caller, scheme_id: UUID, until: date | None, now: datetime
) -> MissingAnswer:
    """What may still change the hours of a scheme's open periods, the most at stake first. Senders whose hours have not
    come are those of the last period that is over, against the one before."""
    row = scheme_row(session, caller, scheme_id, now)
    scheme, today = queries.scheme_of(row), london_day(now)
    last = until_of(scheme, until if until is not None else today, today)
    closed = {each.first_day for each in queries.closings_of(session, caller, today, scheme_id)}
    open_spans = [
        each for each in freezing.periods_of(row) if each.first not in closed and each.first <= last
    ]
    first = open_spans[0].first if open_spans else last
    asked = Asked(caller, today, now, Span(first, last), scheme.rule)
    over = [each for each in freezing.periods_of(row) if each.last < today and each.first not in closed]
    counted, found = missing_queries.gaps(session, asked, _MOST_ITEMS, over[-1] if over else None)
    words = labels_of(session, caller.force_id, ["gaps"], today)["gaps"]
    logged(session, asked, "returns.missing", scheme_id)
    return MissingAnswer(
        scheme_id=scheme_id,
        first_day=first,
        until=last,
        kinds=[
            GapKind(
                kind=each.kind,
                label=in_words(words, each.kind),
                count=each.count,
                at_stake_hours=hours(each.at_stake_ms),
                at_stake_ms=each.at_stake_ms,
            )
            for each in sorted(counted, key=lambda each: -each.at_stake_ms)
        ],
        items=[_item(each) for each in sorted(found, key=_largest)[:_MOST_ITEMS]],
        notes=[*scope_notes(caller), "Hours at stake of windows are by the clock, not by person."],
        generated_at=now,
    )


def _largest(found: Found) -> tuple[int, str, str]:
    return -found.at_stake_ms, found.kind, str(found.id)


def _item(found: Found) -> GapItem:
    of_window = found.kind in (Gap.LATE, Gap.DECIDE, Gap.NO_GPS)
    address = "/v1/tasking-windows" if of_window else "/v1/patrols"
    what = found.what or ("window" if of_window else "patrol")
    link = f"{address}/{found.id}" if found.id is not None else "/v1/imports"
    return GapItem(
        kind=found.kind,
        what=what,
        day=found.day,
        at_stake_hours=hours(found.at_stake_ms),
        at_stake_ms=found.at_stake_ms,
        link=link,
    )
