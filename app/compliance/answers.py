"""Compliance of hotspots, areas and teams: the windows of each added up, and the hours officers spent there.

Where police were is as telling added up as window by window, so every answer is logged with the places it named and the
period it was of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import LONDON, london_day, rfc3339
from app.compliance import queries, time_queries
from app.compliance.arithmetic import Group, Totals, total
from app.compliance.grouping import GroupBy
from app.compliance.place_rows import PlaceRow, areas_above, areas_with_rows, place_rows
from app.compliance.places import (
    Asked,
    Place,
    PlaceFilter,
    days_of,
    hours_tellable,
    links,
    notes,
    rolled_up,
    total_tellable,
)
from app.compliance.problems import too_many_rows
from app.compliance.schemas import (
    OfficerMinutes,
    PlaceCompliance,
    PlaceCompliancePage,
    PlaceLinks,
    PlaceTotals,
)
from app.compliance.service import (
    MOST_ROWS_IN_A_FILE,
    Words,
    describe_totals,
    in_period,
    officer_minutes,
    read_words,
)
from app.identity.permissions import Caller, Permission, requires
from app.rest.pagination import decode_code_cursor, encode_code_cursor
from app.schedule.windows import WindowStatus
from app.spreadsheet import Cell, to_csv

_COUNTED = (
    "denominator", "kept", "kept_by_decision", "decided", "provisional", "check_needed", "published_late",
)  # fmt: skip
_MINUTES = ("required_minutes", "verified_minutes", "probable_minutes", "unverified_minutes")
_STATUSES = tuple(status for status in WindowStatus if status is not WindowStatus.PLANNED)
_GRADES = tuple(OfficerMinutes.model_fields)
_COLUMNS = (
    "code", "name", "kind", *_COUNTED, *(f"windows_{status}" for status in _STATUSES), *_MINUTES,
    *(f"{grade}_officer_minutes" for grade in _GRADES), "from", "to", "hours_from", "hours_to", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is stored of all places asked for, by the place it stands under; `time` None where it cannot be told.

    `above` is empty but for areas: whose rows what stands under an area counts in.
    """

    groups: Mapping[UUID, Sequence[Group]]
    time: Mapping[UUID | None, Sequence[tuple[str, int]]] | None
    above: Mapping[UUID, set[UUID]]

    @property
    def totals(self) -> Totals:
        return total(group for groups in self.groups.values() for group in groups)

    def rows(self) -> tuple[Mapping[UUID, Sequence[Group]], Mapping[UUID, Sequence[tuple[str, int]]]]:
        """Windows and time by row."""
        time = {place_id: each for place_id, each in (self.time or {}).items() if place_id is not None}
        if not self.above:
            return self.groups, time
        return rolled_up(self.groups, self.above), rolled_up(time, self.above)


