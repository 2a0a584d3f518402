"""Windows as a table for spreadsheets: a row for each, times on London's clocks. Pure, and no object for each cell, for
a file may have twenty thousand rows.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from app.clock import LONDON
from app.compliance.arithmetic import KEPT_SOMEHOW, STATUS_BY_SITUATION, evidence_status, whole_minutes
from app.compliance.grouping import Visits
from app.reference.codes import Label, in_words
from app.schedule.windows import WindowStatus, provisional
from app.spreadsheet import Cell, to_csv

_COLUMNS = (
    "hotspot_code", "hotspot_name", "team_code", "area_code", "starts_at", "ends_at", "status", "status_label",
    "evidence_status", "decision", "reason_code", "reason_label", "needs_confirmation", "provisional", "check_needed",
    "required_minutes", "credited_minutes", "verified_minutes", "probable_minutes", "unverified_minutes",
    "officer_count", "patrol_count", "visits", "longest_visit_minutes", "longest_gap_minutes", "window_id",
)  # fmt: skip
Words = Mapping[str, Mapping[str, Label]]
_NO_VISITS = Visits()


class FileRow(NamedTuple):
    """One window with its stored result, if any: what a file says of it. `patrol_ids` is the stored text, of which only
    the number is told."""

    window_id: UUID
    hotspot_code: str
    hotspot_name: str
    team_code: str
    area_code: str
    starts_at: datetime
    ends_at: datetime
    required_seconds: int
    situation: str
    computed_status: str | None
    decision: str | None
    reason_code: str | None
    needs_confirmation: bool | None
    check_needed: bool | None
    credited_ms: int | None
    verified_ms: int | None
    review_ms: int | None
    at_most_ms: int | None
    officer_count: int | None
    patrol_ids: str | None


def as_csv(rows: Iterable[FileRow], visits: Mapping[UUID, Visits], words: Words, now: datetime) -> str:
    """All windows asked for; `words` are statuses and reasons in a force's own."""
    labels = {each: in_words(words["window_statuses"], each.value) for each in WindowStatus}
    reasons = words["reasons"]
    # Windows begin at the same times again and again.
    in_london = cache(_in_london)
    cells = (
        _cells(row, visits.get(row.window_id, _NO_VISITS), labels, reasons, in_london, now) for row in rows
    )
    return to_csv(_COLUMNS, cells)


def _in_london(at: datetime) -> str:
    return at.astimezone(LONDON).isoformat()


def _cells(
    row: FileRow,
    visits: Visits,
    labels: Mapping[WindowStatus, str],
    reasons: Mapping[str, Label],
    in_london: Callable[[datetime], str],
    now: datetime,
) -> list[Cell]:
    status = STATUS_BY_SITUATION[row.situation]
    reason = row.reason_code
    verified_ms, review_ms = row.verified_ms or 0, row.review_ms or 0
    return [
        row.hotspot_code,
        row.hotspot_name,
        row.team_code,
        row.area_code,
        in_london(row.starts_at),
        in_london(row.ends_at),
        str(status),
        labels[status],
        str(evidence_status(status, row.computed_status, row.decision)),
        row.decision,
        reason,
        in_words(reasons, reason) if reason is not None else None,
        bool(row.needs_confirmation),
        provisional(status, row.ends_at, now),
        bool(row.check_needed) and status in KEPT_SOMEHOW,
        row.required_seconds // 60,
        whole_minutes(row.credited_ms or 0),
        whole_minutes(verified_ms),
        whole_minutes(review_ms - verified_ms),
        whole_minutes((row.at_most_ms or 0) - review_ms),
        row.officer_count or 0,
        (row.patrol_ids or "").count('"') // 2,
        visits.visits,
        whole_minutes(visits.longest_ms) if visits.longest_ms is not None else None,
        whole_minutes(visits.longest_gap_ms) if visits.longest_gap_ms is not None else None,
        str(row.window_id),
    ]
