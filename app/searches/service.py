"""Searches as a whole: monitored by who was searched, why and with what result, and published as forces publish them.

Reads only. Monitoring tells of nobody; the export is a disclosure and is logged with what it handed out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session

from app.activities.codes import ActivityKind, DetailLevel, lists_of
from app.activities.facts import Actor, SearchFacts
from app.activities.models import Activity, StopSearch
from app.activities.published import COLUMNS, Circumstances, published_row
from app.areas.periods import PeriodKind, periods
from app.areas.schemas import ReportKey
from app.areas.tallies import Called, called, coded, places_in_scope
from app.audit.service import consulted, disclosed
from app.clock import london_day, rfc3339, start_of_london_day
from app.identity.permissions import Caller, OfficerKind, Permission, requires
from app.patrols.whereabouts import whereabouts
from app.problems import INVALID, FieldError, Problem
from app.reference.codes import Label, Lists
from app.reference.queries import labels_of
from app.rest.parameters import wrong_period
from app.searches import queries
from app.searches.monitoring import (
    ANSWERS,
    CODES,
    IN_WORDS,
    LISTS,
    NOT_KNOWN_ROW,
    NOT_STATED_ROW,
    Counts,
    SearchesBy,
    answers_of,
    monitored,
    row_of,
)
from app.searches.queries import SearchFilter
from app.searches.schemas import SearchCounts, SearchMonitoring, SearchRow
from app.spreadsheet import Cell, to_csv
from app.suppression import FEWEST

Key = UUID | str | None
# Rows there are whether anybody was searched or not: who was not is what monitoring is for.
_EVERY_CODE = (SearchesBy.SELF_DEFINED, SearchesBy.OFFICER_DEFINED, SearchesBy.AGE_BAND, SearchesBy.GENDER)
MOST_MONTHS = 60
_NOTES = (
    "Every search counts, whether the record is ours or the force's own; somebody stopped and not searched does not.",
    "What a record does not say is not known, and never no.",
    "Searches on patrols that were taken back count like any other: the report of activities says how many there are.",
    f"Numbers from 1 to {FEWEST - 1} are left out, and others beside them, so that they cannot be worked out.",
    "No rate of the people who live there is given: who is in a street is not who lives in it.",
)


@dataclass(frozen=True, slots=True)
class MonitoringQuestion:
    """What is asked: by what, of which months (`2026-03`; the twelve until now) and of whom."""

    by: SearchesBy
    first_month: str | None = None
    last_month: str | None = None
    team_id: UUID | None = None
    area_id: UUID | None = None


@requires(Permission.SEARCHES_MONITOR)
def monitor(
    session: Session, caller: Caller, question: MonitoringQuestion, now: datetime
) -> SearchMonitoring:
    """Searches in the caller's scope added up over whole months, small numbers left out."""
    by, day = question.by, london_day(now)
    wanted = _months_asked(question, day)
    lists = labels_of(session, caller.force_id, list(LISTS), day)
    counted: defaultdict[Key, Counter[str]] = defaultdict(Counter)
    for search in queries.searches_seen(session, caller, day, by, wanted):
        counted[row_of(search, by, lists)].update(answers_of(search, lists))
    names = _names(session, caller, by, wanted, counted, lists, day)
    keys = sorted(names, key=lambda key: names[key].order)
    rows, totals = monitored(keys, counted)
    consulted(
        session, f"searches.monitoring.{by.value}", now,
        {"period": [rfc3339(wanted.from_at), rfc3339(wanted.to_at)]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return SearchMonitoring(
        group_by=by.value,
        first_month=f"{wanted.days[0]:%Y-%m}",
        last_month=f"{wanted.days[1]:%Y-%m}",
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        rows=[_row(names[key], counts, totals) for key, counts in zip(keys, rows, strict=True)],
        totals=_counts(totals),
        fewest_told=FEWEST,
        notes=list(_NOTES),
        generated_at=now,
    )


def _months_asked(question: MonitoringQuestion, today: date) -> SearchFilter:
    last = _month(question.last_month, "last_month") if question.last_month else today.replace(day=1)
    year_before = date(last.year - 1, last.month + 1, 1) if last.month < 12 else date(last.year, 1, 1)
    first = _month(question.first_month, "first_month") if question.first_month else year_before
    if first > last:
        raise wrong_period()
    months = periods(PeriodKind.MONTH, first, last)
    if len(months) > MOST_MONTHS:
        raise _not_valid("first_month", f"asks for more than {MOST_MONTHS} months")
    return _period(months[0].first, months[-1].after, question.team_id, question.area_id)


def _period(
    first: date, after: date, team_id: UUID | None = None, area_id: UUID | None = None
) -> SearchFilter:
    days = (first, date.fromordinal(after.toordinal() - 1))
    return SearchFilter(start_of_london_day(first), start_of_london_day(after), days, team_id, area_id)


def _month(text: str, name: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise _not_valid(name, "is no month: write it as 2026-03") from None


def _not_valid(name: str, detail: str) -> Problem:
    return Problem(INVALID, "Some values are not valid.", [FieldError(f"#query/{name}", "month", detail)])


def _names(
    session: Session,
    caller: Caller,
    by: SearchesBy,
    wanted: SearchFilter,
    found: Iterable[Key],
    lists: Lists,
    day: date,
) -> Mapping[Key, Called]:
    """What the rows are called: those found, every code of who was searched, every month, and the places in scope."""
    if by in CODES:
        labels = lists[CODES[by]]
        keys: set[Key] = {*found, *(labels if by in _EVERY_CODE else ())}
        if by in _EVERY_CODE:
            keys |= {NOT_KNOWN_ROW, *([NOT_STATED_ROW] if by is SearchesBy.SELF_DEFINED else [])}
        return {key: _coded(str(key), labels) for key in keys}
    keys = set(found)
    if by is not SearchesBy.MONTH:
        keys |= places_in_scope(session, caller, by.value, day, Permission.SEARCHES_MONITOR)
    return called(session, by.value, keys, wanted.days)


def _coded(code: str, labels: Mapping[str, Label]) -> Called:
    if code in IN_WORDS:
        return Called(None, code, IN_WORDS[code], f"\uffff{code == NOT_KNOWN_ROW}")
    return coded(code, labels, IN_WORDS[NOT_KNOWN_ROW])


def _counts(counts: Counts) -> SearchCounts:
    return SearchCounts.model_validate(
        {
            "searches": counts.searches,
            **counts.answers,
            "found_percent": counts.found_percent,
            "positive_percent": counts.positive_percent,
        }
    )


def _row(each: Called, counts: Counts, totals: Counts) -> SearchRow:
    share = None
    if counts.searches is not None and totals.searches:
        share = round(100 * counts.searches / totals.searches, 1)
    key = ReportKey(id=each.id, code=each.code, name=each.name)
    return SearchRow(**_counts(counts).model_dump(), key=key, share_percent=share)


def as_table(told: SearchMonitoring) -> str:
    """Monitoring as CSV, its total last; what is left out is an empty cell."""
    header = (
        "group_by", "code", "name", "searches", "share_percent", *ANSWERS, "found_percent", "positive_percent",
        "id",
    )  # fmt: skip

    def cells(key: ReportKey, row: SearchCounts, share: float | None) -> list[Cell]:
        rates = [None if rate is None else str(rate) for rate in (row.found_percent, row.positive_percent)]
        answers: list[Cell] = [getattr(row, answer) for answer in ANSWERS]
        shown = None if share is None else str(share)
        row_id = str(key.id) if key.id else None
        return [told.group_by, key.code, key.name, row.searches, shown, *answers, *rates, row_id]

    rows = [cells(row.key, row, row.share_percent) for row in told.rows]
    return to_csv(header, [*rows, cells(ReportKey(id=None, code=None, name="all"), told.totals, None)])


@requires(Permission.SEARCHES_EXPORT)
def export_searches(session: Session, caller: Caller, month: str, now: datetime) -> str:
    """The records of searches of a month as CSV in the columns and spelling of data.police.uk; places are coarse, an
    operation is said and never named. Logged as a disclosure with the ids of what was handed out."""
    [period] = periods(PeriodKind.MONTH, _month(month, "month"), _month(month, "month"))
    records = queries.records_of_force(session, caller, london_day(now), _period(period.first, period.after))
    around = _circumstances(session, [activity for activity, _ in records])
    words: dict[date, Lists] = {}
    rows: list[list[Cell]] = []
    told: list[UUID] = []
    for activity, search in records:
        day = london_day(activity.occurred_at)
        if day not in words:
            words[day] = labels_of(session, caller.force_id, list(_EXPORT_LISTS), day)
        row = published_row(_facts(activity, search), around[activity.id], words[day])
        if row is not None:
            rows.append([_cell(*one) for one in zip(COLUMNS, row, strict=True)])
            told.append(activity.id)
    disclosed(
        session, "searches.export", now, {"activity": told, "period": [period.code]},
        actor_id=caller.officer_id, force_id=caller.force_id,
        reason="Searches of a month for publication (data.police.uk)",
    )  # fmt: skip
    return to_csv(COLUMNS, rows)


def _cell(column: str, text: str) -> Cell:
    # As a number: as text, one west of Greenwich would be taken for a formula.
    return Decimal(text) if text and column in ("Latitude", "Longitude") else text


_EXPORT_LISTS = (*lists_of(ActivityKind.STOP_SEARCH), "age_bands")


def _circumstances(session: Session, activities: list[Activity]) -> dict[UUID, Circumstances]:
    """Where each search was, by the phone or the patrol's track, and whether it was part of an operation."""
    on_patrol = {each.patrol_id for each in activities if each.patrol_id is not None}
    operations = queries.operations_of(session, sorted(on_patrol))
    silent = [each for each in activities if each.latitude is None and each.patrol_id is not None]
    moments = [(each.patrol_id, each.occurred_at) for each in silent if each.patrol_id is not None]
    tracked = {
        each.id: found.position
        for each, found in zip(silent, whereabouts(session, moments), strict=True)
        if found.position is not None
    }
    found = {}
    for each in activities:
        place = tracked.get(each.id)
        lat, lon = (place.lat, place.lon) if place is not None else (each.latitude, each.longitude)
        part = None if each.patrol_id is None else operations.get(each.patrol_id) is not None
        found[each.id] = Circumstances(lat, lon, part)
    return found


def _facts(activity: Activity, search: StopSearch) -> SearchFacts:
    """A record as far as it is published."""
    return SearchFacts(
        level=DetailLevel(activity.level),
        searcher=Actor(OfficerKind(activity.officer_kind)),
        searched_at=activity.occurred_at,
        recorded_at=activity.recorded_at,
        search_type=search.search_type,
        legislation_code=search.legislation_code,
        object_code=search.object_code,
        outcome_code=activity.outcome_code,
        outcome_linked_to_object=search.outcome_linked_to_object,
        self_defined_ethnicity=search.self_defined_ethnicity,
        officer_defined_ethnicity=search.officer_defined_ethnicity,
        gender=search.gender,
        age=search.age,
        clothing_removed=search.clothing_removed,
        location_type=search.location_type,
    )
