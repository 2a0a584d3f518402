"""Whose answer stands and which windows clash."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.schedule.crews import (
    Answer,
    Crew,
    Said,
    Span,
    Tasking,
    clashes,
    given_at,
    is_tasked,
    standing,
    stands,
)
from tests.conftest import named

NORTH, SOUTH = named("NORTH-1"), named("SOUTH-1")
A, B = named("A"), named("B")
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MEMBERS = {NORTH: {A, B}}


def given(revision: int, *officers: UUID, team: UUID = NORTH) -> Tasking:
    return Tasking(revision, team, frozenset(officers))


def said(officer: UUID, revision: int, answer: Answer = Answer.ACCEPTED, minutes: int = 0) -> Said:
    at = AT + timedelta(minutes=minutes)
    return Said(named(f"{officer} {minutes}"), officer, "4101", answer, None, None, at, at, False, revision)


def test_by_name_or_with_the_team_where_nobody_is_named() -> None:
    assert is_tasked(A, given(1, A), {})
    assert is_tasked(A, given(1), MEMBERS)
    assert not is_tasked(B, given(1, A), MEMBERS)
    assert not is_tasked(A, given(1, team=SOUTH), MEMBERS)


def test_an_answer_stands_while_its_author_is_tasked_without_a_break() -> None:
    told = said(A, 2)
    assert stands(told, [given(1, B), given(2, A)], MEMBERS)
    assert stands(told, [given(2, A), given(3, A, B), given(4)], MEMBERS)
    assert not stands(told, [given(2, A), given(3, B)], MEMBERS)
    assert not stands(told, [given(2, A), given(3, B), given(4, A)], MEMBERS)
    assert not stands(told, [given(2, A), given(3, team=SOUTH)], MEMBERS)
    # Said before the team's window was given to somebody, it is of before.
    assert not stands(told, [given(1, A)], MEMBERS)


def test_the_latest_of_each_officer_counts() -> None:
    yes, no = said(A, 1), said(A, 1, Answer.DECLINED, 5)
    other = said(B, 1, minutes=3)
    assert standing([yes, other, no], [given(1)], MEMBERS) == {A: no, B: other}
    crew = Crew([], [(A, "4101"), (B, "4102"), (NORTH, "4103")], [yes, other, no], {A: no, B: other})
    assert (crew.count(Answer.ACCEPTED), crew.count(Answer.DECLINED), crew.unanswered) == (1, 1, 1)


def test_an_answer_that_was_withdrawn_by_a_later_one_does_not_come_back() -> None:
    """The later one does not stand, and yet the earlier one was not meant any more."""
    yes, no = said(A, 3), said(A, 1, Answer.DECLINED, 5)
    taskings = [given(1, A), given(2, B), given(3, A)]
    assert standing([yes, no], taskings, MEMBERS) == {}


def test_when_an_answer_was_given() -> None:
    assert given_at(AT, 0, AT + timedelta(hours=1)) == AT
    assert given_at(AT, 300_000, AT + timedelta(hours=1)) == AT + timedelta(minutes=5)
    assert given_at(AT + timedelta(days=365), 0, AT) == AT


def test_clashes_are_what_comparing_each_two_finds() -> None:
    chance = random.Random(4)
    for _ in range(200):
        windows = []
        for number in range(chance.randrange(9)):
            starts_at = AT + timedelta(minutes=30 * chance.randrange(20))
            ends_at = starts_at + timedelta(minutes=30 * chance.randrange(1, 8))
            windows.append(Span(UUID(int=number), starts_at, ends_at))
        expected = {
            frozenset((one.id, other.id))
            for one in windows
            for other in windows
            if one.id < other.id and one.starts_at < other.ends_at and other.starts_at < one.ends_at
        }
        found = clashes(windows)
        assert {frozenset(pair) for pair in found} == expected
        assert len(found) == len(expected)
