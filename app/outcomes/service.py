"""What patrols brought about: activities added up and held against the hours and patrols of the same rows and days.

Above compliance, whose hours it reads, so that an hour means the same in both. Reads stored results only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.activities.powers import detentions
from app.activities.published import is_positive
from app.activities.queries import judged_by
from app.areas.schemas import ReportKey
from app.areas.tallies import AREA_KINDS, Called, called, places_in_scope, spans_of
from app.audit.service import consulted
from app.clock import london_day, rfc3339, start_of_london_day
from app.compliance import time_queries
from app.compliance.grouping import GroupBy
from app.compliance.places import Asked
from app.identity.officer_views import require_officer_views
from app.identity.permissions import Caller, Permission, requires
from app.outcomes import queries
from app.outcomes.code_queries import sent_unknown
from app.outcomes.queries import ActivitiesFilter, Question
from app.outcomes.reporting import (
    LISTS,
    OF_ALL_HOURS,
    OUTCOME_LISTS,
    ActivitiesBy,
    Key,
    Outcome,
    Sums,
    credited_ms,
    hours,
    links,
    notes,
    per_hour,
    per_patrol,
)
from app.outcomes.schemas import (
    ActivityOutcomeCount,
    ActivityReport,
    ActivityRow,
    ActivitySums,
    UnknownCode,
    UnknownCodes,
)
from app.reference.codes import Lists, in_words
from app.reference.queries import labels_of
from app.rest.asked import as_asked, period_asked
from app.schedule.windows import WindowFilter
from app.spreadsheet import Cell, to_csv

_NOT_SAID = "not said"


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """What is asked: by what, of when (the last four weeks), of whom and of which kind. `officer_views` are the forces
    that show their supervisors single officers."""

    by: ActivitiesBy
    from_at: datetime | None = None
    to_at: datetime | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None
    officer_id: UUID | None = None
    kind: str | None = None
    officer_views: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Patrolled:
    """Officers' time in milliseconds and patrols; None where time is not kept."""

    ms: int | None
    patrols: int


