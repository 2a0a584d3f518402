"""The use case of reconciliation: the tracker's rows and our engagements by LPA and week, each with its source."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.areas.periods import MOST_PERIODS, Period, PeriodKind, periods
from app.areas.schemas import ReportKey
from app.areas.tallies import Called, called, few_enough, places_in_scope
from app.audit.service import consulted
from app.clock import london_day, rfc3339, start_of_london_day
from app.identity.permissions import Caller, Permission, Role, requires
from app.rest.asked import period_asked
from app.rest.parameters import too_many_periods
from app.spreadsheet import Cell, to_csv
from app.wmnow import reconciliation_queries as queries
from app.wmnow.mapping import WMNOW
from app.wmnow.reconciliation import NOTES, OF_AREAS, OF_TEAMS, Counts, Lag, links, together
from app.wmnow.reconciliation_queries import Key, Question
from app.wmnow.reconciliation_schemas import (
    LagResponse,
    Reconciliation,
    ReconciliationRow,
    ReconciliationSums,
)

LPA, WEEK = "lpa", "week"


@requires(Permission.WMNOW_REPORT)
def reconcile(
    session: Session, caller: Caller, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> Reconciliation:
    """What lies in the caller's scope by LPA and ISO week; the last four weeks unless asked otherwise. 422 for no
    period and for more weeks than can be told."""
    from_at, to_at = period_asked(from_at, to_at, now)
    asked = Question(caller, london_day(now), from_at, to_at, (LPA, WEEK))
    if not few_enough(WEEK, asked.days):
        raise too_many_periods(MOST_PERIODS)
    sums = together(
        [
            queries.tracker_by(session, asked),
            queries.ours_by(session, asked),
            queries.rejected_by(session, asked),
        ]
    )
    lags, of_all = queries.lags_by(session, asked), queries.lags_by(session, replace(asked, by=()))
    weeks = periods(PeriodKind.WEEK, *asked.days)
    lpas = _lpas(session, asked, sums)
    # Rejected rows have no team: who sees single teams alone is told of none, which is not to be told that there are 0.
    teams_only = caller.roles_that_grant(Permission.WMNOW_REPORT) <= {Role.SUPERVISOR}
    consulted(
        session, "wmnow.reconciliation", now, {"period": [rfc3339(from_at), rfc3339(to_at)]},
        actor_id=caller.officer_id, force_id=caller.force_id,
    )  # fmt: skip
    return Reconciliation(
        source=WMNOW,
        from_at=from_at,
        to_at=to_at,
        rows=[
            _row(asked, lpa, week, sums, lags, teams_only=teams_only)
            for _, lpa in sorted(lpas.items(), key=lambda pair: pair[1].order)
            for week in weeks
        ],
        totals=_sums(sum(sums.values(), Counts()), of_all.get((), Lag()), teams_only=teams_only),
        rejected_without_time=None if teams_only else queries.rejected_without_time(session, asked),
        notes=[*NOTES, *_scope(caller, teams_only=teams_only)],
        generated_at=now,
    )


def _lpas(
    session: Session, asked: Question, sums: Mapping[Key, Counts]
) -> Mapping[UUID | str | None, Called]:
    """Every LPA in scope, whether there is anything of it or not: an LPA with nothing is what is looked for."""
    keys: set[UUID | None] = {key[0] for key in sums}
    keys |= places_in_scope(session, asked.caller, LPA, asked.day, Permission.WMNOW_REPORT)
    return called(session, LPA, keys, asked.days)


def _scope(caller: Caller, *, teams_only: bool) -> list[str]:
    if teams_only:
        return [OF_TEAMS]
    roles = caller.roles_that_grant(Permission.WMNOW_REPORT)
    return [OF_AREAS] if roles <= {Role.SUPERVISOR, Role.COMMANDER} else []


def _row(
    asked: Question,
    lpa: Called,
    week: Period,
    sums: Mapping[Key, Counts],
    lags: Mapping[Key, Lag],
    *,
    teams_only: bool,
) -> ReconciliationRow:
    key = (lpa.id, week.code)
    from_at = max(asked.from_at, start_of_london_day(week.first))
    to_at = min(asked.to_at, start_of_london_day(week.after))
    told = _sums(sums.get(key, Counts()), lags.get(key, Lag()), teams_only=teams_only)
    return ReconciliationRow(
        **told.model_dump(),
        lpa=ReportKey(id=lpa.id, code=lpa.code, name=lpa.name if lpa.id else "without LPA"),
        week=week.code,
        first_day=london_day(from_at),
        last_day=london_day(to_at - timedelta(microseconds=1)),
        links=links(asked.caller.may, from_at, to_at, "area_id", lpa.id),
    )


def _sums(counts: Counts, typed: Lag, *, teams_only: bool) -> ReconciliationSums:
    return ReconciliationSums(
        source_rows=None if teams_only else counts.source_rows,
        imported=counts.imported,
        unchanged=counts.unchanged,
        changed=counts.changed,
        deleted=counts.deleted,
        rejected=None if teams_only else counts.rejected,
        outdated=None if teams_only else counts.outdated,
        tracker=counts.tracker,
        missing_in_source=counts.missing,
        id_derived=counts.id_derived,
        unknown_words=counts.unknown,
        without_officer=counts.nobody,
        lag=LagResponse(
            records=typed.records,
            typed_before=typed.typed_before,
            p50_minutes=typed.p50,
            p90_minutes=typed.p90,
            p95_minutes=typed.p95,
        ),
        ours=counts.ours,
        linked=counts.linked,
        linked_ours=counts.ours_linked,
        only_tracker=counts.only_tracker,
        only_ours=counts.only_ours,
        total=counts.total,
        hotspot_contacts=counts.hotspot_contacts,
    )


_COUNTS = (
    "source_rows", "imported", "unchanged", "changed", "deleted", "rejected", "outdated", "tracker",
    "missing_in_source", "id_derived", "unknown_words", "without_officer", "ours", "linked", "linked_ours",
    "only_tracker", "only_ours", "total", "hotspot_contacts",
)  # fmt: skip
_LAGS = ("records", "typed_before", "p50_minutes", "p90_minutes", "p95_minutes")


def as_table(told: Reconciliation) -> str:
    """The report as CSV, its total last; what is not told to the caller is empty."""

    def cells(code: str | None, name: str, week: str | None, row: ReconciliationSums) -> list[Cell]:
        return [
            code, name, week,
            *(getattr(row, each) for each in _COUNTS), *(getattr(row.lag, each) for each in _LAGS),
        ]  # fmt: skip

    header = ("lpa_code", "lpa_name", "week", *_COUNTS, *(f"lag_{each}" for each in _LAGS))
    rows = [cells(each.lpa.code, each.lpa.name, each.week, each) for each in told.rows]
    return to_csv(header, [*rows, cells(None, "all", None, told.totals)])
