"""Plays the morning after: officers say what they have to say to their patrols, and their sergeants decide.

A sergeant works from the list of what waits for a decision, so that playing it twice decides nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx2 as httpx

from app.clock import from_ms, rfc3339
from demo.clients.facts import JsonObject
from demo.evening import Evening, Window
from demo.ids import named_uuid7
from demo.morning_stories import DECISIONS, WORDS, DecisionStory, WordsStory

Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class MorningLine:
    """One window with what was said to it and what was decided. `as_expected` compares with the story."""

    hotspot: str
    said: str
    decided_by: str
    decision: str
    counts_as: str
    note: str
    as_expected: bool


def play_morning(evening: Evening, http: httpx.Client, token: Token) -> list[str]:
    """Says and decides everything that is not said and decided yet; the answers that were refusals."""
    refused = [told for words in WORDS if (told := _say(evening, words, http, token)) is not None]
    for collar in sorted({decision.collar for decision in DECISIONS}):
        refused += _decide(evening, collar, http, token)
    return refused


def _say(evening: Evening, words: WordsStory, http: httpx.Client, token: Token) -> str | None:
    patrol = next(each for each in evening.patrols if each.story.label == words.patrol)
    said_id = named_uuid7(patrol.checked_in.at_ms, f"{evening.day} words {words.patrol}")
    body = {"kind": words.kind, "text": words.text}
    for name in ("reason_code", "incident_reference"):
        value = getattr(words, name)
        if value is not None:
            body[name] = value
    path = f"/v1/patrols/{patrol.id}/explanations/{said_id}"
    answer = http.put(path, json=body, headers=_signed_in(token, words.collar))
    return None if answer.is_success else f"words to {words.patrol}: {answer.status_code} {answer.text}"


def _decide(evening: Evening, collar: str, http: httpx.Client, token: Token) -> list[str]:
    due = {str(item["id"]): item for item in _due(evening, collar, http, token)}
    stories = {str(_window(evening, story).id): story for story in DECISIONS if story.collar == collar}
    items = [_item(evening, stories[each], due[each]) for each in stories if each in due]
    if not items:
        return []
    answer = http.post("/v1/reviews", json={"items": items}, headers=_signed_in(token, collar))
    answer.raise_for_status()
    return [
        f"decision {result['id']}: {result['problem']}"
        for result in answer.json()["results"]
        if result["outcome"] == "refused"
    ]


def _item(evening: Evening, story: DecisionStory, due: JsonObject) -> JsonObject:
    window = _window(evening, story)
    item: JsonObject = {
        "id": str(named_uuid7(window.ends_ms, f"{evening.day} decision {story.window}")),
        "window_id": str(window.id),
        "basis": due["basis"],
        "decision": story.decision,
        "note": story.note,
        "answers": [dispute["id"] for dispute in _disputes(due)],
    }
    if due["latest_review"] is not None:
        item["replaces"] = due["latest_review"]
    if story.reason_code is not None:
        item["reason_code"] = story.reason_code
    if story.adjusted_minutes is not None:
        item["adjusted_seconds"] = story.adjusted_minutes * 60
    return item


def _disputes(due: JsonObject) -> Sequence[JsonObject]:
    found = due["open_disputes"]
    if not isinstance(found, list):
        raise TypeError("the service answered something else than a list")
    return found


def _due(evening: Evening, collar: str, http: httpx.Client, token: Token) -> Sequence[JsonObject]:
    first = min(window.starts_ms for window in evening.windows)
    last = max(window.ends_ms for window in evening.windows)
    asked = {"from": rfc3339(from_ms(first)), "to": rfc3339(from_ms(last))}
    answer = http.get("/v1/reviews/due", params=asked, headers=_signed_in(token, collar))
    answer.raise_for_status()
    items: Sequence[JsonObject] = answer.json()["items"]
    return items


def _window(evening: Evening, story: DecisionStory) -> Window:
    return next(each for each in evening.windows if each.story.label == story.window)


def _signed_in(token: Token, collar: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(collar)}"}


def morning_lines(
    evening: Evening, rows: Mapping[str, JsonObject], names: Mapping[str, str]
) -> tuple[MorningLine, ...]:
    """What was said and decided, from the windows as the service tells them (by id)."""
    said = {each.patrol: f"{each.collar}: {each.text}" for each in WORDS}
    lines = []
    for story in DECISIONS:
        window = _window(evening, story)
        row = rows[str(window.id)]
        counts_as = str(row["status_label"])
        if row["reason_label"] is not None:
            counts_as = f"{counts_as}: {row['reason_label']}"
        lines.append(
            MorningLine(
                hotspot=names[window.story.hotspot],
                said=said.get(story.window, ""),
                decided_by=story.collar,
                decision=str(row["decision_label"]),
                counts_as=counts_as,
                note=story.note,
                as_expected=row["status"] == story.expected,
            )
        )
    return tuple(lines)
