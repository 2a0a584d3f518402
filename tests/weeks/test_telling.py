"""A week in words: the headline, why a window stands as it does, and how it compares."""

from typing import Any

import pytest

from app.schedule.windows import WindowStatus as S
from app.weeks.chart import BAR_WIDTH, chart
from app.weeks.telling import Counted, Outcome, Said, Story, compared, few, headline, outcome_of, why

LABELS = {status: status.value.replace("_", " ") for status in S}
REASONS = {"ARREST_MADE": "arrest", "NO_STAFF": "no staff"}


def told(
    by_status: dict[S, int], by_reason: dict[str, int] | None = None, to_decide: int = 0, *, over: bool = True
) -> str:
    counted = Counted(by_status.get(S.COMPLIANT, 0), sum(by_status.values()), by_status, by_reason or {})
    return headline(counted, LABELS, REASONS, to_decide, over=over)


def test_headlines() -> None:
    assert told({}) == "No windows were published for this week."
    assert told({S.COMPLIANT: 1}) == "Kept 1 of 1 window."
    nine = {S.COMPLIANT: 9, S.PARTIAL: 1, S.NOT_ATTENDED: 1, S.REASON_ACCEPTED: 1}
    assert told(nine, {"ARREST_MADE": 1}, 2) == (
        "Kept 9 of 12 windows; 1 partial, 1 not attended, 1 reason accepted (arrest). 2 to decide."
    )
    two = told({S.COMPLIANT: 1, S.REASON_ACCEPTED: 3}, {"ARREST_MADE": 2, "NO_STAFF": 1})
    assert two == "Kept 1 of 4 windows; 3 reason accepted (2 arrest, 1 no staff)."


def test_a_week_that_is_not_over_counts_nothing_that_is_open() -> None:
    assert told({S.PUBLISHED: 12}, over=False) == "12 windows, none decided yet."
    some = {S.COMPLIANT: 3, S.PARTIAL: 2, S.PUBLISHED: 6, S.IN_PROGRESS: 1}
    assert told(some, over=False) == "Kept 3 of 5 windows so far, 7 still open; 2 partial."
    # Over, but an officer still sees one result first.
    assert told({S.COMPLIANT: 3, S.IN_PROGRESS: 1}) == "Kept 3 of 3 windows so far, 1 still open."


@pytest.mark.parametrize(
    ("status", "credited", "expected"),
    [
        (S.COMPLIANT, 60, Outcome.MET), (S.ACCEPTED, 62, Outcome.MET_BY_DECISION),
        (S.ADJUSTED, 60, Outcome.MET_BY_DECISION), (S.ADJUSTED, 59, Outcome.NOT_MET),
        (S.REASON_ACCEPTED, 60, Outcome.NOT_MET), (S.REVIEW, 59, Outcome.NOT_MET), (S.UNVERIFIED, 0, Outcome.NOT_MET),
        (S.PARTIAL, 1, Outcome.NOT_MET), (S.NOT_ATTENDED, 0, Outcome.NOT_MET), (S.PUBLISHED, 0, Outcome.OPEN),
        (S.IN_PROGRESS, 99, Outcome.OPEN), (S.CANCELLED, 60, Outcome.CANCELLED), (S.MOVED, 0, Outcome.MOVED),
    ],
)  # fmt: skip
def test_outcomes(status: S, credited: int, expected: Outcome) -> None:
    assert outcome_of(status, credited, 60) is expected


def story(status: S, **more: Any) -> Story:
    minutes = {"required": 60, "verified": 0, "acceptable": 0, "unverified": 0, "credited": 0, "patrols": 1}
    return Story(status=status, **{**minutes, **more})


def test_why() -> None:
    assert why(story(S.COMPLIANT, verified=61)) == []
    assert why(story(S.NOT_ATTENDED, patrols=0)) == ["Nobody checked in for it."]
    assert why(story(S.NOT_ATTENDED)) == ["Somebody checked in, and GPS never shows them in the hotspot."]
    assert why(story(S.PARTIAL, verified=31)) == ["31 of 60 minutes."]
    assert why(story(S.UNVERIFIED, verified=31, unverified=34)) == [
        "31 of 60 minutes. GPS is missing for up to 34 more."
    ]
    assert why(story(S.REVIEW, verified=50, acceptable=12)) == [
        "50 of 60 minutes. 12 more are likely, and count if a sergeant accepts them."
    ]
    assert why(story(S.CANCELLED, change="No staff")) == ["Cancelled: No staff."]
    assert why(story(S.MOVED, moved_to="Wed 4 Mar, 19:00", change="Court!")) == [
        "Moved to Wed 4 Mar, 19:00: Court!"
    ]
    assert why(story(S.MOVED)) == ["Moved: no reason given."]
    assert why(story(S.PUBLISHED, over=False)) == []
    assert why(story(S.NOT_ATTENDED, patrols=0, taken_back=1)) == [
        "One patrol was taken back by the officer who made it."
    ]


def test_why_it_was_decided_and_what_was_said() -> None:
    said = [
        Said("4101", False, "arrest", " Left with a prisoner. "),
        Said("4102", True, None, "We were there."),
    ]
    found = why(
        story(S.REASON_ACCEPTED, verified=31, reason="arrest", by="4111", note="Custody confirms", said=said)
    )
    assert found == [
        "Reason accepted by 4111, arrest: Custody confirms.",
        "GPS shows 31 of 60 minutes.",
        "4101 says (arrest): «Left with a prisoner.»",
        "4102 disputes it: «We were there.»",
    ]
    # Who may not read decisions reads the reason alone.
    assert why(story(S.REASON_ACCEPTED, verified=31, reason="arrest"))[0] == "Reason accepted, arrest."
    accepted = story(S.ACCEPTED, verified=50, acceptable=12, credited=62, by="4111")
    assert why(accepted) == ["Accepted with 62 minutes by 4111.", "GPS shows 50 of 60 minutes."]
    assert why(story(S.PARTIAL, verified=50, by="4111", note="Looked."))[0] == "Looked at by 4111: Looked."
    assert why(story(S.COMPLIANT, flags=["check needed: two places"])) == ["Check needed: two places."]


def test_comparison_says_when_it_says_nothing() -> None:
    assert compared((1, 2), [(0, 0)] * 4) == "Nothing to compare with: no windows in the weeks before."
    assert compared((9, 12), [(7, 10), (8, 11), (0, 0), (7, 10)]) == (
        "This week 9 of 12; 3 weeks before 22 of 31 (7 of 10, 8 of 11, 7 of 10). "
        "Few windows: a difference of one or two is chance."
    )
    assert compared((30, 40), [(30, 40)]) == "This week 30 of 40; one week before 30 of 40."
    assert few(29, 300) and few(300, 29) and not few(30, 30)


def test_bars_are_to_scale_and_told_apart_without_colour() -> None:
    drawn = chart([("kept", 9, True), ("under 60", 3, False), ("moved", 0, False)])
    assert [(bar.label, bar.count, bar.width, bar.filled) for bar in drawn.bars] == [
        ("kept", 9, BAR_WIDTH, True), ("under 60", 3, BAR_WIDTH // 3, False),
    ]  # fmt: skip
    assert all(one.y + one.height <= other.y for one, other in zip(drawn.bars, drawn.bars[1:], strict=False))
    assert drawn.bars[-1].y + drawn.bars[-1].height <= drawn.height
    assert chart([]).bars == []
