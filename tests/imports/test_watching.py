"""Whoever sends a large file hears how far it is, whatever comes of it."""

import asyncio
import json
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy.exc import OperationalError

from app.imports.mechanism import Progress
from app.imports.schemas import ImportCounts, ImportReport
from app.imports.watching import events
from tests.audit.test_events import Log
from tests.conftest import Api
from tests.wmnow.test_files import ADMIN, PLANNER, ROW, table
from tests.wmnow.test_storing import held

THERE = "/v1/imports/wmnow-engagements"


def watch(api: Api, raw: bytes, who: str = PLANNER, **params: Any) -> httpx.Response:
    headers = api.as_officer(who, Accept="text/event-stream", **{"Content-Type": "text/csv"})
    return api.client.post(THERE, content=raw, params=params, headers=headers)


def told(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.strip().split("\n\n"):
        said = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((said["event"], json.loads(said["data"])))
    return found


def rows(count: int) -> list[dict[str, str]]:
    return [ROW | {"Reference": f"T-{number}"} for number in range(count)]


def test_a_large_file_tells_how_far_it_is_and_ends_with_its_report(api: Api) -> None:
    log = Log(api)
    answer = watch(api, table(*rows(2_300)))
    *parts, (last, report) = told(answer)
    assert {(name, said["of"]) for name, said in parts} == {("progress", 2_300)}
    done = [said["rows"] for _, said in parts]
    assert done == sorted(set(done)) and (done[0], done[-1]) == (0, 2_300) and len(done) >= 4
    assert (last, report["applied"], report["counts"]["new"]) == ("done", True, 2_300)
    assert len(held(api.url)) == 2_300
    assert "imports.wmnow-engagements.commit" in [event.operation for event in log.of(answer)]
    again = api.client.post(
        THERE, content=table(*rows(2_300)), headers=api.as_officer(PLANNER, **{"Content-Type": "text/csv"})
    ).json()
    assert again | {"repeated": False} == report


def test_a_file_with_a_fault_ends_with_the_refusal_and_leaves_nothing(api: Api) -> None:
    bad = ROW | {"Reference": "T-9", "Date and time": "Tuesday"}
    answer = watch(api, table(*rows(3), bad))
    last, problem = told(answer)[-1]
    assert (last, problem["code"], problem["status"]) == ("refused", "import-refused", 422)
    assert problem["errors"][0]["pointer"] == "#/rows/4/occurred_at"
    assert problem["instance"] == f"urn:uuid:{answer.headers['Request-Id']}"
    assert held(api.url) == {}


def test_who_may_not_is_refused_before_anything_is_told(api: Api) -> None:
    answer = watch(api, table(ROW), who="4101")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_trying_and_two_persons_are_as_without(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(watch(api, table(ROW), dry_run=True))[-1][1]["applied"] is False
    app: Any = api.client.app
    changed = app.state.settings.model_copy(update={"two_person_imports": ("wmnow-engagements",)})
    monkeypatch.setattr(app.state, "settings", changed)
    assert told(watch(api, table(ROW)))[-1][1]["code"] == "second-person-needed"


def test_a_file_of_which_good_rows_are_applied_can_be_laid_before_a_second_person(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: Any = api.client.app
    changed = app.state.settings.model_copy(update={"two_person_imports": ("wmnow-engagements",)})
    monkeypatch.setattr(app.state, "settings", changed)
    raw = table(ROW, ROW | {"Reference": "T-2", "Date and time": "Tuesday"})
    assert told(watch(api, raw, propose=True))[-1][1]["proposed"] is False
    assert told(watch(api, raw, propose=True, only_good_rows=True))[-1][1]["proposed"] is True
    done = told(watch(api, raw, who=ADMIN, only_good_rows=True))[-1][1]
    assert (done["applied"], done["counts"]["new"], done["counts"]["errors"]) == (True, 1, 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("INSERT", None, Exception("full")), "unavailable"),
        (ValueError("secret"), "internal"),
    ],
)
def test_what_nobody_foresaw_is_told_in_our_words(error: Exception, code: str) -> None:
    def fail(_progress: Progress) -> ImportReport:
        raise error

    async def last() -> bytes:
        return [event async for event in events("nobody", 1, fail)][-1]

    said = asyncio.run(last())
    assert said.startswith(b"event: refused")
    assert code in said.decode() and b"secret" not in said


def test_who_hangs_up_is_told_no_more_and_the_file_is_brought_in() -> None:
    ended = []

    def work(progress: Progress) -> ImportReport:
        progress(1)
        ended.append(True)
        return ImportReport(
            run_id=None, kind="areas", profile="standard", file_sha256="", dry_run=True, applied=False,
            repeated=False, counts=ImportCounts(**dict.fromkeys(ImportCounts.model_fields, 0)), findings=[],
            changes=[],
        )  # fmt: skip

    async def hang_up() -> None:
        heard = events("nobody", 1, work)
        assert b'"rows": 0' in await anext(heard)
        await heard.aclose()  # type: ignore[attr-defined]
        assert ended == [True]

    asyncio.run(hang_up())
