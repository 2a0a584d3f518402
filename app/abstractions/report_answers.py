"""Reports of abstractions: added up by place, team, officer, kind or time, and areas against what they are held to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.abstractions import import_queries, queries, report_queries
from app.abstractions.importing import Objective
from app.abstractions.report_queries import Key, Question
from app.abstractions.report_schemas import (
    AbstractionReport,
    AbstractionReportRow,
    AbstractionSums,
    AgainstBenchmark,
)
from app.abstractions.reporting import (
    LISTS,
    AbstractionBy,
    Person,
    Sums,
    change_percent,
    days_between,
    hours,
    hours_a_week,
    links,
    notes,
)
from app.abstractions.schemas import AbstractionFilter
from app.areas.periods import MOST_PERIODS
from app.areas.schemas import ReportKey
from app.areas.tallies import (
    AREA_KINDS,
    Called,
    areas_seen_whole,
    called,
    coded,
    few_enough,
    places_in_scope,
    spans_of,
)
from app.audit.service import consulted
from app.clock import london_day, start_of_london_day, to_ms
from app.identity.officer_views import require_officer_views
from app.identity.permissions import Caller, Permission, requires
from app.reference.queries import labels
from app.rest.asked import as_asked, period_asked
from app.rest.parameters import too_many_periods
from app.spreadsheet import Cell, to_csv

_NO_AUTHORISER = Called(None, None, "nobody on record", "\uffff")


@requires(Permission.ABSTRACTIONS_REPORT)
def read_report(
    session: Session,
    caller: Caller,
    by: AbstractionBy,
    person: Person,
    wanted: AbstractionFilter,
    officer_views: frozenset[str],
    now: datetime,
) -> AbstractionReport:
    """Abstractions in the caller's scope, added up; the last four weeks unless asked otherwise. By officer, and of one,
    only where the force shows its supervisors single officers (403 elsewhere)."""
    if by is AbstractionBy.OFFICER or wanted.officer_id is not None or wanted.authorised_by is not None:
        require_officer_views(session, caller, officer_views)
    from_at, to_at = period_asked(wanted.from_at, wanted.to_at, now)
    wanted = replace(wanted, from_at=from_at, to_at=to_at)
    asked = _question(caller, by, person, wanted, now)
    if not few_enough(by.value, asked.days):
        raise too_many_periods(MOST_PERIODS)
    found = report_queries.sums_by(session, asked)
    in_all = report_queries.sums_in_all(session, asked)
    days = days_between(wanted.from_at or now, wanted.to_at or now)
    names = _names(session, asked, found)
    against = _benchmarks(session, asked, found, days) if by.value in AREA_KINDS and _of_all(wanted) else {}
    told = _asked_as(wanted)
    spans = spans_of(by.value, from_at, to_at)
    rows = [
        AbstractionReportRow(
            **_sums(found.get(key, Sums()), days_between(*spans[key]) if key in spans else days).model_dump(),
            key=ReportKey(id=each.id, code=each.code, name=each.name),
            share_percent=_share(found.get(key, Sums()), in_all),
            benchmark=against.get(key),
            links=links(by, person, key, told | as_asked(*spans.get(key, ())), caller.force_id),
        )
        for key, each in sorted(names.items(), key=lambda pair: pair[1].order)
    ]
    people = [each for each in found if isinstance(each, UUID)] if by is AbstractionBy.OFFICER else []
    period = [told["from"], told["to"]]
    consulted(
        session, f"abstractions.report.{by.value}", now, {"officer": people, "period": period},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return AbstractionReport(
        group_by=by.value,
        person=person.value,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        days=round(days, 2),
        rows=rows,
        totals=_sums(in_all, days),
        policies=queries.policies_of(session, caller, asked.day, wanted),
        notes=notes(by, person),
        generated_at=now,
    )


def _question(
    caller: Caller, by: AbstractionBy, person: Person, wanted: AbstractionFilter, now: datetime
) -> Question:
    first = london_day(wanted.from_at or now)
    last = london_day((wanted.to_at or now) - timedelta(microseconds=1))
    return Question(caller, london_day(now), by, person, wanted, (first, last), to_ms(now))


def _names(session: Session, asked: Question, found: Iterable[Key]) -> Mapping[Key, Called]:
    by, keys = asked.by, set(found)
    if by in LISTS:
        codes = labels(session, asked.caller.force_id, LISTS[by], asked.day)
        return {code: coded(code, codes, "none given") for code in {*keys, *codes}}
    if by.value in AREA_KINDS or by is AbstractionBy.TEAM:
        permission = Permission.ABSTRACTIONS_REPORT
        keys |= places_in_scope(session, asked.caller, by.value, asked.day, permission)
    names = called(session, by.value, keys, asked.days)
    if by is AbstractionBy.OFFICER and None in names:
        names[None] = _NO_AUTHORISER
    return names


def _share(sums: Sums, in_all: Sums) -> float | None:
    return round(100 * sums.counted_ms / in_all.counted_ms, 1) if in_all.counted_ms else None


def _sums(sums: Sums, days: float) -> AbstractionSums:
    return AbstractionSums(
        recorded=sums.recorded,
        counted=sums.counted,
        hours=hours(sums.counted_ms),
        hours_a_week=hours_a_week(sums.counted_ms, days),
        local_hours=hours(sums.local_ms),
        central_hours=hours(sums.central_ms),
        mandatory_hours=hours(sums.mandatory_ms),
        confirmed=sums.confirmed,
        disputed=sums.disputed,
        backfilled=sums.backfilled,
        going_on=sums.going_on,
    )


def _of_all(wanted: AbstractionFilter) -> bool:
    """Whether nothing but a period and a place narrows what is asked for."""
    return wanted == AbstractionFilter(wanted.from_at, wanted.to_at, area_id=wanted.area_id)


def _benchmarks(
    session: Session, asked: Question, found: Mapping[Key, Sums], days: float
) -> dict[Key, AgainstBenchmark]:
    """Each area that is held against something on the last day asked for, against it; only where the caller sees all
    of the area, for a team's hours say nothing of what its area is held to."""
    whole = areas_seen_whole(session, asked.caller, asked.day, Permission.ABSTRACTIONS_REPORT)
    standing: dict[UUID, Objective] = {}
    for each in import_queries.objectives(session, asked.caller.force_id):
        if each.valid_from <= asked.days[1] and each.area_id in whole:
            standing[each.area_id] = each
    spans = {(each.benchmark_from, each.benchmark_to) for each in standing.values()}
    then: dict[tuple[object, object], Mapping[Key, Sums]] = {}
    for first, last in spans:
        from_at, to_at = start_of_london_day(first), start_of_london_day(last + timedelta(days=1))
        wanted = replace(asked.wanted, from_at=from_at, to_at=to_at)
        then[first, last] = report_queries.sums_by(session, replace(asked, wanted=wanted, days=(first, last)))
    told: dict[Key, AgainstBenchmark] = {}
    for area_id, each in standing.items():
        span = (each.benchmark_from, each.benchmark_to)
        before = then[span].get(area_id, Sums()).counted_ms
        length = (each.benchmark_to - each.benchmark_from).days + 1
        a_week, now = hours_a_week(before, length), hours_a_week(found.get(area_id, Sums()).counted_ms, days)
        most = each.most_hours_a_week
        told[area_id] = AgainstBenchmark(
            benchmark_from=span[0],
            benchmark_to=span[1],
            benchmark_hours_a_week=a_week,
            change_percent=change_percent(a_week, now),
            most_hours_a_week=most,
            within=None if most is None else now <= most,
        )
    return told


