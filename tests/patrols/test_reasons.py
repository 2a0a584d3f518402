"""Which reasons on record concern what, each once, and in which words."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.patrols.reasons import (
    GivenReason,
    OnRecord,
    ReasonSource,
    Span,
    Subject,
    by_code,
    concerns,
    in_words,
)

AT = datetime(2026, 3, 2, 19, tzinfo=UTC)
OFFICER, PATROL, WINDOW, MOVED = (UUID(int=number) for number in range(1, 5))
SUBJECT = Subject(
    AT, AT + timedelta(hours=2), frozenset([PATROL]), frozenset([WINDOW, MOVED]), frozenset([OFFICER])
)
ARREST = GivenReason("ARREST_MADE", ReasonSource.ARREST, UUID(int=9), OFFICER, AT, AT)


def hour(number: float) -> datetime:
    return AT + timedelta(hours=number)


def record(
    officer: UUID = UUID(int=99),
    from_hour: float = 50,
    to_hour: float | None = 51,
    patrol_id: UUID | None = None,
    window_id: UUID | None = None,
) -> OnRecord:
    span = Span(hour(from_hour), None if to_hour is None else hour(to_hour))
    return OnRecord(ARREST, officer, span, patrol_id, window_id)


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "meets"),
    [
        (-1, 0, False), (-1, 0.001, True), (1.999, 3, True), (2, 3, False), (-5, 5, True), (0.5, 0.6, True),
        (-1, None, True), (1.9, None, True), (2, None, False),
        (0, 0, True), (1.999, 1.999, True), (2, 2, False), (-0.001, -0.001, False),
    ],
)  # fmt: skip
def test_a_span_meets_a_half_open_time(from_hour: float, to_hour: float | None, *, meets: bool) -> None:
    span = Span(hour(from_hour), None if to_hour is None else hour(to_hour))
    assert span.meets(SUBJECT.starts_at, SUBJECT.ends_at) is meets


def test_a_record_concerns_its_patrol_and_its_window_whenever_it_was() -> None:
    assert concerns(record(patrol_id=PATROL), SUBJECT)
    assert concerns(record(window_id=WINDOW), SUBJECT)
    assert concerns(record(window_id=MOVED), SUBJECT)
    assert not concerns(record(patrol_id=UUID(int=77)), SUBJECT)
    assert not concerns(record(), SUBJECT)


def test_a_record_concerns_the_time_of_its_officer_and_of_nobody_else() -> None:
    assert concerns(record(OFFICER, 1, 5), SUBJECT)
    assert not concerns(record(UUID(int=99), 1, 5), SUBJECT)
    assert not concerns(record(OFFICER, 2, 5), SUBJECT)
    # On a patrol of its own, and tasked to this window at that time as well.
    assert concerns(record(OFFICER, 1, 5, patrol_id=UUID(int=77)), SUBJECT)


def given(code: str, source: ReasonSource, minute: int) -> GivenReason:
    return GivenReason(code, source, UUID(int=minute), OFFICER, None, AT + timedelta(minutes=minute))


def test_each_reason_once_with_all_that_give_it_and_decisions_last() -> None:
    found = by_code(
        [
            given("ARREST_MADE", ReasonSource.REVIEW, 9),
            given("ARREST_MADE", ReasonSource.CHECK_OUT, 1),
            given("NO_STAFF", ReasonSource.EXPLANATION, 2),
            given("ARREST_MADE", ReasonSource.ARREST, 3),
            given("OTHER", ReasonSource.REVIEW, 8),
        ]
    )
    assert [[(each.code, each.source.value) for each in rows] for rows in found] == [
        [("ARREST_MADE", "arrest"), ("ARREST_MADE", "check_out"), ("ARREST_MADE", "review")],
        [("NO_STAFF", "explanation")],
        [("OTHER", "review")],
    ]
    assert by_code([]) == []


@pytest.mark.parametrize(
    ("source", "at", "reference", "told"),
    [
        (ReasonSource.CHECK_OUT, hour(2.25), "3712", "left for: arrest, 21:15, log 3712 (4101)"),
        (ReasonSource.CHECK_OUT, hour(2.25), None, "left for: arrest, 21:15 (4101)"),
        (ReasonSource.ARREST, hour(1), "CU/7", "left for: arrest, 20:00, reference CU/7 (4101)"),
        (ReasonSource.EXPLANATION, None, None, "left for: arrest (4101)"),
        # An abstraction that began the evening before.
        (ReasonSource.ABSTRACTION, hour(-24), None, "left for: arrest, Sun 1 Mar, 19:00 (4101)"),
    ],
)
def test_one_line_a_record(
    source: ReasonSource, at: datetime | None, reference: str | None, told: str
) -> None:
    one = GivenReason("ARREST_MADE", source, UUID(int=9), OFFICER, at, AT, reference)
    assert in_words(one, "left for", "arrest", "4101", AT) == told


def test_times_are_londons() -> None:
    summer = datetime(2026, 7, 1, 20, 14, tzinfo=UTC)
    one = GivenReason("ARREST_MADE", ReasonSource.CHECK_OUT, UUID(int=9), OFFICER, summer, summer)
    assert in_words(one, "left for", "arrest", "4101", summer) == "left for: arrest, 21:14 (4101)"
