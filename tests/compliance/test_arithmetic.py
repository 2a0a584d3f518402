"""Totals over windows: what is counted, what is kept, what is said."""

import pytest

from app.compliance.arithmetic import (
    STATUS_BY_SITUATION,
    Group,
    said,
    situations_of,
    total,
    whole_minutes,
)
from app.schedule.windows import WindowStatus
from app.tracks.decision import Status


def group(
    status: WindowStatus, windows: int, unsettled: int = 0, check_needed: int = 0, ms: int = 0
) -> Group:
    return Group(status, windows, unsettled, check_needed, windows * 3_600_000, ms, 0, 0)


def test_cancelled_and_moved_windows_stay_in_the_denominator_as_bars_of_their_own() -> None:
    totals = total(
        [
            group(WindowStatus.COMPLIANT, 5),
            group(WindowStatus.PARTIAL, 1),
            group(WindowStatus.NOT_ATTENDED, 1),
            group(WindowStatus.CANCELLED, 1),
            group(WindowStatus.MOVED, 1),
        ]
    )
    assert (totals.denominator, totals.kept, totals.decided) == (9, 5, 9)
    assert said(totals) == "Kept 5 of 9 published windows; 1 cancelled, 1 moved."


def test_a_reason_accepted_is_no_kept_window() -> None:
    totals = total([group(WindowStatus.REASON_ACCEPTED, 2), group(WindowStatus.COMPLIANT, 1)])
    assert totals.kept == 1
    assert said(totals) == "Kept 1 of 3 published windows; 2 with a reason accepted."


def test_windows_to_come_are_counted_but_not_decided() -> None:
    totals = total(
        [group(WindowStatus.PUBLISHED, 2, unsettled=2), group(WindowStatus.IN_PROGRESS, 1, unsettled=1)]
    )
    assert (totals.denominator, totals.decided, totals.provisional) == (3, 0, 3)
    assert said(totals) == "Kept 0 of 3 published windows; 1 in progress, 2 still to come."


def test_only_what_late_fixes_may_change_is_provisional() -> None:
    totals = total(
        [
            group(WindowStatus.COMPLIANT, 3, unsettled=1, check_needed=1),
            group(WindowStatus.PARTIAL, 2, check_needed=2),
            group(WindowStatus.CANCELLED, 4, unsettled=4),
            group(WindowStatus.IN_PROGRESS, 1, unsettled=0),
        ]
    )
    assert (totals.provisional, totals.check_needed) == (2, 1)


def test_nothing_published_is_said_as_such() -> None:
    assert said(total([])) == "No windows were published."
    assert said(total([group(WindowStatus.COMPLIANT, 1)])) == "Kept 1 of 1 published window."


def test_sums_are_of_milliseconds_and_minutes_are_floored() -> None:
    totals = total([group(WindowStatus.PARTIAL, 1, ms=59_999), group(WindowStatus.UNVERIFIED, 1, ms=1)])
    assert whole_minutes(totals.verified_ms) == 1
    assert [whole_minutes(ms) for ms in (3_599_999, 3_600_000)] == [59, 60]


@pytest.mark.parametrize("status", list(Status))
def test_every_result_a_window_can_have_is_a_situation(status: Status) -> None:
    known = f"PUBLISHED/{status.value}/over/" in STATUS_BY_SITUATION
    assert known is (status is not Status.NO_WINDOW)


def test_every_situation_belongs_to_one_status() -> None:
    asked = [key for status in WindowStatus for key in situations_of(status)]
    assert sorted(asked) == sorted(STATUS_BY_SITUATION)
    assert situations_of(WindowStatus.NOT_ATTENDED) == ["PUBLISHED//over/", "PUBLISHED/not_attended/over/"]


def test_what_supervisors_decide_is_told_beside_what_the_evidence_keeps() -> None:
    totals = total(
        [
            group(WindowStatus.COMPLIANT, 5, check_needed=1),
            group(WindowStatus.ACCEPTED, 1, unsettled=1),
            Group(WindowStatus.ADJUSTED, 2, 2, 0, 2 * 3_600_000, 0, 0, 0, adjusted_enough=1),
            Group(WindowStatus.REASON_ACCEPTED, 1, 0, 0, 3_600_000, 0, 0, 0, reason="ARREST_MADE"),
        ]
    )
    assert (totals.denominator, totals.kept, totals.kept_by_decision, totals.decided) == (9, 5, 2, 9)
    # What people decided is final, however young.
    assert totals.provisional == 0
    assert said(totals, {"ARREST_MADE": "arrest"}) == (
        "Kept 5 of 9 published windows; 1 more accepted by a supervisor, 2 adjusted by a supervisor "
        "(1 to the time asked for), 1 with a reason accepted (arrest)."
    )


def test_several_reasons_are_counted_one_by_one() -> None:
    groups = [
        Group(WindowStatus.REASON_ACCEPTED, windows, 0, 0, 0, 0, 0, 0, reason=reason)
        for reason, windows in (("NO_STAFF", 1), ("ARREST_MADE", 2), (None, 1))
    ]
    assert said(total(groups), {"ARREST_MADE": "arrest"}) == (
        "Kept 0 of 4 published windows; 4 with a reason accepted (2 arrest, 1 NO_STAFF)."
    )


@pytest.mark.parametrize("result", ["accepted", "adjusted", "reason_accepted"])
@pytest.mark.parametrize("rest", ["ahead/", "running/open", "over/"])
def test_a_decision_stands_whatever_else_goes_on(result: str, rest: str) -> None:
    assert STATUS_BY_SITUATION[f"PUBLISHED/{result}/{rest}"].value == result
    assert STATUS_BY_SITUATION[f"CANCELLED/{result}/{rest}"] is WindowStatus.CANCELLED


def test_windows_published_once_they_had_begun_are_said_whatever_became_of_them() -> None:
    kept = Group(WindowStatus.COMPLIANT, 3, 0, 0, 0, 0, 0, 0, published_late=2)
    totals = total([kept, Group(WindowStatus.PARTIAL, 1, 0, 0, 0, 0, 0, 0)])
    assert (totals.kept, totals.published_late) == (3, 2)
    assert said(totals) == "Kept 3 of 4 published windows; 2 published only once they had begun."
