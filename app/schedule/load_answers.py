"""Tells the load of teams and officers: how many windows, hours, nights and weekends fall on each in a period.

A team's row holds every published window of the team that the caller may see, with names or without; an officer's row
those that name the officer, whichever team they are of, because a night for another team is a night as well. Windows
that the caller may not see are counted, and not named.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.areas.queries import OfficerFilter, visible_officers
from app.audit.service import consulted
from app.clock import london_day, start_of_london_day
from app.identity.permissions import Caller, Permission, requires
from app.problems import FORBIDDEN, Problem
from app.schedule import load_queries
from app.schedule.crews import Span
from app.schedule.load import Duty, Load, duty_of_officer, duty_of_team, load_of
from app.schedule.load_queries import Counted
from app.schedule.load_schemas import Clash, LoadBy, LoadResponse, LoadRow
from app.schedule.problems import too_many, wrong_period
from app.spreadsheet import Cell, to_csv

USUAL_PERIOD = timedelta(days=28)
LONGEST_PERIOD = timedelta(days=366)
# As many as one answer holds; more people than the largest area of a force has.
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A team or an officer; an officer's code is the collar number."""

    id: UUID
    code: str
    name: str | None


_NUMBERS = (
    "windows", "tasked_minutes", "required_minutes", "days", "nights", "weekend_windows", "most_on_one_day",
    "consecutive_days", "unassigned", "accepted", "declined", "unanswered",
)  # fmt: skip
_COLUMNS = ("id", "code", "name", "from", "to", *_NUMBERS, "clashes", "clashing_windows")


@requires(Permission.WINDOWS_READ)
def read_load(
    session: Session,
    caller: Caller,
    by: LoadBy,
    from_at: datetime | None,
    to_at: datetime | None,
    team_id: UUID | None,
    now: datetime,
) -> LoadResponse:
    """The load of a period, by default the 28 days from today on; officers for those who may see officers (else 403).

    422 for a period that is none or longer than a year.
    """
    begin = from_at or start_of_london_day(london_day(now))
    end = to_at or begin + USUAL_PERIOD
    if not begin < end <= begin + LONGEST_PERIOD:
        raise wrong_period("must be earlier than to, by a year at most")
    counted = Counted(begin, end, team_id)
    read = _of_officers if by is LoadBy.OFFICER else _of_teams
    rows, duties, seen = read(session, caller, counted, now)
    subjects = {by.value: [row.id for row in rows], "window": seen}
    consulted(
        session, "windows.load", now, {kind: ids for kind, ids in subjects.items() if ids},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return LoadResponse(
        from_at=begin,
        to_at=end,
        by=by,
        generated_at=now,
        rows=[_row(row, load_of(duties.get(row.id, [])), seen) for row in rows],
    )


@requires(Permission.WINDOWS_READ)
def export_load(
    session: Session,
    caller: Caller,
    by: LoadBy,
    from_at: datetime | None,
    to_at: datetime | None,
    team_id: UUID | None,
    now: datetime,
) -> str:
    """The same as CSV, a row each."""
    found = read_load(session, caller, by, from_at, to_at, team_id, now)
    span = (found.from_at.isoformat(), found.to_at.isoformat())
    return to_csv(_COLUMNS, (_cells(row, span) for row in found.rows))


_Read = tuple[Sequence[Row], Mapping[UUID, list[Duty]], set[UUID]]


def _of_teams(session: Session, caller: Caller, counted: Counted, now: datetime) -> _Read:
    today = london_day(now)
    teams = {
        row.id: Row(row.id, row.code, row.name)
        for row in load_queries.teams_seen(session, caller, today, counted.team_id)
    }
    duties: defaultdict[UUID, list[Duty]] = defaultdict(list)
    seen: set[UUID] = set()
    for found in load_queries.windows_of_teams(session, caller, counted, today):
        window = found.window
        span = Span(window.id, window.starts_at, window.ends_at)
        duties[window.team_id].append(duty_of_team(span, window.required_seconds, found.crew))
        # A team from elsewhere that patrols in the caller's area has a row, too.
        teams.setdefault(window.team_id, Row(window.team_id, found.team_code, found.team_name))
        seen.add(window.id)
    return sorted(teams.values(), key=lambda row: (row.code, row.id)), duties, seen


def _of_officers(session: Session, caller: Caller, counted: Counted, now: datetime) -> _Read:
    if not caller.may(Permission.OFFICERS_READ):
        raise Problem(
            FORBIDDEN,
            "Single officers are shown to those who may see officers.",
            denial="windows.load:officers",
        )
    today = london_day(now)
    wanted = OfficerFilter(team_id=counted.team_id)
    people = visible_officers(session, caller, today, wanted, None, MOST_ROWS + 1)
    if len(people) > MOST_ROWS:
        raise too_many("team_id", f"asks for more than {MOST_ROWS} officers: ask for a team")
    rows = {each.officer.id: Row(each.officer.id, each.officer.collar_number, None) for each in people}
    duties: defaultdict[UUID, list[Duty]] = defaultdict(list)
    seen: set[UUID] = set()
    for found in load_queries.windows_by_name(session, caller, list(rows), counted, today):
        window = found.window
        span = Span(window.id, window.starts_at, window.ends_at)
        for officer_id, _ in found.crew.named:
            if officer_id in rows:
                duty = duty_of_officer(span, window.required_seconds, found.crew, officer_id)
                duties[officer_id].append(duty)
                seen |= {window.id} if found.seen else set()
    return list(rows.values()), duties, seen


def _row(row: Row, load: Load, seen: set[UUID]) -> LoadRow:
    return LoadRow(
        id=row.id,
        code=row.code,
        name=row.name,
        windows=load.windows,
        tasked_minutes=load.tasked_ms // 60_000,
        required_minutes=load.required_ms // 60_000,
        days=load.days,
        nights=load.nights,
        weekend_windows=load.weekend_windows,
        most_on_one_day=load.most_on_one_day,
        consecutive_days=load.consecutive_days,
        unassigned=load.unassigned,
        accepted=load.accepted,
        declined=load.declined,
        unanswered=load.unanswered,
        clashes=[
            Clash(window_ids=(one if one in seen else None, other if other in seen else None))
            for one, other in load.clashes
        ],
    )


def _cells(row: LoadRow, span: tuple[str, str]) -> list[Cell]:
    clashing = "; ".join(
        "+".join(str(one) if one else "not shown" for one in clash.window_ids) for clash in row.clashes
    )
    numbers = [getattr(row, name) for name in _NUMBERS]
    return [str(row.id), row.code, row.name, *span, *numbers, len(row.clashes), clashing]
