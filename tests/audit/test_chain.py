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
    Seal,
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


def chain() -> tuple[list[Seal], list[Entry]]:
    """Two seals of three events each."""
    seals: list[Seal] = []
    entries: list[Entry] = []
    for number in (1, 2):
        events = [
            replace(EVENT, id=UUID(int=10 * number + n), at=EVENT.at + timedelta(seconds=n))
            for n in (1, 2, 3)
        ]
        held = [Leaf(one.id, one.at, None, commitment(b"s", one)) for one in events]
        seals.append(next_seal(seals[-1] if seals else None, held, EVENT.at))
        entries += [
            Entry(number, n, leaf, b"s", None, event)
            for n, (leaf, event) in enumerate(zip(held, events, strict=True))
        ]
    return seals, entries


def rewritten(entry: Entry) -> Entry:
    """An event edited by somebody who makes its commitment anew, too."""
    assert entry.event is not None
    event = replace(entry.event, operation="nothing")
    return replace(entry, event=event, leaf=replace(entry.leaf, commitment=commitment(b"s", event)))


def findings(seals: list[Seal], entries: list[Entry]) -> list[tuple[Fault, int | None, int | None]]:
    return [
        (one.fault, one.seal_number, one.event_id.int if one.event_id else None)
        for one in verify(seals, entries, Tally())
    ]


def test_an_untouched_chain_holds() -> None:
    assert findings(*chain()) == []


def test_an_entry_made_anew_does_not_fit_its_seal() -> None:
    seals, entries = chain()
    entries[1] = rewritten(entries[1])
    assert findings(seals, entries) == [(Fault.ALTERED, 1, None)]


def test_a_seal_made_anew_is_not_the_one_that_is_followed() -> None:
    seals, entries = chain()
    entries[1] = rewritten(entries[1])
    seals[0] = next_seal(None, [one.leaf for one in entries[:3]], EVENT.at)
    assert findings(seals, entries) == [(Fault.ALTERED, 2, None)]


def test_a_seal_that_says_something_else_is_named() -> None:
    seals, entries = chain()
    seals[1] = replace(seals[1], sealed_at=EVENT.at + timedelta(days=1))
    assert findings(seals, entries) == [(Fault.ALTERED, 2, None)]


def test_a_gap_is_named_where_it_is() -> None:
    seals, entries = chain()
    assert findings(seals, entries[:1] + entries[2:])[0] == (Fault.MISSING, 1, 13)
    assert findings(seals[1:], entries)[0] == (Fault.MISSING, 1, 11)
    assert findings(seals[:1], entries) == [(Fault.MISSING, 2, 21)]
    assert findings(seals, entries[:3]) == [(Fault.MISSING, 2, None)]


def test_an_event_that_is_gone_and_one_lawfully_erased_are_told_apart() -> None:
    seals, entries = chain()
    entries[4] = replace(entries[4], event=None)
    assert findings(seals, entries) == [(Fault.MISSING, 2, 22)]
    entries[4] = replace(entries[4], salt=None, erased_at=EVENT.at)
    assert findings(seals, entries) == []
