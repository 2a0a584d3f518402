"""The use case of the view of under-recording: presence in hotspots beside the engagements on record, by team.

What teams are held against is the whole force's, whoever asks: a sergeant sees the rows of their own teams beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from app.areas.schemas import ReportKey
from app.areas.tallies import areas_seen_whole
from app.audit.service import consulted
from app.clock import MINUTE_MS, london_day, rfc3339, start_of_london_day
from app.compliance.few_officers import FEWEST
from app.compliance.grouping import GroupBy
from app.compliance.places import Asked, OfficerTime, days_of
from app.compliance.time_queries import officer_time_by
from app.identity.permissions import Caller, Permission, requires
from app.rest.asked import period_asked
from app.schedule.windows import WindowFilter
from app.spreadsheet import Cell, to_csv
from app.wmnow import presence_queries, reconciliation_queries as queries, under_recording as rules
from app.wmnow.presence_queries import OnPatrol, TeamSeen
from app.wmnow.reconciliation import Counts, links, together
from app.wmnow.reconciliation_queries import Question
from app.wmnow.reconciliation_schemas import PresenceRow, PresenceSums, UnderRecording
from app.wmnow.scatter import Dot
from app.wmnow.under_recording import Bounds, TeamPresence

TEAM = "team"
HOUR_MIN = 60
_NO_TEAM = TeamSeen(UUID(int=0), "", "no team", False)


@dataclass(frozen=True, slots=True)
class _Force:
    """What there is of each team, None being of no team."""

    time: Mapping[UUID | None, OfficerTime]
    counts: Mapping[UUID | None, Counts]
    on_patrol: Mapping[UUID | None, OnPatrol]

    @property
    def keys(self) -> set[UUID | None]:
        return {*self.time, *self.counts, *self.on_patrol}

    def of(self, team_id: UUID | None) -> tuple[OfficerTime, Counts, OnPatrol]:
        return (
            self.time.get(team_id, OfficerTime()),
            self.counts.get(team_id, Counts()),
            self.on_patrol.get(team_id, OnPatrol()),
        )


@requires(Permission.WMNOW_REPORT)
def read_under_recording(
    session: Session, caller: Caller, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> UnderRecording:
    """Teams in the caller's scope over the whole London days that a period touches, the last four weeks unless asked
    otherwise. 422 for no period."""
    first, last = days_of(*period_asked(from_at, to_at, now))
    from_at, to_at = start_of_london_day(first), start_of_london_day(last + timedelta(days=1))
    day = london_day(now)
    everybody = presence_queries.for_the_whole_force(caller)
    asked = Asked(everybody, day, now, WindowFilter(from_at, to_at), permission=Permission.WMNOW_REPORT)
    force = _read(session, asked, Question(everybody, day, from_at, to_at, (TEAM,)))
    whole = caller.force_id in areas_seen_whole(session, caller, day, Permission.WMNOW_REPORT)
    seen = [
        each
        for each in presence_queries.teams_seen(session, caller, day)
        if each.held or each.id in force.keys
    ]
    shown: list[UUID | None] = [each.id for each in seen]
    if whole and None in force.keys:
        shown.append(None)
    together_on_patrol = presence_queries.on_patrol(session, asked, None if whole else shown)
    told = [each for each in shown if rules.enough(force.of(each)[2].officers)]
    beside = together_on_patrol.officers - presence_queries.on_patrol(session, asked, told).officers
    against = rules.bounds([_held(force, each) for each in force.keys if each is not None])
    consulted(
        session, "wmnow.under-recording", now,
        {"team": [each.id for each in seen], "period": [rfc3339(from_at), rfc3339(to_at)]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    names = {each.id: each for each in seen}
    return UnderRecording(
        from_at=from_at,
        to_at=to_at,
        rule=rules.RULE,
        rows=[
            _row(caller, force, each, _NO_TEAM if each is None else names[each], against, (from_at, to_at))
            for each in shown
        ],
        totals=_sums(*_in_all(force, shown), together_on_patrol, beside=beside),
        teams_compared=against.teams,
        median_per_ten_hours=_rounded(against.median_rate),
        median_presence_minutes=None
        if against.median_presence_ms is None
        else against.median_presence_ms // MINUTE_MS,
        lowest_quarter_per_ten_hours=_rounded(against.lowest_quarter),
        tracker_records_without_officer=sum(force.of(each)[1].nobody for each in shown),
        fewest_officers=FEWEST,
        notes=list(rules.NOTES),
        generated_at=now,
    )


def _read(session: Session, asked: Asked, question: Question) -> _Force:
    time = officer_time_by(session, asked, (GroupBy.TEAM,))
    counts = together([queries.tracker_by(session, question), queries.ours_by(session, question)])
    return _Force(
        {key[0]: OfficerTime.of(each) for key, each in time.items()},
        {key[0]: each for key, each in counts.items()},
        presence_queries.on_patrol_by_team(session, asked),
    )


def _presence_ms(time: OfficerTime) -> int:
    return time.verified + time.accepted


def _held(force: _Force, team_id: UUID) -> TeamPresence:
    time, counts, on_patrol = force.of(team_id)
    return TeamPresence(_presence_ms(time), on_patrol.patrols, counts.total)


def _in_all(force: _Force, shown: Sequence[UUID | None]) -> tuple[OfficerTime, Counts]:
    times = [force.of(each)[0] for each in shown]
    time = OfficerTime(
        verified=sum(each.verified for each in times), accepted=sum(each.accepted for each in times)
    )
    return time, sum((force.of(each)[1] for each in shown), Counts())


def _row(
    caller: Caller,
    force: _Force,
    team_id: UUID | None,
    team: TeamSeen,
    against: Bounds,
    period: tuple[datetime, datetime],
) -> PresenceRow:
    held = _held(force, team_id) if team_id is not None else TeamPresence(0, 0, 0)
    return PresenceRow(
        **_sums(*force.of(team_id)).model_dump(),
        team=ReportKey(id=team_id, code=team.code or None, name=team.name),
        compared=rules.compared(held),
        named=rules.named(held, against),
        links=links(caller.may, *period, "team_id", team_id),
    )


def _sums(time: OfficerTime, counts: Counts, people: OnPatrol, *, beside: int = 0) -> PresenceSums:
    """`beside` are the officers of a total who stand in no row that tells how many have nothing on record."""
    presence = _presence_ms(time)
    return PresenceSums(
        presence_minutes=presence // MINUTE_MS,
        verified_minutes=time.verified // MINUTE_MS,
        accepted_minutes=time.accepted // MINUTE_MS,
        patrols=people.patrols,
        ours=counts.ours,
        tracker=counts.tracker,
        linked=counts.linked,
        engagements=counts.total,
        hotspot_contacts=counts.hotspot_contacts,
        per_ten_hours=_rounded(rules.rate(counts.total, presence)),
        officers=people.officers,
        officers_without_record=people.without_record if rules.tells(people.officers, beside) else None,
    )


def _rounded(found: float | None) -> float | None:
    return None if found is None else round(found, 2)


def dots(told: UnderRecording) -> list[Dot]:
    """The teams as they are drawn: those of which there is anything to show."""
    return [
        Dot(
            each.team.code,
            each.presence_minutes / HOUR_MIN,
            each.engagements,
            "named" if each.named else "compared" if each.compared else "few-patrols",
        )
        for each in told.rows
        if each.team.code is not None and (each.presence_minutes or each.engagements)
    ]


_NUMBERS = (
    "presence_minutes", "verified_minutes", "accepted_minutes", "patrols", "ours", "tracker", "linked", "engagements",
    "hotspot_contacts",
)  # fmt: skip


def as_table(told: UnderRecording) -> str:
    """The view as CSV, its total last; `officers_without_record` is «not told» where too few had presence."""

    def cells(team: ReportKey, row: PresenceSums, *flags: Cell) -> list[Cell]:
        rate = None if row.per_ten_hours is None else Decimal(str(row.per_ten_hours))
        few = "not told" if row.officers_without_record is None else row.officers_without_record
        team_id = None if team.id is None else str(team.id)
        numbers = (getattr(row, each) for each in _NUMBERS)
        return [team_id, team.code, team.name, *numbers, rate, row.officers, few, *flags]

    header = (
        "team_id", "team_code", "team_name", *_NUMBERS, "per_ten_hours", "officers", "officers_without_record",
        "compared", "named",
    )  # fmt: skip
    rows = [cells(each.team, each, each.compared, each.named) for each in told.rows]
    return to_csv(header, [*rows, cells(ReportKey(id=None, code=None, name="all"), told.totals, None, None)])
