"""What reviews make of results, in worked values; times in minutes."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.patrols.reviewing import (
    Decision,
    Evidence,
    OpenTime,
    Outcome,
    PublishedWindow,
    Refusal,
    Reviewed,
    acceptable_ms,
    accepted_by_hotspot,
    accepted_time,
    not_yet,
    outcome,
    refusal,
    still_asks,
    suggestions,
)
from app.tracks.decision import Status

OPEN = Evidence(
    3, Status.REVIEW, 60, verified_ms=50, accepted_ms=50, review_ms=62, at_most_ms=70, check_needed=False
)
KEPT = replace(OPEN, number=4, status=Status.COMPLIANT, verified_ms=61, accepted_ms=61, review_ms=62)
SHORT = replace(OPEN, status=Status.PARTIAL, verified_ms=20, accepted_ms=20, review_ms=20, at_most_ms=40)
A, B = UUID(int=1), UUID(int=2)


def on(evidence: Evidence, decision: Decision, adjusted: int | None = None) -> Reviewed:
    return Reviewed(decision, evidence.number, evidence.status, evidence.review_ms, adjusted)


def test_without_a_review_the_evidence_counts() -> None:
    assert outcome(OPEN, None) == Outcome("review", 50, False, False)
    assert outcome(KEPT, None) == Outcome("compliant", 61, False, False)


@pytest.mark.parametrize(
    ("decision", "adjusted", "status", "credited"),
    [
        (Decision.ACCEPT, None, "accepted", 62),
        (Decision.STAND, None, "partial", 50),
        (Decision.REASON, None, "reason_accepted", 50),
        (Decision.ADJUST, 60, "adjusted", 60),
        (Decision.ADJUST, 0, "adjusted", 0),
    ],
)
def test_each_decision_is_a_bar_of_its_own(
    decision: Decision, adjusted: int | None, status: str, credited: int
) -> None:
    assert outcome(OPEN, on(OPEN, decision, adjusted)) == Outcome(status, credited, False, False)


def test_a_number_given_for_older_evidence_counts_and_asks_to_be_confirmed() -> None:
    newer = replace(OPEN, number=4, verified_ms=55)
    assert outcome(newer, on(OPEN, Decision.ADJUST, 52)) == Outcome("adjusted", 52, False, True)


def test_flags_that_come_after_a_decision_ask_again_whatever_it_was() -> None:
    flagged = replace(OPEN, number=4, check_needed=True)
    for decision in (Decision.ACCEPT, Decision.STAND, Decision.REASON):
        assert outcome(flagged, on(OPEN, decision)).check_needed
        assert not outcome(flagged, on(flagged, decision)).check_needed


def test_what_can_be_accepted_is_what_is_open_in_any_hotspot_once() -> None:
    times = {"verified": [[0, 50]], "probable": [[50, 60]], "claimed_verified": [[55, 70]]}
    other = {"verified": [[60, 65]], "probable": [], "claimed_verified": [[0, 10]]}
    assert acceptable_ms({"hotspots": [times, other]}) == 15


def test_accepting_what_is_too_little_leaves_it_under_sixty() -> None:
    assert outcome(SHORT, on(SHORT, Decision.ACCEPT)) == Outcome("partial", 20, False, False)


def test_nothing_verified_that_stands_is_not_attended() -> None:
    silent = replace(OPEN, status=Status.UNVERIFIED, verified_ms=0, accepted_ms=0, review_ms=0)
    assert outcome(silent, on(silent, Decision.STAND)).status == "not_attended"


@pytest.mark.parametrize("decision", Decision)
def test_evidence_that_keeps_the_window_overturns_every_decision_and_asks_to_confirm(
    decision: Decision,
) -> None:
    found = outcome(KEPT, on(OPEN, decision, 10 if decision is Decision.ADJUST else None))
    assert found == Outcome("compliant", 61, False, True)


@pytest.mark.parametrize("decision", [Decision.ACCEPT, Decision.STAND, Decision.ADJUST])
def test_a_decision_on_other_evidence_counts_no_more_until_it_is_confirmed(decision: Decision) -> None:
    found = outcome(SHORT, on(OPEN, decision, 60 if decision is Decision.ADJUST else None))
    assert found == Outcome("partial", 20, False, True)


def test_a_reason_goes_on_explaining_a_window_that_is_still_not_kept() -> None:
    assert outcome(SHORT, on(OPEN, Decision.REASON)) == Outcome("reason_accepted", 20, False, True)


def test_a_reason_never_hides_a_kept_window() -> None:
    assert outcome(KEPT, on(KEPT, Decision.REASON)).status == "compliant"


def test_what_comes_after_an_acceptance_is_not_accepted_with_it() -> None:
    little = Reviewed(Decision.ACCEPT, 2, Status.REVIEW, basis_review_ms=58)
    assert outcome(OPEN, little) == Outcome("review", 58, False, False)


def test_flags_are_looked_at_by_whoever_had_them_before_them() -> None:
    flagged = replace(KEPT, check_needed=True)
    assert outcome(flagged, None).check_needed
    assert not outcome(flagged, on(flagged, Decision.ACCEPT)).check_needed
    assert outcome(replace(flagged, number=5), on(flagged, Decision.ACCEPT)).check_needed


def test_accepted_patrols_keep_a_window_by_decision_not_by_evidence() -> None:
    assert outcome(replace(OPEN, accepted_ms=60), None) == Outcome("accepted", 60, False, False)
    # A window whose own review looked at other evidence still counts what was accepted of its patrols.
    changed = outcome(replace(OPEN, accepted_ms=60), on(SHORT, Decision.STAND))
    assert changed == Outcome("accepted", 60, False, True)


def test_an_open_window_shows_no_decision_but_a_reason() -> None:
    running = replace(OPEN, status=Status.IN_PROGRESS)
    assert outcome(running, on(running, Decision.STAND)).status == "in_progress"
    assert outcome(running, on(running, Decision.REASON)).status == "reason_accepted"


def test_accepted_time_is_what_was_there_to_accept_and_still_is() -> None:
    then = OpenTime(verified=[(0, 50)], probable=[(50, 60)], claimed=[])
    later = OpenTime(verified=[(0, 55)], probable=[(55, 60)], claimed=[(60, 80)])
    assert accepted_time(then, then) == ((50, 60),)
    assert accepted_time(later, then) == ((55, 60),)


def test_accepted_time_by_hotspot_ends_with_another_status() -> None:
    def result(status: str, *hotspots: UUID) -> dict[str, object]:
        times = {"verified": [[0, 50]], "probable": [[50, 60]], "claimed_verified": []}
        return {"status": status, "hotspots": [{"hotspot_id": str(each), **times} for each in hotspots]}

    assert accepted_by_hotspot(result("review", A, B), result("review", A)) == {A: ((50, 60),)}
    assert accepted_by_hotspot(result("partial", A), result("review", A)) == {}


def test_windows_a_patrol_would_keep_are_suggested_best_first() -> None:
    windows = [
        PublishedWindow(UUID(int=11), A, 0, 120, 60),
        PublishedWindow(UUID(int=12), A, 30, 150, 60),
        PublishedWindow(UUID(int=13), B, 0, 120, 60),
    ]
    found = suggestions([(A, [(10, 110)])], windows)
    assert [(each.window_id.int, each.verified_ms) for each in found] == [(11, 100), (12, 80)]
    assert suggestions([(A, [(10, 69)])], windows) == []


def test_nobody_decides_on_themselves_or_their_equals() -> None:
    assert refusal(A, 30, {B: 20}) is None
    assert refusal(A, 30, {}) is None
    assert refusal(A, 30, {A: 20, B: 20}) is Refusal.OWN
    assert refusal(A, 30, {B: 30}) is Refusal.RANK


def test_reasons_from_the_start_all_else_once_it_is_over() -> None:
    starts, ends = datetime(2026, 3, 2, 19, tzinfo=UTC), datetime(2026, 3, 2, 21, tzinfo=UTC)
    assert not_yet(Decision.REASON, starts, ends, datetime(2026, 3, 2, 18, 59, tzinfo=UTC))
    assert not not_yet(Decision.REASON, starts, ends, starts)
    assert not_yet(Decision.STAND, starts, ends, datetime(2026, 3, 2, 20, 59, tzinfo=UTC))
    assert not not_yet(Decision.STAND, starts, ends, ends)


EARLIER, LATER = datetime(2026, 3, 2, 20, tzinfo=UTC), datetime(2026, 3, 2, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "asked_at", "looked_at", "asks"),
    [
        (False, None, [], False),
        (True, None, [], True),
        (False, EARLIER, [], True),
        (True, None, [EARLIER], False),
        (True, EARLIER, [EARLIER], False),
        (True, LATER, [EARLIER], True),
        (False, LATER, [EARLIER], True),
        (True, EARLIER, [EARLIER, LATER], False),
    ],
)
def test_a_patrol_asks_until_somebody_has_looked_and_again_for_what_is_new(
    own: bool, asked_at: datetime | None, looked_at: list[datetime], asks: bool
) -> None:
    assert still_asks(own, asked_at, looked_at) is asks
