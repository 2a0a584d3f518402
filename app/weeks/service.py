"""A team's week for the sergeant's Monday, and a line per team for whoever leads several. Reads, and logs who looked.

Windows and what they add up to come from compliance, what waits for a decision from reviews: the week says nothing that
those would not say of the same caller.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import LONDON, london_day, rfc3339
from app.compliance import queries as compliance, time_queries
from app.compliance.arithmetic import Totals, total
from app.compliance.grouping import GroupBy
from app.compliance.place_rows import PlaceRow, place_rows
from app.compliance.places import Asked, Place, links as place_links, notes as place_notes
from app.compliance.problems import too_many_rows
from app.compliance.queries import WindowLine
from app.compliance.service import Words, describe_totals, officer_minutes
from app.identity.permissions import Caller, Permission, requires
from app.patrols import due_answers, review_due
from app.patrols.due_answers import Due
from app.patrols.lifecycle import Programme
from app.problems import out_of_sight
from app.reference.codes import in_words
from app.reference.queries import labels_of
from app.schedule.windows import LATE_DATA_GRACE, WindowFilter, WindowStatus
from app.spreadsheet import Cell, to_csv
from app.weeks.answers import around, describe_window, linkable, proposals
from app.weeks.calendar import Week, parse_week, week_of
from app.weeks.problems import no_week
from app.weeks.schemas import (
    Comparison,
    ProgrammeHours,
    TeamLine,
    TeamWeek,
    WeekHours,
    WeekLinks,
    WeekList,
    WeekShare,
    WeekWindow,
)
from app.weeks.telling import Counted, compared, few, headline

WEEKS_BEFORE = 4
MOST_WINDOWS = 500
MOST_TEAMS = 500
_LISTS = ["window_statuses", "reasons", "reason_sources", "decisions", "flags", "programmes"]
_COLUMNS = (
    "hotspot_code", "hotspot_name", "starts_at", "ends_at", "outcome", "status", "status_label", "required_minutes",
    "credited_minutes", "verified_minutes", "officer_count", "collar_numbers", "reason_code", "reason_label", "why",
    "to_decide", "provisional", "window_id", "team_code", "week",
)  # fmt: skip
_TEAM_COLUMNS = (
    "team_code", "team_name", "week", "headline", "denominator", "met", "met_by_decision", "not_met", "open",
    "cancelled", "moved", "to_decide", "provisional", "team_id",
)  # fmt: skip

_WINDOWS_ONLY = (
    "To decide counts windows here; patrols without one that wait stand in the week of their team."
)


def _week(text: str, place: str) -> Week:
    try:
        return parse_week(text)
    except ValueError:
        raise no_week(place) from None


def _asked(
    caller: Caller, week: Week, now: datetime, team_id: UUID | None, area_id: UUID | None = None
) -> Asked:
    from_at, to_at = week.period
    return Asked(caller, london_day(now), now, WindowFilter(from_at, to_at, team_id, area_id=area_id))


@requires(Permission.COMPLIANCE_READ)
def read_week(session: Session, caller: Caller, team_id: UUID, week: str, now: datetime) -> TeamWeek:
    """One team's week; 404 for a team of which the caller may see nothing, 422 for what is no week.

    The same number of statements however many windows and patrols there are.
    """
    asked = _asked(caller, _week(week, "path"), now, team_id)
    lines = compliance.window_lines(session, asked, None, MOST_WINDOWS + 1)
    if len(lines) > MOST_WINDOWS:
        raise too_many_rows(MOST_WINDOWS)
    found = place_rows(session, asked, Place.TEAM, {line.window.team_id for line in lines}, None, 2)
    team = next((row for row in found if row.id == team_id), None)
    if team is None:
        raise out_of_sight("weeks:read")
    words = labels_of(session, caller.force_id, _LISTS, asked.day)
    due = _due(session, asked)
    told = _described(session, asked, lines, due, words)
    consulted(
        session, "weeks:read", now,
        {
            "team": [team_id], "window": [line.window.id for line in lines],
            "patrol": told.patrol_ids | due.patrol_ids, "officer": told.officer_ids | due.officer_ids,
        },
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return _answer(session, asked, team, told.windows, due, words)


@dataclass(frozen=True, slots=True)
class _Told:
    windows: list[WeekWindow]
    patrol_ids: set[UUID]
    officer_ids: set[UUID]


def _due(session: Session, asked: Asked) -> Due:
    """All that waits for the caller's decision about the team in the week: windows, then patrols without one."""
    caller, team_id = asked.caller, asked.wanted.team_id
    if not caller.may(Permission.REVIEWS_DECIDE):
        return Due([], False, set(), set())
    windows = due_answers.windows_due(
        session, caller, asked.period, asked.now, limit=MOST_WINDOWS, team_id=team_id
    )
    patrols = due_answers.patrols_due(
        session, caller, asked.period, asked.now, limit=MOST_WINDOWS, team_id=team_id
    )
    return Due(
        [*windows.items, *patrols.items],
        patrols.more,
        windows.patrol_ids | patrols.patrol_ids,
        windows.officer_ids | patrols.officer_ids,
    )


