"""Compliance of windows: reads what patrols have stored, writes nothing but the log of who looked.

Which windows there are says where police will be, so every answer is logged with the windows it named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from app.audit.service import consulted
from app.clock import london_day
from app.compliance import queries
from app.compliance.arithmetic import KEPT_SOMEHOW, Totals, evidence_status, said, total, whole_minutes
from app.compliance.grouping import Visits
from app.compliance.places import Asked, OfficerTime
from app.compliance.problems import too_many_rows
from app.compliance.queries import WindowLine
from app.compliance.schemas import (
    CodeCount,
    OfficerMinutes,
    StatusCount,
    WindowCompliance,
    WindowCompliancePage,
    WindowTotals,
)
from app.compliance.visit_queries import file_names, file_rows, visits_of_all, visits_of_windows
from app.compliance.window_file import as_csv, canonical
from app.identity.permissions import Caller, Permission, requires
from app.reference.codes import Label, in_words
from app.reference.queries import labels_of
from app.rest.pagination import decode_cursor, encode_cursor
from app.rest.parameters import wrong_period
from app.schedule.windows import WindowFilter, WindowStatus, provisional

USUAL_PERIOD = timedelta(days=7)
MOST_ROWS_IN_A_FILE = 20_000
# Statuses, reasons and decisions in a force's own words.
Words = Mapping[str, Mapping[str, Label]]


@requires(Permission.COMPLIANCE_READ)
def read_windows(
    session: Session,
    caller: Caller,
    wanted: WindowFilter,
    status: WindowStatus | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> WindowCompliancePage:
    """A page of published windows with their results, and what all those asked for add up to.

    Without `to` until now, without `from` the seven days before `to`.
    """
    asked = Asked(caller, london_day(now), now, in_period(wanted, now), status)
    from_at, to_at = asked.period
    after = decode_cursor(cursor) if cursor is not None else None
    found = queries.window_lines(session, asked, after, limit + 1)
    page = found[:limit]
    totals = total(queries.groups(session, asked))
    words = read_words(session, asked)
    visits = visits_of_windows(session, [line.window for line in page], now)
    _consulted(session, caller, [line.window.id for line in page], now)
    last = page[-1].window if len(found) > limit else None
    return WindowCompliancePage(
        from_at=from_at,
        to_at=to_at,
        windows=[_line(line, visits.get(line.window.id, Visits()), words, now) for line in page],
        totals=describe_totals(totals, words),
        rule_versions=queries.rule_versions(session, page),
        generated_at=now,
        next_cursor=encode_cursor(last.starts_at, last.id) if last else None,
    )


@requires(Permission.COMPLIANCE_READ)
def export_windows(
    session: Session, caller: Caller, wanted: WindowFilter, status: WindowStatus | None, now: datetime
) -> str:
    """All windows asked for as CSV, times on London's clocks; 422 when they are more than one file holds."""
    asked = Asked(caller, london_day(now), now, in_period(wanted, now), status)
    found = file_rows(session, asked, MOST_ROWS_IN_A_FILE + 1)
    if len(found) > MOST_ROWS_IN_A_FILE:
        raise too_many_rows(MOST_ROWS_IN_A_FILE)
    words = read_words(session, asked)
    visits = visits_of_all(session, asked)
    _consulted(session, caller, [canonical(row.window_id) for row in found], now)
    return as_csv(found, file_names(session, caller.force_id), visits, words, now)


def in_period(wanted: WindowFilter, now: datetime) -> WindowFilter:
    """A filter with its period: without `to` until now, without `from` the seven days before `to`; 422 for none."""
    to_at = wanted.to_at or now
    from_at = wanted.from_at or to_at - USUAL_PERIOD
    if from_at >= to_at:
        raise wrong_period()
    return replace(wanted, from_at=from_at, to_at=to_at)


def _consulted(session: Session, caller: Caller, window_ids: Sequence[UUID | str], now: datetime) -> None:
    consulted(
        session,
        "compliance.windows",
        now,
        {"window": window_ids},
        actor_id=caller.officer_id,
        force_id=caller.force_id,
    )