@requires(Permission.COMPLIANCE_READ)
def read_places(
    session: Session,
    caller: Caller,
    place: Place,
    wanted: PlaceFilter,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> PlaceCompliancePage:
    """A page of places with what their windows add up to, and what all those asked for add up to, each once."""
    asked = _asked(caller, wanted, now)
    after = decode_code_cursor(cursor) if cursor is not None else None
    counted = _counted(session, asked, place)
    groups, time = counted.rows()
    rows = place_rows(session, asked, place, {*groups, *time}, after, limit + 1)
    page = rows[:limit]
    words = read_words(session, asked)
    roles = caller.roles_that_grant(Permission.COMPLIANCE_READ)
    answer = PlaceCompliancePage(
        from_at=asked.period[0],
        to_at=asked.period[1],
        hours_from=days_of(*asked.period)[0],
        hours_to=days_of(*asked.period)[1],
        items=_described(asked, place, counted, page, words),
        totals=_totals(session, asked, place, counted, words),
        notes=notes(place, asked.wanted, roles),
        rule_versions=queries.rule_versions_asked(session, asked),
        generated_at=now,
        next_cursor=encode_code_cursor(page[-1].code, page[-1].id) if len(rows) > limit else None,
    )
    _consulted(session, asked, place, page)
    return answer


@requires(Permission.COMPLIANCE_READ)
def export_places(session: Session, caller: Caller, place: Place, wanted: PlaceFilter, now: datetime) -> str:
    """All places asked for as CSV, a column for each status; 422 when they are more than one file holds.

    Without a line of totals, which a spreadsheet would add to the others.
    """
    asked = _asked(caller, wanted, now)
    counted = _counted(session, asked, place)
    groups, time = counted.rows()
    rows = place_rows(session, asked, place, {*groups, *time}, None, MOST_ROWS_IN_A_FILE + 1)
    if len(rows) > MOST_ROWS_IN_A_FILE:
        raise too_many_rows(MOST_ROWS_IN_A_FILE)
    words = read_words(session, asked)
    _consulted(session, asked, place, rows)
    return to_csv(_COLUMNS, (_cells(asked, row) for row in _described(asked, place, counted, rows, words)))


def _asked(caller: Caller, wanted: PlaceFilter, now: datetime) -> Asked:
    windows = in_period(wanted.windows, now)
    return Asked(
        caller, london_day(now), now, windows, area_kind=wanted.area_kind, parent_id=wanted.parent_id
    )


def _counted(session: Session, asked: Asked, place: Place) -> _Counted:
    by = [GroupBy(place.value)]
    groups = {key[0]: each for key, each in queries.groups_by(session, asked, by).items()}
    time = None
    if hours_tellable(place, asked.wanted):
        time = {key[0]: each for key, each in time_queries.officer_time_by(session, asked, by).items()}
    if place is not Place.AREA:
        return _Counted(groups, time, {})
    areas = {*groups, *(area_id for area_id in time or () if area_id is not None)}
    return _Counted(groups, time, areas_above(session, areas))


def _described(
    asked: Asked, place: Place, counted: _Counted, rows: Sequence[PlaceRow], words: Words
) -> list[PlaceCompliance]:
    groups, time = counted.rows()
    return [
        PlaceCompliance(
            **dict(describe_totals(total(groups.get(row.id, ())), words)),
            id=row.id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            area_id=row.area_id,
            officer_minutes=officer_minutes(time.get(row.id, ())) if counted.time is not None else None,
            links=PlaceLinks(**links(place, row.id, asked.wanted)),
        )
        for row in rows
    ]


def _totals(session: Session, asked: Asked, place: Place, counted: _Counted, words: Words) -> PlaceTotals:
    time = None
    if total_tellable(place, asked.wanted):
        time = (
            time_queries.officer_time(session, asked, of_places=True)
            if place is Place.HOTSPOT
            else [each for by_grade in (counted.time or {}).values() for each in by_grade]
        )
    return PlaceTotals(
        **dict(describe_totals(counted.totals, words)),
        in_no_row=_in_no_row(session, asked, counted),
        officer_minutes=officer_minutes(time) if time is not None else None,
    )


def _in_no_row(session: Session, asked: Asked, counted: _Counted) -> int:
    if not counted.above:
        return 0
    listed = areas_with_rows(session, asked, set().union(*counted.above.values()))
    return sum(
        group.windows
        for area_id, groups in counted.groups.items()
        if not counted.above[area_id] & listed
        for group in groups
    )


def _consulted(session: Session, asked: Asked, place: Place, rows: Sequence[PlaceRow]) -> None:
    consulted(
        session,
        f"compliance.{place}s",
        asked.now,
        {place.value: [row.id for row in rows], "period": [rfc3339(at) for at in asked.period]},
        actor_id=asked.caller.officer_id,
        force_id=asked.caller.force_id,
    )


def _cells(asked: Asked, row: PlaceCompliance) -> list[Cell]:
    from_at, to_at = (at.astimezone(LONDON).isoformat() for at in asked.period)
    first, last = (day.isoformat() for day in days_of(*asked.period))
    by_status = {each.status: each.windows for each in row.by_status}
    time = row.officer_minutes
    return [
        row.code,
        row.name,
        row.kind,
        *(getattr(row, name) for name in _COUNTED),
        *(by_status[status] for status in _STATUSES),
        *(getattr(row, name) for name in _MINUTES),
        *(getattr(time, grade) if time is not None else None for grade in _GRADES),
        from_at,
        to_at,
        first,
        last,
        str(row.id),
    ]
