"""Decides what the phones of the evening log besides their patrols, and reads back what the service has of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import httpx2 as httpx

from app.clock import LONDON, rfc3339, to_ms
from demo.clients.facts import KINDS, Item, JsonObject
from demo.ids import named_uuid7
from demo.record_stories import LEAVINGS, RECORDS, RecordStory

_PROMISE_DAYS = 14
_AWAY = timedelta(hours=4)
_CUSTODY = timedelta(hours=2, minutes=15)
_WHEN = {"abstraction": "starts_at", "referral-follow-up": "heard_at"}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One thing logged, as the service has it. `noted` is what it says of it; `as_expected` compares with the story."""

    label: str
    when: str
    collar_number: str
    what: str
    reference: str
    story: str
    noted: tuple[str, ...]
    as_expected: bool


def record_id(day: date, label: str) -> UUID:
    """The id a phone mints for a record of the evening of `day`."""
    story = next(each for each in RECORDS if each.label == label)
    return named_uuid7(to_ms(_at(day, story)), f"{day} record {label}")


def records(
    day: date,
    patrols: Mapping[str, UUID],
    windows: Mapping[str, UUID],
    *,
    patrol: str | None = None,
    collar: str | None = None,
) -> list[Item]:
    """What is logged on one patrol, or outside of patrols by one officer, in order of time. Ids by label of story."""
    found = [each for each in RECORDS if each.patrol == patrol and collar in (None, each.collar)]
    return [_item(day, story, patrols, windows) for story in sorted(found, key=lambda each: _at(day, each))]


def leaving(day: date, patrol: str) -> dict[str, str]:
    """What the check-out of a patrol says of why it ended; empty for an ordinary end."""
    for story in LEAVINGS:
        if story.patrol == patrol:
            why = {"reason": story.reason, "log_number": story.log_number}
            return why | ({"activity_id": str(record_id(day, story.activity))} if story.activity else {})
    return {}


def _item(day: date, story: RecordStory, patrols: Mapping[str, UUID], windows: Mapping[str, UUID]) -> Item:
    at = _at(day, story)
    content: JsonObject = {**story.content}
    if story.kind != "engagement-action":
        content[_WHEN.get(story.kind, "occurred_at")] = rfc3339(at)
    if story.kind == "abstraction":
        content["ends_at"] = rfc3339(at + _AWAY)
        content["recorded_at"] = rfc3339(at)
    if story.kind == "engagement-action":
        content["due_on"] = (day + timedelta(days=_PROMISE_DAYS)).isoformat()
    if content.get("kind") == "ARREST":
        content["off_patrol_from"], content["off_patrol_to"] = rfc3339(at), rfc3339(at + _CUSTODY)
    if story.patrol is not None:
        content["patrol_id"] = str(patrols[story.patrol])
    if story.window is not None:
        content["window_id"] = str(windows[story.window])
    content |= {name: str(record_id(day, label)) for name, label in story.links.items()}
    return Item(
        story.kind, record_id(day, story.label), content, record_id(day, story.of) if story.of else None
    )


def _at(day: date, story: RecordStory) -> datetime:
    return datetime.combine(day + timedelta(days=story.days_later), story.at, LONDON)


def record_lines(day: date, http: httpx.Client) -> tuple[RecordLine, ...]:
    """Everything logged, read back one by one. Raises httpx.HTTPStatusError when the service refuses to tell."""
    whole = [each for each in RECORDS if not KINDS[each.kind].of_another]
    return tuple(_line(day, story, http) for story in sorted(whole, key=lambda each: _at(day, each)))


def _line(day: date, story: RecordStory, http: httpx.Client) -> RecordLine:
    path = KINDS[story.kind].path.format(id=record_id(day, story.label))
    told = http.get(path).raise_for_status().json()
    flags = told["flags"]
    return RecordLine(
        label=story.label,
        when=story.at.strftime("%H:%M"),
        collar_number=told["collar_number"],
        what=_what(story, told),
        reference=str(_reference(story, told)),
        story=story.story,
        noted=tuple(each["in_words"] for each in flags),
        as_expected=tuple(sorted(each["code"] for each in flags)) == tuple(sorted(story.flags)),
    )


def _what(story: RecordStory, told: JsonObject) -> str:
    """In the words of the lists: `stop and search: arrest`."""
    if story.kind == "engagement":
        return _label(told["engagement_type"]) + _promised(told["actions"])
    if story.kind == "abstraction":
        return f"abstraction: {_label(told['reason'])}"
    codes = told["codes"]
    labels = {each["field"]: each["label"] for each in codes} if isinstance(codes, list) else {}
    kind = {"STOP_SEARCH": "stop and search", "OUTCOME": ""}.get(str(told["kind"]), str(told["kind"]).lower())
    fields = ("outcome_code", "disposal", "outcome_type", "referral_type")
    said = next((labels[name] for name in fields if name in labels), "")
    heard = told["follow_ups"]
    if isinstance(heard, list) and heard:
        said = f"{said}, {heard[-1]['label']}"
    return ": ".join(each for each in (kind, said) if each)


def _promised(actions: object) -> str:
    if not isinstance(actions, list) or not actions:
        return ""
    return f", {len(actions)} promise: {actions[0]['status_label']}"


def _reference(story: RecordStory, told: JsonObject) -> object:
    content = told.get("content")
    where = content if isinstance(content, dict) else told
    return where.get("reference") or where.get("receipt_reference") or where.get("custody_reference") or ""


def _label(coded: object) -> str:
    return str(coded["label"]) if isinstance(coded, dict) else ""