def _asked_as(wanted: AbstractionFilter) -> dict[str, str]:
    return as_asked(
        wanted.from_at, wanted.to_at, team_id=wanted.team_id, area_id=wanted.area_id, officer_id=wanted.officer_id,
        authorised_by=wanted.authorised_by, reason_code=wanted.reason_code, reason_class=wanted.reason_class,
        authority_level=wanted.authority_level,
    )  # fmt: skip


_COLUMNS = (
    "group_by", "code", "name", "recorded", "counted", "hours", "hours_a_week", "share_percent", "local_hours",
    "central_hours", "mandatory_hours", "confirmed", "disputed", "backfilled", "going_on", "benchmark_hours_a_week",
    "change_percent", "most_hours_a_week", "within",
)  # fmt: skip


def as_table(report: AbstractionReport) -> str:
    """A report as CSV, its total last."""

    def cells(code: str | None, name: str, row: AbstractionSums, share: float | None) -> list[Cell]:
        return [
            report.group_by, code, name, row.recorded, row.counted, f"{row.hours:.2f}", f"{row.hours_a_week:.2f}",
            None if share is None else f"{share}", f"{row.local_hours:.2f}", f"{row.central_hours:.2f}",
            f"{row.mandatory_hours:.2f}", row.confirmed, row.disputed, row.backfilled, row.going_on,
        ]  # fmt: skip

    def against(row: AgainstBenchmark | None) -> list[Cell]:
        if row is None:
            return [None, None, None, None]
        return [
            f"{row.benchmark_hours_a_week:.2f}",
            None if row.change_percent is None else f"{row.change_percent}",
            None if row.most_hours_a_week is None else f"{row.most_hours_a_week}",
            row.within,
        ]

    rows = [
        [*cells(each.key.code, each.key.name, each, each.share_percent), *against(each.benchmark)]
        for each in report.rows
    ]
    return to_csv(_COLUMNS, [*rows, [*cells(None, "all", report.totals, None), *against(None)]])
