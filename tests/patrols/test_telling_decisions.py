"""How decisions are told and what a patrol counts as by them, in worked values; times in minutes."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.patrols.reviewing import Decision
from app.patrols.telling_decisions import NOTHING, Afterwards, DecisionTold, counts_as, decision_in_words

STAND = DecisionTold(
    True, Decision.STAND, "stands as it is", None, None, "4111",
    datetime(2026, 3, 3, 9, tzinfo=UTC), date(2026, 3, 3), needs_confirmation=False,
)  # fmt: skip
LATER = datetime(2026, 3, 4, 9, tzinfo=UTC)


def by(*decisions: DecisionTold) -> Afterwards:
    return Afterwards(decisions)


def test_a_decision_says_who_what_and_when() -> None:
    assert decision_in_words(STAND) == "4111 decided on the window on 3 March: stands as it is."
    reason = replace(STAND, of_window=False, in_words="reason accepted", reason="arrest")
    assert decision_in_words(reason) == "4111 decided on this patrol on 3 March: reason accepted (arrest)."
    credited = replace(STAND, in_words="adjusted", reason="arrest", credited_ms=3_600_000)
    assert decision_in_words(credited).endswith(": adjusted (arrest, 60 minutes credited).")


@pytest.mark.parametrize(
    ("status", "verified", "decision", "counts"),
    [
        ("review", 59, Decision.ACCEPT, "accepted"),
        ("partial", 30, Decision.ACCEPT, "partial"),
        ("review", 59, Decision.STAND, "partial"),
        ("unverified", 0, Decision.STAND, "not_attended"),
        ("partial", 30, Decision.REASON, "reason_accepted"),
        ("compliant", 61, Decision.REASON, "compliant"),
        ("compliant", 61, Decision.ACCEPT, "compliant"),
        ("compliant", 61, Decision.ADJUST, "adjusted"),
        ("unverified", 10, Decision.ADJUST, "adjusted"),
    ],
)
def test_what_a_patrol_counts_as_by_a_decision(
    status: str, verified: int, decision: Decision, counts: str
) -> None:
    assert counts_as(status, verified, 60, by(replace(STAND, decision=decision))) == counts


def test_without_a_window_only_a_reason_changes_what_it_counts_as() -> None:
    assert counts_as("no_window", 30, None, by(STAND)) == "no_window"
    reason = replace(STAND, decision=Decision.REASON)
    assert counts_as("no_window", 30, None, by(reason)) == "reason_accepted"


def test_the_latest_decision_that_stands_counts() -> None:
    accepted = replace(STAND, decision=Decision.ACCEPT, of_window=False, at=LATER)
    assert counts_as("review", 59, 60, by(accepted, STAND)) == "accepted"
    assert counts_as("review", 59, 60, by(replace(accepted, needs_confirmation=True), STAND)) == "partial"
    assert counts_as("review", 59, 60, by(replace(STAND, needs_confirmation=True))) == "review"
    assert counts_as("review", 59, 60, NOTHING) == "review"
