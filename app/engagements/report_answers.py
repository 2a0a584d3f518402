"""Reports of engagements: added up by place, team, officer, kind or group, and what was not reached."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.areas.periods import MOST_PERIODS
from app.areas.schemas import ReportKey
from app.areas.tallies import AREA_KINDS, Called, called, coded, few_enough, places_in_scope, spans_of
from app.audit.service import consulted
from app.clock import london_day, rfc3339
from app.engagements import report_queries
from app.engagements.recording import ENGAGEMENT, words
from app.engagements.report_queries import Key, Question
from app.engagements.report_schemas import (
    EngagementGaps,
    EngagementReport,
    GapRow,
    ReportRow,
    ReportSums,
)
from app.engagements.reporting import ANYWAY, LISTS, EngagementBy, Sums, links, notes
from app.engagements.schemas import EngagementFilter
from app.identity.officer_views import require_officer_views
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import Lists
from app.rest.asked import as_asked, period_asked
from app.rest.parameters import too_many_periods
from app.spreadsheet import Cell, to_csv

# Fewer of a group than this are not told: somebody who was there could be known.
FEWEST_PEOPLE = 5
GAP_PLACES = (EngagementBy.NEIGHBOURHOOD, EngagementBy.WARD, EngagementBy.TEAM)
GAP_GROUPS = (EngagementBy.PRIORITY_GROUP, EngagementBy.MINORITY_GROUP)


@requires(Permission.ENGAGEMENTS_REPORT)
def read_report(
    session: Session,
    caller: Caller,
    by: EngagementBy,
    wanted: EngagementFilter,
    officer_views: frozenset[str],
    now: datetime,
) -> EngagementReport:
    """Engagements in the caller's scope, added up; the last four weeks unless asked otherwise. By officer, and of one,
    only where the force shows its supervisors single officers (403 elsewhere)."""
    if by is EngagementBy.OFFICER or wanted.officer_id is not None:
        require_officer_views(session, caller, officer_views)
    wanted = in_period(wanted, now)
    asked = _question(caller, by, wanted, now)
    if not few_enough(by.value, asked.days):
        raise too_many_periods(MOST_PERIODS)
    lists = words(session, caller.force_id, asked.day)
    found = report_queries.sums_by(session, asked, lists["reach_bands"])
    in_all = report_queries.sums_in_all(session, asked, lists["reach_bands"])
    names = _names(session, asked, found, lists)
    told = _asked_as(wanted)
    spans = spans_of(by.value, wanted.from_at or now, wanted.to_at or now)
    rows = [
        _row(
            by,
            key,
            each,
            found.get(key, Sums()),
            in_all,
            told | as_asked(*spans.get(key, ())),
            caller.force_id,
        )
        for key, each in sorted(names.items(), key=lambda pair: pair[1].order)
    ]
    _consulted(
        session, asked, f"engagements.report.{by.value}", found if by is EngagementBy.OFFICER else (), now
    )
    return EngagementReport(
        group_by=by.value,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        rows=rows,
        totals=_sums(in_all),
        notes=notes(by),
        generated_at=now,
    )


@requires(Permission.ENGAGEMENTS_REPORT)
def read_gaps(session: Session, caller: Caller, days: int, now: datetime) -> EngagementGaps:
    """Neighbourhoods, wards and teams in the caller's scope, and priority and minority groups, that nobody engaged with
    in so many days; contacts on hotspot patrols do not fill a gap."""
    wanted = EngagementFilter(to_at=now, counted_as=ENGAGEMENT)
    since = now - timedelta(days=days)
    found: list[GapRow] = []
    counted: dict[str, int] = {}
    for by in (*GAP_PLACES, *GAP_GROUPS):
        asked = _question(caller, by, wanted, now)
        last = report_queries.last_by(session, asked)
        lists = words(session, caller.force_id, asked.day)
        names = _names(session, asked, last, lists, everywhere=True)
        counted[by.value] = len(names)
        found += [
            _gap(by, key, each, last.get(key), caller.force_id, now)
            for key, each in names.items()
            if _older(last.get(key), since)
        ]
    _consulted(session, _question(caller, EngagementBy.FORCE, wanted, now), "engagements.gaps", (), now)
    found.sort(
        key=lambda each: (each.last_at or datetime.min.replace(tzinfo=now.tzinfo), each.of, each.key.name)
    )
    return EngagementGaps(
        days=days,
        since=since,
        gaps=found,
        asked=counted,
        notes=[
            "A place is reached when one of its teams engaged, or when an engagement was held in it.",
            "Contacts on hotspot patrols do not fill a gap: it is about engagement that was meant.",
            "Only what lies in your scope is looked at: other teams may have been there.",
        ],
        generated_at=now,
    )


def _older(last: datetime | None, since: datetime) -> bool:
    return last is None or last < since


def _gap(
    by: EngagementBy, key: Key, each: Called, last: datetime | None, force_id: UUID, now: datetime
) -> GapRow:
    return GapRow(
        of=by.value,
        key=ReportKey(id=each.id, code=each.code, name=each.name),
        last_at=last,
        days_since=(london_day(now) - london_day(last)).days if last else None,
        links=links(by, key, {}, force_id),
    )


def in_period(wanted: EngagementFilter, now: datetime) -> EngagementFilter:
    """A filter with its period: without `to` until now, without `from` the four weeks before `to`; 422 for none."""
    from_at, to_at = period_asked(wanted.from_at, wanted.to_at, now)
    return replace(wanted, from_at=from_at, to_at=to_at)


def _question(caller: Caller, by: EngagementBy, wanted: EngagementFilter, now: datetime) -> Question:
    first = london_day(wanted.from_at) if wanted.from_at else date(2000, 1, 1)
    last = london_day((wanted.to_at or now) - timedelta(microseconds=1))
    return Question(caller, london_day(now), by, wanted, (first, last))


def _names(
    session: Session, asked: Question, found: Iterable[Key], lists: Lists, *, everywhere: bool = False
) -> Mapping[Key, Called]:
    """What the rows are called: those found, every code of a list, every period, and every place in scope."""
    by = asked.by
    if by in LISTS:
        labels = lists[LISTS[by]]
        codes = {*found, *(labels if by in ANYWAY else ())}
        return {code: coded(code, labels, "none") for code in codes}
    keys = set(found)
    if by.value in AREA_KINDS or by is EngagementBy.TEAM:
        keys |= places_in_scope(session, asked.caller, by.value, asked.day, Permission.ENGAGEMENTS_REPORT)
    if everywhere:
        keys.discard(None)
    return called(session, by.value, keys, asked.days)


def _row(
    by: EngagementBy, key: Key, each: Called, sums: Sums, in_all: Sums, asked: dict[str, str], force_id: UUID
) -> ReportRow:
    few = by is EngagementBy.MINORITY_GROUP and 0 < sums.group_people < FEWEST_PEOPLE
    # Of a group that was ticked and never counted nobody knows how many there were.
    unknown = sums.engagements + sums.hotspot_contacts > 0 and sums.group_counts == 0
    counts = by is EngagementBy.MINORITY_GROUP and not few and not unknown
    share = round(100 * sums.engagements / in_all.engagements, 1) if in_all.engagements else None
    return ReportRow(
        **_sums(sums).model_dump(),
        key=ReportKey(id=each.id, code=each.code, name=each.name),
        share_percent=share,
        group_people=sums.group_people if counts else None,
        few_people=few,
        links=links(by, key, asked, force_id),
    )


def _sums(sums: Sums) -> ReportSums:
    return ReportSums(
        engagements=sums.engagements,
        planned=sums.planned,
        published=sums.published,
        minutes=sums.minutes,
        people_at_least=sums.people_at_least,
        people_at_most=None if sums.unbounded else sums.people_at_most,
        hotspot_contacts=sums.hotspot_contacts,
        on_voided_patrols=sums.on_voided_patrols,
    )


def _asked_as(wanted: EngagementFilter) -> dict[str, str]:
    return as_asked(
        wanted.from_at, wanted.to_at, team_id=wanted.team_id, area_id=wanted.area_id,
        officer_id=wanted.officer_id, engagement_type=wanted.engagement_type, method=wanted.method,
        priority_group=wanted.priority_group, minority_group=wanted.minority_group, issue=wanted.issue,
    )  # fmt: skip


def _consulted(
    session: Session, asked: Question, operation: str, officers: Iterable[Key], now: datetime
) -> None:
    caller, wanted = asked.caller, asked.wanted
    period = [rfc3339(at) for at in (wanted.from_at, wanted.to_at) if at is not None]
    people = [each for each in officers if isinstance(each, UUID)]
    consulted(
        session, operation, now, {"officer": people, "period": period},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip


_COLUMNS = (
    "group_by", "code", "name", "engagements", "share_percent", "planned", "published", "minutes", "people_at_least",
    "people_at_most", "hotspot_contacts", "on_voided_patrols", "group_people",
)  # fmt: skip


def as_table(report: EngagementReport) -> str:
    """A report as CSV, its total last."""

    def cells(
        code: str | None, name: str, row: ReportSums, share: str | None, group: int | str | None
    ) -> list[Cell]:
        return [
            report.group_by, code, name, row.engagements, share, row.planned, row.published, row.minutes,
            row.people_at_least, row.people_at_most, row.hotspot_contacts,
            row.on_voided_patrols, group,
        ]  # fmt: skip

    rows = [
        cells(
            each.key.code, each.key.name, each,
            None if each.share_percent is None else f"{each.share_percent}",
            f"under {FEWEST_PEOPLE}" if each.few_people else each.group_people,
        )
        for each in report.rows
    ]  # fmt: skip
    return to_csv(_COLUMNS, [*rows, cells(None, "all, each once", report.totals, None, None)])


def gaps_as_table(gaps: EngagementGaps) -> str:
    """What was not reached, as CSV."""
    rows = [
        [
            each.of,
            each.key.code,
            each.key.name,
            rfc3339(each.last_at) if each.last_at else None,
            each.days_since,
        ]
        for each in gaps.gaps
    ]
    return to_csv(["of", "code", "name", "last_at", "days_since"], rows)
