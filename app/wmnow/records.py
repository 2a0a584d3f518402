"""Decides what a record of the tracker changes here: new, another version, gone, or nothing. Pure.

The three ways in (file, pull, signed message) all make `SourceRecord`s; what follows is one way.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

_SPACE = UUID("6f2f9a52-2f5e-5d0c-9a83-5d3a3f1f3b11")


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record as the tracker sent it, in our words: validated, mapped, not yet resolved to our officers and places.

    `content` holds only what was said (RFC 3339 times in UTC, codes after mapping, no nulls and no empty lists), ready
    for JSON. `position` is (longitude, latitude) in degrees.
    """

    source_system: str
    source_record_id: str
    id_derived: bool
    source_version: str | None
    deleted: bool
    occurred_at: datetime | None
    time_ambiguous: bool
    content: Mapping[str, Any]
    row_number: int | None = None

    @property
    def content_hash(self) -> bytes:
        """SHA-256 over what was said; row numbers and the tracker's version are no part of it."""
        said = json.dumps({**self.content, "deleted": self.deleted}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).digest()


@dataclass(frozen=True, slots=True)
class Held:
    """What stands under a record's id."""

    id: UUID
    version: int
    source_version: str | None
    content_hash: bytes
    deleted: bool


class Step(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    # An older version than the one that stands came late: kept nowhere, told.
    STALE = "stale"


def record_id(force_id: UUID, source_system: str, source_record_id: str) -> UUID:
    """The id of a record here: the same on whichever way and however often it comes."""
    return uuid5(_SPACE, f"{force_id}/{source_system}/{source_record_id}")


def step(record: SourceRecord, held: Held | None) -> Step:
    """What a record changes. A tombstone of what was never held is kept too, so that its row cannot come back late.

    >>> from datetime import UTC
    >>> one = SourceRecord("wmnow", "7", False, "2", False, datetime(2026, 11, 1, tzinfo=UTC), False, {"a": 1})
    >>> step(one, None).value
    'new'
    >>> step(one, Held(UUID(int=0), 1, "3", b"", False)).value
    'stale'
    >>> step(one, Held(UUID(int=0), 1, "2", one.content_hash, False)).value
    'unchanged'
    """
    if held is None:
        return Step.DELETED if record.deleted else Step.NEW
    if older(record.source_version, held.source_version):
        return Step.STALE
    if record.content_hash == held.content_hash:
        return Step.UNCHANGED
    return Step.DELETED if record.deleted else Step.CHANGED


def older(said: str | None, held: str | None) -> bool:
    """Whether a tracker's version is before another: whole numbers as numbers, RFC 3339 times as text in UTC.

    Nothing is older where one of them has no version, or they are of two kinds.

    >>> older("9", "10"), older("2026-11-21T10:00:00Z", "2026-11-21T09:00:00Z"), older(None, "3")
    (True, False, False)
    """
    if said is None or held is None:
        return False
    if said.isdigit() and held.isdigit():
        return int(said) < int(held)
    if said.isdigit() or held.isdigit():
        return False
    return said < held
