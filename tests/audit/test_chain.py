"""What a commitment and a seal are made of, with values worked out by other means."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from app.audit.chain import (
    BEGINNING,
    Event,
    Leaf,
    canonical,
    commitment,
    content,
    in_order,
    microseconds,
    next_seal,
)
from app.audit.verification import Entry, Fault, Tally, verify

ONE = UUID("00000000-0000-4000-8000-000000000001")
EVENT = Event(ONE, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "CONSULT", "patrol:read", None, None, None, None,
              {"patrol": [str(ONE)]})  # fmt: skip
SAID = (
    '{"action":"CONSULT","actor":null,"at":1000000,"force":null,"id":"00000000-0000-4000-8000-000000000001",'
    '"operation":"patrol:read","reason":null,"request":null,"subjects":{"patrol":["00000000-0000-4000-8000-000000000001"]}}'
)


def test_worked_values() -> None:
    assert canonical({"b": None, "a": [1, "é"]}) == '{"a":[1,"é"],"b":null}'.encode()
    assert canonical('\x08\t\n\x0c\r\x1f"\\/\x7f') == b'"\\b\\t\\n\\f\\r\\u001f\\"\\\\/\x7f"'
    assert content(EVENT) == SAID.encode()
    assert commitment(b"salt", EVENT) == hashlib.sha256(b"salt" + SAID.encode()).digest()
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@given(st.integers(-(10**15), 4 * 10**15))
def test_no_microsecond_is_lost(count: int) -> None:
    assert microseconds(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=count)) == count


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, id=UUID(int=2)),
        replace(EVENT, at=EVENT.at + timedelta(microseconds=1)),
        replace(EVENT, action="ALTER"),
        replace(EVENT, operation="patrol:list"),
        replace(EVENT, actor_id=ONE),
        replace(EVENT, force_id=ONE),
        replace(EVENT, request_id="x"),
        replace(EVENT, reason=""),
        replace(EVENT, subjects={}),
        replace(EVENT, subjects={"officer": [str(ONE)]}),
    ],
)
def test_every_field_is_committed_to(other: Event) -> None:
    assert content(other) != content(EVENT)


def leaves(count: int) -> list[Leaf]:
    return [Leaf(UUID(int=count - n), EVENT.at, None, bytes([n]) * 32) for n in range(count)]


def test_a_seal_follows_the_one_before() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next_seal(None, [], EVENT.at)
    first = next_seal(None, in_order(leaves(3)), EVENT.at)
    assert (first.number, first.count, first.total, first.previous) == (1, 3, 3, BEGINNING)
    assert (first.first_event_id, first.last_event_id) == (UUID(int=1), UUID(int=3))
    second = next_seal(first, in_order(leaves(2)), EVENT.at)
    assert (second.number, second.count, second.total) == (2, 2, 5)
    assert second.previous == first.seal_hash != second.seal_hash


def test_two_in_each_others_place_are_named() -> None:
    """Whoever swaps two events and writes the seal anew is still found by the order."""
    events = [replace(EVENT, id=UUID(int=n), at=EVENT.at + timedelta(seconds=n)) for n in (1, 2, 3)]
    held = [Leaf(one.id, one.at, None, commitment(b"s", one)) for one in events]
    swapped = [held[0], held[2], held[1]]
    seal = next_seal(None, swapped, EVENT.at)
    by_id = {one.id: one for one in events}
    entries = [Entry(1, n, leaf, b"s", None, by_id[leaf.event_id]) for n, leaf in enumerate(swapped)]
    found = list(verify([seal], entries, Tally()))
    assert [(one.fault, one.event_id) for one in found] == [(Fault.REORDERED, UUID(int=2))]