def _line(line: WindowLine, visits: Visits, words: Words, now: datetime) -> WindowCompliance:
    window, result = line.window, line.result
    decision = result.decision.value if result is not None and result.decision is not None else None
    evidence = evidence_status(line.status, result.computed_status if result is not None else None, decision)
    reason = result.reason_code if result is not None else None
    return WindowCompliance(
        window_id=window.id,
        hotspot_id=window.hotspot_id,
        hotspot_code=line.hotspot_code,
        hotspot_name=line.hotspot_name,
        team_id=window.team_id,
        team_code=line.team_code,
        area_id=window.area_id,
        area_code=line.area_code,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        status=line.status,
        status_label=in_words(words["window_statuses"], line.status.value),
        evidence_status=evidence,
        evidence_status_label=in_words(words["window_statuses"], evidence.value),
        decision=decision,
        decision_label=in_words(words["decisions"], decision) if decision is not None else None,
        reason_code=reason,
        reason_label=in_words(words["reasons"], reason) if reason is not None else None,
        needs_confirmation=result is not None and result.needs_confirmation,
        basis=result.number if result is not None else 0,
        latest_review=result.review_id if result is not None else None,
        provisional=provisional(line.status, window.ends_at, now),
        check_needed=result is not None and result.check_needed and line.status in KEPT_SOMEHOW,
        required_minutes=window.required_seconds // 60,
        credited_minutes=whole_minutes(result.credited_ms) if result else 0,
        verified_minutes=whole_minutes(result.verified_ms) if result else 0,
        probable_minutes=whole_minutes(result.review_ms - result.verified_ms) if result else 0,
        unverified_minutes=whole_minutes(result.at_most_ms - result.review_ms) if result else 0,
        officer_count=result.officer_count if result else 0,
        visits=visits.visits,
        longest_visit_minutes=whole_minutes(visits.longest_ms) if visits.longest_ms is not None else None,
        longest_gap_minutes=whole_minutes(visits.longest_gap_ms)
        if visits.longest_gap_ms is not None
        else None,
        patrol_count=len(result.patrol_ids) if result else 0,
        moved_to_id=window.moved_to_id,
        computed_at=result.computed_at if result else None,
        window=f"/v1/tasking-windows/{window.id}",
        patrols=f"/v1/patrols?window_id={window.id}",
        reviews=f"/v1/tasking-windows/{window.id}/reviews",
    )


def describe_totals(totals: Totals, words: Words) -> WindowTotals:
    """What windows add up to, for the wire."""
    return WindowTotals(
        denominator=totals.denominator,
        kept=totals.kept,
        kept_by_decision=totals.kept_by_decision,
        decided=totals.decided,
        provisional=totals.provisional,
        check_needed=totals.check_needed,
        by_status=[
            StatusCount(
                status=status, status_label=in_words(words["window_statuses"], status.value), windows=windows
            )
            for status, windows in totals.by_status.items()
        ],
        by_reason=_counts(totals.by_reason, words["reasons"]),
        by_decision=_counts(totals.by_decision, words["decisions"]),
        needs_confirmation=totals.to_confirm,
        in_words=said(totals, {code: in_words(words["reasons"], code) for code in totals.by_reason}),
        required_minutes=whole_minutes(totals.required_ms),
        verified_minutes=whole_minutes(totals.verified_ms),
        probable_minutes=whole_minutes(totals.probable_ms),
        unverified_minutes=whole_minutes(totals.unverified_ms),
    )


def officer_minutes(by_grade: Iterable[tuple[str, int]]) -> OfficerMinutes:
    """Time of officers by grade for the wire: whole minutes, floored once."""
    time = OfficerTime.of(by_grade)
    return OfficerMinutes(
        verified=whole_minutes(time.verified),
        accepted=whole_minutes(time.accepted),
        probable=whole_minutes(time.probable),
        declared=whole_minutes(time.declared),
    )


def _counts(counted: Mapping[str, int], words: Mapping[str, Label]) -> list[CodeCount]:
    return [
        CodeCount(code=code, label=in_words(words, code), windows=windows)
        for code, windows in counted.items()
    ]


def read_words(session: Session, asked: Asked) -> Words:
    """The words an answer needs, as the caller's force has them on the day."""
    lists = ["window_statuses", "reasons", "decisions"]
    return labels_of(session, asked.caller.force_id, lists, asked.day)
