"""Goes through a chain in order and names what does not hold: altered, missing, inserted or out of its place. Pure.

It reads two streams, seals and what they hold, and keeps no more than one row of each, however long the log is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.audit.chain import (
    BEGINNING,
    MOST_IN_A_SEAL,
    Event,
    Leaf,
    Root,
    Seal,
    commitment,
    found_by,
    seal_hash,
)

# Longer than any call lasts: by so much an event may bear an earlier time than that at which it was inserted.
A_CALL_AT_MOST = timedelta(minutes=10)
# By so much the clocks of two machines may differ.
CLOCKS_DIFFER_BY = timedelta(seconds=60)


class Fault(StrEnum):
    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT = "cut off"
    FORGED = "forged"
    UNSEALED = "unsealed too long"
    ERASED_UNLAWFULLY = "erased without a record"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold, and where: an event, a seal, or both."""

    fault: Fault
    detail: str
    seal_number: int | None = None
    event_id: UUID | None = None

    def __str__(self) -> str:
        where = [
            f"seal {self.seal_number}" if self.seal_number is not None else "",
            f"event {self.event_id}" if self.event_id is not None else "",
        ]
        place = ", ".join(part for part in where if part)
        return f"{self.fault.value}: {place + ': ' if place else ''}{self.detail}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a seal holds of an event, with the event where it still stands. `salt` is gone when the event is erased."""

    seal_number: int
    position: int
    leaf: Leaf
    salt: bytes | None
    erased_at: datetime | None
    event: Event | None


@dataclass(slots=True)
class Tally:
    """How much was gone through so far."""

    seals: int = 0
    events: int = 0
    erased: int = 0
    head: Seal | None = field(default=None)


def verify(seals: Iterable[Seal], entries: Iterable[Entry], tally: Tally) -> Iterator[Finding]:
    """Every finding in the order of the chain; none for a log that holds. Both streams are in order of their numbers.

    An altered event is named. Where somebody has rewritten what a seal holds as well, the seal is; where they have
    rewritten every seal since, only a signed checkpoint tells.
    """
    waiting = _Peekable(entries)
    expected, before = 1, BEGINNING
    total = 0
    emptied: datetime | None = None
    for seal in seals:
        yield from _without_seal(waiting, seal.number)
        if seal.number != expected:
            fault = Fault.MISSING if seal.number > expected else Fault.INSERTED
            yield Finding(fault, f"number {expected} was expected here", min(seal.number, expected))
        held = _Held(seal, emptied)
        while (entry := waiting.peek()) is not None and entry.seal_number == seal.number:
            waiting.take()
            tally.events += 1
            tally.erased += entry.erased_at is not None
            yield from held.entry(entry)
        total += seal.count
        yield from held.end(before, total)
        emptied = held.emptied_queue_at() or emptied
        expected, before, total = seal.number + 1, seal.seal_hash, seal.total
        tally.seals += 1
        tally.head = seal
    yield from _without_seal(waiting, None)


def misfiled(entry: Entry, found: set[tuple[str, UUID]]) -> Finding | None:
    """Whether an event is searched by (kind, id) what it names, and by nothing once it is erased."""
    if entry.event is None and entry.erased_at is None:
        return None
    if found == (found_by(entry.event) if entry.event is not None else set()):
        return None
    detail = "what it is searched by is not what it names"
    return Finding(Fault.ALTERED, detail, entry.seal_number, entry.leaf.event_id)


class _Peekable:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = iter(entries)
        self._next = next(self._entries, None)

    def peek(self) -> Entry | None:
        return self._next

    def take(self) -> None:
        self._next = next(self._entries, None)


def _without_seal(waiting: _Peekable, until: int | None) -> Iterator[Finding]:
    """What says it stands in a seal that is not there."""
    told: int | None = None
    while (entry := waiting.peek()) is not None and (until is None or entry.seal_number < until):
        waiting.take()
        if entry.seal_number != told:
            told = entry.seal_number
            yield Finding(Fault.MISSING, "the seal of this event is gone", told, entry.leaf.event_id)


