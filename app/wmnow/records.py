"""Decides what a record of the tracker changes here: new, another version, gone, or nothing. Pure.

The three ways in (file, pull, signed message) all make `SourceRecord`s; what follows is one way. What was said is kept
and compared in the tracker's own words, so that another reading of them is no other version.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID, uuid5

from app.clock import rfc3339
from app.wmnow.editions import UNTOLD, Edition, later_of, order

_SPACE = UUID("6f2f9a52-2f5e-5d0c-9a83-5d3a3f1f3b11")


class TrackerChannel(StrEnum):
    """How a version of a record came."""

    FILE = "file"
    PULL = "pull"
    WEBHOOK = "webhook"


class Precision(StrEnum):
    """How exactly a record says where it was."""

    EXACT = "exact"
    POSTCODE = "postcode"
    NEIGHBOURHOOD = "neighbourhood"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Said:
    """What the tracker says of an engagement, in its own words: not yet put into codes, officers and places of ours.

    `position` is (longitude, latitude) in degrees. `by_postcode`: the tracker has a postcode for it, which is not kept.
    `groups_reached` are words with how many people, None where nobody counted.
    `patrol_ref` and `engagement_ref` are ids of ours, where the tracker carries them.
    """

    occurred_at: datetime
    engagement_type: str
    ended_at: datetime | None = None
    recorded_at: datetime | None = None
    collar_number: str | None = None
    team_ref: str | None = None
    lpa_ref: str | None = None
    sector_ref: str | None = None
    neighbourhood_ref: str | None = None
    position: tuple[float, float] | None = None
    by_postcode: bool = False
    method: str | None = None
    priority_group: str | None = None
    topics: Sequence[str] = ()
    groups_reached: Sequence[tuple[str, int | None]] = ()
    people_reached: int | None = None
    planned: bool | None = None
    published: bool | None = None
    patrol_ref: UUID | None = None
    engagement_ref: UUID | None = None


def content_of(said: Said) -> dict[str, Any]:
    """What was said, ready for JSON and for comparing: no nulls, no empty lists, times in UTC, lists in order.

    >>> from datetime import UTC
    >>> content_of(Said(datetime(2026, 11, 1, tzinfo=UTC), "PACT", topics=("DRUGS", "ASB"), by_postcode=True))
    {'occurred_at': '2026-11-01T00:00:00Z', 'engagement_type': 'PACT', 'topics': ['ASB', 'DRUGS'], 'by_postcode': True}
    """
    told: dict[str, Any] = {
        "occurred_at": rfc3339(said.occurred_at),
        "ended_at": None if said.ended_at is None else rfc3339(said.ended_at),
        "recorded_at": None if said.recorded_at is None else rfc3339(said.recorded_at),
        "collar_number": said.collar_number,
        "team_ref": said.team_ref,
        "lpa_ref": said.lpa_ref,
        "sector_ref": said.sector_ref,
        "neighbourhood_ref": said.neighbourhood_ref,
        "position": None if said.position is None else _point(said.position),
        "engagement_type": said.engagement_type,
        "method": said.method,
        "priority_group": said.priority_group,
        "topics": sorted(set(said.topics)),
        "groups_reached": [
            {"group": group, "count": count}
            for group, count in sorted(said.groups_reached, key=lambda one: one[0])
        ],
        "people_reached": said.people_reached,
        "planned": said.planned,
        "published": said.published,
        "patrol_ref": None if said.patrol_ref is None else str(said.patrol_ref),
        "engagement_ref": None if said.engagement_ref is None else str(said.engagement_ref),
        "by_postcode": said.by_postcode or None,
    }
    return {name: value for name, value in told.items() if value is not None and value != []}


def _point(at: tuple[float, float]) -> dict[str, float]:
    """A point to seven decimals of a degree, a centimetre: all that any of the ways in means by it."""
    return {"lon": round(at[0], 7), "lat": round(at[1], 7)}


@dataclass(frozen=True)
class SourceRecord:
    """A record as the tracker sent it, by whichever way it came.

    `content` is that of `content_of`; empty for a deletion that says no more. `meant` is the same with our codes in
    place of the tracker's words.
    """

    source_system: str
    source_record_id: str
    id_derived: bool
    edition: Edition
    deleted: bool
    occurred_at: datetime | None
    time_ambiguous: bool
    content: Mapping[str, Any]
    meant: Mapping[str, Any]
    row_number: int | None = None

    @cached_property
    def content_hash(self) -> bytes:
        """SHA-256 over what was said; row numbers and the tracker's version are no part of it."""
        return self._hash(self.content)

    @cached_property
    def meaning_hash(self) -> bytes:
        """The same over what was meant: equal where two ways in say one thing in different words."""
        return self.content_hash if self.meant == self.content else self._hash(self.meant)

    def _hash(self, told: Mapping[str, Any]) -> bytes:
        said = json.dumps({**told, "deleted": self.deleted}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).digest()


