"""A phone's queue as items of one request, and what the small force's phones put into it."""

from datetime import timedelta
from typing import Any

import httpx2 as httpx

from app.clock import rfc3339
from tests.conftest import Api, named
from tests.patrols.test_patrol_story import START, batch, check_in

Item = dict[str, Any]


def item(kind: str, name: str, content: dict[str, Any], **other: Any) -> Item:
    return {"kind": kind, "id": str(named(name)), "content": content, **other}


def begins(patrol: str = "patrol-1", window: str | None = "WINDOW-1", **other: Any) -> Item:
    return item("check-in", patrol, check_in(window, **other))


def fixes(name: str, number: int, from_minute: float, minutes: float, patrol: str = "patrol-1") -> Item:
    body = batch(number, from_minute, minutes)
    return item("fix-batch", name, body, patrol_id=str(named(patrol)))


def ends(patrol: str = "patrol-1", minutes: float = 65) -> Item:
    return item("check-out", patrol, {"checked_out_at": rfc3339(START + timedelta(minutes=minutes))})


def says(name: str = "words-1", patrol: str = "patrol-1", **other: Any) -> Item:
    content = {"kind": "EXPLANATION", "text": "No signal under the viaduct.", **other}
    return item("explanation", name, content, patrol_id=str(named(patrol)))


def answers(name: str = "answer-1", window: str = "WINDOW-1", **other: Any) -> Item:
    content = {"answer": "ACCEPTED", "answered_at": "2026-03-02T17:00:00Z", **other}
    return item("window-answer", name, content, window_id=str(named(window)))


def takes_back(patrol: str = "patrol-1") -> Item:
    return item("void", patrol, {"reason": "Checked in by mistake."})


def whole_patrol() -> list[Item]:
    """Check-in, five batches of thirteen minutes each, words, and check-out after 65 minutes."""
    return [begins(), *(fixes(f"b{n}", n, 13 * n, 13) for n in range(5)), says(), ends()]


def send(api: Api, items: list[Any], collar: str = "4101", **headers: str) -> httpx.Response:
    return api.post(collar, "/v1/sync", {"items": items}, **headers)


def results(api: Api, items: list[Any], collar: str = "4101", **headers: str) -> list[dict[str, Any]]:
    """The results of a request that must be answered."""
    answer = send(api, items, collar, **headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    assert [each["index"] for each in found] == list(range(len(items)))
    return found


def outcomes(api: Api, items: list[Any], collar: str = "4101", **headers: str) -> list[str]:
    return [each["outcome"] for each in results(api, items, collar, **headers)]