class _Held:
    """One seal, and what was seen of its events so far. `emptied` is when a seal before it last left nothing waiting:
    its own events were inserted after that."""

    def __init__(self, seal: Seal, emptied: datetime | None) -> None:
        self.seal = seal
        self.emptied = emptied
        self.root = Root()
        self.seen = 0
        self.first: Leaf | None = None
        self.last: Leaf | None = None

    def entry(self, entry: Entry) -> Iterator[Finding]:
        leaf, number = entry.leaf, self.seal.number
        if entry.position != self.seen:
            what = Fault.MISSING if entry.position > self.seen else Fault.INSERTED
            yield Finding(what, f"place {self.seen} of the seal is not what follows", number, leaf.event_id)
        if self.last is not None and (leaf.at, leaf.event_id) <= (self.last.at, self.last.event_id):
            yield Finding(Fault.REORDERED, "stands after a later event", number, leaf.event_id)
        if leaf.at > self.seal.sealed_at + CLOCKS_DIFFER_BY:
            yield Finding(Fault.INSERTED, "bears a time after its own seal", number, leaf.event_id)
        if self.emptied is not None and leaf.at < self.emptied - A_CALL_AT_MOST:
            detail = "bears a time long before it was inserted: an earlier seal would hold it"
            yield Finding(Fault.INSERTED, detail, number, leaf.event_id)
        finding = _event_of(entry)
        if finding is not None:
            yield finding
        self.root.add(leaf)
        self.first = self.first or leaf
        self.last = leaf
        self.seen = entry.position + 1

    def emptied_queue_at(self) -> datetime | None:
        """When this seal left nothing waiting; None when it was full, or held none but old events, such as those from
        before there were seals or from hours in which nothing was sealed: others may have waited meanwhile."""
        if self.last is None or self.seal.count >= MOST_IN_A_SEAL:
            return None
        return self.seal.sealed_at if self.last.at >= self.seal.sealed_at - A_CALL_AT_MOST else None

    def end(self, before: bytes, total: int) -> Iterator[Finding]:
        seal = self.seal
        if self.seen < seal.count:
            yield Finding(Fault.MISSING, f"holds {self.seen} events of {seal.count}", seal.number)
        elif self.seen > seal.count:
            event = self.last.event_id if self.last else None
            yield Finding(Fault.INSERTED, f"holds {self.seen} events, not {seal.count}", seal.number, event)
        else:
            yield from self._same_events()
        if seal.total != total:
            yield Finding(Fault.ALTERED, f"counts {seal.total} events so far, not {total}", seal.number)
        if seal.previous != before:
            yield Finding(Fault.ALTERED, "does not follow the seal before it", seal.number)
        if seal.seal_hash != seal_hash(seal):
            yield Finding(Fault.ALTERED, "its own hash is another", seal.number)

    def _same_events(self) -> Iterator[Finding]:
        seal = self.seal
        ends = (self.first and self.first.event_id, self.last and self.last.event_id)
        if ends != (seal.first_event_id, seal.last_event_id) or self.root.value() != seal.root:
            detail = f"its {seal.count} events, {seal.first_event_id} to {seal.last_event_id}, are not those sealed"
            yield Finding(Fault.ALTERED, detail, seal.number)


def _event_of(entry: Entry) -> Finding | None:
    leaf, event, number = entry.leaf, entry.event, entry.seal_number
    if entry.erased_at is not None:
        if event is None and entry.salt is None:
            return None
        return Finding(Fault.ALTERED, "is said to be erased and is there", number, leaf.event_id)
    if event is None:
        return Finding(Fault.MISSING, "is gone, and was not erased lawfully", number, leaf.event_id)
    try:
        same = entry.salt is not None and commitment(entry.salt, event) == leaf.commitment
    except (ValueError, TypeError):
        same = False
    if not same:
        return Finding(Fault.ALTERED, "is not what was sealed", number, leaf.event_id)
    if (event.id, event.at, event.force_id) != (leaf.event_id, leaf.at, leaf.force_id):
        return Finding(Fault.ALTERED, "its time or force is not what was sealed", number, leaf.event_id)
    return None
