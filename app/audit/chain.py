"""How the log is made to hold: what of an event is committed to, and how seals chain the commitments. Pure.

A commitment is a hash over a random salt and the event's whole content. Seals chain commitments, never content, so an
event that is lawfully erased, content and salt, leaves the chain as it was; and without the salt nobody can find out by
trying whether a certain event stood there.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.clock import EPOCH

# The operation of the records of erasures.
ERASURE = "audit:erase"
SALT_BYTES = 32
LONGEST_KIND = 40
# On SQLite everybody else waits while a seal is written: a thousand events take some 30 ms.
MOST_IN_A_SEAL = 1000
# What the first seal follows.
BEGINNING = bytes(32)
_NOBODY = bytes(16)
_LEAF = b"beatcheck audit leaf 1\n"
_ROOT = b"beatcheck audit root 1\n"
_SEAL = b"beatcheck audit seal 1\n"
_AN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is committed to. `subjects` are ids as text, by kind."""

    id: UUID
    at: datetime
    action: str
    operation: str
    actor_id: UUID | None
    force_id: UUID | None
    request_id: str | None
    reason: str | None
    subjects: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the chain holds of an event, and keeps when the event is erased."""

    event_id: UUID
    at: datetime
    force_id: UUID | None
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain: `count` events in order of (time, id), `total` with all seals before."""

    number: int
    first_event_id: UUID
    last_event_id: UUID
    count: int
    total: int
    root: bytes
    previous: bytes
    sealed_at: datetime
    seal_hash: bytes


def canonical(value: object) -> bytes:
    """The one spelling of text, whole numbers, null, lists and maps of them as JSON (RFC 8785 for such values).

    `canonical({"b": None, "a": [1, "é"]})` is `{"a":[1,"é"],"b":null}` in UTF-8. Keys are ASCII.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970, as finely as both databases keep time: 1970-01-01T00:00:01Z is 1,000,000."""
    past = at - EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def content(event: Event) -> bytes:
    """An event as canonical JSON:
    `{"action":"CONSULT","actor":null,"at":1000000,"force":null,"id":"…","operation":"patrol:read","reason":null,
    "request":null,"subjects":{"patrol":["…"]}}` without the line break.
    """
    return canonical(
        {
            "id": str(event.id),
            "at": microseconds(event.at),
            "action": event.action,
            "operation": event.operation,
            "actor": str(event.actor_id) if event.actor_id else None,
            "force": str(event.force_id) if event.force_id else None,
            "request": event.request_id,
            "reason": event.reason,
            "subjects": event.subjects,
        }
    )


def found_by(event: Event) -> set[tuple[str, UUID]]:
    """The kinds and ids an event is searched by: those of its subjects that are ids. An event that somebody wrote over
    before it was sealed may hold anything; it is sealed as it stands."""
    if not isinstance(event.subjects, dict):
        return set()
    return {
        (kind, UUID(one))
        for kind, ids in event.subjects.items()
        if len(kind) <= LONGEST_KIND and isinstance(ids, list)
        for one in ids
        if isinstance(one, str) and _AN_ID.fullmatch(one)
    }


def commitment(salt: bytes, event: Event) -> bytes:
    """SHA-256 over salt and content."""
    return hashlib.sha256(salt + content(event)).digest()


def leaf_hash(leaf: Leaf) -> bytes:
    """SHA-256 over what stays of an event: id, time, force, commitment, in fixed widths."""
    force = leaf.force_id.bytes if leaf.force_id is not None else _NOBODY
    at = microseconds(leaf.at).to_bytes(8, signed=True)
    return hashlib.sha256(b"".join((_LEAF, leaf.event_id.bytes, at, force, leaf.commitment))).digest()


class Root:
    """The hash over leaves in order, taken one by one."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(_ROOT)

    def add(self, leaf: Leaf) -> None:
        self._hash.update(leaf_hash(leaf))

    def value(self) -> bytes:
        return self._hash.digest()


def in_order(leaves: Iterable[Leaf]) -> list[Leaf]:
    """Leaves as a seal holds them: by time, then by id."""
    return sorted(leaves, key=lambda leaf: (leaf.at, leaf.event_id))


def seal_hash(seal: Seal) -> bytes:
    """SHA-256 over everything a seal says but its own hash, as canonical JSON; hashes in it are hexadecimal."""
    said = {
        "number": seal.number,
        "first": str(seal.first_event_id),
        "last": str(seal.last_event_id),
        "count": seal.count,
        "total": seal.total,
        "root": seal.root.hex(),
        "previous": seal.previous.hex(),
        "sealed_at": microseconds(seal.sealed_at),
    }
    return hashlib.sha256(_SEAL + canonical(said)).digest()


def next_seal(before: Seal | None, leaves: Sequence[Leaf], now: datetime) -> Seal:
    """The seal that follows, over leaves that are in order; ValueError when there are none."""
    if not leaves:
        raise ValueError("a seal holds at least one event")
    root = Root()
    for leaf in leaves:
        root.add(leaf)
    unsigned = Seal(
        number=before.number + 1 if before else 1,
        first_event_id=leaves[0].event_id,
        last_event_id=leaves[-1].event_id,
        count=len(leaves),
        total=len(leaves) + (before.total if before else 0),
        root=root.value(),
        previous=before.seal_hash if before else BEGINNING,
        sealed_at=now,
        seal_hash=b"",
    )
    return _sealed(unsigned)


def _sealed(seal: Seal) -> Seal:
    return Seal(
        seal.number, seal.first_event_id, seal.last_event_id, seal.count, seal.total, seal.root, seal.previous,
        seal.sealed_at, seal_hash(seal),
    )  # fmt: skip
