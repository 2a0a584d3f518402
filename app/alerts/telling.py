"""Puts alerts into plain words and the worst first. Pure; the words are reference data.

An officer is told what they can do about it. Others are told that something needs somebody, of which window, patrol or
feed: never where anybody is, nor since what minute a phone is silent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.alerts.rules import AlertKind, Clearing
from app.clock import LONDON
from app.reference.codes import Label, in_words

# The lists of words: of kinds, of clearings, what officers are told, what others are told, and of what it is.
LISTS = ("alert_kinds", "alert_clearings", "alert_sentences", "alert_digest_sentences", "alert_subjects")
Words = Mapping[str, Mapping[str, Label]]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an alert. A window has a hotspot and a start, a patrol a start, a feed its name."""

    kind: AlertKind
    hotspot: str | None
    starts_at: datetime
    since_at: datetime
    cleared_because: Clearing | None
    feed: str | None = None


def message(told: Told, words: Words, now: datetime, *, own: bool) -> str:
    """One plain sentence.

    A phone silent since 19:50 at 20:10, to its officer: "Your phone has sent no position for 20 minutes. …"; to others:
    "A patrol of Mon 2 Mar: its phone …". An alert that is over says what ended it.
    """
    if told.cleared_because is not None:
        kind = in_words(words["alert_kinds"], told.kind.value)
        return f"{_subject(told, words)}: {kind}. {in_words(words['alert_clearings'], told.cleared_because.value)}."
    sentences = words["alert_sentences" if own else "alert_digest_sentences"]
    if told.kind.value not in sentences:
        sentences = words["alert_digest_sentences"]
    minutes = int((now - told.since_at).total_seconds() // 60)
    return _filled(
        in_words(sentences, told.kind.value),
        {**_places(told), "subject": _subject(told, words), "minutes": str(minutes), "since": _day(told.since_at)},
    )  # fmt: skip


def _subject(told: Told, words: Words) -> str:
    subject = "feed" if told.feed is not None else "patrol" if told.hotspot is None else "window"
    return _filled(in_words(words["alert_subjects"], subject), _places(told))


def _places(told: Told) -> dict[str, str]:
    return {
        "hotspot": told.hotspot or "",
        "feed": told.feed or "",
        "time": f"{told.starts_at.astimezone(LONDON):%H:%M}",
        "day": _day(told.starts_at),
    }


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence with its `{name}`s replaced; what it names and we do not have stays as it is."""
    for name, value in values.items():
        sentence = sentence.replace(f"{{{name}}}", value)
    return sentence


def _day(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{local:%a} {local.day} {local:%b}"


@dataclass(frozen=True, slots=True)
class Line:
    """An open alert of a digest, as far as its place in it goes."""

    alert_id: UUID
    kind: AlertKind
    told_at: datetime
    acknowledged: bool


_URGENCY = {kind: position for position, kind in enumerate(AlertKind)}


def worst_first(lines: Iterable[Line]) -> list[Line]:
    """What nobody deals with yet before what somebody does, then the most urgent kind, then the longest told."""
    return sorted(
        lines,
        key=lambda line: (line.acknowledged, _URGENCY[line.kind], line.told_at, line.alert_id),
    )


def counted(lines: Iterable[Line]) -> dict[AlertKind, int]:
    """How many of each kind there are, most urgent first, without those of which there are none."""
    found = dict.fromkeys(AlertKind, 0)
    for line in lines:
        found[line.kind] += 1
    return {kind: count for kind, count in found.items() if count}