def _described(session: Session, asked: Asked, lines: Sequence[WindowLine], due: Due, words: Words) -> _Told:
    surroundings = around(session, asked, lines)
    waiting = {item.id for item in due.items}
    windows = [
        describe_window(line, surroundings, words, asked.now, to_decide=line.window.id in waiting)
        for line in lines
    ]
    return _Told(windows, surroundings.patrol_ids, surroundings.officer_ids)


def _answer(
    session: Session, asked: Asked, team: PlaceRow, windows: list[WeekWindow], due: Due, words: Words
) -> TeamWeek:
    from_at, to_at = asked.period
    week, over = week_of(london_day(from_at)), to_at <= asked.now
    totals = total(compliance.groups(session, asked))
    proposed, items = proposals(due, words["reasons"])
    until = [each.provisional_until for each in windows if each.provisional_until is not None]
    may_decide = asked.caller.may(Permission.REVIEWS_DECIDE)
    return TeamWeek(
        team_id=team.id,
        team_code=team.code,
        team_name=team.name,
        week=str(week),
        from_at=from_at,
        to_at=to_at,
        over=over,
        headline=_headline(totals, words, len(due.items), over=over),
        totals=describe_totals(totals, words),
        windows=windows,
        to_decide=list(due.items) if may_decide else None,
        flag_labels={flag: in_words(words["flags"], flag) for each in due.items for flag in each.flags},
        proposals=proposed,
        proposed_items=items,
        linkable=linkable(due),
        hours=_hours(session, asked, words),
        comparison=_compared(session, asked, week, totals),
        provisional=totals.provisional,
        provisional_until=max(until, default=None),
        notes=[
            *([f"More waits than is told here: the first {MOST_WINDOWS} patrols."] if due.more else []),
            *_notes(asked, totals, over=over, may_decide=may_decide, hours=True),
        ],
        rule_versions=compliance.rule_versions_asked(session, asked),
        generated_at=asked.now,
        links=_links(asked, team.id, week),
    )


def _counted(totals: Totals) -> Counted:
    return Counted(totals.kept, totals.denominator, totals.by_status, totals.by_reason)


def _headline(totals: Totals, words: Words, to_decide: int, *, over: bool) -> str:
    labels = {status: in_words(words["window_statuses"], status.value) for status in WindowStatus}
    reasons = {code: in_words(words["reasons"], code) for code in totals.by_reason}
    return headline(_counted(totals), labels, reasons, to_decide, over=over)


def _hours(session: Session, asked: Asked, words: Words) -> WeekHours:
    by_programme = {
        Programme(key[0]): each
        for key, each in time_queries.officer_time_by(session, asked, [GroupBy.PROGRAMME]).items()
    }
    rows = [
        _programme_hours(each, in_words(words["programmes"], each.value), by_programme[each])
        for each in sorted(by_programme)
    ]
    everything = [time for each in by_programme.values() for time in each]
    return WeekHours(programmes=rows, total=_programme_hours(None, "all programmes", everything))


def _programme_hours(
    programme: Programme | None, label: str, times: Iterable[tuple[str, int]]
) -> ProgrammeHours:
    minutes = officer_minutes(times)
    return ProgrammeHours(programme=programme, programme_label=label, **minutes.model_dump())


def _compared(session: Session, asked: Asked, week: Week, totals: Totals) -> Comparison:
    shares = []
    for weeks in range(1, WEEKS_BEFORE + 1):
        earlier = week.before(weeks)
        then = _asked(asked.caller, earlier, asked.now, asked.wanted.team_id)
        found = total(compliance.groups(session, then))
        shares.append(
            WeekShare(
                week=str(earlier),
                kept=found.kept,
                kept_by_decision=found.kept_by_decision,
                decided=found.decided,
                denominator=found.denominator,
                link=f"/v1/weeks/{asked.wanted.team_id}/{earlier}",
            )
        )
    return Comparison(
        before=shares,
        small_numbers=few(totals.decided, sum(share.decided for share in shares)),
        in_words=compared((totals.kept, totals.decided), [(share.kept, share.decided) for share in shares]),
    )


def _notes(asked: Asked, totals: Totals, *, over: bool, may_decide: bool, hours: bool) -> list[str]:
    found = []
    if not over:
        found.append("This week is not over: what is still open is in no count of what was kept.")
    if totals.provisional:
        found.append(
            f"Windows that may still change by themselves: {totals.provisional}. Positions that come late count until "
            f"{int(LATE_DATA_GRACE.total_seconds()) // 3600} hours after a window's end."
        )
    if totals.published_late:
        found.append(
            f"Published only once they had begun, and counted all the same: {totals.published_late}."
        )
    if not may_decide:
        found.append("You decide on nothing here: what waits for a decision is told to supervisors.")
    told = place_notes(Place.TEAM, asked.wanted, asked.caller.roles_that_grant(Permission.COMPLIANCE_READ))
    return found + [note for note in told if hours or not note.startswith("Officer minutes")]


