"""When a message is tried again: the waits of the standard, never all at one instant, what a receiver asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from app.outbox.attempts import (
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    Failure,
    MessageState,
    next_attempt,
    read_retry_after,
    state_of,
)

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_the_waits_are_those_of_the_standard_and_end_after_three_days() -> None:
    waits = [next_attempt(each, Failure("timeout"), NOW, 0.0) for each in range(1, MOST_ATTEMPTS)]
    seconds = [int((at - NOW).total_seconds()) for at in waits if at is not None]
    assert seconds == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert sum(seconds) == 75 * 3600 + 35 * 60 + 5
    assert next_attempt(MOST_ATTEMPTS, Failure("timeout"), NOW, 0.0) is None


@given(st.integers(1, MOST_ATTEMPTS - 1), st.floats(0, 1, exclude_max=True))
def test_chance_makes_a_wait_a_fifth_shorter_at_most_and_never_longer(attempts: int, chance: float) -> None:
    longest, shorter = (next_attempt(attempts, Failure("timeout"), NOW, each) for each in (0.0, chance))
    assert longest is not None and shorter is not None
    assert 0.8 * (longest - NOW) - SECOND < shorter - NOW <= longest - NOW <= LONGEST_WAIT


def test_what_a_receiver_asks_for_is_waited_a_day_at_most() -> None:
    def wait(asked: timedelta) -> timedelta | None:
        at = next_attempt(1, Failure("status-429", asked), NOW, 0.5)
        return None if at is None else at - NOW

    assert wait(timedelta(minutes=10)) == timedelta(minutes=10)
    assert wait(timedelta(days=7)) == timedelta(days=1)
    assert wait(SECOND) == 4.5 * SECOND


def test_what_fails_for_good_is_given_up_at_once() -> None:
    assert next_attempt(1, Failure("gone", for_good=True), NOW, 0.0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 02 Mar 2026 19:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 19:01:00 -0000", 60),
        ("Mon, 02 Mar 2026 18:00:00 GMT", 0),
        ("9" * 9, 999_999_999),
        ("9" * 10, None),
        ("soon", None),
        (f"Mon, 02 Mar {'9' * 30} 18:00:00 GMT", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: int | None) -> None:
    wanted = None if seconds is None else timedelta(seconds=seconds)
    assert read_retry_after(text, NOW) == wanted


def test_a_message_waits_until_one_of_its_two_ends() -> None:
    assert state_of(None, None) is MessageState.WAITING
    assert state_of(NOW, None) is MessageState.DELIVERED
    assert state_of(None, NOW) is MessageState.DEAD