@requires(Permission.ACTIVITIES_REPORT)
def read_report(session: Session, caller: Caller, question: ReportQuestion, now: datetime) -> ActivityReport:
    """Activities in the caller's scope added up, over whole days of London. By officer, and of one, only where the
    force shows its supervisors single officers (403 elsewhere)."""
    by = question.by
    if by is ActivitiesBy.OFFICER or question.officer_id is not None:
        require_officer_views(session, caller, question.officer_views)
    wanted = _whole_days(question, now)
    day = london_day(now)
    judged = judged_by(session, caller, day, Permission.ACTIVITIES_REPORT)
    lists = labels_of(session, caller.force_id, [*LISTS, "arrest_bases"], day)
    outcomes = lists["search_outcomes"]
    positive = tuple(code for code in outcomes if is_positive(code, outcomes))
    asked = Question(caller, day, now, by, wanted, judged, positive, detentions(lists["arrest_bases"]))
    found, in_all = _sums(session, asked, lists)
    patrolled, all_patrolled = _patrolled(session, asked)
    otherwise = all_patrolled if by in OF_ALL_HOURS else _Patrolled(0, 0)
    names = _names(session, asked, [*found, *patrolled], lists)
    told = _asked_as(wanted)
    spans = spans_of(by.value, wanted.from_at, wanted.to_at)
    rows = [
        ActivityRow(
            **_wire(found.get(key, Sums()), patrolled.get(key, otherwise), lists).model_dump(),
            key=ReportKey(id=each.id, code=each.code, name=each.name),
            share_percent=_share(found.get(key, Sums()), in_all),
            links=links(by, key, told | as_asked(*spans.get(key, ())), caller.force_id),
        )
        for key, each in sorted(names.items(), key=lambda pair: pair[1].order)
    ]
    people = [key for key in names if isinstance(key, UUID)] if by is ActivitiesBy.OFFICER else []
    consulted(
        session, f"activities.report.{by.value}", now,
        {"officer": people, "period": [rfc3339(wanted.from_at), rfc3339(wanted.to_at)]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return ActivityReport(
        group_by=by.value,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        rows=rows,
        totals=_wire(in_all, all_patrolled, lists),
        notes=notes(by, hours_left_out=all_patrolled.ms is None),
        generated_at=now,
    )


def _whole_days(question: ReportQuestion, now: datetime) -> ActivitiesFilter:
    """Hours are kept by the day: what is counted and what it is held against are of the same days."""
    from_at, to_at = period_asked(question.from_at, question.to_at, now)
    first, last = london_day(from_at), london_day(to_at - timedelta(microseconds=1))
    return ActivitiesFilter(
        start_of_london_day(first),
        start_of_london_day(last + timedelta(days=1)),
        (first, last),
        question.team_id,
        question.area_id,
        question.officer_id,
        question.kind,
    )


def _sums(session: Session, asked: Question, lists: Lists) -> tuple[Mapping[Key, Sums], Sums]:
    found: defaultdict[Key, Sums] = defaultdict(Sums)
    in_all = Sums()
    if asked.by is ActivitiesBy.HOTSPOT:
        placed, once = queries.logged_in_hotspots(session, asked)
        for key, logged in placed:
            found[key].add(logged, lists)
        for logged in once:
            in_all.add(logged, lists)
        return found, in_all
    for place, logged in queries.logged_by(session, asked):
        outcome = (logged.kind, logged.outcome_code)
        found[outcome if asked.by is ActivitiesBy.OUTCOME else place].add(logged, lists)
        in_all.add(logged, lists)
    return found, in_all


def _patrolled(session: Session, asked: Question) -> tuple[Mapping[Key, _Patrolled], _Patrolled]:
    """Hours and patrols of each row, as far as they can be told apart by it, and of all, each once."""
    wanted, by = asked.wanted, asked.by
    windows = WindowFilter(wanted.from_at, wanted.to_at, team_id=wanted.team_id, area_id=wanted.area_id)
    time = Asked(
        asked.caller, asked.day, asked.now, windows,
        permission=Permission.ACTIVITIES_REPORT, officer_ids=(wanted.officer_id,) if wanted.officer_id else None,
    )  # fmt: skip
    of_places = by is ActivitiesBy.HOTSPOT
    in_all_ms = None
    if not (of_places and wanted.area_id is not None):
        in_all_ms = credited_ms(time_queries.officer_time(session, time, of_places=of_places))
    in_all = _Patrolled(in_all_ms, queries.patrols_in_all(session, asked))
    if by in OF_ALL_HOURS:
        return {}, in_all
    ms = {
        key[0]: credited_ms(by_grade)
        for key, by_grade in time_queries.officer_time_by(session, time, (GroupBy(by.value),)).items()
    }
    patrols = queries.patrols_by(session, asked)
    keys: set[Key] = {*ms, *patrols}
    return {key: _Patrolled(ms.get(key, 0), patrols.get(key, 0)) for key in keys}, in_all  # type: ignore[arg-type]


def _names(session: Session, asked: Question, found: Iterable[Key], lists: Lists) -> Mapping[Key, Called]:
    """What rows are called: those found, every kind, every period, and, if all are asked for, the places in scope."""
    by, keys = asked.by, set(found)
    if by is ActivitiesBy.KIND:
        kinds = {str(key) for key in {*keys, *lists["activity_kinds"]}}
        return {kind: _coded(kind, in_words(lists["activity_kinds"], kind), lists) for kind in kinds}
    if by is ActivitiesBy.OUTCOME:
        return {key: _outcome_called(key, lists) for key in keys if isinstance(key, tuple)}
    places: set[UUID | str | None] = {key for key in keys if not isinstance(key, tuple)}
    wanted = asked.wanted
    of_some = any(each is not None for each in (wanted.team_id, wanted.area_id, wanted.officer_id))
    if not of_some and (by.value in AREA_KINDS or by is ActivitiesBy.TEAM):
        permission = Permission.ACTIVITIES_REPORT
        places |= places_in_scope(session, asked.caller, by.value, asked.day, permission)
    names = called(session, by.value, places, asked.wanted.days)
    if by is ActivitiesBy.HOTSPOT and None in names:
        names[None] = replace(names[None], name="in no hotspot")
    return {key: names[key] for key in names}


def _coded(kind: str, name: str, lists: Lists) -> Called:
    label = lists["activity_kinds"].get(kind)
    return Called(None, kind, name, f"{label.position if label else 9_999_999:07} {kind}")


def _outcome_called(outcome: Outcome, lists: Lists) -> Called:
    kind, code = outcome
    words = _outcome_words(outcome, lists)
    label = lists[OUTCOME_LISTS[kind]].get(code or "") if kind in OUTCOME_LISTS else None
    place = f"{label.position:07}" if label else "9999999"
    order = f"{_coded(kind, '', lists).order} {place} {code or ''}"
    return Called(None, f"{kind}/{code}" if code else kind, f"{words[0]}: {words[1]}", order)


def _outcome_words(outcome: Outcome, lists: Lists) -> tuple[str, str]:
    kind, code = outcome
    said = _NOT_SAID if code is None else in_words(lists.get(OUTCOME_LISTS.get(kind, ""), {}), code)
    return in_words(lists["activity_kinds"], kind), said


def _share(sums: Sums, in_all: Sums) -> float | None:
    total = in_all.counted["activities"]
    return round(100 * sums.counted["activities"] / total, 1) if total else None


def _wire(sums: Sums, patrolled: _Patrolled, lists: Lists) -> ActivitySums:
    counted, on_patrol = sums.counted, sums.counted["on_patrol"]
    ordered = sorted(sums.outcomes, key=lambda each: _outcome_called(each, lists).order)
    return ActivitySums(
        activities=counted["activities"],
        references=counted["references"],
        searches=counted["searches"],
        not_searched=counted["not_searched"],
        arrests=counted["arrests"],
        intelligence=counted["intelligence"],
        referrals=counted["referrals"],
        other_outcomes=counted["other_outcomes"],
        positive_outcomes=counted["positive_outcomes"],
        weapons_found=counted["weapons_found"],
        weapons=counted["weapons"],
        flagged=counted["flagged"],
        on_patrol=on_patrol,
        on_voided_patrols=counted["on_voided_patrols"],
        officer_hours=hours(patrolled.ms),
        per_patrol_hour=per_hour(on_patrol, patrolled.ms),
        patrols=patrolled.patrols,
        per_patrol=per_patrol(on_patrol, patrolled.patrols),
        outcomes=[
            ActivityOutcomeCount(
                kind=each[0],
                kind_label=_outcome_words(each, lists)[0],
                outcome_code=each[1],
                outcome_label=_outcome_words(each, lists)[1],
                activities=sums.outcomes[each],
            )
            for each in ordered
        ],
    )


def _asked_as(wanted: ActivitiesFilter) -> dict[str, str]:
    return as_asked(
        wanted.from_at, wanted.to_at, team_id=wanted.team_id, area_id=wanted.area_id, officer_id=wanted.officer_id,
        kind=wanted.kind,
    )  # fmt: skip


_COUNTS = (
    "activities", "references", "searches", "not_searched", "arrests", "intelligence", "referrals", "other_outcomes",
    "positive_outcomes", "weapons_found", "weapons", "flagged", "on_patrol", "on_voided_patrols", "officer_hours",
    "per_patrol_hour", "patrols", "per_patrol",
)  # fmt: skip


def as_table(report: ActivityReport) -> str:
    """A report as CSV, its total last; outcome by outcome it is asked for by `group_by=outcome`."""

    def cells(code: str | None, name: str, row: ActivitySums, row_id: UUID | None) -> list[Cell]:
        told = [getattr(row, each) for each in _COUNTS]
        return [
            report.group_by,
            code,
            name,
            *(str(each) if isinstance(each, float) else each for each in told),
            str(row_id) if row_id else None,
        ]

    rows = [cells(row.key.code, row.key.name, row, row.key.id) for row in report.rows]
    in_all = cells(None, "all, each once", report.totals, None)
    return to_csv(("group_by", "code", "name", *_COUNTS, "id"), [*rows, in_all])


@requires(Permission.ACTIVITIES_REPORT)
def unknown_codes(
    session: Session, caller: Caller, from_at: datetime, to_at: datetime, now: datetime
) -> UnknownCodes:
    """The codes of a period that no list held, most frequent first: an old or new app, or a list to be completed."""
    day = london_day(now)
    often: defaultdict[str, Counter[str]] = defaultdict(Counter)
    times: dict[str, tuple[datetime, datetime]] = {}
    for sent in sent_unknown(session, caller, day, from_at, to_at):
        for code in sent.codes:
            often[code][sent.what] += 1
            first, last = times.get(code, (sent.at, sent.at))
            times[code] = (min(first, sent.at), max(last, sent.at))
    lists = labels_of(session, caller.force_id, sorted({code.partition("/")[0] for code in often}), day)
    consulted(
        session, "activity:unknown-codes", now, {"period": [from_at.isoformat(), to_at.isoformat()]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return UnknownCodes(
        codes=[
            _unknown(listed, counted, times[listed], lists)
            for listed, counted in sorted(often.items(), key=lambda one: (-one[1].total(), one[0]))
        ]
    )


def _unknown(
    listed: str, counted: Counter[str], times: tuple[datetime, datetime], lists: Lists
) -> UnknownCode:
    name, _, code = listed.partition("/")
    return UnknownCode(
        list=name,
        code=code,
        activities=counted["activities"],
        engagements=counted["engagements"],
        abstractions=counted["abstractions"],
        first_at=times[0],
        last_at=times[1],
        known_now=code in lists.get(name, {}),
    )
