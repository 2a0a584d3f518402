"""Windows as a table for spreadsheets: a row for each, times on London's clocks. Pure, and no object for each cell, for
a file may have twenty thousand rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple

from app.clock import LONDON
from app.compliance.arithmetic import KEPT_SOMEHOW, STATUS_BY_SITUATION, evidence_status, whole_minutes
from app.compliance.grouping import Visits
from app.reference.codes import Label, in_words
from app.schedule.windows import LATE_DATA_GRACE, may_change
from app.spreadsheet import part_of_rows, to_csv_of_lines

_COLUMNS = (
    "hotspot_code", "hotspot_name", "team_code", "area_code", "starts_at", "ends_at", "status", "status_label",
    "evidence_status", "decision", "reason_code", "reason_label", "needs_confirmation", "provisional", "check_needed",
    "required_minutes", "credited_minutes", "verified_minutes", "probable_minutes", "unverified_minutes",
    "officer_count", "patrol_count", "visits", "longest_visit_minutes", "longest_gap_minutes", "window_id",
)  # fmt: skip
Words = Mapping[str, Mapping[str, Label]]
_NO_VISITS = Visits()


class FileRow(NamedTuple):
    """One window with its stored result, if any: what a file says of it. Ids are as the database keeps them, and
    `patrol_ids` is the stored text, of which only the number is told."""

    window_id: str
    hotspot_id: str
    team_id: str
    area_id: str
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


class Names(NamedTuple):
    """Of hotspots their codes and names, of teams and areas their codes, by their ids as the database keeps them."""

    hotspots: Mapping[str, tuple[str, str]]
    teams: Mapping[str, str]
    areas: Mapping[str, str]


def as_csv(
    rows: Iterable[FileRow], names: Names, visits: Mapping[str, Visits], words: Words, now: datetime
) -> str:
    """All windows asked for; `words` are statuses and reasons in a force's own, `visits` by window as `canonical`."""
    return to_csv_of_lines(_COLUMNS, _lines(rows, names, visits, words, now))


def canonical(stored_id: str) -> str:
    """An id as answers tell it; SQLite keeps it without dashes.

    >>> canonical("019abcfb09c07841abb17fc1ed7ea4a6")
    '019abcfb-09c0-7841-abb1-7fc1ed7ea4a6'
    """
    if "-" in stored_id:
        return stored_id
    return f"{stored_id[:8]}-{stored_id[8:12]}-{stored_id[12:16]}-{stored_id[16:20]}-{stored_id[20:]}"


def _lines(
    rows: Iterable[FileRow], names: Names, visits: Mapping[str, Visits], words: Words, now: datetime
) -> Iterator[str]:
    # The same places, hours and outcomes stand in thousands of rows: each is written once.
    @cache
    def place(hotspot_id: str, team_id: str, area_id: str) -> str:
        return part_of_rows([*names.hotspots[hotspot_id], names.teams[team_id], names.areas[area_id]])

    @cache
    def in_london(at: datetime) -> str:
        return at.astimezone(LONDON).isoformat()

    @cache
    def outcome(
        situation: str,
        computed_status: str | None,
        decision: str | None,
        reason_code: str | None,
        needs_confirmation: bool | None,
        check_needed: bool | None,
        late_fixes: bool,
    ) -> str:
        status = STATUS_BY_SITUATION[situation]
        return part_of_rows([
            str(status),
            in_words(words["window_statuses"], status.value),
            str(evidence_status(status, computed_status, decision)),
            decision,
            reason_code,
            in_words(words["reasons"], reason_code) if reason_code is not None else None,
            bool(needs_confirmation),
            may_change(status, late_fixes=late_fixes),
            bool(check_needed) and status in KEPT_SOMEHOW,
        ])  # fmt: skip

    settled_before = now - LATE_DATA_GRACE
    for row in rows:
        window_id = canonical(row.window_id)
        verified_ms, review_ms = row.verified_ms or 0, row.review_ms or 0
        patrols = (row.patrol_ids or "").count('"') // 2
        yield (
            f"{place(row.hotspot_id, row.team_id, row.area_id)},"
            f"{in_london(row.starts_at)},{in_london(row.ends_at)},"
            f"{outcome(*row[7:13], row.ends_at > settled_before)},"
            f"{row.required_seconds // 60},{whole_minutes(row.credited_ms or 0)},{whole_minutes(verified_ms)},"
            f"{whole_minutes(review_ms - verified_ms)},{whole_minutes((row.at_most_ms or 0) - review_ms)},"
            f"{row.officer_count or 0},{patrols},"
            f"{_visits(visits.get(window_id, _NO_VISITS))},{window_id}"
        )


def _visits(told: Visits) -> str:
    longest, gap = told.longest_ms, told.longest_gap_ms
    return (
        f"{told.visits},{whole_minutes(longest) if longest is not None else ''},"
        f"{whole_minutes(gap) if gap is not None else ''}"
    )