@dataclass(frozen=True, slots=True)
class Held:
    """What stands under a record's id. `edition` is the latest that was heard of it, `heard_at` when it was heard of
    last."""

    id: UUID
    version: int
    edition: Edition
    content_hash: bytes
    meaning_hash: bytes
    deleted: bool
    erased: bool = False
    heard_at: datetime | None = None


class Step(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
    UNCHANGED = "unchanged"
    # An older version than the one that stands came late: kept nowhere, told.
    STALE = "stale"
    # What was let go by its retention rule is not brought back.
    ERASED = "erased"


CHANGES = frozenset({Step.NEW, Step.CHANGED, Step.DELETED})


def record_id(force_id: UUID, source_system: str, source_record_id: str) -> UUID:
    """The id of a record here: the same on whichever way and however often it comes."""
    return uuid5(_SPACE, f"{force_id}/{source_system}/{source_record_id}")


def derived_id(occurred_at: datetime, words: Sequence[str | None], ordinal: int) -> str:
    """An id for a row whose export has none: the same for the same row in the next file. `words` are who, what and
    where, as the row says it; `ordinal` counts rows of one file that are alike, from 0. An edit of any of them is
    another id.

    >>> from datetime import UTC
    >>> one = derived_id(datetime(2026, 11, 1, 10, 5, 59, tzinfo=UTC), ["4711", "PACT", None], 0)
    >>> one == derived_id(datetime(2026, 11, 1, 10, 5, tzinfo=UTC), [" 4711", "pact", ""], 0), len(one)
    (True, 40)
    """
    minute = rfc3339(occurred_at.replace(second=0, microsecond=0))
    said = [minute, *(" ".join((word or "").casefold().split()) for word in words), str(ordinal)]
    return "derived:" + hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def unread_id(said: object) -> str:
    """What cannot be taken and bears no id is known by, so that it counts once however often it is sent: a hash, from
    which nothing of what it said can be read.

    >>> unread_id({"a": 1, "b": "x"}) == unread_id({"b": "x", "a": 1}), len(unread_id(None))
    (True, 39)
    """
    told = json.dumps(said, sort_keys=True)
    return "unread:" + hashlib.sha256(told.encode()).hexdigest()[:32]


def step(record: SourceRecord, held: Held | None) -> Step:
    """What a record changes. A deletion of what was never held is kept too, so that its row cannot come back late; what
    is gone stands again only by something later, where the tracker tells what is later.

    >>> one = SourceRecord("wmnow", "7", False, Edition(2), False, None, False, {"a": 1}, {"a": 1})
    >>> step(one, None).value
    'new'
    >>> step(one, Held(UUID(int=0), 1, Edition(3), b"", b"", False)).value
    'stale'
    >>> step(one, Held(UUID(int=0), 1, Edition(2), one.content_hash, b"", False)).value
    'unchanged'
    >>> step(one, Held(UUID(int=0), 1, Edition(2), b"", b"", True)).value
    'stale'
    """
    if held is None:
        return Step.DELETED if record.deleted else Step.NEW
    if held.erased:
        return Step.ERASED
    same = record.content_hash == held.content_hash or record.meaning_hash == held.meaning_hash
    if same or (record.deleted and held.deleted):
        return Step.UNCHANGED
    told = order(record.edition, held.edition)
    if told == -1 or (told == 0 and held.deleted and not record.deleted):
        return Step.STALE
    return Step.DELETED if record.deleted else Step.CHANGED


def counted_anew(held: Held, since: datetime | None) -> Held:
    """What stands where the tracker counts its versions anew since an instant: of what was heard before nothing tells
    whether it is later.

    >>> ten, eleven = datetime(2026, 11, 21, 10), datetime(2026, 11, 21, 11)
    >>> held = Held(UUID(int=0), 1, Edition(9), b"", b"", False, heard_at=ten)
    >>> counted_anew(held, eleven).edition == UNTOLD, counted_anew(held, ten) == counted_anew(held, None) == held
    (True, True)
    """
    before = since is not None and held.heard_at is not None and held.heard_at < since
    return replace(held, edition=UNTOLD) if before else held


def taken(record: SourceRecord, row_id: UUID, held: Held | None, now: datetime | None = None) -> Held:
    """What stands once a record that changes something was stored."""
    edition = record.edition if held is None else later_of(record.edition, held.edition)
    version = 1 if held is None else held.version + 1
    hashes = record.content_hash, record.meaning_hash
    return Held(row_id, version, edition, *hashes, record.deleted, heard_at=now)


def heard_again(record: SourceRecord, held: Held, now: datetime | None = None) -> Held:
    """What stands once the tracker has said the same again: its edition is the later of the two, so that what was
    changed in between and comes late is stale; and it means what its words mean by now.

    >>> one = SourceRecord("wmnow", "7", False, Edition(9), False, None, False, {"a": 1}, {"a": 1})
    >>> heard_again(one, Held(UUID(int=0), 1, Edition(7), one.content_hash, b"", False)).edition.number
    9
    """
    meaning = held.meaning_hash if record.deleted else record.meaning_hash
    edition = later_of(record.edition, held.edition)
    return replace(held, edition=edition, meaning_hash=meaning, heard_at=now)
