"""THE rule of what leaves the force's service in a message: a count, an area and a link; of a record its ids, codes and
counts. Pure.

Nobody's collar number or name, no position, no text that somebody wrote. Whatever is told is built here, from closed
types that have no room for more: what another module knows besides cannot get in. One exception: the collar number of
an engagement's officer, for a system that its force has marked for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.clock import rfc3339
from app.reference.codes import Label, in_words
from app.telling.topics import Topic

LIST = "telling_topics"


@dataclass(frozen=True, slots=True)
class Place:
    """An area as it is told: the area tree's own words."""

    area_id: UUID
    code: str
    name: str


# Where more is to be read, by whoever may: pages of ours whose addresses name nobody.
Page = Literal["/v1/alerts/digest?format=html", "/v1/wmnow/feeds"]


@dataclass(frozen=True, slots=True)
class Notice:
    """How many of what, where, and where to read more. `counts` are by topic; of a digest of everything that is open,
    of all else of its own topic alone."""

    topic: Topic
    place: Place
    counts: Mapping[Topic, int]
    page: Page


@dataclass(frozen=True, slots=True)
class EngagementTold:
    """What other systems are told of an engagement; how officers estimated minority groups is not among it."""

    id: UUID
    revision: int
    counted_as: str
    engagement_type: str
    method: str | None
    occurred_at: datetime
    minutes: int | None
    planned: bool | None
    published: bool | None
    people_reached: int | None
    reach_band: str | None
    priority_groups: Sequence[str]
    issues: Sequence[str]
    team_id: UUID | None
    area_id: UUID | None
    place_area_id: UUID | None
    patrol_id: UUID | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice in words: a title, lines below it, and the address of a page, where one is known."""

    title: str
    lines: Sequence[str] = field(default_factory=list)
    link: str | None = None


def notice_payload(notice: Notice, words: Mapping[str, Label], at: datetime) -> dict[str, Any]:
    """A notice as it waits to be delivered."""
    return {
        "topic": notice.topic.value,
        "at": rfc3339(at),
        "area_id": str(notice.place.area_id),
        "area_code": notice.place.code,
        "area_name": notice.place.name,
        "label": in_words(words, notice.topic.value),
        "counts": [
            {"topic": topic.value, "label": in_words(words, topic.value), "count": count}
            for topic, count in notice.counts.items()
            if count > 0
        ],
        "page": notice.page,
    }


def together(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Two notices of one topic and area as one: «nobody checked in: 2» and «…: 1» are «…: 3»."""
    counts = {each["topic"]: dict(each) for each in earlier["counts"]}
    for each in later["counts"]:
        held = counts.setdefault(each["topic"], {**each, "count": 0})
        held["count"] += each["count"]
    return {**later, "counts": list(counts.values())}


def in_plain_words(payload: Mapping[str, Any], base: str | None) -> Told:
    """A notice for people. `base` is what links begin with; without it there is none.

    «Ladywood: nobody has checked in: 2», and of a digest «Ladywood: open now: 3» with a line for each kind.
    """
    total = sum(each["count"] for each in payload["counts"])
    title = f"{payload['area_name']}: {payload['label']}: {total}"
    lines = [f"{each['label']}: {each['count']}" for each in payload["counts"]]
    if payload["topic"] == Topic.DIGEST and not lines:
        lines = ["Nothing is open."]
    own = payload["topic"] != Topic.DIGEST
    return Told(title, [] if own else lines, None if base is None else base.rstrip("/") + payload["page"])


def notice_event(payload: Mapping[str, Any], base: str | None) -> dict[str, Any]:
    """A notice for another system: the type, when it was so, and the same numbers."""
    told = in_plain_words(payload, base)
    return {
        "type": payload["topic"],
        "timestamp": payload["at"],
        "data": {
            "area_id": payload["area_id"],
            "area_code": payload["area_code"],
            "counts": [{"topic": each["topic"], "count": each["count"]} for each in payload["counts"]],
            "text": told.title,
            "link": told.link,
        },
    }


def engagement_event(told: EngagementTold, at: datetime, officer: str | None) -> dict[str, Any]:
    """That an engagement was recorded or corrected. `officer` is a collar number, for a destination that is marked to
    have it; None leaves the field out."""
    data = {name: _plain(value) for name, value in asdict(told).items()}
    return _event(Topic.ENGAGEMENT_UPSERTED, at, data if officer is None else {**data, "officer": officer})


def voided_event(engagement_id: UUID, revision: int, at: datetime) -> dict[str, Any]:
    """That an engagement was taken back; why is nobody's outside."""
    return _event(Topic.ENGAGEMENT_VOIDED, at, {"id": str(engagement_id), "revision": revision})


def _event(topic: Topic, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": topic.value, "timestamp": rfc3339(at), "data": dict(data)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, UUID):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
