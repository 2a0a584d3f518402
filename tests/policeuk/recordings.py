"""Answers of data.police.uk for a made-up force, as files, archives and over HTTP; its areas, to be imported."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.conftest import SQUARE, Api

RECORDED = Path(__file__).resolve().parents[2] / "demo" / "data" / "police_uk"
PLANNER, ADMIN = "4131", "4134"
MIDSHIRE = "midshire"
AREAS = (
    "code,name,kind,parent_code,valid_from,police_uk_id\n"
    "FORCE,Area FORCE,FORCE,,2026-01-01,{force}\n"
    "NORTH,Area NORTH,LPA,FORCE,2026-01-01,{north}\n"
)


def ring(bounds: tuple[float, float, float, float]) -> list[dict[str, str]]:
    """A rectangle as the API gives it: numbers as text, latitude first, not closed."""
    west, south, east, north = bounds
    corners = ((west, south), (west, north), (east, north), (east, south))
    return [{"latitude": str(lat), "longitude": str(lon)} for lon, lat in corners]


def priority(issue: str, action: str | None = None, **other: object) -> dict[str, object]:
    return {
        "issue": issue,
        "issue-date": "2026-02-20T00:00:00",
        "action": action,
        "action-date": "2026-02-27T00:00:00" if action else None,
        **other,
    }


def event(title: str, start: str = "2026-07-14T18:00:00") -> dict[str, object]:
    return {
        "title": title,
        "type": "meeting",
        "description": None,
        "address": "Library, High Street",
        "start_date": start,
        "end_date": None,
        "contact_details": {"email": "somebody@example.org"},
    }


class Answers(dict[str, bytes]):
    """The answers about Midshire by file name; `N1` is where the small force's first hotspot lies."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[Any] = []

    def add(
        self,
        police_uk_id: str,
        name: str,
        bounds: tuple[float, float, float, float] = SQUARE,
        priorities: object = (),
        events: object = (),
    ) -> "Answers":
        self.listed.append({"id": police_uk_id, "name": name})
        self.put("neighbourhoods", self.listed)
        for part, content in (("boundary", ring(bounds)), ("priorities", priorities), ("events", events)):
            self.put(f"{police_uk_id}__{part}", content)
        return self

    def put(self, name: str, content: object) -> "Answers":
        raw = content if isinstance(content, bytes) else json.dumps(content, default=list).encode()
        self[f"{MIDSHIRE}__{name}.json"] = raw
        return self

    def archive(self) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.items():
                archive.writestr(f"answers/{name}", content)
        return packed.getvalue()

    def folder(self, path: Path) -> Path:
        path.mkdir(parents=True)
        for name, content in self.items():
            (path / name).write_bytes(content)
        return path


def send(api: Api, raw: bytes, who: str = PLANNER, **params: Any) -> httpx.Response:
    headers = api.as_officer(who, **{"Content-Type": "application/zip"})
    return api.client.post("/v1/imports/police-uk", content=raw, params=params, headers=headers)


def link(api: Api, force: str = MIDSHIRE, north: str = "") -> None:
    """Gives the force, and the northern LPA where one is named, what data.police.uk calls them."""
    raw = AREAS.format(force=force, north=north).encode()
    headers = api.as_officer(PLANNER, **{"Content-Type": "text/csv"})
    answer = api.client.post("/v1/imports/areas", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text


def brought_in(api: Api, answers: Answers, **params: Any) -> dict[str, Any]:
    answer = send(api, answers.archive(), **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(report: dict[str, Any]) -> list[tuple[int | None, str | None, str]]:
    return [(one["row"], one["column"], one["code"]) for one in report["findings"]]


def changes(report: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(one["action"], one["key"], one["fields"]) for one in report["changes"]]


def area(api: Api, code: str) -> dict[str, Any]:
    """An area as the service tells it, by code."""
    [found] = [
        each for each in api.get(PLANNER, "/v1/areas", limit=500).json()["items"] if each["code"] == code
    ]
    told: dict[str, Any] = api.get(PLANNER, f"/v1/areas/{found['id']}").json()
    return told
