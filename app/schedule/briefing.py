"""Hands the plan to whoever briefs crews: a sheet of paper for an area and a day, and a file for briefing systems.

The sheet names nobody, says nothing of windows that crews may not know of yet, and has no hotspot without a window: a
day without a patrol must stay unknown. Both leave the service, so both are logged as disclosed.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.areas import queries as places
from app.areas.answers import priorities_once
from app.audit.service import Subjects, consulted, disclosed
from app.clock import london_day, start_of_london_day
from app.geo.geojson import to_geojson
from app.identity.permissions import Caller, Permission, requires
from app.problems import out_of_sight
from app.reference.codes import Label, in_words
from app.reference.queries import labels
from app.schedule import briefing_queries
from app.schedule.briefing_file import Line, Place, briefing_csv
from app.schedule.briefing_queries import BriefedWindow, Told
from app.schedule.briefing_schemas import SheetBriefing, SheetPlace, SheetWindow, TaskingSheet
from app.schedule.local_times import day_bounds, local_span
from app.schedule.problems import too_many
from app.schedule.queries import officers_tasked
from app.schedule.windows import WindowFilter, WindowState

MOST_ON_A_SHEET = 500
MOST_IN_A_FILE = 20_000
FOR_A_CREW = "A tasking sheet to print, for the briefing of crews."
FOR_A_SYSTEM = "A file of windows, for a briefing system."


@requires(Permission.WINDOWS_READ)
def read_sheet(
    session: Session,
    caller: Caller,
    area_id: UUID,
    day: date,
    disclosure_hours: int,
    now: datetime,
    *,
    printed: bool,
) -> TaskingSheet:
    """The windows that start on a London day in an area and below it, as far as the caller may read the plan and crews
    may know of it already; 404 for an area that is not the force's."""
    area = places.area(session, caller.force_id, area_id)
    if area is None:
        raise out_of_sight("windows.sheet")
    begin, end = day_bounds(day)
    wanted = WindowFilter(begin, end, area_id=area_id, state=WindowState.PUBLISHED)
    rows = briefing_queries.windows_to_brief(session, caller, london_day(now), wanted, MOST_ON_A_SHEET + 1)
    if len(rows) > MOST_ON_A_SHEET:
        raise too_many("format", f"has more than {MOST_ON_A_SHEET} windows: ask for an area below this one")
    until = now + timedelta(hours=disclosure_hours)
    shown = [row for row in rows if row.window.starts_at <= until]
    told = briefing_queries.told_of(session, shown, day)
    kinds = labels(session, caller.force_id, "hotspot_kinds", day)
    subjects = {"area": [area_id], "window": [row.window.id for row in shown]}
    _log(session, caller, "windows.sheet", subjects, FOR_A_CREW if printed else None, now)
    return TaskingSheet(
        area=SheetPlace(id=area.id, code=area.code, name=area.name),
        day=day,
        generated_at=now,
        disclosed_until=until,
        left_out=len(rows) - len(shown),
        windows=[_on_sheet(row, told[row.window.id], kinds, day) for row in shown],
        priorities=priorities_once(told[row.window.id].priorities for row in shown),
    )


@requires(Permission.WINDOWS_READ)
def export_windows(
    session: Session, caller: Caller, wanted: WindowFilter, now: datetime, *, people: bool
) -> str:
    """The windows asked for as a file, without `from` those from today on, without a state the published ones; 422 when
    they are more than one file holds."""
    asked = replace(
        wanted,
        from_at=wanted.from_at or start_of_london_day(london_day(now)),
        state=wanted.state or WindowState.PUBLISHED,
    )
    rows = briefing_queries.windows_to_brief(session, caller, london_day(now), asked, MOST_IN_A_FILE + 1)
    if len(rows) > MOST_IN_A_FILE:
        raise too_many("from", f"asks for more than {MOST_IN_A_FILE} windows in one file: ask for less")
    collars = _collars(session, rows) if people else {}
    told = {
        "window": [row.window.id for row in rows],
        "officer": {one for each in collars.values() for one, _ in each},
    }
    subjects = {kind: ids for kind, ids in told.items() if ids}
    _log(session, caller, "windows.file", subjects, FOR_A_SYSTEM, now)
    lines = [_line(row, [collar for _, collar in collars.get(row.window.id, ())]) for row in rows]
    return briefing_csv(lines, people=people)


def _collars(session: Session, rows: list[BriefedWindow]) -> dict[UUID, list[tuple[UUID, str]]]:
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for start in range(0, len(rows), MOST_ON_A_SHEET):
        found |= officers_tasked(session, [row.window.id for row in rows[start : start + MOST_ON_A_SHEET]])
    return found


def _line(row: BriefedWindow, collar_numbers: list[str]) -> Line:
    window = row.window
    return Line(
        window_id=window.id,
        state=window.state.value,
        revision=window.revision,
        hotspot=Place(row.hotspot.id, row.hotspot.code, row.hotspot.name),
        hotspot_kind=row.hotspot.kind.value,
        area=Place(row.area.id, row.area.code, row.area.name),
        team=Place(row.team.id, row.team.code, row.team.name),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        required_seconds=window.required_seconds,
        collar_numbers=collar_numbers,
    )


def _on_sheet(row: BriefedWindow, told: Told, kinds: dict[str, Label], day: date) -> SheetWindow:
    window, briefing = row.window, told.briefing
    return SheetWindow(
        id=window.id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        local_times=local_span(window.starts_at, window.ends_at),
        required_minutes=window.required_seconds // 60,
        hotspot=SheetPlace(id=row.hotspot.id, code=row.hotspot.code, name=row.hotspot.name),
        hotspot_kind=row.hotspot.kind.value,
        hotspot_kind_label=in_words(kinds, row.hotspot.kind.value),
        area=SheetPlace(id=row.area.id, code=row.area.code, name=row.area.name),
        team=SheetPlace(id=row.team.id, code=row.team.code, name=row.team.name),
        briefing=(
            SheetBriefing(
                why_here=briefing.why_here,
                owner=briefing.owner,
                plan_reference=briefing.plan_reference,
                review_on=briefing.review_on,
                review_overdue=briefing.review_on is not None and briefing.review_on < day,
                version=briefing.version,
            )
            if briefing is not None
            else None
        ),
        outline=to_geojson(told.boundary.geometry) if told.boundary is not None else None,
        outline_version=told.boundary.version if told.boundary is not None else None,
        priority_ids=[each.priority.id for each in told.priorities],
    )


def _log(
    session: Session, caller: Caller, operation: str, subjects: Subjects, handed_on: str | None, now: datetime
) -> None:
    who = {"actor_id": caller.officer_id, "force_id": caller.force_id}
    if handed_on is None:
        consulted(session, operation, now, subjects, **who)
    else:
        disclosed(session, operation, now, subjects, **who, reason=handed_on)
