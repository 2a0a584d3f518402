"""One answer of data.police.uk, read: bounded JSON of the shape we know, or why it is not. Pure.

The traps are those of the real API: numbers as text, hyphenated keys, null where a text is promised, dates without a
zone. An entry that is wrong is left out and told by its place; the others are read. Nothing of an answer is repeated in
what is told about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import TypeVar

import jiter

from app.areas.priorities import Priority
from app.policeuk.outlines import Point, Remark
from app.policeuk.texts import instant, plain

MOST_ANSWER_BYTES = 5 * 1024 * 1024
MOST_NEIGHBOURHOODS = 2_000
MOST_POINTS = 100_000
MOST_PRIORITIES = 50
MOST_EVENTS = 100
LONGEST_TEXT = 2000
PARTS = ("boundary", "priorities", "events")
T = TypeVar("T")


class AnswerRefused(Exception):
    """An answer that cannot be used; `remark` says why in our words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.remark = Remark(code, detail)


@dataclass(frozen=True, slots=True)
class Listed:
    """A neighbourhood as the list has it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """A meeting or the like that is announced, as plain text."""

    title: str
    kind: str | None
    description: str | None
    address: str | None
    starts_at: datetime
    ends_at: datetime | None


def refused_by_start(raw: bytes) -> AnswerRefused | None:
    """Why an answer cannot be JSON of ours, by its length and first bytes; None when it may be."""
    if len(raw) > MOST_ANSWER_BYTES:
        return AnswerRefused("too-large", f"The answer is larger than {MOST_ANSWER_BYTES} bytes.")
    if not raw.strip():
        return AnswerRefused("empty", "The answer is empty.")
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return AnswerRefused("html", "The answer is a web page, not JSON.")
    return None


def check_json(raw: bytes) -> object:
    """What an answer says, where all of it came and it is JSON. Raises AnswerRefused."""
    refused = refused_by_start(raw)
    if refused is not None:
        raise refused
    try:
        found: object = jiter.from_json(
            raw.removeprefix(b"\xef\xbb\xbf"),
            allow_inf_nan=False,
            catch_duplicate_keys=True,
            cache_mode=False,
        )
    except ValueError:
        raise AnswerRefused("not-json", "The answer is no JSON, or not all of it came.") from None
    return found


def _entries(raw: bytes, most: int) -> tuple[list[object], list[Remark]]:
    """The list an answer is, cut to the `most` we take. Raises AnswerRefused."""
    parsed = check_json(raw)
    if not isinstance(parsed, list):
        raise AnswerRefused("shape", "The answer is no list.")
    if len(parsed) > most:
        told = Remark("too-many", f"The answer has {len(parsed)} entries; the first {most} were taken.")
        return parsed[:most], [told]
    return parsed, []


def neighbourhood_list(raw: bytes) -> list[Listed | None]:
    """The neighbourhoods of a force in order, None for an entry that is none. Raises AnswerRefused, for an empty or
    overlong list as well: nothing may be concluded from who is missing in it."""
    entries, cut = _entries(raw, MOST_NEIGHBOURHOODS)
    if cut or not entries:
        raise AnswerRefused("shape", "The list of neighbourhoods is empty or longer than any force's.")
    return [_listed(each) for each in entries]


def _listed(entry: object) -> Listed | None:
    if not isinstance(entry, dict):
        return None
    named, name = entry.get("id"), entry.get("name")
    if not isinstance(named, str) or not isinstance(name, str):
        return None
    words = plain(name, 200).text.replace("\n", " ")
    return Listed(named, words) if named and words else None


def boundary(raw: bytes) -> list[Point]:
    """The points of an outline as (longitude, latitude), in order. Raises AnswerRefused: with one point wrong nobody
    knows the line."""
    entries, cut = _entries(raw, MOST_POINTS)
    if cut:
        raise AnswerRefused("too-many", f"The boundary has more than {MOST_POINTS} points.")
    points = []
    for number, entry in enumerate(entries, 1):
        at = (_degrees(entry, "longitude"), _degrees(entry, "latitude"))
        if at[0] is None or at[1] is None:
            raise AnswerRefused("shape", f"Point {number} of the boundary has no two numbers.")
        points.append((at[0], at[1]))
    return points


def _degrees(entry: object, name: str) -> float | None:
    given = entry.get(name) if isinstance(entry, dict) else None
    if isinstance(given, bool) or not isinstance(given, str | int | float) or len(str(given)) > 40:
        return None
    try:
        value = float(given)
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) <= 180 else None


def priorities(raw: bytes) -> tuple[list[Priority], list[Remark]]:
    """The priorities of a neighbourhood and what is wrong with some. Raises AnswerRefused."""
    return _read(raw, MOST_PRIORITIES, "Priority", _priority)


def events(raw: bytes) -> tuple[list[Event], list[Remark]]:
    """The events of a neighbourhood and what is wrong with some. Raises AnswerRefused."""
    return _read(raw, MOST_EVENTS, "Event", _event)


def _read(
    raw: bytes, most: int, called: str, read: Callable[["_Fields"], T | None]
) -> tuple[list[T], list[Remark]]:
    entries, remarks = _entries(raw, most)
    found = []
    for number, entry in enumerate(entries, 1):
        fields = _Fields(entry if isinstance(entry, dict) else {})
        one = read(fields)
        if one is None:
            remarks.append(Remark("entry", f"{called} {number} lacks what it needs and was left out."))
            continue
        found.append(one)
        remarks += [Remark(code, f"{called} {number}: {detail}") for code, detail in fields.told]
    return found, remarks


class _Fields:
    """The fields of one entry, with what was odd about those that were read."""

    def __init__(self, entry: dict[str, object]) -> None:
        self._entry = entry
        self.told: list[tuple[str, str]] = []

    def words(self, name: str, longest: int = LONGEST_TEXT) -> str | None:
        """A field as plain text; None when it is null, missing or has no words."""
        given = self._entry.get(name)
        if not isinstance(given, str):
            return None
        found = plain(given, longest)
        if found.cut:
            self.told.append(("text-cut", f"its {name} is longer than {longest} characters and was cut."))
        return found.text or None

    def time(self, name: str) -> datetime | None:
        """A field as an instant; None when it is null or missing, and, told, when it is no time."""
        given = self._entry.get(name)
        if given is None:
            return None
        at = instant(given) if isinstance(given, str) else None
        if at is None:
            self.told.append(("time", f"its {name} is no date we can read and was left out."))
        return at


def _priority(fields: _Fields) -> Priority | None:
    issue = fields.words("issue")
    if issue is None:
        return None
    return Priority(issue, fields.time("issue-date"), fields.words("action"), fields.time("action-date"))


def _event(fields: _Fields) -> Event | None:
    title, starts_at = fields.words("title", 200), fields.time("start_date")
    if title is None or starts_at is None:
        return None
    return Event(
        title.replace("\n", " "),
        fields.words("type", 100),
        fields.words("description"),
        fields.words("address", 500),
        starts_at,
        fields.time("end_date"),
    )
