"""The dose for evaluators: pages, and a file of any length that is written while it is sent.

Whoever takes it away says what for, and the log keeps that: it is a disclosure of where police were, hotspot by hotspot
and day by day. It names nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from app.audit.service import disclosed
from app.clock import LONDON, london_day, rfc3339, start_of_london_day
from app.compliance import dose_queries, queries
from app.compliance.dose import MOST_ROWS, ROWS_AT_ONCE, Dose, DoseHotspot, dose_rows, last_day
from app.compliance.dose_schemas import DosePage, DoseRow
from app.compliance.places import Asked, Place, days_of, notes
from app.compliance.problems import too_many_rows
from app.compliance.service import in_period
from app.database.session import reading
from app.identity.permissions import Caller, Permission, requires
from app.rest.pagination import decode_texts_cursor, encode_texts_cursor, not_our_cursor
from app.schedule.windows import LATE_DATA_GRACE, WindowFilter
from app.spreadsheet import Cell, to_csv, without_header

_COLUMNS = (
    "hotspot_code", "day", "allocation", "windows", "window_starts_at", "window_status", "officer_seconds",
    "patrol_seconds", "visits", "longest_visit_seconds", "officers", "unscheduled_patrols", "provisional", "hotspot_id",
)  # fmt: skip
_PASSED = "Only days that have passed are told, so that no answer says where police will be."
_CONTROL = (
    "Control days are those a published schedule could have drawn and did not; excluded ones could not be drawn; "
    "without a schedule there are neither. Both are told when the block of days they were drawn from is over."
)
_OVERLAPS = "Rows of hotspots that overlap count the same presence in each."


@requires(Permission.COMPLIANCE_READ)
def read_dose(
    session: Session,
    caller: Caller,
    wanted: WindowFilter,
    purpose: str,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> DosePage:
    """A page of days by hotspot; 422 when there are more than `MOST_ROWS` in all."""
    asked = _asked(caller, wanted, now)
    hotspots = _hotspots(session, asked)
    left = _after(hotspots, decode_texts_cursor(cursor, 2)) if cursor is not None else hotspots
    page = _first_rows(left, limit)
    items = _rows(session, asked, page)
    first, last = days_of(*asked.period)
    more = len(items) < sum(each.days for each in left)
    answer = DosePage(
        days_from=first,
        days_to=last,
        rows=sum(each.days for each in hotspots),
        items=[_row(each) for each in items],
        notes=_notes(asked),
        rule_versions=queries.rule_versions_in_force(session, asked),
        generated_at=now,
        next_cursor=encode_texts_cursor([page[-1].code, page[-1].last.isoformat()]) if more else None,
    )
    _disclosed(session, asked, page, purpose)
    return answer


@requires(Permission.COMPLIANCE_READ)
def export_dose(
    session: Session, caller: Caller, engine: Engine, wanted: WindowFilter, purpose: str, now: datetime
) -> Iterator[str]:
    """All days as CSV, some hotspots at a time, each with a short reading transaction of its own; 422 when there are
    more than `MOST_ROWS`. What will be sent is logged before its first byte."""
    asked = _asked(caller, wanted, now)
    hotspots = _hotspots(session, asked)
    _disclosed(session, asked, hotspots, purpose)
    return _written(engine, asked, hotspots)


def _written(engine: Engine, asked: Asked, hotspots: Sequence[DoseHotspot]) -> Iterator[str]:
    yield to_csv(_COLUMNS, ())
    for some in _chunks(hotspots):
        with reading(engine) as session:
            rows = _rows(session, asked, some)
        yield without_header(_COLUMNS, [_cells(each) for each in rows])


def _asked(caller: Caller, wanted: WindowFilter, now: datetime) -> Asked:
    """Whole London days, none that has not passed."""
    asked = Asked(caller, london_day(now), now, in_period(wanted, now))
    first, last = days_of(*asked.period)
    last = last_day(asked.day, last)
    days = replace(
        asked.wanted,
        from_at=start_of_london_day(first),
        to_at=start_of_london_day(max(first, last + timedelta(days=1))),
    )
    return replace(asked, wanted=days)


def _hotspots(session: Session, asked: Asked) -> list[DoseHotspot]:
    if asked.period[0] == asked.period[1]:
        return []
    found = dose_queries.dose_hotspots(session, asked)
    if sum(each.days for each in found) > MOST_ROWS:
        raise too_many_rows(MOST_ROWS)
    return found


def _after(hotspots: Sequence[DoseHotspot], last: Sequence[str]) -> list[DoseHotspot]:
    """The days after the one a cursor names."""
    try:
        code, next_day = last[0], date.fromisoformat(last[1]) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise not_our_cursor() from None
    found = [each for each in hotspots if each.code > code]
    rest = [replace(each, first=max(each.first, next_day)) for each in hotspots if each.code == code]
    return [*(each for each in rest if each.days > 0), *found]


def _first_rows(hotspots: Sequence[DoseHotspot], limit: int) -> list[DoseHotspot]:
    """The hotspots of one page, the last of them only as far as it has room."""
    found: list[DoseHotspot] = []
    for each in hotspots:
        if limit <= 0:
            break
        kept = min(each.days, limit)
        found.append(replace(each, last=each.first + timedelta(days=kept - 1)))
        limit -= kept
    return found


def _chunks(hotspots: Sequence[DoseHotspot]) -> Iterator[list[DoseHotspot]]:
    some: list[DoseHotspot] = []
    for each in hotspots:
        if some and sum(one.days for one in some) + each.days > ROWS_AT_ONCE:
            yield some
            some = []
        some.append(each)
    if some:
        yield some


def _rows(session: Session, asked: Asked, hotspots: Sequence[DoseHotspot]) -> list[Dose]:
    if not hotspots:
        return []
    facts = dose_queries.day_facts(session, asked, [each.id for each in hotspots])
    return list(dose_rows(hotspots, facts, london_day(asked.now - LATE_DATA_GRACE)))


def _row(dose: Dose) -> DoseRow:
    return DoseRow(
        hotspot_id=dose.hotspot.id,
        hotspot_code=dose.hotspot.code,
        day=dose.day,
        allocation=dose.allocation,
        windows=dose.windows,
        window_starts_at=dose.window.starts_at if dose.window is not None else None,
        window_status=dose.window.status if dose.window is not None else None,
        officer_seconds=dose.officer_ms // 1000,
        patrol_seconds=dose.patrol_ms // 1000,
        visits=dose.visits,
        longest_visit_seconds=dose.longest_visit_ms // 1000,
        officers=dose.officers,
        unscheduled_patrols=dose.unscheduled_patrols,
        provisional=dose.provisional,
    )


def _cells(dose: Dose) -> list[Cell]:
    row = _row(dose)
    starts_at = (
        row.window_starts_at.astimezone(LONDON).isoformat() if row.window_starts_at is not None else None
    )
    said: dict[str, Cell] = {
        "day": row.day.isoformat(),
        "window_starts_at": starts_at,
        "hotspot_id": str(row.hotspot_id),
    }
    return [said.get(name, getattr(row, name)) for name in _COLUMNS]


def _notes(asked: Asked) -> list[str]:
    scope = notes(Place.HOTSPOT, asked.wanted, asked.caller.roles_that_grant(asked.permission))
    return [*(each for each in scope if each.startswith("Counts")), _PASSED, _CONTROL, _OVERLAPS]


def _disclosed(session: Session, asked: Asked, hotspots: Sequence[DoseHotspot], purpose: str) -> None:
    named: dict[str, list[UUID | str]] = {
        "hotspot": [each.id for each in hotspots],
        "period": [rfc3339(at) for at in asked.period],
    }
    disclosed(
        session, "compliance.dose", asked.now, named, actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id, reason=purpose,
    )  # fmt: skip