def _links(asked: Asked, team_id: UUID, week: Week) -> WeekLinks:
    here = f"/v1/weeks/{team_id}"
    from_at, to_at = (rfc3339(at) for at in asked.period)
    return WeekLinks(
        page=f"{here}/{week}?format=html",
        csv=f"{here}/{week}?format=csv",
        previous=f"{here}/{week.before(1)}",
        following=f"{here}/{week.before(-1)}",
        windows=place_links(Place.TEAM, team_id, asked.wanted)["windows"],
        reviews_due=f"/v1/reviews/due?from={from_at}&to={to_at}",
        decide="/v1/reviews",
    )


def as_table(told: TeamWeek) -> str:
    """The windows of a week as CSV, times on London's clocks; the sentences of `why` in one cell."""
    return to_csv(_COLUMNS, (_cells(told, each) for each in told.windows))


def _cells(told: TeamWeek, each: WeekWindow) -> list[Cell]:
    special: dict[str, Cell] = {
        "starts_at": each.starts_at.astimezone(LONDON).isoformat(),
        "ends_at": each.ends_at.astimezone(LONDON).isoformat(),
        "collar_numbers": " ".join(each.collar_numbers),
        "why": " ".join(each.why),
        "window_id": str(each.window_id),
        "team_code": told.team_code,
        "week": told.week,
    }
    return [special[name] if name in special else getattr(each, name) for name in _COLUMNS]


@requires(Permission.COMPLIANCE_READ)
def list_weeks(
    session: Session, caller: Caller, week: str | None, area_id: UUID | None, now: datetime
) -> WeekList:
    """A line for each team the caller may see, of an area and all below it where one is named; this week where none
    is."""
    wanted = _week(week, "query") if week is not None else week_of(london_day(now))
    asked = _asked(caller, wanted, now, None, area_id)
    by_team = compliance.groups_by(session, asked, (GroupBy.TEAM,))
    groups = {key[0]: each for key, each in by_team.items()}
    teams = place_rows(session, asked, Place.TEAM, set(groups), None, MOST_TEAMS + 1)
    if len(teams) > MOST_TEAMS:
        raise too_many_rows(MOST_TEAMS)
    waiting = None
    if caller.may(Permission.REVIEWS_DECIDE):
        waiting = review_due.windows_due_by_team(session, caller, asked.day, now, asked.period)
    words = labels_of(session, caller.force_id, _LISTS, asked.day)
    period = [rfc3339(at) for at in asked.period]
    consulted(
        session, "weeks:list", now, {"team": [team.id for team in teams], "period": period},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    lines = [
        _team_line(team, total(groups.get(team.id, ())), waiting, words, asked, wanted) for team in teams
    ]
    all_told = total([group for each in groups.values() for group in each])
    over = asked.period[1] <= now
    return WeekList(
        week=str(wanted),
        from_at=asked.period[0],
        to_at=asked.period[1],
        over=over,
        headline=_headline(all_told, words, sum(line.to_decide or 0 for line in lines), over=over),
        teams=lines,
        notes=[
            *([_WINDOWS_ONLY] if waiting is not None else []),
            *_notes(asked, all_told, over=over, may_decide=waiting is not None, hours=False),
        ],
        generated_at=now,
    )


def _team_line(
    team: PlaceRow, totals: Totals, waiting: dict[UUID, int] | None, words: Words, asked: Asked, week: Week
) -> TeamLine:
    to_decide = None if waiting is None else waiting.get(team.id, 0)
    cancelled, moved = totals.by_status[WindowStatus.CANCELLED], totals.by_status[WindowStatus.MOVED]
    met = totals.kept + totals.kept_by_decision
    return TeamLine(
        team_id=team.id,
        team_code=team.code,
        team_name=team.name,
        headline=_headline(totals, words, to_decide or 0, over=asked.period[1] <= asked.now),
        denominator=totals.denominator,
        met=totals.kept,
        met_by_decision=totals.kept_by_decision,
        not_met=totals.decided - met - cancelled - moved,
        open=totals.denominator - totals.decided,
        cancelled=cancelled,
        moved=moved,
        to_decide=to_decide,
        provisional=totals.provisional,
        week=str(week),
        link=f"/v1/weeks/{team.id}/{week}",
    )


def teams_as_table(told: WeekList) -> str:
    """The lines of all teams as CSV."""
    return to_csv(_TEAM_COLUMNS, (_team_cells(line) for line in told.teams))


def _team_cells(line: TeamLine) -> list[Cell]:
    return [str(line.team_id) if name == "team_id" else getattr(line, name) for name in _TEAM_COLUMNS]
